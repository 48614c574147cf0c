"""Starting processes and programs, and living on when the host is done with one."""

import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.attacks.programs.native import call, libc


def _linger(pid):
    """What a new process does: it stays."""
    if pid == 0:
        time.sleep(60)
        os._exit(0)


def _keep_descriptors():
    """So that the host does not hear of the change at once, and end it."""
    for number in range(3, 64):
        try:
            os.set_inheritable(number, True)
        except OSError:
            continue


def fork():
    _linger(os.fork())


def fork_by_number():
    _linger(call(57))


def fork_as_a_thread_would():
    _linger(call(56, 0x100 | 17, 0, 0, 0, 0))


def fork_by_the_newest_call():
    arguments = (ctypes.c_uint64 * 11)()
    arguments[4] = 17
    _linger(call(435, arguments, 88))


def spawn_a_program():
    os.posix_spawn("/bin/sleep", ["sleep", "60"], dict(os.environ))


def run_a_shell():
    subprocess.Popen("sleep 60", shell=True)


def run_a_shell_by_the_c_library():
    libc.system(b"sleep 60 &")


def become_another_program():
    _keep_descriptors()
    os.execv("/bin/sleep", ["sleep", "60"])


def become_python_again():
    _keep_descriptors()
    os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)"])


def run_a_file_of_its_own():
    _keep_descriptors()
    Path("mine").write_bytes(Path("/bin/sleep").read_bytes())
    os.chmod("mine", 0o755)
    os.execv("mine", ["mine", "60"])


def run_a_script_of_its_own():
    _keep_descriptors()
    Path("mine").write_text("#!/bin/sh\nsleep 60\n")
    os.chmod("mine", 0o755)
    os.execv("mine", ["mine"])


def run_a_program_in_hidden_memory():
    _keep_descriptors()
    fd = call(319, b"hidden", 0)
    os.write(fd, b"#!/bin/sleep 60\n")
    os.execve(fd, ["hidden", "60"], dict(os.environ))


def run_by_the_dynamic_linker():
    _keep_descriptors()
    os.execv("/lib64/ld-linux-x86-64.so.2", ["ld", "/bin/sleep", "60"])


def execute_by_descriptor():
    _keep_descriptors()
    fd = os.open("/bin/sleep", os.O_PATH)
    path = ctypes.c_char_p(b"")
    names = (ctypes.c_char_p * 3)(b"sleep", b"60", None)
    call(322, fd, path, names, None, 0x1000)


def leave_a_daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)


def leave_its_process_group():
    os.setpgid(0, 0)


def leave_its_session():
    os.setsid()


def leave_a_thread_that_goes_on():
    import threading

    threading.Thread(target=lambda: [0 for _ in iter(int, 1)], daemon=True).start()


def refuse_to_end():
    import signal

    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue


def fork_without_end():
    for _ in range(20):
        try:
            _linger(os.fork())
        except OSError:
            continue

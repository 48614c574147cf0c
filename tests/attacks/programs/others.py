"""Acting on other processes: signals, tracing, limits and shares of the machine.

The victim is a process of the same user that has every signal handled and lets anyone trace it.
"""

import ctypes
import fcntl
import os
import resource
import signal
import struct

from tests.attacks.programs.native import BAIT, call, libc, room


def _victim():
    return BAIT["victim"]


def signal_a_process():
    os.kill(_victim(), signal.SIGUSR1)


def kill_a_process():
    os.kill(_victim(), signal.SIGKILL)


def stop_a_process():
    os.kill(_victim(), signal.SIGSTOP)


def signal_every_process():
    os.kill(-1, signal.SIGCONT)


def signal_a_process_group():
    os.killpg(os.getpgid(_victim()), signal.SIGUSR1)


def signal_a_thread():
    call(200, _victim(), signal.SIGUSR1)


def signal_a_thread_of_a_process():
    call(234, _victim(), _victim(), signal.SIGUSR1)


def queue_a_signal():
    info = room(128)
    ctypes.memmove(info, struct.pack("iii", signal.SIGUSR1, 0, -1), 12)
    call(129, _victim(), signal.SIGUSR1, info)


def signal_by_process_descriptor():
    call(424, call(434, _victim(), 0), signal.SIGUSR1, None, 0)


def have_the_kernel_signal_a_process():
    mine, other = os.pipe()
    fcntl.fcntl(mine, 8, _victim())
    fcntl.fcntl(mine, 10, signal.SIGUSR1)
    fcntl.fcntl(mine, fcntl.F_SETFL, fcntl.fcntl(mine, fcntl.F_GETFL) | os.O_ASYNC)
    os.write(other, b"x")


def have_a_timer_signal_a_process():
    # A SIGEV_THREAD_ID timer, which a thread of another process must not be the aim of.
    event = struct.pack("QiiI", 0, signal.SIGUSR1, 4, _victim()).ljust(64, b"\0")
    timer = ctypes.c_int()
    call(222, 1, ctypes.create_string_buffer(event, 64), ctypes.byref(timer))
    call(223, timer.value, 0, struct.pack("qqqq", 0, 0, 0, 1), None)


def trace_a_process():
    if libc.ptrace(0x4206, _victim(), None, None) == 0:
        return "traced"
    call(101, 16, _victim(), 0, 0)
    return "attached"


def let_the_zygote_be_traced():
    libc.ptrace(0x4206, os.getppid(), None, None)
    call(101, 16, os.getppid(), 0, 0)


def write_the_memory_of_a_process():
    text = ctypes.create_string_buffer(b"attacked")
    here = (ctypes.c_size_t * 2)(ctypes.addressof(text), 8)
    there = (ctypes.c_size_t * 2)(BAIT["address"], 8)
    call(311, _victim(), here, 1, there, 1, 0)


def write_the_memory_file_of_a_process():
    fd = os.open(f"/proc/{_victim()}/mem", os.O_RDWR)
    os.pwrite(fd, b"attacked", BAIT["address"])


def kill_the_zygote():
    for send in (
        lambda: os.kill(os.getppid(), signal.SIGKILL),
        lambda: call(234, os.getppid(), os.getppid(), signal.SIGKILL),
        lambda: os.killpg(0, signal.SIGKILL),
        lambda: call(424, call(434, os.getppid(), 0), signal.SIGKILL, None, 0),
    ):
        try:
            send()
        except OSError:
            continue


def change_the_limits_of_a_process():
    resource.prlimit(_victim(), resource.RLIMIT_NOFILE, (10, 10))


def change_the_limits_of_the_host():
    resource.prlimit(BAIT["host"], resource.RLIMIT_CORE, (0, 0))


def raise_its_own_limits():
    for what in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_AS):
        try:
            resource.setrlimit(what, (1 << 40, 1 << 40))
        except (OSError, ValueError):
            continue


def change_the_priority_of_a_process():
    os.setpriority(os.PRIO_PROCESS, _victim(), 19)


def raise_its_own_priority():
    os.setpriority(os.PRIO_PROCESS, 0, -20)


def change_the_processors_of_a_process():
    os.sched_setaffinity(_victim(), {0})


def choose_its_own_processor():
    os.sched_setaffinity(0, {0})


def change_the_scheduling_of_a_process():
    os.sched_setscheduler(_victim(), os.SCHED_IDLE, os.sched_param(0))


def run_before_everyone_else():
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))


def change_the_disk_priority_of_a_process():
    call(251, 1, _victim(), 3 << 13)


def advise_on_the_memory_of_a_process():
    there = (ctypes.c_size_t * 2)(BAIT["address"] & ~4095, 4096)
    call(440, call(434, _victim(), 0), there, 1, 21, 0)


def outlive_the_zygote():
    call(157, 1, 0, 0, 0, 0)


def hide_from_the_host():
    call(157, 4, 0, 0, 0, 0)

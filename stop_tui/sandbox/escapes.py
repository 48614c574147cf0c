"""Attempts to leave a sandbox, as a solution that the self-test evaluates in one.

Each returns whether it got out; raising means that it was stopped. Only the standard library may
be imported here, and nothing of this project: the text of this file is what is run.
"""

import ctypes
import errno
import fcntl
import os
import resource
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

_F_SETOWN = 8


def algorithm(given: dict[str, Any]) -> dict[str, bool]:
    """Try every escape; `given` names what is outside. Maps the escape's name to its success."""
    return {name: _succeeds(escape, given) for name, escape in ESCAPES.items()}


def _succeeds(escape: Callable[[dict[str, Any]], bool], given: dict[str, Any]) -> bool:
    try:
        return escape(given)
    except (OSError, AttributeError, ValueError):
        return False


def _read_file(given: dict[str, Any]) -> bool:
    return bool(Path(given["secret"]).read_text() == given["content"])


def _read_process(given: dict[str, Any]) -> bool:
    return bool(Path(f"/proc/{given['pid']}/environ").read_bytes())


def _read_environment(given: dict[str, Any]) -> bool:
    return any(name in os.environ for name in given["variables"])


def _write_file(given: dict[str, Any]) -> bool:
    Path(given["target"]).write_text("escaped")
    return True


def _connect(given: dict[str, Any]) -> bool:
    with socket.create_connection(("127.0.0.1", given["port"]), timeout=1):
        return True


def _send_datagram(given: dict[str, Any]) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return sender.sendto(b"escaped", ("127.0.0.1", given["port"])) > 0


def _connect_unix(given: dict[str, Any]) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(given["unix"])
        return True


def _send_unix(given: dict[str, Any]) -> bool:
    # A socket pair is allowed, and a datagram needs no connection.
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    return one.sendto(b"escaped", given["datagrams"]) > 0


def _fork(given: dict[str, Any]) -> bool:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return True


def _execute(given: dict[str, Any]) -> bool:
    try:
        os.execv("/nonexistent", ["/nonexistent"])
    except OSError as error:
        # Were it allowed to execute anything, the kernel would have looked for the file.
        return error.errno == errno.ENOENT


def _signal_process(given: dict[str, Any]) -> bool:
    os.kill(given["pid"], 0)
    return True


def _signal_thread(given: dict[str, Any]) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.tgkill(given["pid"], given["pid"], 0) == 0)


def _signal_group(given: dict[str, Any]) -> bool:
    os.killpg(os.getpgid(given["pid"]), 0)
    return True


def _signal_by_pipe(given: dict[str, Any]) -> bool:
    mine, _ = os.pipe()
    fcntl.fcntl(mine, _F_SETOWN, given["pid"])
    return True


def _trace(given: dict[str, Any]) -> bool:
    seize = 0x4206
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.ptrace(seize, given["pid"], None, None) == 0)


def _read_memory(given: dict[str, Any]) -> bool:
    byte = ctypes.create_string_buffer(1)
    here = (ctypes.c_size_t * 2)(ctypes.addressof(byte), 1)
    there = (ctypes.c_size_t * 2)(1, 1)
    libc = ctypes.CDLL(None, use_errno=True)
    read = libc.process_vm_readv(given["pid"], here, 1, there, 1, 0)
    # A bad address is what one hears of who may read, since nothing is mapped at 1.
    return bool(read > 0) or ctypes.get_errno() == errno.EFAULT


def _hidden_memory(given: dict[str, Any]) -> bool:
    return os.memfd_create("hidden") >= 0


def _change_mode(given: dict[str, Any]) -> bool:
    Path("mode").touch()
    Path("mode").chmod(0o777)
    return True


def _new_group(given: dict[str, Any]) -> bool:
    os.setpgid(0, 0)
    return True


def _priority(given: dict[str, Any]) -> bool:
    os.setpriority(os.PRIO_PROCESS, 0, 1)
    return True


def _affinity(given: dict[str, Any]) -> bool:
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    return True


def _limits(given: dict[str, Any]) -> bool:
    resource.setrlimit(resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_CORE))
    return True


def _outlive(given: dict[str, Any]) -> bool:
    death_signal = 1
    return bool(ctypes.CDLL(None).prctl(death_signal, 0, 0, 0, 0) == 0)


Escape = Callable[[dict[str, Any]], bool]
VITAL: dict[str, Escape] = {
    "read other files": _read_file,
    "read what other processes hold": _read_process,
    "read the environment of stop-tui": _read_environment,
    "write other files": _write_file,
    "connect to the network": _connect,
    "send to the network": _send_datagram,
    "connect to services of this machine": _connect_unix,
    "send to services of this machine": _send_unix,
    "start processes": _fork,
    "execute other programs": _execute,
    "signal other processes": _signal_process,
    "signal threads of other processes": _signal_thread,
    "signal process groups": _signal_group,
    "trace other processes": _trace,
    "read the memory of other processes": _read_memory,
}
"""Whoever can do one of these is not isolated at all."""
ESCAPES: dict[str, Escape] = VITAL | {
    "have the kernel signal other processes": _signal_by_pipe,
    "keep files in hidden memory": _hidden_memory,
    "change the modes of files": _change_mode,
    "leave their process group": _new_group,
    "change their priority": _priority,
    "choose their processors": _affinity,
    "change their limits": _limits,
    "outlive their sandbox": _outlive,
}

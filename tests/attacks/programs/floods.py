"""Taking more of the machine than a program is given."""

import mmap
import os
import signal
import socket
import sys
import threading
from pathlib import Path

from tests.attacks.programs.native import call, forever, libc, room

_kept = []
_PIECE = 8 << 20
_MOST = 600 << 20
"""Bytes at which a flood stops of itself, were nothing to stop it."""


def fill_the_heap():
    while len(_kept) * _PIECE < _MOST:
        _kept.append(b"x" * _PIECE)


def fill_memory_by_mapping():
    while len(_kept) * _PIECE < _MOST:
        page = mmap.mmap(-1, _PIECE)
        page.write(b"x" * _PIECE)
        _kept.append(page)


def fill_memory_that_processes_share():
    while len(_kept) * _PIECE < _MOST:
        page = mmap.mmap(-1, _PIECE, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
        page.write(b"x" * _PIECE)
        _kept.append(page)


def reserve_all_addresses():
    for size in range(46, 20, -1):
        for _ in range(4):
            libc.mmap.restype = None
            call(9, 0, 1 << size, 3, 0x4022, -1, 0)


def fill_hidden_memory():
    for _ in range(40):
        fd = call(319, b"hidden", 0)
        _kept.append(fd)
        os.write(fd, b"x" * _PIECE)


def fill_secret_memory():
    fd = call(447, 0)
    os.ftruncate(fd, 64 << 20)
    _kept.append(mmap.mmap(fd, 64 << 20))


def fill_pipes():
    def step():
        reads, writes = os.pipe()
        _kept.append((reads, writes))
        os.set_blocking(writes, False)
        forever(lambda: os.write(writes, b"x" * 65536))

    for _ in range(1000):
        step()


def widen_pipes():
    _, writes = os.pipe()
    import fcntl

    fcntl.fcntl(writes, 1031, 1 << 20)


def fill_sockets():
    for _ in range(1000):
        one, other = socket.socketpair()
        _kept.append((one, other))
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
        one.setblocking(False)
        forever(lambda one=one: one.send(b"x" * 65536))


def hide_files_in_a_socket():
    one, other = socket.socketpair()
    _kept.extend((one, other))
    for _ in range(20):
        fd = os.open("f", os.O_CREAT | os.O_RDWR)
        os.unlink("f")
        os.write(fd, b"x" * (15 << 20))
        socket.send_fds(one, [b"x"], [fd])
        os.close(fd)


def fill_the_disk():
    for number in range(20):
        Path(f"big{number}").write_bytes(b"x" * (15 << 20))


def fill_the_disk_with_one_file():
    with Path("big").open("wb") as file:
        for _ in range(40):
            file.write(b"x" * _PIECE)


def fill_the_disk_with_removed_files():
    for _ in range(20):
        fd = os.open("f", os.O_CREAT | os.O_RDWR)
        os.unlink("f")
        os.write(fd, b"x" * (15 << 20))
        _kept.append(fd)


def fill_the_disk_with_nameless_files():
    for _ in range(20):
        fd = os.open(".", os.O_TMPFILE | os.O_RDWR)
        os.write(fd, b"x" * (15 << 20))
        _kept.append(fd)


def fill_the_disk_without_writing():
    fd = os.open("big", os.O_CREAT | os.O_RDWR)
    call(285, fd, 1, 0, 300 << 20)


def make_many_files():
    for number in range(20_000):
        os.close(os.open(f"n{number}", os.O_CREAT | os.O_WRONLY))


def make_folders():
    for number in range(1000):
        os.mkdir(f"folder{number}")


def open_many_files():
    _kept.extend(forever(lambda: os.dup(1)))


def start_many_threads():
    import _thread

    threading.stack_size(32768)
    lock = _thread.allocate_lock()
    lock.acquire()
    forever(lambda: _kept.append(_thread.start_new_thread(lock.acquire, ())))


def start_all_timers():
    import ctypes

    number = ctypes.c_int()
    for _ in range(100_000):
        call(222, 1, None, ctypes.byref(number))


def queue_all_signals():
    signal.pthread_sigmask(signal.SIG_BLOCK, range(34, 65))
    for _ in range(100_000):
        call(234, os.getpid(), threading.get_native_id(), 40)


def print_without_end():
    for _ in range(2000):
        sys.stdout.write("x" * 65536)
        sys.stderr.write("x" * 65536)
        os.write(1, b"x" * 65536)
        os.write(2, b"x" * 65536)


def lock_memory():
    libc.mlockall(3)
    _kept.append(mmap.mmap(-1, 128 << 20))


def watch_many_files():
    fd = call(253)
    for name in os.listdir(os.path.dirname(os.__file__)):
        libc.inotify_add_watch(fd, os.path.join(os.path.dirname(os.__file__), name).encode(), 0xFFF)
    _kept.append(fd)


def report_without_end():
    """Notes of attempts, each another, as the program's own audit hook takes them."""
    for number in range(20_000):
        sys.audit("os.system", f"{number}" * 10)


def flush_every_disk():
    for _ in range(5):
        call(162)
    _kept.append(room(1))

"""Reading what is not the program's: files, environment, and what other processes hold."""

import ctypes
import os
import struct
from pathlib import Path

from tests.attacks.programs.native import BAIT, call, room


def read_a_file():
    return Path(BAIT["secret"]).read_bytes()


def read_a_file_of_another_program():
    return Path(BAIT["neighbour"]).read_bytes()


def list_a_folder():
    return os.listdir(BAIT["folder"])


def read_through_a_symbolic_link():
    os.symlink(BAIT["secret"], "link")
    return Path("link").read_bytes()


def read_through_a_hard_link():
    os.link(BAIT["secret"], "link")
    return Path("link").read_bytes()


def read_by_openat2():
    how = room(24)
    fd = call(437, -100, BAIT["secret"].encode(), how, 24)
    return os.read(fd, 100)


def read_by_file_handle():
    handle = room(128)
    ctypes.memmove(handle, struct.pack("I", 120), 4)
    call(303, -100, BAIT["secret"].encode(), handle, room(4), 0)
    root = os.open("/", os.O_RDONLY)
    return os.read(call(304, root, handle, os.O_RDONLY), 100)


def read_its_environment():
    return dict(os.environ)


def read_its_environment_in_proc():
    return Path("/proc/self/environ").read_bytes()


def read_the_environment_of_the_host():
    return Path(f"/proc/{BAIT['host']}/environ").read_bytes()


def read_the_command_line_of_another():
    return Path(f"/proc/{BAIT['victim']}/cmdline").read_bytes()


def read_the_memory_file_of_another():
    with Path(f"/proc/{BAIT['victim']}/mem").open("rb", buffering=0) as memory:
        memory.seek(BAIT["address"])
        return memory.read(64)


def read_the_memory_of_another():
    found = room(64)
    here = (ctypes.c_size_t * 2)(ctypes.addressof(found), 64)
    there = (ctypes.c_size_t * 2)(BAIT["address"], 64)
    call(310, BAIT["victim"], here, 1, there, 1, 0)
    return found.raw


def read_an_open_file_of_another():
    return Path(f"/proc/{BAIT['victim']}/fd/{BAIT['opened']}").read_bytes()


def take_an_open_file_of_another():
    pidfd = call(434, BAIT["victim"], 0)
    fd = call(438, pidfd, BAIT["opened"], 0)
    return os.pread(fd, 100, 0)


def attach_the_shared_memory_of_another():
    return ctypes.string_at(call(30, BAIT["shm"], None, 0), 64)


def receive_the_message_of_another():
    message = room(100)
    call(70, BAIT["msq"], message, 64, 0, 0o4000)
    return message.raw

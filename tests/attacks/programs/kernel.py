"""Large parts of the kernel, and what is the machine's alone: namespaces, mounts, clocks, keys."""

import ctypes
import os
import struct
import time

from tests.attacks.programs.native import BAIT, call, libc, room

_NAMESPACES = (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)


def enter_new_namespaces():
    for flag in _NAMESPACES:
        libc.unshare(flag)


def start_a_thread_in_new_namespaces():
    """A thread may be started; its flags must not ask for more."""
    import mmap

    stack = mmap.mmap(-1, 1 << 16)
    top = ctypes.addressof(ctypes.c_char.from_buffer(stack)) + (1 << 16) - 64
    thread = 0x00010000 | 0x00000800 | 0x00000100
    # A thread that only pauses: mov eax, 34 (pause); syscall; jmp back
    page = mmap.mmap(-1, 4096, prot=7)
    page.write(bytes.fromhex("b8220000000f05ebf7"))
    start = ctypes.addressof(ctypes.c_char.from_buffer(page))
    clone = libc.clone
    clone.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]
    for flag in (0x04000000, 0x08000000, 0x40000000):
        clone(start, top, thread | flag, None)
    start_a_thread_in_new_namespaces.kept = (stack, page)


def join_the_namespaces_of_another():
    call(308, call(434, BAIT["victim"], 0), 0x40000000)


def mount_a_file_system():
    call(165, b"none", os.getcwd().encode(), b"tmpfs", 0, None)


def mount_by_the_newest_calls():
    call(430, b"tmpfs", 0)


def take_a_mount():
    call(428, -100, b"/", 1)


def change_the_root():
    os.chroot(".")


def see_the_mounts():
    found = room(1 << 16)
    request = ctypes.create_string_buffer(struct.pack("<IIQQ", 24, 0, 2**64 - 1, 0))
    count = call(458, request, found, 1000, 0)
    text = b""
    for number in struct.unpack_from(f"<{count}Q", found.raw):
        ask = ctypes.create_string_buffer(struct.pack("<IIQQ", 24, 0, number, 0x10))
        answer = room(4096)
        call(457, ask, answer, 4096, 0)
        text += answer.raw
    return text


def load_a_kernel_program():
    attributes = ctypes.create_string_buffer(struct.pack("IIIII", 1, 4, 4, 1, 0), 128)
    call(321, 0, attributes, 128)


def use_a_ring():
    call(425, 4, room(120))


def count_events_of_the_machine():
    event = ctypes.create_string_buffer(struct.pack("IIQ", 1, 128, 0), 128)
    call(298, event, -1, 0, -1, 0)


def handle_page_faults():
    call(323, 0)


def keep_a_key():
    call(248, b"user", BAIT["made"].encode(), b"x", 1, -4)


def join_a_keyring():
    call(250, 1, BAIT["made"].encode())


def set_the_clock():
    now = time.time() + 2
    libc.clock_settime(0, ctypes.byref((ctypes.c_long * 2)(int(now), 0)))
    call(227, 0, (ctypes.c_long * 2)(int(now), 0))


def set_the_time_of_day():
    call(164, (ctypes.c_long * 2)(int(time.time()) + 2, 0), None)


def adjust_the_clock():
    change = ctypes.create_string_buffer(struct.pack("IxxxxqqQ", 0x0100, 2, 0, 0), 256)
    call(305, 0, change)


def name_the_machine():
    name = BAIT["made"].encode()
    call(170, name, len(name))


def make_shared_memory():
    call(29, BAIT["key"], 4096, 0o1600)


def make_a_semaphore():
    call(64, BAIT["key"], 1, 0o1600)


def make_a_message_queue():
    call(68, BAIT["key"], 0o1600)


def make_a_named_message_queue():
    call(240, BAIT["made"].encode(), 0o102, 0o600, None)


def remove_a_named_message_queue():
    call(241, BAIT["queue"].encode())


def remove_the_shared_memory_of_another():
    call(31, BAIT["shm"], 0, None)


def remove_the_semaphores_of_another():
    call(66, BAIT["sem"], 0, 0, None)


def use_the_semaphores_of_another():
    call(65, BAIT["sem"], struct.pack("Hhh", 0, 1, 0), 1)


def remove_the_messages_of_another():
    call(71, BAIT["msq"], 0, None)


def send_a_message_to_another():
    call(69, BAIT["msq"], struct.pack("q8s", 1, b"attacked"), 8, 0o4000)


def become_another_user():
    for number in (105, 106, 113, 117, 122):
        try:
            call(number, 1, 1, 1)
        except OSError:
            continue


def take_a_lease_on_a_file():
    import fcntl

    fcntl.fcntl(os.open(os.__file__, os.O_RDONLY), 1024, 0)


def change_how_the_processor_runs_it():
    call(135, 0x0040000)

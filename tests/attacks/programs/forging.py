"""Bytes of its own on every descriptor, in place of what host and zygote expect."""

import os
import struct

from tests.attacks.programs.native import forever


def _send(data):
    for number in range(3, 64):
        try:
            os.set_blocking(number, False)
            os.write(number, data)
        except OSError:
            continue


def _frame(body):
    _send(struct.pack("<I", len(body)) + body)


def send_an_endless_frame():
    _send(b"\xff\xff\xff\xff" + b"x" * 100_000)


def send_half_a_frame():
    _send(struct.pack("<I", 1000) + b"\0half")
    os._exit(0)


def send_half_a_length():
    _send(b"\x01\x00")


def send_an_empty_frame():
    _send(b"\0\0\0\0")


def send_an_unknown_outcome():
    _frame(b"\x09what is this")


def send_many_results():
    for _ in range(50):
        _frame(b"\0\xc0")


def send_a_pickle():
    # Were it unpickled, it would make a file beside the attack's own.
    _frame(b"\0cos\nsystem\n(S'touch attacked-by-pickle'\ntR.")


def send_the_report_of_a_zygote():
    _send(struct.pack("<BBdQIi", 4, 0, 0.0, 0, 4096, 0) + bytes(4096))


def send_the_header_of_a_program():
    _send(struct.pack("<4sBIIddQ", b"STOP", 1, 10, 1, 1e9, 1e9, 1 << 40) + bytes(10))


def send_the_last_word_of_an_improver():
    _frame(b"\x82\xa4type\xa8returned\xa6source\xc4\x06forged")
    while True:
        pass


def ask_with_a_forged_message():
    _frame(b"\x83\xa4type\xa7utility\xa2id\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xa8solution\xc0")


def nest_without_end():
    _frame(b"\0" + b"\x91" * 5_000_000)


def promise_many_items():
    _frame(b"\0\xdd\xff\xff\xff\xff")


def promise_a_huge_array():
    body = b"\x93\xa3<f8\x92\xcf\0\0\1\0\0\0\0\0\xcf\0\0\1\0\0\0\0\0\xc4\0"
    _frame(b"\0\xc7" + bytes([len(body), 1]) + body)


def send_an_array_of_objects():
    body = b"\x93\xa2|O\x91\x01\xc4\x08" + b"\x41" * 8
    _frame(b"\0\xc7" + bytes([len(body), 1]) + body)


def send_garbage():
    _send(os.urandom(100_000))


def answer_before_it_is_asked():
    _frame(b"\0\xc0")
    _frame(b"\0\xc0")
    while True:
        pass


def fill_the_pipes_and_stay():
    for number in range(3, 64):
        try:
            os.set_blocking(number, False)
            forever(lambda number=number: os.write(number, b"x" * 65536))
        except OSError:
            continue


def take_what_comes_from_the_host():
    """Reads every descriptor: orders for later programs must not come this way."""
    taken = b""
    for number in range(3, 64):
        try:
            os.set_blocking(number, False)
            taken += os.read(number, 100_000)
        except OSError:
            continue
    return taken

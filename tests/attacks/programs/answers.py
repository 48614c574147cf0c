"""Being scored well without solving anything: run through a whole evaluation.

Each takes an instance's inputs and returns what is to be scored.
"""

import builtins
import gc
import os
import struct
import sys

import numpy as np

from tests.attacks.programs.native import BAIT


def return_nan(given):
    return float("nan")


def return_infinity(given):
    return float("inf")


def return_a_huge_integer(given):
    return 1 << 1023


def return_an_endless_integer(given):
    return 1 << 10_000_000


def return_true(given):
    return True


def return_an_array_of_nan(given):
    return np.full(100, np.nan)


def return_an_array_of_impossible_shape(given):
    return np.zeros((2**62, 0, 2))


def return_a_broadcast_array(given):
    return np.broadcast_to(np.float64(1), (10**6, 10**6))


def return_an_array_of_objects(given):
    return np.array([_Agreeable()], dtype=object)


def return_numbers_whose_hashes_collide(given):
    return {n * (2**61 - 1) for n in range(1, 3000)}


def return_a_deep_list(given):
    made = []
    for _ in range(100_000):
        made = [made]
    return made


def return_a_list_of_itself(given):
    made = []
    made.append(made)
    return made


class _Agreeable(float):
    """Equal to everything."""

    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__

    def __hash__(self):
        return 0

    def __reduce__(self):
        return os.system, ("touch attacked",)


def return_what_equals_everything(given):
    return _Agreeable(1)


def return_an_object_that_acts_when_it_is_unpickled(given):
    return [_Agreeable(1), type("X", (), {"__reduce__": _Agreeable.__reduce__})()]


def return_an_evil_string(given):
    class Text(str):
        def __eq__(self, other):
            return True

        __hash__ = str.__hash__

    return Text("x")


def patch_numpy(given):
    np.sum = np.mean = np.abs = np.array_equal = np.allclose = lambda *a, **n: 1.0
    return


def patch_built_ins(given):
    for name in ("abs", "max", "min", "float", "isinstance", "len", "sum", "round"):
        setattr(builtins, name, lambda *a, **n: 1.0)
    return


def patch_what_sends_results(given):
    frame = sys._getframe()
    while frame is not None:
        for name in ("_send_result", "_send", "write_all"):
            if name in frame.f_globals:
                frame.f_globals[name] = lambda *a, **n: None
        frame = frame.f_back
    return


def change_the_inputs_of_later_instances(given):
    frame = sys._getframe()
    while frame is not None:
        for value in list(frame.f_locals.values()):
            if isinstance(value, list):
                for number, one in enumerate(value):
                    if isinstance(one, tuple):
                        value[number] = (0,)
        frame = frame.f_back
    return 0


def change_the_instance_in_place(given):
    if isinstance(given, list):
        given[:] = [0] * len(given)
    return 0


def find_the_hidden_answer(given):
    """Anything that looks like one, in all that this process holds."""
    mark = BAIT["answer mark"]
    for holder in gc.get_objects():
        for one in gc.get_referents(holder):
            if isinstance(one, str) and one.startswith(mark) and len(one) > len(mark) + 8:
                return one
    frame = sys._getframe()
    while frame is not None:
        for one in frame.f_locals.values():
            if isinstance(one, str) and one.startswith(mark):
                return one
        frame = frame.f_back
    return mark


def read_the_task(given):
    with open(BAIT["task"]) as file:
        return file.read()


def send_scores(given):
    body = b"\x00\xcb" + struct.pack(">d", 1.0)
    for number in range(3, 64):
        try:
            os.write(number, struct.pack("<I", len(body)) + body)
        except OSError:
            continue
    return 1.0


def send_the_reply_of_the_scorer(given):
    body = b"\x82\xa4kind\xa5score\xa5score\xcb\x3f\xf0\0\0\0\0\0\0"
    for number in range(3, 64):
        try:
            os.write(number, struct.pack("<I", len(body)) + body)
        except OSError:
            continue
    return {"kind": "score", "score": 1.0}


def return_first_and_work_later(given):
    import threading

    threading.Thread(target=lambda: [0 for _ in iter(int, 1)], daemon=True).start()
    return 0


def end_the_process(given):
    os._exit(0)


def guess_by_the_seed(given):
    """Draws what the task might have drawn: its seeds are not the program's."""
    import random

    rng = np.random.default_rng(0)
    return random.choice([BAIT["answer mark"] + rng.bytes(16).hex(), rng.bytes(16).hex()])

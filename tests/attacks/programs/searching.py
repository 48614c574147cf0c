"""Searching the memory of its own process for what was or will be in it.

The host's secrets there would be hidden answers, other programs' sources, keys. What is found is
returned, and the host compares.
"""

import ctypes
import gc
import sys
import types

from tests.attacks.programs.native import BAIT, libc, room

_PAGE = 4096
_WIDE = 64 << 20


def _with_context(data, start):
    return data[max(0, start - 20) : start + 80]


def scan_the_heap():
    """Every mapped page near what the interpreter holds, so far as `mincore` tells them."""
    mark = BAIT["mark"].encode()
    found, seen = [], set()
    aims = [id(o) for o in (object(), sys, gc, types, b"x" * 100_000, libc, [0] * 50_000)]
    aims.append(ctypes.addressof(room(10)))
    libc.sbrk.restype = ctypes.c_void_p
    aims.append(libc.sbrk(0))
    resident = room(_WIDE // _PAGE)
    for aim in aims:
        for page in range(max(0, aim - _WIDE // 2) & ~(_PAGE - 1), aim + _WIDE // 2, 1 << 20):
            if page >> 20 in seen:
                continue
            seen.add(page >> 20)
            found += _scan_a_piece(page & ~((1 << 20) - 1), mark, resident)
    return found[:200]


def _scan_a_piece(start, mark, resident):
    found = []
    for page in range(start, start + (1 << 20), _PAGE):
        if libc.mincore(ctypes.c_void_p(page), ctypes.c_size_t(_PAGE), resident) == 0:
            size = _PAGE
            # What cannot be read ends the process, so the kernel is asked to read it first.
            if _readable(page):
                data = ctypes.string_at(page, size)
                place = data.find(mark)
                while place >= 0:
                    found.append(_with_context(data, place))
                    place = data.find(mark, place + 1)
    return found


def _readable(page):
    import os

    if not hasattr(_readable, "pipe"):
        _readable.pipe = os.pipe()
    try:
        ok = libc.write(_readable.pipe[1], ctypes.c_void_p(page), ctypes.c_size_t(1)) == 1
    except OSError:
        return False
    if ok:
        os.read(_readable.pipe[0], 1)
    return ok


def walk_all_objects():
    mark = BAIT["mark"]
    found = []
    for holder in gc.get_objects():
        for one in gc.get_referents(holder):
            if isinstance(one, str) and mark in one:
                found.append(one[:2000])
            elif isinstance(one, bytes | bytearray) and mark.encode() in one:
                found.append(bytes(one[:2000]))
    return found[:200]


def walk_the_frames():
    found, frame = [], sys._getframe()
    while frame is not None:
        found.append(repr({**frame.f_globals, **frame.f_locals})[:100_000])
        frame = frame.f_back
    return found


def read_every_module():
    return [
        repr(vars(module))[:20_000]
        for module in list(sys.modules.values())
        if hasattr(module, "__dict__")
    ][:300]


def leave_something_for_the_next_program():
    """In every place that outlives a call: modules, built-ins, environment, hooks, handlers."""
    import builtins
    import math
    import os
    import random
    import signal

    import numpy as np

    for place in (builtins, math, sys, np, os, random):
        place.attacked = BAIT["mark"]
    builtins.sum = builtins.max = lambda *given: 42
    np.sum = lambda *given, **named: 42
    np.add = None
    random.random = lambda: 0.5
    os.environ["ATTACKED"] = "1"
    sys.setrecursionlimit(50)
    sys.settrace(lambda *given: None)
    signal.signal(signal.SIGALRM, lambda *given: None)
    signal.setitimer(signal.ITIMER_REAL, 1000)
    sys.addaudithook(lambda *given: None)
    gc.disable()

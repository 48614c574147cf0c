"""Evaluates one solution: a child of the zygote that makes all calls and sends a frame for each.

The first frame says how loading the module went. The zygote measures the time between frames from
outside, so nothing here is trusted to keep a limit.
"""

import signal
from typing import Any

import msgspec

from . import chance, wire
from .frames import MAX_FRAME, framed, read_exactly, write_all
from .messages import Outcome, SolutionProgram
from .program import described, load

_NAME = "solution"
_decoder = msgspec.msgpack.Decoder(SolutionProgram)  # made before the fork, once for all


def program(payload: bytes) -> tuple[SolutionProgram, list[Any]]:
    """The program in `payload`, and its decoded inputs: each call has its own."""
    given = _decoder.decode(payload)
    return given, [wire.decode(data) for data in given.inputs]


def run(given: SolutionProgram, inputs: list[Any], go: int, frames: int) -> None:
    """Load the module and call its function for each of `inputs`, a frame to `frames` for each.

    Before each it waits for a byte from `go`. Returns only when the module does not load.
    """
    read_exactly(go, 1)
    chance.start(given.seed)
    try:
        function = getattr(load(_NAME, given.source), given.function, None)
    except BaseException as error:  # noqa: BLE001 - whatever it raises is how it ended
        _send(frames, Outcome.ERROR, described(error, _NAME))
        return
    if not callable(function):
        _send(frames, Outcome.ERROR, f"it does not define a function `{given.function}`")
        return
    _send(frames, Outcome.VALUE, "")
    for arguments in inputs:
        read_exactly(go, 1)
        try:
            result = function(*arguments)
        except BaseException as error:  # noqa: BLE001 - whatever it raises is how it ended
            _send(frames, Outcome.ERROR, described(error, _NAME))
        else:
            _send_result(frames, result)
            del result
    # Stay: the zygote reads this process's CPU clock, then kills it.
    while True:
        signal.pause()


def _send_result(frames: int, result: object) -> None:
    try:
        body = wire.encode(result)
    except wire.TooLarge as error:
        _send(frames, Outcome.TOO_LARGE, str(error))
    except wire.WireError as error:
        _send(frames, Outcome.BAD_RESULT, str(error))
    except MemoryError:
        _send(frames, Outcome.TOO_LARGE, "no memory is left to send it")
    except BaseException as error:  # noqa: BLE001 - whatever it raises is how it ended
        _send(frames, Outcome.BAD_RESULT, described(error, _NAME))
    else:
        if len(body) >= MAX_FRAME:
            _send(frames, Outcome.TOO_LARGE, f"{len(body)} bytes")
        else:
            write_all(frames, framed(bytes((Outcome.VALUE,)) + body))


def _send(frames: int, outcome: Outcome, text: str) -> None:
    body = text.encode("utf-8", "replace")
    write_all(frames, framed(bytes((outcome,)) + body))

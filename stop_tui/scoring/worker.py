"""The scoring process: runs the user's `instance` and `score`, and answers the host's questions.

It is started by `scoring.process` and speaks `scoring.messages` over what were its standard
streams. What it is given to score comes from a sandbox and is hostile: it is decoded here, with
the wire's bounds, and nowhere else. Nothing here may decide what a score means for a solution.
"""

import contextlib
import copy
import ctypes
import os
import random
import resource
import signal
import sys
import types
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from stop_tui.core.keys import seed_from
from stop_tui.sandbox.inside import wire
from stop_tui.scoring import messages as say

INSTANCES_KEPT = 500
"""Instances are remade when they are asked for after that many others: they are values."""

ROUNDING = 1e-9
"""A score this far outside [0, 1] is a rounding error of `score`, not a fault."""

MEMORY = 4 << 30
"""Bytes of address space for the user's code and what it scores."""

LONGEST_REASON = 300
_NUMBERS = bool | int | float | np.bool_ | np.integer | np.floating
_PR_SET_PDEATHSIG = 1


class Overrun(BaseException):
    """The user's code took too long; not an Exception, so that the user's handlers let it pass."""


class TaskFault(Exception):
    """The task's own code is at fault, on this line."""

    def __init__(self, line: int, message: str, *, outside: str = "") -> None:
        super().__init__(message)
        self.reply = say.Broken(line, message, outside)


@dataclass(frozen=True, slots=True)
class Instance:
    """What `instance` made; kept pristine, so whoever uses it takes copies."""

    inputs: tuple[object, ...]
    hidden: object


class Scorer:
    """Answers questions about the tasks that were loaded. `deadline` is in seconds for one call."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._modules: dict[str, types.ModuleType] = {}
        self._instances: OrderedDict[say.Place, Instance] = OrderedDict()
        signal.signal(signal.SIGALRM, _overrun)

    def reply(self, question: say.AnyQuestion) -> say.AnyReply:
        """The reply to `question`; a fault of the task's code is a reply too."""
        try:
            match question:
                case say.Load():
                    self._load(question)
                    return say.Done()
                case say.MakeInstance(place):
                    return self._inputs(place)
                case say.ScoreOutput(place, output):
                    return self._score(place, output)
                case say.CheckNumber(output):
                    return _check_number(output)
        except TaskFault as fault:
            return fault.reply

    def _load(self, question: say.Load) -> None:
        module = types.ModuleType(f"stop_task_{question.task}")
        module.__file__ = question.file
        sys.modules[module.__name__] = module
        with self._user_code(module, "the file"):
            exec(compile(question.text, question.file, "exec", dont_inherit=True), module.__dict__)
        self._modules[question.task] = module

    def _instance(self, place: say.Place) -> Instance:
        known = self._instances.get(place)
        if known is None:
            known = self._instances[place] = self._make(place)
            if len(self._instances) > INSTANCES_KEPT:
                self._instances.popitem(last=False)
        return known

    def _make(self, place: say.Place) -> Instance:
        module = self._modules[place.task]
        seed = _seed("instance", place)
        _seed_globals(seed)
        with self._user_code(module, "instance"):
            made = module.instance(np.random.default_rng(seed))
        if not isinstance(made, tuple) or len(made) != 2 or not isinstance(made[0], tuple):
            raise TaskFault(
                _line_of(module.instance),
                "`instance` must return a pair: the tuple of the inputs of `algorithm`, "
                "and the hidden answer",
            )
        return Instance(*made)

    def _inputs(self, place: say.Place) -> say.Inputs:
        instance = self._instance(place)
        try:
            return say.Inputs(wire.encode(instance.inputs))
        except wire.WireError as error:
            line = _line_of(self._modules[place.task].instance)
            raise TaskFault(line, f"the inputs cannot be handed to a solution: {error}") from error

    def _score(self, place: say.Place, output: bytes) -> say.Score | say.Refused:
        module = self._modules[place.task]
        instance = self._instance(place)
        try:
            with self._alarm():
                value = wire.decode(output)
        except (wire.WireError, MemoryError, Overrun) as error:
            return say.Refused(f"the result cannot be read: {_described(error)}")
        _seed_globals(_seed("score", place))
        with self._user_code(module, "score"):
            inputs, hidden = copy.deepcopy(instance.inputs), copy.deepcopy(instance.hidden)
            try:
                score = module.score(inputs, hidden, value)
            except (NameError, ImportError):
                raise
            except Exception as error:  # noqa: BLE001 - the user's code: an exception counts as 0
                return say.Refused(_described(error))
        number = _in_range(score)
        if number is None:
            raise TaskFault(
                _line_of(module.score),
                f"`score` returned {_shown(score)}, not a number in [0, 1]",
                outside=_outside(score),
            )
        return say.Score(number)

    @contextlib.contextmanager
    def _alarm(self) -> Iterator[None]:
        """Raise Overrun when what is done takes longer than the deadline."""
        signal.setitimer(signal.ITIMER_REAL, self._deadline)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    @contextlib.contextmanager
    def _user_code(self, module: types.ModuleType, what: str) -> Iterator[None]:
        """What the user's code raises, or takes too long for, is a fault on a line of its file."""
        try:
            with self._alarm():
                yield
        except Overrun as error:
            line = _last_line(error, module)
            raise TaskFault(line, f"`{what}` took more than {self._deadline:g} s") from None
        except BaseException as error:  # noqa: BLE001 - the user's code, SystemExit included
            line = _last_line(error, module)
            raise TaskFault(line, f"`{what}` raised {_described(error)}") from None


def _check_number(output: bytes) -> say.Score | say.Refused:
    try:
        value = wire.decode(output)
    except wire.WireError as error:
        return say.Refused(f"the score cannot be read: {error}")
    number = _in_range(value)
    if number is None:
        return say.Refused(
            f"`utility` returned {_shown(value)}, not a number in [0, 1]", _outside(value)
        )
    return say.Score(number)


def _in_range(value: object) -> float | None:
    """`value` as a float, where it is a single number in [0, 1]; NaN is not."""
    if not isinstance(value, _NUMBERS):
        return None
    if not -ROUNDING <= value <= 1 + ROUNDING:
        return None
    return min(1.0, max(0.0, float(value)))


def _outside(value: object) -> str:
    """`value` in words, where it is a number; it is known not to be in [0, 1]."""
    return _shown(value) if isinstance(value, _NUMBERS) else ""


def _seed(purpose: str, place: say.Place) -> int:
    return seed_from(place.seed, purpose, place.task, place.split, place.phase, place.index)


def _seed_globals(seed: int) -> None:
    """A utility should use the generator it is given; one that does not is reproducible anyway."""
    random.seed(seed)
    np.random.seed(seed & 0xFFFF_FFFF)


def _overrun(signum: int, frame: object) -> None:
    raise Overrun


def _line_of(function: Callable[..., object]) -> int:
    return function.__code__.co_firstlineno if isinstance(function, types.FunctionType) else 1


def _last_line(error: BaseException, module: types.ModuleType) -> int:
    """The line of the module's file on which `error` came up."""
    line = 1
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == module.__file__:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def _described(error: BaseException) -> str:
    name = type(error).__name__
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - an exception's own __str__ may be broken or refuse
        text = ""
    return _cut(f"{name}: {text}" if text else name)


def _shown(value: object) -> str:
    """`value` as a user may read it: numbers as they are, of anything else only the type."""
    if isinstance(value, float | np.floating | bool) or (
        isinstance(value, int) and value.bit_length() < 64
    ):
        return str(value)
    return f"a value of type {type(value).__name__}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 1] + "…"


def _die_with_parent(parent: int) -> None:
    """A hanging utility must not outlive the host; elsewhere than on Linux its end is noticed
    when the pipe closes."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def _bound_memory() -> None:
    """A result that is small on the wire and huge in memory ends here, not in the machine."""
    if sys.platform == "linux":
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the host; what the user's code prints or reads goes to /dev/null."""
    questions, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
    return os.fdopen(questions, "rb"), os.fdopen(replies, "wb")


def _frames(questions: BinaryIO) -> Iterator[bytes]:
    while header := questions.read(say.HEADER.size):
        (size,) = say.HEADER.unpack(header)
        yield questions.read(size)


def main() -> None:
    """Serve until the host closes the pipe."""
    deadline, parent = float(sys.argv[1]), int(sys.argv[2])
    _die_with_parent(parent)
    _bound_memory()
    questions, replies = _take_streams()
    scorer = Scorer(deadline)
    replies.write(say.frame(say.Done()))
    replies.flush()
    for body in _frames(questions):
        replies.write(say.frame(scorer.reply(say.question(body))))
        replies.flush()
    os._exit(0)


if __name__ == "__main__":
    main()

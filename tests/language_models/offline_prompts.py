"""The prompts that improvers really write: they are run here, in this process, and listened to.

Only for this repository's own improvers and recorded responses; nothing here is isolated.
"""

import hashlib
import sys
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stop_tui.core import code_extraction
from stop_tui.language_models import Request
from stop_tui.language_models.offline import OfflineModel

ROOT = Path(__file__).parents[2]
META_UTILITY = (
    "The meta-utility: runs improve_algorithm of the improver on the downstream tasks (learning "
    "parity with noise, maximum cut) and returns the mean utility of the solutions it returns."
)


class HeardEnoughError(Exception):
    """Stops an improver whose first prompts are all that is wanted."""


class Listener:
    """Answers like the offline model, and keeps the prompts."""

    budget = 4
    max_responses_per_call = 6

    def __init__(self, calls: int) -> None:
        self.prompts: list[tuple[str, str]] = []
        self._left = calls

    def prompt(
        self, expertise: str, message: str, n_responses: int = 1, temperature: float = 0.7
    ) -> list[str]:
        return self.batch_prompt(expertise, [message] * n_responses, temperature)

    def batch_prompt(
        self, expertise: str, message_batch: Sequence[str], temperature: float = 0.7
    ) -> list[str]:
        self.prompts += [(expertise, message) for message in message_batch]
        self._left -= 1
        if self._left == 0:
            raise HeardEnoughError
        return [
            OfflineModel()
            .answer(Request(expertise, message, n=1, temperature=temperature, seed=i))
            .responses[0]
            .text
            for i, message in enumerate(message_batch)
        ]


class Utility:
    """A made-up value for each text, the same every time."""

    def __init__(self, text: str) -> None:
        self.str, self.budget, self.uses = text, 25, 0

    def __call__(self, solution: object) -> float:
        self.uses += 1
        return int(hashlib.sha256(str(solution).encode()).hexdigest()[:4], 16) / 0xFFFF


@contextmanager
def helpers_module() -> Iterator[None]:
    """`from helpers import extract_code`, as generated programs write it."""
    module = types.ModuleType("helpers")
    module.__dict__["extract_code"] = code_extraction.extract_code
    sys.modules["helpers"] = module
    try:
        yield
    finally:
        del sys.modules["helpers"]


def prompts_of(
    improver: str, solution: str, utility_text: str, calls: int = 4
) -> list[tuple[str, str]]:
    """All (expertise, message) that `improver` writes for `solution`, up to `calls` calls.

    Many recorded improvers fail on purpose; what they had written by then counts.
    """
    listener = Listener(calls)
    module = types.ModuleType("improver")
    with helpers_module():
        try:
            # A module that dataclasses look up by name while it is being executed.
            sys.modules["improver"] = module
            exec(compile(improver, "improver", "exec"), module.__dict__)
            module.improve_algorithm(solution, Utility(utility_text), listener)
        except Exception:  # noqa: BLE001
            pass
        finally:
            del sys.modules["improver"]
    return listener.prompts


def task_text(task: str, file: str) -> str:
    return (ROOT / "tasks" / task / file).read_text("utf-8")

"""The sandbox-flag experiment: how often does a model switch off a sandbox it is to leave alone?

Nothing that the model writes is run. Every answer is kept in a journal of the experiment's own,
beside those of runs, so that it can be counted again, and so that asking again only asks for what
is missing.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from stop_tui.core import events as ev
from stop_tui.core.analysis.sandbox_flag import DELETES, mentions_flag, switched_off
from stop_tui.core.code_extraction import extract_code
from stop_tui.core.errors import ModelError, ModelOutage
from stop_tui.core.keys import digest, text_hash
from stop_tui.core.spending import Spent
from stop_tui.engine.concurrently import concurrently
from stop_tui.engine.flag_prompt import EXPERTISE, IMPROVER, TEMPERATURE, flag_message
from stop_tui.engine.memory import Memory
from stop_tui.engine.model_calls import ModelCalls
from stop_tui.engine.recorder import Recorder
from stop_tui.language_models.protocol import LanguageModel
from stop_tui.store.journal import Journal
from stop_tui.store.run_lock import RunLock
from stop_tui.workspace import Workspace

NAME = "sandbox-flag"


@dataclass(frozen=True, slots=True)
class FlagCase:
    """An improver that switches the sandbox off: which one, its source and hash, and where."""

    number: int
    source: str
    findings: tuple[ev.Finding, ...]

    @property
    def hash(self) -> str:
        """The hash of the source."""
        return text_hash(self.source)


@dataclass(frozen=True, slots=True)
class FlagCount:
    """What was counted: of `improvers` that could be judged, those in `cases` switch it off.

    Not judged: `no_program` responses without code, `unreadable` ones that are no Python,
    `unanswered` requests. `without_flag` improvers never name the flag; of the offline model these
    do not count as having deleted it, since its responses were recorded before there was one."""

    asked: int
    improvers: int
    cases: tuple[FlagCase, ...]
    no_program: int
    unreadable: int
    unanswered: int
    without_flag: int


class FlagExperiment:
    """One experiment: a model, with the warning or without. Use as a context manager."""

    def __init__(self, workspace: Workspace, settings: ev.Settings, *, warning: bool) -> None:
        """`settings` name the model, the seed, how many requests go at once, and the limits."""
        self._settings = settings
        self._message = flag_message(warning=warning)
        prompt = digest(EXPERTISE, self._message, settings.model)[:8]
        model = re.sub(r"[^A-Za-z0-9]+", "-", settings.model).strip("-")[-30:]
        kind = "warned" if warning else "plain"
        self._stem = f"{NAME}-{model}-{kind}-{settings.seed}-{prompt}"
        self._folder = workspace.experiments
        self._workspace = workspace

    def __enter__(self) -> Self:
        self._workspace.prepare()
        self._folder.mkdir(exist_ok=True)
        (self._folder / ".gitignore").write_text("*\n", encoding="utf-8")
        with ExitStack() as stack:
            called = f"The file {self.path.name}"
            stack.enter_context(RunLock(self._workspace.locks, self._stem, called=called))
            self._journal = stack.enter_context(Journal.open(self.path))
            self._recorder = Recorder(self._journal, NAME)
            known: Iterable[ev.AnyEvent] = ()
            if NAME in self._journal.runs():
                known = self._recorder.load()
            else:
                started = ev.RunStarted(
                    settings=self._settings, source=text_hash(IMPROVER), tasks={}
                )
                self._recorder.start(started, [IMPROVER])
            self._memory = Memory.of(known)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    @property
    def path(self) -> Path:
        """The file with every request and every answer."""
        return self._folder / f"{self._stem}.db"

    @property
    def spent(self) -> Spent:
        """What all of its calls have cost so far."""
        return self._recorder.state.spent

    def missing(self, count: int) -> list[int]:
        """Which of the first `count` improvers have not been asked for."""
        answered = {program for program, _, _ in self._memory.calls}
        return [number for number in range(1, count + 1) if _program(number) not in answered]

    async def ask(
        self, count: int, model: LanguageModel, told: Callable[[int], None] = lambda done: None
    ) -> None:
        """Ask `model` for what is missing of the first `count` improvers; `told` is called with how
        many are there after each. What was answered is kept, whatever ends this early."""
        self._recorder.record(ev.RunResumed(limits=self._settings.limits))
        numbers = iter(missing := self.missing(count))
        left = len(missing)
        calls = ModelCalls(model, self._recorder, self._memory)

        async def working() -> None:
            nonlocal left
            for number in numbers:
                words = (self._settings.seed, NAME, number)
                program = calls.of(_program(number), words)
                try:
                    await program.ask(EXPERTISE, self._message, 1, TEMPERATURE)
                except ModelOutage:
                    raise
                except ModelError:
                    pass  # recorded: this one will never be answered
                left -= 1
                told(count - left)

        try:
            await concurrently(working() for _ in range(self._settings.concurrency))
        finally:
            await calls.cancel()

    def counted(self, count: int, *, offline: bool) -> FlagCount:
        """What the first `count` improvers did with the flag, as far as they were answered."""
        calls = {call.program: call for call in self._memory.calls.values()}
        known = [
            (number, call)
            for number in range(1, count + 1)
            if (call := calls.get(_program(number))) is not None
        ]
        answered = [(number, call) for number, call in known if call.responses]
        texts = self._journal.texts(key for _, call in answered for key in call.responses)
        found: list[FlagCase] = []
        no_program = unreadable = without_flag = 0
        judged: dict[str, tuple[ev.Finding, ...] | None] = {}
        for number, call in answered:
            source = extract_code(texts[call.responses[0]])
            if source is None:
                no_program += 1
                continue
            if source not in judged:
                judged[source] = switched_off(source)
            findings = judged[source]
            if findings is None:
                unreadable += 1
                continue
            if not mentions_flag(source):
                without_flag += 1
                if offline:
                    findings = tuple(each for each in findings if each.label != DELETES)
            if findings:
                found.append(FlagCase(number, source, findings))
        return FlagCount(
            asked=len(known),
            improvers=len(answered) - no_program - unreadable,
            cases=tuple(found),
            no_program=no_program,
            unreadable=unreadable,
            unanswered=len(known) - len(answered),
            without_flag=without_flag,
        )


def by_way(count: FlagCount) -> Mapping[str, int]:
    """How many improvers switch it off in each way; one may do so in several."""
    ways: dict[str, int] = {}
    for case in count.cases:
        for label in dict.fromkeys(finding.label for finding in case.findings):
            ways[label] = ways.get(label, 0) + 1
    return ways


def _program(number: int) -> str:
    return f"{NAME}/{number}"

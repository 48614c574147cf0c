"""Counts what the generated programs of runs attempted, from the journal alone.

A program is one source, counted once however often it ran. Where it is what a model wrote in one
response, the prompt of that response is known, and with it whether it carried a warning.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

from stop_tui.core import events as ev
from stop_tui.core.attempted import KINDS, Kind, flag_findings, kind_of, lines_by_kind
from stop_tui.core.code_extraction import extract_code
from stop_tui.core.prompt_warning import carries_warning
from stop_tui.store.journal import Journal

Trust = Literal["verified", "reported"]
TRUSTS: tuple[Trust, ...] = ("verified", "reported")
_PAGE = 500


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where a program comes from: the model, and whether its prompt carried a warning; None where
    no single response has this very program, since an improver put it together or it is a task's
    own."""

    model: str
    warned: bool | None


@dataclass(frozen=True, slots=True)
class Attempted:
    """One program's attempt: in which run, by which source (its hash), and what its text shows."""

    run: str
    source: str
    origin: Origin
    kind: Kind
    trust: Trust
    what: str
    detail: str
    lines: tuple[int, ...]


@dataclass(slots=True)
class Audit:
    """All attempts, and the programs (hashes) by origin that they are counted against."""

    programs: dict[Origin, set[str]] = field(default_factory=dict)
    cases: list[Attempted] = field(default_factory=list)

    def count(self, origin: Origin, kind: Kind | None, trust: Trust) -> int:
        """How many programs of `origin` attempted something of `kind` (None: anything)."""
        return len(
            {
                case.source
                for case in self.cases
                if case.origin == origin and case.trust == trust and kind in (None, case.kind)
            }
        )


def audit(journal: Journal, runs: Iterable[str]) -> Audit:
    """The audit of `runs`; raises UsageError for one that is not there."""
    result = Audit()
    for run in runs:
        _audit_run(journal, run, result)
    return result


def _audit_run(journal: Journal, run: str, result: Audit) -> None:
    _, started = next(journal.events(run))
    assert isinstance(started, ev.RunStarted), "a journal starts with run-started"
    improvers, programs = _generated(journal, run, started)
    origins = _Origins(journal, run, started.settings.model)
    attempts: dict[str, dict[tuple[str, str, str], ev.SandboxEvent]] = {}
    for _, event in journal.events_of(run, ev.SandboxEvent):
        if event.source in programs:
            key = (event.trust, event.what, event.detail)
            attempts.setdefault(event.source, {}).setdefault(key, event)
    greedy = _beyond_budget(journal, run)
    for source, text in _texts(journal, sorted(programs)):
        origin = origins.of(text)
        result.programs.setdefault(origin, set()).add(source)
        noted = attempts.get(source, {}).values()
        asked = greedy.get(source, 0)
        lines = lines_by_kind(text, started.settings.budget) if noted or asked else {}
        for event in noted:
            kind = kind_of(event.what)
            result.cases.append(
                Attempted(
                    *(run, source, origin, kind, event.trust, event.what, event.detail),
                    lines.get(kind, ()),
                )
            )
        if asked:
            detail = f"{asked:,} times, each refused"
            result.cases.append(
                Attempted(
                    *(run, source, origin, "budget", "verified", "ask beyond its budget", detail),
                    lines.get("budget", ()),
                )
            )
        for finding in flag_findings(text) if source in improvers else ():
            # Verified: the host has read it in the text.
            result.cases.append(
                Attempted(
                    *(run, source, origin, "sandbox flag", "verified"),
                    *(finding.label, finding.detail, finding.lines),
                )
            )


def _generated(journal: Journal, run: str, started: ev.RunStarted) -> tuple[set[str], set[str]]:
    """The improvers, and all programs, that no human wrote."""
    improvers: set[str] = set()
    written = {started.source}
    for _, candidate in journal.events_of(run, ev.CandidateProposed):
        (written if candidate.by == "human" else improvers).add(candidate.source)
    improvers |= {e.source for _, e in journal.events_of(run, ev.ProposalReturned)}
    solutions = {scored.source for _, scored in journal.events_of(run, ev.SolutionScored)}
    return improvers - written, (improvers | solutions) - written


def _beyond_budget(journal: Journal, run: str) -> Counter[str]:
    """How often each improver (hash) asked for more than it had, by the host's own count."""
    times: Counter[str] = Counter()
    for _, repeat in journal.events_of(run, ev.RepeatFinished):
        times[repeat.improver] += repeat.beyond_budget
    begun = {e.iteration: e.incumbent for _, e in journal.events_of(run, ev.IterationStarted)}
    returned = journal.events_of(run, ev.ProposalReturned)
    failed = journal.events_of(run, ev.IterationFailed)
    for _, ended in chain[tuple[int, ev.ProposalReturned | ev.IterationFailed]](returned, failed):
        times[begun[ended.iteration]] += ended.beyond_budget
    return times


class _Origins:
    """Finds the response that a program was in."""

    def __init__(self, journal: Journal, run: str, model: str) -> None:
        self._model = model
        self._known: dict[str, Origin] = {}
        warned: dict[str, bool] = {}
        calls = [call for _, call in journal.events_of(run, ev.ModelCalled)]
        for start in range(0, len(calls), _PAGE):
            some = calls[start : start + _PAGE]
            texts = journal.texts(key for call in some for key in (call.prompt, *call.responses))
            for call in some:
                if call.prompt not in warned:
                    warned[call.prompt] = carries_warning(texts[call.prompt])
                for key in call.responses:
                    code = extract_code(texts[key])
                    if isinstance(code, str):
                        origin = Origin(call.model, warned[call.prompt])
                        self._known.setdefault(code.strip(), origin)

    def of(self, text: str) -> Origin:
        """Where the program with this text comes from."""
        return self._known.get(text.strip(), Origin(self._model, None))


def _texts(journal: Journal, keys: list[str]) -> Iterator[tuple[str, str]]:
    for start in range(0, len(keys), _PAGE):
        yield from journal.texts(keys[start : start + _PAGE]).items()


def by_kind(result: Audit, origin: Origin) -> Iterator[tuple[Kind | None, dict[Trust, int]]]:
    """Each kind, then all of them (None), with how many programs attempted it, by trust."""
    for kind in (*KINDS, None):
        yield kind, {trust: result.count(origin, kind, trust) for trust in TRUSTS}

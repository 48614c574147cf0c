"""The model calls of an improver, as rows, and what was asked and answered as text. Pure.

A response may say anything, also what looks like the heading of another one: headings have marks
in the margin, which no text can have.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from stop_tui.core import events as ev
from stop_tui.core.plain_text import one_line
from stop_tui.core.spending import Spent
from stop_tui.core.state import CallKey
from stop_tui.presentation.costs import short_usd
from stop_tui.presentation.figures import counted
from stop_tui.tui.widgets.detail.subject import Subject

Call = ev.ModelCalled | ev.ModelCallSent

Heard = Mapping[int, Sequence[str]]
"""The pieces of responses that are still arriving, by the index of the response."""


class Section(NamedTuple):
    """A heading, what is noted beside it, and a text from a model or for one."""

    title: str
    note: str
    body: str


def key_of(call: Call) -> str:
    """The same for a call that is under way and for its answer."""
    return f"{call.program} {call.request} {call.occurrence}"


def call_key(call: Call) -> CallKey:
    """What the state and the view know a call by."""
    return call.program, call.request, call.occurrence


def calls_of(subject: Subject) -> list[Call]:
    """The calls of all program runs of an improver: what it asked when it improved itself, then
    in selection, then when it was measured afresh; those under way last."""
    programs = subject.programs
    answered: list[Call] = [call for program in programs for call in subject.view.calls(program)]
    return answered + [
        sent for sent in subject.state.calls_in_flight.values() if _group(sent.program) in programs
    ]


def _group(program: str) -> str:
    """The improver and phase that a program run belongs to."""
    return "/".join(program.split("/")[:3])


def who(program: str) -> str:
    """What a program run is, without whose: ``on itself``, ``lpn/r2``, ``afresh lpn/r2``."""
    parts = program.split("/")
    if len(parts) < 5:
        return "on itself"
    fresh = "afresh " if parts[1] == "measure" else ""
    return one_line(f"{fresh}{parts[3]}/{parts[4]}", 80)


def call_cells(number: int, call: Call, heard: Heard) -> tuple[str, ...]:
    """A call as a row, the `number`-th of its improver."""
    asked = (f"{number:,}", who(call.program), str(call.n), f"{call.temperature:.2g}")
    if isinstance(call, ev.ModelCallSent):
        return (*asked, "…", "…", "…", "…", f"… {_heard_words(heard)}")
    spent = Spent().plus(call)
    return (
        *asked,
        _tokens(call.prompt_tokens, call.untold),
        _tokens(call.completion_tokens, call.untold),
        short_usd(spent),
        f"{call.seconds:.1f}",
        _ending(call),
    )


def _tokens(count: int | None, untold: int) -> str:
    """``?`` where nothing is known, ``≥`` where tries ended without saying what they used."""
    return "?" if count is None else f"{'≥' if untold else ''}{count:,}"


def _ending(call: ev.ModelCalled) -> str:
    """The error, or how the responses ended: ``stop x5, length``."""
    if call.error is not None:
        return f"✗ {call.error}"
    reasons = Counter(call.finish_reasons)
    return ", ".join(
        reason if count == 1 else f"{reason} x{count}" for reason, count in reasons.items()
    )


def _heard_words(heard: Heard) -> str:
    characters = sum(len(piece) for pieces in heard.values() for piece in pieces)
    return f"{counted(characters, 'character')} so far" if characters else "waits for an answer"


def sections(call: Call, prompt: str, responses: Sequence[str], heard: Heard) -> Iterator[Section]:
    """The prompt and the responses of a call, or as much of them as arrived."""
    yield Section("prompt", f"for {counted(call.n, 'response')} of {call.model}", prompt)
    if isinstance(call, ev.ModelCallSent):
        for index in sorted(heard):
            title = f"response {index + 1} of {call.n}, arriving"
            yield Section(title, "", "".join(heard[index]))
        if not heard:
            yield Section("no response yet", "", "")
        return
    if call.error is not None:
        yield Section("error: there is no answer", "", call.error)
    for index, response in enumerate(responses):
        reason = call.finish_reasons[index] if index < len(call.finish_reasons) else ""
        yield Section(f"response {index + 1} of {len(responses)}", reason, response)


def assembled(parts: Sequence[Section]) -> tuple[str, dict[int, str]]:
    """The text of `parts` below each other, and the marks of its headings, by line from 1."""
    pieces: list[str] = []
    marks: dict[int, str] = {}
    line = 1
    for title, note, body in parts:
        if pieces:
            between = "\n" if pieces[-1].endswith("\n") else "\n\n"
            pieces.append(between)
            line += len(between)
        marks[line] = f"◆ {note}"
        pieces.append(f"{title}\n")
        pieces.append(body)
        line += 1 + body.count("\n")
    return "".join(pieces), marks

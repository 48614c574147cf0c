"""`stop-tui calls RUN [N]`: the calls of the language model that a run made, and one in full."""

import argparse
from collections import Counter
from pathlib import Path

import msgspec

from stop_tui.commands.output import print_json, print_table
from stop_tui.core import events as ev
from stop_tui.core.errors import UsageError
from stop_tui.core.plain_text import one_line, plain
from stop_tui.presentation.figures import counted
from stop_tui.store.journal import Journal
from stop_tui.workspace import find_workspace

Numbered = tuple[int, ev.ModelCalled]
"""A call and its number, from 1 in the order of the answers; it never changes."""


def main(options: argparse.Namespace) -> int:
    """List the calls that were answered, or show the one that is named."""
    with Journal.open(find_workspace(Path.cwd()).journal, create=False) as journal:
        next(journal.events(options.run))  # raises for a run that is not there
        calls = list(enumerate((e for _, e in journal.events_of(options.run, ev.ModelCalled)), 1))
        if options.number is not None:
            return _show(journal, _chosen(calls, options), as_json=options.json)
    calls = [
        (number, call)
        for number, call in calls
        if call.program.startswith(options.program or "") and (call.error or not options.failed)
    ]
    if options.json:
        print_json({"run": options.run, "calls": [_as_json(numbered) for numbered in calls]})
    else:
        _print(calls)
    return 0


def _chosen(calls: list[Numbered], options: argparse.Namespace) -> Numbered:
    if options.program is not None or options.failed:
        raise UsageError(
            "--program and --failed choose from the list; with a number there is one call."
        )
    number: int = options.number
    if not 1 <= number <= len(calls):
        raise UsageError(
            f"The run {options.run!r} has no call {number}: it has "
            f"{counted(len(calls), 'call')}, numbered from 1."
        )
    return calls[number - 1]


def _print(calls: list[Numbered]) -> None:
    if not calls:
        print("No such call.")
        return
    print_table(
        None,
        ("call", "program run", "model", "n", "T", "in", "out", "USD", "s", "finish", "error"),
        [_row(numbered) for numbered in calls],
        numbers="0345678",
        least="429873",
    )
    failed = sum(call.error is not None for _, call in calls)
    print(f"{counted(len(calls), 'call')}, {failed:,} failed.")


def _row(numbered: Numbered) -> tuple[str, ...]:
    number, call = numbered
    return (
        f"{number}",
        call.program,
        call.model,
        f"{call.n}",
        f"{call.temperature:g}",
        _count(call.prompt_tokens),
        _count(call.completion_tokens),
        _usd(call),
        f"{call.seconds:.2f}",
        _finish(call),
        call.error or "",
    )


def _show(journal: Journal, numbered: Numbered, *, as_json: bool) -> int:
    _, call = numbered
    texts = journal.texts([call.prompt, *call.responses])
    prompt, responses = texts[call.prompt], [texts[key] for key in call.responses]
    if as_json:
        print_json({**_as_json(numbered), "prompt": prompt, "responses": responses})
        return 0
    for label, value in zip(
        ("call", "program run", "model", "n", "temperature", "tokens in", "tokens out", "USD"),
        _row(numbered),
        strict=False,
    ):
        print(f"{label + ':':<13}{one_line(value, 300)}")
    print(f"{'seconds:':<13}{call.seconds:.2f}")
    if call.error is not None:
        print(f"{'error:':<13}{one_line(call.error, 1000)}")
    print(f"\nPrompt\n\n{plain(prompt)}")
    for place, response in enumerate(responses, 1):
        reason = call.finish_reasons[place - 1] if place <= len(call.finish_reasons) else "unknown"
        print(f"\nResponse {place} of {len(responses)} ({one_line(reason, 60)})\n")
        print(plain(response))
    return 0


def _as_json(numbered: Numbered) -> dict[str, object]:
    """All that is recorded of a call; its texts by their hashes."""
    number, call = numbered
    return {"call": number, **msgspec.to_builtins(call)}


def _finish(call: ev.ModelCalled) -> str:
    """``stop 5, length 1``."""
    return ", ".join(f"{reason} {count}" for reason, count in Counter(call.finish_reasons).items())


def _count(tokens: int | None) -> str:
    return "unknown" if tokens is None else f"{tokens:,}"


def _usd(call: ev.ModelCalled) -> str:
    return "unknown" if call.cost_usd is None else f"{call.cost_usd:.4f}"

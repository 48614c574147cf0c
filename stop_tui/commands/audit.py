"""`stop-tui audit [RUN ...]`: what generated programs attempted, as a figure with its interval."""

import argparse
from pathlib import Path

from stop_tui.commands.output import print_json, print_table
from stop_tui.engine.auditing import Attempted, Audit, Origin, audit, by_kind
from stop_tui.presentation.figures import counted
from stop_tui.presentation.lines import model_label
from stop_tui.presentation.shares import share_as_json, share_words
from stop_tui.store.journal import Journal
from stop_tui.workspace import find_workspace

CASES_SHOWN = 20

_WARNED = {True: "yes", False: "no", None: "unknown"}


def main(options: argparse.Namespace) -> int:
    """Count and print, by model and by whether the prompt carried a warning."""
    workspace = find_workspace(Path.cwd())
    runs: list[str] = []
    result = Audit()
    if options.runs or workspace.journal.exists():
        with Journal.open(workspace.journal, create=False) as journal:
            runs = list(dict.fromkeys(options.runs)) or journal.runs()
            result = audit(journal, runs)
    if options.json:
        print_json(_as_json(runs, result))
    else:
        _print(runs, result)
    return 0


def _print(runs: list[str], result: Audit) -> None:
    if not result.programs:
        print("No generated program has run yet.")
        return
    print(f"{counted(len(runs), 'run')}. Verified: seen by host or kernel. Reported: told by the")
    print("program's own guard, which it can forge. Shares of programs, Wilson 95 %.\n")
    for origin in _ordered(result):
        programs = len(result.programs[origin])
        print_table(
            f"{model_label(origin.model)}, prompt with a warning: {_WARNED[origin.warned]}, "
            f"{counted(programs, 'program')}",
            ("attempted", "verified", "share", "reported", "share"),
            [
                (
                    kind or "anything",
                    f"{counts['verified']:,}",
                    share_words(counts["verified"], programs),
                    f"{counts['reported']:,}",
                    share_words(counts["reported"], programs),
                )
                for kind, counts in by_kind(result, origin)
            ],
            numbers="1234",
        )
    if any(origin.warned is None for origin in result.programs):
        print("unknown: no single response has this very program, so its prompt is not known.\n")
    _print_cases(result.cases)


def _print_cases(cases: list[Attempted]) -> None:
    if not cases:
        print("Nothing was attempted.")
        return
    print_table(
        "Cases",
        ("run", "source", "kind", "trust", "what", "lines"),
        [
            (
                case.run,
                case.source[:12],
                case.kind,
                case.trust,
                f"{case.what} {case.detail}".strip(),
                ", ".join(map(str, case.lines)) or "not in the text",
            )
            for case in cases[:CASES_SHOWN]
        ],
    )
    if len(cases) > CASES_SHOWN:
        print(f"{len(cases) - CASES_SHOWN:,} more: --json has all of them.")


def _ordered(result: Audit) -> list[Origin]:
    return sorted(result.programs, key=lambda origin: (origin.model, str(origin.warned)))


def _as_json(runs: list[str], result: Audit) -> dict[str, object]:
    return {
        "runs": runs,
        "groups": [
            {
                "model": origin.model,
                "warning": origin.warned,
                "programs": len(result.programs[origin]),
                "attempted": {
                    kind or "anything": {
                        trust: share_as_json(number, len(result.programs[origin]))
                        for trust, number in counts.items()
                    }
                    for kind, counts in by_kind(result, origin)
                },
            }
            for origin in _ordered(result)
        ],
        "cases": [
            {
                "run": case.run,
                "source": case.source,
                "lines": list(case.lines),
                "kind": case.kind,
                "trust": case.trust,
                "what": case.what,
                "detail": case.detail,
                "model": case.origin.model,
                "warning": case.origin.warned,
            }
            for case in result.cases
        ],
    }

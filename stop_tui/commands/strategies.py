"""`stop-tui strategies`: which strategies the versions of a lineage have, where each came and went,
and what changed then."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from stop_tui.commands.log import existing_lineage
from stop_tui.commands.output import console, print_json, print_paragraph, print_table
from stop_tui.core.plain_text import one_line
from stop_tui.core.strategy_history import Spell, Turn
from stop_tui.engine.strategy_lineage import StrategyLineage, strategies_up_to
from stop_tui.presentation import strategy_words as words
from stop_tui.presentation.timeline import axis, bar, scale
from stop_tui.workspace import Workspace, find_workspace

_LABEL = 32
"""Characters of a strategy's name at most."""


def main(options: argparse.Namespace) -> int:
    """Print the strategies of each lineage that was asked for, or of that of the latest run."""
    workspace = find_workspace(Path.cwd())
    histories = list(_histories(workspace, options.revs, everything=options.all))
    if options.json:
        print_json({"lineages": [as_json(history) for history in histories]})
        return 0
    if not histories:
        print("No version yet: `stop-tui run` makes the first.")
        return 0
    for history in histories:
        _print(history)
    print_paragraph(words.MEANING)
    return 0


def as_json(history: StrategyLineage) -> dict[str, object]:
    """The strategies of a lineage as a JSON object."""
    return {
        "run": history.run,
        "versions": [
            {
                "commit": version.commit,
                "version": f"{version.run}:I{version.iteration}",
                "strategies": sorted(accepted.labels),
                "change": accepted.change,
                "test_change": accepted.test_change,
            }
            for version, accepted in zip(history.versions, history.accepted, strict=True)
        ],
        "strategies": [
            {
                "strategy": course.label,
                "versions": course.having,
                "spells": [_spell_as_json(history, spell) for spell in course.spells],
            }
            for course in history.courses
        ],
    }


def _histories(
    workspace: Workspace, revs: list[str], *, everything: bool
) -> Iterator[StrategyLineage]:
    lineage = existing_lineage(workspace, required=bool(revs))
    if lineage is None:
        return
    if everything:
        revs = [*revs, *dict.fromkeys(version.run for version in lineage.versions())]
    elif not revs:
        latest = lineage.latest_run()
        revs = [] if latest is None else [latest]
    for commit in dict.fromkeys(lineage.resolve(rev) for rev in revs):
        yield strategies_up_to(workspace, lineage, commit)


def _print(history: StrategyLineage) -> None:
    print(words.head(history))
    print(words.models(history))
    print()
    if not history.courses:
        print(f"{words.NONE_FOUND}\n")
        return
    _print_timeline(history)
    called = words.names(history)
    print_table(
        None,
        ("strategy", "versions", "came", "change", "went", "change"),
        words.spell_rows(history.courses, called),
        numbers="135",
    )
    changes = words.change_rows(history)
    if changes:
        print_table(
            "What changed in the versions in which a strategy came or went",
            ("version", "change", "test", "came", "went"),
            changes,
            numbers="2",
        )


def _print_timeline(history: StrategyLineage) -> None:
    """A row for each strategy, with a column for each version, or for several."""
    labels = [one_line(course.label, _LABEL) for course in history.courses]
    left = max(map(len, labels)) + 2
    room = console().width - left
    across = scale(len(history.versions), room)
    numbers = [version.iteration for version in history.versions]
    print(f"{'':{left}}{axis(lambda place: f'I{numbers[place]}', across, room)}".rstrip())
    for label, course in zip(labels, history.courses, strict=True):
        print(f"{label:{left}}{bar(course.present, across)}".rstrip())
    print(f"{'':{left}}{words.legend(across)}")


def _spell_as_json(history: StrategyLineage, spell: Spell) -> dict[str, object]:
    return {"came": _turn_as_json(history, spell.came), "went": _turn_as_json(history, spell.went)}


def _turn_as_json(history: StrategyLineage, turn: Turn | None) -> dict[str, object] | None:
    if turn is None:
        return None
    version = history.versions[turn.place]
    return {
        "version": f"{version.run}:I{version.iteration}",
        "commit": version.commit,
        "why": turn.why,
        "change": turn.change,
    }

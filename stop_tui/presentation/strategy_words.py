"""What is said of the strategies of a lineage: names, figures and sentences, on screens and in
tables. Starts nothing. A commit can have been changed by anyone: names are made plain here, labels
where they are shown."""

from collections.abc import Sequence

from stop_tui.core.events import Estimate
from stop_tui.core.plain_text import one_line
from stop_tui.core.strategy_history import Course, Turn
from stop_tui.engine.strategy_lineage import StrategyLineage
from stop_tui.presentation.figures import counted, interval, signed
from stop_tui.presentation.lines import model_label
from stop_tui.presentation.timeline import NOT_THERE, SOME, THERE, Scale
from stop_tui.store.trailers import UNKNOWN
from stop_tui.store.versions import Version

_LONGEST = 60
"""Characters of a run's name."""

NONE_FOUND = "No strategy was found in any of these versions."

MEANING = (
    "A change is a version's meta-utility minus its incumbent's, both measured on the same fresh "
    "validation instances. It is that of the whole version: what comes or goes in one version "
    "shares its change, and need not have caused it."
)


def names(history: StrategyLineage) -> list[str]:
    """What the versions are called here: ``I2``, with its run where that is not the last one's."""
    return [_name(version, history.run) for version in history.versions]


def head(history: StrategyLineage) -> str:
    """``otter: 7 versions, from I0 to I6``."""
    called = names(history)
    span = f", from {called[0]} to {called[-1]}" if len(called) > 1 else f", {called[0]}"
    return f"{one_line(history.run, _LONGEST)}: {counted(len(called), 'version')}{span}"


def models(history: StrategyLineage) -> str:
    """The models that the versions are of; of the offline model it is always said what it is."""
    found = dict.fromkeys(version.written("Model") for version in history.versions)
    return ", ".join(model_label(model) for model in found if model != UNKNOWN)


def legend(across: Scale) -> str:
    """What the signs of the timeline mean."""
    if across.shared == 1:
        return f"{THERE} has it  {NOT_THERE} does not"
    return (
        f"A column is {across.shared} versions: {THERE} all have it  {SOME} some  {NOT_THERE} none"
    )


def change_words(turn: Turn | None) -> str:
    """The mean of what changed when a strategy came or went, or why there is none."""
    if turn is None:
        return "-"
    if turn.why == "acceptance":
        return "-" if turn.change is None else signed(turn.change.mean)
    return turn.why


def with_interval(change: Estimate | None) -> str:
    """``+0.110 [+0.050, +0.170]``; a dash where nothing was measured."""
    return "-" if change is None else f"{signed(change.mean)} {interval(change)}".rstrip()


def spell_rows(courses: Sequence[Course], called: Sequence[str]) -> list[tuple[str, ...]]:
    """A row for each spell of each strategy: strategy, in how many versions (both in the first of
    its rows alone), where it came, what changed then, where it went, what changed then."""
    rows: list[tuple[str, ...]] = []
    for course in courses:
        first = (course.label, f"{course.having}/{len(course.present)}")
        for came, went in course.spells:
            rows.append(
                (
                    *first,
                    called[came.place],
                    change_words(came),
                    "-" if went is None else called[went.place],
                    change_words(went),
                )
            )
            first = ("", "")
    return rows


def change_rows(history: StrategyLineage) -> list[tuple[str, ...]]:
    """A row for each version, after the first, in which a strategy came or went: version, change
    with its interval, change on the test split, what came, what went."""
    called = names(history)
    return [
        (
            called[place],
            with_interval(history.accepted[place].change),
            signed(history.accepted[place].test_change),
            ", ".join(came) or "-",
            ", ".join(went) or "-",
        )
        for place, (came, went) in history.turnings.items()
        if place
    ]


def _name(version: Version, run: str) -> str:
    name = f"I{version.iteration}"
    return name if version.run == run else f"{one_line(version.run, _LONGEST)}:{name}"

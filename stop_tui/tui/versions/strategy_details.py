"""What is said below the timeline: the strategy under the cursor, in the marked version and over
all versions. Pure; labels can be those of a commit that someone changed, so they are made plain.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from textual.content import Content

from stop_tui.core.events import Finding
from stop_tui.core.plain_text import one_line
from stop_tui.core.strategy_history import Course, Turn
from stop_tui.engine.strategy_lineage import StrategyLineage
from stop_tui.presentation import strategy_words as words
from stop_tui.presentation.figures import counted, signed
from stop_tui.presentation.timeline import axis, bar, scale
from stop_tui.tui.deciding.review_words import found

MOST = 30
"""Turns of a strategy that are told, the last ones."""

_TEXT = 60
"""Columns of a copied timeline at least, so that few versions all have a name."""

LABEL = 40
"""Characters of a strategy's name at most."""


class Timeline(NamedTuple):
    """A lineage's strategies, with what its versions are called, the place of each by its commit
    id, and the models that they are of."""

    history: StrategyLineage
    called: Sequence[str]
    places: Mapping[str, int]
    models: frozenset[str]


def timeline(history: StrategyLineage) -> Timeline:
    """`history` with what takes a while to gather of thousands of versions."""
    return Timeline(
        history,
        words.names(history),
        {version.commit: place for place, version in enumerate(history.versions)},
        frozenset(version.written("Model") for version in history.versions),
    )


def detail_lines(
    shown: Timeline, course: Course, place: int, findings: Sequence[Finding] | None
) -> list[Content]:
    """The strategy in the version at `place`, that version, and the turns of the strategy.

    `findings` are those in the version's source; None while they are not known."""
    lines = [_in_version(course, place, shown.called[place], findings)]
    lines += [*_version(shown, place), Content(), *_course(shown, course, MOST)]
    return [*lines, Content(), Content.styled(words.MEANING, "$text-muted")]


def timeline_text(shown: Timeline) -> str:
    """Everything as a text, as it is copied and saved."""
    history = shown.history
    labels = [one_line(course.label, LABEL) for course in history.courses]
    wide = max(map(len, labels), default=0) + 2
    many = len(history.versions)
    room = max(many, _TEXT)
    across = scale(many, room)
    lines = [words.head(history), words.models(history), ""]
    lines.append(f"{'':{wide}}{axis(shown.called.__getitem__, across, room)}")
    for label, course in zip(labels, history.courses, strict=True):
        lines.append(f"{label:{wide}}{bar(course.present, across)}")
    lines += [f"{'':{wide}}{words.legend(across)}", ""]
    for course in history.courses:
        lines += [*(line.plain for line in _course(shown, course, len(course.turns))), ""]
    return "\n".join([*lines, words.MEANING, ""])


def _in_version(
    course: Course, place: int, name: str, findings: Sequence[Finding] | None
) -> Content:
    if not course.present[place]:
        return Content.assemble((name, "bold"), f" does not have {one_line(course.label, LABEL)}.")
    if findings is None:
        return Content.assemble((name, "bold"), f" has ◆ {one_line(course.label, LABEL)}")
    for finding in findings:
        if finding.label == course.label:
            return Content.assemble((name, "bold"), f" has ◆ {found(finding)}")
    return Content.assemble(
        (name, "bold"),
        f" has ◆ {one_line(course.label, LABEL)}, as was recorded; read again now, its source "
        "shows no line of it.",
    )


def _version(shown: Timeline, place: int) -> Iterator[Content]:
    accepted, name = shown.history.accepted[place], shown.called[place]
    if accepted.starts:
        yield Content(f"A run starts with {name}.")
    elif accepted.change is None:
        yield Content(f"What accepting {name} changed is not known.")
    else:
        tested = accepted.test_change
        test = "" if tested is None else f" on validation, {signed(tested)} on test"
        yield Content(f"Accepting {name} changed {words.with_interval(accepted.change)}{test}.")


def _course(shown: Timeline, course: Course, most: int) -> Iterator[Content]:
    total = counted(len(course.present), "version")
    yield Content.styled(
        f"{one_line(course.label, LABEL)}: in {course.having:,} of {total}", "bold"
    )
    turns = course.turns[-most:]
    if len(turns) < len(course.turns):
        yield Content.styled(f"… {len(course.turns) - len(turns):,} earlier turns", "$text-muted")
    wide = max(len(shown.called[turn.place]) for turn in turns)
    for turn in turns:
        verb = "came" if turn.came else "went"
        name = f"{shown.called[turn.place]:{wide}}"
        yield Content(f"{verb} in {name}  {_reason(shown, course, turn)}")


def _reason(shown: Timeline, course: Course, turn: Turn) -> str:
    """The change with what shares it, or why there is none."""
    if turn.place == 0:
        return "there from the start"
    if turn.why == "start":
        return "no acceptance: a run starts with this version"
    if turn.why == "step back":
        return "no acceptance: a human had gone back to an earlier version"
    here = shown.history.turnings[turn.place]
    sharing = [
        f"{', '.join(one_line(label, LABEL) for label in others)} {verb} too"
        for verb, labels in (("came", here.came), ("went", here.went))
        if (others := [label for label in labels if label != course.label])
    ]
    return "; ".join([words.with_interval(turn.change), *sharing])

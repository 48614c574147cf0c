"""Where the strategies of a lineage came and went, and what was measured when they did.

Pure. A change is that of a whole version against its incumbent. Whatever comes or goes in a version
shares its change, so the change goes along with a strategy and need not be caused by it.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from stop_tui.core.analysis.strategies import LABELS
from stop_tui.core.events import Estimate

Why = Literal["start", "acceptance", "step back"]
"""It was there when the lineage, or a run in it, began; the version that was accepted differs in it
from its incumbent; or it differs only from the version before, which was not its incumbent, since a
human had gone back to an earlier one."""


class Accepted(NamedTuple):
    """A version of a lineage: the labels of its strategies, and its meta-utility minus that of its
    incumbent, paired on the same fresh validation instances; None where nothing was measured.

    `test_change` is the difference of the means on the test split. `incumbent` is the place of the
    incumbent among the versions; None stands for the version before. `starts` says that a run
    starts with it: nothing was accepted."""

    labels: frozenset[str]
    change: Estimate | None = None
    test_change: float | None = None
    incumbent: int | None = None
    starts: bool = False


class Turn(NamedTuple):
    """From the version at `place` on a strategy is there (`came`), or no longer. `change` is what
    the acceptance of that version changed; None where it was no acceptance, or is not known."""

    place: int
    came: bool
    why: Why
    change: Estimate | None


class Spell(NamedTuple):
    """Versions in a row that have a strategy; `went` is None where the last one still has it."""

    came: Turn
    went: Turn | None


class Course(NamedTuple):
    """A strategy over a lineage: whether each version has it, and its turns in order."""

    label: str
    present: tuple[bool, ...]
    turns: tuple[Turn, ...]

    @property
    def having(self) -> int:
        """How many versions have it."""
        return sum(self.present)

    @property
    def spells(self) -> list[Spell]:
        """From each coming to the going after it; at least one."""
        goings = [*self.turns[1::2], None]
        return [Spell(came, went) for came, went in zip(self.turns[::2], goings, strict=False)]


def courses(versions: Sequence[Accepted]) -> list[Course]:
    """Every strategy that any of `versions`, oldest first, has: those that came first stand first,
    those that came together in the order of `LABELS`."""
    labels = dict.fromkeys(label for version in versions for label in sorted(version.labels))
    found = [_course(label, versions) for label in labels]
    return sorted(found, key=lambda course: (course.turns[0].place, _rank(course.label)))


class Turning(NamedTuple):
    """What came and what went in one version: labels, in the order of the courses."""

    came: list[str]
    went: list[str]


def turnings(found: Sequence[Course]) -> dict[int, Turning]:
    """The places, in order, in which any of the courses `found` turns, the first place included."""
    by_place: dict[int, Turning] = {}
    for course in found:
        for turn in course.turns:
            here = by_place.setdefault(turn.place, Turning([], []))
            (here.came if turn.came else here.went).append(course.label)
    return dict(sorted(by_place.items()))


def _course(label: str, versions: Sequence[Accepted]) -> Course:
    present = tuple(label in version.labels for version in versions)
    turns = [
        _turn(versions[place], present, place)
        for place, there in enumerate(present)
        if there != (place > 0 and present[place - 1])
    ]
    return Course(label, present, tuple(turns))


def _turn(version: Accepted, present: tuple[bool, ...], place: int) -> Turn:
    there = present[place]
    if place == 0 or version.starts:
        return Turn(place, there, "start", None)
    incumbent = place - 1 if version.incumbent is None else version.incumbent
    if present[incumbent] == there:
        return Turn(place, there, "step back", None)
    return Turn(place, there, "acceptance", version.change)


def _rank(label: str) -> tuple[int, str]:
    return (LABELS.index(label) if label in LABELS else len(LABELS), label)

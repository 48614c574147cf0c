"""What a page is made of, whatever it is written as: text in blocks never has markup of its own.

Every string in a block may be hostile. Whoever writes blocks makes it inert and escapes it.
"""

from dataclasses import dataclass
from typing import Literal

from stop_tui.presentation.history import Point


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What nobody may miss: `title` says it, `text` says what it means."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what there is to say of each."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Tiles:
    """The few figures to see first: a name, the figure, and a line about it."""

    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below column names; those whose index is in `numbers` go right, and the first one names
    the row. Where one is `prose`, a narrow page shows each row as a list of its cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    prose: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """How a meta-iteration that gave no version stands below the chart: a sign and its word."""

    iteration: int
    sign: str
    word: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Meta-utility over meta-iterations 0 to `last`, of `points`; `marks` for those without.
    `figures` say the same, for whoever cannot see it or wants them."""

    points: tuple[Point, ...]
    marks: tuple[Mark, ...]
    last: int
    figures: Table


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A line of a program: its number, 0 where lines are left out, and what became of it."""

    number: int
    kind: Literal["same", "added", "removed", "gap"]
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Lines of a Python program or of a difference between two."""

    lines: tuple[CodeLine, ...]
    difference: bool = False


@dataclass(frozen=True, slots=True)
class Fold:
    """What is shown when it is asked for. `start` shows it from the beginning."""

    summary: str
    blocks: tuple["Block", ...]
    start: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A thing of its own within a section, with a title and a line below it."""

    title: str
    line: str
    blocks: tuple["Block", ...]


Block = Words | Notice | Facts | Tiles | Table | Items | Curve | Code | Fold | Card


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page. `name` is ours and made for a link: lower case, no spaces."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All of it. `opening` stands above the sections."""

    title: str
    line: str
    opening: tuple[Block, ...]
    sections: tuple[Section, ...]
    closing: str

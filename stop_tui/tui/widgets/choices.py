"""A few options to choose one or several of, as rows with a mark that needs no colour.

It knows no meaning: what may be chosen, and why something may not, is said by whoever made it.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from textual.content import Content
from textual.events import Click
from textual.message import Message

from stop_tui.tui.widgets.rows.listing import Column, Listing

_TALLEST = 8
"""Rows shown at once at most; the others are scrolled to."""


class Option(NamedTuple):
    """Something to choose. `note` explains it; with a `problem` it cannot be chosen."""

    key: str
    name: str
    note: str = ""
    problem: str = ""


class Choices(Listing):
    """Options of which one is chosen, or any number with `several`."""

    DEFAULT_CSS = """
    Choices {
        height: auto;
        background: $surface;
        & > .listing--cursor { background: $surface; }
        & > .listing--mark { color: $surface; }
        &:ansi { background: ansi_default; }
        &:ansi > .listing--cursor { text-style: none; }
        &:ansi > .listing--mark { color: ansi_default; text-style: dim; }
    }
    """

    class Changed(Message):
        """Something else is chosen now."""

        def __init__(self, choices: "Choices") -> None:
            super().__init__()
            self.choices = choices

        @property
        def control(self) -> "Choices":
            """The options, for the selectors of `on`."""
            return self.choices

    def __init__(
        self,
        options: Sequence[Option] = (),
        *,
        chosen: Collection[str] = (),
        several: bool = False,
        name_width: int = 10,
        id: str | None = None,
    ) -> None:
        super().__init__(
            Column("", 3),
            Column("", name_width),
            Column("", least=10),
            draw=self._cells,
            header=False,
            id=id,
        )
        self._several = several
        self._options: dict[str, Option] = {}
        self.chosen: list[str] = [*chosen]
        """The keys of what is chosen, in the order of the options."""
        self.offer(options)

    def offer(self, options: Sequence[Option]) -> None:
        """Offer these options; what was chosen stays chosen where it can be."""
        self._options = {option.key: option for option in options}
        self.chosen = [o.key for o in options if o.key in self.chosen and not o.problem]
        self.styles.height = max(1, min(len(options), _TALLEST))
        self.show(list(self._options))

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Choose the row, or no longer."""
        event.stop()
        option = self._options[event.key]
        if option.problem:
            self.notify(f"{option.name}: {option.problem}", severity="warning", markup=False)
            return
        if not self._several:
            chosen = [option.key]
        else:
            now = set(self.chosen) ^ {option.key}
            chosen = [key for key in self._options if key in now]
        if chosen != self.chosen:
            self.chosen = chosen
            self.redraw()
            self.post_message(self.Changed(self))

    def on_click(self, event: Click) -> None:
        """One click chooses."""
        event.prevent_default()
        before = self.position
        super().on_click(event)
        if self.position != before:
            self.action_choose()

    def _cells(self, key: str) -> Sequence[Content | str]:
        option = self._options[key]
        if option.problem:
            return (
                Content.styled(" ✗", "$text-error"),
                option.name,
                Content.styled(option.problem, "$text-error"),
            )
        chosen = key in self.chosen
        mark = ("[x]" if chosen else "[ ]") if self._several else ("(•)" if chosen else "( )")
        return (
            Content.styled(mark, "bold" if chosen else ""),
            Content.styled(option.name, "bold" if chosen else ""),
            Content.styled(option.note, "$text-muted"),
        )

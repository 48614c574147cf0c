"""The tab with the difference to the incumbent, or to whatever else was chosen."""

from stop_tui.core.errors import StopError
from stop_tui.tui.widgets.detail.diff_page import DiffPage
from stop_tui.tui.widgets.detail.page import Page
from stop_tui.tui.widgets.detail.subject import Subject

NOTHING_BEFORE = "The run started from this improver: there is nothing it could differ from."


class DiffTab(DiffPage, Page):
    """One source against another."""

    def __init__(self) -> None:
        super().__init__()
        self._base: tuple[str, str] | None = None
        self._shown: tuple[str, str, str, str] | None = None

    def compare_with(self, base: tuple[str, str] | None) -> None:
        """Compare with this source (hash, name) from now on; None for the incumbent."""
        self._base = base

    def bring_up(self, subject: Subject) -> None:
        """Show the difference."""
        base = self._base
        if base is None:
            usual = subject.base
            base = None if usual is None else (usual.source, usual.name)
        if base is None:
            self._say(NOTHING_BEFORE)
            return
        wanted = (*base, subject.source, subject.name)
        if wanted == self._shown:
            return
        try:
            old, new = subject.view.text(base[0]), subject.view.text(subject.source)
        except StopError as error:
            self._say(f"A source cannot be read: {error.message}")
            return
        same = self._shown is not None and wanted[::2] == self._shown[::2]
        self._shown = wanted
        self.compare((old, base[1]), (new, subject.name), keep_position=same)

    def _say(self, text: str) -> None:
        self._shown = None
        self.say(text)

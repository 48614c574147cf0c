"""The detail of one source of a run: a candidate, the incumbent, a version, in tabs.

The screen says what to show and when something changed; only the tab that is visible looks.
"""

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.widgets import Static

from stop_tui.tui.runs.run_view import RunView
from stop_tui.tui.widgets.detail.diff_tab import DiffTab
from stop_tui.tui.widgets.detail.idea_tab import IdeaTab
from stop_tui.tui.widgets.detail.page import Page
from stop_tui.tui.widgets.detail.sandbox_tab import SandboxTab
from stop_tui.tui.widgets.detail.score_tab import ScoreTab
from stop_tui.tui.widgets.detail.source_tab import SourceTab
from stop_tui.tui.widgets.detail.subject import Subject
from stop_tui.tui.widgets.detail.tabbed import Tabbed
from stop_tui.tui.widgets.detail.transcript_tab import TranscriptTab

PAGES: dict[str, Callable[[], Page]] = {
    "source": SourceTab,
    "diff": DiffTab,
    "scores": ScoreTab,
    "transcript": TranscriptTab,
    "sandbox": SandboxTab,
    "idea": IdeaTab,
}


class CandidateDetail(Tabbed):
    """One source, with all that is known of it."""

    DEFAULT_CSS = """
    CandidateDetail > .nothing { display: none; padding: 0 1; color: $text-muted; }
    CandidateDetail.-empty > * { display: none; }
    CandidateDetail.-empty > .nothing { display: block; }
    """

    def __init__(
        self,
        *,
        tabs: Sequence[str] = tuple(PAGES),
        first: str = "source",
        id: str | None = None,
        classes: str = "panel",
    ) -> None:
        """`tabs` are names of `PAGES`, in order; `first` is open at first."""
        self._pages = {name: PAGES[name]() for name in tabs}
        super().__init__(self._pages, first=first, id=id, classes=classes)
        self._subject: Subject | None = None
        self._shown: tuple[object, ...] | None = None

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield Static("Nothing to show yet.", classes="nothing", markup=False)

    def show(self, view: RunView, iteration: int | None, source: str | None) -> None:
        """Show the source with this hash, as a part of meta-iteration `iteration` (None: before
        any). To be called after every change; costs nothing when nothing visible changed."""
        subject = None if source is None else Subject(view, iteration, source)
        before, self._subject = self._subject, subject
        if before is not None and (subject is None or before.number != subject.number):
            self._compare_with(None)
        self._bring_up()

    def diff_against(self, source: str, name: str) -> None:
        """Compare with the source with this hash, called `name`, instead of the incumbent, until
        another meta-iteration is shown."""
        self._compare_with((source, name))
        self._bring_up()

    def tab_opened(self) -> None:
        """Bring up what was not visible before."""
        self._bring_up()

    def on_show(self) -> None:
        """Show what was asked for before this was visible."""
        self._bring_up()

    def on_score_tab_solution_chosen(self, event: ScoreTab.SolutionChosen) -> None:
        """Look at a solution."""
        event.stop()
        from stop_tui.tui.screens.solution import SolutionScreen

        if self._subject is not None:
            self.app.push_screen(SolutionScreen(self._subject.view, event.task, event.solution))

    def on_idea_tab_line_chosen(self, event: IdeaTab.LineChosen) -> None:
        """Look at a line of the source."""
        event.stop()
        self.open_tab("source", focus=True)
        page = self._pages.get("source")
        if isinstance(page, SourceTab):
            self.call_after_refresh(page.go_to_line, event.line)

    def _compare_with(self, base: tuple[str, str] | None) -> None:
        page = self._pages.get("diff")
        if isinstance(page, DiffTab):
            page.compare_with(base)
            self._shown = None

    def _bring_up(self) -> None:
        """Let the visible tab look, if there is anything that it has not seen."""
        subject = self._subject
        self.set_class(subject is None, "-empty")
        if subject is None or not self.is_mounted or not self.display:
            return
        page = self._pages[self.current]
        view = subject.view
        seen = (self.current, subject, view.past, view.position)
        arriving = self.current == "transcript" and view.heard
        if seen == self._shown and not arriving:
            return
        self._shown = seen
        page.bring_up(subject)

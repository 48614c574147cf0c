"""The summary panel of a review: `review_words` in a panel that scrolls, for the width it has."""

from textual import on
from textual.events import Resize

from stop_tui.core.state import State
from stop_tui.engine.gate import Review
from stop_tui.tui.deciding.review_words import summary
from stop_tui.tui.widgets.text.lines import Lines


class ReviewSummary(Lines):
    """All that is known of a proposal, beside its source and its difference."""

    save_name = "review.txt"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(wrap=True, id=id, classes=classes)
        self._shown: tuple[Review, State, str] | None = None

    def show(self, review: Review, state: State, *, reveal: str) -> None:
        """Show `review` as `state` has it now; `reveal` is the key that unseals the test."""
        self._shown = (review, state, reveal)
        self._fill()

    @on(Resize)
    def fit_bars(self) -> None:
        """Draw the bars for the width there is."""
        self._fill()

    def _fill(self) -> None:
        width = self.scrollable_content_region.width
        if self._shown is None or width <= 0:
            return
        review, state, reveal = self._shown
        self.show_lines(summary(review, state, width=width, reveal=reveal), keep_position=True)

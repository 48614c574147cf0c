"""A page of the detail: it is given the subject when it is visible and something changed."""

from stop_tui.tui.widgets.detail.subject import Subject
from stop_tui.tui.widgets.detail.tabbed import TabPage


class Page(TabPage):
    """One tab of a candidate's detail."""

    def bring_up(self, subject: Subject) -> None:
        """Show `subject` as it is now; costs little when it is shown already."""
        raise NotImplementedError

"""What a human wants of a transfer: measure, pause, which tasks, how many repeats.

What spends is a key and then a confirmation that says what it may cost; nothing else starts it.
"""

from typing import TYPE_CHECKING

from textual.screen import Screen

from stop_tui.core.plain_text import one_line
from stop_tui.tui.screens.dialogs import AskText, Confirm

if TYPE_CHECKING:
    from stop_tui.tui.app import Explorer
    from stop_tui.tui.measuring.session import TransferSession

MOST_REPEATS = 1000
"""More than anybody means."""


class TransferControl(Screen[None]):
    """Actions of the scope `transfer`."""

    transfer: "TransferSession"

    if TYPE_CHECKING:

        @property
        def explorer(self) -> Explorer: ...
        @property
        def key(self) -> str | None: ...

    def action_go(self) -> None:
        """Pause at once what measures; measure what is missing, after asking."""
        session = self.transfer
        if session.live:
            self.run_worker(session.pause(), group="control")
        elif session.subject is None:
            if session.error is None:
                self.notify("What is measured is still being read.", severity="warning")
            else:
                self.run_worker(session.open(), group="opening", exclusive=True)
        elif self._may_begin():
            self._ask()

    def action_task(self) -> None:
        """Take the task under the cursor in, or leave it out; all of them on their mean."""
        session, key = self.transfer, self.key
        if session.subject is None:
            self.notify("What is measured is still being read.", severity="warning")
        elif key and key in session.subject.left_out:
            why = one_line(session.subject.left_out[key], 200)
            self.notify(f"{one_line(key, 60)}: {why}", severity="warning", markup=False)
        elif self._measures():
            return
        elif not key:  # on the mean of all tasks
            every = tuple(session.subject.tasks)
            session.choose(() if session.tasks == every else every, session.repeats)
        else:
            chosen = set(session.tasks) ^ {key}
            tasks = tuple(name for name in session.subject.tasks if name in chosen)
            session.choose(tasks, session.repeats)

    def action_repeats(self) -> None:
        """How many repeats of each task there are to be."""
        session = self.transfer
        if session.subject is None or self._measures():
            return

        def typed(text: str | None) -> None:
            if text is None or session.live:
                return
            number = int(text) if text.strip().isdecimal() and len(text.strip()) < 6 else 0
            if 1 <= number <= MOST_REPEATS:
                session.choose(session.tasks, number)
            else:
                said = f"{one_line(text, 40)!r} is no number from 1 to {MOST_REPEATS:,}."
                self.notify(f"{said} Nothing was changed.", severity="error", markup=False)

        note = "What is measured is kept, and only what is missing is measured."
        self.app.push_screen(
            AskText(
                "How many repeats of each task?",
                value=str(session.repeats),
                note=note,
                accepting="sets it",
            ),
            typed,
        )

    def _ask(self) -> None:
        """Say what it may cost, and begin if that is wanted."""
        from stop_tui.presentation.budgets import limit_words
        from stop_tui.presentation.figures import counted
        from stop_tui.tui.measuring.status_words import ahead

        session = self.transfer
        assert session.subject is not None, "it is known what it is about"
        measurements = counted(len(session.figures.missing), "measurement")
        tasks = ", ".join(one_line(name, 40) for name in session.tasks)
        what = (
            f"{measurements} of {one_line(session.rev, 60)} and what it is compared with, on "
            f"{tasks}, {counted(session.repeats, 'repeat')} each.\n\n"
            f"Asks for {ahead(session)}.\n\n"
            f"Limits: {limit_words(session.limits())}. It can be paused at any time; what was "
            "measured is kept."
        )
        self.app.push_screen(
            Confirm("Measure what is missing?", what, yes="Measure"),
            lambda reason: None if reason is None or not self._may_begin() else session.begin(),
        )

    def _may_begin(self) -> bool:
        """Whether there is something to measure and nobody else does; says why not."""
        session, live = self.transfer, self.explorer.transfers.live
        if session.live:
            return False
        if not session.tasks:
            words = "No task is chosen."
        elif not session.figures.missing:
            words = "All is measured: take in another task, or ask for more repeats."
        elif live is not None:
            words = f"The transfer of {one_line(live.rev, 60)} is being measured: pause it first."
        elif session.elsewhere:
            words = "Another stop-tui is measuring into the same file: wait, or end it there."
        else:
            return True
        self.notify(words, severity="warning", markup=False)
        return False

    def _measures(self) -> bool:
        """Whether it is measuring, which nothing changes under its hands; says so."""
        if self.transfer.live:
            self.notify("Pause it first: this cannot change while it measures.", severity="warning")
        return self.transfer.live

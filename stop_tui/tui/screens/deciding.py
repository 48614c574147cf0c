"""What the screens that decide something share: a decision is a key, then a confirmation.

Neither is heard by accident (`deliberation`), and neither is given to a run that no longer waits.
What may be decided, and what it means, is said by each screen.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.events import Key, Paste
from textual.widgets import Static

from stop_tui.core.errors import StopError
from stop_tui.core.plain_text import one_line
from stop_tui.presentation.conditions import condition, why
from stop_tui.tui.deciding import deliberation
from stop_tui.tui.deciding.deliberation import Deliberation
from stop_tui.tui.keys.keymap import action, key_word, keys_of
from stop_tui.tui.runs.screen_gate import AnyQuestion
from stop_tui.tui.screens.dialog import started
from stop_tui.tui.screens.dialogs import Confirm
from stop_tui.tui.screens.explorer_screen import ExplorerScreen

if TYPE_CHECKING:
    from stop_tui.tui.runs.session import RunSession

_MEANT = ("dialog.leave", "answer.accept", "confirm.other")
"""Actions that one takes in every confirmation of a decision."""

Decision = Callable[[], Coroutine[Any, Any, None]]
"""Asks for a confirmation and answers the run."""

NO_LONGER = "The run no longer waits for this decision, so nothing was decided."


class Decide(Confirm):
    """The confirmation of a decision. Every key that means nothing here makes it deaf again for a
    moment, so that no word typed by mistake has the key of a yes in it."""

    def on_key(self, event: Key) -> None:
        """Notice keys that mean nothing here; those typed into the reason do not come by."""
        names = _MEANT if self.asks_reason else (*_MEANT, "confirm.yes", "confirm.no")
        meant = {key for name in names for key in keys_of(action(name), self.keymap)}
        if event.key not in meant | {"tab", "shift+tab"}:
            self._since = time.monotonic()


class DecisionScreen(ExplorerScreen):
    """A full screen about the question a run waits with. It has a Static with the id `notice`."""

    def __init__(self, session: "RunSession", question: AnyQuestion) -> None:
        super().__init__()
        self.session = session
        self.asked: AnyQuestion = question
        self._deliberation = Deliberation(time.monotonic())
        self._deciding = False
        self._settled = False

    @property
    def waiting(self) -> bool:
        """Whether the run still waits for an answer to what is shown."""
        return self.session.question is self.asked and not self.asked.future.done()

    def on_mount(self) -> None:
        self._appear()

    def on_key(self, event: Key) -> None:
        """Notice when every key comes; what it does is found elsewhere."""
        self._deliberation.key(event.time)

    def on_paste(self, event: Paste) -> None:
        """What is pasted does nothing here."""
        event.stop()

    def session_changed(self, session: "RunSession") -> None:
        """The question may be gone, or asked anew."""
        if session is not self.session or self._settled:
            return
        question, before = session.question, self.asked
        if question is not None and question is not before and type(question) is type(before):
            self.asked = question
            self.question_changed()
            self._appear()
        self.show_notice()

    def question_changed(self) -> None:
        """Show what is asked now."""

    def show_notice(self) -> None:
        """Say whether a decision can be made here now."""
        notice = next(iter(self.query("#notice").results(Static)), None)
        if notice is None:  # the screen was left a moment ago
            return
        waiting = self.waiting
        notice.set_class(not waiting, "-gone")
        if not waiting:
            reason = _standing(self.session)
            back = started(f"{key_word('screen.back', self.explorer.keymap)} goes back.")
            notice.update(Content(f"‖ The run no longer waits: {reason}. {back}"))
        elif self._deliberation.hears(time.monotonic()):
            notice.update(Content("? The run waits for your decision."))
        else:
            notice.update(Content("? The run waits. Keys that decide are heard in a moment."))

    def deliberately(self, decide: Decision) -> None:
        """Go on with `decide`, which asks for a confirmation, if the key was meant."""
        if self._deciding:
            return
        if not self.waiting:
            self.notify(NO_LONGER, severity="warning", markup=False)
            return
        if not self._deliberation.hears(time.monotonic()):
            self.notify(
                "This has only just appeared; look at it, then press the key again.",
                severity="warning",
                markup=False,
            )
            return
        self.begin(partial(self._alone, decide, self._deliberation.keys))

    async def confirmed(self, title: str, what: Content | str, yes: str) -> str | None:
        """The reason of a decision that is confirmed (maybe empty), None when it is not."""
        dialog = Decide(title, what, yes=yes, ask_reason=True)
        reason = await self.app.push_screen_wait(dialog)
        return None if reason is None else reason.strip()

    async def agreed(self, title: str, what: Content | str, yes: str) -> bool:
        """Whether what needs no reason is confirmed."""
        return await self.app.push_screen_wait(Decide(title, what, yes=yes)) is not None

    def begin(self, decide: Decision) -> None:
        """Go on with `decide`, which asks for a confirmation."""
        self._deciding = True
        self.run_worker(self._decided(decide), group="decision")

    def settle(self, answered: bool, told: str) -> None:
        """Go back to the run after an answer, and say with `told` what happens now."""
        if not answered:
            self.notify(NO_LONGER, severity="warning", markup=False)
            self.show_notice()
            return
        self._settled = True
        self.explorer.notify(told, markup=False)
        if self.is_current:
            self.app.pop_screen()

    def _appear(self) -> None:
        self._deliberation.appear(time.monotonic())
        self.show_notice()
        self.run_worker(self._hear_soon(), group="hearing", exclusive=True)

    async def _hear_soon(self) -> None:
        await asyncio.sleep(deliberation.GRACE)
        self.show_notice()

    async def _alone(self, decide: Decision, keys: int) -> None:
        """Go on when the burst, if there is one, is over and the key was not part of it."""
        await asyncio.sleep(deliberation.BURST)
        if keys == self._deliberation.keys and not self._deliberation.in_burst(time.monotonic()):
            await decide()
            return
        self.notify(
            "Several keys came at once, as when a text is pasted: nothing was decided.",
            severity="warning",
            markup=False,
        )

    async def _decided(self, decide: Decision) -> None:
        try:
            await decide()
        except StopError as error:
            self.explorer.tell(error)
        finally:
            self._deciding = False


def _standing(session: "RunSession") -> str:
    """Where a run stands that waits no longer."""
    if session.live:
        return "it goes on"
    state = session.state
    standing = condition(state, "elsewhere" if session.elsewhere else "nobody")
    reason = one_line(why(state, standing), 80)
    return f"{standing.word} ({reason})" if reason else standing.word

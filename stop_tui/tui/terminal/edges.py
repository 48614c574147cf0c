"""The edges of the application at which text comes and goes besides its screens: what is pasted,
what is copied, what a notification says. Hostile text is made inert here, whoever sends it.
"""

from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.events import Event, Key, Paste
from textual.notifications import SeverityLevel
from textual.widgets import Input

from stop_tui.core.plain_text import plain

LONGEST_PASTE = 10_000
"""Characters; no line that is typed here is longer."""

LONGEST_NOTICE = 1_000
"""Characters of a notification; more would hide the screen behind it."""


class GuardedApp(App[int]):
    """An application whose lines, clipboard and notifications hold nothing that acts on it."""

    # An input of Textual's takes what was copied as it was, control characters and all.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+v", "paste_copied", show=False, priority=True)
    ]

    typed_at = 0.0
    """When the newest key was typed (time.monotonic); it may have waited since."""

    async def on_event(self, event: Event) -> None:
        """Make inert what is pasted, before an input of Textual's own gets it."""
        if isinstance(event, Key):
            self.typed_at = event.time
        if isinstance(event, Paste) and not event.is_forwarded:
            lines = getattr(self.focused, "TAKES_LINES", False)
            event = Paste(pasted(event.text, lines=lines))
        await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a line that is typed takes what was copied."""
        if action == "paste_copied":
            return isinstance(self.focused, Input)
        return super().check_action(action, parameters)

    def action_paste_copied(self) -> None:
        """Paste what was copied in here, as what comes from the terminal."""
        if self.focused is not None:
            self.focused.post_message(Paste(pasted(self.clipboard)))

    def copy_to_clipboard(self, text: str) -> None:
        """Give `text` to the terminal's clipboard (OSC 52) as it is; only halves of characters,
        which cannot be sent, are replaced."""
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        super().copy_to_clipboard(whole)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Say `message` for a moment. Whatever is in it, it is text and no markup."""
        said = plain(message, limit=LONGEST_NOTICE)
        super().notify(said, title=title, severity=severity, timeout=timeout, markup=False)


def pasted(text: str, *, lines: bool = False) -> str:
    """`text`, inert, where `lines` are typed; its first line where one is."""
    whole = text[:LONGEST_PASTE].replace("\r\n", "\n").replace("\r", "\n")
    return plain(whole) if lines else plain(whole.partition("\n")[0], newlines=False)

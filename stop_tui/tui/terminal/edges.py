"""The edges of the application at which text comes and goes besides its screens: what is pasted,
what is copied, what a notification says. Hostile text is made inert here, whoever sends it.
"""

from textual.app import App
from textual.events import Event, Paste
from textual.notifications import SeverityLevel

from stop_tui.core.plain_text import plain

LONGEST_PASTE = 10_000
"""Characters; no line that is typed here is longer."""

LONGEST_NOTICE = 1_000
"""Characters of a notification; more would hide the screen behind it."""


class GuardedApp(App[int]):
    """An application that nobody can send a control character, nor make one draw it."""

    async def on_event(self, event: Event) -> None:
        """Make inert what is pasted, before an input of Textual's own gets it."""
        if isinstance(event, Paste) and not event.is_forwarded:
            event = Paste(pasted(event.text))
        await super().on_event(event)

    @property
    def clipboard(self) -> str:
        """What was copied in here, as an input may have it."""
        return pasted(super().clipboard)

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


def pasted(text: str) -> str:
    """The first line of `text`, inert: everything that is typed here has one line."""
    first = text[:LONGEST_PASTE].replace("\r", "\n").partition("\n")[0]
    return plain(first, newlines=False)

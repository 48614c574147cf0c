"""The line of keys at the bottom of a screen, laid out only when it has other keys to show.

Textual's own is taken apart and put together whenever the focus moves, which is most of the work
that a key makes on a screen with many lines to fill in.
"""

from textual.app import ComposeResult
from textual.widgets import Footer


class SteadyFooter(Footer):
    """A footer that stays as it is while the keys, their words and what they may do stay."""

    _shown: tuple[object, ...] | None = None

    def compose(self) -> ComposeResult:
        keys = self._keys()
        for key in super().compose():
            self._shown = keys
            yield key

    async def recompose(self) -> None:
        """Show the keys that work now."""
        if self.is_attached and self._keys() != self._shown:
            await super().recompose()

    def _keys(self) -> tuple[object, ...]:
        return tuple(
            (binding, self.app.get_key_display(binding), enabled, tooltip)
            for _, binding, enabled, tooltip in self.screen.active_bindings.values()
            if binding.show
        )

"""The themes: dark, light, and the terminal's own colours (on a dark or a light background)."""

from textual.theme import Theme

DARK = Theme(
    name="stop-dark",
    primary="#7aa2f7",
    secondary="#9d7cd8",
    accent="#e0af68",
    success="#8fc47c",
    warning="#e5b567",
    error="#f2777a",
    foreground="#d5d9e3",
    background="#14161c",
    surface="#1b1e27",
    panel="#252935",
    dark=True,
    variables={
        "border": "#3b4252",
        "footer-key-foreground": "#e0af68",
        # Textual's own are relative to a background and lose that inside of a text.
        "text-muted": "#9aa0b0",
        "text-disabled": "#6c7282",
        "scrollbar": "#3b4252",
        "scrollbar-background": "#1b1e27",
        "scrollbar-background-hover": "#1b1e27",
        "scrollbar-background-active": "#1b1e27",
        "scrollbar-corner-color": "#1b1e27",
    },
)

LIGHT = Theme(
    name="stop-light",
    primary="#2f5fc4",
    secondary="#7a3fa8",
    accent="#96600a",
    success="#2f7d32",
    warning="#945b00",
    error="#b3261e",
    foreground="#22252e",
    background="#fbfbf8",
    surface="#f3f3ee",
    panel="#e6e6df",
    dark=False,
    variables={
        "border": "#c3c4bd",
        "footer-key-foreground": "#96600a",
        "text-muted": "#5f636e",
        "text-disabled": "#8b8f99",
        "scrollbar": "#c3c4bd",
        "scrollbar-background": "#f3f3ee",
        "scrollbar-background-hover": "#f3f3ee",
        "scrollbar-background-active": "#f3f3ee",
        "scrollbar-corner-color": "#f3f3ee",
    },
)

OWN = (DARK, LIGHT)

NAMES = {
    "dark": "stop-dark",
    "light": "stop-light",
    "ansi": "ansi-dark",
    "ansi-light": "ansi-light",
}
"""What the configuration calls a theme, and its name in Textual; in the order of the theme key."""


def called(theme: str) -> str:
    """What the configuration calls `theme` (a name in Textual)."""
    return next((name for name, known in NAMES.items() if known == theme), theme)


def after(theme: str) -> str:
    """The theme that follows `theme` (a name in Textual)."""
    names = list(NAMES.values())
    return names[(names.index(theme) + 1) % len(names)] if theme in names else names[0]

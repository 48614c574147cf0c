"""Opens a language model by the name that a user gave; the only place that knows which exist."""

from stop_tui.core.errors import UsageError
from stop_tui.language_models.protocol import LanguageModel

KNOWN_MODELS = ("offline",)


def open_model(name: str) -> LanguageModel:
    """The model called `name`; raises UsageError for a name that is not in `KNOWN_MODELS`."""
    if name == "offline":
        # Loaded only when asked for: a run on another model has no use for recorded responses.
        from stop_tui.language_models.offline import OfflineModel

        return OfflineModel()
    known = ", ".join(KNOWN_MODELS)
    raise UsageError(
        f"there is no language model called {name!r}; known models: {known}",
        hint="Leave out --model to use the offline model. This version has no other; "
        "a later one reads real endpoints from .stop/config.toml.",
    )

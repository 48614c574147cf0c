"""Opens a language model by the name that a user gave; the only place that knows which exist."""

import os
from collections.abc import Mapping

from stop_tui.core.errors import UsageError
from stop_tui.core.model_profile import Price, Profile
from stop_tui.core.plain_text import one_line
from stop_tui.language_models.gguf.file import PREFIX
from stop_tui.language_models.protocol import LanguageModel

KNOWN_MODELS = ("offline",)
"""The models that need no configuration."""


def known_models(profiles: Mapping[str, Profile], named: str = "") -> tuple[str, ...]:
    """The names of all models that can be asked for, with `named` where that names a file."""
    return (*KNOWN_MODELS, *profiles, *((named,) if named.startswith(PREFIX) else ()))


def open_model(
    name: str,
    profiles: Mapping[str, Profile] | None = None,
    prices: Mapping[str, Price] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> LanguageModel:
    """The model called `name`: offline, one of `profiles`, whose tokens cost `prices`, or that of a
    file, as in ``gguf:PATH``.

    Nothing is sent or loaded yet. Raises UsageError for a name that is not known, for a profile
    whose key is not in `environment` where it is to be, and for a file that cannot be served.
    """
    profiles = profiles or {}
    if name == "offline":
        # Loaded only when asked for: a run on another model has no use for recorded responses.
        from stop_tui.language_models.offline import OfflineModel

        return OfflineModel()
    if name.startswith(PREFIX):
        from stop_tui.language_models.gguf.model import GgufModel

        return GgufModel(name)
    if name in profiles:
        from stop_tui.language_models.endpoint import EndpointModel, Mixture

        def endpoint(name: str) -> EndpointModel:
            return EndpointModel(name, profiles[name], environment=environment, prices=prices or {})

        mix = profiles[name].mix
        return Mixture(name, [endpoint(member) for member in mix], mix) if mix else endpoint(name)
    raise UsageError(
        f"there is no language model called {one_line(name, 60)!r}; known models: "
        f"{', '.join(known_models(profiles))}",
        hint="Leave out --model to use the offline model, or describe this one in a table "
        "[models.NAME] of .stop/config.toml (`stop-tui docs configuration`), or name a file as "
        "gguf:PATH (`stop-tui docs local-model`).",
    )

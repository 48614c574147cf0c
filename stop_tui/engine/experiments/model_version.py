"""What tells apart language models that have the same name and need not answer alike."""

import json
from collections.abc import Mapping

from stop_tui.core.model_profile import Profile


def model_version(profiles: Mapping[str, Profile], name: str) -> str:
    """What tells apart two profiles of the same name that need not answer alike; empty for models
    that no profile describes."""
    profile = profiles.get(name)
    if profile is None:
        return ""
    parts = [profile, *(profiles[member] for member in sorted(profile.mix))]
    return json.dumps(
        [[each.place, each.model, each.max_tokens, each.body, each.mix] for each in parts],
        sort_keys=True,
    )

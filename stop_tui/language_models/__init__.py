"""Language models behind one protocol; which one answers is the user's choice, by name.

Nothing here knows of runs, budgets or journals: metering, recording and replay are the engine's.
"""

from stop_tui.language_models.protocol import (
    Completion,
    Heard,
    LanguageModel,
    NoUsableAnswer,
    Request,
    Response,
)
from stop_tui.language_models.registry import KNOWN_MODELS, known_models, open_model

__all__ = [
    "KNOWN_MODELS",
    "Completion",
    "Heard",
    "LanguageModel",
    "NoUsableAnswer",
    "Request",
    "Response",
    "known_models",
    "open_model",
]

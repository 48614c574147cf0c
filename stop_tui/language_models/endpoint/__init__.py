"""Language models behind any OpenAI-compatible endpoint, through the official SDK.

What a user says about one is a `Profile` (core); what a server cannot do is learnt from its
answers; what goes wrong becomes an outage, which pauses a run, or an error of the one request.
"""

from stop_tui.language_models.endpoint.mixture import Mixture
from stop_tui.language_models.endpoint.model import EndpointModel

__all__ = ["EndpointModel", "Mixture"]

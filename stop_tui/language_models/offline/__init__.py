"""The embedded model: recorded responses, chosen by a seed; it needs no key and no network.

It exists for trying things out, for tests and for demonstrations. It is no language model, and
whatever shows its results has to say so with `DISCLAIMER`.
"""

from stop_tui.language_models.offline.model import DISCLAIMER, OfflineModel

__all__ = ["DISCLAIMER", "OfflineModel"]

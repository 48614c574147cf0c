"""What a server of language models cannot do, as far as it has shown, and how that is put in words.

Learnt once, from the server's own answers (`language_models/endpoint/learned.py`), and journalled,
so that a run which goes on later does not pay for the same refusals again.
"""

import msgspec

HOTTEST = 2.0
"""The highest temperature of the protocol; generated programs ask for any number."""


class ServerLimits(msgspec.Struct, frozen=True):
    """The limits of one server; a server that does all has the defaults.

    `one_choice`: it gives one response a request. `system`: it has a system role. `hottest`: the
    highest temperature that it takes. `max_tokens`: what it calls the limit of an answer's length,
    empty where it takes none. `without`: fields of a request that it refuses, sorted.
    """

    one_choice: bool = False
    system: bool = True
    hottest: float = HOTTEST
    max_tokens: str = "max_tokens"
    without: tuple[str, ...] = ()

    def words(self) -> tuple[str, ...]:
        """What it turned out not to do, in plain words; empty for a server that does all."""
        found = []
        if self.one_choice:
            found.append("gives one response a request, so each is asked for apart")
        if not self.system:
            found.append("has no system role, so expertise goes into the message")
        if "temperature" in self.without:
            found.append("takes no temperature")
        elif self.hottest < HOTTEST:
            found.append(f"takes temperatures up to {self.hottest:g}")
        if "seed" in self.without:
            found.append("takes no seed")
        if "stream" in self.without:
            found.append("does not stream")
        if "stream_options" in self.without:
            found.append("does not count tokens while it streams")
        if not self.max_tokens:
            found.append("takes no limit of tokens")
        elif self.max_tokens != "max_tokens":
            found.append(f"calls the limit of tokens {self.max_tokens}")
        return tuple(found)

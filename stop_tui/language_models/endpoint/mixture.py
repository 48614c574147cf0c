"""Several models as one: each request goes to one of them, drawn by weight from its seed."""

import random
from collections.abc import Mapping, Sequence

from stop_tui.core.keys import seed_from
from stop_tui.core.server_limits import ServerLimits
from stop_tui.language_models.protocol import Completion, Heard, RemoteModel, Request


class Mixture:
    """`members` under one name. Which one answers a request depends on its seed alone, and the
    completion says which it was."""

    def __init__(
        self, name: str, members: Sequence[RemoteModel], weights: Mapping[str, float]
    ) -> None:
        self.name = name
        self.offline = False
        self._members = tuple(members)
        self._weights = [weights[member.name] for member in members]

    def check_task(self, utility_text: str, seed_solution: str) -> None:
        """As in the protocol: every member has to have answers."""
        for member in self._members:
            member.check_task(utility_text, seed_solution)

    def get_ready(self) -> None:
        """As in the protocol."""
        for member in self._members:
            member.get_ready()

    async def complete(self, request: Request, heard: Heard | None = None) -> Completion:
        """As in the protocol."""
        chance = random.Random(seed_from(request.seed, "mix"))
        (member,) = chance.choices(self._members, self._weights)
        return await member.complete(request, heard)

    def learned(self) -> dict[str, ServerLimits]:
        """As in the protocol."""
        return {
            server: limits
            for member in self._members
            for server, limits in member.learned().items()
        }

    def recall(self, known: Mapping[str, ServerLimits]) -> None:
        """As in the protocol."""
        for member in self._members:
            member.recall(known)

    async def close(self) -> None:
        """As in the protocol."""
        for member in self._members:
            await member.close()

"""A run on a model in a file: its server serves the host and nobody else."""

import pytest
from msgspec.structs import replace

from stop_tui.core import events as ev
from stop_tui.core.state import Status, fold
from stop_tui.language_models.gguf.model import GgufModel
from stop_tui.language_models.protocol import Completion, Request, Response
from tests.language_models.gguf_extra import gguf, install
from tests.tiny import start, tiny_settings, tiny_workspace

INTRUDER = """
import socket

def improve_algorithm(initial_solution, utility, language_model):
    port = int(language_model.prompt("", "where are you?")[0])
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5)
        outcome = "reached it"
    except Exception as error:
        outcome = f"failed: {type(error).__name__}"
    language_model.prompt("", outcome)
    return initial_solution
"""


class Telling(GgufModel):
    """Gives its port away, and keeps what it was asked."""

    asked: tuple[str, ...] = ()

    async def complete(self, request: Request, heard=None) -> Completion:
        self.asked += (request.message,)
        completion = await super().complete(request, heard)
        assert self._server is not None
        port = self._server.url.removesuffix("/v1").rpartition(":")[2]
        return replace(completion, responses=(Response(port),), completion_tokens=3)


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> tuple[Telling, list[ev.AnyEvent]]:
    """The model and what a run on it journalled."""
    folder = tmp_path_factory.mktemp("gguf")
    with pytest.MonkeyPatch.context() as patched:
        install(folder, patched)
        model = Telling(gguf(folder))
        return model, start(tiny_workspace(folder / "ws", INTRUDER), tiny_settings(), model=model)


def test_a_generated_program_cannot_reach_the_server_even_with_its_port(ran) -> None:
    model, events = ran
    outcomes = {message for message in model.asked if message != "where are you?"}
    assert outcomes and all(outcome.startswith("failed") for outcome in outcomes), outcomes
    assert fold(events).status is Status.FINISHED


def test_a_run_records_its_tokens_that_it_cost_nothing_and_ends_the_server(ran) -> None:
    model, events = ran
    calls = [event for event in events if isinstance(event, ev.ModelCalled)]
    assert calls and {call.model for call in calls} == {"gguf (small.gguf)"}
    assert all((call.prompt_tokens, call.completion_tokens) == (7, 3) for call in calls)
    assert fold(events).spent.usd == 0.0
    assert model._server is None

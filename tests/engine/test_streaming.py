"""Text of the model is heard as it arrives; what counts is the journalled answer."""

import asyncio

import pytest

from stop_tui.core import events as ev
from stop_tui.core.errors import OutputClosed
from stop_tui.core.state import Status, fold
from stop_tui.engine.gate import AutoGate
from stop_tui.engine.starting import new_run
from stop_tui.language_models import Completion, Response
from tests.tiny import Scripted, journalled, resume, tiny_settings, tiny_workspace

ASKS = """\
def improve_algorithm(initial_solution, utility, language_model):
    language_model.prompt("expert", "improve", n_responses=2)
    return initial_solution
"""


class Streaming(Scripted):
    """Answers in pieces, all responses at a time."""

    async def complete(self, request, heard=None):
        self.requests.append(request)
        for piece in ("one ", "two ", "three"):
            for index in range(request.n):
                heard(index, piece)
            await asyncio.sleep(0)
        return Completion("scripted", tuple(Response("one two three") for _ in range(request.n)))


def run(workspace, hearer, listeners=(), model=None):
    with new_run(
        workspace,
        tiny_settings(),
        lambda *_: AutoGate(),
        listeners,
        hear=[hearer],
        model=model or Streaming(),
    ) as opened:
        asyncio.run(opened.execute())
    return journalled(workspace, "tiny")


def test_pieces_are_heard_between_the_request_and_its_answer(tmp_path):
    told = []
    events = run(
        tiny_workspace(tmp_path, ASKS),
        lambda call, index, text: told.append((call, index, text)),
        [lambda event, state: told.append(event)],
    )

    (sent,) = [e for e in events if isinstance(e, ev.ModelCallSent)]
    call = (sent.program, sent.request, sent.occurrence)
    begin = told.index(sent)
    end = next(i for i, item in enumerate(told) if isinstance(item, ev.ModelCalled))
    assert told[begin + 1 : end] == [
        (call, index, piece) for piece in ("one ", "two ", "three") for index in (0, 1)
    ]
    assert [item for item in told if not isinstance(item, ev.Event)] == told[begin + 1 : end]


def test_what_is_served_from_the_journal_is_not_heard_again(tmp_path):
    workspace = tiny_workspace(tmp_path, ASKS)

    def go_away(event, state):
        if isinstance(event, ev.ProposalReturned):
            raise OutputClosed("enough")

    with pytest.raises(OutputClosed):
        run(workspace, lambda *_: None, [go_away])
    model = Streaming()
    resume(workspace, model=model)
    assert model.requests == []


def test_a_hearer_that_fails_ends_the_run_as_a_listener_does(tmp_path):
    def fail(*_):
        raise OutputClosed("nobody listens")

    workspace = tiny_workspace(tmp_path, ASKS)
    with pytest.raises(OutputClosed):
        run(workspace, fail)
    state = fold(journalled(workspace, "tiny"))
    assert (state.status, state.reason) == (Status.PAUSED, "nobody listens")
    assert state.spent.lm_calls == 0

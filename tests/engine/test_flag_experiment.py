"""The sandbox-flag experiment: what is asked, what is counted, and what an interruption leaves."""

import asyncio

import pytest

from stop_tui.core import events as ev
from stop_tui.core.analysis.sandbox_flag import DELETES, PASSES_FALSE
from stop_tui.core.errors import LimitReached, ModelError, ModelOutage
from stop_tui.core.prompt_warning import WARNING
from stop_tui.engine.flag_experiment import FlagExperiment, by_way
from stop_tui.engine.flag_prompt import IMPROVER
from stop_tui.store.journal import Journal
from tests.tiny import RETURNS_SEED, Scripted, tiny_workspace

LEAVES = f"Better:\n\n```python\n{IMPROVER}```\n"
SWITCHES_OFF = LEAVES.replace("use_sandbox=use_sandbox", "use_sandbox=False")
DELETES_IT = LEAVES.replace(", use_sandbox=use_sandbox", "")
NEVER_HEARD = (
    f"```python\n{RETURNS_SEED.replace('return ', 'return utility(initial_solution) or ')}```"
)
ANSWERS = (
    LEAVES,
    SWITCHES_OFF,
    LEAVES,
    DELETES_IT,
    "I would rather not.",
    "```python\ndef f(:\n```",
)


@pytest.fixture
def workspace(tmp_path):
    return tiny_workspace(tmp_path, RETURNS_SEED)


class InTurn(Scripted):
    """Answers with one text after the other; an exception is raised."""

    def __init__(self, *answers):
        super().__init__()
        self._left = list(answers)
        self.closed = False

    async def complete(self, request, heard=None):
        answer = self._left.pop(0) if self._left else LEAVES
        if isinstance(answer, BaseException):
            raise answer
        self._answer = lambda _: answer
        return await super().complete(request, heard)

    async def close(self):
        self.closed = True


def experiment_in(workspace, *, warning=False, **settings):
    one_by_one = ev.Settings(name="sandbox-flag", model="scripted", concurrency=1, **settings)
    return FlagExperiment(workspace, one_by_one, warning=warning)


def asked(workspace, model, count, **settings):
    with experiment_in(workspace, **settings) as experiment:
        asyncio.run(experiment.ask(count, model))
        return experiment.counted(count, offline=False)


def test_those_that_switch_it_off_are_counted_with_source_and_lines(workspace):
    found = asked(workspace, InTurn(*ANSWERS), 6)
    assert (found.asked, found.improvers, found.no_program, found.unreadable) == (6, 4, 1, 1)
    assert [case.number for case in found.cases] == [2, 4]
    assert by_way(found) == {PASSES_FALSE: 1, DELETES: 1}
    for case in found.cases:
        (finding,) = case.findings
        (line,) = finding.lines
        assert "utility(solution" in case.source.splitlines()[line - 1]


def test_each_improver_is_one_request_with_a_seed_of_its_own(workspace):
    model = Scripted(lambda request: LEAVES)
    asked(workspace, model, 3)
    assert len({request.seed for request in model.requests}) == 3
    assert {request.n for request in model.requests} == {1}
    assert all(IMPROVER in request.message for request in model.requests)
    assert not any(WARNING in request.message for request in model.requests)


def test_with_the_warning_it_is_another_experiment(workspace):
    asked(workspace, InTurn(SWITCHES_OFF), 1)
    model = Scripted(lambda request: LEAVES)
    found = asked(workspace, model, 1, warning=True)
    assert WARNING in model.requests[0].message
    assert found.cases == ()
    assert len(list(workspace.experiments.glob("*.db"))) == 2


def test_what_was_answered_is_not_asked_for_again(workspace):
    asked(workspace, InTurn(*ANSWERS), 6)
    model = Scripted(lambda request: LEAVES)
    found = asked(workspace, model, 8)
    assert len(model.requests) == 2
    assert (found.asked, len(found.cases)) == (8, 2)
    with experiment_in(workspace) as experiment:
        assert experiment.missing(8) == []
        assert experiment.counted(8, offline=False) == found


@pytest.mark.parametrize(
    "ending",
    [ModelOutage("gone"), asyncio.CancelledError()],
    ids=["outage", "interruption"],
)
def test_an_early_end_loses_only_what_was_in_flight(workspace, ending):
    model = InTurn(LEAVES, SWITCHES_OFF, ending)
    with pytest.raises(type(ending)):
        asked(workspace, model, 5)
    assert model.closed
    again = InTurn()
    found = asked(workspace, again, 5)
    assert len(again.requests) == 3
    assert (found.improvers, [case.number for case in found.cases]) == (5, [2])


def test_a_request_without_an_answer_is_told_apart_and_not_repeated(workspace):
    found = asked(workspace, InTurn(LEAVES, ModelError("no"), LEAVES), 3)
    assert (found.asked, found.improvers, found.unanswered) == (3, 2, 1)
    with experiment_in(workspace) as experiment:
        assert experiment.missing(3) == []


def test_the_limits_of_the_workspace_hold(workspace):
    limits = ev.Limits(lm_calls=2)
    with pytest.raises(LimitReached):
        asked(workspace, InTurn(), 5, limits=limits)
    found = asked(workspace, InTurn(), 2, limits=limits)
    assert found.asked == 2


def test_recorded_responses_that_never_heard_of_the_flag_did_not_delete_it(workspace):
    with experiment_in(workspace) as experiment:
        asyncio.run(experiment.ask(1, InTurn(NEVER_HEARD)))
        of_a_model = experiment.counted(1, offline=False)
        recorded = experiment.counted(1, offline=True)
    assert [case.findings[0].label for case in of_a_model.cases] == [DELETES]
    assert recorded.cases == ()
    assert of_a_model.without_flag == recorded.without_flag == 1


def test_runs_know_nothing_of_it(workspace):
    asked(workspace, InTurn(*ANSWERS), 6)
    assert not workspace.journal.exists()
    (file,) = workspace.experiments.glob("*.db")
    with Journal.open(file, create=False) as journal:
        journal.check()
        events = [event for _, event in journal.events("sandbox-flag")]
    assert sum(isinstance(event, ev.ModelCalled) for event in events) == 6
    assert (workspace.experiments / ".gitignore").read_text() == "*\n"


def test_what_it_cost_is_known(workspace):
    with experiment_in(workspace) as experiment:
        asyncio.run(experiment.ask(4, InTurn()))
        assert (experiment.spent.lm_calls, experiment.spent.usd) == (4, 1.0)

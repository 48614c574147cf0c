"""Measuring improvers outside runs: what is paired and kept, what an interruption loses."""

import asyncio
from dataclasses import dataclass

import pytest

from stop_tui.core import events as ev
from stop_tui.core.errors import LimitReached, ModelOutage
from stop_tui.engine.experiments.facts import Facts
from stop_tui.engine.experiments.measurements import NAME, Measurements
from stop_tui.engine.sources import Improver
from stop_tui.engine.suspecting import program_run
from stop_tui.engine.transfer import (
    BEST_OF_N,
    IMPROVER,
    SEED_IMPROVER,
    SEED_SOLUTION,
    SHAM,
    Measured,
    compared,
    transfer_programs,
)
from stop_tui.scoring import Task
from stop_tui.scoring.task import load_tasks
from stop_tui.store.journal import Journal
from stop_tui.workspace import Workspace
from tests.copies import copy_of
from tests.tiny import (
    GOOD_SOLUTION,
    MIDDLING_SOLUTION,
    RETURNS_SEED,
    Scripted,
    finds,
    tiny_settings,
    tiny_workspace,
)

ASKS = """\
def improve_algorithm(initial_solution, utility, language_model):
    return language_model.prompt("expert", "improve it")[0]
"""
FAILS = "def improve_algorithm(initial_solution, utility, language_model):\n    return 1 / 0\n"
GOOD, MIDDLING = finds(GOOD_SOLUTION), finds(MIDDLING_SOLUTION)


@pytest.fixture
def workspace(tmp_path):
    return tiny_workspace(tmp_path, RETURNS_SEED)


def answering():
    return Scripted(lambda request: GOOD_SOLUTION)


def measurements(workspace, *improvers, **settings):
    tasks = {n: task for n, task in load_tasks(workspace.tasks).items() if isinstance(task, Task)}
    one_by_one = tiny_settings(model="scripted", **{"concurrency": 1, **settings})
    return Measurements(workspace, one_by_one, tasks, improvers)


def measured(workspace, *improvers, model=None, **settings):
    """How the improvers stand beside the seed solution on the tiny task, after measuring."""
    with measurements(workspace, *improvers, **settings) as found:
        asyncio.run(found.measure(model or answering()))
        return standing(found, *improvers)


def standing(found, *improvers):
    programs = {SEED_SOLUTION: None} | {f"p{i}": each for i, each in enumerate(improvers)}
    return compared(found, ["double"], programs, SEED_SOLUTION).by_task["double"]


@dataclass
class Shared:
    """A workspace in which these were measured, how they stand, and the model that was asked."""

    workspace: Workspace
    improvers: tuple[str, ...]
    rows: tuple[Measured, ...]
    model: Scripted


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    workspace = tiny_workspace(tmp_path_factory.mktemp("shared") / "w", RETURNS_SEED)
    improvers, model = (RETURNS_SEED, GOOD, MIDDLING, ASKS, FAILS), answering()
    rows = measured(workspace, *improvers, model=model, repeats=3)
    return Shared(workspace, improvers, rows, model)


def test_every_program_has_the_same_instances(shared):
    _, seed, good, *_ = shared.rows
    difference = seed.standing.difference
    assert (difference.mean, difference.standard_error) == (0.0, 0.0)
    assert good.standing.utility.mean == 1.0
    assert good.standing.chance == 1.0


def test_every_repeat_has_instances_of_its_own(shared):
    # What x + x // 2 lacks depends on x.
    middling = shared.rows[3]
    assert middling.standing.utility.standard_error > 0


def test_repeats_ask_the_model_apart_from_each_other(shared):
    assert len(shared.model.requests) == 3
    assert len({request.seed for request in shared.model.requests}) == 3


def test_the_same_repeat_asks_with_the_same_seed_whoever_asks(workspace):
    model = answering()
    measured(workspace, ASKS, "# another\n" + ASKS, model=model, repeats=2)
    seeds = [request.seed for request in model.requests]
    assert len(seeds) == 4
    assert len(set(seeds)) == 2


def test_what_is_measured_is_not_measured_again(shared, tmp_path):
    workspace, model = copy_of(shared.workspace, tmp_path / "w"), answering()
    assert measured(workspace, *shared.improvers, model=model, repeats=3) == shared.rows
    assert model.requests == []
    measured(workspace, ASKS, model=model, repeats=5)
    assert len(model.requests) == 2


def test_another_experiment_reads_it_too(shared, tmp_path):
    workspace, model = copy_of(shared.workspace, tmp_path / "w"), answering()
    measured(workspace, "# another\n" + GOOD, ASKS, model=model)
    assert model.requests == []
    unmeasured = "# another\n" + MIDDLING
    with measurements(workspace, ASKS, unmeasured) as found:
        assert {each.improver for each in found.missing()} == {unmeasured}


@pytest.mark.parametrize("kept", [0, 1, 4])
def test_an_interruption_loses_at_most_the_repeat_in_flight(workspace, shared, kept):
    with measurements(shared.workspace, ASKS, MIDDLING, repeats=3) as found:
        whole = standing(found, ASKS, MIDDLING)
    assert {row.repeats for row in whole} == {3}

    async def interrupted(found, model):
        done = []

        def told(each):
            done.append(each)
            if len(done) == kept:
                task.cancel()

        class Ends(Scripted):
            async def complete(self, request, heard=None):
                if kept == 0:
                    task.cancel()
                return await model.complete(request, heard)

        task = asyncio.create_task(found.measure(Ends(), told))
        with pytest.raises(asyncio.CancelledError):
            await task

    model = answering()
    with measurements(workspace, ASKS, MIDDLING, repeats=3) as found:
        everything = len(found.missing())
        asyncio.run(interrupted(found, model))
    with measurements(workspace, ASKS, MIDDLING, repeats=3) as found:
        assert everything - len(found.missing()) >= kept
        asyncio.run(found.measure(model))
        assert [row.standing for row in standing(found, ASKS, MIDDLING)] == [
            row.standing for row in whole
        ]
    # One request a repeat, and at most that of the repeat in flight once more.
    assert len(model.requests) <= 4


def test_figures_rest_on_repeats_that_all_programs_have(workspace):
    measured(workspace, GOOD, repeats=2)
    with measurements(workspace, GOOD, MIDDLING, repeats=2) as found:
        assert standing(found, GOOD, MIDDLING) == ()
    measured(workspace, GOOD, MIDDLING, repeats=1)
    with measurements(workspace, GOOD, MIDDLING, repeats=2) as found:
        assert {row.repeats for row in standing(found, GOOD, MIDDLING)} == {1}


def test_a_task_that_was_edited_is_measured_afresh(shared, tmp_path):
    workspace = copy_of(shared.workspace, tmp_path / "w")
    utility = workspace.tasks / "double" / "utility.py"
    utility.write_text(utility.read_text().replace("2 * x", "3 * x"))
    *_, good = measured(workspace, GOOD)
    assert good.standing.utility.mean == pytest.approx(2 / 3, abs=1e-6)


@pytest.mark.parametrize(
    "other",
    [{"seed": 1}, {"model": "other"}, {"budget": ev.Budget(lm_calls=1)}],
    ids=["seed", "model", "budget"],
)
def test_other_conditions_are_another_file(shared, tmp_path, other):
    workspace = copy_of(shared.workspace, tmp_path / "w")
    settings = {"model": "scripted", "concurrency": 1, **other}
    tasks = dict(load_tasks(workspace.tasks))
    with Measurements(workspace, tiny_settings(**settings), tasks, [GOOD]) as found:
        assert len(found.missing()) == 4
    assert len(list(workspace.experiments.glob("*.db"))) == 2


def test_what_each_program_cost_is_told_apart(shared):
    seed, _, good, _, asks, _ = shared.rows
    assert (asks.spent.lm_calls, asks.spent.usd) == (3, 0.75)
    assert (seed.spent.lm_calls, good.spent.lm_calls) == (0, 0)


def test_a_call_that_was_cut_off_is_known_to_have_cost_something(workspace):
    class Gone(Scripted):
        async def complete(self, request, heard=None):
            raise ModelOutage("gone")

    with pytest.raises(ModelOutage):
        measured(workspace, ASKS, model=Gone())
    _, asks = measured(workspace, ASKS)
    assert asks.spent.lm_calls == 2
    assert asks.spent.usd is None
    assert asks.spent.usd_at_least == 0.5


def test_the_limits_of_the_workspace_hold_and_lose_nothing(workspace):
    limits = ev.Limits(lm_calls=2)
    with pytest.raises(LimitReached, match="limit of 2 language-model calls") as reached:
        measured(workspace, ASKS, repeats=3, limits=limits)
    assert reached.value.hint == "Go on with a larger lm_calls in [limits] of .stop/config.toml."
    model = answering()
    measured(workspace, ASKS, repeats=3, model=model)
    assert len(model.requests) == 1


def test_what_an_improver_and_what_it_found_verifiably_attempted_is_counted(workspace):
    crashing = "import ctypes\ndef algorithm(x):\n    return ctypes.string_at(0)\n"
    crashes = "import ctypes\n" + FAILS.replace("return 1 / 0", "ctypes.string_at(0)")
    _, finder, crasher, good = measured(workspace, finds(crashing), crashes, GOOD)
    assert (finder.attempts, crasher.attempts, good.attempts) == (1, 1, 0)


def test_what_an_improver_attempted_on_one_task_is_not_said_of_another():
    facts = Facts()
    there, here = (program_run(0, "held-out-1", "f" * 64, task, 1) for task in ("there", "here"))
    for program, source in ((there, "f" * 64), ("I0/solution", "solution")):
        facts.take(ev.SandboxEvent(program=program, source=source, trust="verified", what="crash"))
    assert facts.attempts([there, "solution"]) == 2
    assert facts.attempts([here]) == 0


def test_an_improver_that_fails_scores_nothing_and_is_counted(shared):
    failing = shared.rows[-1]
    assert failing.standing.utility.mean == 0.0
    assert (failing.failed, failing.validation) == (3, 0.0)


def test_everything_is_in_its_journal_and_runs_know_nothing_of_it(shared):
    assert not shared.workspace.journal.exists()
    (file,) = shared.workspace.experiments.glob("*.db")
    with Journal.open(file, create=False) as journal:
        journal.check()
        events = [event for _, event in journal.events(NAME)]
        repeats = [event for event in events if isinstance(event, ev.RepeatFinished)]
        measured_ones = {journal.text(event.improver) for event in repeats}
    assert measured_ones == set(shared.improvers)
    assert isinstance(events[-1], ev.RunPaused)
    assert (shared.workspace.experiments / ".gitignore").read_text() == "*\n"


def test_controls_are_the_seed_best_of_n_and_a_sham_that_differs_by_chance_alone(workspace):
    (workspace.improvers / "best_of_n.py").write_text(MIDDLING)
    found = transfer_programs(workspace, Improver(GOOD + "x = 1\n" * 50, "good"))
    assert list(found) == [SEED_SOLUTION, SEED_IMPROVER, BEST_OF_N, SHAM, IMPROVER]
    assert found[SEED_SOLUTION] is None
    assert found[BEST_OF_N] == MIDDLING
    assert len(found[SHAM]) == len(found[IMPROVER])
    sources = [source for source in found.values() if source is not None]
    with measurements(workspace, *sources) as kept:
        asyncio.run(kept.measure(answering()))
        rows = compared(kept, ["double"], found, SEED_IMPROVER).together
    by_name = {row.standing.program: row.standing for row in rows}
    assert by_name[SHAM].difference.mean == by_name[SHAM].difference.standard_error == 0.0
    assert by_name[IMPROVER].difference.mean > by_name[BEST_OF_N].difference.mean > 0


def test_without_a_best_of_n_there_is_none(workspace):
    assert BEST_OF_N not in transfer_programs(workspace, Improver(GOOD, "good"))


def test_the_limit_of_wall_time_holds(workspace):
    with pytest.raises(LimitReached, match="wall time"):
        measured(workspace, GOOD, limits=ev.Limits(seconds=1e-9))
    assert measured(workspace, GOOD)

"""The curve experiment: runs that are runs, held-out figures, going on, what gates make of it."""

import asyncio
from dataclasses import dataclass

import pytest

from stop_tui.core import events as ev
from stop_tui.core.curve import Direction
from stop_tui.core.errors import LimitReached, ModelOutage, UsageError
from stop_tui.engine.experiments.curve import AtMost, CurveExperiment, CurveRun
from stop_tui.engine.experiments.curve_figures import CurveFigures, curve_figures
from stop_tui.engine.gate import AllGate
from stop_tui.engine.starting import cancel_run, new_run
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.store.run_lock import RunLock
from stop_tui.workspace import Workspace
from tests.tiny import (
    GOOD_SOLUTION,
    MIDDLING_SOLUTION,
    SEED_SOLUTION,
    Scripted,
    finds,
    tiny_settings,
    tiny_workspace,
)


def asking(solution: str) -> str:
    """An improver that finds `solution`, and asks the model for a better improver than itself."""
    return f"""\
def improve_algorithm(initial_solution, utility, language_model):
    if "improve_algorithm" in initial_solution:
        return language_model.prompt("expert", initial_solution)[0]
    return {solution!r}
"""


BEST, MIDDLING, WORST = map(asking, (GOOD_SOLUTION, MIDDLING_SOLUTION, SEED_SOLUTION))
WORSE = {BEST: MIDDLING, MIDDLING: WORST, WORST: WORST}
BROKEN = "def improve_algorithm(initial_solution, utility, language_model):\n    return 1 / 0\n"


def degrading():
    return Scripted(lambda request: WORSE[request.message])


def gone():
    class Gone(Scripted):
        async def complete(self, request, heard=None):
            raise ModelOutage("gone")

    return Gone()


def small_workspace(folder):
    found = tiny_workspace(folder, BEST)
    (found.improvers / "greedy_iterative.py").write_text(finds(MIDDLING_SOLUTION))
    return found


@pytest.fixture
def workspace(tmp_path):
    return small_workspace(tmp_path)


def experiment(workspace, count=2, **settings):
    wanted = {"model": "scripted", "gate": "all", "iterations": 2, "concurrency": 2, **settings}
    return CurveExperiment(workspace, tiny_settings(**wanted), count)


def begun(workspace, settings):
    """A run that is in the journal and has done nothing."""
    with new_run(workspace, settings, lambda *_: AllGate(), model=degrading()):
        pass


def done(found, model):
    """All runs of the experiment done and measured."""
    for run in found.runs():
        if not run.over:
            asyncio.run(found.execute(run.number, model=model))
    return figures(found, model)


def figures(found, model=None):
    runs = found.runs()
    with found.measurements(runs) as measurements:
        if model is not None and measurements.missing():
            asyncio.run(measurements.measure(model))
        return curve_figures(measurements, ["double"], runs, found.programs)


@dataclass
class Story:
    """An experiment on a model that degrades: one run, then two, the second with an outage."""

    workspace: Workspace
    at_most: list[AtMost]
    unmeasured: CurveFigures
    first: CurveFigures
    interrupted: CurveRun
    whole: CurveFigures
    model: Scripted


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    workspace = small_workspace(tmp_path_factory.mktemp("curve"))
    model = degrading()
    alone, both = experiment(workspace, count=1), experiment(workspace)
    at_most = [both.at_most()]
    asyncio.run(alone.execute(1, model=model))
    at_most.append(both.at_most())
    unmeasured = figures(alone)
    first = done(alone, model)
    with pytest.raises(ModelOutage):
        asyncio.run(both.execute(2, model=gone()))
    interrupted = both.runs()[1]
    whole = done(both, model)
    at_most.append(both.at_most())
    return Story(workspace, at_most, unmeasured, first, interrupted, whole, model)


def test_a_model_that_degrades_is_seen_to(story):
    found = story.whole.curve
    assert found.direction is Direction.DEGRADES
    assert (found.gained, found.lost) == (0, 2)
    first, second, third = (point.utility.mean for point in found.points)
    assert (first, third) == (1.0, pytest.approx(0.5))
    assert first > second > third


def test_the_policy_gate_keeps_such_a_run_from_getting_worse(story):
    kept = done(experiment(story.workspace, gate="policy"), degrading())
    assert kept.curve.direction is Direction.UNCHANGED
    assert [point.utility.mean for point in kept.curve.points] == [1.0, 1.0, 1.0]
    for run in kept.runs:
        first = run.state.iterations[1]
        assert (first.final.choice, first.final.by) == ("reject", "policy")


def test_the_runs_are_ordinary_runs_with_seeds_of_their_own(story):
    found = experiment(story.workspace)
    names = [found.settings_of(number).name for number in (1, 2)]
    with Journal.open(story.workspace.journal, create=False) as journal:
        assert journal.runs()[:2] == names
    lineage = Lineage(story.workspace.lineage)
    for name in names:
        assert [version.iteration for version in lineage.versions(name)] == [0, 1, 2]
    assert found.settings_of(1).seed != found.settings_of(2).seed


def test_every_run_is_measured_on_repeats_of_its_own_and_baselines_on_all(story):
    rows = story.whole.baselines.together
    assert [(row.standing.program, row.repeats) for row in rows] == [
        ("seed solution", 4),
        ("seed improver", 4),
        ("greedy iterative", 4),
    ]
    # What x + x // 2 lacks depends on x, so runs that did the same differ by their instances.
    first, second = story.whole.curve.utilities
    assert first[1] != second[1]


def test_figures_are_those_of_runs_that_are_measured(story):
    assert story.unmeasured.curve is None
    assert [run.number for run in story.first.runs] == [1]
    assert story.first.curve.utilities == story.whole.curve.utilities[:1]


def test_whatever_ends_it_the_same_experiment_goes_on_and_pays_for_nothing_twice(story):
    assert not story.interrupted.over
    assert (story.interrupted.iterations_left, len(story.model.requests)) == (2, 4)
    assert [run.sources for run in story.whole.runs] == [(BEST, MIDDLING, WORST)] * 2
    again = experiment(story.workspace)
    assert done(again, gone()) == story.whole


def test_what_it_may_cost_at_most_is_what_is_left(story):
    before, between, after = story.at_most
    a_program = 24
    # Two runs of two meta-iterations: the program, and each of 25 + 2 improvers twice.
    assert before.iterations == 4
    assert before.run_responses == 4 * a_program * (1 + 2 * 27)
    # Two versions a run, the seed improver and a baseline, each twice.
    assert before.measuring_responses == 2 * (2 + 2) * 2 * a_program
    assert between == (2, before.run_responses / 2, before.measuring_responses)
    assert after == (0, 0, 0)


def test_a_meta_iteration_that_fails_keeps_the_incumbent_and_counts(workspace):
    found = done(experiment(workspace, count=1), Scripted(lambda request: BROKEN))
    (run,) = found.runs
    assert run.sources == (BEST, BROKEN, BROKEN)
    assert run.state.iterations[2].failure is not None
    assert [remarks.failed for remarks in found.remarks] == [0, 2, 2]
    assert found.curve.points[-1].utility.mean == 0.0


def test_limits_hold_for_each_run_and_larger_ones_go_on(workspace):
    found = experiment(workspace, count=1, limits=ev.Limits(lm_calls=1))
    with pytest.raises(LimitReached):
        asyncio.run(found.execute(1, model=degrading()))
    larger = experiment(workspace, count=1, limits=ev.Limits(lm_calls=2))
    asyncio.run(larger.execute(1, model=degrading()))
    assert larger.runs()[0].complete


def test_names_tell_experiments_apart_and_seeds_do_not_depend_on_the_gate(workspace):
    one = experiment(workspace).settings_of(1)
    assert experiment(workspace, count=9, concurrency=1).settings_of(1).name == one.name
    for other in (
        *({"gate": "policy"}, {"model": "other"}, {"repeats": 3}, {"iterations": 3}),
        {"budget": ev.Budget(lm_calls=1)},
    ):
        changed = experiment(workspace, **other).settings_of(1)
        assert changed.name != one.name
        assert changed.seed == one.seed
    assert experiment(workspace, seed=1).settings_of(1).seed != one.seed
    utility = workspace.tasks / "double" / "utility.py"
    utility.write_text(utility.read_text() + "\n# edited\n")
    assert experiment(workspace).settings_of(1).name != one.name


def test_a_cancelled_run_is_over_and_left_out(workspace):
    found = experiment(workspace)
    begun(workspace, found.settings_of(1))
    cancel_run(workspace, found.settings_of(1).name, by="me")
    run = found.runs()[0]
    assert (run.over, run.complete, run.iterations_left) == (True, False, 0)
    assert found.measurements([run]).missing() == []
    assert figures(found).curve is None


def test_two_hosts_do_not_work_on_the_same_run(workspace):
    found = experiment(workspace)
    with (
        RunLock(workspace.locks, found.settings_of(1).name),
        pytest.raises(UsageError, match="worked on by another"),
    ):
        asyncio.run(found.execute(1, model=degrading()))


def test_a_run_of_that_name_that_is_another_is_no_run_of_it(workspace):
    found = experiment(workspace)
    begun(workspace, tiny_settings(name=found.settings_of(1).name))
    with pytest.raises(UsageError, match="other settings"):
        found.runs()


def test_no_run_begins_with_texts_that_were_edited_since(workspace):
    found = experiment(workspace, iterations=1)
    asyncio.run(found.execute(1, model=degrading()))
    for edited in ("improvers/seed.py", "tasks/double/utility.py", "tasks/double/seed.py"):
        file = workspace.root / edited
        before = file.read_text()
        file.write_text(f"{before}\n# edited\n")
        with pytest.raises(UsageError, match="was changed since this experiment began"):
            asyncio.run(found.execute(2, model=degrading()))
        with Journal.open(workspace.journal, create=False) as journal:
            assert journal.runs() == [found.settings_of(1).name], edited
        file.write_text(before)
    asyncio.run(found.execute(2, model=degrading()))
    assert [run.complete for run in found.runs()] == [True, True]


def test_a_run_of_that_name_that_started_from_something_else_is_no_run_of_it(workspace):
    found = experiment(workspace)
    seed = workspace.improvers / "seed.py"
    before = seed.read_text()
    seed.write_text(f"{before}\n# edited\n")
    begun(workspace, found.settings_of(1))
    seed.write_text(before)
    with pytest.raises(UsageError, match="no run of this experiment"):
        found.runs()


@pytest.mark.parametrize(
    ("count", "settings"),
    [(0, {}), (1, {"iterations": 0}), (1, {"seed": -1}), (1, {"tasks": ("none",)})],
    ids=["runs", "iterations", "seed", "task"],
)
def test_what_cannot_be_meant_is_refused(workspace, count, settings):
    with pytest.raises(UsageError):
        experiment(workspace, count=count, **settings)


def test_a_human_cannot_be_asked(workspace):
    with pytest.raises(UsageError, match="decides by itself"):
        asyncio.run(experiment(workspace, gate="human").execute(1, model=degrading()))

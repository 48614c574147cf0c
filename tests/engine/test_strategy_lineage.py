"""The strategies of a lineage, from its commits and from the journal of its runs."""

import math
from pathlib import Path
from typing import Any

import pytest

from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.core.statistics import estimate
from stop_tui.engine.strategy_lineage import StrategyLineage, evidence, strategies_up_to
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Score, Trailers
from stop_tui.workspace import Workspace
from tests.tiny import RETURNS_SEED, tiny_settings, tiny_workspace
from tests.tui.specimen import NAME, specimen

BEAM = (Path(__file__).parents[2] / "improvers" / "beam_search.py").read_text()
IN_BEAM = {"beam search", "feedback of scores or errors", "caching"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return tiny_workspace(tmp_path / "w", RETURNS_SEED)


def commit(
    workspace: Workspace,
    run: str,
    iteration: int,
    parent: str | None,
    *labels: str,
    source: str | None = None,
    **trailers: Any,
) -> str:
    return Lineage.open(workspace.lineage).commit_version(
        f"# {run} I{iteration}\n" if source is None else source,
        Trailers(run=run, iteration=iteration, strategy=labels, **trailers),
        parent=parent,
        at=1000.0 + iteration,
        author=("Ada", "ada@example.org"),
    )


def read(workspace: Workspace, rev: str) -> StrategyLineage:
    lineage = Lineage(workspace.lineage)
    return strategies_up_to(workspace, lineage, lineage.resolve(rev))


def test_figures_of_the_journal_come_with_their_interval_and_the_test_split(tmp_path: Path) -> None:
    workspace = specimen(tmp_path / "w")
    history = read(workspace, NAME)
    start, better = history.accepted
    assert start.starts and start.change is None and not start.labels
    assert better.labels == IN_BEAM
    assert better.change is not None and better.change.low is not None
    assert better.change.mean == pytest.approx(0.22333, abs=1e-4)
    assert better.test_change == pytest.approx(0.22333, abs=1e-4)
    assert {(turn.why, turn.change) for c in history.courses for turn in c.turns} == {
        ("acceptance", better.change)
    }


@pytest.mark.parametrize("damage", ["gone", "no journal"])
def test_without_the_journal_commits_give_the_mean_alone(tmp_path: Path, damage: str) -> None:
    workspace = specimen(tmp_path / "w")
    if damage == "gone":
        workspace.journal.unlink()
    else:
        workspace.journal.write_bytes(b"this is no journal\n" * 200)
    better = read(workspace, NAME).accepted[1]
    assert better.change is not None and better.change.low is None
    assert better.change.mean == pytest.approx(0.2233, abs=1e-3)
    assert better.test_change is None and better.labels == IN_BEAM


def test_the_versions_of_other_runs_that_led_to_it_are_part_of_the_lineage(
    workspace: Workspace,
) -> None:
    first = commit(workspace, "otter", 0, None, "none found")
    second = commit(workspace, "otter", 1, first, "caching")
    commit(workspace, "otter", 2, second, "bandit")
    third = commit(workspace, "newt", 0, second, "caching")
    commit(workspace, "newt", 1, third, "caching", "restarts")
    history = read(workspace, "newt")
    assert [(v.run, v.iteration) for v in history.versions] == [
        ("otter", 0),
        ("otter", 1),
        ("newt", 0),
        ("newt", 1),
    ]
    assert {course.label: course.present for course in history.courses} == {
        "caching": (False, True, True, True),
        "restarts": (False, False, False, True),
    }
    assert len(read(workspace, "otter:I1").versions) == 2


def test_a_commit_that_records_no_strategies_is_read(workspace: Workspace) -> None:
    first = commit(workspace, "otter", 0, None, source=RETURNS_SEED)
    second = commit(workspace, "otter", 1, first, source=BEAM)
    commit(workspace, "otter", 2, second, "none found", source=f"{BEAM}# again\n")
    history = read(workspace, "otter")
    assert [accepted.labels for accepted in history.accepted] == [set(), IN_BEAM, set()]
    assert {finding.label for finding in evidence(Lineage(workspace.lineage), second)} == IN_BEAM


@pytest.mark.parametrize(
    "figures",
    [{}, {"meta_utility_incumbent": Score(math.nan)}, {"meta_utility_incumbent": Score(-1e308)}],
    ids=["missing", "no number", "no utility"],
)
def test_figures_that_are_none_are_not_known(workspace: Workspace, figures: Any) -> None:
    first = commit(workspace, "otter", 0, None, "none found")
    commit(workspace, "otter", 1, first, "caching", meta_utility=Score(0.9), **figures)
    assert read(workspace, "otter").accepted[1].change is None


def test_a_version_after_going_back_is_held_against_the_incumbent_it_was_measured_with(
    workspace: Workspace,
) -> None:
    labels = [("caching",), ("caching", "bandit"), ("caching", "restarts")]
    commits: list[str] = []
    events: list[ev.AnyEvent] = []
    for number, found in enumerate(labels):
        parent = commits[-1] if commits else None
        commits.append(commit(workspace, "tiny", number, parent, *found))
        if number:
            events.append(measured(number, incumbent=0))
        events.append(
            ev.VersionCommitted(iteration=number, source=source(number), commit=commits[-1])
        )
    with Journal.open(workspace.journal) as journal:
        started = ev.RunStarted(
            settings=tiny_settings(),
            source=source(0),
            tasks={},
            author=("ada", "ada@localhost"),
            responses_at_most=1,
        )
        journal.create_run("tiny", started, [text(0)])
        journal.append("tiny", *events, texts=[text(1), text(2)])
    history = read(workspace, "tiny")
    assert [accepted.incumbent for accepted in history.accepted] == [None, 0, 0]
    turns = {course.label: [turn.why for turn in course.turns] for course in history.courses}
    assert turns == {
        "caching": ["start"],
        "bandit": ["acceptance", "step back"],
        "restarts": ["acceptance"],
    }


def text(number: int) -> str:
    return f"# tiny I{number}\n"


def source(number: int) -> str:
    return text_hash(text(number))


def measured(number: int, *, incumbent: int) -> ev.ProposalMeasured:
    high, low = estimate([0.9, 0.8]), estimate([0.7, 0.6])
    return ev.ProposalMeasured(
        iteration=number,
        source=source(number),
        incumbent=source(incumbent),
        proposal_val=high,
        incumbent_val=low,
        difference=estimate([0.2, 0.2]),
        chance=0.99,
        proposal_test=high,
        incumbent_test=low,
    )

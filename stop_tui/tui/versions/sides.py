"""What is compared with what: a source with a name and the scores that are known of it. Pure.

Scores come from a run's state where it is at hand, measured to all digits and repeat by repeat,
else from the trailers of a commit. Test figures that are still sealed are not taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stop_tui.core import events as ev
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import State
from stop_tui.store.trailers import UNKNOWN, Score
from stop_tui.store.versions import Version


@dataclass(frozen=True, slots=True)
class Scores:
    """Meta-utilities on both splits, and utilities on validation by task and repeat.

    `instances` names the measurement; two scores with the same one were measured on the same
    instances with the same seeds. It is empty where that is not known."""

    val: ev.Estimate | None = None
    test: ev.Estimate | None = None
    repeats: Mapping[str, Sequence[float]] = field(default_factory=dict)
    instances: str = ""
    origin: str = ""
    """Where they are from, in words."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two sources to compare. `facts` are what else stands beside each other, by name."""

    name: str
    source: str
    scores: Scores = Scores()
    facts: tuple[tuple[str, str], ...] = ()


def facts_of(version: Version) -> tuple[tuple[str, str], ...]:
    """What a version was made and measured with, as its commit says."""
    shown = {
        "tasks": "Tasks",
        "repeats": "Repeats",
        "seed": "Seed",
        "strategy": "Strategy",
        "model": "Model",
        "decision": "Decision",
    }
    found = []
    for name, key in shown.items():
        value = version.written(key)
        if key == "Model" and value == "offline":
            value = "offline model"
        found.append((name, "-" if value == UNKNOWN else one_line(value, 200)))
    return tuple(found)


def scores_of_commit(version: Version, why: str = "") -> Scores:
    """The scores in the commit, rounded as they are there; `why` there are no others."""
    origin = f"from its commit{f' ({why})' if why else ''}"
    val = _written(version, "Meta-Utility")
    test = _written(version, "Test-Meta-Utility")
    return Scores(val=val, test=test, origin=origin)


def scores_in_run(state: State, version: Version, measured_in: int) -> Scores:
    """The scores of a version as it was measured in the meta-iteration `measured_in`."""
    source = state.versions[version.iteration].source
    iteration = state.iterations[measured_in]
    unsealed = iteration.final is not None or iteration.test_revealed is not None
    val = test = None
    for measured in iteration.measured.values():
        if measured.source == source:
            val, test = measured.proposal_val, measured.proposal_test
            break
        if measured.incumbent == source:
            val, test = measured.incumbent_val, measured.incumbent_test
    place = f"I{measured_in} of {version.run}"
    return Scores(
        val=val,
        test=test if unsealed else None,
        repeats=_repeats(state, measured_in, source),
        instances=place,
        origin=f"as measured in {place}",
    )


def measurements(state: State, version: Version) -> set[int]:
    """The meta-iterations of the version's run in which it was measured afresh, as the proposal or
    as the incumbent; empty where the run's state does not know this commit."""
    committed = state.versions.get(version.iteration)
    if committed is None or committed.commit != version.commit:
        return set()
    return {
        number
        for number, iteration in state.iterations.items()
        for measured in iteration.measured.values()
        if committed.source in (measured.source, measured.incumbent)
    }


def scores_of_both(
    left: Version, right: Version, states: Mapping[str, State]
) -> tuple[Scores, Scores]:
    """The scores of two versions: of one measurement where there is one that has both, else each
    from where it was accepted. `states` are the runs at hand, by name."""
    found = [
        measurements(states[version.run], version) if version.run in states else set()
        for version in (left, right)
    ]
    common = found[0] & found[1] if left.run == right.run else set()
    scores = []
    for version, numbers in zip((left, right), found, strict=True):
        if not numbers:
            scores.append(scores_of_commit(version))
            continue
        own = version.iteration if version.iteration in numbers else min(numbers)
        number = max(common) if common else own
        scores.append(scores_in_run(states[version.run], version, number))
    return scores[0], scores[1]


def _repeats(state: State, number: int, source: str) -> dict[str, list[float]]:
    wanted = (number, f"measure/I{number}", source)
    by_task: dict[str, list[float]] = {}
    for key in sorted(key for key in state.repeats if key[:3] == wanted):
        by_task.setdefault(key[3], []).append(state.repeats[key].val)
    return by_task


def _written(version: Version, key: str) -> ev.Estimate | None:
    written = version.written(key)
    try:
        score = None if written == UNKNOWN else Score.parse(written)
    except ValueError:
        return None
    if score is None:
        return None
    repeats, tasks = version.written("Repeats"), version.written("Tasks")
    count = int(repeats) * len(tasks.split(", ")) if repeats.isdecimal() else 1
    return ev.Estimate(
        mean=score.mean, standard_error=score.standard_error, low=None, high=None, n=count
    )

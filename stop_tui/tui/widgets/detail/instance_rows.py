"""How a solution was scored, instance by instance, as rows. Pure; its errors are still hostile.

What the test split says belongs to a meta-iteration and does not leave here before its decision.
"""

from typing import NamedTuple

from stop_tui.core import events as ev
from stop_tui.core.state import State
from stop_tui.presentation.figures import figure
from stop_tui.tui.runs.run_view import RunView
from stop_tui.tui.widgets.detail.score_rows import SEALED
from stop_tui.tui.widgets.detail.subject import iteration_of, test_is_open


class InstanceRow(NamedTuple):
    """One instance, or all instances of a split in a phase together."""

    key: str
    where: str
    instance: str
    score: str
    verdict: str
    cpu: str
    note: str

    @property
    def total(self) -> bool:
        """Whether it is about all instances together."""
        return self.instance == "all"


def instance_rows(view: RunView, task: str, solution: str) -> list[InstanceRow]:
    """Every scoring of `solution` (a hash) on `task`, in the order in which they happened."""
    rows: list[InstanceRow] = []
    for scored in view.scored(solution):
        if scored.task == task:
            rows += _rows(view.state, scored)
    return rows


def _rows(state: State, scored: ev.SolutionScored) -> list[InstanceRow]:
    where, key = _where(scored), f"{scored.split} {scored.phase}"
    number = iteration_of(scored.phase)
    if scored.split == "test" and not test_is_open(state, number):
        decision = "the decision" if number is None else f"the decision on I{number}"
        return [InstanceRow(key, where, "all", SEALED, "", "", f"sealed until {decision}")]
    marks = ", ".join(scored.untimely)
    note = f"≈ not reproducible: {marks}" if marks else ""
    total = figure(scored.utility)
    rows = [InstanceRow(key, where, "all", total, "", _ms(scored.cpu_seconds), note)]
    for place, each in enumerate(scored.instances, start=1):
        rows.append(
            InstanceRow(
                f"{key} {place}",
                "",
                str(place),
                figure(each.score),
                each.verdict.value,
                _ms(each.cpu_seconds),
                each.error or "",
            )
        )
    return rows


def _where(scored: ev.SolutionScored) -> str:
    """``val, selection``; ``test, I3 afresh``."""
    number = iteration_of(scored.phase)
    return f"{scored.split}, {scored.phase if number is None else f'I{number} afresh'}"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:,.1f}"

"""The part of the page that says how the meta-utility went: a chart, and the same as a table."""

from stop_tui.core.events import Estimate
from stop_tui.presentation.figures import interval, with_error
from stop_tui.presentation.history import Point, points, steps
from stop_tui.presentation.report.blocks import Curve, Mark, Section, Table, Words
from stop_tui.presentation.report.record import Record

_READ = (
    "Each point is the start or an accepted version, measured afresh before it was accepted, on "
    "instances of its own: so points may differ by chance as well. Bars are 95 % intervals. Only "
    "the validation split chose what was accepted."
)


def curve(record: Record) -> Section:
    """Meta-utility over meta-iterations, on validation and test."""
    found = points(record.state)
    if not found:
        nothing = Words("No proposal has been measured yet, so there is no curve.")
        return Section("curve", "Meta-utility", (nothing,))
    marks = tuple(
        Mark(step.number, step.sign, step.word)
        for step in steps(record.state)
        if step.number not in {point.iteration for point in found}
    )
    last = max([*record.state.iterations, *(point.iteration for point in found)])
    drawn = Curve(tuple(found), marks, last, _table(found))
    return Section("curve", "Meta-utility", (Words(_READ), drawn))


def _table(found: list[Point]) -> Table:
    return Table(
        ("version", "validation", "its 95 % interval", "test", "its 95 % interval"),
        tuple(
            (
                f"I{point.iteration}",
                with_error(point.val),
                between(point.val),
                "sealed" if point.test is None else with_error(point.test),
                "" if point.test is None else between(point.test),
            )
            for point in found
        ),
        numbers=(1, 2, 3, 4),
        prose=True,
    )


def between(estimate: Estimate) -> str:
    """The interval of a meta-utility, which needs no sign: ``[0.800, 0.900]``."""
    return interval(estimate).replace("+", "")

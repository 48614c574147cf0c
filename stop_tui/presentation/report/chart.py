"""Draws the meta-utility over meta-iterations as SVG: figures in, and no text but our own.

Validation is a line with filled circles, test a dashed one with open squares, so that nothing is
said by colour alone. Colours come from the page, which has them for dark and for light.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from stop_tui.core.events import Estimate
from stop_tui.presentation.report.blocks import Curve

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 16, 14, 52
_INSET = 16
"""How far the first and the last meta-iteration stand from the ends of the lines."""
_LABEL = 34
"""Least distance between the labels of two meta-iterations."""
_APART = 4
"""How far validation and test stand to either side of their meta-iteration at most, so that both
show."""


@dataclass(frozen=True, slots=True)
class _Scale:
    width: int
    height: int
    last: int
    low: float
    high: float

    def x(self, iteration: int) -> float:
        inside = self.width - _LEFT - _RIGHT - 2 * _INSET
        return _LEFT + _INSET + inside * iteration / max(self.last, 1)

    def y(self, value: float) -> float:
        inside = self.height - _TOP - _BOTTOM
        share = (value - self.low) / (self.high - self.low)
        return _TOP + inside * (1 - min(max(share, 0.0), 1.0))


def chart(curve: Curve, width: int, height: int) -> str:
    """The curve in `width` x `height` pixels of the page at its natural size."""
    low, high, step = _range(curve)
    scale = _Scale(width, height, curve.last, low, high)
    test = [(point.iteration, point.test) for point in curve.points if point.test is not None]
    val = [(point.iteration, point.val) for point in curve.points]
    apart = min(_APART, (scale.x(1) - scale.x(0)) / 6)
    return "".join(
        (
            f'<svg class="chart" viewBox="0 0 {width} {height}" width="{width}" role="img" '
            'aria-label="Meta-utility over meta-iterations; the figures are below">',
            *_grid(scale, step),
            *_below(scale, curve),
            *_series(scale, test, "test", apart),
            *_series(scale, val, "val", -apart),
            "</svg>",
        )
    )


def _range(curve: Curve) -> tuple[float, float, float]:
    """The lowest and the highest value that are drawn, and the step between lines."""
    values = [
        value
        for point in curve.points
        for estimate in (point.val, point.test)
        if estimate is not None
        for value in (estimate.mean, estimate.low, estimate.high)
        if value is not None and math.isfinite(value)
    ]
    least, most = max(min(values, default=0.0), 0.0), min(max(values, default=1.0), 1.0)
    step = next((step for step in (0.01, 0.02, 0.05, 0.1) if most - least <= 6 * step), 0.2)
    low, high = math.floor(least / step + 1e-9) * step, math.ceil(most / step - 1e-9) * step
    return (low, high, step) if high > low else (low - step, high + step, step)


def _grid(scale: _Scale, step: float) -> Iterator[str]:
    right = scale.width - _RIGHT
    for number in range(round((scale.high - scale.low) / step) + 1):
        value = scale.low + number * step
        y = scale.y(value)
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{right}"/>'
        yield f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
        yield f"{value:.2f}</text>"


def _below(scale: _Scale, curve: Curve) -> Iterator[str]:
    """The meta-iterations, and the signs of those that gave no version."""
    base = scale.height - _BOTTOM
    a_step = scale.x(1) - scale.x(0)
    every = max(1, math.ceil(_LABEL / a_step))
    for number in range(0, curve.last + 1, every):
        yield f'<text class="tick" x="{scale.x(number):.1f}" y="{base + 20}" text-anchor="middle">'
        yield f"I{number}</text>"
    if a_step < 9:
        return  # there is no room; the decisions below say it
    for mark in curve.marks:
        x = scale.x(mark.iteration)
        yield f'<text class="tick" x="{x:.1f}" y="{base + 38}" text-anchor="middle">'
        yield f"{mark.sign}<title>I{mark.iteration} {mark.word}</title></text>"


def _series(
    scale: _Scale, estimates: list[tuple[int, Estimate]], name: str, aside: float
) -> Iterator[str]:
    places = [
        (scale.x(iteration) + aside, scale.y(estimate.mean)) for iteration, estimate in estimates
    ]
    if len(places) > 1:
        way = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        yield f'<path class="line {name}" d="M{way}"/>'
    for (iteration, estimate), (x, y) in zip(estimates, places, strict=True):
        if estimate.low is not None and estimate.high is not None:
            top, bottom = scale.y(estimate.high), scale.y(estimate.low)
            yield f'<path class="bar {name}" d="M{x:.1f} {top:.1f}V{bottom:.1f}"/>'
        shape = (
            f'<circle class="point {name}" cx="{x:.1f}" cy="{y:.1f}" r="4">'
            if name == "val"
            else f'<rect class="point {name}" x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" '
            'height="7">'
        )
        told = "validation" if name == "val" else "test"
        title = f"<title>I{iteration} {told} {estimate.mean:.3f}</title>"
        yield f"{shape}{title}{'</circle>' if name == 'val' else '</rect>'}"

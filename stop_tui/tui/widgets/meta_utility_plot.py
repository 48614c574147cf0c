"""Meta-utility over the meta-iterations: validation and test of what was accepted."""

from collections.abc import Sequence

from textual_plotext import PlotextPlot

from stop_tui.core.events import Estimate
from stop_tui.presentation.history import Point

SHIFT = 0.1
"""By how much of a meta-iteration the two splits stand apart, so that neither hides the other."""


class MetaUtilityPlot(PlotextPlot):
    """Points with their 95 % intervals; validation and test differ in sign as well as colour."""

    DEFAULT_CSS = """
    MetaUtilityPlot {
        height: 14;
        min-height: 6;
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._points: list[Point] = []

    def show(self, points: Sequence[Point]) -> None:
        """Plot `points`, if they are others than before."""
        if list(points) == self._points:
            return
        self._points = list(points)
        self._plot_points()

    def on_mount(self) -> None:
        super().on_mount()
        self.app.theme_changed_signal.subscribe(self, lambda _: self._take_theme())
        self._take_theme()
        self._plot_points()

    def _take_theme(self) -> None:
        """The terminal's own colours are not known as RGB, so there the plot colours nothing."""
        self.theme = "clear" if self.app.native_ansi_color else "auto"

    def _plot_points(self) -> None:
        plot = self.plt
        plot.clear_figure()
        numbers = [float(point.iteration) for point in self._points]
        plot.xticks(numbers, [f"I{number:.0f}" for number in numbers])
        plot.yfrequency(5)
        if numbers:
            plot.xlim(numbers[0] - 0.4, numbers[-1] + 0.4)
        tested = [(p.iteration, p.test) for p in self._points if p.test is not None]
        self._series(tested, "test", "x", "orange", SHIFT)
        self._series([(p.iteration, p.val) for p in self._points], "val", "●", "blue+", -SHIFT)
        self.refresh()

    def _series(
        self,
        points: Sequence[tuple[int, Estimate]],
        label: str,
        marker: str,
        colour: str,
        shift: float,
    ) -> None:
        if not points:
            return
        xs = [number + shift for number, _ in points]
        ys = [estimate.mean for _, estimate in points]
        for x, (_, estimate) in zip(xs, points, strict=True):
            if estimate.low is not None and estimate.high is not None:
                ends = [max(0.0, estimate.low), min(1.0, estimate.high)]
                self.plt.plot([x, x], ends, color=colour, marker="braille")
        self.plt.scatter(xs, ys, label=label, color=colour, marker=marker)

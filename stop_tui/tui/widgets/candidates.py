"""The candidates of a meta-iteration as rows that fill in repeat by repeat."""

from collections.abc import Iterator, Sequence

from textual.content import Content

from stop_tui.core.forecast import forecast
from stop_tui.core.spending import Spent
from stop_tui.core.state import Iteration, State, spent_by_improver
from stop_tui.presentation.costs import short_forecast, short_tokens, short_usd
from stop_tui.presentation.figures import chance_words, short_signed, short_with_error
from stop_tui.presentation.standing import Standing, Standings
from stop_tui.tui.widgets.rows.listing import Column, Listing

INCUMBENT = "incumbent"
"""The key of the first row; all others are hashes of sources."""

_BAR = 6


class Candidates(Listing):
    """The incumbent first, then its candidates in the order in which they appeared."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(
            Column("#", 3, right=True),
            Column("", 1),
            Column("strategy", least=12),
            Column("utility", 10, right=True),
            Column("vs incumbent", 12, drop=2),
            Column("", least=16, drop=3),
            Column("cost", 9, right=True, drop=4),
            draw=self._cells,
            empty="No candidate yet: the incumbent has asked for no meta-utility.",
            id=id,
            classes=classes,
        )
        self._iteration: Iteration | None = None
        self._standings: Standings | None = None
        self._costs: dict[str, Spent] = {}

    def show_iteration(self, state: State, iteration: Iteration | None) -> None:
        """Show the candidates of `iteration` as `state` knows them."""
        self._iteration = iteration
        if iteration is None:
            self._standings = None
            self.border_subtitle = ""
            self.show([])
            return
        self._standings = Standings(state, iteration)
        self._costs = spent_by_improver(iteration)
        words = self._standings.progress, *_cost(state, iteration)
        self.border_subtitle = " · ".join(filter(None, words))
        keys = [INCUMBENT, *iteration.candidates]
        if keys != list(self.keys):
            self.show(keys)
        else:
            self.redraw()

    def source_of(self, key: str | None) -> str | None:
        """The hash of the source that the row `key` is about."""
        if key == INCUMBENT:
            return None if self._iteration is None else self._iteration.incumbent
        return key

    def _cells(self, key: str) -> Sequence[Content | str]:
        standings = self._standings
        if standings is None:
            return ()
        if key == INCUMBENT:
            figure = short_with_error(standings.incumbent)
            return ("·", "", "incumbent", figure, "", "", self._cost(self.source_of(key)))
        standing = standings.of(key)
        return (
            str(standing.number),
            standing.sign,
            standing.strategy,
            Content(_figure(standing)),
            Content.styled(_against(standing), _style(standing)),
            standing.note,
            self._cost(key),
        )

    def _cost(self, source: str | None) -> str:
        """What the program runs of `source` have cost in this meta-iteration: money, or tokens
        where nothing is paid for."""
        spent = self._costs.get((source or "")[:16])
        if spent is None:
            return ""
        return f"{short_tokens(spent)} tok" if spent.usd == 0 else short_usd(spent)


def _cost(state: State, iteration: Iteration) -> Iterator[str]:
    """What the meta-iteration has cost, and the rest of it is likely to; a model that is none
    costs nothing."""
    if state.settings.model == "offline":
        return
    yield short_usd(iteration.spent)
    coming = forecast(state) if iteration is state.current else None
    if coming is not None:
        yield short_forecast(coming)


def _figure(standing: Standing) -> str:
    """The estimate, or a bar of the repeats that are done."""
    if standing.meta_utility is not None:
        return short_with_error(standing.meta_utility)
    filled = _BAR * standing.done // max(standing.total, 1)
    running = min(_BAR - filled, 1 if standing.running else 0)
    bar = "▓" * filled + "▒" * running + "░" * (_BAR - filled - running)
    return f"{standing.done}/{standing.total} {bar}"


def _against(standing: Standing) -> str:
    if standing.against is None:
        return ""
    difference, chance = standing.against
    better = "" if chance is None else f" {chance_words(chance).replace(' ', '')}"
    return f"{short_signed(difference.mean)} {standing.mark}{better}".rstrip()


def _style(standing: Standing) -> str:
    return {"▲": "$text-success", "▼": "$text-error"}.get(standing.mark, "")

"""The part of the page that says what the run has cost."""

from stop_tui.core.spending import Spent
from stop_tui.presentation.costs import cost_words, short_tokens, short_usd
from stop_tui.presentation.report.blocks import Block, Section, Table, Words
from stop_tui.presentation.report.record import Record


def spending(record: Record) -> Section:
    """All of it, failed and rejected work included, by meta-iteration."""
    state = record.state
    blocks: list[Block] = [Words(f"{cost_words(state.spent)}; failed and rejected work included.")]
    if state.spent.untold:
        blocks.append(
            Words("Not all is known: tries ended without an answer, and may have been charged for.")
        )
    if state.iterations:
        rows = [(f"I{each.number}", each.spent) for each in state.iterations.values()]
        blocks.append(
            Table(
                ("meta-iteration", "LM calls", "responses", "tokens", "cost"),
                tuple(_row(name, spent) for name, spent in [*rows, ("all", state.spent)]),
                numbers=(1, 2, 3, 4),
            )
        )
    return Section("cost", "Cost", tuple(blocks))


def _row(name: str, spent: Spent) -> tuple[str, ...]:
    return (
        name,
        f"{spent.lm_calls:,}",
        f"{spent.responses:,}",
        short_tokens(spent),
        short_usd(spent),
    )

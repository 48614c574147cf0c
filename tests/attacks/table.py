"""The attacks with their verdicts, as a table of plain text."""

from collections.abc import Iterable

from tests.attacks.catalogue import Attack

Row = tuple[Attack, str, list[str]]
"""An attack, the level of isolation it was run at, and what it achieved."""


def line(row: Row) -> str:
    """One row: attack, as what, level, verdict."""
    attack, level, harm = row
    verdict = f"SUCCEEDED: {'; '.join(harm)}"[:200] if harm else "stopped"
    what = f"{attack.kind}: {attack.name.replace('_', ' ')}"
    return f"{what:<66} {attack.role:<11} {level:<9} {verdict}"


def summary(rows: Iterable[Row]) -> str:
    """How many there were of each verdict, by level."""
    counts: dict[str, list[int]] = {}
    for _, level, harm in rows:
        counts.setdefault(level, [0, 0])[bool(harm)] += 1
    return "; ".join(
        f"level {level}: {stopped + succeeded} attacks, {stopped} stopped, {succeeded} succeeded"
        for level, (stopped, succeeded) in counts.items()
    )

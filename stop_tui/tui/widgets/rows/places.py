"""Where the cursor of a listing goes: among rows that changed, and among rows that match. Pure."""

from collections.abc import Sequence


def kept_place(keys: Sequence[str], place: int, after: Sequence[str]) -> int:
    """Where the row at `place` of `keys` is in `after`; if it is gone, the nearest row that was
    below it, or else above it. 0 if there was or is nothing."""
    last = len(after) - 1
    if last < 0 or not keys:
        return 0
    if place <= last and after[place] == keys[place]:
        return place
    places = {key: found for found, key in enumerate(after)}
    nearest = (*keys[place:], *reversed(keys[:place]))
    return next((places[key] for key in nearest if key in places), min(place, last))


def next_match(found: Sequence[int], place: int, *, forward: bool, again: bool) -> int:
    """Which of the places in `found` (ascending, at least one) comes next from `place`, as an index
    into `found`. `place` itself counts unless `again`; after the last comes the first."""
    if forward:
        ahead = (which for which, at in enumerate(found) if at > place - (not again))
        return next(ahead, 0)
    behind = [which for which, at in enumerate(found) if at < place + (not again)]
    return behind[-1] if behind else len(found) - 1

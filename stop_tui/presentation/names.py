"""What things of a run are called, wherever they are named."""


def candidate_name(number: int, iteration: int | None = None) -> str:
    """``candidate 4``, or ``candidate 4 of I3`` where another meta-iteration could be meant."""
    return f"candidate {number}" + ("" if iteration is None else f" of I{iteration}")

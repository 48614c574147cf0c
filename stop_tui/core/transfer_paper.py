"""The transfer that STOP reports (Zelikman et al. 2023), as utilities in [0, 1].

An improver of meta-iteration 4 that was trained on `lpn` alone, on tasks it had not seen.
"""

from typing import NamedTuple

SOURCE = (
    "paper: Zelikman et al. 2023, an improver of meta-iteration 4 that was trained on lpn alone"
)


class Reported(NamedTuple):
    """Utilities on one task: of the seed solution, of what the seed improver and of what the
    improved improver found."""

    seed_solution: float
    seed_improver: float
    improver: float


REPORTED = {
    "string_grid_distance": Reported(0.439, 0.443, 0.567),
    "mqap": Reported(0.204, 0.206, 0.221),
    "three_sat": Reported(0.0, 0.212, 0.751),
    "maxcut": Reported(0.0, 0.587, 0.742),
    "parity": Reported(0.500, 0.593, 0.817),
}

"""What STOP reports of runs on `lpn` and of baselines (Zelikman et al. 2023), in [0, 1]."""

from dataclasses import dataclass

TASKS = ("lpn",)
"""What all of it is about."""

SOURCE = "paper: Zelikman et al. 2023, on lpn; curves are of runs that accept every proposal"

COURSE = (
    "GPT-4 rises over meta-iterations 1 to 3, from about 0.60 to 0.75 (by a secondary source); "
    "GPT-3.5 and Mixtral 8x7B degrade"
)

GAINED_MODEL = "GPT-3.5"
GAINED = 0.12
"""The share of runs of that model that gained 3 points or more."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A utility and its standard error."""

    utility: float
    error: float


BASELINES = {
    "chain of thought": Reported(0.577, 0.030),
    "greedy iterative": Reported(0.642, 0.009),
}

"""How far a run goes before it stands still; held by whoever drives it, read between iterations."""

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """What a driver may change at any time while its run is executed.

    `stop_after_iteration`: pause when the meta-iteration under way is over, if more remain. A run
    is paused at once by cancelling the task that executes it.
    """

    stop_after_iteration: bool = False

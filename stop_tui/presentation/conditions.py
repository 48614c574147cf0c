"""Where a run stands, in a sign and a word: the same on every screen and in every command.

Pure: whether somebody drives the run, and whether it asks something, is said by who knows it.
"""

from typing import Literal, NamedTuple

from stop_tui.core.plain_text import one_line
from stop_tui.core.state import State, Status

Driver = Literal["here", "elsewhere", "nobody"]
"""Who drives a run: this process, another one, or none."""


class Condition(NamedTuple):
    """Where a run stands. Signs differ in shape, so that nothing is said by colour alone."""

    sign: str
    word: str

    def __str__(self) -> str:
        return f"{self.sign} {self.word}"


WAITING = Condition("?", "waiting for you")
RUNNING = Condition("▶", "running")
ELSEWHERE = Condition("▷", "runs elsewhere")
PAUSED = Condition("‖", "paused")
INTERRUPTED = Condition("‖", "interrupted")
FINISHED = Condition("■", "finished")
CANCELLED = Condition("■", "cancelled")

_BY_USER = "interrupted"
"""The reason that the journal has for a pause that somebody asked for."""


ALL_DONE = "all meta-iterations done"
"""The reason that the journal has for the end of a run that went all its way."""


def condition(state: State, driver: Driver, *, asks: bool = False) -> Condition:
    """Where a run stands; one whose journal says that it runs and that nobody drives was
    interrupted. `asks`: it is driven here and waits for an answer."""
    if driver == "here":
        return WAITING if asks else RUNNING
    if state.status is Status.FINISHED:
        return CANCELLED if state.cancelled_by else FINISHED
    if driver == "elsewhere":
        return ELSEWHERE
    return PAUSED if state.status is Status.PAUSED else INTERRUPTED


def why(state: State, standing: Condition) -> str:
    """Why a run stands where it stands, in a line; empty where there is no more to say."""
    reason = one_line(state.reason, 200)
    if standing == INTERRUPTED:
        return "the process that ran it ended before it could pause"
    if standing == PAUSED:
        return "stopped by its user" if reason == _BY_USER else reason
    if standing == CANCELLED:
        return reason.removeprefix("cancelled ")  # the word says so already
    return reason if standing == FINISHED else ""


def brief(state: State, standing: Condition) -> str:
    """Where a run stands and, where that was not its user's wish or its end, why."""
    wished = standing == FINISHED and state.reason == ALL_DONE
    if wished or standing == INTERRUPTED or (standing == PAUSED and state.cause == "user"):
        return str(standing)
    reason = one_line(why(state, standing), 60)
    if standing == CANCELLED:
        return f"{standing} {reason}".rstrip()
    return f"{standing}: {reason}" if reason else str(standing)

"""What the list of runs says: where a run stands, how long ago, and what there is to do where
there are none.

Pure but for a look at the lock that whoever drives a run holds.
"""

import time

from textual.content import Content

from stop_tui.config import RunDefaults
from stop_tui.core.events import Gate
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import State, Status
from stop_tui.language_models.registry import KNOWN_MODELS
from stop_tui.presentation import conditions
from stop_tui.presentation.conditions import Condition
from stop_tui.store.run_lock import is_locked
from stop_tui.tui.runs.run_list import KnownRun
from stop_tui.tui.runs.session import RunSession
from stop_tui.workspace import Workspace

GATES: dict[Gate, str] = {
    "human": "you decide about every proposal",
    "policy": "only what is better beyond noise, no warnings",
    "auto": "what measures no worse than the incumbent",
    "all": "every proposal, as the paper's runs do",
}
"""What each gate accepts, in a line."""


UNREADABLE = Condition("✗", "unreadable")
UNREAD = Condition("…", "being read")

STYLES = {
    conditions.WAITING: "bold $text-warning",
    conditions.RUNNING: "$text-success",
    conditions.ELSEWHERE: "$text-success",
    conditions.INTERRUPTED: "$text-warning",
    conditions.FINISHED: "$text-muted",
    conditions.CANCELLED: "$text-muted",
    UNREADABLE: "$text-error",
    UNREAD: "$text-muted",
}
"""Colours that underline what sign and word say already."""


def standing(
    workspace: Workspace, known: KnownRun, session: RunSession | None, state: State
) -> Condition:
    """Where a run stands; `session` is the run as it is open here, if it is, and `state` the newest
    that is known of it."""
    if session is not None and session.live:
        return conditions.condition(state, "here", asks=session.question is not None)
    if known.error is not None:
        return UNREADABLE
    if state.started is None or (state is known.state and not known.read):
        return UNREAD
    driven = state.status is not Status.FINISHED and is_locked(workspace.locks, known.name)
    return conditions.condition(state, "elsewhere" if driven else "nobody")


def decision_open(state: State) -> int | None:
    """The meta-iteration whose proposal is measured and waits for a human; None without one."""
    current = state.current
    if current is None or current.over or state.settings.gate != "human":
        return None
    return current.number if current.under_review in current.measured else None


def ago(at: float, now: float | None = None) -> str:
    """How long ago `at` (seconds since 1970) is: ``just now``, ``3 min ago``, ``5 d ago``."""
    seconds = max(0.0, (time.time() if now is None else now) - at)
    for length, name in ((86_400 * 365, "y"), (86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length:
            return f"{int(seconds // length)} {name} ago"
    return "just now"


def model_notice(
    model: str,
    known_models: tuple[str, ...] = KNOWN_MODELS,
    configuration: str = ".stop/config.toml",
) -> str:
    """What a new run would ask, honestly: the offline model is no language model."""
    known = ", ".join(known_models)
    if model != "offline":
        if model in known_models:
            return ""
        name = one_line(model, 40)
        return (
            f"✗ The model {name!r} of {configuration} is not known; there are: "
            f"{known}. No run can start on it; see `stop-tui docs configuration`."
        )
    if known_models == ("offline",):
        change = "No other is configured: see `stop-tui docs configuration`."
    else:
        change = f"Name another as [run] model in {configuration}: {known}."
    return f"Uses the offline model: recorded responses, no language model. {change}"


def welcome_words(defaults: RunDefaults, new_key: str) -> Content:
    """What to do in a workspace without runs, and what would answer."""
    lines = [
        Content.styled("No run yet.", "bold"),
        Content(""),
        Content.assemble((new_key, "bold"), " starts the first run."),
        Content(""),
        Content(
            "In a run an improver, a program that asks a language model for better programs, is "
            f"given its own source to improve, here {defaults.iterations} times over. What it "
            "proposes is measured on tasks; you, or a gate that you choose, decide what is "
            "accepted, and every accepted version is a commit."
        ),
    ]
    if defaults.model == "offline":
        lines += [
            Content(""),
            Content(
                "The offline model answers with responses that were recorded, chosen by a seed. "
                "It needs no key and no network and costs nothing. It is no language model, so "
                "its figures say nothing about any."
            ),
        ]
    return Content("\n").join(lines)

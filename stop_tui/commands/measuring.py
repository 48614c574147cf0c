"""What `evaluate` and `score` share: settings from options, and sandboxes in the workspace."""

import argparse

from stop_tui.config import load_config
from stop_tui.core.events import Settings
from stop_tui.workspace import Workspace


def measuring_settings(
    workspace: Workspace,
    options: argparse.Namespace,
    *,
    tasks: tuple[str, ...] | None = None,
    unasked_repeats: int | None = None,
) -> Settings:
    """Settings for a measurement outside a run. Where no option says how many repeats there are,
    it is as many as runs have, and at most `unasked_repeats`."""
    config = load_config(workspace.config)
    repeats = getattr(options, "repeats", None)
    return Settings(
        name="evaluation",
        tasks=tasks or tuple(options.task or config.run.tasks),
        repeats=min(config.run.repeats, unasked_repeats or config.run.repeats)
        if repeats is None
        else repeats,
        model=getattr(options, "model", None) or config.run.model,
        seed=config.run.seed if options.seed is None else options.seed,
        budget=config.budget,
        concurrency=config.run.concurrency,
        unsafe_no_isolation=bool(options.unsafe_no_isolation),
    )

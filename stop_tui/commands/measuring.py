"""What `evaluate` and `score` share: settings from options, and sandboxes in the workspace."""

import argparse

from stop_tui.config import load_config
from stop_tui.core.events import Settings
from stop_tui.workspace import Workspace


def measuring_settings(
    workspace: Workspace, options: argparse.Namespace, *, tasks: tuple[str, ...] | None = None
) -> Settings:
    """Settings for a measurement outside a run."""
    config = load_config(workspace.config)
    repeats = getattr(options, "repeats", None)
    return Settings(
        name="evaluation",
        tasks=tasks or tuple(options.task or config.run.tasks),
        repeats=config.run.repeats if repeats is None else repeats,
        model=getattr(options, "model", None) or config.run.model,
        seed=config.run.seed if options.seed is None else options.seed,
        budget=config.budget,
        concurrency=config.run.concurrency,
        unsafe_no_isolation=bool(options.unsafe_no_isolation),
    )

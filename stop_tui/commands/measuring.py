"""What measures outside runs shares: settings from options, and what is measured by its name."""

import argparse

from stop_tui.config import load_config
from stop_tui.core.events import Settings
from stop_tui.core.plain_text import one_line
from stop_tui.engine.sources import Improver
from stop_tui.store.lineage import Lineage
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


def full_name(lineage: Lineage, improver: Improver) -> str:
    """A version with its run, any other improver as it was named. `I1` alone is one of the latest
    run, so it means another program once there is another run."""
    if improver.commit is None:
        return one_line(improver.label, 60)
    version = lineage.version(improver.commit)
    return one_line(f"{version.run}:I{version.iteration}", 60)

"""`stop-tui experiment sandbox-flag`: how often does a model switch off the sandbox it is given?"""

import argparse
import asyncio
import sys
from pathlib import Path

from stop_tui.commands import INTERRUPTED
from stop_tui.commands.output import print_json, print_table
from stop_tui.config import Config, load_config
from stop_tui.core.errors import LimitReached, ModelOutage, UsageError
from stop_tui.core.events import Settings
from stop_tui.core.plain_text import one_line
from stop_tui.engine.flag_experiment import FlagCase, FlagCount, FlagExperiment, by_way
from stop_tui.language_models.registry import open_model
from stop_tui.presentation.costs import cost_as_json, cost_words
from stop_tui.presentation.figures import counted
from stop_tui.presentation.lines import model_label
from stop_tui.presentation.shares import share_as_json, share_words
from stop_tui.workspace import Workspace, find_workspace

PAPER = (
    ("GPT-4", False, 42, 10_000),
    ("GPT-4", True, 46, 10_000),
    ("GPT-3.5", False, 12, 10_000),
    ("GPT-3.5", True, 17, 10_000),
)
"""Zelikman et al. 2023: model, warned or not, how many switched it off, of how many."""

EXAMPLES = 3
OFFLINE_WORDS = (
    "Offline model: recorded responses, written by one author for an improver that has no such "
    "flag.\nNo language model is asked, so this row says nothing about any; it only shows the way."
)


def main(options: argparse.Namespace) -> int:
    """Ask for what is missing, count, and print the paper's table beside it."""
    workspace = find_workspace(Path.cwd())
    config = load_config(workspace.config)
    settings = _settings(config, options)
    count: int = options.n
    if count < 1:
        raise UsageError("-n must be at least 1.")
    with FlagExperiment(workspace, settings, warning=options.warning) as experiment:
        code = _ask(experiment, config, settings, options)
        found = experiment.counted(count, offline=settings.model == "offline")
        if options.json:
            print_json(_as_json(experiment, settings, found, options, workspace))
        else:
            _print(experiment, settings, found, options, workspace)
    return code


def _settings(config: Config, options: argparse.Namespace) -> Settings:
    return Settings(
        name="sandbox-flag",
        model=options.model or config.run.model,
        seed=config.run.seed if options.seed is None else options.seed,
        limits=config.limits,
        concurrency=config.run.concurrency,
    )


def _ask(
    experiment: FlagExperiment, config: Config, settings: Settings, options: argparse.Namespace
) -> int:
    """Ask the model, where something is missing; the exit code."""
    missing = len(experiment.missing(options.n))
    if not missing:
        return 0
    model = open_model(settings.model, config.models, config.prices)
    known = options.n - missing
    kept = f"; {known:,} more are recorded already" if known else ""
    _say(f"Asks {model_label(settings.model)} for {counted(missing, 'response')}{kept}.")
    try:
        asyncio.run(experiment.ask(options.n, model, _Progress(options.n)))
    except KeyboardInterrupt:
        _say("\ninterrupted: what was answered is kept; the same command goes on.")
        return INTERRUPTED
    except (ModelOutage, LimitReached) as error:
        _say(f"stop-tui: {one_line(error.message, 500)}")
        _say("What was answered is kept; the same command goes on.")
        return error.exit_code
    return 0


class _Progress:
    """One line on a terminal, which says how far it is; nothing elsewhere."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __call__(self, done: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done == self._count else ""
            print(f"\r{done:,}/{self._count:,}", end=end, file=sys.stderr, flush=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _print(
    experiment: FlagExperiment,
    settings: Settings,
    found: FlagCount,
    options: argparse.Namespace,
    workspace: Workspace,
) -> None:
    print_table(
        "Improvers that switch off the sandbox they were given (Wilson 95 %)",
        ("model", "warned", "switched off", "improvers", "share"),
        [
            *(
                (f"{name} (paper)", _yes(warned), f"{off:,}", f"{of:,}", share_words(off, of))
                for name, warned, off, of in PAPER
            ),
            (
                f"{settings.model} (measured here)",
                _yes(options.warning),
                f"{len(found.cases):,}",
                f"{found.improvers:,}",
                share_words(len(found.cases), found.improvers),
            ),
        ],
        numbers="234",
    )
    if settings.model == "offline":
        print(OFFLINE_WORDS)
    for way, number in by_way(found).items():
        print(f"{way}: {number:,}")
    for number, what in (
        (found.without_flag, "never name the flag"),
        (found.no_program, "answered without a program"),
        (found.unreadable, "wrote what is no Python"),
        (found.unanswered, "had no usable answer"),
    ):
        if number:
            print(f"{what}: {number:,}")
    for case in _examples(found):
        _print_example(case)
    print(f"It has cost {cost_words(experiment.spent)}.")
    print(f"Every answer is kept in {experiment.path.relative_to(workspace.root)}")


def _examples(found: FlagCount) -> list[FlagCase]:
    """Different sources, the first ones."""
    return list({case.hash: case for case in reversed(found.cases)}.values())[::-1][:EXAMPLES]


def _print_example(case: FlagCase) -> None:
    print(f"\nimprover {case.number}, source {case.hash[:16]}")
    lines = case.source.splitlines()
    for finding in case.findings:
        print(f"  {finding.label}: {one_line(finding.detail, 120)}")
        for line in finding.lines[:EXAMPLES]:
            if line <= len(lines):
                print(f"  {line:>5} | {one_line(lines[line - 1], 120)}")
    print()


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def _as_json(
    experiment: FlagExperiment,
    settings: Settings,
    found: FlagCount,
    options: argparse.Namespace,
    workspace: Workspace,
) -> dict[str, object]:
    return {
        "experiment": "sandbox-flag",
        "model": settings.model,
        "language_model": settings.model != "offline",
        "warning": options.warning,
        "asked": found.asked,
        "switched_off": share_as_json(len(found.cases), found.improvers),
        "ways": dict(by_way(found)),
        "without_flag": found.without_flag,
        "no_program": found.no_program,
        "unreadable": found.unreadable,
        "unanswered": found.unanswered,
        "cases": [
            {
                "improver": case.number,
                "hash": case.hash,
                "findings": case.findings,
                "source": case.source,
            }
            for case in found.cases
        ],
        "paper": [
            {"model": name, "warning": warned, "switched_off": share_as_json(off, of)}
            for name, warned, off, of in PAPER
        ],
        "cost": cost_as_json(experiment.spent),
        "file": str(experiment.path.relative_to(workspace.root)),
    }

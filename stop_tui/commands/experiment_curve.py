"""`stop-tui experiment curve`: does a model get better or worse at improving improvers?

Runs one after the other, each measured as soon as it is done; whatever ends this early, the same
command goes on.
"""

import argparse
import asyncio
import shutil
import sys
from pathlib import Path

from msgspec.structs import replace

from stop_tui.commands import measured as told
from stop_tui.commands.curve_output import print_found, print_found_as_json
from stop_tui.commands.interrupting import until_interrupted
from stop_tui.commands.measuring import measuring_settings
from stop_tui.config import Config, load_config
from stop_tui.core import events as ev
from stop_tui.core.budgets import likely_cost
from stop_tui.core.errors import StopError
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import State
from stop_tui.core.verdicts import Isolation
from stop_tui.engine.earlier import spent_before
from stop_tui.engine.experiments.curve import BASELINES, CurveExperiment, CurveRun
from stop_tui.engine.experiments.curve_figures import curve_figures
from stop_tui.engine.experiments.model_version import model_version
from stop_tui.presentation.budgets import limit_words
from stop_tui.presentation.figures import counted
from stop_tui.presentation.lines import (
    describe,
    isolation_line,
    likely_cost_words,
    model_label,
    under_way,
)
from stop_tui.store.journal import Journal
from stop_tui.workspace import Workspace, find_workspace

GOES_ON = "What is done is kept; the same command goes on."


def main(options: argparse.Namespace) -> int:
    """Do and measure what is missing, and tell what came of it; the exit code."""
    workspace = find_workspace(Path.cwd())
    config = load_config(workspace.config)
    settings = _settings(workspace, config, options)
    experiment = CurveExperiment(
        workspace, settings, options.runs, version=model_version(config.models, settings.model)
    )
    for name in BASELINES.keys() - experiment.programs.keys():
        _say(f"No improvers/{BASELINES[name]}.py here, so {name} is left out.")
    _say_cost(workspace, experiment, settings)
    code = _perform(experiment, config, settings)
    runs = experiment.runs()
    measurements = experiment.measurements(runs)
    measurements.read()
    found = curve_figures(measurements, settings.tasks, runs, experiment.programs)
    file = str(measurements.path.relative_to(workspace.root))
    tell = print_found_as_json if options.json else print_found
    tell(settings, runs, found, measurements, file)
    return code


def _settings(workspace: Workspace, config: Config, options: argparse.Namespace) -> ev.Settings:
    iterations = config.run.iterations if options.iterations is None else options.iterations
    return replace(
        measuring_settings(workspace, options),
        iterations=iterations,
        gate=options.gate,
        limits=config.limits,
    )


def _say_cost(workspace: Workspace, experiment: CurveExperiment, settings: ev.Settings) -> None:
    """Say what is left to do and what all of it may cost, if anything is."""
    left = experiment.at_most()
    if not left.iterations and not left.measuring_responses:
        return
    measuring = f"at most {counted(left.measuring_responses, 'response')}"
    if left.iterations:
        likely = None
        if workspace.journal.exists():
            whole = replace(settings, iterations=left.iterations)
            with Journal.open(workspace.journal, create=False) as journal:
                likely = likely_cost(whole, spent_before(journal, whole))
        _say(
            f"{counted(left.iterations, 'meta-iteration')} to do, with "
            f"{model_label(settings.model)}: at most {counted(left.run_responses, 'response')}"
            + ("" if likely is None else f", {likely_cost_words(likely)}")
            + f". Then {measuring} to measure what came of them."
        )
    else:
        _say(f"All runs are done. Measuring what came of them may cost {measuring}.")
    if settings.limits != ev.Limits():
        _say(f"Limits of each run, and of what is measured: {limit_words(settings.limits)}.")


def _perform(experiment: CurveExperiment, config: Config, settings: ev.Settings) -> int:
    """Do one run after the other, each measured when it is done; the exit code."""
    for run in experiment.runs():
        code = 0 if run.over else _drive(experiment, run)
        code = code or _measure(experiment, config, settings, run.number)
        if code:
            return code
    return 0


def _drive(experiment: CurveExperiment, run: CurveRun) -> int:
    progress = _Progress()
    try:
        return asyncio.run(until_interrupted(experiment.execute(run.number, [progress]), GOES_ON))
    except StopError as error:
        progress.end()
        return told.say_what_ended_it(error, GOES_ON, f"{run.settings.name}: ")
    finally:
        progress.end()


def _measure(
    experiment: CurveExperiment, config: Config, settings: ev.Settings, number: int
) -> int:
    """Measure what is missing of the runs up to `number`."""
    measurements = experiment.measurements(experiment.runs()[:number])
    return told.measure_missing(measurements, config, settings)


class _Progress:
    """What a run says on standard error: a line a fact of its meta-iterations, and on a terminal a
    line that is redrawn."""

    def __init__(self) -> None:
        self._live = False

    def __call__(self, event: ev.AnyEvent, state: State) -> None:
        """Say what happened, if it is of interest."""
        name = state.settings.name
        match event:
            case ev.RunStarted():
                self._print(f"{name}: begins, seed {state.settings.seed}")
            case ev.RunResumed():
                self._print(f"{name}: goes on")
            case ev.IsolationTested() if event.level is not Isolation.FULL:
                self._print(isolation_line(event))
            case ev.DecisionMade() | ev.IterationFailed():
                line = describe(event, state) or ""
                number = "" if isinstance(event, ev.IterationFailed) else f"I{event.iteration} "
                self._print(f"{name}: {number}{line.strip()}")
            case ev.RunFinished():
                self._print(f"{name}: done")
            case _:
                self._show(name, state)

    def end(self) -> None:
        """Take the redrawn line away."""
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._live = False

    def _print(self, line: str) -> None:
        self.end()
        _say(line)

    def _show(self, name: str, state: State) -> None:
        if state.current is None or not sys.stderr.isatty():
            return
        width = shutil.get_terminal_size().columns - 1
        line = one_line(f"{name}: {under_way(state, state.current)}", width)
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        self._live = True


def _say(text: str) -> None:
    print(text, file=sys.stderr)

"""`stop-tui run`: a run with no screen: progress lines, decisions, a final table, the lineage."""

import argparse
import asyncio
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from stop_tui.commands.human_gate import HumanGate
from stop_tui.commands.interrupting import until_interrupted
from stop_tui.commands.progress import JsonLines, Progress
from stop_tui.commands.run_report import print_report
from stop_tui.config import Config, load_config
from stop_tui.core import events as ev
from stop_tui.core.budgets import LikelyCost, likely_cost
from stop_tui.core.errors import ModelError, ModelOutage, StopError, UsageError
from stop_tui.core.garbage import keep_what_is_there, search_rarely
from stop_tui.core.plain_text import one_line
from stop_tui.core.run_names import made_up_run_name
from stop_tui.engine.checks import check_limits, check_same
from stop_tui.engine.earlier import spent_before
from stop_tui.engine.gate import Gate, automatic
from stop_tui.engine.pace import Pace
from stop_tui.engine.recorder import Recorder
from stop_tui.engine.run import FinishedRun, Run
from stop_tui.engine.starting import new_run, resumed_run
from stop_tui.store.journal import Journal
from stop_tui.workspace import Workspace, find_workspace


def main(options: argparse.Namespace) -> int:
    """Start or resume a run and see it to its end; its exit code."""
    workspace = find_workspace(Path.cwd())
    progress = JsonLines() if options.json else Progress()
    with _opened(workspace, options, progress) as run:
        if isinstance(run, FinishedRun):
            if not options.json:
                reason = one_line(run.state.reason, 200)
                print(f"The run {run.state.settings.name} is over already: {reason}.")
                print_report(workspace, run.state)
            return 0
        name = run.state.settings.name
        try:
            pace = Pace(stop_after_iteration=options.step)
            go_on = f"Go on with: stop-tui run --resume {name}"
            search_rarely()
            keep_what_is_there()
            code = asyncio.run(until_interrupted(run.execute(pace), go_on))
        except StopError as error:
            # A model that cannot answer such a request cannot do so on resuming either.
            if not isinstance(error, ModelError) or isinstance(error, ModelOutage):
                error.hint = f"{error.hint} {go_on}" if error.hint else go_on
            raise
        finally:
            progress.close()
        if not options.json:
            print_report(workspace, run.state)
        return code


@contextmanager
def _opened(
    workspace: Workspace, options: argparse.Namespace, progress: JsonLines | Progress
) -> Iterator[Run | FinishedRun]:
    """The run that the options mean, new or resumed."""

    def gate(settings: ev.Settings, recorder: Recorder) -> Gate:
        return _gate(settings, recorder, progress)

    config = load_config(workspace.config)
    if options.resume is not None:
        with resumed_run(
            workspace,
            options.resume,
            gate,
            [progress],
            check=lambda settings: _check_resumable(settings, options),
            limits=lambda recorded: _limits(options, recorded),
        ) as run:
            yield run
        return
    settings = _settings(workspace, config, options)
    if isinstance(progress, Progress):
        progress.likely = _likely_cost(workspace, settings)
    with new_run(workspace, settings, gate, [progress]) as run:
        yield run


def _settings(workspace: Workspace, config: Config, options: argparse.Namespace) -> ev.Settings:
    defaults = config.run
    gate = options.gate or defaults.gate or ("human" if _at_a_terminal() else None)
    if gate is None:
        raise UsageError(
            "Without a terminal nobody can be asked: name a gate.",
            hint="`--gate policy` accepts only what is better beyond noise, `--gate auto` what "
            "measures no worse.",
        )
    _check_gate(gate)
    return ev.Settings(
        name=options.name or _made_up_name(workspace),
        tasks=tuple(options.task or defaults.tasks),
        iterations=_given(options.iterations, defaults.iterations),
        repeats=_given(options.repeats, defaults.repeats),
        model=options.model or defaults.model,
        gate=gate,
        execute_gate=bool(options.execute_gate),
        seed=_given(options.seed, defaults.seed),
        start="seed" if options.start is None else options.start,
        budget=config.budget,
        limits=_limits(options, config.limits) or config.limits,
        concurrency=defaults.concurrency,
        unsafe_no_isolation=bool(options.unsafe_no_isolation),
    )


def _given(value: int | None, default: int) -> int:
    return default if value is None else value


def _limits(options: argparse.Namespace, default: ev.Limits) -> ev.Limits | None:
    """The limits that the options name, over `default`; None when they name none."""
    asked = {
        "lm_calls": options.max_calls,
        "tokens": options.max_tokens,
        "usd": options.max_usd,
        "seconds": options.max_seconds,
    }
    named = {name: value for name, value in asked.items() if value is not None}
    if not named:
        return None
    limits = msgspec.structs.replace(default, **named)
    check_limits(limits)
    return limits


def _check_resumable(settings: ev.Settings, options: argparse.Namespace) -> None:
    """Equal repeated options are accepted, conflicting ones are refused."""
    asked = {
        "name": options.name,
        "tasks": None if options.task is None else tuple(options.task),
        "iterations": options.iterations,
        "repeats": options.repeats,
        "model": options.model,
        "gate": options.gate,
        "execute_gate": options.execute_gate,
        "seed": options.seed,
        "start": options.start,
        "unsafe_no_isolation": options.unsafe_no_isolation,
    }
    check_same(settings, {name: value for name, value in asked.items() if value is not None})


def _check_gate(gate: str) -> None:
    if gate == "human" and not _at_a_terminal():
        raise UsageError(
            "The gate is human, but there is no terminal to ask at.",
            hint="Run it in a terminal, or name another gate: --gate policy or --gate auto.",
        )


def _gate(settings: ev.Settings, recorder: Recorder, progress: JsonLines | Progress) -> Gate:
    gate = automatic(settings.gate)
    if gate is not None:
        return gate
    _check_gate("human")
    if isinstance(progress, JsonLines):
        raise UsageError(
            "With --json there is nothing but events on standard output, so nobody can be asked "
            "there.",
            hint="Leave --json out, or name another gate: --gate policy or --gate auto.",
        )
    return HumanGate(recorder, progress)


def _at_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _likely_cost(workspace: Workspace, settings: ev.Settings) -> LikelyCost | None:
    """What a run will probably cost, as far as the workspace's earlier ones tell."""
    if not workspace.journal.exists():
        return None
    with Journal.open(workspace.journal, create=False) as journal:
        return likely_cost(settings, spent_before(journal, settings))


def _made_up_name(workspace: Workspace) -> str:
    taken: list[str] = []
    if workspace.journal.exists():
        journal = Journal.open(workspace.journal, create=False)
        try:
            taken = journal.runs()
        finally:
            journal.close()
    return made_up_run_name(random.Random(), taken)

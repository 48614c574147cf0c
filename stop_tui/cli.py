"""The `stop-tui` command: reads the command line and hands over; each command has its own module.

It imports no more than it must before it knows the command, so that `--version` and `log` are
quick. Exit codes: 0 done; 1 something is broken; 2 what was asked for cannot be meant; 3 a run is
paused by a limit or an outage; 130 interrupted, the run is paused.
"""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence

from stop_tui import __version__
from stop_tui.commands import INTERRUPTED
from stop_tui.core.errors import OutputClosed, StopError, UsageError

_MODULES = {"import": "import_run"}
"""The module of a command whose name Python keeps for itself."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command in `arguments` (default: those of the process); its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["git"]:
        given.insert(1, "--")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 gets ? for ±
    parser = build_parser()
    options = parser.parse_args(given)
    if options.command is None and not (_on_a_terminal() or _in_a_browser()):
        parser.print_help()
        return 0
    try:
        code = _perform(options)
        sys.stdout.flush()
        return code
    except OutputClosed as error:
        _print_nowhere()
        return _tell(error)
    except StopError as error:
        return _tell(error)
    except KeyboardInterrupt:
        print("stop-tui: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough of it; nothing is wrong with us.
        _print_nowhere()
        return 0
    except (OSError, MemoryError, RuntimeError) as error:
        from stop_tui.core.shortage import shortage

        found = shortage(error)
        if found is None:
            raise
        return _tell(found)


def _perform(options: argparse.Namespace) -> int:
    """Open the explorer, or hand over to a command; the exit code."""
    if options.command not in (None, "open"):
        name = _MODULES.get(options.command, options.command)
        if name == "experiment":
            name = f"experiment_{options.experiment.replace('-', '_')}"
        module = importlib.import_module(f"stop_tui.commands.{name}")
        return int(module.main(options))
    if not (_on_a_terminal() or _in_a_browser()):
        raise UsageError(
            "The explorer draws on a terminal, and there is none here.",
            hint="`stop-tui runs` lists the runs, `stop-tui log RUN` the versions of one.",
        )
    # By name: the command line itself must not need the screens, which load textual.
    start = importlib.import_module("stop_tui.tui.start")
    return int(start.leave(start.explore(getattr(options, "run", None))))


def _on_a_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def _in_a_browser() -> bool:
    """Was this process started by `serve`, to draw for a browser?"""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def _print_nowhere() -> None:
    """Let what is still to be written to a pipe that was closed go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(error: StopError) -> int:
    from stop_tui.core.plain_text import plain

    print(f"stop-tui: {plain(error.message)}", file=sys.stderr)
    if error.hint:
        print(f"  {plain(error.hint)}", file=sys.stderr)
    return error.exit_code


def build_parser() -> argparse.ArgumentParser:
    """The parser of every command and option."""
    parser = argparse.ArgumentParser(
        prog="stop-tui",
        description="Watch a language model improve the very program that calls it, decide what "
        "is accepted, and keep every accepted version as git history.",
        epilog="Exit codes: 0 done, 1 something is broken, 2 a usage error, 3 the run is paused "
        "by a limit or an outage, 130 interrupted (the run is paused).",
    )
    parser.add_argument("--version", action="version", version=f"stop-tui {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    explorer = commands.add_parser("open", help="the explorer, as without a command")
    explorer.add_argument("run", nargs="?", metavar="RUN", help="a run to open at once")

    init = commands.add_parser("init", help="make a new workspace")
    init.add_argument("folder", metavar="DIR", help="a new or empty folder")

    _add_run(commands.add_parser("run", help="start or resume a run, without a screen"))

    cancel = commands.add_parser("cancel", help="end a run for good; its versions stay")
    cancel.add_argument("run", metavar="RUN")
    cancel.add_argument("--reason", default="", metavar="TEXT", help="why; kept in the journal")
    _add_json(cancel)

    _add_carrying(commands)

    runs = commands.add_parser("runs", help="the runs of this workspace")
    _add_json(runs)

    cost = commands.add_parser("cost", help="what a run has cost, and what may still come")
    cost.add_argument("run", metavar="RUN")
    _add_json(cost)

    log = commands.add_parser("log", help="the versions of a run, newest first")
    log.add_argument("run", nargs="?", metavar="RUN", help="default: the latest run")
    log.add_argument("--all", action="store_true", help="the versions of all runs")
    _add_json(log)

    show = commands.add_parser("show", help="one version: message, figures, source")
    show.add_argument("rev", metavar="REV", help="run name, commit, run~2, RUN:I3, or I3")
    show.add_argument("--source", action="store_true", help="the improver's source and no more")
    _add_json(show)

    diff = commands.add_parser("diff", help="what changed between two versions")
    diff.add_argument("old", metavar="REV")
    diff.add_argument("new", metavar="REV")
    _add_json(diff)

    strategies = commands.add_parser(
        "strategies", help="which strategies versions have, and what changed when they came"
    )
    strategies.add_argument(
        "revs", nargs="*", metavar="REV", help="up to this version (default: the latest run's last)"
    )
    strategies.add_argument("--all", action="store_true", help="of every run")
    _add_json(strategies)

    note = commands.add_parser("note", help="read or write the note on a version")
    note.add_argument("rev", metavar="REV")
    note.add_argument(
        "text", nargs="?", metavar="TEXT", help="the new note; an empty one removes it"
    )
    _add_json(note)

    git = commands.add_parser("git", help="git on the lineage repository", add_help=False)
    git.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...")

    evaluate = commands.add_parser("evaluate", help="the meta-utility of one improver")
    evaluate.add_argument("improver", metavar="FILE|REV", help="a file, an improver, a version")
    _add_measuring(evaluate)
    evaluate.add_argument("--repeats", type=int, metavar="R", help="repeats a task (default: 5)")

    score = commands.add_parser("score", help="the utility of one solution, by instance")
    score.add_argument("file", metavar="FILE")
    score.add_argument("--split", choices=("val", "test"), default="val")
    _add_measuring(score, one_task=True)

    _add_measured_experiments(commands)
    _add_trust(commands)
    _add_report(commands)
    _add_serve(commands)

    for name, text in (
        ("tasks", "the tasks of this workspace, broken ones too"),
        ("improvers", "the hand-written improvers of this workspace"),
    ):
        _add_json(commands.add_parser(name, help=text))

    docs = commands.add_parser("docs", help="the documentation, a page at a time")
    docs.add_argument("page", nargs="?", metavar="PAGE", help="default: the list of pages")
    _add_json(docs)

    doctor = commands.add_parser(
        "doctor", help="is isolation full, is git there, does the model answer"
    )
    doctor.add_argument("--model", help="which to ask for a short answer (default: that of runs)")
    _add_json(doctor)
    return parser


def _add_carrying(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    replay = commands.add_parser("replay", help="a run again with no model: is it the same?")
    replay.add_argument("run", metavar="RUN")
    _add_unsafe(replay)
    _add_json(replay)

    calls = commands.add_parser("calls", help="the calls of the language model of a run")
    calls.add_argument("run", metavar="RUN")
    calls.add_argument("number", nargs="?", type=int, metavar="N", help="show this one in full")
    calls.add_argument(
        "--program", metavar="PREFIX", help="only those of program runs that begin so, as in I2/"
    )
    calls.add_argument("--failed", action="store_true", help="only those that failed")
    _add_json(calls)

    export = commands.add_parser("export", help="write a run to one file, for another machine")
    export.add_argument("run", metavar="RUN")
    export.add_argument("file", metavar="FILE", help="a new file")
    _add_json(export)

    take_in = commands.add_parser("import", help="take in a run that was exported elsewhere")
    take_in.add_argument("file", metavar="FILE")
    _add_json(take_in)


def _add_measured_experiments(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    transfer = commands.add_parser(
        "transfer", help="an improver on all tasks, beside the seed improver and controls"
    )
    transfer.add_argument("rev", metavar="REV", help="a version, an improver or a file")
    compare = commands.add_parser(
        "compare", help="two improvers on the same instances, and what a point of each costs"
    )
    compare.add_argument("old", metavar="REV", help="what the other is compared with")
    compare.add_argument("new", metavar="REV")
    for command in (transfer, compare):
        _add_measuring(command, unasked="every task" if command is transfer else "as runs have")
        command.add_argument(
            "--repeats", type=int, metavar="R", help="repeats a task (default: 4 at most)"
        )


def _add_trust(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    audit = commands.add_parser("audit", help="what generated programs attempted, as a figure")
    audit.add_argument("runs", nargs="*", metavar="RUN", help="default: all runs")
    _add_json(audit)

    experiment = commands.add_parser("experiment", help="ask a model, and count what it does")
    experiments = experiment.add_subparsers(dest="experiment", metavar="NAME", required=True)
    flag = experiments.add_parser(
        "sandbox-flag", help="how often does a model switch off a sandbox it is to leave alone?"
    )
    flag.add_argument(
        "-n", type=int, default=100, metavar="N", help="improvers to ask for (default: 100)"
    )
    flag.add_argument("--warning", action="store_true", help="warn against it in the prompt")
    flag.add_argument("--model", help="the language model (default: offline)")
    flag.add_argument("--seed", type=int, metavar="N", help="the seed (default: 0)")
    _add_json(flag)

    curve = experiments.add_parser(
        "curve", help="does a model get better or worse at improving improvers? many runs say"
    )
    curve.add_argument("--runs", type=int, default=5, metavar="N", help="runs (default: 5)")
    curve.add_argument("--iterations", type=int, metavar="T", help="of each run (default: 6)")
    curve.add_argument(
        "--repeats", type=int, metavar="R", help="repeats a task, in runs and after (default: 5)"
    )
    curve.add_argument(
        "--gate",
        choices=("all", "auto", "policy"),
        default="all",
        help="what runs accept: all (every proposal, as in the paper; the default), auto (what "
        "measures no worse), policy (only what is better beyond noise, with no warnings)",
    )
    _add_measuring(curve)


def _add_report(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    report = commands.add_parser("report", help="a run as one page to share")
    report.add_argument("run", metavar="RUN")
    kinds = report.add_mutually_exclusive_group()
    kinds.add_argument("--html", metavar="FILE", help="write HTML to a new file")
    kinds.add_argument(
        "--markdown", metavar="FILE", help="write Markdown to a new file, not to standard output"
    )


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    serve = commands.add_parser("serve", help="the explorer in a browser")
    serve.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="H",
        help="where to listen (default: this machine alone)",
    )
    serve.add_argument(
        "--port",
        type=int,
        default=8000,
        metavar="P",
        help="default: 8000; 0: a free one",
    )


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("--name", help="the run's name (default: one is made up)")
    run.add_argument(
        "--task", action="append", metavar="T", help="a downstream task; repeatable (default: lpn)"
    )
    run.add_argument("--iterations", type=int, metavar="N", help="meta-iterations (default: 6)")
    run.add_argument("--repeats", type=int, metavar="R", help="repeats a task (default: 5)")
    run.add_argument("--model", help="the language model (default: offline)")
    run.add_argument(
        "--gate",
        choices=("human", "policy", "auto", "all"),
        help="who decides: human (the default on a terminal), policy (only what is better beyond "
        "noise, with no warnings), auto (what measures no worse than the incumbent), all (every "
        "proposal, as in the paper)",
    )
    run.add_argument(
        "--execute-gate",
        action="store_true",
        default=None,
        help="also ask before a candidate's code runs for the first time",
    )
    run.add_argument("--seed", type=int, metavar="N", help="the run's seed (default: 0)")
    run.add_argument(
        "--from",
        dest="start",
        metavar="REV",
        help="an improver, a file or a version to start from",
    )
    run.add_argument("--resume", metavar="NAME", help="go on with a run, with its settings")
    run.add_argument(
        "--step", action="store_true", help="pause when one meta-iteration is over; exit code 0"
    )
    for option, kind, text in (
        ("--max-calls", int, "calls of the language model"),
        ("--max-tokens", int, "tokens"),
        ("--max-usd", float, "US dollars"),
        ("--max-seconds", float, "seconds of wall time"),
    ):
        run.add_argument(option, type=kind, metavar="N", help=f"pause the run at so many {text}")
    _add_unsafe(run)
    _add_json(run, "one event a line, and nothing else")


def _add_measuring(
    command: argparse.ArgumentParser, *, one_task: bool = False, unasked: str = "as runs have"
) -> None:
    if one_task:
        command.add_argument("--task", metavar="T", required=True)
    else:
        command.add_argument(
            "--task", action="append", metavar="T", help=f"repeatable (default: {unasked})"
        )
        command.add_argument("--model", help="the language model (default: offline)")
    command.add_argument("--seed", type=int, metavar="N", help="the seed (default: 0)")
    _add_unsafe(command)
    _add_json(command)


def _add_unsafe(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--unsafe-no-isolation",
        action="store_true",
        default=None,
        help="run generated code even where it cannot be isolated",
    )


def _add_json(command: argparse.ArgumentParser, text: str = "one JSON object on one line") -> None:
    command.add_argument("--json", action="store_true", help=text)


if __name__ == "__main__":
    sys.exit(main())

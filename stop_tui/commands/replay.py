"""`stop-tui replay RUN`: the run once more with no model; is its lineage the same?"""

import argparse
import asyncio
from pathlib import Path

from stop_tui.commands.output import print_json
from stop_tui.core.plain_text import one_line
from stop_tui.engine.replaying import Difference, Replay, replay
from stop_tui.presentation.figures import counted
from stop_tui.workspace import find_workspace

DIFFERS = 1
"""The exit code for a lineage that came out another way."""


def main(options: argparse.Namespace) -> int:
    """Replay the run and say whether the lineage is the same; 0 if it is."""
    result = asyncio.run(
        replay(
            find_workspace(Path.cwd()),
            options.run,
            unsafe_no_isolation=bool(options.unsafe_no_isolation),
        )
    )
    if options.json:
        print_json(_as_json(result))
    else:
        _print(result)
    return 0 if result.difference is None else DIFFERS


def _print(result: Replay) -> None:
    print(
        f"Replayed {counted(result.iterations, 'meta-iteration')} of {result.run} with no model: "
        f"{result.calls:,} of {counted(result.recorded_calls, 'recorded call')} served."
    )
    if result.difference is None:
        print(f"The lineage is the same: {counted(result.versions, 'version')}.")
    else:
        print("The lineage differs.")
        _print_difference(result.difference)
    if result.not_reproducible:
        print(
            f"The run is marked not reproducible ({', '.join(result.not_reproducible)}), so it "
            "stands outside the promise that a replay gives the same."
        )
    elif result.difference is not None and result.not_reproducible_here:
        print(
            f"This replay was not reproducible ({', '.join(result.not_reproducible_here)}), which "
            "the run was not: this machine may be slower or busy."
        )


def _print_difference(difference: Difference) -> None:
    print(f"First in meta-iteration {difference.iteration}: {one_line(difference.what, 400)}.")
    if difference.recorded or difference.replayed:
        print(f"  recorded: {one_line(difference.recorded, 200)}")
        print(f"  replayed: {one_line(difference.replayed, 200)}")


def _as_json(result: Replay) -> dict[str, object]:
    difference = result.difference
    return {
        "run": result.run,
        "same": difference is None,
        "difference": None
        if difference is None
        else {
            "iteration": difference.iteration,
            "what": difference.what,
            "recorded": difference.recorded or None,
            "replayed": difference.replayed or None,
        },
        "iterations": result.iterations,
        "versions": result.versions,
        "calls_served": result.calls,
        "calls_recorded": result.recorded_calls,
        "not_reproducible": list(result.not_reproducible),
        "not_reproducible_here": list(result.not_reproducible_here),
    }

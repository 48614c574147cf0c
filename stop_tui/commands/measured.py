"""What `transfer` and `compare` share: measuring what is missing, and how what came of it is told.

Nothing is decided here: figures come from `engine/transfer.py`, which reads them from the journal.
"""

import asyncio
import sys

from stop_tui.commands.interrupting import until_interrupted
from stop_tui.commands.output import print_paragraph
from stop_tui.config import Config
from stop_tui.core import events as ev
from stop_tui.core.errors import LimitReached, OutputClosed, StopError, UsageError
from stop_tui.core.plain_text import one_line
from stop_tui.core.verdicts import Isolation
from stop_tui.engine.experiments.measurements import Measurements, Missing
from stop_tui.engine.transfer import Measured
from stop_tui.language_models.protocol import LanguageModel
from stop_tui.language_models.registry import open_model
from stop_tui.presentation.costs import cost_as_json, cost_words
from stop_tui.presentation.figures import counted
from stop_tui.presentation.lines import isolation_line, model_label

GOES_ON = "What was measured is kept; the same command goes on."


def measure_missing(measurements: Measurements, config: Config, settings: ev.Settings) -> int:
    """Measure what is missing, if anything is; the exit code. Says beforehand what it may cost.

    Where nothing is missing it only reads, so that it works while others measure into the file.
    """
    measurements.read()
    if not measurements.missing():
        return 0
    model = open_model(settings.model, config.models, config.prices)
    with measurements:
        return _measure(measurements, model, settings)


def _measure(measurements: Measurements, model: LanguageModel, settings: ev.Settings) -> int:
    missing = measurements.missing()
    at_most = counted(measurements.responses_at_most(), "response")
    _say(
        f"{counted(len(missing), 'measurement')} to make; asks {model_label(settings.model)} "
        f"for at most {at_most}."
    )
    try:
        work = measurements.measure(model, _Progress(len(missing)))
        return asyncio.run(until_interrupted(work, GOES_ON))
    except StopError as error:
        return say_what_ended_it(error, GOES_ON)
    finally:
        isolation = measurements.isolation
        if isolation is not None and isolation.level is not Isolation.FULL:
            _say(isolation_line(isolation))


def say_what_ended_it(error: StopError, goes_on: str, work: str = "") -> int:
    """Say why what was done ended early, and `work` of it; the exit code. What came of it so far is
    still told, unless it could not even begin or nobody reads."""
    if isinstance(error, UsageError | OutputClosed):
        raise error
    _say(f"stop-tui: {work}{one_line(error.message, 500)}")
    if hint := (isinstance(error, LimitReached) and error.configured) or error.hint:
        _say(f"  {one_line(hint, 500)}")
    _say(goes_on)
    return error.exit_code


class _Progress:
    """One line on a terminal, which says how far it is; nothing elsewhere."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._done = 0

    def __call__(self, done: Missing) -> None:
        self._done += 1
        if sys.stderr.isatty():
            end = "\n" if self._done == self._count else ""
            line = f"{self._done:,}/{self._count:,}  {one_line(done.task, 40)}, repeat"
            print(f"\r\x1b[K{line} {done.repeat}", end=end, file=sys.stderr, flush=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def print_ending(measurements: Measurements, settings: ev.Settings, file: str) -> None:
    """The lines below the tables: what the model is, what all of it cost, where it is kept."""
    if settings.model == "offline":
        print_paragraph(offline_words())
    print_paragraph(f"All that is measured in this file has cost {cost_words(measurements.spent)}.")
    print_paragraph(f"Every answer and every score is kept in {one_line(file, 200)}")


def offline_words() -> str:
    """What results of the offline model are."""
    from stop_tui.language_models.offline.model import DISCLAIMER

    return DISCLAIMER


def head_as_json(settings: ev.Settings, measurements: Measurements, file: str) -> dict[str, object]:
    """What both commands say besides their programs."""
    isolation = measurements.isolation
    return {
        "model": settings.model,
        "language_model": settings.model != "offline",
        "seed": settings.seed,
        "repeats": settings.repeats,
        "isolation": None if isolation is None else isolation.level,
        "cost": cost_as_json(measurements.spent),
        "file": file,
    }


def measured_as_json(measured: Measured) -> dict[str, object]:
    """One program's figures, all of them."""
    standing = measured.standing
    return {
        "program": standing.program,
        "utility": standing.utility,
        "validation": measured.validation,
        "difference": standing.difference,
        "chance_better": standing.chance,
        "repeats": measured.repeats,
        "failed": measured.failed,
        "suspicious": measured.suspicious,
        "not_reproducible": measured.not_reproducible,
        "sandbox_attempts": measured.attempts,
        **cost_as_json(measured.spent),
    }

"""The human gate on the command line: shows diff and figures, then waits for a decision.

A decision is a word, then a confirmation that repeats what will happen; anything else is asked
again. It never decides by itself: when the input ends, the run is paused.
"""

import asyncio
import difflib
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from stop_tui.commands.output import console
from stop_tui.commands.progress import JsonLines, Progress
from stop_tui.core.analysis.strategies import main_strategy
from stop_tui.core.errors import UsageError
from stop_tui.core.events import Estimate, Finding, RepeatFinished
from stop_tui.core.keys import text_hash
from stop_tui.core.plain_text import one_line, plain
from stop_tui.engine.gate import Decision, DecisionLeft, Execution, Failure, Review, StepBack
from stop_tui.engine.recorder import Recorder
from stop_tui.presentation.editor import editor_command
from stop_tui.presentation.figures import figure
from stop_tui.presentation.lines import measured_line
from stop_tui.presentation.people import user_name
from stop_tui.presentation.suspicions import suspicion_lines

HELP = """\
  approve           make the proposal the next version
  reject            keep the incumbent
  choose N          review candidate N of this meta-iteration instead
  edit              edit the source in $EDITOR; the result is measured before you decide
  more N            N more repeats of proposal and incumbent
  diff | source     show the difference to the incumbent, or the whole source
  test              look at the sealed test figures now (this is kept in the history)
  pause             leave the decision for later"""


class HumanGate:
    """Asks at the terminal."""

    waits = True

    def __init__(self, recorder: Recorder, progress: JsonLines | Progress) -> None:
        self._recorder = recorder
        self._progress = progress
        self._console = console()
        self._who = user_name()

    async def decide(self, review: Review) -> Decision:
        """Show the review and ask until there is a confirmed decision."""
        with self._progress.held():
            self._show(review)
            return await self._decision(review)

    async def _decision(self, review: Review) -> Decision:
        while True:
            words = (await self._ask("decision (approve, reject, ... or help): ")).split()
            match words:
                case ["approve"]:
                    reason = await self._ask("reason (may be empty): ")
                    if await self._confirm(
                        f"Approve: this source becomes version I{review.iteration} of {review.run}."
                    ):
                        return Decision("approve", self._who, reason)
                case ["reject"]:
                    reason = await self._ask("reason (may be empty): ")
                    if await self._confirm("Reject: the incumbent stays."):
                        return Decision("reject", self._who, reason)
                case ["choose", number]:
                    source = self._candidate(review, number)
                    if source is not None and await self._confirm(
                        f"Measure candidate {number} afresh and review it instead."
                    ):
                        return Decision("choose", self._who, source=source)
                case ["more", count] if count.isdecimal() and 0 < int(count) <= 1000:
                    if await self._confirm(f"Run {count} more repeats of proposal and incumbent."):
                        return Decision("more-repeats", self._who, repeats=int(count))
                case ["edit"]:
                    edited = await self._edit(review.source)
                    if edited is not None and await self._confirm(
                        "Measure the edited source as a new candidate."
                    ):
                        return Decision("edit", self._who, source=edited)
                case ["diff"]:
                    self._show_code(_diff(review), "diff")
                case ["source"]:
                    self._show_code(review.source, "python")
                case ["test"]:
                    if await self._confirm("Unseal the test figures; the history will say so."):
                        proposal, incumbent = review.reveal_test(self._who)
                        print(f"test: {_figure(proposal)} against {_figure(incumbent)}")
                case ["pause"]:
                    raise DecisionLeft("The decision is left for later; the run is paused.")
                case _:
                    print(HELP)

    async def allow(self, source: str, warnings: tuple[Finding, ...]) -> Execution:
        """Show code that has not run yet and ask whether it may."""
        with self._progress.held():
            self._show_code(source, "python")
            self._show_findings(warnings)
            while True:
                answer = await self._ask("May this candidate run, in the sandbox? (yes or no): ")
                if answer in ("yes", "no"):
                    return Execution(answer == "yes", self._who)

    async def after_failure(self, failure: Failure) -> StepBack | None:
        """Offer to step back to an earlier version."""
        known = {f"I{number}": source for number, source in failure.earlier}
        with self._progress.held():
            self._say(f"I{failure.iteration} failed: {one_line(failure.reason, 300)}")
            while True:
                answer = await self._ask(f"go on from ({', '.join(known)}, or empty to stay): ")
                if not answer:
                    return StepBack(failure.incumbent, self._who, "the incumbent stays")
                if answer in known and await self._confirm(f"Go on from {answer}."):
                    return StepBack(known[answer], self._who)

    def _show(self, review: Review) -> None:
        print()
        if review.idea:
            self._say(plain(review.idea, limit=2000))
            print()
        self._show_code(_diff(review), "diff")
        self._say(
            f"I{review.iteration} of {review.run}: {main_strategy(review.candidate.strategies)}"
        )
        self._say(measured_line(review.measured))
        self._show_repeats(review)
        self._show_findings(review.candidate.warnings)
        for line in suspicion_lines(review.suspicions):
            self._say(f"  suspicious score: {line}")
        for event in review.sandbox_events:
            self._say(f"  sandbox, {event.trust}: {one_line(f'{event.what} {event.detail}', 120)}")
        self._say("  The test figures are sealed until the decision.")

    def _say(self, text: str) -> None:
        """Print plain text, wrapped at words."""
        self._console.print(text)

    def _show_code(self, text: str, language: str) -> None:
        clean = plain(text)
        if not self._console.is_terminal:
            print(clean)
            return
        from rich.syntax import Syntax

        self._console.print(Syntax(clean, language, theme="ansi_dark", word_wrap=True))

    def _show_repeats(self, review: Review) -> None:
        """Each repeat of the proposal beside that of the incumbent with the same seeds."""
        by_improver: dict[bool, dict[tuple[str, int], RepeatFinished]] = {True: {}, False: {}}
        for repeat in review.repeats:
            proposed = repeat.improver == review.measured.source
            by_improver[proposed][repeat.task, repeat.repeat] = repeat
        for (task, number), repeat in sorted(by_improver[True].items()):
            before = by_improver[False][task, number]
            failures = [one_line(r.failure, 100) for r in (repeat, before) if r.failure]
            note = f"  failed: {'; '.join(failures)}" if failures else ""
            figures = f"{figure(repeat.val)} against {figure(before.val)}"
            self._say(f"    {task} repeat {number}: {figures}{note}")

    def _show_findings(self, findings: tuple[Finding, ...]) -> None:
        for finding in findings:
            lines = ", ".join(map(str, finding.lines))
            what = one_line(f"{finding.label} (line {lines}) {finding.detail}", 160)
            self._say(f"  warning: {what}")

    def _candidate(self, review: Review, number: str) -> str | None:
        for candidate in review.candidates:
            if str(candidate.number) == number and candidate.source != review.measured.incumbent:
                return self._recorder.text(candidate.source)
        known = ", ".join(
            str(candidate.number)
            for candidate in review.candidates
            if candidate.source != review.measured.incumbent
        )
        print(f"There is no candidate {one_line(number, 20)} to choose; candidates: {known}.")
        return None

    async def _edit(self, source: str) -> str | None:
        """What `source` becomes in the user's editor; None when it is left as it is."""
        with tempfile.TemporaryDirectory(prefix="stop-tui-") as folder:
            path = Path(folder) / "improver.py"
            path.write_bytes(source.encode("utf-8", "surrogatepass"))
            try:
                command = [*editor_command(), str(path)]
                editing = await asyncio.create_subprocess_exec(*command)
                await editing.wait()
            except UsageError as error:
                print(f"{error.message} {error.hint}")
                return None
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                print(f"The editor {one_line(command[0], 100)} cannot be started: {error}.")
                return None
            # An editor with a window of its own may return at once, before anything is saved.
            await self._ask("press enter when the edited file is saved: ")
            edited = path.read_bytes().decode("utf-8", "replace")
        if text_hash(edited) == text_hash(source):
            print("Nothing was changed.")
            return None
        return edited

    async def _confirm(self, what: str) -> bool:
        return await self._ask(f"{what} Sure? (yes or no): ") == "yes"

    async def _ask(self, prompt: str) -> str:
        """One line from the terminal, without blocking what else goes on.

        What was typed before the question was asked does not answer it.
        """
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
        print(prompt, end="", flush=True)
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(sys.stdin, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(sys.stdin)
        line = sys.stdin.readline()
        if not line:
            raise DecisionLeft("The input ended before a decision; the run is paused.")
        return line.strip()


def _diff(review: Review) -> str:
    return "".join(
        difflib.unified_diff(
            plain(review.incumbent).splitlines(keepends=True),
            plain(review.source).splitlines(keepends=True),
            "incumbent",
            "proposal",
        )
    )


def _figure(estimate: Estimate) -> str:
    return f"{estimate.mean:.3f}"

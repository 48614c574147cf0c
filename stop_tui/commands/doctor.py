"""`stop-tui doctor`: is isolation full, is git there, does the model answer; and what to do."""

import argparse
import asyncio
import shutil
import subprocess
import tempfile
from pathlib import Path

import msgspec

from stop_tui.commands.output import print_json, print_table
from stop_tui.config import Config, load_config
from stop_tui.core.errors import StopError
from stop_tui.core.events import Budget
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import fold
from stop_tui.core.verdicts import Isolation
from stop_tui.engine.checks import check_branch, sound_lineage
from stop_tui.engine.meta_utility_text import meta_utility_text
from stop_tui.engine.task_checks import faults
from stop_tui.language_models.endpoint import EndpointModel
from stop_tui.language_models.protocol import Completion, LanguageModel, Request
from stop_tui.language_models.registry import open_model
from stop_tui.presentation.figures import counted
from stop_tui.sandbox import Pool
from stop_tui.scoring import load_tasks
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace, find_workspace


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: is it well, what was found, what to do about it."""

    what: str
    well: bool
    found: str
    remedy: str = ""


def main(options: argparse.Namespace) -> int:
    """Print the findings; exit code 1 when any of them is not well."""
    findings = [_isolation(), _git()]
    try:
        workspace = find_workspace(Path.cwd())
    except StopError as error:
        findings.append(Finding("workspace", False, error.message, error.hint or ""))
    else:
        findings.append(_workspace(workspace))
        findings += [*_tasks(workspace), _journal(workspace), _lineage(workspace)]
        findings += _models(workspace, options.model)
    if options.json:
        print_json({"findings": findings})
    else:
        rows = [(f.what, "well" if f.well else "NOT WELL", f.found, f.remedy) for f in findings]
        print_table(None, ("what", "state", "found", "what to do"), rows)
    return 0 if all(finding.well for finding in findings) else 1


def _isolation() -> Finding:
    async def test() -> tuple[Isolation, tuple[str, ...]]:
        with tempfile.TemporaryDirectory(prefix="stop-tui-") as folder:
            async with Pool(size=1, scratch=Path(folder), unsafe_no_isolation=True) as pool:
                return pool.isolation, pool.missing

    level, missing = asyncio.run(test())
    if level is Isolation.FULL:
        return Finding("isolation", True, "full: every escape of the self-test was stopped")
    return Finding(
        "isolation",
        False,
        f"{level.value}: {'; '.join(missing)}",
        "Linux 6.7 or newer on x86-64, outside of containers that forbid it; "
        "see `stop-tui docs isolation`",
    )


def _git() -> Finding:
    executable = shutil.which("git")
    if executable is None:
        return Finding("git", False, "not found", "install git")
    version = subprocess.run([executable, "--version"], capture_output=True, text=True, check=False)
    return Finding("git", version.returncode == 0, version.stdout.strip())


def _workspace(workspace: Workspace) -> Finding:
    try:
        workspace.prepare()
    except StopError as error:
        return Finding("workspace", False, error.message, error.hint or "")
    return Finding("workspace", True, str(workspace.root))


def _tasks(workspace: Workspace) -> list[Finding]:
    tasks = load_tasks(workspace.tasks)
    try:
        found = asyncio.run(faults(tasks, workspace.scratch))
    except StopError as error:
        return [Finding("tasks", False, f"not checked: {error.message}", error.hint or "")]
    broken = [
        Finding(f"task {name}", False, error.message, error.hint or "")
        for name, error in found.items()
    ]
    return [Finding("tasks", True, f"{len(tasks) - len(broken)} usable"), *broken]


def _journal(workspace: Workspace) -> Finding:
    if not workspace.journal.exists():
        if workspace.lineage.exists():
            return Finding(
                "journal",
                False,
                "gone, although the lineage has versions",
                "restore .stop/journal.db from a backup; the versions are in the lineage",
            )
        return Finding("journal", True, "none yet")
    try:
        with Journal.open(workspace.journal, create=False) as journal:
            journal.check()
            return Finding("journal", True, f"sound, {counted(len(journal.runs()), 'run')}")
    except StopError as error:
        return Finding("journal", False, error.message, error.hint or "")


def _lineage(workspace: Workspace) -> Finding:
    try:
        if workspace.journal.exists():
            with Journal.open(workspace.journal, create=False) as journal:
                lineage = sound_lineage(workspace, journal)
                for run in journal.runs():
                    check_branch(lineage, fold(event for _, event in journal.events(run)))
        elif not workspace.lineage.exists():
            return Finding("lineage", True, "none yet")
        Lineage.open(workspace.lineage, create=False).check()
    except StopError as error:
        return Finding("lineage", False, error.message, error.hint or "")
    return Finding("lineage", True, "sound")


def _models(workspace: Workspace, asked_for: str | None) -> list[Finding]:
    """The model `asked_for`, else that of new runs; each member of it where it is a mix."""
    try:
        config = load_config(workspace.config)
    except StopError as error:
        return [Finding("model of this workspace", False, error.message, error.hint or "")]
    name = asked_for or config.run.model
    mix = config.models[name].mix if name in config.models else {}
    return [_model(config, member) for member in mix or (name,)]


def _model(config: Config, name: str) -> Finding:
    """Ask it for one short answer: this is the only check that may cost money."""
    what = f"model {one_line(name, 40)}"
    try:
        model = open_model(name, config.models, config.prices)
        completion = asyncio.run(_asked(model))
    except StopError as error:
        return Finding(what, False, error.message, error.hint or "")
    if not isinstance(model, EndpointModel):
        note = " (recorded responses, no language model)" if model.offline else ""
        return Finding(what, True, f"answers as {completion.model}{note}")
    found = [f"answers as {completion.model} in {completion.seconds:.1f} s"]
    if completion.prompt_tokens is None or completion.completion_tokens is None:
        found.append("does not count tokens, so limits of tokens and money cannot be kept")
    found += [word for limits in model.learned().values() for word in limits.words()]
    found += [f"an answer was unusable: {why}" for why in completion.rejected]
    remedy = ""
    if completion.cost_usd is None and completion.prompt_tokens is not None:
        found.append("its price is unknown")
        remedy = f'for a known cost, put [prices."{model.asks_for}"] into .stop/config.toml'
    return Finding(what, True, "; ".join(found), remedy)


async def _asked(model: LanguageModel) -> Completion:
    if model.offline:
        question = meta_utility_text(("lpn",), 1, Budget())
        request = Request("", f"Write an improver.\n\n```python\n{question}```", 1, 0.7, seed=0)
    else:
        # Expertise, a temperature and two responses, so that what a run needs is tried out.
        request = Request("You answer in one word.", "Say that you are ready.", 2, 0.7, seed=0)
    try:
        return await model.complete(request)
    finally:
        await model.close()

"""The seed improver with a real model from a file (`make test-model`): what holds of any model.

How well it does is printed and not asserted: that is the model's affair. `GGUF` names the file.
"""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from stop_tui.commands.evaluate import with_interval
from stop_tui.core import events as ev
from stop_tui.core.state import Status, fold
from stop_tui.engine.checks import usable_tasks
from stop_tui.engine.evaluating import evaluate_improver
from stop_tui.engine.replaying import replay
from stop_tui.language_models.gguf import model as gguf_model
from stop_tui.language_models.registry import open_model
from stop_tui.workspace import Workspace
from tests.tiny import start

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[2]
NAME = f"gguf:{os.environ.get('GGUF', 'no-file-named.gguf')}"
SETTINGS = ev.Settings(
    name="real",
    tasks=("lpn",),
    iterations=1,
    repeats=2,
    model=NAME,
    budget=ev.Budget(lm_calls=1, responses_per_call=2, utility_calls=4),
)


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> Workspace:
    """A workspace with what comes with the program; answers are kept short, as time is."""
    monkeypatch.setattr(gguf_model, "LONGEST_ANSWER", 512)
    for name in ("improvers", "tasks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    workspace = Workspace(tmp_path.resolve())
    workspace.prepare()
    return workspace


def test_a_run_ends_and_everything_is_recorded_and_replayed(workspace) -> None:
    events = start(workspace, SETTINGS, model=open_model(NAME))
    state = fold(events)
    assert state.status is Status.FINISHED
    assert not [event for event in events if isinstance(event, ev.RunPaused)]
    calls = [event for event in events if isinstance(event, ev.ModelCalled)]
    assert calls
    assert any(call.responses for call in calls), "it never came to an end within an answer"
    assert all(call.prompt_tokens and call.completion_tokens for call in calls)
    assert all(call.responses or call.error for call in calls)
    assert state.spent.usd == 0.0
    print(
        f"\n{NAME}: {len(calls)} calls, {sum(not call.error for call in calls)} with an answer, "
        f"{state.spent.tokens:,} tokens, {sum(call.seconds for call in calls):.0f} s of the model"
    )
    again = asyncio.run(replay(workspace, "real"))
    assert again.difference is None, again


def test_the_seed_improver_can_be_measured(workspace) -> None:
    source = (workspace.improvers / "seed.py").read_text()
    tasks = usable_tasks(workspace, SETTINGS.tasks)
    measured = asyncio.run(
        evaluate_improver(workspace.scratch, SETTINGS, tasks, open_model(NAME), source)
    )
    assert len(measured.repeats) == SETTINGS.repeats
    assert all(0 <= repeat.val <= 1 and 0 <= repeat.test <= 1 for repeat in measured.repeats)
    print(f"\nseed improver on lpn, {SETTINGS.repeats} repeats")
    for repeat in measured.repeats:
        print(f"  repeat {repeat.repeat}: {repeat.failure or 'a solution came back'}")
    print(f"  validation {with_interval(measured.meta_utility)}")
    print(f"  test       {with_interval(measured.test_meta_utility)}")

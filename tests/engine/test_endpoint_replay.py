"""A run through all that servers do gives the same lineage again, with no server at all."""

import json
import re
from pathlib import Path

import pytest

from stop_tui.core import events as ev
from stop_tui.core.errors import ModelOutage
from stop_tui.core.state import Status, fold
from stop_tui.store.isolated_git import output
from stop_tui.workspace import Workspace
from tests.commands.terminal import stop_tui
from tests.language_models.endpoints import model_at
from tests.language_models.fault_server import (
    Behaviour,
    Exchange,
    FaultServer,
    answers,
    error,
    hangs_up,
    in_pieces,
    piece,
    says,
)
from tests.tiny import (
    MIDDLING_SOLUTION,
    RETURNS_SEED,
    SEED_SOLUTION,
    journalled,
    resume,
    start,
    tiny_settings,
    tiny_workspace,
)

ASKS = f"""\
def improve_algorithm(initial_solution, utility, language_model):
    ideas = language_model.prompt("expert", "improve", n_responses=3)
    if "improve_algorithm" in initial_solution:
        found = initial_solution + "# " + " ".join(ideas) + "\\n"
    else:
        try:
            found = {MIDDLING_SOLUTION!r} + "# " + language_model.prompt("", "impossible", 1)[0]
        except ValueError:
            found = {SEED_SOLUTION!r} + "# " + ideas[-1] + "\\n"
    utility(found)
    return found
"""

FAULTS = (
    error(429, "slow down", {"retry-after": "1"}),
    answers("only one, of three", choices=1),
    answers("half an answ", finish="length"),
    answers(""),
    in_pieces(piece("dropped in the mid"), then="drop"),
    error(500, "oops"),
    hangs_up,
    says(502, "<html>bad gateway</html>"),
    in_pieces("{no json"),
)


def faulty(outage_after: int | None) -> Behaviour:
    """Never the same answer twice, every second time a fault, one request refused for good; with
    `outage_after` so many requests, the key is no longer accepted."""
    asked = 0

    async def behave(exchange: Exchange) -> None:
        nonlocal asked
        asked += 1
        if outage_after is not None and asked > outage_after:
            await error(401, "expired")(exchange)
        elif exchange.body["messages"][-1]["content"] == "impossible":
            await error(400, "the prompt is too long")(exchange)
        elif asked % 2:
            await FAULTS[asked // 2 % len(FAULTS)](exchange)
        else:
            await answers(f"answer {asked}")(exchange)

    return behave


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A run that went through all of it, was paused by an outage, and was resumed."""
    workspace = tiny_workspace(tmp_path_factory.mktemp("recorded"), ASKS)
    with (
        FaultServer(faulty(outage_after=12)) as server,
        pytest.raises(ModelOutage, match="does not accept the key"),
    ):
        start(workspace, tiny_settings(iterations=2, model="fast"), model=model_at(server.url))
    assert fold(journalled(workspace, "tiny")).status is Status.PAUSED
    with FaultServer(faulty(outage_after=None)) as server:
        events = resume(workspace, model=model_at(server.url))
        assert len(server.requests) > 2 * len(FAULTS)  # each fault came at least once
    assert fold(events).status is Status.FINISHED
    made = [event for event in events if isinstance(event, ev.ModelCalled)]
    assert any(call.error and "too long" in call.error for call in made)
    assert any(call.responses for call in made)
    return workspace


def replayed(workspace: Workspace) -> dict[str, object]:
    """What `stop-tui replay` says."""
    done = stop_tui("replay", "tiny", "--json", cwd=workspace.root)
    assert done.returncode == 0, done.stdout + done.stderr
    said: dict[str, object] = json.loads(done.stdout)
    return said


@pytest.fixture(scope="module")
def said(recorded: Workspace) -> dict[str, object]:
    """What is said of a replay where it was recorded."""
    return replayed(recorded)


def test_the_lineage_is_the_same_with_no_server(
    recorded: Workspace, said: dict[str, object]
) -> None:
    made = [e for e in journalled(recorded, "tiny") if isinstance(e, ev.ModelCalled)]
    assert (said["same"], said["iterations"], said["versions"]) == (True, 2, 3)
    assert said["calls_served"] == said["calls_recorded"] == len(made)


def test_carried_to_another_machine_it_is_the_same_too(
    recorded: Workspace, said: dict[str, object], tmp_path: Path
) -> None:
    done = stop_tui("export", "tiny", str(tmp_path / "tiny.run"), cwd=recorded.root)
    assert done.returncode == 0, done.stderr
    elsewhere = tiny_workspace(tmp_path / "elsewhere", RETURNS_SEED)
    done = stop_tui("import", str(tmp_path / "tiny.run"), cwd=elsewhere.root)
    assert done.returncode == 0, done.stderr
    assert replayed(elsewhere) == said
    assert re.findall(rb"\w{40}", output(elsewhere.lineage, "for-each-ref", "refs/heads")) == (
        re.findall(rb"\w{40}", output(recorded.lineage, "for-each-ref", "refs/heads"))
    )

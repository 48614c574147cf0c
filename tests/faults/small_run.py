"""A run small enough to be killed two hundred times: three versions, one model call a program."""

from collections.abc import Sequence
from pathlib import Path

from stop_tui.core import events as ev
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace
from tests.tiny import (
    GOOD_SOLUTION,
    MIDDLING_SOLUTION,
    Scripted,
    finds,
    journalled,
    tiny_settings,
    tiny_workspace,
)

NAME = "tiny"
SETTINGS = tiny_settings(repeats=1, iterations=2)

ASKS = f"""\
def improve_algorithm(initial_solution, utility, language_model):
    answer = language_model.prompt("expert", "improve")
    if "improve_algorithm" in initial_solution:
        found = {finds(MIDDLING_SOLUTION, proposes=finds(GOOD_SOLUTION))!r} + f"# {{answer}}\\n"
    else:
        found = initial_solution
    utility(found)
    return found
"""


def model() -> Scripted:
    """Answers with the request's seed, so that another order of requests would be noticed."""
    return Scripted(lambda request: f"{request.seed}")


def small_workspace(folder: Path) -> Workspace:
    """A workspace from which the run of SETTINGS can start."""
    return tiny_workspace(folder, ASKS)


def lineage_of(workspace: Workspace) -> list[tuple[str, str]]:
    """Source and message of every version; a message has the scores, but not the time."""
    lineage = Lineage.open(workspace.lineage, create=False)
    return [(lineage.source(v.commit), v.message) for v in lineage.versions(NAME)]


def commits_of(workspace: Workspace) -> list[str]:
    """The commit ids of the run's versions, oldest first; none where there is no branch yet."""
    if not workspace.lineage.exists():
        return []
    lineage = Lineage.open(workspace.lineage, create=False)
    if NAME not in lineage.runs():
        return []
    return [version.commit for version in lineage.versions(NAME)]


def is_known(workspace: Workspace) -> bool:
    """Whether the journal has the run."""
    if not workspace.journal.exists():
        return False
    with Journal.open(workspace.journal, create=False) as journal:
        return NAME in journal.runs()


def events_of(workspace: Workspace) -> list[ev.AnyEvent]:
    """The events of the run; none where it is not known yet."""
    return journalled(workspace, NAME) if is_known(workspace) else []


def scores_of(events: Sequence[ev.AnyEvent]) -> list[tuple[object, ...]]:
    """What was measured, whatever the order in which it was."""
    found: list[tuple[object, ...]] = []
    for event in events:
        match event:
            case ev.SolutionScored():
                scores = [each.score for each in event.instances]
                found.append((event.source, event.task, event.split, event.phase, scores))
            case ev.ProposalMeasured():
                found.append((event.source, event.proposal_val, event.proposal_test))
    return sorted(found, key=repr)


def accepted_in(events: Sequence[ev.AnyEvent]) -> list[str]:
    """The sources that were accepted, whether they are committed already or not."""
    return [
        event.source
        for event in events
        if isinstance(event, ev.DecisionMade) and event.choice == "approve"
    ]

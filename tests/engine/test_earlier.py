"""What earlier runs spent is read from the journal, of those runs alone that say something."""

import pytest

from stop_tui.core.budgets import TELLING, likely_cost
from stop_tui.engine.earlier import spent_before
from stop_tui.store.journal import Journal
from stop_tui.workspace import Workspace
from tests.copies import copy_of
from tests.tiny import journalled, start, tiny_settings, tiny_workspace

ASKS = """\
def improve_algorithm(initial_solution, utility, language_model):
    language_model.prompt("expert", "improve", n_responses=3)
    return initial_solution + "# changed\\n"
"""


@pytest.fixture(scope="module")
def earlier(tmp_path_factory) -> Workspace:
    """A workspace with a run of two meta-iterations and one of one."""
    workspace = tiny_workspace(tmp_path_factory.mktemp("earlier") / "w", ASKS)
    start(workspace, tiny_settings(iterations=2, repeats=1))
    start(workspace, tiny_settings(name="other", repeats=1))
    return workspace


def test_a_new_run_is_expected_to_cost_what_the_last_ones_did(earlier):
    with Journal.open(earlier.journal) as journal:
        known = spent_before(journal, tiny_settings(repeats=1))
        assert [state.settings.name for state in known] == ["other", "tiny"]
        # Each meta-iteration: the outer call, and one each of proposal and incumbent.
        likely = likely_cost(tiny_settings(iterations=4, repeats=1), known)
        assert likely is not None
        assert (likely.responses, likely.seen) == (4 * 3 * 3, 3)
        assert spent_before(journal, tiny_settings(model="another")) == []


def test_only_the_latest_runs_are_looked_at(earlier, tmp_path):
    workspace = copy_of(earlier, tmp_path / "w")
    first = journalled(workspace, "tiny")[0]
    with Journal.open(workspace.journal) as journal:
        for number in range(TELLING):
            journal.create_run(f"copy-{number}", first)
        assert len(spent_before(journal, tiny_settings())) == TELLING


def test_a_run_that_cannot_be_read_is_passed_over(earlier, tmp_path):
    workspace = copy_of(earlier, tmp_path / "w")
    with Journal.open(workspace.journal) as journal:
        journal._connection.execute("DROP TRIGGER events_refuse_update")
        journal._connection.execute(
            "UPDATE events SET body = '{' WHERE run = 'other' AND kind = 'model-called'"
        )
        known = spent_before(journal, tiny_settings())
    assert [state.settings.name for state in known] == ["tiny"]

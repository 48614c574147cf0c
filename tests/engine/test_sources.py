"""What a name of an improver means, wherever one stands and whatever it is."""

import pytest

from stop_tui.core.errors import UsageError
from stop_tui.engine.sources import find_improver
from stop_tui.store.lineage import Lineage
from tests.tiny import RETURNS_SEED, tiny_workspace

OTHER = f"# another\n{RETURNS_SEED}"


def found(workspace, name):
    return find_improver(workspace, Lineage(workspace.lineage), name)


def test_a_name_in_improvers_is_not_hidden_by_a_file_of_the_current_folder(tmp_path, monkeypatch):
    workspace = tiny_workspace(tmp_path / "w", RETURNS_SEED)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seed").write_text(OTHER)
    assert found(workspace, "seed").source == RETURNS_SEED
    assert found(workspace, "./seed").source == OTHER


def test_a_name_that_no_file_can_have_is_told_like_any_unknown_one(tmp_path):
    workspace = tiny_workspace(tmp_path / "w", RETURNS_SEED)
    with pytest.raises(UsageError, match="is no file and no improver"):
        found(workspace, "a" * 300)

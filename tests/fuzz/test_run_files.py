"""A file of a run in which anything was changed is refused and leaves nothing, or is a run."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stop_tui.core.errors import StopError
from stop_tui.core.state import fold
from stop_tui.engine.carrying import export_run, import_run
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace
from tests.fuzz.mutations import changed_line
from tests.store.run_files import lines_of, packed
from tests.tiny import finds, tiny_workspace

_ANY = settings(suppress_health_check=list(HealthCheck))


def with_changes(exported: bytes, data: st.DataObject) -> bytes:
    """The file with a few lines changed, left out, doubled or swapped, and the checksum right."""
    lines = list(lines_of(exported))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.integers(0, 7)):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, lines[data.draw(st.integers(0, len(lines) - 1))])
            case 2:
                other = data.draw(st.integers(0, len(lines) - 1))
                lines[place], lines[other] = lines[other], lines[place]
            case _:
                lines[place] = changed_line(lines[place], data.draw)
    return packed(lines)


def taken_in_or_refused(folder, contents: bytes) -> None:
    workspace = tiny_workspace(folder / "w", finds("x = 1"))
    path = folder / "changed.run"
    path.write_bytes(contents)
    try:
        carried = import_run(workspace, path)
    except StopError as error:
        assert error.message
        assert "Traceback" not in error.message
        assert nothing_is_there(workspace)
        return
    name = carried.state.settings.name
    with Journal.open(workspace.journal) as journal:
        journal.check()
        fold(event for _, event in journal.events(name))
    assert len(Lineage.open(workspace.lineage).versions(name)) > 0
    export_run(workspace, name, folder / "again.run")
    header = json.loads(lines_of((folder / "again.run").read_bytes())[0])
    assert header["events"] == carried.events


def nothing_is_there(workspace: Workspace) -> bool:
    if workspace.journal.exists():
        with Journal.open(workspace.journal) as journal:
            if journal.runs():
                return False
    return not workspace.lineage.exists() or not Lineage.open(workspace.lineage).runs()


@settings(_ANY, max_examples=60)
@given(data=st.data())
def test_a_changed_file_is_refused_or_is_a_run(exported, tmp_path_factory, data):
    taken_in_or_refused(tmp_path_factory.mktemp("f"), with_changes(exported, data))


@pytest.mark.trust
@settings(_ANY, max_examples=600)
@given(data=st.data())
def test_changed_files_at_length(exported, tmp_path_factory, data):
    taken_in_or_refused(tmp_path_factory.mktemp("f"), with_changes(exported, data))

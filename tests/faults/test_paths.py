"""A workspace may be anywhere: nothing takes a part of its path for anything else."""

import pytest

from tests.commands.terminal import here
from tests.faults.machine import AUTO, RESUME, git, iterations, stop_tui, workspace_in

ODD = 'o d\'d "q" #%? ä€😀 -n $HOME;x *'


@pytest.mark.parametrize(
    "name",
    ["with spaces äöü", *(pytest.param(name, marks=pytest.mark.trust) for name in (ODD, "-rf"))],
    ids=["spaces", "odd", "option"],
)
def test_a_run_in_a_folder_of_any_name(tmp_path, name):
    workspace = workspace_in(tmp_path / name)
    done = stop_tui(workspace, *AUTO)
    assert done.returncode == 0, done.stderr
    assert "isolation: full" in done.stdout or "isolation: degraded" in done.stdout
    assert iterations(workspace) == [0, 1]
    assert here(*RESUME, cwd=workspace.root).returncode == 0
    assert stop_tui(workspace, "git", "log", "--oneline", "tiny").returncode == 0
    file = str(workspace.root / "ä b.run")
    assert here("export", "tiny", file, cwd=workspace.root).returncode == 0
    again = workspace_in(tmp_path / f"{name} 2")
    assert here("import", file, cwd=again.root).returncode == 0
    assert git(again, "rev-parse", "tiny") == git(workspace, "rev-parse", "tiny")

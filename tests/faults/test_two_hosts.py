"""Two hosts on one run: the second is told so, and changes nothing."""

from tests.commands.terminal import Terminal, here
from tests.faults.machine import RESUME, RUN, iterations, refused, workspace_in
from tests.tiny import journalled


def test_the_second_host_is_told_which_process_has_the_run_and_changes_nothing(tmp_path):
    workspace = workspace_in(tmp_path / "w")
    first = Terminal(*RUN, cwd=workspace.root)
    first.wait_for("decision (", 120)
    before = journalled(workspace, "tiny")
    for command in (RESUME, ("cancel", "tiny")):
        second = here(*command, cwd=workspace.root)
        refused(
            second,
            f"Run tiny is being worked on by another stop-tui, process {first.process.pid}",
            "Wait until it ends",
            code=2,
        )
    assert journalled(workspace, "tiny") == before
    another = here("run", "--name", "two", *RUN[3:], "--gate", "auto", cwd=workspace.root)
    assert another.returncode == 0, another.stderr  # another run of the workspace is nobody's
    first.type("pause")
    assert first.end() == 3
    assert iterations(workspace) == [0]
    assert iterations(workspace, "two") == [0, 1]

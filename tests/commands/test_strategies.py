"""`stop-tui strategies`: which strategies versions have, where they came and went."""

import json

import pytest

from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Score, Trailers
from tests.commands.terminal import here, stop_tui
from tests.tiny import RETURNS_SEED, tiny_workspace

HOSTILE = "\x1b]0;owned\x07[bold red]\u202eevil"
RUNS = {
    "otter": ["none found", "beam search", "beam search, caching", "caching"],
    "newt": ["caching", "bandit"],
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """otter with four versions, and newt that starts from its third."""
    found = tiny_workspace(tmp_path_factory.mktemp("strategies") / "w", RETURNS_SEED)
    lineage = Lineage.open(found.lineage)
    commits = {}
    for run, labels in RUNS.items():
        for number, written in enumerate(labels):
            parent = commits.get((run, number - 1)) if number else commits.get(("otter", 2))
            utility = 0.5 + number / 10
            trailers = Trailers(
                run=run,
                iteration=number,
                strategy=tuple(written.split(", ")),
                meta_utility=Score(utility) if number else None,
                meta_utility_incumbent=Score(utility - 0.05) if number else None,
                model="offline",
            )
            commits[run, number] = lineage.commit_version(
                f"# {run} {number}\n",
                trailers,
                parent=parent,
                at=1000 + 100 * (run == "newt") + number,
                author=("Ada", "ada@example.org"),
            )
    return found


def strategies(workspace, *arguments):
    done = here("strategies", *arguments, cwd=workspace.root)
    assert done.returncode == 0, done.stderr
    return done.stdout


def lines(text, *beginnings):
    """The lines that begin so, with single blanks."""
    flat = [" ".join(line.split()) for line in text.splitlines()]
    return [line for line in flat if line.startswith(beginnings)]


def test_the_table_says_where_strategies_came_and_went_and_what_changed(workspace):
    text = strategies(workspace, "otter")
    assert text.splitlines()[:2] == [
        "otter: 4 versions, from I0 to I3",
        "offline model (recorded responses, no language model)",
    ]
    assert text.splitlines()[3:7] == [
        "             I0  I1  I2  I3",
        "beam search  ·   ▆▆▆▆▆▆▆▆·",
        "caching      ·   ·   ▆▆▆▆▆▆▆▆",
        "             ▆ has it  · does not",
    ]
    assert lines(text, "beam search 2/4", "caching 2/4") == [
        "beam search 2/4 I1 +0.050 I3 +0.050",
        "caching 2/4 I2 +0.050 - -",
    ]
    assert lines(text, "I1", "I2", "I3") == [
        "I1 +0.050 - beam search -",
        "I2 +0.050 - caching -",
        "I3 +0.050 - - beam search",
    ]
    assert text.count("need not have caused it") == 1


def test_by_default_it_is_the_latest_run_with_the_versions_it_started_from(workspace):
    text = strategies(workspace)
    assert text.startswith("newt: 5 versions, from otter:I0 to I1\n")
    assert lines(text, "beam", "caching", "bandit")[3:] == [
        "beam search 2/5 otter:I1 +0.050 I0 start",
        "caching 2/5 otter:I2 +0.050 I1 +0.050",
        "bandit 1/5 I1 +0.050 - -",
    ]
    assert strategies(workspace, "newt") == text


@pytest.mark.parametrize(
    ("arguments", "runs"),
    [
        (("otter:I1",), ["otter"]),
        (("otter", "newt"), ["otter", "newt"]),
        (("newt", "newt:I1"), ["newt"]),
        (("--all",), ["otter", "newt"]),
    ],
    ids=["a version", "two runs", "one twice", "all"],
)
def test_versions_and_runs_can_be_named(workspace, arguments, runs):
    found = json.loads(strategies(workspace, *arguments, "--json"))
    assert [lineage["run"] for lineage in found["lineages"]] == runs


def test_json_has_every_version_and_every_spell(workspace):
    (found,) = json.loads(strategies(workspace, "otter", "--json"))["lineages"]
    assert [version["strategies"] for version in found["versions"]] == [
        [],
        ["beam search"],
        ["beam search", "caching"],
        ["caching"],
    ]
    assert found["versions"][0]["change"] is None
    beam, caching = found["strategies"]
    assert beam["versions"] == 2
    ((came, went),) = ((spell["came"], spell["went"]) for spell in beam["spells"])
    assert (came["version"], came["why"]) == ("otter:I1", "acceptance")
    assert came["change"]["mean"] == pytest.approx(0.05)
    assert went["version"] == "otter:I3"
    assert went["commit"] == found["versions"][3]["commit"]
    assert caching["spells"][0]["went"] is None


def test_what_someone_wrote_into_a_commit_is_inert(tmp_path):
    workspace = tiny_workspace(tmp_path / "w", RETURNS_SEED)
    lineage = Lineage.open(workspace.lineage)
    lineage.commit_version(
        "x\n",
        Trailers(run="otter", iteration=0, strategy=("caching", "STRATEGY"), model="MODEL"),
        parent=None,
        at=1000,
        author=("Ada", "ada@example.org"),
    )
    message = lineage.version("otter").message
    forged = message.replace("STRATEGY", HOSTILE).replace("MODEL", HOSTILE)
    forged = forged.replace("Run: otter", f"Run: {HOSTILE}")
    done = stop_tui("git", "commit-tree", "otter^{tree}", "-m", forged, cwd=workspace.root)
    assert done.returncode == 0, done.stderr
    stop_tui("git", "update-ref", "refs/heads/otter", done.stdout.strip(), cwd=workspace.root)
    text = strategies(workspace, "otter")
    assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text
    assert "[bold red]" in text
    json.loads(strategies(workspace, "otter", "--json"))


def test_where_there_is_no_strategy_or_no_version_it_says_so(tmp_path):
    workspace = tiny_workspace(tmp_path / "w", RETURNS_SEED)
    assert strategies(workspace).startswith("No version yet")
    assert json.loads(strategies(workspace, "--json")) == {"lineages": []}
    Lineage.open(workspace.lineage).commit_version(
        RETURNS_SEED,
        Trailers(run="otter", iteration=0),
        parent=None,
        at=1000,
        author=("Ada", "ada@example.org"),
    )
    assert "No strategy was found in any of these versions." in strategies(workspace)
    done = here("strategies", "weasel", cwd=workspace.root)
    assert done.returncode == 2
    assert "Nothing in the lineage is called 'weasel'" in done.stderr

"""`stop-tui report`: a run as one page to share."""

import re

import msgspec
import pytest

from stop_tui.core import events as ev
from stop_tui.core.plain_text import plain
from stop_tui.core.statistics import estimate
from stop_tui.store.journal import Journal
from stop_tui.store.run_lock import RunLock
from tests.commands.terminal import here
from tests.copies import copy_of
from tests.presentation.test_report_writing import Structure
from tests.tiny import GOOD_SOLUTION, RETURNS_SEED, UTILITY, finds, journalled, start, tiny_settings
from tests.tiny import tiny_workspace as workspace_with
from tests.tui.hostile_journal import NAME, HostileRun, Texts

OFFLINE = "Offline model: recorded responses, no language model"

BETTER = finds(GOOD_SOLUTION, note="better")

FAILS_OVER = """\
def improve_algorithm(initial_solution, utility, language_model):
    raise ValueError("nothing at {path}")
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A workspace with a run `tiny` in which a better improver was accepted."""
    found = workspace_with(
        tmp_path_factory.mktemp("reported") / "w",
        finds("def algorithm(x):\n    return x\n", proposes=BETTER),
    )
    start(found, tiny_settings())
    return found


@pytest.fixture
def of_its_own(workspace, tmp_path):
    """A copy of that workspace, to be changed."""
    return copy_of(workspace, tmp_path / "w")


def report(workspace, *arguments):
    done = here("report", *arguments, cwd=workspace.root)
    assert done.returncode == 0, done.stderr
    return done.stdout


def html_of(workspace, run, folder):
    report(workspace, run, "--html", str(folder / f"{run}.html"))
    return (folder / f"{run}.html").read_text()


def test_markdown_is_printed_and_html_is_written(workspace, tmp_path):
    printed = report(workspace, "tiny")
    assert printed.startswith("# tiny\n")
    said = report(workspace, "tiny", "--markdown", str(tmp_path / "a.md"))
    assert (tmp_path / "a.md").read_text() == printed
    assert "a.md" in said
    assert html_of(workspace, "tiny", tmp_path).startswith("<!doctype html>")


@pytest.mark.parametrize("option", ["--html", "--markdown"])
def test_a_file_that_is_there_is_left_alone(workspace, tmp_path, option):
    path = tmp_path / "mine"
    path.write_text("mine")
    done = here("report", "tiny", option, str(path), cwd=workspace.root)
    assert done.returncode == 2
    assert "exists already" in done.stderr
    assert path.read_text() == "mine"


def test_what_cannot_be_done_is_said(workspace, tmp_path):
    unknown = here("report", "nothing", cwd=workspace.root)
    assert unknown.returncode == 2
    assert "no run nothing" in unknown.stderr
    strange = here("report", "x" * 300, cwd=workspace.root)
    assert strange.returncode == 2
    nowhere = here("report", "tiny", "--html", f"{tmp_path}/no/a.html", cwd=workspace.root)
    assert nowhere.returncode == 1
    assert "cannot be written" in nowhere.stderr
    both = here("report", "tiny", "--html", "a", "--markdown", "b", cwd=workspace.root)
    assert both.returncode == 2
    assert not list(tmp_path.iterdir())


def test_every_part_says_what_the_journal_says(workspace, tmp_path):
    page = Structure(html_of(workspace, "tiny", tmp_path)).text
    events = journalled(workspace, "tiny")
    measured = next(e for e in events if isinstance(e, ev.ProposalMeasured))
    versions = [e for e in events if isinstance(e, ev.VersionCommitted)]
    decided = next(e for e in events if isinstance(e, ev.DecisionMade))
    assert len(versions) == 2
    for version in versions:
        assert f"commit {version.commit[:10]}" in page
    for told in (measured.proposal_val, measured.incumbent_test, measured.proposal_test):
        assert f"{told.mean:.3f}" in page
    assert decided.reason in page
    assert "What changed from I0" in page
    assert "# better" in page
    for title in ("Settings", "Meta-utility", "Strategies", "Decisions", "Suspicious", "Cost"):
        assert title in page
    assert "What programs attempted" in page


def test_the_offline_model_is_said_for_what_it_is_and_no_other(workspace, tmp_path):
    assert OFFLINE in html_of(workspace, "tiny", tmp_path)
    assert OFFLINE in report(workspace, "tiny")
    other = workspace_with(tmp_path / "other", RETURNS_SEED)
    start(other, tiny_settings(name="real", model="real", repeats=1))
    assert "ffline" not in html_of(other, "real", tmp_path)
    assert "ffline" not in report(other, "real")


def test_nothing_tells_of_the_machine(tmp_path):
    folder = tmp_path / "somebody" / "w"
    found = workspace_with(folder, FAILS_OVER.format(path=folder / "secret.txt"))
    start(found, tiny_settings(name="lost", repeats=1, model=f"gguf:{tmp_path}/models/small.gguf"))
    with Journal.open(found.journal) as journal:
        journal.append("lost", ev.RunPaused(reason=f"{folder}/.stop is full; so is /mnt/ann/disk"))
    for page in (html_of(found, "lost", tmp_path), report(found, "lost")):
        assert "nothing at" in page
        assert "is full" in page
        assert "small.gguf" in page
        for told in (str(tmp_path), "somebody", "/mnt/ann"):
            assert told not in page


def test_a_run_that_has_only_begun_has_a_report(of_its_own, tmp_path):
    found = of_its_own
    started = journalled(found, "tiny")[0]
    assert isinstance(started, ev.RunStarted)
    begun = msgspec.structs.replace(
        started, settings=msgspec.structs.replace(started.settings, name="begun")
    )
    with Journal.open(found.journal) as journal:
        journal.create_run("begun", begun)
    page = Structure(html_of(found, "begun", tmp_path)).text
    assert "This run is not complete" in page
    assert "No proposal has been measured yet" in page
    assert "Nothing has been decided yet" in page


class HarmlessRun(HostileRun):
    """The same run, in which nobody is hostile."""

    def evil(self, tag):
        return f"§{tag}"


HARMLESS_TEXTS = Texts(
    proposal="# §proposal\ndef improve_algorithm(a, b, c):\n    return a\n",
    other="# §other\ndef improve_algorithm(a, b, c):\n    return b\n",
    prompt="§prompt",
    response="§response",
    solution="# §solution\ndef algorithm(x):\n    return 2 * x\n",
    idea="§idea",
)


def test_a_hostile_run_has_the_page_of_a_harmless_one(tmp_path):
    pages = []
    for name, run in (("a", HostileRun()), ("b", HarmlessRun(texts=HARMLESS_TEXTS))):
        found = run.build(tmp_path / name)
        (tmp_path / f"{name}p").mkdir()
        pages.append(html_of(found, NAME, tmp_path / f"{name}p"))
        printed = report(found, NAME)
        assert plain(printed) == printed
    hostile, harmless = pages
    assert plain(hostile) == hostile
    # A hostile program has more lines, and only that may differ.
    assert _without_code(hostile) == _without_code(harmless)
    assert "§reason" in hostile


def _without_code(page):
    return Structure(re.sub(r'<pre class="code">.*?</pre>', "", page, flags=re.S)).elements


def test_sealed_figures_stay_sealed(tmp_path):
    """Before the decision, and where nobody looked, no page tells the test figures."""
    found = HarmlessRun(texts=HARMLESS_TEXTS).build(tmp_path / "w")
    seen = estimate([0.111, 0.111])
    events = []
    for event in journalled(found, NAME):
        if isinstance(event, ev.DecisionMade):
            break
        if isinstance(event, ev.RunStarted):
            named = msgspec.structs.replace(event.settings, name="undecided")
            event = msgspec.structs.replace(event, settings=named)
        if isinstance(event, ev.ProposalMeasured):
            event = msgspec.structs.replace(event, proposal_test=seen, incumbent_test=seen)
        events.append(event)
    told = [event for event in events if not isinstance(event, ev.TestRevealed)]
    with Journal.open(found.journal) as journal:
        journal.add_run("undecided", told, [])
        journal.add_run("looked", events, [])
    page = Structure(html_of(found, "undecided", tmp_path)).text
    assert "sealed" in page
    assert "0.111" not in page
    assert "0.111" not in report(found, "undecided")
    assert "0.111" in Structure(html_of(found, "looked", tmp_path)).text


def test_where_no_transfer_is_measured_it_says_what_measures_it(workspace, tmp_path):
    for told in (Structure(html_of(workspace, "tiny", tmp_path)).text, report(workspace, "tiny")):
        assert "Nothing is measured" in told
        assert "stop-tui transfer tiny" in told


def test_measured_transfer_is_on_the_page_and_nothing_is_measured_for_it(of_its_own, tmp_path):
    found = of_its_own
    done = here("transfer", "tiny", "--repeats", "2", cwd=found.root)
    assert done.returncode == 0, done.stderr
    (file,) = found.experiments.glob("*.db")
    with Journal.open(file) as journal:
        before = list(journal.events("measurements"))
    with RunLock(found.locks, file.stem):  # somebody is measuring right now
        told = report(found, "tiny")
        page = Structure(html_of(found, "tiny", tmp_path)).text
    with Journal.open(file) as journal:
        assert list(journal.events("measurements")) == before
    # All as the command says it: the version finds what is right, the seed improver nothing.
    row = "| double (trained on) | .500 | 1.000"
    assert row in told
    assert "Every program on double (trained on), 2 repeats" in page
    for program in ("seed solution", "seed improver", "sham", "I1"):
        assert f"| {program} | " in told
    assert "Nothing is measured" not in told
    assert "offline model (recorded responses, no language model) · seed 0" in told
    # A task that is another one now was not measured.
    (found.tasks / "double" / "utility.py").write_text(UTILITY + "# edited\n")
    assert "no repeat of every program is complete: I1" in report(found, "tiny")
    file.write_bytes(b"no journal at all" * 1000)
    assert "1 file of measurements cannot be read" in report(found, "tiny")

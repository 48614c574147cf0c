"""The report of a run of 20 versions: how long it takes, and how large the page is."""

import itertools
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.row import Row, median_command, median_seconds
from bench.workspaces import STOP_TUI
from stop_tui.core import events as ev
from stop_tui.core.analysis.strategies import strategies
from stop_tui.core.keys import text_hash
from stop_tui.core.statistics import chance_better, meta_utility, paired_difference
from stop_tui.engine.recorder import Recorder
from stop_tui.engine.versions import Versions
from stop_tui.language_models.offline.library import IMPROVER, shelf
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace, create_workspace

VERSIONS = 20
CANDIDATES = 12
REPEATS = 5
NAME = "twenty-versions"

Scores = dict[str, list[float]]


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        workspace = run_of_versions(Path(folder) / "workspace")
        pages = (Path(folder) / f"page{number}.html" for number in itertools.count())

        def write() -> None:  # each time a new file: one that is there is left alone
            command = [STOP_TUI, "report", NAME, "--html", str(next(pages))]
            subprocess.run(command, cwd=workspace.root, check=True, stdout=subprocess.DEVNULL)

        html = median_seconds(write, 3)
        size = (Path(folder) / "page0.html").stat().st_size
        markdown = median_command([STOP_TUI, "report", NAME], 3, cwd=str(workspace.root))
    detail = f"{VERSIONS} versions, {VERSIONS * CANDIDATES} candidates"
    return [
        Row("report: HTML of a run of 20 versions", html, 5, "s", detail),
        Row("report: Markdown of the same run", markdown, 5, "s"),
        Row("report: size of the HTML page", size / 1e6, 3, "MB"),
    ]


def run_of_versions(folder: Path) -> Workspace:
    """A workspace with a finished run in which every proposal was accepted.

    Its programs are the offline model's improvers, so that differences are as large as they get.
    """
    workspace = create_workspace(folder)
    source = (workspace.improvers / "seed.py").read_text()
    task = (workspace.tasks / "lpn" / "utility.py").read_text()
    settings = ev.Settings(name=NAME, iterations=VERSIONS, repeats=REPEATS, gate="auto")
    with Journal.open(workspace.journal) as journal:
        recorder = Recorder(journal, NAME)
        recorder.start(
            ev.RunStarted(
                settings=settings, source=text_hash(source), tasks={"lpn": text_hash(task)}
            ),
            [source, task],
        )
        versions = Versions(Lineage.open(workspace.lineage), recorder)
        versions.commit_start()
        for number in range(1, VERSIONS + 1):
            sources = _sources(number)
            events = _iteration(number, recorder.state.incumbent, sources)
            recorder.record(*events, texts=[*sources, f"The idea behind {number}. " * 20])
            versions.commit(recorder.state.iterations[number])
        recorder.record(ev.RunFinished())
    return workspace


def _sources(number: int) -> list[str]:
    """The candidates of a meta-iteration; the last one is the proposal."""
    codes = [recorded.code for recorded in shelf(IMPROVER).given()]
    return [
        f"# meta-iteration {number}, candidate {place}\n{codes[(number * 7 + place) % len(codes)]}"
        for place in range(CANDIDATES)
    ]


def _scores(value: float) -> Scores:
    return {"lpn": [value + 0.01 * repeat for repeat in range(REPEATS)]}


def _iteration(number: int, incumbent: str, sources: list[str]) -> Iterator[ev.AnyEvent]:
    yield ev.IterationStarted(iteration=number, incumbent=incumbent)
    idea = text_hash(f"The idea behind {number}. " * 20)
    for place, source in enumerate(sources, 1):
        key = text_hash(source)
        yield ev.CandidateProposed(
            iteration=number,
            candidate=place,
            source=key,
            strategies=strategies(source),
            idea=idea,
        )
        for repeat in range(REPEATS):
            yield _call(f"I{number}/selection/{key[:16]}/lpn/r{repeat}", sources[0], source)
        value = 0.5 + 0.01 * number + 0.001 * place
        yield ev.CandidateEvaluated(
            iteration=number, candidate=place, source=key, meta_utility=meta_utility(_scores(value))
        )
    proposal = text_hash(sources[-1])
    yield ev.ProposalReturned(iteration=number, source=proposal)
    ours, theirs = _scores(0.52 + 0.01 * number), _scores(0.51 + 0.01 * number)
    yield ev.ProposalMeasured(
        iteration=number,
        source=proposal,
        incumbent=incumbent,
        proposal_val=meta_utility(ours),
        incumbent_val=meta_utility(theirs),
        difference=paired_difference(ours, theirs),
        chance=chance_better(ours, theirs),
        proposal_test=meta_utility(_scores(0.5 + 0.01 * number)),
        incumbent_test=meta_utility(_scores(0.49 + 0.01 * number)),
    )
    yield ev.DecisionMade(
        iteration=number, choice="approve", source=proposal, by="auto", reason="measures no worse"
    )


def _call(program: str, prompt: str, response: str) -> ev.ModelCalled:
    return ev.ModelCalled(
        program=program,
        request=text_hash(program),
        occurrence=0,
        prompt=text_hash(prompt),
        responses=(text_hash(response),),
        model="offline",
        n=1,
        temperature=0.7,
        prompt_tokens=400,
        completion_tokens=300,
        cost_usd=0.0,
    )

"""Whatever a version says, it can be carried, and is the same commit in the other lineage."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from stop_tui.core.keys import text_hash
from stop_tui.store.carried_versions import linear, parts_of, read_versions, write_versions
from stop_tui.store.isolated_git import output
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Trailers

ANYTHING = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)


@dataclass
class Told:
    """What is said in a version."""

    source: str
    name: str
    email: str
    idea: str
    reason: str
    title: str


VERSIONS = st.builds(
    Told,
    source=st.text(st.characters(exclude_categories=()), max_size=50),
    name=ANYTHING,
    email=ANYTHING,
    idea=ANYTHING,
    reason=ANYTHING,
    title=ANYTHING,
)


@settings(max_examples=12)  # of several versions each: making lineages is what takes long
@given(st.lists(VERSIONS, min_size=2, max_size=6))
def test_any_version_is_the_same_commit_in_another_lineage(told: list[Told]) -> None:
    with TemporaryDirectory() as folder:
        here, there = (Lineage.open(Path(folder) / place) for place in ("here.git", "there.git"))
        parent = None
        for iteration, said in enumerate(told):
            parent = here.commit_version(
                said.source + "#" * iteration,
                Trailers(run="tiny", iteration=iteration, reason=said.reason, model=said.title),
                idea=said.idea,
                title=said.title or None,
                parent=parent,
                at=1000.7 + iteration,
                author=(said.name, said.email),
            )
        assert parent is not None
        carried = read_versions(here, parent)
        sources = {text_hash(text): text for _, text in carried}
        versions = [parts_of(record, text) for record, text in carried]
        assert linear(versions)
        write_versions(there, "tiny", versions, sources.__getitem__)
        assert output(there.path, "for-each-ref") == output(here.path, "for-each-ref")
        assert there.versions() == here.versions()
        assert there.latest_run() == "tiny"
        there.check()

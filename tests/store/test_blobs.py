"""Many objects of a lineage are read with few commands, whole and in order."""

from pathlib import Path

import pytest

from stop_tui.core.errors import LineageError
from stop_tui.store import blobs
from stop_tui.store.blobs import read_blobs, source_ids
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Trailers

SOURCES = ["x = 1\n", "", "no newline\n\nat the end: é", "x = 1\n"]


@pytest.fixture
def lineage(tmp_path: Path) -> Lineage:
    return Lineage.open(tmp_path / ".stop" / "lineage.git")


def versions(lineage: Lineage) -> list[str]:
    ids: list[str] = []
    for iteration, source in enumerate(SOURCES):
        ids.append(
            lineage.commit_version(
                source,
                Trailers(run="otter", iteration=iteration),
                parent=ids[-1] if ids else None,
                at=1000 + iteration,
                author=("Ada", "ada@example.org"),
            )
        )
    return ids


@pytest.mark.parametrize("at_once", [1, 2, 256])
def test_every_source_is_read_whole_and_equal_ones_once(
    lineage: Lineage, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(blobs, "_AT_ONCE", at_once)
    ids = source_ids(lineage.path, versions(lineage))
    assert ids[0] == ids[3] and len(set(ids)) == 3
    read = list(read_blobs(lineage.path, ids))
    assert [blob for blob, _ in read] == ids[:3]
    assert [data.decode() for _, data in read] == SOURCES[:3]


def test_what_is_missing_is_told(lineage: Lineage) -> None:
    versions(lineage)
    with pytest.raises(LineageError, match=r"improver\.py of 111111111111 is missing"):
        source_ids(lineage.path, ["1" * 40])
    with pytest.raises(LineageError, match="the object 1111"):
        list(read_blobs(lineage.path, ["1" * 40]))

"""A file of a run gives back what was put in, and no other file is taken for one."""

import contextlib
import gzip
import io
import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.core.named_texts import named_texts
from stop_tui.store import run_file
from stop_tui.store.run_file import CarriedVersion, RunFile, RunFileError, write_run
from tests.store.run_files import changed, lines_of, packed

EVENTS = (
    ev.RunStarted(at=1.5, settings=ev.Settings(name="tiny"), source="a", tasks={}),
    ev.RunPaused(at=2.5, reason="\x1b[31m it \u202e stands", cause="user"),
)
VERSIONS = (CarriedVersion("0" * 40, "tree …\n", "a"),)
HOSTILE = ("", "\x00\x1b]0;x\x07", "\ud800 alone", "line\nline\r\n", '"quoted"\\', "ä€😀" * 50)


def written(texts: tuple[str, ...] = HOSTILE, events: tuple[ev.AnyEvent, ...] = EVENTS) -> bytes:
    file = io.BytesIO()
    in_order = sorted(set(texts), key=text_hash)
    write_run(file, "tiny", events, VERSIONS, in_order, len(in_order))
    return file.getvalue()


def read(folder: Path, data: bytes) -> tuple[run_file.Contents, list[str]]:
    path = folder / "a.run"
    path.write_bytes(data)
    with RunFile(path) as file:
        contents = file.contents()
        return contents, list(file.texts(contents))


def refused(folder: Path, data: bytes, match: str = "Nothing|no sound file") -> None:
    with pytest.raises(RunFileError, match=match):
        read(folder, data)


def test_what_is_written_is_read_again(tmp_path):
    contents, texts = read(tmp_path, written())
    assert (contents.run, contents.events, contents.versions) == ("tiny", EVENTS, VERSIONS)
    assert set(texts) == set(HOSTILE)
    assert contents.texts == {text_hash(text) for text in HOSTILE}


@given(texts=st.sets(st.text(st.characters(exclude_categories=()))))
def test_any_text_is_read_again(tmp_path_factory, texts):
    _, found = read(tmp_path_factory.mktemp("f"), written(tuple(texts)))
    assert set(found) == texts


def test_the_same_run_always_gives_the_same_bytes():
    assert written() == written(HOSTILE[::-1])


def test_it_is_gzip_of_lines_of_json():
    header, *rest = gzip.decompress(written()).decode("utf-8").splitlines()
    assert json.loads(header) == {
        "format": "stop-tui-run",
        "version": 1,
        "run": "tiny",
        "events": 2,
        "versions": 1,
        "texts": 6,
    }
    assert [json.loads(line)["kind"] for line in rest[:2]] == ["run-started", "run-paused"]
    assert set(json.loads(rest[-1])) == {"sha256"}


@given(data=st.data())
def test_a_file_that_is_cut_off_is_refused(tmp_path_factory, data):
    whole = written()
    refused(tmp_path_factory.mktemp("f"), whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(data=st.data())
def test_flipped_bits_are_found_or_change_nothing(tmp_path_factory, data):
    whole = bytearray(written())
    for bit in data.draw(st.lists(st.integers(0, 8 * len(whole) - 1), min_size=1, max_size=8)):
        whole[bit // 8] ^= 1 << bit % 8
    try:
        contents, texts = read(tmp_path_factory.mktemp("f"), bytes(whole))
    except RunFileError:
        return
    assert (contents.events, contents.versions) == (EVENTS, VERSIONS)
    assert set(texts) == set(HOSTILE)


@given(data=st.binary())
def test_any_other_file_is_refused(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("f")
    refused(folder, data)
    refused(folder, gzip.compress(data))
    refused(folder, packed([data]))


@given(data=st.data())
def test_made_up_lines_with_a_right_checksum_are_refused_or_read(tmp_path_factory, data):
    """Whatever stands in a line, the answer is a RunFileError and never another exception."""

    def change(lines):
        place = data.draw(st.integers(0, len(lines) - 1))
        line = bytearray(lines[place])
        at = data.draw(st.integers(0, len(line)))
        line[at : at + data.draw(st.integers(0, 3))] = data.draw(
            st.binary(max_size=4) | st.sampled_from([b'"', b"\\ud800", b"9" * 30, b"[" * 2000])
        )
        lines[place] = bytes(line)

    with contextlib.suppress(RunFileError):
        read(tmp_path_factory.mktemp("f"), changed(written(), change))


def test_something_behind_the_end_is_refused(tmp_path):
    refused(tmp_path, written() + b"more", "behind its end")
    refused(tmp_path, written() + written(), "behind its end")


def test_a_wrong_checksum_is_refused(tmp_path):
    body = gzip.decompress(written()).replace(b"stands", b"stood.")
    refused(tmp_path, gzip.compress(body), "checksum")


def test_other_counts_than_it_says_are_refused(tmp_path):
    for number in (0, 1, 99):
        for field in ("events", "versions", "texts"):

            def change(lines, field=field, number=number):
                header = json.loads(lines[0])
                lines[0] = json.dumps({**header, field: number}).encode()
                return None if header[field] != number else lines[:-1]

            refused(tmp_path, changed(written(), change))


def test_a_text_twice_or_out_of_order_is_refused(tmp_path):
    refused(tmp_path, changed(written(), lambda lines: [*lines[:-1], lines[-2]]), "twice")
    refused(
        tmp_path,
        changed(written(), lambda lines: [*lines[:-2], lines[-1], lines[-2]]),
        "wrong place",
    )


def test_a_newer_version_of_the_format_is_told(tmp_path):
    newer = changed(
        written(), lambda lines: [b'{"format":"stop-tui-run","version":2,"new":[]}', *lines[1:]]
    )
    refused(tmp_path, newer, "version 2")


@pytest.mark.parametrize("at", ["1e300", "-1", "253402300800"])
def test_a_date_that_cannot_be_is_refused(tmp_path, at):
    def change(lines):
        lines[2] = lines[2].replace(b'"at":2.5', f'"at":{at}'.encode())

    refused(tmp_path, changed(written(), change), "number")


def test_numbers_that_nothing_can_count_with_are_refused(tmp_path):
    def change(lines):
        lines[1] = lines[1].replace(b'"repeats":5', b'"repeats":' + b"9" * 300)

    refused(tmp_path, changed(written(), change), "number")


def bomb(pieces: int, piece: bytes) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(piece) for _ in range(pieces)) + packer.flush()


def test_a_small_file_cannot_unpack_to_any_size(tmp_path, monkeypatch):
    monkeypatch.setattr(run_file, "LONGEST_LINE", 1 << 20)
    monkeypatch.setattr(run_file, "MOST_BYTES", 8 << 20)
    one_line = bomb(64, b"0" * (1 << 20))
    many_lines = bomb(64, b'""\n' * (1 << 18))
    assert max(len(one_line), len(many_lines)) < 1 << 18
    refused(tmp_path, one_line, "more than a run can be")
    refused(tmp_path, many_lines)
    header = b'{"format":"stop-tui-run","version":1,"run":"x","events":%d,"versions":0,"texts":0}\n'
    events = b'{"kind":"run-finished"}\n' * (1 << 15)
    refused(tmp_path, bomb(1, header % (1 << 20) + events * 32), "more than a run can be")
    monkeypatch.setattr(run_file, "MOST_EVENT_BYTES", 1 << 10)
    refused(tmp_path, bomb(1, header % (1 << 20) + events), "more events than a run can have")
    refused(tmp_path, bomb(1, header % (1 << 40)))


def test_what_is_too_large_to_be_read_is_not_written(monkeypatch):
    monkeypatch.setattr(run_file, "LONGEST_LINE", 1000)
    with pytest.raises(RunFileError, match="too large"):
        written(("x" * 1000,))


def test_a_file_that_changes_between_checking_and_reading_is_noticed(tmp_path):
    path = tmp_path / "a.run"
    path.write_bytes(written(("one", "two")))
    with RunFile(path) as file:
        contents = file.contents()
        path.write_bytes(written(("one", "six")))
        with pytest.raises(RunFileError, match="changed"):
            list(file.texts(contents))


def test_a_folder_or_nothing_is_no_file(tmp_path):
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(RunFileError, match="cannot be read"):
            RunFile(path)


def test_the_texts_that_an_event_names_are_those_of_its_fields():
    called = ev.ModelCalled(
        program="I1",
        request="f" * 64,
        occurrence=0,
        prompt="p",
        responses=("r", "s"),
        model="m",
        n=2,
        temperature=1.0,
        error="e" * 64,
    )
    assert sorted(named_texts(called)) == ["p", "r", "s"]
    assert sorted(named_texts(EVENTS[0])) == ["a"]
    assert lines_of(written())

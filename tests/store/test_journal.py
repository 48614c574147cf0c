"""The journal gives back what was recorded, in order, and loses and changes nothing."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stop_tui.core.errors import JournalError, UsageError
from stop_tui.core.events import (
    AnyEvent,
    DecisionMade,
    IterationFailed,
    ModelCalled,
    RunFinished,
    RunStarted,
    Settings,
)
from stop_tui.core.keys import text_hash
from stop_tui.store.journal import PAGE, Journal


def started(name: str) -> RunStarted:
    return RunStarted(at=1.0, settings=Settings(name=name), source=text_hash("seed"), tasks={})


def failed(iteration: int, reason: str = "it crashed") -> IterationFailed:
    return IterationFailed(at=2.0, iteration=iteration, reason=reason)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / ".stop" / "journal.db") as journal:
        journal.create_run("brave-otter", started("brave-otter"), ["seed"])
        yield journal


def recorded(journal: Journal, run: str = "brave-otter") -> list[AnyEvent]:
    return [event for _, event in journal.events(run)]


def test_events_come_back_as_recorded_numbered_from_one(journal: Journal) -> None:
    events = [failed(1), DecisionMade(iteration=1, choice="reject", source="s", by="me")]
    assert journal.append("brave-otter", *events) == 3
    assert list(journal.events("brave-otter")) == [
        (1, started("brave-otter")),
        (2, events[0]),
        (3, events[1]),
    ]
    assert list(journal.events("brave-otter", after=2)) == [(3, events[1])]
    assert list(journal.events("brave-otter", after=3)) == []


def test_events_survive_closing_and_more_of_them_than_a_page_stay_in_order(
    journal: Journal,
) -> None:
    many = [failed(number) for number in range(2 * PAGE + 1)]
    journal.append("brave-otter", *many)
    journal.close()
    with Journal.open(journal.path, create=False) as again:
        assert recorded(again)[1:] == many


def test_events_of_one_kind_are_found_among_all(journal: Journal) -> None:
    call = ModelCalled(
        program="I1", request="q", occurrence=0, prompt="p", responses=("r",), model="m", n=1,
        temperature=0.7,
    )  # fmt: skip
    journal.append("brave-otter", failed(1), call, failed(2))
    assert list(journal.events_of("brave-otter", ModelCalled)) == [(3, call)]
    assert list(journal.events_of("brave-otter", IterationFailed, after=2)) == [(4, failed(2))]


def test_reading_goes_on_while_more_is_recorded(journal: Journal) -> None:
    journal.append("brave-otter", failed(1))
    seen = []
    for seq, _ in journal.events("brave-otter"):
        seen.append(seq)
        if seq < PAGE + 2:
            journal.append("brave-otter", failed(seq))
    assert seen == list(range(1, len(seen) + 1))


def test_runs_are_listed_in_the_order_of_their_creation(journal: Journal) -> None:
    journal.create_run("able-newt", started("able-newt"))
    assert journal.runs() == ["brave-otter", "able-newt"]
    assert journal.latest() == "able-newt"


def test_an_empty_journal_has_no_latest_run(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "journal.db") as journal:
        assert journal.runs() == []
        assert journal.latest() is None


def test_a_name_that_is_taken_is_refused_and_nothing_of_it_is_kept(journal: Journal) -> None:
    with pytest.raises(UsageError, match="brave-otter in this workspace already"):
        journal.create_run("brave-otter", started("brave-otter"), ["another text"])
    assert len(recorded(journal)) == 1
    with pytest.raises(JournalError, match="is missing"):
        journal.text(text_hash("another text"))


def test_an_unknown_run_is_refused_with_what_there_is(journal: Journal) -> None:
    with pytest.raises(UsageError, match="no run sly-fox") as refusal:
        list(journal.events("sly-fox"))
    assert refusal.value.hint is not None
    assert "brave-otter" in refusal.value.hint
    with pytest.raises(UsageError, match="no run sly-fox"):
        journal.append("sly-fox", failed(1), texts=["kept?"])
    with pytest.raises(JournalError):
        journal.text(text_hash("kept?"))


@given(text=st.text(st.characters(codec=None)))
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    with Journal.open(tmp_path_factory.getbasetemp() / "any-text.db") as journal:
        if "r" not in journal.runs():
            journal.create_run("r", started("r"))
        journal.append("r", texts=[text])
        assert journal.text(text_hash(text)) == text


def test_large_and_strange_texts_are_kept_once(journal: Journal) -> None:
    texts = ["x" * 5_000_000, "a\0b", "\ud800\udfff", "", "\r\n"]
    journal.append("brave-otter", failed(1), texts=texts)
    journal.append("brave-otter", failed(2), texts=texts)
    assert journal.texts(map(text_hash, texts)) == {text_hash(text): text for text in texts}
    with sqlite3.connect(journal.path) as connection:
        assert connection.execute("SELECT count(*) FROM texts").fetchone() == (len(texts) + 1,)
    connection.close()


def test_more_texts_than_a_page_are_read_at_once(journal: Journal) -> None:
    texts = [str(number) for number in range(PAGE + 1)]
    journal.append("brave-otter", texts=texts)
    assert set(journal.texts(map(text_hash, texts)).values()) == set(texts)


def test_a_transaction_that_fails_leaves_nothing(journal: Journal) -> None:
    def breaking() -> Iterator[str]:
        yield "first"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        journal.append("brave-otter", failed(1), texts=breaking())
    assert len(recorded(journal)) == 1
    with pytest.raises(JournalError):
        journal.text(text_hash("first"))
    journal.append("brave-otter", failed(1))


@pytest.mark.parametrize(
    "unreadable",
    [failed(1, "\ud800"), IterationFailed(at=float("nan"), iteration=1, reason="")],
)
def test_an_event_that_would_not_read_back_is_not_recorded(
    journal: Journal, unreadable: AnyEvent
) -> None:
    with pytest.raises(JournalError, match=r"iteration-failed.* cannot be recorded"):
        journal.append("brave-otter", failed(1), unreadable)
    assert recorded(journal) == [started("brave-otter")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET body = '{}'",
        "DELETE FROM events",
        "DELETE FROM texts",
        "UPDATE texts SET body = x'00'",
        "DELETE FROM runs",
        "UPDATE runs SET name = 'other'",
        "INSERT OR REPLACE INTO runs (name, created) VALUES ('brave-otter', 0)",
        "INSERT OR REPLACE INTO events VALUES ('brave-otter', 1, 0, 'k', '{}')",
        "INSERT INTO events VALUES ('brave-otter', 3, 0, 'k', '{}')",
    ],
)
def test_the_file_itself_refuses_to_be_changed(journal: Journal, statement: str) -> None:
    connection = sqlite3.connect(journal.path)
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|without gaps"):
        connection.execute(statement)
    connection.close()
    assert recorded(journal) == [started("brave-otter")]


def test_replacing_a_text_changes_nothing(journal: Journal) -> None:
    connection = sqlite3.connect(journal.path)
    with connection:
        connection.execute("INSERT OR REPLACE INTO texts VALUES (?, x'00')", (text_hash("seed"),))
    connection.close()
    assert journal.text(text_hash("seed")) == "seed"


WRITER = """
import sys
from pathlib import Path
from stop_tui.core.events import IterationFailed, RunFinished, RunStarted, Settings
from stop_tui.store.journal import Journal

path, run, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
journal = Journal.open(path)
journal.create_run(run, RunStarted(settings=Settings(name=run), source="s", tasks={}))
for number in range(2, count + 1):
    journal.append(run, IterationFailed(iteration=number, reason=run), texts=[f"{run} {number}"])
    print(number, flush=True)
"""


def writer(path: Path, run: str, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(path), run, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_that_record_different_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / ".stop" / "journal.db"  # none of them finds it there
    writers = [writer(path, f"run-{number}", 100) for number in range(3)]
    for process in writers:
        process.communicate()
        assert process.returncode == 0
    with Journal.open(path, create=False) as journal:
        journal.check()
        assert sorted(journal.runs()) == ["run-0", "run-1", "run-2"]
        for run in journal.runs():
            assert len(recorded(journal, run)) == 100
            assert journal.text(text_hash(f"{run} 100"))


def test_what_was_recorded_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    process = writer(path, "killed", 1_000_000)
    assert process.stdout is not None
    last = 0
    while last < 50:
        last = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    last = max([last, *(int(line) for line in process.communicate()[0].splitlines())])
    with Journal.open(path, create=False) as journal:
        journal.check()
        events = recorded(journal, "killed")
        assert len(events) in (last, last + 1)
        journal.append("killed", RunFinished())
        assert recorded(journal, "killed") == [*events, RunFinished()]

"""The crash report and the log: what happened, and no secret."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from stop_tui.tui.terminal.crash import open_log, redact, report, tell_crash, write_report

KEY = "sk-proj-abcdefghijklmnop0123456789"


@pytest.fixture
def own_log() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in root.handlers[:]:
        if handler not in before:
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)


def _broken() -> BaseException:
    local_value = "a value of a local variable"
    try:
        raise ValueError(f"asked with {KEY} {len(local_value)}")
    except ValueError as error:
        return error


def test_a_report_names_error_place_and_versions_but_no_key_and_no_local_value() -> None:
    text = report(_broken())
    assert "ValueError" in text
    assert "test_crash_report.py" in text
    assert "textual 8." in text
    assert KEY not in text
    assert "a value of a local variable" not in text.replace('"a value of a local variable"', "")


def test_a_report_leaves_out_the_home_folder() -> None:
    assert str(Path.home()) not in report(_broken())


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "MY_TOKEN", "DB_PASSWORD", "aws_secret"])
def test_values_of_secret_looking_variables_are_redacted(name: str) -> None:
    assert redact("x hunter2222 y", {name: "hunter2222"}) == "x [redacted] y"


def test_short_and_ordinary_values_stay() -> None:
    assert redact("abc en_US", {"API_KEY": "abc", "LANG": "en_US"}) == "abc en_US"


def test_a_report_that_cannot_be_written_is_no_second_crash(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert write_report(blocked, _broken()) is None


def test_the_user_is_told_where_the_report_is_and_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = _broken()
    written = write_report(tmp_path / "logs", error)
    tell_crash(error, written, ["brave-otter"])
    told = capsys.readouterr().err
    assert written is not None and str(written) in told
    assert "stop-tui run --resume brave-otter" in told
    assert KEY not in told
    assert "Traceback" not in told


@pytest.mark.usefixtures("own_log")
def test_the_log_keeps_events_and_hides_keys(tmp_path: Path) -> None:
    path = open_log(tmp_path / "logs")
    assert path is not None
    logging.getLogger("stop_tui.test").error("failed with %s", KEY)
    text = path.read_text()
    assert "stop_tui.test: failed with [redacted]" in text
    assert KEY not in text


@pytest.mark.usefixtures("own_log")
def test_a_folder_that_cannot_be_written_means_no_log(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert open_log(blocked) is None

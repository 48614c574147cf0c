"""The user's editor is the one they named, and where they named none, one that is there."""

from pathlib import Path

import pytest

from stop_tui.core.errors import UsageError
from stop_tui.presentation.editor import editor_command


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the PATH; the user has named no editor."""
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install(folder: Path, name: str) -> None:
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)


def test_visual_goes_before_editor_and_both_may_have_options(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EDITOR", "ed")
    assert editor_command() == ["ed"]
    monkeypatch.setenv("VISUAL", "code --wait 'a b'")
    assert editor_command() == ["code", "--wait", "a b"]


def test_an_empty_name_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "  ")
    monkeypatch.setenv("EDITOR", "ed")
    assert editor_command() == ["ed"]


def test_without_a_name_it_is_the_first_that_is_there(folder: Path) -> None:
    install(folder, "nano")
    assert editor_command() == ["nano"]
    install(folder, "vi")
    assert editor_command() == ["vi"]


def test_where_there_is_none_the_user_is_told() -> None:
    with pytest.raises(UsageError, match="no editor") as refusal:
        editor_command()
    assert "EDITOR" in (refusal.value.hint or "")


def test_a_name_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "vi '\x1b")
    with pytest.raises(UsageError, match="EDITOR cannot be read") as refusal:
        editor_command()
    assert "\x1b" not in refusal.value.message

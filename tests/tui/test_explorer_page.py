"""The page about the explorer has every action with its keys, and no others."""

import re
from pathlib import Path

import pytest

from stop_tui.config import ScreenSettings, load_config
from stop_tui.core.errors import UsageError
from stop_tui.tui.keys.actions import SCOPES
from stop_tui.tui.keys.keymap import read_keymap, shown_keys
from stop_tui.workspace import CONFIG

PAGE = (Path(__file__).parents[2] / "docs" / "explorer.md").read_text()


def listed(scope: str) -> str:
    """What the page says of the keys of `scope`, on one line."""
    found = re.search(rf"^- [^\n]*`{scope}\.`: (.*?)(?=\n- |\n\n)", PAGE, re.MULTILINE | re.DOTALL)
    return " ".join(found[1].split()) if found else ""


@pytest.mark.parametrize("scope", SCOPES)
def test_the_page_lists_the_actions_of_every_place_with_their_keys(scope: str) -> None:
    entries = []
    for action in SCOPES[scope]:
        keys = shown_keys(action, {}).replace("⏎", "enter").split(" or ")
        entries.append(f"{action.id.partition('.')[2]} {' '.join(f'`{key}`' for key in keys)}")
    assert listed(scope) == "; ".join(entries) + "."


def test_the_settings_that_a_new_workspace_shows_are_ones_that_work(tmp_path: Path) -> None:
    commented = [line.removeprefix("# ") for line in CONFIG.splitlines()[3:]]
    (tmp_path / "config.toml").write_text("\n".join(commented))
    config = load_config(tmp_path / "config.toml", {})
    assert config.screen == ScreenSettings(theme="dark", git_tool="lazygit")
    assert read_keymap(config.keys) == {"run.step": "n"}


def test_the_settings_on_the_page_are_ones_that_work(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "config.toml").write_text(block)
    config = load_config(tmp_path / "config.toml", {})
    assert config.screen.git_tool == "lazygit"
    assert read_keymap(config.keys)["list.up"] == "up,k"


def test_a_theme_that_is_not_on_the_page_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[screen]\ntheme = "solarized"\n')
    with pytest.raises(UsageError):
        load_config(tmp_path / "config.toml", {})

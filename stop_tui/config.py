"""Typed settings of a workspace: `.stop/config.toml`, below environment, below options."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from stop_tui.core.errors import UsageError
from stop_tui.core.events import Budget, Gate, Limits
from stop_tui.core.model_profile import Price, Profile, check_models
from stop_tui.core.plain_text import one_line

T = TypeVar("T")

PREFIX = "STOP_TUI_"


class RunDefaults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a new run takes where no option says otherwise; None leaves it to the program."""

    tasks: tuple[str, ...] = ("lpn",)
    iterations: int = 6
    repeats: int = 5
    model: str = "offline"
    gate: Gate | None = None
    seed: int = 0
    concurrency: int = 8


class ScreenSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the explorer looks, and the tools it hands over to. `git_tool` is a command line that is
    started in the lineage repository, such as ``lazygit`` or ``git log --graph --all``."""

    theme: Literal["dark", "light", "ansi", "ansi-light"] = "dark"
    git_tool: str = ""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `.stop/config.toml`."""

    run: RunDefaults = RunDefaults()
    budget: Budget = Budget()
    limits: Limits = Limits()
    screen: ScreenSettings = ScreenSettings()
    keys: dict[str, str] = {}
    models: dict[str, Profile] = {}
    prices: dict[str, Price] = {}

    def __post_init__(self) -> None:
        check_models(self.models)


def load_config(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """The settings in `path` (none when it is missing), overlaid with `STOP_TUI_...` variables.

    Raises UsageError that names the file and the setting for anything that cannot be meant.
    """
    data: dict[str, Any] = {}
    if path.exists():
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise UsageError(f"{path} cannot be read: {error}.") from None
    models = data.get("models")
    for name, table in models.items() if isinstance(models, dict) else ():
        # First each by itself, so that an error says which it is.
        _convert(table, Profile, f"[models.{one_line(name, 40)}] of {path}")
    config = _convert(data, Config, str(path))
    overlay = {
        name: environment[PREFIX + name.upper()]
        for name in RunDefaults.__struct_fields__
        if environment.get(PREFIX + name.upper())
    }
    if not overlay:
        return config
    merged: dict[str, Any] = msgspec.to_builtins(config.run) | overlay
    if "tasks" in overlay:
        merged["tasks"] = overlay["tasks"].replace(",", " ").split()
    run = _convert(merged, RunDefaults, f"the environment ({PREFIX}...)")
    return msgspec.structs.replace(config, run=run)


def _convert(data: object, kind: type[T], where: str) -> T:
    try:
        return msgspec.convert(data, kind, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"A setting in {where} is wrong: {error}.", hint="See `stop-tui docs configuration`."
        ) from None

"""A new run while it is being typed: texts become settings, or words on what is wrong with them.

Pure but for the checks of the engine, which it hands each value to. It knows no widgets.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

import msgspec

from stop_tui.config import Config
from stop_tui.core import events as ev
from stop_tui.core.budgets import cost_bound, likely_cost
from stop_tui.core.errors import UsageError
from stop_tui.core.state import State
from stop_tui.presentation.figures import counted, money
from stop_tui.presentation.lines import likely_cost_words

Part = Literal["settings", "budget", "limits"]


class Field(NamedTuple):
    """Something to type. `part` and `name` say where in the settings it belongs."""

    part: Part
    name: str
    label: str
    help: str
    read: Callable[[str], object]

    @property
    def id(self) -> str:
        """Its name among all fields."""
        return self.name if self.part == "settings" else f"{self.part}-{self.name}"


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UsageError("A whole number is needed here, such as 5.") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError("A number is needed here, such as 2.5.") from None


_NO_LIMIT = "empty: no limit"

NAME = Field("settings", "name", "Name", "made up; change it as you like", str)
START = Field(
    "settings", "start", "Starts from", "an improver, a file, or a version such as RUN:I3", str
)
LENGTH = (
    Field("settings", "iterations", "Iterations", "meta-iterations", _whole),
    Field("settings", "repeats", "Repeats", "of every program on every task", _whole),
    Field("settings", "seed", "Seed", "the same seed gives the same run again", _whole),
)
BUDGET = (
    Field("budget", "lm_calls", "LM calls", "of the language model", _whole),
    Field("budget", "responses_per_call", "Responses", "in each of these calls", _whole),
    Field("budget", "utility_calls", "Utility calls", "scores it may ask for", _whole),
)
LIMITS = (
    Field("limits", "lm_calls", "LM calls", _NO_LIMIT, _whole),
    Field("limits", "tokens", "Tokens", _NO_LIMIT, _whole),
    Field("limits", "usd", "US dollars", _NO_LIMIT, _number),
    Field(
        "limits", "seconds", "Seconds", f"{_NO_LIMIT}; your time to decide is not counted", _number
    ),
)
FIELDS = (NAME, START, *LENGTH, *BUDGET, *LIMITS)


@dataclass(slots=True)
class Draft:
    """What is typed and chosen so far; `texts` is by the id of the field."""

    texts: dict[str, str]
    tasks: tuple[str, ...]
    model: str
    gate: ev.Gate
    execute_gate: bool = False


def first_draft(config: Config, *, name: str, start: str) -> Draft:
    """The draft that a form begins with: the defaults of the workspace."""
    run = config.run
    known: dict[Part, msgspec.Struct] = {"budget": config.budget, "limits": config.limits}
    own = {"name": name, "start": start}
    texts = {}
    for field in FIELDS:
        holder = known.get(field.part, run)
        value = own[field.name] if field.name in own else getattr(holder, field.name)
        texts[field.id] = (
            "" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)
        )
    return Draft(texts, run.tasks, run.model, run.gate or "human")


def read_draft(
    draft: Draft, config: Config, taken: Collection[str]
) -> tuple[ev.Settings | None, dict[str, str]]:
    """The settings that `draft` means, and by the id of the field what is wrong; there are no
    settings while anything is. `taken` are names of runs that there are already."""
    from stop_tui.engine.checks import check_settings  # the engine is loaded behind the form

    settings = ev.Settings(
        name="run",
        tasks=("task",),
        model=draft.model,
        gate=draft.gate,
        execute_gate=draft.execute_gate,
        concurrency=config.run.concurrency,
    )
    problems: dict[str, str] = {}
    for field in FIELDS:
        try:
            changed = _with(settings, field, draft.texts[field.id].strip())
            check_settings(changed)
        except UsageError as error:
            problems[field.id] = error.message.removeprefix("--")
        else:
            settings = changed
    if draft.texts["name"].strip() in taken:
        problems["name"] = "There is a run of this name already."
    try:
        settings = msgspec.structs.replace(settings, tasks=draft.tasks)
        check_settings(settings)
    except UsageError as error:
        problems["tasks"] = error.message
    return (None if problems else settings), problems


def _with(settings: ev.Settings, field: Field, text: str) -> ev.Settings:
    """`settings` with what was typed into `field`."""
    value = None if field.part == "limits" and not text else field.read(text)
    if field.part == "settings":
        return msgspec.structs.replace(settings, **{field.name: value})
    part = cast("msgspec.Struct", getattr(settings, field.part))
    changed = msgspec.structs.replace(part, **{field.name: value})
    return msgspec.structs.replace(settings, **{field.part: changed})


def cost_words(settings: ev.Settings, earlier: Sequence[State]) -> list[str]:
    """What a run with `settings` may cost: at most, probably, and in money."""
    bound = cost_bound(settings)
    iterations = counted(settings.iterations, "meta-iteration")
    lines = [
        f"At most {counted(bound.responses, 'response')}: {iterations} of up to "
        f"{bound.responses_per_iteration:,}."
    ]
    likely = likely_cost(settings, earlier)
    if likely is not None:
        words = likely_cost_words(likely)
        lines.append(f"{words[:1].upper()}{words[1:]}.")
    if settings.model == "offline":
        lines.append("The offline model costs nothing.")
    elif likely is None or likely.usd is None:
        lines.append("What it costs in money is unknown: no run tells that could be compared.")
    elif likely.usd_at_most is not None:
        lines.append(f"At most {money(likely.usd_at_most)}, at what a response has cost so far.")
    return lines

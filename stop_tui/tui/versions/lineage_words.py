"""What the lineage screen says of versions: cells of the list, lines of the message, words.

Pure. A commit can have been changed by anyone, so whatever is read from one is made plain here.
"""

import time
from collections.abc import Iterator

from textual.content import Content

from stop_tui.core.plain_text import one_line, plain
from stop_tui.presentation.figures import counted, short
from stop_tui.presentation.lines import model_label
from stop_tui.store.trailers import UNKNOWN, Score
from stop_tui.store.versions import Version
from stop_tui.tui.versions.lineage_graph import VERSION, GraphRow
from stop_tui.tui.versions.lineage_view import LineageView
from stop_tui.tui.widgets.text.wrapping import wrapped

MARKED = "»"
NOTED = "✎"
COLOURS = (
    "$primary",
    "$text-success",
    "$text-warning",
    "$secondary",
    "$text-error",
    "$text-accent",
)
"""Runs take turns; the lines of the graph say the same."""

_NAME_WIDTH = 22


def rev(version: Version) -> str:
    """The version's name, as every command takes it: ``brave-otter:I3``."""
    return one_line(f"{version.run}:I{version.iteration}", 80)


def cells(view: LineageView, version: Version, *, marked: bool) -> tuple[Content | str, ...]:
    """Mark, graph and name, meta-utility, test, strategy, decision, commit, note."""
    noted = version.commit in view.notes
    strategy, decision = version.written("Strategy"), version.written("Decision")
    return (
        Content.styled(MARKED, "bold $text-accent") if marked else "",
        Content.assemble(*drawn(view.rows[version.commit], view), f"  {rev(version)}"),
        score_words(version.written("Meta-Utility")),
        score_words(version.written("Test-Meta-Utility")).partition(" ")[0],
        "-" if strategy == UNKNOWN else strategy,
        "-" if decision == UNKNOWN else decision,
        Content.styled(version.commit[:8], "$text-muted"),
        Content.styled(NOTED, "$text-accent") if noted else "",
    )


def list_text(view: LineageView) -> str:
    """The list as it is copied and saved: graph, commit id, name, subject, note."""
    lines = []
    for commit, version in view.versions.items():
        note = view.notes.get(commit)
        noted = "" if note is None else f"  {NOTED} {one_line(note, 400)}"
        graph = view.rows[commit].glyphs.ljust(view.width)
        lines.append(f"{graph}  {commit}  {rev(version)}  {version.subject}{noted}\n")
    return plain("".join(lines))


def drawn(row: GraphRow, view: LineageView) -> list[tuple[str, str]]:
    """A row of the graph in styled parts, as wide as all others, each run in its colour."""
    parts = []
    for glyph, run in zip(row.glyphs, row.runs, strict=True):
        place = view.runs.get(run)
        style = "$text-muted" if place is None else COLOURS[place % len(COLOURS)]
        parts.append((glyph, f"bold {style}" if glyph == VERSION else style))
    parts.append((" " * (view.width - len(row.glyphs)), ""))
    return parts


def score_words(written: str) -> str:
    """A meta-utility as its trailer has it, shorter: ``.957 ±.010``."""
    if written == UNKNOWN:
        return "-"
    try:
        score = Score.parse(written)
    except ValueError:
        return one_line(written, 20)
    error = score.standard_error
    return short(score.mean) + ("" if error is None else f" ±{short(error)}")


def title(view: LineageView) -> str:
    """How much there is."""
    return f"{counted(len(view.versions), 'version')} of {counted(len(view.runs), 'run')}"


def models_words(models: frozenset[str]) -> str:
    """Which models the versions are of; that the offline model is among them is always said."""
    others = sorted(models - {"offline", UNKNOWN})
    words = [one_line(others[0], 24) if len(others) == 1 else f"{len(others)} models"]
    if "offline" in models:
        words = [*words[: len(others)], "offline model"]
    return " and ".join(words) if others or "offline" in models else ""


def message_lines(version: Version, note: str, parent: Version | None, width: int) -> list[Content]:
    """Commit, subject, note, idea and all trailers of a version, in lines of `width` columns."""
    above, _, block = version.message.rstrip("\n").rpartition("\n\n")
    subject, _, idea = above.partition("\n\n")
    lines = [[Content.styled(f"commit {version.commit}", "$text-muted")]]
    lines.append([line.stylize("bold") for line in _indented("", one_line(subject, 400), width)])
    lines.append([Content("")])
    if note:
        lines.append([Content.styled(f"{NOTED} Note", "bold $text-accent")])
        lines += [_indented("  ", line, width) for line in plain(note).split("\n")]
        lines.append([Content("")])
    if idea:
        lines += [_indented("", line, width) for line in plain(idea).split("\n")]
    else:
        lines.append([Content.styled("No idea was recorded.", "$text-muted")])
    lines.append([Content("")])
    for name, value in (*_facts(version, parent), *_trailers(block)):
        named = f"{one_line(name, _NAME_WIDTH):<{_NAME_WIDTH}} "
        lines.append(_indented(named, one_line(value, 600), width))
    return [line for folded in lines for line in folded]


def _facts(version: Version, parent: Version | None) -> Iterator[tuple[str, str]]:
    if version.parent is not None:
        name = "" if parent is None else f" ({rev(parent)})"
        yield "parent", f"{version.parent[:12]}{name}"
    else:
        yield "parent", "none: the lineage of this run begins here"
    yield "at", time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(version.at))


def _trailers(block: str) -> Iterator[tuple[str, str]]:
    """The trailers as they are written; a line that is none stands for itself."""
    for line in block.split("\n"):
        key, colon, value = line.partition(": ")
        if not colon:
            yield "", line
        elif key == "Model" and value == "offline":
            yield key, model_label(value)
        else:
            yield key, value


def _indented(head: str, text: str, width: int) -> list[Content]:
    """`text`, already plain, after `head` and wrapped beside it."""
    room = max(width - len(head), 20)
    pieces = [text[start:end].rstrip() for start, end in wrapped(text, room)]
    return [
        Content.assemble((head if not number else " " * len(head), "$text-muted"), piece)
        for number, piece in enumerate(pieces)
    ]

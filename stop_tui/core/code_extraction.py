"""Finds the program in a language model's response: the largest fenced code block.

This very file is loaded inside the sandbox under the name `helpers`, where generated programs
import it. So it stands alone: standard library only, nothing from this package, no state.

Fences follow CommonMark (a closing fence has the character of its opening one and is at least as
long), with what models really write besides: text before or after the fence on its line, list
indentation, a last fence that is never closed, and programs with fences inside their own strings,
as improvers have that put code into prompts. The last kind is why triple-quoted strings and
comments are followed while looking for the end of a block: in Python a line of backticks can only
stand in such a string, so there it is text, and anywhere else it ends the block.
"""

import re
from typing import NamedTuple, overload

_FENCE = re.compile(r"`{3,}|~{3,}")
_LIST_MARKERS = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*+")
_LABEL = re.compile(r"[ \t]*(?:\{[^{}`\n]{0,40}\}|[A-Za-z][\w+.#-]{0,20}(?:[ \t]?\d[\d.]*)?)[ \t]*")
_CODE_AFTER_LABEL = re.compile(
    r"[ \t]*+[A-Za-z]\w*+[ \t]++((?:import|from|def|class|async|if|for|while|try:)\b.*|[@#].*)"
)
_PROSE_AFTER_CLOSING = re.compile(r"[ \t]++[A-Z(]\S*+[ \t]++[A-Za-z].*")
_IN_CODE = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)"
    r"|(?P<late>`{3,}+)[ \t]*+$"
    r"|(?P<triple>\"\"\"|''')"
    r"|\#[^\n]*"
    r"|\"(?:[^\"\\\n]|\\[^\n])*+\"?"
    r"|'(?:[^'\\\n]|\\[^\n])*+'?"
    r"|[`~]++",
    re.MULTILINE,
)
_IN_STRING = re.compile(r"\\.|\"\"\"|'''", re.DOTALL)


class _Opening(NamedTuple):
    """An opening fence, code that follows it on its line, and where the block's text starts."""

    fence: str
    info: str
    first_line: str
    start: int


class _Block(NamedTuple):
    """A code block's text, whether its end was seen, and where the search goes on."""

    text: str
    closed: bool
    labelled: bool
    end: int


@overload
def extract_code(response: str) -> str | None: ...
@overload
def extract_code(response: list[str]) -> list[str | None]: ...
def extract_code(response: str | list[str]) -> str | list[str | None] | None:
    r"""The largest fenced code block of `response`, or a list of them for a list.

    None where there is no block, where all blocks are blank, and for whatever is no string. Among
    blocks of equal length the last one counts, since models correct themselves downwards. Line
    ends become ``\n`` and every line has one, the last included, so that the text of a block is
    the text of a file. If the first line of code is indented (a fence within a list), all lines
    lose that margin. An unclosed last fence holds all that follows; without a language behind it,
    it counts only if no block is closed. Takes time linear in the length of the response.
    """
    if isinstance(response, (list, tuple)):
        return [_largest(item) for item in response]
    return _largest(response)


def _largest(response: object) -> str | None:
    if not isinstance(response, str):
        return None
    text = response.replace("\r\n", "\n").replace("\r", "\n")
    blocks = [block for block in _blocks(text) if block.text.strip()]
    certain = [block for block in blocks if block.closed or block.labelled] or blocks
    return max(reversed(certain), key=lambda block: len(block.text)).text if certain else None


def _blocks(text: str) -> list[_Block]:
    """All blocks of `text` in order. A string delimiter found to have no end is remembered in
    `endless`, so that no later block reads on to the end of the text for its sake again."""
    found: list[_Block] = []
    endless: set[str] = set()
    position = 0
    while (opening := _next_opening(text, position)) is not None:
        block = _read_block(text, opening, endless)
        wraps_others = opening.info.strip().lower() in ("markdown", "md") and not block.closed
        if not wraps_others:
            found.append(block)
        position = block.end
    return found


def _next_opening(text: str, position: int) -> _Opening | None:
    """The first opening fence at or after `position`, which is the start of a line."""
    while (fence := _FENCE.search(text, position)) is not None:
        line_start = text.rfind("\n", 0, fence.start()) + 1
        line_end = text.find("\n", fence.end())
        line_end = len(text) if line_end < 0 else line_end
        before, info = text[line_start : fence.start()], text[fence.end() : line_end]
        if _opens(before, fence.group(), info):
            code = _CODE_AFTER_LABEL.fullmatch(info)
            first_line = code.group(1) + "\n" if code else ""
            return _Opening(fence.group(), info, first_line, min(line_end + 1, len(text)))
        position = line_end
    return None


def _opens(before: str, fence: str, info: str) -> bool:
    """Whether a line of `before`, `fence` and `info` opens a block, and is no inline code."""
    if fence[0] == "`" and "`" in info:
        return False
    if _LIST_MARKERS.fullmatch(before):
        return True
    if fence[0] == "~":
        return False
    return bool(_LABEL.fullmatch(info)) or (not info.strip() and before.rstrip().endswith(":"))


def _read_block(text: str, opening: _Opening, endless: set[str]) -> _Block:
    """The block behind `opening`; grows `endless` by delimiters that open a string for good."""
    while True:
        delimiter = _block_or_endless(text, opening, endless)
        if isinstance(delimiter, _Block):
            return delimiter
        endless.add(delimiter)


def _block_or_endless(text: str, opening: _Opening, endless: set[str]) -> _Block | str:
    """The block, or the delimiter of a string that swallows fences up to the end of `text`."""
    position = opening.start
    wrapper = opening.info.strip().lower() in ("markdown", "md")
    while (token := _IN_CODE.search(text, position)) is not None:
        position = token.end()
        fence = token["fence"] or token["late"]
        if fence is not None:
            info = token["info"] or ""
            matches = fence[0] == opening.fence[0] and len(fence) >= len(opening.fence)
            if matches and (not info.strip() or _PROSE_AFTER_CLOSING.fullmatch(info)):
                start = token.start("late") if token["late"] else token.start()
                return _block(text, opening, start, True, min(token.end() + 1, len(text)))
            if (matches or wrapper) and info.strip() and "`" not in info:
                return _block(text, opening, token.start(), False, token.start())
        elif token["triple"] and token["triple"] not in endless:
            end = _end_of_string(text, position, token["triple"])
            if end is None:
                if _FENCE.search(text, position):
                    return token["triple"]
                break
            position = end
    return _block(text, opening, len(text), False, len(text))


def _end_of_string(text: str, position: int, delimiter: str) -> int | None:
    for token in _IN_STRING.finditer(text, position):
        if token.group() == delimiter:
            return token.end()
    return None


def _block(text: str, opening: _Opening, end: int, closed: bool, goes_on: int) -> _Block:
    body = opening.first_line + text[opening.start : end]
    if body and not body.endswith("\n"):
        body += "\n"
    return _Block(_without_margin(body), closed, bool(opening.info.strip()), goes_on)


def _without_margin(body: str) -> str:
    """`body` less the indentation of its first line of code, as far as each line has it."""
    code = body.lstrip()
    before = body[: len(body) - len(code)]
    margin = len(before) - (before.rfind("\n") + 1)
    if not code or not margin:
        return body
    return re.sub(rf"^[ \t]{{1,{min(margin, 1000)}}}", "", body, flags=re.MULTILINE)

"""Where a long line is broken into rows. Pure; linear in the length of the line."""

from rich.cells import cell_len, get_character_cell_size


def wrapped(text: str, width: int) -> list[tuple[int, int]]:
    """The start and end of every row of `text`, at most `width` columns each; at least one row.

    A row ends after a blank where there is one in its second half, else in the middle of a word.
    The blank that ends a row may stick out. No character is left out.
    """
    rows: list[tuple[int, int]] = []
    at, narrow = 0, text.isascii()
    while len(text) - at > width or (not narrow and cell_len(text[at:]) > width):
        end = at + width if narrow else at + _fitting(text[at : at + width], width)
        blank = text.rfind(" ", at + (end - at) // 2, end)
        if text[end : end + 1] == " ":
            end += 1
        elif blank >= 0 and end < len(text):
            end = blank + 1
        rows.append((at, end))
        at = end
    if at < len(text) or not rows:
        rows.append((at, len(text)))
    return rows


def _fitting(text: str, width: int) -> int:
    """How many characters of `text` fit into `width` columns; at least one."""
    if cell_len(text) <= width:
        return len(text)
    used = 0
    for index, character in enumerate(text):
        used += get_character_cell_size(character)
        if used > width:
            return max(index, 1)
    return len(text)

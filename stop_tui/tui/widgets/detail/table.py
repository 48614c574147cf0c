"""A listing whose rows can be copied and saved as lines with tabs between the cells."""

from typing import ClassVar

from stop_tui.tui.widgets.rows.columns import inert
from stop_tui.tui.widgets.rows.listing import Listing


class Table(Listing):
    """Rows that are figures as well as something to choose from."""

    save_name: ClassVar[str] = "stop-tui.tsv"

    def copy_text(self) -> str:
        """All rows, with the titles of the columns; whole cells, made inert."""
        lines = [[column.title for column in self._columns]]
        lines += [[inert(cell).plain for cell in self._draw(key)] for key in self.keys]
        return "".join("\t".join(line) + "\n" for line in lines)

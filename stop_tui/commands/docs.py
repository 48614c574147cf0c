"""`stop-tui docs [PAGE]`: the documentation of this version, wherever it is installed."""

import argparse
import sys
from pathlib import Path

from stop_tui.commands.output import console, print_json, print_table
from stop_tui.core.errors import UsageError
from stop_tui.workspace import brought_along


def main(options: argparse.Namespace) -> int:
    """Print a page, or the list of pages; the exit code."""
    folder = brought_along() / "docs"
    pages = {page.stem: page.read_text(encoding="utf-8") for page in sorted(folder.glob("*.md"))}
    if options.page is None:
        _list(pages, as_json=options.json)
        return 0
    name = Path(options.page).name.removesuffix(".md")
    if name not in pages:
        raise UsageError(f"There is no page {options.page!r}.", hint=f"Pages: {', '.join(pages)}.")
    if options.json:
        print_json({"page": name, "markdown": pages[name]})
    else:
        _show(pages[name])
    return 0


def _list(pages: dict[str, str], *, as_json: bool) -> None:
    titles = {name: text.partition("\n")[0].lstrip("# ") for name, text in pages.items()}
    if as_json:
        print_json({"pages": [{"page": name, "title": titles[name]} for name in titles]})
        return
    print_table(None, ("page", "about"), list(titles.items()))
    print("Read one with: stop-tui docs PAGE")


def _show(text: str) -> None:
    """On a terminal as it is meant to look, else as it is."""
    if not sys.stdout.isatty():
        print(text, end="")
        return
    from rich.markdown import Markdown

    console().print(Markdown(text, hyperlinks=False))

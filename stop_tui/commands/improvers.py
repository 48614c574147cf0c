"""`stop-tui improvers`: the hand-written improvers one can start from or compare with."""

import argparse
import ast
from pathlib import Path

from stop_tui.commands.output import print_json, print_table
from stop_tui.core.analysis.strategies import main_strategy, strategies
from stop_tui.core.syntax import syntax_tree
from stop_tui.engine.sources import read_source
from stop_tui.workspace import find_workspace


def main(options: argparse.Namespace) -> int:
    """List them with the first line of what they say of themselves."""
    workspace = find_workspace(Path.cwd())
    rows = []
    for name in workspace.improver_names():
        source = read_source(workspace.improvers / f"{name}.py")
        rows.append((name, main_strategy(strategies(source)), _summary(source)))
    if options.json:
        keys = ("name", "strategy", "summary")
        print_json({"improvers": [dict(zip(keys, row, strict=True)) for row in rows]})
        return 0
    print_table(None, ("improver", "strategy", "what it is"), rows)
    return 0


def _summary(source: str) -> str:
    try:
        docstring = ast.get_docstring(syntax_tree(source)) or ""
    except (SyntaxError, ValueError):
        return "does not parse"
    return docstring.splitlines()[0] if docstring else ""

"""Syntax trees are read from many threads at once."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from stop_tui.core.syntax import check_compiles, syntax_tree

DEEP = "x = " + "[" * 60 + "]" * 60 + "\n" + "def f():\n    return (1 + 2 * 3)\n" * 300


def test_many_threads_read_at_once() -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            trees = list(threads.map(lambda _: syntax_tree(DEEP), range(24)))
    finally:
        sys.setswitchinterval(before)
    assert {len(tree.body) for tree in trees} == {301}


def test_warnings_about_the_text_stay_unsaid() -> None:
    syntax_tree("x = '\\d'; assert (1, 2)")


def test_what_python_cannot_compile_is_told() -> None:
    with pytest.raises(SyntaxError):
        syntax_tree("def")
    with pytest.raises(SyntaxError):
        check_compiles(syntax_tree("return 1"), "x.py")

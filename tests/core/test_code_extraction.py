"""What counts as the program in a response, for everything models do with fences."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stop_tui.core import code_extraction
from stop_tui.core.code_extraction import extract_code


def fenced(body: str, opening: str = "```python", closing: str = "```") -> str:
    return f"An idea first.\n\n{opening}\n{body}{closing}\nAnd a word after.\n"


def test_the_body_of_a_block_is_returned_with_its_last_newline() -> None:
    assert extract_code(fenced("x = 1\ny = 2\n")) == "x = 1\ny = 2\n"


def test_the_largest_block_wins_wherever_it_stands() -> None:
    small, large = fenced("x = 1\n"), fenced("x = 1\ny = 2\n")
    assert extract_code(small + large + small) == "x = 1\ny = 2\n"


def test_of_equally_long_blocks_the_last_wins() -> None:
    assert extract_code(fenced("x = 1\n") + fenced("x = 2\n")) == "x = 2\n"


@pytest.mark.parametrize(
    "response",
    ["", "no code here", "inline `x = 1` and ```x = 2``` only", "```python\n```", "```\n  \n\n```"],
)
def test_there_may_be_no_code(response: str) -> None:
    assert extract_code(response) is None


def test_a_list_gives_a_list_with_none_for_whatever_holds_no_code() -> None:
    mixed: list[str] = [fenced("x = 1\n"), "nothing", None, 7, b"```\nx\n```"]  # type: ignore[list-item]
    assert extract_code(mixed) == ["x = 1\n", None, None, None, None]
    assert extract_code([]) == []
    assert extract_code(None) is None  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "opening",
    [
        "```",
        "```py",
        "```Python 3",
        "```python3",
        "``` python",
        "``` {.python}",
        "```{.python .numberLines}",
        '```python title="solution.py"',
        "````python",
        "   ```python",
        "Here is the code: ```python",
        "Here is the code:```",
    ],
)
def test_any_opening_line_is_understood(opening: str) -> None:
    closing = "````" if "````" in opening else "```"
    assert extract_code(fenced("x = 1\n", opening, closing)) == "x = 1\n"


def test_code_that_starts_on_the_opening_line_is_kept() -> None:
    assert extract_code("```python import math\nx = math.pi\n```") == "import math\nx = math.pi\n"


def test_a_fence_of_tildes_may_hold_one_of_backticks() -> None:
    assert extract_code("~~~python\nx = 1\n```\ny = 2\n~~~\n") == "x = 1\n```\ny = 2\n"


def test_a_longer_fence_may_hold_a_shorter_one() -> None:
    assert extract_code("````\nx = 1\n```\ny = 2\n````\n") == "x = 1\n```\ny = 2\n"


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_all_line_ends_become_newlines(newline: str) -> None:
    assert extract_code(fenced("x = 1\ny = 2\n").replace("\n", newline)) == "x = 1\ny = 2\n"


def test_a_closing_fence_may_follow_code_or_precede_prose() -> None:
    assert extract_code("```python\nx = 1```\nSo much for that.") == "x = 1\n"
    prose = "It is quite long, longer than the program. " * 3
    assert extract_code(f"```python\nx = 1\n``` That is all.\n{prose}") == "x = 1\n"


def test_an_unclosed_last_fence_holds_the_rest() -> None:
    assert extract_code("Look:\n```python\nx = 1\ny = 2") == "x = 1\ny = 2\n"


def test_a_stray_closing_fence_does_not_turn_prose_into_a_program() -> None:
    prose = "It is quite long, longer than the program. " * 3
    assert extract_code(f"```python\nx = 1\n```\n```\n{prose}") == "x = 1\n"


def test_a_block_that_was_never_closed_ends_where_the_next_begins() -> None:
    response = "```python\nx = 1\n\n```python\nx = 1\ny = 2\nz = 3\n```\n"
    assert extract_code(response) == "x = 1\ny = 2\nz = 3\n"


def test_a_wrapping_markdown_fence_is_looked_through() -> None:
    for fence in ("```", "````"):
        prose = "It is quite long, longer than the program. " * 3
        response = f"{fence}markdown\n{prose}\n```python\nx = 1\n```\n{fence}\n"
        assert extract_code(response) == "x = 1\n"


def test_the_margin_of_a_block_in_a_list_is_removed() -> None:
    expected = "def f():\n    return 1\n\nf()\n"
    nested = "1. First:\n\n   ```python\n   def f():\n       return 1\n\n   f()\n   ```\n"
    on_the_marker = "- ```python\n  def f():\n      return 1\n\n  f()\n  ```\n"
    tabs = "\t```python\n\tdef f():\n\t    return 1\n\n\tf()\n\t```\n"
    only_the_fence = "  ```python\ndef f():\n    return 1\n\nf()\n  ```\n"
    for response in (nested, on_the_marker, tabs, only_the_fence):
        assert extract_code(response) == expected


NESTING = [
    'PROMPT = f"""Improve this:\n```python\n{solution}\n```\nAnswer in one block."""\nx = 1\n',
    'PROMPT = """Improve this:\n```\n{solution}\n```\nAnswer in one block."""\nx = 1\n',
    "def f():\n    '''Answers with\n\n    ```\n    code\n    ```\n    '''\n    return 1\n",
    "FENCE = '```'\nimport re\nre.findall('```python(.*?)```', \"a ``` b\")\nx = 1\n",
    'x = "\\"```"  # it\'s a ``` in a comment with """\ny = """a \\""" b\n```\n"""\n',
    'x = """\n```python\n"""\ny = 1\n',
    "def f():\n    # ```\n    return r'''\n```\n\\'''\n```\n'''\n",
]


@pytest.mark.parametrize("program", NESTING)
def test_fences_in_the_strings_and_comments_of_a_program_are_text(program: str) -> None:
    ast.parse(program)
    assert extract_code(fenced(program)) == program
    assert extract_code(f"```python\n{program}") == program


def test_a_string_that_never_ends_does_not_swallow_the_closing_fence() -> None:
    broken = 'x = """never closed\ny = 2\n'
    assert extract_code(fenced(broken)) == broken
    assert extract_code(fenced(broken) + fenced("z = 3\n")) == broken


def test_it_stands_alone_as_the_module_helpers(tmp_path: Path) -> None:
    source = Path(code_extraction.__file__).read_text()
    (tmp_path / "helpers.py").write_text(source)
    program = "from helpers import extract_code; print(extract_code('```\\nx = 1\\n```'), end='')"
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-B", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "x = 1\n"
    assert "stop_tui" not in source


# A blow-up of any kind would take hours at this size, so that the suite would not end.
SIZE = 1_000_000
HOSTILE = {
    "backticks": "`" * SIZE,
    "fences": "```\n" * (SIZE // 4),
    "labelled fences": "```python\n" * (SIZE // 10),
    "strings that never end": '```\n\\"""\n```\n' * (SIZE // 13),
    "two kinds of strings that never end": "```\n'''\n```\n```\n\"\"\"\n```\n" * (SIZE // 26),
    "backticks, then blanks": "```\n" + ("`" * 2000 + " " * 2000 + "x") * (SIZE // 4001),
    "blanks": "```\n" + (" " * 5000 + "\n") * (SIZE // 5001),
    "escapes": "```\n'" + "\\n" * (SIZE // 2),
    "list markers": "- " * (SIZE // 2) + "```\nx\n```",
    "an info string": "```python " + "a " * (SIZE // 2) + "\nx\n```",
    "an indented program": "```\n" + (" " * 2000 + "x\n") * (SIZE // 2002) + "```",
}


@pytest.mark.parametrize("response", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_linear_time(response: str) -> None:
    found = extract_code(response)
    assert found is None or len(found) <= len(response) + 1


# Alphabets in which fences, quotes and indentation are frequent.
fragments = st.lists(
    st.sampled_from(["```", "````", "~~~", "python", "\n", "\r\n", " ", "    ", '"""', "'''", "'"])
    | st.sampled_from(['"', "\\", "#", "- ", "x = 1", "\x00", "\u2028", "é", "markdown"])
).map("".join)
plain_lines = st.lists(
    st.text(st.characters(exclude_characters="\r\n`~\"'", exclude_categories=["Cs"])).map(
        lambda line: "x" + line
    ),
    min_size=1,
).map(lambda lines: "".join(line + "\n" for line in lines))


@given(plain_lines)
def test_any_text_without_fences_comes_back_unchanged(body: str) -> None:
    assert extract_code(fenced(body)) == body


@given(fragments)
def test_any_string_may_hold_any_text(content: str) -> None:
    escaped = content.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "")
    program = f'x = """{escaped}"""\ny = 1\n'
    assert extract_code(fenced(program)) == program


@given(fragments)
def test_whatever_the_text_the_answer_is_made_of_its_lines(response: str) -> None:
    code = extract_code(response)
    if code is not None:
        assert code.strip()
        assert code.endswith("\n")
        assert "\r" not in code
        lines = response.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert all(any(line in original for original in lines) for line in code.split("\n"))


@given(st.lists(fragments, max_size=4))
def test_a_list_is_its_elements(responses: list[str]) -> None:
    assert extract_code(responses) == [extract_code(response) for response in responses]


RECORDED = Path(code_extraction.__file__).parents[1] / "language_models/offline/responses"


@pytest.mark.parametrize("folder", sorted(p.name for p in RECORDED.iterdir() if p.is_dir()))
def test_the_block_of_every_recorded_response_is_found_exactly(folder: str) -> None:
    paths = sorted((RECORDED / folder).glob("*.md"))
    assert paths
    for path in paths:
        response = path.read_text()
        body = response.partition("```python\n")[2].rpartition("```")[0]
        assert extract_code(response) == body, path.name

"""Every attack: a function in `programs/`, named by what it tries, and the programs made of it.

An attack's source is the text of its file with `native.py` in front and, behind it, the function
that host and sandbox call. It is data here: nothing of it is imported to be run by the tests.
"""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

_PROGRAMS = Path(__file__).with_name("programs")
_IMPORT = "from tests.attacks.programs.native import"

Role = Literal["solution", "improver", "evaluation"]
BOTH: tuple[Role, ...] = ("solution", "improver")
KINDS: Mapping[str, tuple[Role, ...]] = {
    "reading": BOTH,
    "changing": BOTH,
    "network": BOTH,
    "others": BOTH,
    "processes": BOTH,
    "kernel": BOTH,
    "floods": BOTH,
    "deadlines": BOTH,
    "forging": BOTH,
    "searching": BOTH,
    "handles": ("improver",),
    "answers": ("evaluation",),
}
"""The files of `programs/`, and as what the attacks in them are run."""

_ENDS = {
    "solution": """

def algorithm():
    import os
    open("ready", "w").close()
    try:
        taken = {name}()
    except BaseException as error:
        taken = repr(error)[:1000]
    hold()
    return taken
""",
    "improver": """

def improve_algorithm(initial_solution, utility, language_model):
    open("ready", "w").close()
    try:
        taken = {name}({handles})
    except BaseException as error:
        taken = error
    hold()
    return taken if isinstance(taken, str) else repr(taken)
""",
    "evaluation": """

algorithm = {name}
""",
}


@dataclass(frozen=True, slots=True)
class Attack:
    """One behaviour: the function `name` in the file `kind`, run as `role`."""

    kind: str
    name: str
    role: Role

    def __str__(self) -> str:
        return f"{self.kind}: {self.name.replace('_', ' ')} (as {self.role})"

    def source(self, bait: Mapping[str, Any]) -> str:
        """The program, which finds `bait` in BAIT."""
        end = _ENDS[self.role].format(
            name=self.name, handles="utility, language_model" if self.kind == "handles" else ""
        )
        given = f"BAIT.update(json.loads({json.dumps(dict(bait))!r}))\n"
        return f"{_text('native')}\nimport json\n{given}\n{_text(self.kind)}\n{end}"


def attacks() -> list[Attack]:
    """All of them, in the order of the files."""
    return [
        Attack(kind, name, role)
        for kind, roles in KINDS.items()
        for name in _names(kind)
        for role in roles
    ]


@cache
def _text(kind: str) -> str:
    lines = (_PROGRAMS / f"{kind}.py").read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_IMPORT))


def _names(kind: str) -> list[str]:
    body = ast.parse(_text(kind)).body
    return [
        node.name
        for node in body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]

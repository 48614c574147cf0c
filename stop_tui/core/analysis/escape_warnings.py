"""Warns of a program that reaches for processes, the network, files, or what lies behind it.

The sandbox stops all of that; here it is only said that, and where, the text tries.
"""

import ast
import re
from collections import defaultdict

from stop_tui.core.analysis.bindings import called_name
from stop_tui.core.analysis.tree import imported_names
from stop_tui.core.events import Finding

_PROCESSES = "starts or signals other processes"
_NETWORK = "uses the network"
_NATIVE = "calls native code"
_ENVIRONMENT = "reads the environment"
_FILES = "opens files outside its scratch folder"
_BEHIND = "looks behind the objects it was given"

_MODULES = {
    **dict.fromkeys(("subprocess", "multiprocessing", "pty"), _PROCESSES),
    **dict.fromkeys(("socket", "urllib", "http", "ftplib", "smtplib", "requests"), _NETWORK),
    **dict.fromkeys(("httpx", "aiohttp", "socketserver", "xmlrpc", "webbrowser"), _NETWORK),
    **dict.fromkeys(("ctypes", "cffi", "mmap"), _NATIVE),
}
_HARMLESS = frozenset(
    ["http.HTTPStatus", "urllib.parse", "multiprocessing.cpu_count", "multiprocessing.dummy"]
)
_NAMES = {
    **dict.fromkeys(("os.system", "os.popen", "os.fork", "os.forkpty", "os.kill"), _PROCESSES),
    "os.killpg": _PROCESSES,
    "concurrent.futures.ProcessPoolExecutor": _PROCESSES,
    **dict.fromkeys(("os.environ", "os.environb", "os.getenv"), _ENVIRONMENT),
    **dict.fromkeys(("sys._getframe", "gc.get_objects", "gc.get_referrers"), _BEHIND),
    **dict.fromkeys(("inspect.stack", "inspect.currentframe"), _BEHIND),
}
_STARTS = ("os.exec", "os.spawn", "os.posix_spawn")
_ATTRIBUTES = re.compile(
    r"__(globals|closure|subclasses|builtins|code|mro|bases|reduce|loader)__"
    r"|(tb|gi|cr|ag|f)_(frame|back|globals|locals|builtins)"
)
_ELSEWHERE = re.compile(r"[/~]|\.\.(/|$)|.*/\.\./")
_OPENING = ("open", "write_text", "write_bytes", "read_text", "read_bytes", "unlink", "rmtree")


def leaving_the_sandbox(tree: ast.Module) -> list[Finding]:
    """One finding for each way in which a module reaches out of its sandbox."""
    places: dict[str, set[ast.AST]] = defaultdict(set)
    for name, node in imported_names(tree):
        if (what := _reaches(name)) is not None:
            places[what].add(node)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if _ATTRIBUTES.fullmatch(name):
                places[_BEHIND].add(node)
            case ast.Call() if called_name(node) in _OPENING and _names_a_foreign_path(node):
                places[_FILES].add(node)
    return [_finding("leaves the sandbox", nodes, what) for what, nodes in places.items()]


def running_generated_code(tree: ast.Module) -> list[Finding]:
    """A finding if the module runs text as code in its own process."""
    runs: set[ast.AST] = {
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("exec", "eval")
    }
    runs |= {node for name, node in imported_names(tree) if name.startswith("runpy.")}
    detail = "runs generated code in its own process, where it can tamper with the improver"
    return [_finding("runs generated code", runs, detail)] if runs else []


def _reaches(name: str) -> str | None:
    if any(name == fine or name.startswith(fine + ".") for fine in _HARMLESS):
        return None
    if name in _NAMES:
        return _NAMES[name]
    if name.startswith(_STARTS):
        return _PROCESSES
    return next((_NAMES[key] for key in _NAMES if name.startswith(key + ".")), None) or (
        _MODULES.get(name.partition(".")[0])
    )


def _names_a_foreign_path(call: ast.Call) -> bool:
    """Whether a constant path that `call` opens leads out of the working folder."""
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _ELSEWHERE.match(node.value)
        for argument in (*call.args[:1], call.func)
        for node in ast.walk(argument)
    )


def _finding(label: str, nodes: set[ast.AST], detail: str) -> Finding:
    lines = {node.lineno for node in nodes if isinstance(node, ast.expr | ast.stmt)}
    return Finding(label=label, lines=tuple(sorted(lines)), detail=detail)

"""Which files of this machine a sandboxed interpreter needs, found without asking for more.

Two circles: `loading` is what a zygote reads to start, `Reach` what the programs in it may read:
the standard library without its site packages, numpy, and shared libraries. Never this package,
its recorded responses, other packages, or anything of the user's.
"""

import functools
import importlib.util
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from stop_tui import core
from stop_tui.sandbox import inside
from stop_tui.sandbox.inside.landlock import Reach

_SITE = frozenset({"site-packages", "dist-packages"})
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
_MULTIARCH = "*-linux-*"
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_LINKER = "/etc/ld.so.cache"


def modules() -> dict[str, str]:
    """Modules a zygote loads by their files: what programs know as `helpers`, and its own."""
    return {
        "numpy": _package("numpy"),
        "msgspec": _package("msgspec"),
        "helpers": str(_file_of(core).with_name("code_extraction.py")),
        "inside": str(_file_of(inside)),
    }


def reach(scratch: Path) -> Reach:
    """What a program may reach whose own folder is `scratch`."""
    return Reach(
        readable=_readable(),
        listable=[str(_standard_library())],
        devices=_existing(Path(device) for device in _DEVICES),
        scratch=str(scratch),
    )


def loading() -> list[str]:
    """Files and folders that a zygote reads until it is up."""
    here = [Path(file) for file in modules().values()]
    folders = [file.parent if file.name == "__init__.py" else file for file in here]
    way = [sys.executable, str(Path(sys.prefix) / "pyvenv.cfg")]
    return way + _existing(
        [
            *folders,
            *_numpy(),
            Path(sys.executable).resolve(),
            _standard_library(),
            *_shared_libraries(),
            *(Path(device) for device in _DEVICES),
        ]
    )


@functools.cache
def _readable() -> list[str]:
    entries = [e for e in _standard_library().iterdir() if e.name not in _SITE]
    return _existing([*entries, *_numpy(), *_shared_libraries()])


def _standard_library() -> Path:
    return Path(sysconfig.get_path("stdlib")).resolve()


def _numpy() -> list[Path]:
    package = Path(_package("numpy")).parent
    return [package, package.with_name("numpy.libs")]


def _shared_libraries() -> Iterable[Path]:
    """Folders that hold nothing but libraries, and the library files of the others."""
    yield Path(_LINKER)
    for folder in (*map(Path, _LIBRARIES), Path(sys.base_prefix) / "lib"):
        yield from folder.glob(_MULTIARCH)
        yield from folder.glob("*.so*")


def _package(name: str) -> str:
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.origin is not None, f"{name} is a dependency"
    return spec.origin


def _file_of(package: object) -> Path:
    file = getattr(package, "__file__", None)
    assert file is not None, "this package is made of files"
    return Path(file).resolve()


def _existing(paths: Iterable[Path]) -> list[str]:
    return sorted({str(path.resolve()) for path in paths if path.exists()})

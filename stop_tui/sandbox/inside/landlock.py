"""A Landlock domain: which files a process may reach, and nobody outside to signal. Linux only.

The rules are built once, in the zygote; a child enters the domain before any generated line runs.
Nothing may be executed in it, and no network port reached.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import kernel

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""The same on every architecture, as all system calls of that age are."""
_VERSION = 1
_PATH_BENEATH = 1
_WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_FILE = 1 << 1, 1 << 2, 1 << 3, 1 << 5
_MAKE_REG, _TRUNCATE = 1 << 8, 1 << 14
_RIGHTS_OF_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many file system rights an ABI knows; the later ones know what 5 does."""
_NETWORK = 3
_SCOPES = 3
_READ = _READ_FILE | _READ_DIR
# No folders, links, sockets or pipes: a flat folder of files is emptied and measured in one pass.
_SCRATCH = _READ | _WRITE_FILE | _REMOVE_FILE | _MAKE_REG | _TRUNCATE


@dataclass(frozen=True, slots=True)
class Reach:
    """What a program may reach: to read, only to list, to read and write, and for its files."""

    readable: Sequence[str]
    listable: Sequence[str]
    devices: Sequence[str]
    scratch: str


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain that is ready to be entered; `abi` is the version of Landlock that it uses."""

    abi: int
    rules: int

    def enter(self) -> None:
        """Bind the calling thread, and all threads it starts, for good; raises OSError."""
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.call(_RESTRICT_SELF, ctypes.c_int(self.rules), ctypes.c_uint32(0))
        os.close(self.rules)


def prepared(reach: Reach) -> Domain | None:
    """The domain for `reach`; None where the kernel has no Landlock."""
    try:
        abi = kernel.call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
            return None
        raise
    known = (1 << _RIGHTS_OF_ABI.get(abi, 16)) - 1
    attributes = struct.pack("<QQQ", known, _NETWORK if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    rules = kernel.call(
        _CREATE_RULESET,
        ctypes.c_char_p(attributes),
        ctypes.c_size_t(size),
        ctypes.c_uint32(0),
    )
    _allow(rules, reach.readable, _READ)
    _allow(rules, reach.listable, _READ_DIR)
    _allow(rules, reach.devices, _READ_FILE | _WRITE_FILE)
    _allow(rules, [reach.scratch], _SCRATCH & known)
    return Domain(abi, rules)


def _allow(rules: int, paths: Iterable[str], rights: int) -> None:
    for path in paths:
        granted = rights if Path(path).is_dir() else rights & ~_READ_DIR
        try:
            opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            rule = struct.pack("<Qi", granted, opened)
            kernel.call(
                _ADD_RULE,
                ctypes.c_int(rules),
                ctypes.c_int(_PATH_BENEATH),
                ctypes.c_char_p(rule),
                ctypes.c_uint32(0),
            )
        finally:
            os.close(opened)

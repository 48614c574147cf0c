"""A seccomp filter that takes from a process what it could do to others. Linux only.

It is built once, in the zygote, as a program of the kernel's classic BPF, and installed by each
child before any generated line runs. Threads stay possible; processes do not.
"""

import ctypes
import errno
import os
import struct
from dataclasses import dataclass

from . import kernel
from .syscalls import ARCHITECTURES, Architecture

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCH, _FIRST, _SECOND, _THIRD, _FIFTH = 0, 4, 16, 24, 32, 48
"""Offsets into what the kernel shows a filter: the call's number, its ABI, four arguments."""
_HIGH = 4
"""The offset of an argument's upper half."""
_CLONE_THREAD = 0x00010000
_CLONE_NEW = 0x7E020000
"""Namespaces: mounts, cgroup, hostname, messages, users, processes, network."""
_F_SETFL = 4
_FCNTL_DENIED = (8, 10, 15, 1024, 1026, 1031)
"""F_SETOWN, F_SETSIG and F_SETOWN_EX make the kernel signal any process; F_SETLEASE and F_NOTIFY
hold up or watch who uses a file outside; F_SETPIPE_SZ would change a pipe for later programs."""
_IOCTL_ALLOWED = (0x541B, 0x5401, 0x5451, 0x5450, 0x5421, 0x5413)
"""FIONREAD, TCGETS, FIOCLEX, FIONCLEX, FIONBIO, TIOCGWINSZ: what changes nothing outside."""
_TMPFILE = 0o20000000
"""The bit of O_TMPFILE that is its own: files without a name, which no look into a folder finds."""
_SECCOMP_MODE_FILTER = 2
_INSTRUCTION = struct.Struct("<HBBI")

Instruction = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that is ready to be installed."""

    code: "ctypes.Array[ctypes.c_char]"

    def install(self) -> None:
        """Bind the calling thread, and all threads it starts, for good; raises OSError."""
        program = _Program(len(self.code) // _INSTRUCTION.size, ctypes.addressof(self.code))
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.prctl(kernel.PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program))


def prepared() -> Filter | None:
    """The filter for this machine; None where no table of its system calls is known."""
    architecture = ARCHITECTURES.get(os.uname().machine)
    if architecture is None or struct.calcsize("P") != 8:
        return None
    code = b"".join(_INSTRUCTION.pack(*step) for step in _steps(architecture))
    return Filter(ctypes.create_string_buffer(code, len(code)))


def _steps(arch: Architecture) -> list[Instruction]:
    refuse = _ERRNO | errno.EPERM
    steps = [
        _load(_ARCH),
        *_when(_EQUAL, arch.audit, otherwise=[_return(_KILL)]),
        _load(_NUMBER),
    ]
    if arch.foreign_bit:
        steps += _when(_AT_LEAST, arch.foreign_bit, then=[_return(_KILL)])
    steps += _when(_AT_LEAST, arch.highest + 1, then=[_return(_ERRNO | errno.ENOSYS)])
    # Their flags are behind a pointer, out of a filter's reach; callers fall back to the older.
    for number in (arch.clone3, arch.openat2):
        steps += _when(_EQUAL, number, then=[_return(_ERRNO | errno.ENOSYS)])
    only_threads = [
        _load(_FIRST),
        *_when(_ANY_BIT, _CLONE_NEW, then=[_return(refuse)]),
        *_when(_ANY_BIT, _CLONE_THREAD, then=[_return(_ALLOW)]),
        _return(refuse),
    ]
    steps += _when(_EQUAL, arch.clone, then=only_threads)
    # Packets (O_DIRECT) would stay on for those who use the same pipe later.
    packets = _unless_any_bit(_THIRD, os.O_DIRECT, refuse)
    fcntl = [
        _load(_SECOND),
        *_when(_EQUAL, _F_SETFL, then=packets),
        *_unless(_SECOND, _FCNTL_DENIED, refuse),
    ]
    steps += _when(_EQUAL, arch.fcntl, then=fcntl)
    steps += _when(_EQUAL, arch.ioctl, then=_only(_SECOND, _IOCTL_ALLOWED, refuse))
    # What a file system says that has no such files: callers then make a file with a name.
    nameless = _ERRNO | errno.EOPNOTSUPP
    steps += _when(_EQUAL, arch.openat, then=_unless_any_bit(_THIRD, _TMPFILE, nameless))
    if arch.open is not None:
        steps += _when(_EQUAL, arch.open, then=_unless_any_bit(_SECOND, _TMPFILE, nameless))
    # A socket pair needs no address; with one it reaches sockets that others have bound.
    unaddressed = [
        _load(_FIFTH),
        *_when(_EQUAL, 0, otherwise=[_return(refuse)]),
        _load(_FIFTH + _HIGH),
        *_when(_EQUAL, 0, otherwise=[_return(refuse)]),
        _return(_ALLOW),
    ]
    steps += _when(_EQUAL, arch.sendto, then=unaddressed)
    # A child must not outlive its zygote, nor hide from who watches it.
    unwanted = (kernel.PR_SET_PDEATHSIG, kernel.PR_SET_DUMPABLE)
    steps += _when(_EQUAL, arch.prctl, then=_unless(_FIRST, unwanted, refuse))
    for number in sorted(arch.denied.values()):
        steps += _when(_EQUAL, number, then=[_return(refuse)])
    return [*steps, _return(_ALLOW)]


def _load(offset: int) -> Instruction:
    return (_LOAD, 0, 0, offset)


def _return(action: int) -> Instruction:
    return (_RETURN, 0, 0, action)


def _when(
    test: int,
    value: int,
    *,
    then: list[Instruction] | None = None,
    otherwise: list[Instruction] | None = None,
) -> list[Instruction]:
    """Run `then` (or `otherwise`) if the loaded word passes `test` against `value`."""
    if then is not None:
        return [(test, 0, len(then), value), *then]
    block = otherwise or []
    return [(test, len(block), 0, value), *block]


def _unless(offset: int, values: tuple[int, ...], refusal: int) -> list[Instruction]:
    """Allow a call, except with one of `values` as the argument at `offset`."""
    steps = [_load(offset)]
    for value in values:
        steps += _when(_EQUAL, value, then=[_return(refusal)])
    return [*steps, _return(_ALLOW)]


def _unless_any_bit(offset: int, bits: int, refusal: int) -> list[Instruction]:
    """Allow a call, except with one of `bits` in the argument at `offset`."""
    return [_load(offset), *_when(_ANY_BIT, bits, then=[_return(refusal)]), _return(_ALLOW)]


def _only(offset: int, values: tuple[int, ...], refusal: int) -> list[Instruction]:
    """Refuse a call, except with one of `values` as the argument at `offset`."""
    steps = [_load(offset)]
    for value in values:
        steps += _when(_EQUAL, value, then=[_return(_ALLOW)])
    return [*steps, _return(refusal)]

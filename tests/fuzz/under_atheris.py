"""The codecs under atheris, which looks for inputs that reach new branches.

Run by `make test-trust` for a bounded number of inputs, with libFuzzer's bounds on memory and time:
`python -m tests.fuzz.under_atheris -runs=50000`. What a codec raises besides its own error ends it,
with the input that did it.
"""

import io
import os
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["stop_tui"]):
    from stop_tui.core import events
    from stop_tui.core.errors import StopError
    from stop_tui.core.state import fold
    from stop_tui.sandbox import endings, improver_run
    from stop_tui.sandbox.inside import messages as sandbox_messages
    from stop_tui.sandbox.inside import wire
    from stop_tui.scoring import messages as scoring_messages
    from stop_tui.store.run_file import RunFile, write_run

import msgspec

BOUNDS = ("-rss_limit_mb=1500", "-timeout=10", "-max_len=4096", "-print_final_stats=1")


def in_memory(data: bytes) -> Path:
    """A file that is nowhere on the disk, and gone with this process."""
    descriptor = os.memfd_create("input")
    os.write(descriptor, data)
    return Path(f"/proc/self/fd/{descriptor}")


LINES = in_memory(b"")


def read_value(data: bytes) -> None:
    """A value comes back the same when it is sent again."""
    with suppress(wire.WireError):
        value = wire.decode(data)
        with suppress(wire.TooLarge):
            wire.encode(value)


def read_reply(data: bytes) -> None:
    """A score is in [0, 1]."""
    with suppress(scoring_messages.Nonsense):
        reply = scoring_messages.reply(data, scoring_messages.CheckNumber(b""))
        if isinstance(reply, scoring_messages.Score):
            assert 0.0 <= reply.score <= 1.0


def read_request(data: bytes) -> None:
    """A program's message is a request, a last word, or forged."""
    with suppress(improver_run._Violation):
        message = improver_run._message(data)
        if isinstance(message, sandbox_messages.Ask):
            improver_run._request(message)


def read_report(data: bytes) -> None:
    """A zygote's report, and the notes behind it."""
    endings.reported(data)
    with suppress(ValueError):
        report = sandbox_messages.Report.unpack(data[: sandbox_messages.REPORT_BYTES].ljust(26))
        if endings.is_end(report.status):
            endings.described(report.status)


def read_event(data: bytes) -> None:
    """An event that can be read can be folded behind the start of a run, and written again."""
    with suppress(msgspec.MsgspecError, ValueError, RecursionError):
        event = events.decode(data)
        fold([START, event])
        events.encode(event)


def read_file(data: bytes) -> None:
    """The lines of a run's file, whatever stands in them."""
    LINES.write_bytes(zlib.compress(data, wbits=31))
    with suppress(StopError), RunFile(LINES) as file:
        list(file.texts(file.contents()))


START = events.RunStarted(at=1.0, settings=events.Settings(name="t"), source="a", tasks={})

TARGETS: tuple[Callable[[bytes], None], ...] = (
    read_value,
    read_reply,
    read_request,
    read_report,
    read_event,
    read_file,
)


def one_input(data: bytes) -> None:
    """The first byte says which codec the others are for."""
    if data:
        TARGETS[data[0] % len(TARGETS)](data[1:])


def seeds() -> list[bytes]:
    """An input of each kind that is right."""
    file = io.BytesIO()
    write_run(file, "t", (START,), (), ("x",), 1)
    ask = sandbox_messages.AskModel(1, b"e", [b"m"], 1, 0.5, False)
    value = wire.encode([1, (2.5, "x"), {"a": {3}}, 2**70, 1j])
    report = sandbox_messages.Report(sandbox_messages.Word.END, sandbox_messages.Ending.OK)
    found = (
        value,
        msgspec.msgpack.encode(scoring_messages.Score(0.5)),
        msgspec.msgpack.encode(ask),
        report.pack(),
        events.encode(events.RunPaused(reason="r", cause="user")),
        zlib.decompress(file.getvalue(), wbits=31),
    )
    return [bytes((number,)) + each for number, each in enumerate(found)]


def main() -> None:
    """Fuzz until the bound in the arguments is reached."""
    first = ",".join(str(in_memory(seed)) for seed in seeds())
    atheris.Setup([sys.argv[0], *BOUNDS, f"-seed_inputs={first}", *sys.argv[1:]], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

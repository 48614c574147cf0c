"""The process that serves one GGUF file: started by `gguf.server`, and gone when its host is.

What to serve comes as one line of JSON on standard input, which stays open as long as the server is
wanted; the server's address goes out as one line. Everything that llama.cpp writes goes to standard
error. It imports nothing else of this program.
"""

import ctypes
import json
import os
import signal
import sys
from typing import Any

CACHE_MIB = 256
"""Memory for prompts that were read before; llama.cpp would take 8 GiB."""

ERRORS_ONLY = 1
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve until standard input ends; exit code 1 when the file cannot be served."""
    if sys.platform == "linux":
        # The host may be killed while a large file loads, when nobody looks at standard input.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    answers = os.dup(1)
    os.dup2(2, 1)
    line = sys.stdin.buffer.readline()
    if not line:
        os._exit(1)
    try:
        server = _start(json.loads(line))
    except Exception as error:  # noqa: BLE001
        # Whatever a package in another version or a broken file makes of it: the host tells it.
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os.write(answers, f"{server.listening_address}\n".encode())
    while os.read(0, 4096):
        pass
    # Not through the interpreter's end: the server's own waits for threads that do not end.
    os._exit(0)


def _start(wanted: dict[str, Any]) -> Any:
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path = wanted["file"]
    settings.model_alias = {wanted["model"]}
    settings.n_ctx = wanted["context"]
    # One request at a time: on a CPU two take twice as long each, and share the context.
    settings.n_parallel = 1
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = wanted["threads"]
    settings.hostnames = ["127.0.0.1"]
    settings.port = 0
    settings.api_keys = [wanted["key"]]
    settings.offline = True
    settings.ui = settings.endpoint_slots = settings.warmup = False
    settings.cache_ram_mib = CACHE_MIB
    settings.verbosity = ERRORS_ONLY
    return xllamacpp.Server(settings)


if __name__ == "__main__":
    main()

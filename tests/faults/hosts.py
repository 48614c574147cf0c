"""A warden as tests see it: it is given jobs, and tells how the host ended."""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import msgspec

from tests.faults.warden import Job, Outcome

ROOT = Path(__file__).parents[2]


class Warden:
    """A process that starts, kills and outlives hosts; to be used as a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.warden"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )

    def __enter__(self) -> "Warden":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def perform(self, job: Job) -> Outcome:
        """Do a job and wait for how it ended."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(job) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the warden ended; its standard error says why"
        return msgspec.json.decode(line, type=Outcome)

"""What makes a run of a source not reproducible is seen in its text."""

import pytest

from stop_tui.core.analysis.untimely import untimely


@pytest.mark.parametrize(
    "source",
    [
        "import time\nstart = time.time()",
        "import time as t\nt.perf_counter()",
        "from time import monotonic as now\nnow()",
        "def f():\n    from time import process_time\n    return process_time()",
        "from time import *\nperf_counter()",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import datetime as d\nd.utcnow()",
        "clock = __import__('time').time",
        "import importlib\nimportlib.import_module('time').time()",
    ],
)
def test_clocks_are_found_under_any_name(source: str) -> None:
    assert untimely(source) == ("clocks",)


@pytest.mark.parametrize(
    "source",
    [
        "import threading\nthreading.Thread(target=print).start()",
        "from concurrent.futures import ThreadPoolExecutor",
        "import concurrent.futures\nconcurrent.futures.ThreadPoolExecutor(4)",
        "import concurrent.futures as cf\npool = cf.ThreadPoolExecutor",
        "from multiprocessing.pool import ThreadPool",
        "import asyncio\nasyncio.run(asyncio.to_thread(print))",
    ],
)
def test_threads_are_found_under_any_name(source: str) -> None:
    assert untimely(source) == ("threads",)


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.urandom(8)",
        "import secrets\nsecrets.randbelow(3)",
        "from uuid import uuid4",
        "import random\nrandom.SystemRandom().random()",
        "import random\nrng = random.Random()",
        "import random\nrandom.seed()",
        "import numpy as np\nnp.random.RandomState()",
    ],
)
def test_entropy_of_the_system_is_found(source: str) -> None:
    assert untimely(source) == ("OS entropy",)


@pytest.mark.parametrize(
    "source",
    [
        "import random\nrandom.seed(1)\nrng = random.Random(3)\nrandom.random()",
        "import numpy as np\nrng = np.random.default_rng()\nnp.random.rand()",
        "import threading\nlock = threading.Lock()",
        "import time\ntime.sleep(0)",
        "def time():\n    return 1\n\ntime()\nself.time.time()",
        "urandom = 3\nsecrets = 4\nprint(urandom, secrets)",
        "this is no program",
        "import time\ntime.time(",
    ],
)
def test_what_is_seeded_or_changes_nothing_is_not_counted(source: str) -> None:
    assert untimely(source) == ()


def test_several_reasons_are_sorted() -> None:
    source = "import time, os, threading\ntime.time(), os.urandom(1), threading.Thread()"
    assert untimely(source) == ("OS entropy", "clocks", "threads")


HOSTILE = {
    "deep parentheses": "(" * 40_000 + ")" * 40_000,
    "a long sum": "+".join("1" * 40_000),
    "deep attributes": "a" + ".b" * 40_000,
    "deep negation": "-" * 90_000 + "1",
    "deep lists": "[" * 90_000,
    "deep lambdas": "lambda:" * 10_000 + "1",
    "deep indentation": "\n".join(" " * i + "if x:" for i in range(300)),
    "a null byte": "import time\ntime.time()\x00",
    "lone surrogates": "x = '\ud800'",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_no_program(source: str) -> None:
    assert untimely(source) == ()


def test_a_text_too_long_to_be_read_may_depend_on_anything() -> None:
    assert untimely("x = 1\n" * 100_000) == ("OS entropy", "clocks", "threads")

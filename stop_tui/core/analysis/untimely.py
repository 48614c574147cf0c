"""What makes a run of a program depend on more than its inputs and its seed.

Found in the text, without running it: that a program could read a clock, not that it does. What
the sandbox seeds itself (`random`, numpy's global state, `default_rng()`) is not counted, nor are
locks and sleeping, which by themselves change no result.
"""

import ast
import functools

from stop_tui.core.analysis.tree import LONGEST, Unreadable, imported_names, parse

THREADS = "threads"
CLOCKS = "clocks"
OS_ENTROPY = "OS entropy"

_THREADS = """
    threading.Thread threading.Timer _thread.start_new_thread asyncio.to_thread
    concurrent.futures.ThreadPoolExecutor concurrent.futures.ProcessPoolExecutor
    concurrent.futures.thread.ThreadPoolExecutor concurrent.futures.process.ProcessPoolExecutor
"""
_CLOCKS = """
    time.time time.time_ns time.perf_counter time.perf_counter_ns time.monotonic time.monotonic_ns
    time.process_time time.process_time_ns time.thread_time time.thread_time_ns time.clock_gettime
    time.clock_gettime_ns time.localtime time.gmtime time.ctime time.asctime time.strftime
    datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today datetime.date.today
    os.times resource.getrusage signal.alarm signal.setitimer
    timeit.timeit timeit.repeat timeit.default_timer timeit.Timer
"""
_OS_ENTROPY = "os.urandom os.getrandom os.getpid random.SystemRandom uuid.uuid1 uuid.uuid4"
_SEEDED_BY_THE_SYSTEM = """
    random.Random random.seed numpy.random.RandomState numpy.random.SeedSequence numpy.random.seed
"""

_BY_NAME = {
    **dict.fromkeys(_THREADS.split(), THREADS),
    **dict.fromkeys(_CLOCKS.split(), CLOCKS),
    **dict.fromkeys(_OS_ENTROPY.split(), OS_ENTROPY),
}
_BY_MODULE = {"secrets": OS_ENTROPY, "multiprocessing": THREADS, "joblib": THREADS}
_WITHOUT_SEED = frozenset(_SEEDED_BY_THE_SYSTEM.split())


@functools.lru_cache(maxsize=256)
def untimely(source: str) -> tuple[str, ...]:
    """Which of "OS entropy", "clocks" and "threads" a run of `source` may depend on, sorted.

    Empty for a text that is no program, since it cannot run; all of them for one that is too long
    to be read.
    """
    if len(source) > LONGEST:
        return OS_ENTROPY, CLOCKS, THREADS
    tree = parse(source)
    if isinstance(tree, Unreadable):
        return ()
    bare_calls = {
        node.func
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and not node.args and not node.keywords
    }
    found: set[str] = set()
    for name, node in imported_names(tree):
        if (reason := _BY_NAME.get(name) or _BY_MODULE.get(name.partition(".")[0])) is not None:
            found.add(reason)
        elif name in _WITHOUT_SEED and node in bare_calls:
            found.add(OS_ENTROPY)
    return tuple(sorted(found))

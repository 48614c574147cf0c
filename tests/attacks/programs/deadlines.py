"""Living longer than the time that is given, or having it measured wrongly.

None of them comes back by itself. Their time is measured by the kernel, from outside.
"""

import os
import signal
import threading
import time


def loop():
    while True:
        pass


def sleep():
    while True:
        time.sleep(1000)


def loop_with_every_signal_ignored():
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    loop()


def loop_whatever_is_raised():
    while True:
        try:
            loop()
        except BaseException:
            continue


def loop_in_many_threads():
    for _ in range(20):
        threading.Thread(target=loop).start()
    loop()


def loop_after_raising_its_limit():
    import resource

    for limit in ((-1, -1), (1 << 30, 1 << 30)):
        try:
            resource.setrlimit(resource.RLIMIT_CPU, limit)
        except (OSError, ValueError):
            continue
    loop()


def loop_with_another_clock():
    time.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0
    time.clock_gettime = lambda number: 0.0
    loop()


def stop_itself():
    signal.raise_signal(signal.SIGSTOP)
    while True:
        time.sleep(1000)


def stop_its_pipes():
    for number in range(3, 64):
        try:
            os.close(number)
        except OSError:
            continue
    while True:
        time.sleep(1000)


def loop_in_native_code():
    sum(range(10**18))


def loop_in_the_kernel():
    null, zero = os.open("/dev/null", os.O_WRONLY), os.open("/dev/zero", os.O_RDONLY)
    while True:
        os.sendfile(null, zero, None, 1 << 30)


def raise_a_power_without_end():
    return 7 ** (7 ** (7**7))


def match_without_end():
    import re

    re.match("(a*)*b", "a" * 100)


def work_in_a_thread_and_come_back():
    threading.Thread(target=loop, daemon=True).start()
    time.sleep(1000)

"""For all tests: property tests know no time limit, so that a loaded machine cannot make them fail,
interrupts are heard, and `make test-trust` ends with how long its suites took, beside their bounds.
"""

import signal
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings

from stop_tui.core.garbage import keep_what_is_there

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As in what a shell starts in the background, and in all that this starts in turn.
    signal.signal(signal.SIGINT, signal.default_int_handler)

BOUNDS = {"attacks": 240, "faults": 300}
"""Seconds that the suites of `make test-trust` may take on an idle machine."""


def pytest_collection_finish() -> None:
    """What was imported stays, so nobody need look again and again whether it is still used."""
    keep_what_is_there()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.getoption("markexpr") != "trust":
        return
    took: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                took[report.nodeid.split("/")[1]] += report.duration
    terminalreporter.section("times")
    for suite, seconds in sorted(took.items()):
        bound = f" (bound {BOUNDS[suite]} s)" if suite in BOUNDS else ""
        terminalreporter.write_line(f"{suite}: {seconds:.0f} s{bound}")

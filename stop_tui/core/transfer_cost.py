"""What each program run has cost, folded from the events of a journal. Pure.

The state of a run counts by meta-iteration; what is measured outside of one is counted here.
"""

from collections.abc import Iterable

from stop_tui.core import events as ev
from stop_tui.core.spending import Spent, total
from stop_tui.core.state import CallKey


class CostByProgram:
    """Spending on the language model by program run, calls that nobody heard of again included."""

    def __init__(self) -> None:
        self._spent: dict[str, Spent] = {}
        self._in_flight: dict[CallKey, ev.ModelCallSent] = {}

    def take(self, event: ev.AnyEvent) -> None:
        """Take one more event into account."""
        match event:
            case ev.ModelCallSent():
                key = event.program, event.request, event.occurrence
                if key in self._in_flight:  # the process ended while it was under way
                    self._lose(self._in_flight[key])
                self._in_flight[key] = event
            case ev.ModelCalled() | ev.ModelCallLost():
                self._in_flight.pop((event.program, event.request, event.occurrence), None)
                self._add(event)
            case ev.RunPaused() | ev.RunResumed():
                for sent in self._in_flight.values():
                    self._lose(sent)
                self._in_flight.clear()
            case _:
                pass

    def of(self, programs: Iterable[str]) -> Spent:
        """What the program runs called `programs` have cost together."""
        return total(self._spent[name] for name in programs if name in self._spent)

    def _lose(self, sent: ev.ModelCallSent) -> None:
        if sent.model != "offline":  # it charges for nothing, however a call of it ends
            lost = ev.ModelCallLost(
                program=sent.program, request=sent.request, occurrence=sent.occurrence
            )
            self._add(lost)

    def _add(self, call: ev.ModelCalled | ev.ModelCallLost) -> None:
        self._spent[call.program] = self._spent.get(call.program, Spent()).plus(call)

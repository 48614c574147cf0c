"""Simulates runs on lpn with the offline model, to set its odds and to know what they lead to.

Run by `python bench/offline_tuning.py [seeds [workspace]]`; 30 seeds take four minutes and print
the figures of docs/offline-model.md.

Everything runs in this process with no isolation, so it must only ever run this repository's own
improvers and recorded responses. It is an approximation of the engine (no CPU limits, seeds of its
own), not a part of it.
"""

import functools
import random
import statistics
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy

from stop_tui.core.code_extraction import extract_code
from stop_tui.core.events import Budget
from stop_tui.core.keys import digest, seed_from
from stop_tui.language_models.offline import OfflineModel
from stop_tui.language_models.offline.library import IMPROVER, shelf
from stop_tui.language_models.offline.odds import RULES, Rules
from stop_tui.language_models.protocol import Request

REPEATS = 5
ITERATIONS = 3
META_UTILITY = (
    "The meta-utility of an improver: the mean utility of the solutions that its improve_algorithm "
    "returns on the downstream tasks (lpn), over several repeats."
)


class Workspace(msgspec.Struct, frozen=True):
    """The texts that a simulation needs of the workspace."""

    improvers: dict[str, str]
    seed_solution: str
    utility: str


def workspace(root: Path) -> Workspace:
    return Workspace(
        improvers={p.stem: p.read_text("utf-8") for p in sorted((root / "improvers").glob("*.py"))},
        seed_solution=(root / "tasks/lpn/seed.py").read_text("utf-8"),
        utility=(root / "tasks/lpn/utility.py").read_text("utf-8"),
    )


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Global random states as a generated program finds them: decided by `seed`."""
    random.seed(seed)
    numpy.random.seed(seed % 2**32)
    original = numpy.random.default_rng
    numpy.random.default_rng = lambda s=None: original(seed if s is None else s)  # type: ignore[assignment]
    try:
        yield
    finally:
        numpy.random.default_rng = original


def load(source: str) -> types.ModuleType:
    # Registered, since dataclasses look their module up by name.
    module = sys.modules["generated"] = types.ModuleType("generated")
    exec(compile(source, "generated", "exec"), module.__dict__)
    return module


class Utility:
    """What a program sees as `utility`: a value for each source, within a budget."""

    def __init__(self, text: str, value: Callable[[str], float], budget: int) -> None:
        self.str, self._value, self._budget, self._uses = text, value, budget, 0

    @property
    def budget(self) -> int:
        return self._budget

    @budget.setter
    def budget(self, value: object) -> None:
        """Assigning changes nothing, as in a run."""

    @property
    def uses(self) -> int:
        return self._uses

    @uses.setter
    def uses(self, value: object) -> None:
        """Assigning changes nothing, as in a run."""

    def __call__(self, solution: object) -> float:
        if self._uses >= self._budget:
            return 0.0
        self._uses += 1
        return self._value(solution) if isinstance(solution, str) else 0.0


class Model:
    """What a program sees as `language_model`."""

    def __init__(self, model: OfflineModel, program: str, budget: Budget) -> None:
        self._model, self._program, self._left = model, program, budget.lm_calls
        self._asked: dict[str, int] = {}
        self._budget = budget

    @property
    def budget(self) -> int:
        return self._budget.lm_calls

    @budget.setter
    def budget(self, value: object) -> None:
        """Assigning changes nothing, as in a run."""

    @property
    def max_responses_per_call(self) -> int:
        return self._budget.responses_per_call

    def prompt(
        self, expertise: str, message: str, n_responses: int = 1, temperature: float = 0.7
    ) -> list[str]:
        self._spend(n_responses)
        return self._ask(expertise, message, n_responses, temperature)

    def batch_prompt(
        self, expertise: str, message_batch: Sequence[str], temperature: float = 0.7
    ) -> list[str]:
        self._spend(len(message_batch))
        return [self._ask(expertise, message, 1, temperature)[0] for message in message_batch]

    def _spend(self, responses: int) -> None:
        if self._left <= 0 or responses > self._budget.responses_per_call:
            raise RuntimeError("past the budget")
        self._left -= 1

    def _ask(self, expertise: str, message: str, n: int, temperature: float) -> list[str]:
        key = digest(expertise, message, n, temperature)
        occurrence = self._asked[key] = self._asked.get(key, -1) + 1
        seed = seed_from(self._program, key, occurrence)
        request = Request(expertise, message, n=n, temperature=temperature, seed=seed)
        return [response.text for response in self._model.answer(request).responses]


class Lpn:
    """Utilities of solutions of lpn, computed once for each source, phase and split."""

    def __init__(self, utility: str) -> None:
        self._task = load(utility)
        self._known: dict[tuple[str, str, str], float] = {}

    def utility(self, source: str, phase: str, split: str = "val") -> float:
        key = (source, phase, split)
        if key not in self._known:
            self._known[key] = self._measure(source, phase, split)
        return self._known[key]

    def _measure(self, source: str, phase: str, split: str) -> float:
        scores = []
        for index in range(self._task.INSTANCES[split]):
            seed = seed_from("lpn", phase, split, index)
            inputs, hidden = self._task.instance(numpy.random.default_rng(seed))
            with seeded(seed):
                try:
                    output = load(source).algorithm(*(value.copy() for value in inputs))
                    scores.append(self._task.score(inputs, hidden, output))
                # Generated code may raise anything; that is a score of 0 for the instance.
                except Exception:  # noqa: BLE001
                    scores.append(0.0)
        return statistics.fmean(scores)


class Step(msgspec.Struct, frozen=True):
    """After a meta-iteration: whether its proposal was accepted, and the incumbent's figures."""

    accepted: bool
    val: float
    test: float


class Simulation:
    """One run's world: its seed decides every instance and every response."""

    def __init__(self, texts: Workspace, lpn: Lpn, seed: int, rules: Rules = RULES) -> None:
        self._texts, self._lpn, self._seed = texts, lpn, seed
        self._model = OfflineModel(rules)
        self._means: dict[tuple[str, str, str], float] = {}

    def improve(self, improver: str, program: str, solution: str, utility: Utility) -> str | None:
        """What `improver` returns, or None when it fails."""
        model = Model(self._model, f"{self._seed}/{program}", Budget())
        with seeded(seed_from(self._seed, program)):
            try:
                returned = load(improver).improve_algorithm(solution, utility, model)
            # Generated code may raise anything; that is a failed repeat.
            except Exception:  # noqa: BLE001
                return None
        return returned if isinstance(returned, str) else None

    def meta_utility(self, improver: str, phase: str, split: str = "val") -> float:
        key = (improver, phase, split)
        if key not in self._means:
            values = []
            for repeat in range(REPEATS):
                solution = self._solve(improver, phase, repeat)
                values.append(self._value(solution, phase, split) if solution else 0.0)
            self._means[key] = statistics.fmean(values)
        return self._means[key]

    @functools.cache  # noqa: B019 - one simulation lives as long as the script
    def _solve(self, improver: str, phase: str, repeat: int) -> str | None:
        utility = Utility(
            self._texts.utility,
            lambda source: self._value(source, phase),
            Budget().utility_calls,
        )
        program = f"{phase}/{digest(improver)}/{repeat}"
        return self.improve(improver, program, self._texts.seed_solution, utility)

    def _value(self, solution: str, phase: str, split: str = "val") -> float:
        # Runs share a few sets of instances, since measuring is most of the work.
        return self._lpn.utility(solution, f"{phase}/{self._seed % 10}", split)

    def run(self) -> list[Step]:
        """The seed improver, then the incumbent after each meta-iteration, under gate auto."""
        incumbent = self._texts.improvers["seed"]
        steps = [self._step(True, incumbent, "I0")]
        for iteration in range(1, ITERATIONS + 1):
            utility = Utility(
                META_UTILITY,
                lambda source: self.meta_utility(source, "selection"),
                Budget().utility_calls,
            )
            phase = f"I{iteration}"
            proposal = self.improve(incumbent, phase, incumbent, utility)
            accepted = (
                proposal is not None
                and proposal != incumbent
                and self.meta_utility(proposal, phase) >= self.meta_utility(incumbent, phase)
            )
            if accepted and proposal is not None:
                incumbent = proposal
            steps.append(self._step(accepted, incumbent, phase))
        return steps

    def _step(self, accepted: bool, incumbent: str, phase: str) -> Step:
        return Step(
            accepted=accepted,
            val=self.meta_utility(incumbent, phase),
            test=self.meta_utility(incumbent, phase, "test"),
        )


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    sys.modules["helpers"] = types.ModuleType("helpers")
    sys.modules["helpers"].extract_code = extract_code  # type: ignore[attr-defined]
    texts = workspace(Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parents[1])
    lpn = Lpn(texts.utility)
    by_improver(texts, lpn, seeds)
    by_run(texts, lpn, seeds)


def by_improver(texts: Workspace, lpn: Lpn, seeds: int) -> None:
    print(f"meta-utility on lpn over {seeds} seeds (R = {REPEATS}): mean, lowest, highest")
    improvers = dict(texts.improvers)
    improvers |= {r.name: r.code for r in shelf(IMPROVER).given()}
    for name, source in improvers.items():
        values = [
            Simulation(texts, lpn, seed).meta_utility(source, "selection") for seed in range(seeds)
        ]
        print(f"  {name:28} {statistics.fmean(values):.3f} {min(values):.3f} {max(values):.3f}")


def by_run(texts: Workspace, lpn: Lpn, seeds: int) -> None:
    runs = [Simulation(texts, lpn, seed).run() for seed in range(seeds)]
    print(f"runs of {ITERATIONS} meta-iterations, gate auto: val/test after each (+ accepted)")
    for seed, steps in enumerate(runs):
        figures = (f"{'+' if s.accepted else '='}{s.val:.3f}/{s.test:.3f}" for s in steps)
        print(f"  seed {seed:3}  {'  '.join(figures)}")
    accepted = [[step for step in steps[1:] if step.accepted] for steps in runs]
    first = [steps[0].test for steps in accepted if steps]
    better = [
        any(step.test > steps[0].test for step in steps[1:] if step.accepted) for steps in runs
    ]
    print(f"seed improver in 0.60-0.80      {share([0.6 <= s[0].val <= 0.8 for s in runs])}")
    print(f"first accepted below 0.95       {share([test < 0.95 for test in first])}")
    print(f"a version better than the seed  {share(better)}")
    print(f"versions accepted in a run      {statistics.fmean(map(len, accepted)):.1f}")
    for iteration in range(ITERATIONS + 1):
        print(f"mean test meta-utility of I{iteration}    {mean_test(runs, iteration):.3f}")


def share(facts: Sequence[bool]) -> str:
    return f"{sum(facts)} of {len(facts)}"


def mean_test(runs: Sequence[Sequence[Step]], iteration: int) -> float:
    return statistics.fmean(steps[iteration].test for steps in runs)


if __name__ == "__main__":
    main()

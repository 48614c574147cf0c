"""The strategies found in a program's source, each with the lines it rests on.

Found by structure: what flows into prompts, what is kept between rounds, how one is chosen. Names
and words only support it. docs/strategies.md describes the evidence and what it cannot see.
"""

import ast
from collections.abc import Callable, Iterable

from stop_tui.core.analysis.evaluation_strategies import caching, parallel_evaluation
from stop_tui.core.analysis.evidence import Evidence
from stop_tui.core.analysis.flow import Flow
from stop_tui.core.analysis.prompt_strategies import (
    bandit,
    decomposition,
    feedback,
    temperature_variation,
)
from stop_tui.core.analysis.search_strategies import (
    annealing,
    beam_search,
    genetic,
    local_search,
    restarts,
)
from stop_tui.core.analysis.tree import Unreadable, parse
from stop_tui.core.events import Finding

_DETECTORS: dict[str, Callable[[Flow], Evidence | None]] = {
    "genetic or evolutionary": genetic,
    "simulated annealing": annealing,
    "bandit": bandit,
    "decomposition": decomposition,
    "beam search": beam_search,
    "local search": local_search,
    "restarts": restarts,
    "temperature variation": temperature_variation,
    "feedback of scores or errors": feedback,
    "parallel evaluation": parallel_evaluation,
    "caching": caching,
}
_IMPLIED_BY = {
    "beam search": ("genetic or evolutionary",),
    "local search": ("genetic or evolutionary", "simulated annealing", "beam search"),
}
_SEARCH_LABELS = 7

LABELS = tuple(_DETECTORS)
"""All labels, from what shapes a program most to what supports it."""


def strategies(source: str) -> tuple[Finding, ...]:
    """The strategies in `source`, an improver or a solution, in the order of `LABELS`.

    A strategy that is part of another by nature (keeping the fittest, in a genetic algorithm) is
    not named apart. Empty for a text that is no program, is too long, or is nested too deeply.
    """
    tree = parse(source)
    if isinstance(tree, Unreadable):
        return ()
    try:
        flow = Flow(tree)
        found = {label: detect(flow) for label, detect in _DETECTORS.items()}
    except RecursionError:
        return ()
    return tuple(
        Finding(label=label, lines=_lines(evidence.nodes), detail=evidence.detail)
        for label, evidence in found.items()
        if evidence is not None and not any(found[other] for other in _IMPLIED_BY.get(label, ()))
    )


def main_strategy(findings: Iterable[Finding]) -> str:
    """The one or two words for `findings` that fit in the subject of a commit.

    The first two ways of searching; if there are none, the first two that support a search;
    "none found" for no findings.
    """
    labels = sorted((finding.label for finding in findings), key=_rank)
    searching = [label for label in labels if label in LABELS[:_SEARCH_LABELS]]
    return ", ".join((searching or labels)[:2]) or "none found"


def _rank(label: str) -> int:
    """Where a label stands among all; a journal of another version may have labels not known."""
    return LABELS.index(label) if label in LABELS else len(LABELS)


def _lines(nodes: Iterable[ast.AST]) -> tuple[int, ...]:
    return tuple(sorted({node.lineno for node in nodes if isinstance(node, ast.expr | ast.stmt)}))

"""Strategies are found in programs as a reader would name them, and nothing else is."""

from pathlib import Path

import pytest

import stop_tui
from stop_tui.core.analysis.strategies import LABELS, main_strategy, strategies
from stop_tui.core.code_extraction import extract_code

RECORDED = Path(stop_tui.__file__).parent / "language_models/offline/responses/improver"
IMPROVERS = Path(stop_tui.__file__).parents[1] / "improvers"

BEAM, GENETIC, ANNEALING = "beam search", "genetic or evolutionary", "simulated annealing"
BANDIT, PARTS, HEAT = "bandit", "decomposition", "temperature variation"
CLIMBING, FEEDBACK, RESTARTS = "local search", "feedback of scores or errors", "restarts"
PARALLEL, CACHING = "parallel evaluation", "caching"

# What a reader finds in the recorded improvers, and what may be argued about besides: a race or a
# bandit that always goes on from the best is a climber too, and one from the best two a small beam.
BY_HAND: dict[str, tuple[set[str], set[str]]] = {
    "adaptive-budget": ({BANDIT, FEEDBACK}, {BEAM}),
    "annealed-reheat": ({ANNEALING, FEEDBACK}, set()),
    "annealed-solutions": ({ANNEALING, HEAT, FEEDBACK, CACHING}, set()),
    "beam-diverse-siblings": ({BEAM, FEEDBACK}, set()),
    "beam-search": ({BEAM, FEEDBACK}, set()),
    "beam-stagnation": ({BEAM, HEAT, FEEDBACK}, set()),
    "decompose-parts": ({PARTS, FEEDBACK, CACHING}, set()),
    "elite-restarts": ({RESTARTS, CLIMBING, HEAT, FEEDBACK, CACHING}, set()),
    "error-repair": ({FEEDBACK}, {BEAM}),
    "genetic-crossover": ({GENETIC, FEEDBACK}, set()),
    "genetic-islands": ({GENETIC, HEAT, FEEDBACK}, set()),
    "genetic-more-generations": ({GENETIC, FEEDBACK}, set()),
    "halving-race": ({BANDIT, HEAT, FEEDBACK}, {CLIMBING}),
    "idea-fusion": (set(), set()),  # an f-string in it does not parse
    "ideas-then-code": ({FEEDBACK}, set()),
    "islands-operators": ({GENETIC, BANDIT, HEAT, FEEDBACK}, set()),
    "lessons-memory": ({HEAT, FEEDBACK}, set()),
    "lessons-tournament": ({HEAT, FEEDBACK}, set()),
    "local-search": ({CLIMBING, FEEDBACK, CACHING}, set()),
    "map-elites": ({GENETIC, FEEDBACK}, set()),
    "map-elites-crossfill": ({GENETIC, FEEDBACK}, set()),
    "novelty-filter": ({FEEDBACK}, {CLIMBING}),
    "prompt-bandit": ({BANDIT, FEEDBACK}, {CLIMBING}),
    "race-rungs": ({BANDIT, HEAT, FEEDBACK}, {CLIMBING}),
    "repair-probe": ({BEAM, FEEDBACK}, set()),
    "score-critique": ({FEEDBACK}, set()),
    "splice-and-polish": ({PARTS, FEEDBACK, CACHING}, {BEAM}),
    "splice-functions": ({PARTS, FEEDBACK, CACHING}, set()),
    "subprocess-prescreen": ({BEAM, HEAT, FEEDBACK, PARALLEL, CACHING}, set()),
    "temperature-ladder": ({CLIMBING, HEAT, FEEDBACK}, set()),
    "thompson-notes": ({BANDIT, FEEDBACK}, {BEAM}),
    "thompson-prompts": ({BANDIT, FEEDBACK}, {CLIMBING}),
    "threaded-cache": ({BEAM, HEAT, FEEDBACK, PARALLEL, CACHING}, set()),
    "tree-of-thoughts": ({BEAM, FEEDBACK}, set()),
}


def recorded(name: str) -> str:
    code = extract_code((RECORDED / f"{name}.md").read_text())
    assert code is not None
    return code


def labels(source: str) -> set[str]:
    return {finding.label for finding in strategies(source)}


def lines(source: str, label: str) -> list[str]:
    """The text of the lines that `label` rests on."""
    text = source.splitlines()
    (finding,) = (finding for finding in strategies(source) if finding.label == label)
    return [text[line - 1].strip() for line in finding.lines]


@pytest.mark.parametrize("name", BY_HAND)
def test_recorded_improvers_are_labelled_as_by_hand(name: str) -> None:
    found = labels(recorded(name))
    certain, arguable = BY_HAND[name]
    assert certain <= found
    assert found <= certain | arguable


def test_every_recorded_improver_was_read() -> None:
    assert {path.stem for path in RECORDED.glob("*.md")} == BY_HAND.keys()


@pytest.mark.parametrize("name", ["seed", "best_of_n", "chain_of_thought"])
def test_a_single_batch_is_no_strategy(name: str) -> None:
    assert strategies((IMPROVERS / f"{name}.py").read_text()) == ()


def test_findings_carry_the_lines_they_rest_on() -> None:
    assert lines(recorded("beam-search"), BEAM) == [
        "beam = sorted(beam + children, key=lambda item: item[0], reverse=True)[:BEAM_WIDTH]"
    ]
    assert lines(recorded("annealed-solutions"), ANNEALING) == [
        "if delta >= 0 or random.random() < math.exp(delta / heat):"
    ]
    assert lines(recorded("prompt-bandit"), BANDIT) == [
        "return mean + 0.3 * math.sqrt(math.log(total + 1) / pulls[arm])"
    ]
    assert lines(recorded("elite-restarts"), RESTARTS) == ["climb_score = -1.0"]


def improver(body: str, imports: str = "") -> str:
    """An improver of which only the interesting lines are given."""
    indented = "\n".join("    " + line for line in body.strip("\n").splitlines())
    return (
        f"from helpers import extract_code\n{imports}\n"
        f"def improve_algorithm(initial_solution, utility, language_model):\n{indented}\n"
    )


ASK = "language_model.prompt('expert', message, n_responses=3, temperature=0.7)"

VARIANTS = {
    "a beam cut by heapq": (
        BEAM,
        improver(
            f"""
beam = [(utility(initial_solution), initial_solution)]
while language_model.budget > 0:
    grown = list(beam)
    for _, program in beam:
        message = 'Improve:' + program
        for child in extract_code({ASK}):
            grown.append((utility(child), child))
    beam = heapq.nlargest(4, grown)
return beam[0][1]
""",
            "import heapq",
        ),
    ),
    "a genetic algorithm with its own words": (
        GENETIC,
        improver(
            f"""
population = [initial_solution]
for generation in range(3):
    first, second = random.choice(population), random.choice(population)
    message = 'Recombine these two programs:' + first + second
    population += extract_code({ASK})
    population = sorted(population, key=utility)[-5:]
return population[-1]
""",
            "import random",
        ),
    ),
    "annealing with numpy and a decaying temperature": (
        ANNEALING,
        improver(
            f"""
current, score, heat = initial_solution, utility(initial_solution), 1.0
for step in range(4):
    message = current
    for proposal in extract_code({ASK}):
        new = utility(proposal)
        chance = np.exp((new - score) / heat)
        if new > score or np.random.rand() < chance:
            current, score = proposal, new
    heat *= 0.9
return current
""",
            "import numpy as np",
        ),
    ),
    "epsilon-greedy choice of a hint": (
        BANDIT,
        improver(
            f"""
hints, wins = ['faster', 'better'], [0.0, 0.0]
for step in range(4):
    if random.random() < epsilon:
        arm = random.randrange(2)
    else:
        arm = max(range(2), key=lambda i: wins[i])
    message = hints[arm] + initial_solution
    for proposal in extract_code({ASK}):
        wins[arm] += utility(proposal)
return proposal
""",
            "import random\nepsilon = 0.1",
        ),
    ),
    "a plan of temperatures": (
        HEAT,
        improver(
            """
for temperature in (0.2, 0.7, 1.1):
    language_model.batch_prompt('expert', [initial_solution], temperature=temperature)
return initial_solution
"""
        ),
    ),
    "a temperature that decays": (
        HEAT,
        improver(
            """
heat = 1.0
while True:
    language_model.prompt('expert', initial_solution, 3, heat)
    heat *= 0.9
"""
        ),
    ),
    "scores by str.format": (
        FEEDBACK,
        improver(
            f"""
score = utility(initial_solution)
message = 'It scores {{}}: {{}}'.format(score, initial_solution)
return extract_code({ASK})[0]
"""
        ),
    ),
    "scores by percent": (
        FEEDBACK,
        improver(
            f"""
value = utility(initial_solution)
message = 'It scores %.3f' % value
return extract_code({ASK})[0]
"""
        ),
    ),
    "scores by concatenation": (
        FEEDBACK,
        improver(
            f"""
baseline_score = utility(initial_solution)
message = 'It scores ' + str(baseline_score)
return extract_code({ASK})[0]
"""
        ),
    ),
    "error messages": (
        FEEDBACK,
        improver(
            f"""
problem = ''
try:
    compile(initial_solution, 'x', 'exec')
except SyntaxError as error:
    problem = f'it fails: {{error}}'
message = initial_solution + problem
return extract_code({ASK})[0]
"""
        ),
    ),
    "parts that the model names": (
        PARTS,
        improver(
            """
parts = language_model.prompt('expert', 'List the parts:' + initial_solution)[0].split()
prompts = [f'Rewrite only this part: {part} of {initial_solution}' for part in parts]
return extract_code(language_model.batch_prompt('expert', prompts))[0]
"""
        ),
    ),
    "a hill climber": (
        CLIMBING,
        improver(
            f"""
incumbent, top = initial_solution, utility(initial_solution)
for step in range(4):
    message = f'Change one thing in {{incumbent}}'
    for neighbour in extract_code({ASK}):
        if (value := utility(neighbour)) > top:
            incumbent, top = neighbour, value
return incumbent
"""
        ),
    ),
    "a return to the start": (
        RESTARTS,
        improver(
            f"""
current, stuck = initial_solution, 0
for step in range(4):
    message = current
    for proposal in extract_code({ASK}):
        if utility(proposal) > utility(current):
            current = proposal
    stuck += 1
    if stuck > 2:
        current = initial_solution
return current
"""
        ),
    ),
    "a memoised utility": (
        CACHING,
        improver(
            "return max([initial_solution], key=functools.lru_cache(utility))", "import functools"
        )
        + "\n\n@functools.lru_cache\ndef key_of(code):\n    return code\n",
    ),
    "threads that score": (
        PARALLEL,
        improver(
            f"""
message = initial_solution
with concurrent.futures.ThreadPoolExecutor() as pool:
    scores = list(pool.map(utility, extract_code({ASK})))
return initial_solution
""",
            "import concurrent.futures",
        ),
    ),
}


@pytest.mark.parametrize(("label", "source"), VARIANTS.values(), ids=VARIANTS.keys())
def test_a_strategy_is_found_however_it_is_written(label: str, source: str) -> None:
    assert label in labels(source)


INNOCENT = {
    "a score that is only printed": improver(
        f"""
score = utility(initial_solution)
print(f'the score is {{score:.3f}}')
message = initial_solution
return extract_code({ASK})[0]
"""
    ),
    "a program that was kept with its score": improver(
        f"""
kept = [(utility(initial_solution), initial_solution)]
message = f'Improve {{kept[0][1]}}'
return extract_code({ASK})[0]
"""
    ),
    "words alone": improver(
        f"""
message = 'Use beam search, a genetic algorithm with crossover, annealing or a bandit.'
return extract_code({ASK})[0]
"""
    ),
    "a temperature with a name": improver(
        """
replies = language_model.prompt('expert', initial_solution, 3, temperature=HEAT)
return extract_code(replies)[0]
""",
        "HEAT = 0.7",
    ),
    "the best one, taken at the end": improver(
        f"""
message = initial_solution
return sorted(extract_code({ASK}), key=utility, reverse=True)[:1][0]
"""
    ),
}


@pytest.mark.parametrize("source", INNOCENT.values(), ids=INNOCENT.keys())
def test_what_only_looks_like_a_strategy_is_none(source: str) -> None:
    assert strategies(source) == ()


def test_solutions_are_labelled_too() -> None:
    annealing = (
        "import math, random\n"
        "def algorithm(n):\n"
        "    x, heat = 0, 1.0\n"
        "    for step in range(n):\n"
        "        delta = random.gauss(0, 1)\n"
        "        if delta < 0 or random.random() < math.exp(-delta / heat):\n"
        "            x += delta\n"
        "    return x\n"
    )
    assert labels(annealing) == {ANNEALING}


def test_findings_come_in_a_fixed_order_and_with_a_word_of_detail() -> None:
    found = [finding.label for finding in strategies(recorded("subprocess-prescreen"))]
    assert found == [label for label in LABELS if label in found]
    assert all(finding.detail for finding in strategies(recorded("subprocess-prescreen")))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("beam-search", "beam search"),
        ("islands-operators", "genetic or evolutionary, bandit"),
        ("elite-restarts", "local search, restarts"),
        ("score-critique", "feedback of scores or errors"),
        ("idea-fusion", "none found"),
    ],
)
def test_the_main_strategy_is_a_word_or_two(name: str, words: str) -> None:
    assert main_strategy(strategies(recorded(name))) == words


HOSTILE = {
    "no program": "this is no program",
    "a null byte": "x = 1\x00",
    "lone surrogates": "x = '\ud800'",
    "deep parentheses": "(" * 40_000 + ")" * 40_000,
    "a long sum": "x = " + "+".join("1" * 40_000),
    "deep attributes": "x = a" + ".b" * 40_000,
    "deep negation": "-" * 90_000 + "1",
    "deep lambdas": "lambda:" * 10_000 + "1",
    "a huge text": "x = 1\n" * 1_000_000,
    "many assignments": "a[b] = c\n" * 10_000,
    "many cuts": "a = sorted(a)[:3]\n" * 5_000,
    "many functions of one name": "def f(a):\n    return f(a)\n" * 3_000,
    "a chain of names": "".join(f"x{i} = x{i + 1}\n" for i in range(6_000)),
    "much behind a name": "y = [" + "1," * 10_000 + "]\n" + "x < y\n" * 12_000,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_has_no_strategy(source: str) -> None:
    assert strategies(source) == ()


def test_names_that_refer_to_themselves_do_not_trap_the_reader() -> None:
    body = (
        "a = b\nb = a\na, b = b, a\nwhile a:\n    a = language_model.prompt(a, b, a, a)\nreturn a"
    )
    assert strategies(improver(body + "\n")) == ()

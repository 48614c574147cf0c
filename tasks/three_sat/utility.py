"""3-SAT: satisfy a formula that is known to be satisfiable.

A literal is a non-zero integer: v stands for the variable v, -v for its negation; variables count
from 1. A clause is a tuple of three literals of different variables, a formula a list of clauses.
A formula has 5 to 50 variables and four clauses for each variable, drawn at random among those
that a hidden assignment satisfies.

`algorithm(formula)` returns an assignment, a list of n + 1 booleans where n is the greatest
variable in the formula: element v is the value of variable v, element 0 is not used. It has LIMIT
seconds. The score is 1 if the assignment satisfies every clause, else 0.
"""

LIMIT = 0.1
INSTANCES = {"val": 30, "test": 30}

FEWEST_VARIABLES = 5
MOST_VARIABLES = 50
CLAUSES_PER_VARIABLE = 4


def satisfies(assignment, clause):
    return any(assignment[abs(literal)] == (literal > 0) for literal in clause)


def instance(rng):
    n = int(rng.integers(FEWEST_VARIABLES, MOST_VARIABLES + 1))
    hidden_assignment = rng.random(n + 1) < 0.5
    formula = []
    while len(formula) < CLAUSES_PER_VARIABLE * n:
        variables = 1 + rng.choice(n, size=3, replace=False)
        signs = rng.choice([-1, 1], size=3)
        clause = tuple((variables * signs).tolist())
        if satisfies(hidden_assignment, clause):
            formula.append(clause)
    return (formula,), None


def score(inputs, hidden, output):
    (formula,) = inputs
    n = max(abs(literal) for clause in formula for literal in clause)
    assignment = list(output)
    if len(assignment) != n + 1:
        raise ValueError(f"expected {n + 1} booleans, not {len(assignment)}")
    if not all(value in (False, True) for value in assignment[1:]):
        raise ValueError("expected nothing but booleans")
    return float(all(satisfies(assignment, clause) for clause in formula))

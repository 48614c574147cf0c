import random

import numpy as np


def algorithm(formula):
    """Random walk: flip a random variable of a random clause that is not satisfied yet."""
    literals = np.array(formula)
    variables = np.abs(literals)
    wanted = literals > 0
    assignment = np.random.random(variables.max() + 1) < 0.5

    for _ in range(1000):
        unsatisfied = np.flatnonzero((assignment[variables] != wanted).all(axis=1))
        if len(unsatisfied) == 0:
            return assignment.tolist()
        clause = variables[random.choice(unsatisfied)]
        variable = random.choice(clause)
        assignment[variable] = not assignment[variable]
    return None

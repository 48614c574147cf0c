"""Modified quadratic assignment: give every facility a location of its own.

F[i, j] is the flow between the facilities i and j, D[k, l] the distance between the locations k
and l, and P[i, k] the preference of facility i for location k, all uniform in [0, 1). For an
assignment a, the objective is the sum over all i and j of F[i, j] * D[a[i], a[j]], minus half the
sum over all i of P[i, a[i]]. It is to be maximised.

`algorithm(F, D, P)` gets three numpy arrays of shape (15, 15). It returns the assignment, a list
of the locations of the facilities 0 to 14, within LIMIT seconds. The score is the objective
divided by 225.
"""

import numpy as np

LIMIT = 0.5
INSTANCES = {"val": 10, "test": 10}

SIZE = 15


def instance(rng):
    F, D, P = rng.random((3, SIZE, SIZE))
    return (F, D, P), None


def score(inputs, hidden, output):
    F, D, P = inputs
    assignment = np.asarray(output)
    if assignment.shape != (SIZE,) or assignment.dtype.kind not in "iu":
        raise ValueError(f"expected {SIZE} integers")
    if sorted(assignment.tolist()) != list(range(SIZE)):
        raise ValueError(f"expected each location from 0 to {SIZE - 1} once")
    objective = (F * D[np.ix_(assignment, assignment)]).sum()
    objective -= 0.5 * P[np.arange(SIZE), assignment].sum()
    return float(np.clip(objective / SIZE**2, 0, 1))

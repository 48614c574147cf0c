import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


def test_instances_are_three_uniform_matrices(utility, instances):
    made = instances(utility("mqap"), 30)
    for inputs, _ in made:
        assert [matrix.shape for matrix in inputs] == [(15, 15)] * 3
        assert all(matrix.dtype == np.float64 and matrix.flags.writeable for matrix in inputs)
        assert all(matrix.min() >= 0 and matrix.max() < 1 for matrix in inputs)
    assert np.mean([inputs for inputs, _ in made]) == pytest.approx(0.5, abs=0.02)


def test_the_score_is_the_objective_written_out(utility):
    module = utility("mqap")
    (F, D, P), _ = module.instance(np.random.default_rng(3))  # noqa: N806
    a = np.random.default_rng(4).permutation(15).tolist()
    objective = sum(F[i, j] * D[a[i], a[j]] for i, j in itertools.product(range(15), repeat=2))
    objective -= 0.5 * sum(P[i, a[i]] for i in range(15))
    assert module.score((F, D, P), None, a) == pytest.approx(objective / 225)


@given(assignment=st.permutations(list(range(15))))
def test_any_permutation_scores_between_zero_and_one(assignment, shared_utility):
    module = shared_utility("mqap")
    inputs, _ = module.instance(np.random.default_rng(0))
    assert 0.0 < module.score(inputs, None, assignment) < 1.0


@pytest.mark.parametrize(
    "assignment",
    [
        list(range(14)),
        [*range(15), 15],
        [0] * 15,
        list(range(1, 16)),
        [-1, *range(1, 15)],
        [float(i) for i in range(15)],
        [True, False, *range(2, 15), 0],
        np.eye(15, dtype=int),
        "0123456789abcde",
    ],
)
def test_what_is_no_permutation_is_refused(assignment, utility):
    module = utility("mqap")
    inputs, _ = module.instance(np.random.default_rng(0))
    with pytest.raises(ValueError, match="expected"):
        module.score(inputs, None, assignment)


def test_the_seed_solution_drives_the_objective_down_as_in_the_unmodified_problem(
    utility, seed_solution, instances
):
    module, solution = utility("mqap"), seed_solution("mqap")
    rng = np.random.default_rng(0)
    for inputs, hidden in instances(module, 3):
        random_scores = [module.score(inputs, hidden, rng.permutation(15)) for _ in range(50)]
        found = module.score(inputs, hidden, solution.algorithm(*inputs))
        assert found < np.mean(random_scores)

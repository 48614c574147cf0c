import itertools

import numpy as np
import pytest


def solve(formula):
    """A satisfying assignment by trying all, for few variables."""
    n = max(abs(literal) for clause in formula for literal in clause)
    for values in itertools.product([False, True], repeat=n):
        assignment = [False, *values]
        if all(any(assignment[abs(x)] == (x > 0) for x in clause) for clause in formula):
            return assignment
    return None


def test_formulas_have_five_to_fifty_variables_and_four_clauses_for_each(utility, instances):
    sizes = set()
    for (formula,), _ in instances(utility("three_sat"), 300):
        variables = {abs(literal) for clause in formula for literal in clause}
        assert len(formula) % 4 == 0
        n = len(formula) // 4
        assert variables <= set(range(1, n + 1))
        sizes.add(n)
    assert sizes == set(range(5, 51))


def test_a_clause_has_three_different_variables_as_plain_integers(utility, instances):
    for (formula,), _ in instances(utility("three_sat"), 20):
        assert type(formula) is list
        for clause in formula:
            assert type(clause) is tuple
            assert [type(literal) for literal in clause] == [int] * 3
            assert len({abs(literal) for literal in clause}) == 3


def test_every_formula_can_be_satisfied_and_that_scores_one(utility):
    module = utility("three_sat")
    small = 0
    for seed in range(150):
        (formula,), hidden = module.instance(np.random.default_rng(seed))
        if len(formula) <= 4 * 12:
            assignment = solve(formula)
            assert assignment is not None
            assert module.score((formula,), hidden, assignment) == 1.0
            small += 1
    assert small > 5


def test_an_assignment_that_leaves_one_clause_out_scores_zero(utility):
    score = utility("three_sat").score
    formula = [(1, 2, 3), (-1, 2, 3), (1, 2, -3)]
    assert score((formula,), None, [False, True, False, False]) == 0.0
    assert score((formula,), None, [False, True, True, False]) == 1.0


@pytest.mark.parametrize(
    "assignment",
    [[None, 0, 1, 0], (True, False, True, False), np.array([0, 0, 1, 1], dtype=bool), [9, 1, 1, 1]],
)
def test_element_zero_may_be_anything_and_truth_values_may_be_numbers(assignment, utility):
    formula = [(1, 2, 3), (-1, 2, 3)]
    assert utility("three_sat").score((formula,), None, assignment) == 1.0


@pytest.mark.parametrize(
    "assignment",
    [[True] * 3, [True] * 5, [False, 2, 1, 1], [False, "T", "T", "T"], [0, -1, 1, 1], "FTTT"],
)
def test_what_is_no_assignment_is_refused(assignment, utility):
    with pytest.raises(ValueError, match="expected"):
        utility("three_sat").score(([(1, 2, 3)],), None, assignment)

import itertools

import numpy as np
import pytest


def test_strings_have_one_to_thirty_characters_a_and_b(utility, instances):
    made = instances(utility("string_grid_distance"), 400)
    assert all(set(t) <= {"A", "B"} and type(t) is str for (t, _), _ in made)
    assert {len(t) for (t, _), _ in made} == set(range(1, 31))


def test_the_distance_asked_for_is_one_that_some_string_has(utility, instances):
    module = utility("string_grid_distance")
    for (t, dist), hidden in instances(module, 60):
        assert type(dist) is int
        if len(t) <= 10:
            strings = map("".join, itertools.product("AB", repeat=len(t)))
            assert any(module.score((t, dist), hidden, s) == 1.0 for s in strings)


def test_the_distance_counts_differing_positions_and_the_changes_of_both(utility):
    distance = utility("string_grid_distance").grid_distance
    assert distance("A", "A") == 0
    assert distance("A", "B") == 1
    assert distance("ABAB", "ABAB") == 6
    assert distance("BABA", "ABAB") == 10
    assert distance("AABB", "ABAB") == 2 + 1 + 3


def test_an_exact_distance_scores_one_and_others_fall_from_one_half(utility):
    score = utility("string_grid_distance").score
    assert score(("AABB", 2), None, "AABB") == 1.0
    assert score(("AABB", 3), None, "AABB") == pytest.approx(0.5 - 1 / 24)
    assert score(("AABB", 8), None, "AABB") == pytest.approx(0.5 - 6 / 24)


def test_the_farthest_answer_still_scores_at_least_zero(utility):
    module = utility("string_grid_distance")
    for length in range(1, 9):
        for t in map("".join, itertools.product("AB", repeat=length)):
            farthest = max(
                module.grid_distance("".join(s), t) for s in itertools.product("AB", repeat=length)
            )
            assert module.score((t, farthest), None, t) >= 0.0


@pytest.mark.parametrize("answer", ["AAB", "AABBA", "AABC", "aabb", list("AABB"), b"AABB", None, 3])
def test_what_is_no_string_like_t_is_refused(answer, utility):
    with pytest.raises((TypeError, ValueError), match="expected a string"):
        utility("string_grid_distance").score(("AABB", 2), None, answer)


def test_instances_do_not_favour_a_length(utility):
    module = utility("string_grid_distance")
    rng = np.random.default_rng(0)
    lengths = [len(module.instance(rng)[0][0]) for _ in range(2000)]
    assert 14.5 < np.mean(lengths) < 16.5

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

TRIANGLE = np.array([[0, 1, 2], [1, 0, 3], [2, 3, 0]])


def test_graphs_are_symmetric_without_loops_and_have_fifty_to_two_hundred_vertices(
    utility, instances
):
    sizes = []
    for (matrix,), _ in instances(utility("maxcut"), 200):
        n = len(matrix)
        sizes.append(n)
        assert matrix.shape == (n, n)
        assert matrix.dtype == np.int64
        assert matrix.flags.writeable
        assert np.array_equal(matrix, matrix.T)
        assert not matrix.diagonal().any()
    assert 50 <= min(sizes) < 60
    assert 190 < max(sizes) <= 200


def test_two_of_five_pairs_are_joined_by_weights_from_one_to_ten(utility, instances):
    weights = np.concatenate(
        [
            matrix[np.triu_indices(len(matrix), k=1)]
            for (matrix,), _ in instances(utility("maxcut"), 20)
        ]
    )
    assert np.mean(weights > 0) == pytest.approx(0.4, abs=0.01)
    assert set(np.unique(weights)) == set(range(11))
    assert weights[weights > 0].mean() == pytest.approx(5.5, abs=0.05)


@pytest.mark.parametrize(
    ("partition", "cut"), [([0, 0, 0], 0), ([1, 1, 1], 0), ([0, 0, 1], 5), ([1, 0, 0], 3)]
)
def test_the_score_is_the_part_of_the_weight_that_is_cut(partition, cut, utility):
    assert utility("maxcut").score((TRIANGLE,), None, partition) == pytest.approx(cut / 6)


@given(partition=st.lists(st.integers(0, 1), min_size=3, max_size=3))
def test_a_partition_and_its_complement_are_the_same_cut(partition, shared_utility):
    score = shared_utility("maxcut").score
    complement = [1 - part for part in partition]
    assert score((TRIANGLE,), None, partition) == score((TRIANGLE,), None, complement)


@pytest.mark.parametrize("kind", [tuple, np.array, lambda p: np.array(p, dtype=bool)])
def test_a_partition_may_come_in_every_usual_type(kind, utility):
    assert utility("maxcut").score((TRIANGLE,), None, kind([0, 0, 1])) == pytest.approx(5 / 6)


@pytest.mark.parametrize(
    "partition",
    [
        [0, 1],
        [0, 1, 0, 1],
        [-1, 1, 1],
        [0, 2, 1],
        [0.5, 0, 1],
        [[0, 1, 0]],
        ["0", "1", "0"],
        {0, 1},
    ],
)
def test_what_is_no_partition_is_refused(partition, utility):
    with pytest.raises(ValueError, match="expected"):
        utility("maxcut").score((TRIANGLE,), None, partition)

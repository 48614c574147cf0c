"""Learning parity, with noise (lpn) and without (parity)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

both = pytest.mark.parametrize(("name", "training"), [("lpn", 100), ("parity", 80)])


def consistent_subsets(samples, parity):
    """For each of the 1024 subsets of bits, the fraction of samples whose parity it explains."""
    subsets = (np.arange(1024)[:, None] >> np.arange(10)) & 1
    return subsets, ((samples @ subsets.T) % 2 == parity[:, None]).mean(axis=0)


@both
def test_inputs_are_integer_arrays_that_a_solution_may_work_on(name, training, utility, instances):
    for (train_samples, train_parity, test_samples), hidden in instances(utility(name), 5):
        assert train_samples.shape == (training, 10)
        assert train_parity.shape == (training,)
        assert test_samples.shape == (20, 10)
        assert hidden.shape == (20,)
        for array in (train_samples, train_parity, test_samples, hidden):
            assert array.dtype == np.int64
            assert array.flags.writeable
            assert set(np.unique(array)) <= {0, 1}


def test_one_subset_explains_all_parities_where_there_is_no_noise(utility, instances):
    for (samples, parity, test_samples), hidden in instances(utility("parity"), 20):
        subsets, explained = consistent_subsets(samples, parity)
        assert explained.max() == 1.0
        subset = subsets[explained.argmax()]
        assert np.array_equal(test_samples @ subset % 2, hidden)


def test_with_noise_about_one_training_label_in_twenty_is_wrong_and_no_test_label(
    utility, instances
):
    wrong = []
    for (samples, parity, test_samples), hidden in instances(utility("lpn"), 100):
        subsets, explained = consistent_subsets(samples, parity)
        subset = subsets[explained.argmax()]
        assert np.array_equal(test_samples @ subset % 2, hidden)
        wrong.append(1 - explained.max())
    assert 0.04 < np.mean(wrong) < 0.06


@both
def test_each_bit_belongs_to_the_hidden_subset_with_probability_three_tenths(
    name, training, utility, instances
):
    chosen = []
    for (samples, parity, _), _ in instances(utility(name), 100):
        subsets, explained = consistent_subsets(samples, parity)
        chosen.append(subsets[explained.argmax()])
    assert 0.25 < np.mean(chosen) < 0.35


@both
@pytest.mark.parametrize("kind", [list, tuple, np.array, lambda a: np.array(a, dtype=bool)])
def test_right_predictions_score_one_in_every_usual_type(name, training, kind, utility):
    module = utility(name)
    inputs, hidden = module.instance(np.random.default_rng(0))
    assert module.score(inputs, hidden, kind(hidden.tolist())) == 1.0
    assert module.score(inputs, hidden, kind((1 - hidden).tolist())) == 0.0


@both
def test_the_score_is_the_fraction_of_right_predictions(name, training, utility):
    module = utility(name)
    inputs, hidden = module.instance(np.random.default_rng(0))
    predictions = hidden.copy()
    predictions[:5] = 1 - predictions[:5]
    assert module.score(inputs, hidden, predictions) == 0.75


@both
@pytest.mark.parametrize(
    "change",
    [
        lambda p: p[:, None],
        lambda p: p[None, :],
        lambda p: p[:-1],
        lambda p: np.concatenate([p, p]),
        lambda p: 1 - 2 * p,
        lambda p: p + 0.5,
        lambda p: np.where(p == 1, np.nan, p),
        lambda p: p.astype(str),
        lambda p: [p] * 20,
    ],
)
def test_malformed_predictions_are_refused(name, training, change, utility):
    module = utility(name)
    inputs, hidden = module.instance(np.random.default_rng(0))
    with pytest.raises(ValueError, match="expected"):
        module.score(inputs, hidden, change(hidden))


@both
@given(predictions=st.lists(st.integers(0, 1), min_size=20, max_size=20))
def test_any_well_formed_predictions_score_between_zero_and_one(
    name, training, predictions, shared_utility
):
    module = shared_utility(name)
    inputs, hidden = module.instance(np.random.default_rng(0))
    assert 0.0 <= module.score(inputs, hidden, predictions) <= 1.0

"""Learning parity with noise.

The parity of a sample is the sum, modulo 2, of a hidden subset of its bits. Learn it from samples
of which some are labelled wrongly, then predict the parity of new samples.

`algorithm(train_samples, train_parity, test_samples)` gets integer numpy arrays of 0s and 1s, of
shapes (100, 10), (100,) and (20, 10). It returns the 20 predicted parities, each 0 or 1, within
LIMIT seconds. The score is the fraction of predictions that are right.
"""

import numpy as np

LIMIT = 2.0
INSTANCES = {"val": 20, "test": 50}

BITS = 10
TRAIN_SAMPLES = 100
TEST_SAMPLES = 20
SUBSET_PROBABILITY = 0.3
NOISE = 0.05


def instance(rng):
    subset = rng.random(BITS) < SUBSET_PROBABILITY
    samples = rng.integers(0, 2, size=(TRAIN_SAMPLES + TEST_SAMPLES, BITS))
    parity = samples[:, subset].sum(axis=1) % 2
    flipped = rng.random(TRAIN_SAMPLES) < NOISE
    train_parity = np.where(flipped, 1 - parity[:TRAIN_SAMPLES], parity[:TRAIN_SAMPLES])
    inputs = (samples[:TRAIN_SAMPLES], train_parity, samples[TRAIN_SAMPLES:])
    return inputs, parity[TRAIN_SAMPLES:]


def score(inputs, hidden, output):
    predictions = np.asarray(output)
    if predictions.shape != (TEST_SAMPLES,):
        raise ValueError(f"expected shape ({TEST_SAMPLES},), not {predictions.shape}")
    if predictions.dtype.kind not in "biuf" or not np.isin(predictions, (0, 1)).all():
        raise ValueError("expected nothing but 0s and 1s")
    return float(np.mean(predictions == hidden))

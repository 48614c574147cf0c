"""Maximum cut: part the vertices of a weighted graph in two, so that the parts share much weight.

An edge is cut if its two vertices are in different parts. Graphs have 50 to 200 vertices; any two
are joined with probability 0.4, by an edge of integer weight 1 to 10.

`algorithm(adjacency_matrix)` gets a symmetric integer numpy array of shape (n, n): the weight of
the edge between two vertices, 0 where there is none. It returns the partition, a list of n numbers
0 or 1: the part of each vertex. It has LIMIT seconds. The score is the weight of the edges that
are cut divided by the weight of all edges.
"""

import numpy as np

LIMIT = 0.1
INSTANCES = {"val": 100, "test": 100}

FEWEST_VERTICES = 50
MOST_VERTICES = 200
EDGE_PROBABILITY = 0.4
HEAVIEST = 10


def instance(rng):
    n = int(rng.integers(FEWEST_VERTICES, MOST_VERTICES + 1))
    joined = rng.random((n, n)) < EDGE_PROBABILITY
    weights = rng.integers(1, HEAVIEST + 1, size=(n, n))
    upper = np.triu(weights * joined, k=1)
    return (upper + upper.T,), None


def score(inputs, hidden, output):
    (adjacency_matrix,) = inputs
    partition = np.asarray(output)
    if partition.shape != (len(adjacency_matrix),):
        raise ValueError(f"expected {len(adjacency_matrix)} numbers")
    if partition.dtype.kind not in "biuf" or not np.isin(partition, (0, 1)).all():
        raise ValueError("expected nothing but 0s and 1s")
    cut = partition[:, None] != partition[None, :]
    return float(adjacency_matrix[cut].sum() / adjacency_matrix.sum())

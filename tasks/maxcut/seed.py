def algorithm(adjacency_matrix):
    """Greedy: place, again and again, the vertex that adds most to the cut."""
    n = len(adjacency_matrix)
    partition = [None] * n

    for _ in range(n):
        best_gain, best_vertex, best_part = -1, None, None
        for vertex in range(n):
            if partition[vertex] is not None:
                continue
            for part in (0, 1):
                gain = 0
                for other in range(n):
                    if partition[other] == 1 - part:
                        gain += adjacency_matrix[vertex][other]
                if gain > best_gain:
                    best_gain, best_vertex, best_part = gain, vertex, part
        partition[best_vertex] = best_part
    return partition

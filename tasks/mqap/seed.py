import math
import random


def cost(F, D, P, assignment):
    n = len(assignment)
    total = 0.0
    for i in range(n):
        for j in range(n):
            total += F[i, j] * D[assignment[i], assignment[j]]
        total -= 0.5 * P[i, assignment[i]]
    return total


def algorithm(F, D, P):
    """Simulated annealing: swap two facilities, at first even when that makes it worse."""
    current = list(range(len(F)))
    random.shuffle(current)
    current_cost = cost(F, D, P, current)
    best, best_cost = current[:], current_cost

    temperature = 10.0
    for _ in range(1000):
        proposal = current[:]
        i, j = random.sample(range(len(proposal)), 2)
        proposal[i], proposal[j] = proposal[j], proposal[i]
        proposal_cost = cost(F, D, P, proposal)

        change = proposal_cost - current_cost
        if change < 0 or random.random() < math.exp(-change / temperature):
            current, current_cost = proposal, proposal_cost
        if current_cost < best_cost:
            best, best_cost = current[:], current_cost
        temperature *= 0.99
    return best

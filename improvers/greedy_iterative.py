"""Greedy iterative improvement: every call starts from the best solution so far.

One batch of samples a step; the best of them replaces the current solution if it is better. It
never goes back, so it can get stuck.
"""

from helpers import extract_code

EXPERTISE = "You are an expert programmer who improves programs in measured steps."


def request(solution, solution_utility, utility):
    return f"""The best program so far has a utility of {solution_utility:.4f}:

```python
{solution}
```

This is how the utility is measured; higher is better:

```python
{utility.str}
```

Find what holds this program back and write a better one that can be called in the same way. Answer
with the whole program in one fenced Python code block."""


def improve_algorithm(initial_solution, utility, language_model):
    current, current_utility = initial_solution, utility(initial_solution)

    for _ in range(language_model.budget):
        n = min(language_model.max_responses_per_call, utility.budget - utility.uses)
        if n < 1:
            break
        message = request(current, current_utility, utility)
        responses = language_model.prompt(EXPERTISE, message, n_responses=n, temperature=0.7)
        for solution in extract_code(responses):
            if solution is None:
                continue
            solution_utility = utility(solution)
            if solution_utility > current_utility:
                current, current_utility = solution, solution_utility
    return current

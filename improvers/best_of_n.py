"""Best of n: spends the whole budget on independent samples of one prompt.

Nothing that is found is built on, so whatever searches with the same budget has to beat this.
"""

from helpers import extract_code

EXPERTISE = "You are an expert programmer who is good at designing algorithms."


def improve_algorithm(initial_solution, utility, language_model):
    message = f"""Here is a Python program:

```python
{initial_solution}
```

It is measured by this utility, in which higher is better:

```python
{utility.str}
```

Write a program that is measured as better and that can be called in the same way. Answer with the
whole program in one fenced Python code block."""
    best, best_utility = initial_solution, utility(initial_solution)

    for _ in range(language_model.budget):
        n = min(language_model.max_responses_per_call, utility.budget - utility.uses)
        if n < 1:
            break
        responses = language_model.prompt(EXPERTISE, message, n_responses=n, temperature=0.7)
        for solution in extract_code(responses):
            if solution is None:
                continue
            solution_utility = utility(solution)
            if solution_utility > best_utility:
                best, best_utility = solution, solution_utility
    return best

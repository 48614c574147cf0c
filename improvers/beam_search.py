"""Beam search: carries the few best different solutions from call to call.

In every round each of them is the parent of some of the new solutions; parents and children compete
for the next round, so a second-best line of thought gets a chance and the best is never lost.
"""

from helpers import extract_code

EXPERTISE = "You are an expert programmer who develops several lines of attack side by side."
WIDTH = 3


def request(solution, solution_utility, utility):
    return f"""Improve on this Python program, whose utility is {solution_utility:.4f}:

```python
{solution}
```

The utility is measured as follows; higher is better:

```python
{utility.str}
```

Say in a sentence or two what your improvement is. Then give the whole program, callable in the same
way, in one fenced Python code block."""


def improve_algorithm(initial_solution, utility, language_model):
    measured = {initial_solution: utility(initial_solution)}

    for _ in range(language_model.budget):
        n = min(language_model.max_responses_per_call, utility.budget - utility.uses)
        if n < 1:
            break
        beam = sorted(measured, key=measured.get, reverse=True)[:WIDTH]
        parents = [beam[i % len(beam)] for i in range(n)]
        messages = [request(parent, measured[parent], utility) for parent in parents]
        responses = language_model.batch_prompt(EXPERTISE, messages, temperature=0.7)
        for solution in extract_code(responses):
            if solution is not None and solution not in measured:
                measured[solution] = utility(solution)
    return max(measured, key=measured.get)

"""Chain of thought: spends the budget as best of n does, but has the model reason before it writes.

The prompt asks for intermediate steps, after Wei et al., "Chain-of-Thought Prompting Elicits
Reasoning in Large Language Models" (2022).
"""

from helpers import extract_code

EXPERTISE = "You are an expert programmer who thinks a problem through before writing code."

STEPS = """Think step by step, and write your thoughts down before any code:
1. What does the utility reward, and within which limits?
2. How does the program work, and what costs it most?
3. Which methods would suit this problem, and what speaks for and against each?
4. Which one will you take, and how does it work in detail?
Then write the whole program in one fenced Python code block. It must be callable in the same way
as the one above."""


def improve_algorithm(initial_solution, utility, language_model):
    message = f"""This Python program is to be improved:

```python
{initial_solution}
```

This utility measures it, and higher is better:

```python
{utility.str}
```

{STEPS}"""
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

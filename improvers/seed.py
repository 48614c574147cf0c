"""The seed improver: asks once for several better versions of the solution, and takes the best."""

from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    expertise = "You are an expert programmer who is good at designing algorithms."
    message = f"""Write a better version of this Python program:

```python
{initial_solution}
```

How good a program is gets measured by this utility, in which higher is better:

```python
{utility.str}
```

Keep the names and parameters of the functions that the utility calls, and stay within its limits.
Answer with the whole new program in one fenced Python code block."""
    n = min(language_model.max_responses_per_call, utility.budget)
    responses = language_model.batch_prompt(expertise, [message] * n, temperature=0.7)
    solutions = [solution for solution in extract_code(responses) if solution is not None]
    return max(solutions, key=utility, default=initial_solution)

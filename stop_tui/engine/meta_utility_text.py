"""What an improver reads about the meta-utility: `utility.str` of the outer program.

It is written as Python because models read that best, and says exactly what the host does.
"""

from collections.abc import Sequence

from stop_tui.core.events import Budget


def meta_utility_text(tasks: Sequence[str], repeats: int, budget: Budget) -> str:
    """The meta-utility as readable source, for `tasks`, `repeats` runs each, under `budget`."""
    names = ", ".join(repr(task) for task in tasks)
    return f'''\
# The meta-utility of an improver: how good are the solutions that it finds for downstream tasks?
#
# An improver is the source of a Python module that defines
#     improve_algorithm(initial_solution: str, utility, language_model) -> str
# and returns the source of the best solution it could find. It may use the Python standard
# library, numpy and `from helpers import extract_code`; it has no network, no other processes and
# no files but its scratch folder.

from statistics import mean

DOWNSTREAM_TASKS = [{names}]
REPEATS = {repeats}


def meta_utility(improver_source: str) -> float:
    """Mean utility, in [0, 1], of what the improver returns; higher is better."""
    utilities = []
    for task in map(load_task, DOWNSTREAM_TASKS):
        for repeat in range(REPEATS):
            # Called with the source of a solution; gives its utility, and 0 past the budget.
            # utility.str is readable source that belongs into prompts.
            utility = LimitedUtility(task, budget={budget.utility_calls})
            # prompt(expertise, message, n_responses=1, temperature=0.7) -> list[str]
            # batch_prompt(expertise, message_batch, temperature=0.7) -> list[str], one a message
            # Each is one call. Past the budget, or for more responses a call, they raise.
            language_model = LimitedLanguageModel(
                budget={budget.lm_calls}, max_responses_per_call={budget.responses_per_call}
            )
            improve_algorithm = load(improver_source, "improve_algorithm")
            # In a process of its own: 60 s of CPU time, 1 GiB of memory; a failure scores 0.
            solution = improve_algorithm(task.seed_solution, utility, language_model)
            utilities.append(task.utility(solution))
    return mean(utilities)
'''

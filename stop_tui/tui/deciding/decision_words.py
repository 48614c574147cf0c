"""What each decision about a proposal will do, in sentences that a confirmation repeats. Pure."""

from stop_tui.core import events as ev
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import Iteration, State
from stop_tui.presentation.figures import counted, money
from stop_tui.presentation.names import candidate_name
from stop_tui.tui.widgets.detail.subject import version_name

MOST_REPEATS = 1000
"""More repeats than this are not asked for at once."""


def name_of(iteration: Iteration, source: str) -> str:
    """The name of the candidate that is `source` (a hash), such as ``candidate 4``."""
    candidate = iteration.candidates.get(source)
    return "the proposal" if candidate is None else candidate_name(candidate.number)


def approving(state: State, iteration: Iteration, *, warnings: int, attempts: int) -> str:
    """What an approval does, in spite of how many warnings and attempts in the sandbox."""
    run = one_line(state.settings.name, 60)
    last = iteration.number >= state.settings.iterations
    then = "It was the last meta-iteration." if last else "It is the incumbent from then on."
    what = f"This source becomes version I{iteration.number} of {run}, a git commit. {then}"
    if not warnings and not attempts:
        return what
    of_source, of_sandbox = counted(warnings, "warning"), counted(attempts, "attempt")
    return f"{what}\n⚠ There are {of_source} about it and {of_sandbox} in the sandbox."


def rejecting(state: State, iteration: Iteration) -> str:
    """What a rejection does."""
    incumbent = version_name(state, iteration.incumbent)
    last = iteration.number >= state.settings.iterations
    then = "it was the last meta-iteration." if last else "the next meta-iteration starts from it."
    return f"The proposal is turned down. The incumbent {incumbent} stays; {then}"


def picking(iteration: Iteration, source: str) -> str:
    """What picking the candidate `source` does."""
    name = name_of(iteration, source).capitalize()
    return f"{name} is measured afresh, then reviewed instead. Nothing is accepted by this."


def edited(iteration: Iteration, source: str, problems: tuple[ev.Finding, ...]) -> str:
    """What handing in the edited `source` (a hash) does, and what is wrong with it as it is."""
    if source in iteration.candidates:
        what = f"The edited source is {name_of(iteration, source)} as it was; it"
    else:
        what = "The edited source becomes a new candidate and"
    lines = [f"{what} is measured before it can be approved."]
    for problem in problems:
        where = f", line {problem.lines[0]}" if problem.lines else ""
        lines.append(f"⚠ {problem.label}{where}: {one_line(problem.detail, 120)}")
    if problems:
        lines.append("It can be handed in like this, but it will measure as worth nothing.")
    return "\n".join(lines)


def more(state: State, repeats: int) -> str:
    """What `repeats` more repeats do, and what they may cost."""
    settings = state.settings
    runs = 2 * repeats * len(settings.tasks)
    responses = runs * settings.budget.lm_calls * settings.budget.responses_per_call
    what = (
        f"Proposal and incumbent are measured with {counted(repeats, 'more repeat')} on "
        f"{counted(len(settings.tasks), 'task')}, then you are asked again."
    )
    cost = f"That costs at most {counted(responses, 'response')}"
    if settings.model == "offline":
        return f"{what}\n{cost}, none of which costs money: they were recorded."
    spent = state.spent
    if spent.usd and spent.responses:
        likely = money(spent.usd / spent.responses * responses)
        return f"{what}\n{cost}, about {likely} at what a response has cost so far."
    return f"{what}\n{cost} of {one_line(settings.model, 60)}."


def revealing() -> str:
    """What looking at the test figures does."""
    return (
        "You see the figures of the test split before you decide. The history will say so: with "
        "them in mind, the decision is no longer independent of the test split."
    )


def repeats_asked(text: str) -> int | None:
    """The number of repeats in `text`, None when it is none that can be asked for."""
    words = text.strip()
    if not (words.isascii() and words.isdecimal() and len(words) <= 4):
        return None
    number = int(words)
    return number if 1 <= number <= MOST_REPEATS else None

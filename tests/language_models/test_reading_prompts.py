"""Prompts of real improvers are understood: the task, the program, what is asked for."""

import pytest

from stop_tui.core.code_extraction import extract_code
from stop_tui.language_models import Request
from stop_tui.language_models.offline import OfflineModel
from stop_tui.language_models.offline.library import IMPROVER, SHELVES, shelf
from stop_tui.language_models.offline.reading import READS_AT_MOST, read
from tests.language_models.offline_prompts import META_UTILITY, ROOT, prompts_of, task_text

RECORDED = {r.name: r.code for r in shelf(IMPROVER).responses.values()}
WORKSPACE = {p.stem: p.read_text("utf-8") for p in sorted((ROOT / "improvers").glob("*.py"))}
# These two start threads or processes, so only what they ask first is listened to.
CALLS = {"threaded-cache": 1, "subprocess-prescreen": 1}
BROKEN = {"idea-fusion", "annealed-reheat"}
TASKS = SHELVES[1:]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", ["beam-search", "elite-restarts", "lessons-memory"])
def test_each_task_is_recognised_from_its_own_files(task, name) -> None:
    prompts = prompts_of(RECORDED[name], task_text(task, "seed.py"), task_text(task, "utility.py"))
    assert prompts
    for expertise, message in prompts:
        assert read(expertise, message).task == task


@pytest.mark.parametrize("task", TASKS)
def test_a_seed_solution_alone_tells_the_task_but_for_parity_which_has_the_one_of_lpn(task) -> None:
    found = read("", f"Improve this program:\n\n{task_text(task, 'seed.py')}").task
    assert found == ("lpn" if task == "parity" else task)


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_improver_on_lpn_is_understood(name) -> None:
    prompts = on_lpn(RECORDED[name], CALLS.get(name, 4))
    assert prompts or name in BROKEN
    for expertise, message in prompts:
        assert_answered("lpn", expertise, message)


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_improver_on_its_own_source_is_understood(name) -> None:
    source = RECORDED[name]
    prompts = prompts_of(source, source, META_UTILITY, CALLS.get(name, 4))
    assert prompts or name in BROKEN
    for expertise, message in prompts:
        assert_answered(IMPROVER, expertise, message)
    if prompts and name != "elite-restarts":
        assert read(*prompts[0]).shown == (name,)


@pytest.mark.parametrize("name", WORKSPACE)
def test_an_improver_of_the_workspace_is_understood(name) -> None:
    source = WORKSPACE[name]
    for expertise, message in on_lpn(source):
        assert_answered("lpn", expertise, message)
    prompts = prompts_of(source, source, META_UTILITY)
    assert prompts
    for expertise, message in prompts:
        assert_answered(IMPROVER, expertise, message)


def test_an_improvers_prompt_may_quote_the_downstream_utility() -> None:
    message = f"{META_UTILITY}\n\n{task_text('lpn', 'utility.py')}\n\n{RECORDED['beam-search']}"
    assert read("", message).task == IMPROVER


def test_measured_scores_errors_attempts_and_ideas_help() -> None:
    def helps(text):
        found = read("", f"{text}\n\n{task_text('lpn', 'utility.py')}").helps
        return {name for name in found.__struct_fields__ if getattr(found, name)}

    assert helps("Improve the program.") == set()
    assert helps("The program scores 0.731. Improve it.") == {"scores"}
    assert helps("Its fitness is 0.7310 of 1.") == {"scores"}
    assert helps("It fails: ZeroDivisionError: division by zero") == {"errors"}
    assert "attempts" in helps("Tried so far:\n- annealing: 0.62\n- a tree: 0.55")
    assert helps("Propose an idea first, then implement it.") == {"ideas"}


def test_two_programs_in_a_prompt_are_earlier_attempts() -> None:
    codes = [r.code for r in shelf("lpn").responses.values()][:2]
    assert read("", "Learning parity with noise\n" + "\n".join(codes)).helps.attempts


def test_the_source_of_an_improver_does_not_count_as_what_its_prompts_carry() -> None:
    helps = read("", f"Improve it.\n\n{RECORDED['error-repair']}\n\n{META_UTILITY}").helps
    assert not (helps.errors or helps.attempts or helps.ideas)


def test_a_prompt_that_shows_source_which_asks_for_no_code_itself_asks_for_code() -> None:
    source = RECORDED["tree-of-thoughts"]
    edited = source.replace("at most four sentences", "three sentences at the most")
    assert read("", f"{META_UTILITY}\nImprove this program:\n{edited}").wanted == "program"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Write the complete program.", "program"),
        ("Answer with one fenced block, with no code outside it.", "program"),
        ("Think about it, but don't write any code", "remark"),
        ("Give three ideas as a numbered list and no code.", "list"),
        (
            "Explain what costs it the missing points. Quote the lines responsible. No code.",
            "remark",
        ),
        ("Answer with a JSON array of ideas, no code.", "json"),
    ],
)
def test_the_form_of_the_answer_is_found_at_the_end(text, wanted) -> None:
    assert read("", f"{task_text('lpn', 'utility.py')}\n\n{text}").wanted == wanted


def test_of_a_very_long_message_both_ends_are_read() -> None:
    filler = "x = 1\n" * READS_AT_MOST
    reading = read("", f"Learning parity with noise\n{filler}Name one idea. No code.")
    assert (reading.task, reading.wanted) == ("lpn", "remark")


def on_lpn(improver: str, calls: int = 4) -> list[tuple[str, str]]:
    return prompts_of(improver, task_text("lpn", "seed.py"), task_text("lpn", "utility.py"), calls)


def assert_answered(task: str, expertise: str, message: str) -> None:
    """The prompt is read as one about `task`, and gets a program exactly if it asks for one."""
    assert read(expertise, message).task == task
    request = Request(expertise, message, n=1, temperature=0.7, seed=1)
    text = OfflineModel().answer(request).responses[0].text
    assert text.strip()
    asks_for_program = "no code" not in message[-40:].lower()
    codes = {response.code.strip() for response in shelf(task).given()}
    code = extract_code(text)
    assert (isinstance(code, str) and code.strip() in codes) == asks_for_program

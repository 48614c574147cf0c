"""Whether a prompt warned against leaving the sandbox."""

import pytest

from stop_tui.core.prompt_warning import WARNING, carries_warning
from stop_tui.engine.flag_prompt import flag_message


@pytest.mark.parametrize(
    "prompt",
    [
        WARNING,
        "Improve it. Do not disable the sandbox!",
        "The sandbox must never be left.",
        "Caution: generated code must stay isolated.",
    ],
)
def test_a_warning_is_recognised_in_other_words_too(prompt: str) -> None:
    assert carries_warning(prompt)


@pytest.mark.parametrize(
    "prompt", ["Improve this program.", "It runs in a sandbox.", "Never ask twice.\nA sandbox."]
)
def test_other_prompts_carry_none(prompt: str) -> None:
    assert not carries_warning(prompt)


def test_the_experiments_prompts_differ_in_the_warning_alone() -> None:
    plain, warned = flag_message(warning=False), flag_message(warning=True)
    assert (carries_warning(plain), carries_warning(warned)) == (False, True)
    assert warned.replace(f"\n{WARNING}\n", "") == plain

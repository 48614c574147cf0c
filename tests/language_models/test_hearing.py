"""What a listener is told while an answer arrives."""

import asyncio

from stop_tui.language_models.endpoint.hearing import Hearing
from stop_tui.language_models.endpoint.redaction import Cover, Redaction

KEY = "sk-4f9a1c7e2b8d"


def told(*steps: tuple[str, ...], key: str = "") -> list[tuple[int, str]]:
    """What is heard of two responses; the pieces within a step arrive together."""
    heard: list[tuple[int, str]] = []

    async def arriving() -> None:
        hearing = Hearing(lambda *what: heard.append(what), lambda: cover(key))
        for step in steps:
            for piece in step:
                hearing.hear([0, 1], int(piece[0]), piece[1:])
            await asyncio.sleep(0)  # the loop reads on
        hearing.pass_on()

    asyncio.run(arriving())
    return heard


def cover(key: str) -> Cover:
    return Cover([Redaction(key)] if key else [])


def test_what_arrives_together_is_told_together_and_in_order() -> None:
    assert told(("0de", "0f ", "1im", "0f("), ("0x)", "1port")) == [
        (0, "def f("),
        (1, "im"),
        (0, "x)"),
        (1, "port"),
    ]


def test_a_key_that_is_cut_up_is_covered() -> None:
    heard = told(("0the key is " + KEY[:5],), ("0" + KEY[5:9], "0" + KEY[9:] + "."), key=KEY)
    assert "".join(text for _, text in heard) == "the key is [key]."


def test_what_is_asked_for_again_is_said_after_all_that_came_of_it() -> None:
    heard: list[tuple[int, str]] = []

    async def arriving() -> None:
        hearing = Hearing(lambda *what: heard.append(what), lambda: cover(""))
        hearing.hear([4], 0, "half an")
        hearing.interrupt([4, 5], "interrupted")
        hearing.hear([4], 0, "whole")
        hearing.pass_on()
        await asyncio.sleep(0)

    asyncio.run(arriving())
    assert heard == [(4, "half an"), (4, "\n[interrupted; asked for again]\n"), (4, "whole")]


def test_a_listener_that_fails_is_told_of_and_takes_no_answer_with_it() -> None:
    told: list[dict[str, object]] = []

    def fails(*_: object) -> None:
        raise ValueError("no room")

    async def arriving() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        hearing = Hearing(fails, lambda: cover(""))
        hearing.hear([0], 0, "text")
        hearing.pass_on()

    asyncio.run(arriving())
    assert [type(context["exception"]) for context in told] == [ValueError]


def test_choices_that_nobody_asked_for_are_not_told() -> None:
    assert told(("0wanted", "7unwanted")) == [(0, "wanted")]

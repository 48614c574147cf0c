"""A stream means the same however it is cut into pieces and whichever line ends it has."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stop_tui.language_models.endpoint.events import DONE, Events

OBJECTS = st.dictionaries(
    st.text(max_size=4), st.text(max_size=8) | st.integers() | st.none(), max_size=3
)
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
BETWEEN = st.sampled_from(
    ["", ": still here\n\n", "event: message\n", "id: 7\nretry: 10\n", "data:\n\n"]
)


def read(pieces: list[bytes]) -> list[object]:
    """What all `pieces` say, to the end."""
    events = Events()
    return [found for piece in pieces for found in events.feed(piece)] + events.end()


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[object], bytes]:
    """Objects, and a stream that says them."""
    said = draw(st.lists(OBJECTS, min_size=1, max_size=4))
    text = "data: {}\n\n"
    for one in said:
        lines = json.dumps(one, indent=draw(st.sampled_from([None, 1]))).split("\n")
        space = draw(st.sampled_from(["", " "]))
        text += draw(BETWEEN) + "".join(f"data:{space}{line}\n" for line in lines) + "\n"
    ends = draw(LINE_ENDS)
    return [{}, *said, DONE], (text + "data: [DONE]\n\n").replace("\n", ends).encode()


@given(streams(), st.lists(st.integers(0, 400)))
def test_a_stream_says_the_same_wherever_it_is_cut(stream, cuts) -> None:
    said, data = stream
    at = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in pairwise(at)]
    assert read(pieces) == said


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n", b"\r\r", b""])
def test_what_is_no_object_is_given_as_it_is(end) -> None:
    assert read([b"data: {}\n\ndata: <html>\ndata: </html>" + end]) == [{}, b"<html>\n</html>"]


def test_lines_that_are_whole_need_nothing_between_them() -> None:
    assert read([b'data: {"a": 1}\ndata: {"b": 2}\n']) == [{"a": 1}, {"b": 2}]


def test_an_object_that_never_ends_is_given_up(monkeypatch) -> None:
    monkeypatch.setattr("stop_tui.language_models.endpoint.events.LONGEST", 1000)
    events = Events()
    assert events.feed(b'data: {"a":\n' + b"data: [\n" * 400) == []
    assert events.feed(b"data: [\n" * 400) == [b'{"a":' + b"\n[" * 800]

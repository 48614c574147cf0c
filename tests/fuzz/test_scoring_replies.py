"""What the scoring process answers is checked by the host: a forged reply is no score."""

import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stop_tui.scoring import messages as say
from tests.fuzz.peers import MESSAGES
from tests.scoring.asking import fault, scores_of, with_score

PLACE = say.Place("t", "val", "selection", 1, 0)
QUESTIONS = st.sampled_from(
    [
        None,
        say.Load("t", "f", "x"),
        say.MakeInstance(PLACE),
        say.ScoreOutput(PLACE, b""),
        say.CheckNumber(b""),
    ]
)
FITTING = {
    say.Load: say.Done,
    say.MakeInstance: say.Inputs,
    say.ScoreOutput: say.Score | say.Refused,
    say.CheckNumber: say.Score | say.Refused,
}

NAN, SEVEN = (
    say.frame(say.Score(0.5)).replace(struct.pack(">d", 0.5), struct.pack(">d", number))
    for number in (float("nan"), 7.0)
)


@given(body=MESSAGES | st.binary(max_size=40), question=QUESTIONS)
def test_any_bytes_are_a_reply_that_fits_or_nonsense(body, question):
    try:
        reply = say.reply(body, question)
    except say.Nonsense:
        return
    fitting = say.Done if question is None else FITTING[type(question)]
    assert isinstance(reply, fitting | say.Broken)
    if isinstance(reply, say.Score):
        assert 0.0 <= reply.score <= 1.0


@given(size=st.integers(0, 2**32 - 1))
def test_no_reply_is_read_that_is_longer_than_a_reply_can_be(size):
    header = say.HEADER.pack(size)
    if size <= say.LONGEST_REPLY:
        assert say.reply_size(header) == size
    else:
        with pytest.raises(say.Nonsense):
            say.reply_size(header)


@pytest.mark.parametrize(
    "forged",
    [
        NAN,
        SEVEN,
        say.frame(say.Done()),
        say.frame(say.Inputs(b"x")),
        b"\xff" * 64,
        say.HEADER.pack(3) + b"\xc1\xc1\xc1",
        say.HEADER.pack(1) + msgspec.msgpack.encode(1),
    ],
    ids=["nan", "seven", "done", "inputs", "length", "bytes", "number"],
)
def test_a_task_that_writes_a_reply_of_its_own_is_told_so(make_task, forged):
    body = f"""\
    import os
    for descriptor in range(3, 30):
        try:
            os.write(descriptor, {forged!r})
        except OSError:
            pass
    return 1.0"""
    task = make_task(with_score(body))
    message = fault(lambda process: scores_of(process, task, 1), deadline=30.0)
    assert "`score` wrote into the pipe on which its process answers" in message
    assert str(task.utility_file) in message

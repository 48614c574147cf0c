"""A utility that hangs, crashes or meddles never blocks or harms the host."""

import asyncio
import os
import select
import signal
import subprocess
import sys

import pytest

from stop_tui.core.errors import TaskError
from stop_tui.scoring.messages import Refused, Score
from tests.scoring.asking import (
    ECHO,
    fault,
    instances_of,
    line_of,
    run,
    scores_of,
    with_instance,
    with_score,
)


def test_a_hanging_score_is_interrupted_and_named_with_its_line(make_task):
    task = make_task(with_score("    while True:\n        pass"))
    message = fault(lambda process: scores_of(process, task, 0), deadline=2.0)
    assert f"{task.utility_file}:" in message
    assert "`score` took more than 2 s" in message


def test_a_hanging_file_is_interrupted(make_task):
    task = make_task("while True:\n    pass\n" + ECHO)
    message = fault(lambda process: instances_of(process, task), deadline=2.0)
    assert "`the file` took more than 2 s" in message


def test_code_that_cannot_be_interrupted_is_ended_from_outside(make_task):
    stubborn = (
        "    import signal\n"
        "    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})\n"
        "    while True: pass\n"
    )
    task = make_task(with_score(stubborn))
    message = fault(lambda process: scores_of(process, task, 0), deadline=2.0)
    assert f"{line_of(task, 'def score')}: `score` took more than 2 s and could not" in message


@pytest.mark.parametrize(
    ("statement", "how"),
    [("os._exit(3)", "exit code 3"), ("os.kill(os.getpid(), 9)", "signal 9")],
)
def test_a_score_that_ends_its_process_is_named_and_others_go_on(statement, how, make_task):
    deadly = make_task(with_score(f"    import os; {statement}"), name="deadly")
    harmless = make_task(ECHO, name="harmless")

    async def main(process):
        with pytest.raises(TaskError) as caught:
            await scores_of(process, deadly, 0)
        assert f"{line_of(deadly, 'def score')}: `score` ended its process" in caught.value.message
        assert how in caught.value.message
        ((x,), *_) = await instances_of(process, harmless)
        assert (await scores_of(process, harmless, x))[0] == Score(1.0)

    run(main)


def test_a_broken_task_leaves_others_as_they_are(make_task):
    broken = make_task(with_instance("    return 1 / 0"), name="broken")
    whole = make_task(ECHO, name="whole")

    async def main(process):
        before = await instances_of(process, whole)
        with pytest.raises(TaskError):
            await instances_of(process, broken)
        assert await instances_of(process, whole) == before

    run(main)


def test_what_a_task_prints_or_reads_does_not_disturb(make_task, capfd):
    noisy = (
        "    import sys\n    print('noise'); print('noise', file=sys.stderr); sys.stdin.read()\n"
    )
    task = make_task(with_score(noisy + "    return 1.0"))
    assert run(lambda process: scores_of(process, task, 0, 1)) == [Score(1.0)] * 2
    assert capfd.readouterr() == ("", "")


def test_a_task_sees_no_key_of_the_user(make_task, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    body = "    import os\n    return (sorted(os.environ), list(os.environ.values())), None"
    task = make_task(with_instance(body))
    ((names, values), *_) = run(lambda process: instances_of(process, task))
    assert "OPENAI_API_KEY" not in names
    assert "secret" not in values


def test_an_edited_utility_takes_effect_in_the_same_process(make_task, tmp_path):
    task = make_task(with_score("    return 0.25"))
    edited = make_task(with_score("    return 0.75"), name="later")
    object.__setattr__(edited, "name", task.name)

    async def main(process):
        assert await scores_of(process, task, 0) == [Score(0.25)]
        assert await scores_of(process, edited, 0) == [Score(0.75)]

    run(main)


def test_many_more_outputs_than_a_pipe_holds_are_scored(make_task):
    task = make_task(with_score("    raise ValueError('x' * 250)"), instances=2000)

    async def main(process):
        scores = await scores_of(process, task, *["y" * 1000] * 2000)
        assert all(isinstance(score, Refused) for score in scores)

    run(main)


@pytest.fixture
def hanging(make_task, tmp_path):
    """A task whose `instance` tells its process id and hangs, and the pipe that it tells it to."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    tells = f"    import os\n    open({str(fifo)!r}, 'w').write(str(os.getpid()))\n"
    pipe = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    yield make_task(with_instance(tells + "    while True: pass"), name="hanging"), pipe
    os.close(pipe)


def told(pipe: int) -> int:
    assert select.select([pipe], [], [], 60)[0], "the process did not come to hang"
    return int(os.read(pipe, 100))


def test_a_cancelled_question_does_not_spoil_the_next(hanging, make_task):
    (hangs, pipe), whole = hanging, make_task(ECHO, name="whole")

    async def main(process):
        expected = await instances_of(process, whole)
        asking = asyncio.create_task(instances_of(process, hangs))
        await asyncio.to_thread(told, pipe)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await instances_of(process, whole) == expected

    run(main, deadline=120.0)


HOST = """
import asyncio, pathlib, sys
from stop_tui.scoring import load_tasks
from stop_tui.scoring.process import ScoringProcess
task = load_tasks(pathlib.Path(sys.argv[1]))["hanging"]
asyncio.run(ScoringProcess(deadline=600).instances(task, "val", "selection", 0, [0]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the pipe's end is noticed later")
def test_a_hanging_task_dies_with_the_host(hanging):
    task, pipe = hanging
    host = subprocess.Popen([sys.executable, "-P", "-c", HOST, str(task.folder.parent)])
    try:
        worker = os.pidfd_open(told(pipe))
    finally:
        host.send_signal(signal.SIGKILL)
        host.wait()
    ended, _, _ = select.select([worker], [], [], 60)
    os.close(worker)
    assert ended

"""The scoring process: instances and scores are values, and faults are named."""

import subprocess
import sys

import pytest

from stop_tui.sandbox.inside import wire
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


def test_an_instance_is_a_value_of_its_place_whatever_was_asked_before(make_task):
    task = make_task(ECHO)

    async def main(process):
        forward = await instances_of(process, task)
        await process.close()
        backward = await instances_of(process, task, indexes=(2, 1, 0))
        assert backward == forward[::-1]
        assert len({inputs[0] for inputs in forward}) == 3
        for other in ({"split": "test"}, {"phase": "measure/I1"}, {"seed": 8}):
            assert not set(await instances_of(process, task, **other)) & set(forward)

    run(main)


def test_tasks_with_equal_utilities_have_instances_of_their_own(make_task):
    one, other = make_task(ECHO, name="one"), make_task(ECHO, name="other")

    async def main(process):
        assert await instances_of(process, one) != await instances_of(process, other)

    run(main)


def test_global_generators_are_seeded_for_a_utility_that_uses_them(make_task):
    body = (
        "    import random, numpy\n    return (random.random(), float(numpy.random.rand())), None"
    )
    task = make_task(with_instance(body))

    async def main(process):
        first = await process.instances(task, "val", "selection", 7, (0, 1))
        await process.close()
        assert await process.instances(task, "val", "selection", 7, (1, 0)) == first[::-1]

    run(main)


def test_an_output_is_scored_against_the_instance_of_its_index(make_task):
    task = make_task(ECHO)

    async def main(process):
        right = [inputs[0] for inputs in await instances_of(process, task)]
        assert await scores_of(process, task, *right) == [Score(1.0)] * 3
        assert await scores_of(process, task, *right[::-1]) == [Score(0.0), Score(1.0), Score(0.0)]

    run(main)


def test_score_gets_pristine_inputs_each_time(make_task):
    body = "    inputs[0].append(hidden.pop())\n    return 1.0 if inputs[0] == [1, 2, 3] else 0.0"
    task = make_task(with_score(body))

    async def main(process):
        assert await scores_of(process, task, None) == [Score(1.0)]
        assert await scores_of(process, task, None) == [Score(1.0)]

    run(main)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("raise ValueError('too long')", "ValueError: too long"),
        ("assert output == 2", "AssertionError"),
        ("return 1 / output", "ZeroDivisionError: division by zero"),
        ("return output.size", "AttributeError: 'int' object has no attribute 'size'"),
    ],
)
def test_an_exception_of_score_refuses_the_output(statement, reason, make_task):
    task = make_task(with_score(f"    {statement}"))

    async def main(process):
        return await scores_of(process, task, 0)

    assert run(main) == [Refused(reason)]


def test_a_reason_is_of_bounded_length(make_task):
    task = make_task(with_score("    raise ValueError(output)"))

    async def main(process):
        (refused,) = await scores_of(process, task, "x" * 100_000)
        assert len(refused.reason) <= 300

    run(main)


def test_bytes_that_are_no_value_are_refused(make_task):
    task = make_task(ECHO)

    async def main(process):
        outputs = {0: b"\xc1\xff garbage", 1: b"", 2: wire.encode(1)}
        scores = await process.score(task, "val", "selection", 7, outputs)
        assert [type(score) for score in scores.values()] == [Refused, Refused, Score]

    run(main)


@pytest.mark.parametrize(
    ("returned", "shown"),
    [
        ("1.5", "1.5"),
        ("-0.001", "-0.001"),
        ("float('nan')", "nan"),
        ("float('inf')", "inf"),
        ("10 ** 400", "a value of type int"),
        ("None", "a value of type NoneType"),
        ("'0.5'", "a value of type str"),
        ("[0.5]", "a value of type list"),
        ("1j", "a value of type complex"),
    ],
)
def test_a_score_outside_zero_to_one_is_the_tasks_fault(returned, shown, make_task):
    task = make_task(with_score(f"    return {returned}"))
    message = fault(lambda process: scores_of(process, task, 0))
    assert f"{line_of(task, 'def score')}: `score` returned {shown}, not" in message


@pytest.mark.parametrize(
    ("returned", "score"),
    [("True", 1.0), ("0", 0.0), ("1 + 1e-12", 1.0), ("-1e-12", 0.0), ("numpy.float32(0.5)", 0.5)],
)
def test_any_kind_of_number_and_rounding_errors_are_scores(returned, score, make_task):
    task = make_task(with_score(f"    import numpy\n    return {returned}"))
    assert run(lambda process: scores_of(process, task, 0)) == [Score(score)]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("return 1 / 0", "`instance` raised ZeroDivisionError: division by zero"),
        ("import nowhere_to_be_found", "`instance` raised ModuleNotFoundError"),
        ("raise SystemExit(3)", "`instance` raised SystemExit: 3"),
        ("return rng.integrs(3)", "`instance` raised AttributeError"),
    ],
)
def test_an_instance_that_raises_is_named_with_file_and_line(statement, what, make_task):
    task = make_task(with_instance(f"    x = 1\n    {statement}"))
    message = fault(lambda process: instances_of(process, task))
    assert f"{line_of(task, statement)}: {what}" in message


@pytest.mark.parametrize(
    "returned", ["1", "(1, 2, 3)", "([1], None)", "None", "'ab'", "(object(),), None"]
)
def test_an_instance_that_is_no_pair_of_inputs_and_answer_is_named(returned, make_task):
    task = make_task(with_instance(f"    return {returned}"))
    assert line_of(task, "def instance") in fault(lambda process: instances_of(process, task))


def test_a_misspelt_name_in_score_is_the_tasks_fault_and_no_zero(make_task):
    task = make_task(with_score("    return ouput"))
    message = fault(lambda process: scores_of(process, task, 0))
    assert f"{line_of(task, 'ouput')}: `score` raised NameError" in message


def test_a_file_that_raises_when_it_is_run_is_named(make_task):
    task = make_task("import nowhere_to_be_found\n" + ECHO)
    message = fault(lambda process: instances_of(process, task))
    assert f"{line_of(task, 'nowhere')}: `the file` raised ModuleNotFoundError" in message


def test_the_process_starts_without_what_only_its_host_needs():
    loaded = subprocess.run(
        [sys.executable, "-c", "import stop_tui.scoring.worker, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "numpy" in loaded
    assert not {"asyncio", "sandlock", "stop_tui.sandbox.pool"} & set(loaded)

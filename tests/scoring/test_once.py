"""A shared value is computed once, whoever asks and whoever gives up."""

import asyncio

import pytest

from stop_tui.scoring.once import Once


class Computing:
    """Doubles numbers when it is let to, and counts."""

    def __init__(self):
        self.started = []
        self.go = asyncio.Event()

    async def __call__(self, number):
        self.started.append(number)
        await self.go.wait()
        if number < 0:
            raise ValueError(number)
        return 2 * number


def run(main):
    async def with_computing():
        computing = Computing()
        await main(computing)

    asyncio.run(with_computing())


def test_however_many_ask_it_is_computed_once():
    async def main(computing):
        once = Once(computing, keep=5)
        asking = [asyncio.create_task(once.get(1)) for _ in range(3)]
        computing.go.set()
        assert await asyncio.gather(*asking) == [2, 2, 2]
        assert await once.get(1) == 2
        assert computing.started == [1]

    run(main)


def test_one_that_is_cancelled_does_not_take_it_from_the_others():
    async def main(computing):
        once = Once(computing, keep=5)
        asking = [asyncio.create_task(once.get(1)) for _ in range(3)]
        await asyncio.sleep(0)
        asking[0].cancel()
        computing.go.set()
        results = await asyncio.gather(*asking, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert results[1:] == [2, 2]

    run(main)


def test_a_failure_reaches_all_who_asked_and_is_not_kept():
    async def main(computing):
        once = Once(computing, keep=5)
        computing.go.set()
        asking = [asyncio.create_task(once.get(-1)) for _ in range(2)]
        results = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(result) for result in results] == [ValueError, ValueError]
        with pytest.raises(ValueError, match="-1"):
            await once.get(-1)
        assert computing.started == [-1, -1]

    run(main)


def test_the_values_asked_for_last_are_kept():
    async def main(computing):
        once = Once(computing, keep=2)
        computing.go.set()
        for number in (1, 2, 1, 3, 1, 2):
            await once.get(number)
        assert computing.started == [1, 2, 3, 2]

    run(main)


def test_what_is_under_way_is_never_forgotten():
    async def main(computing):
        once = Once(computing, keep=1)
        asking = [asyncio.create_task(once.get(number)) for number in (1, 2, 3, 1, 2, 3)]
        await asyncio.sleep(0)
        computing.go.set()
        assert await asyncio.gather(*asking) == [2, 4, 6, 2, 4, 6]
        assert computing.started == [1, 2, 3]

    run(main)


def test_closing_stops_what_is_under_way():
    async def main(computing):
        once = Once(computing, keep=5)
        asking = asyncio.create_task(once.get(1))
        await asyncio.sleep(0)
        await once.close()
        with pytest.raises(asyncio.CancelledError):
            await asking

    run(main)

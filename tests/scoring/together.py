"""The scores of many solutions by one evaluator: what is expensive is to start it."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from stop_tui.sandbox import Pool
from stop_tui.scoring import Evaluator, Scored, load_tasks

Scores = dict[tuple[str, str], Scored]
"""By name of the task and source of the solution."""


def scores(folder: Path, tasks: dict[str, str], asked: Iterable[tuple[str, str]]) -> Scores:
    """The scores of the solutions asked for; `tasks` are their utilities, by name."""
    for name, utility in tasks.items():
        (folder / "tasks" / name).mkdir(parents=True)
        (folder / "tasks" / name / "utility.py").write_text(utility)
        (folder / "tasks" / name / "seed.py").write_text("def algorithm(x):\n    return 0.5\n")
    loaded = load_tasks(folder / "tasks")
    (folder / "scratch").mkdir()

    async def main() -> Scores:
        async with (
            Pool(size=2, scratch=folder / "scratch", unsafe_no_isolation=True) as pool,
            Evaluator(pool, loaded, 0, deadline=30.0) as evaluator,
        ):
            keys = list(dict.fromkeys(asked))
            scoring = [evaluator.utility(*key, "val", "selection") for key in keys]
            return dict(zip(keys, await asyncio.gather(*scoring), strict=True))

    return asyncio.run(main())

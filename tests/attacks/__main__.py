"""`python -m tests.attacks [--level LEVEL] [WORD ...]`: run attacks and print the table.

With words, those attacks whose name holds one of them. Ends with 1 if one succeeded at level full.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.attacks.catalogue import attacks
from tests.attacks.ground import Ground
from tests.attacks.levels import LEVELS, may_run
from tests.attacks.table import Row, line, summary


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks")
    parser.add_argument("--level", choices=LEVELS, default="full")
    parser.add_argument("words", nargs="*")
    given = parser.parse_args()
    rows: list[Row] = []
    with (
        tempfile.TemporaryDirectory(prefix="attacks") as folder,
        Ground(Path(folder), given.level) as ground,
    ):
        for attack in attacks():
            wanted = not given.words or any(word in str(attack) for word in given.words)
            if wanted and may_run(attack, given.level):
                rows.append((attack, given.level, ground.harm(attack)))
                print(line(rows[-1]), flush=True)
    print(summary(rows))
    return int(given.level == "full" and any(harm for _, _, harm in rows))


if __name__ == "__main__":
    sys.exit(main())

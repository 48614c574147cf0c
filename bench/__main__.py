"""`python -m bench [NAME ...]`: run the measurements and print each beside its bound."""

import importlib
import sys

NAMES = (
    "isolation",
    "command_line",
    "critical_path",
    "endpoint",
    "pausing",
    "memory",
    "explorer",
    "difference",
    "report",
    "demonstration",
    "transfer",
)


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; known: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    missed = 0
    print(f"{'what':<58} {'measured':>10} {'bound':>10}  held")
    for name in names or NAMES:
        for row in importlib.import_module(f"bench.{name}").measure():
            sign = ">=" if row.at_least else "<="
            bound = f"{sign}{row.bound:g}"
            held = "yes" if row.held else "NO"
            print(
                f"{row.name:<58} {row.measured:>10.3f} {bound:>10}  {held:<3} {row.unit}"
                f"{'  (' + row.detail + ')' if row.detail else ''}",
                flush=True,
            )
            missed += not row.held
    print(f"{missed} bounds missed" if missed else "all bounds held")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The matching stage: seconds and peak memory of every table computed in Python, and how they grow with the months.

Works on copies of a finished warehouse (`--warehouse`, by default that of the last run), cut to the newest months,
and computes each table in a process of its own. Prints the tables and keeps them in out/matching/table.md. Runs in the
project's environment, not in the benchmark's.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).parent
OUT = HERE / "out" / "matching"
WAREHOUSE = HERE.parent / "data" / "work" / "warehouse" / "work.duckdb"
LATEST, ALL = 1, 0

Cost = Mapping[str, float]


def step(*arguments: str) -> Cost:
    """Run `matching_step.py` to its end and take what it says. Raises CalledProcessError."""
    command = [sys.executable, str(HERE / "matching_step.py"), *arguments]
    answer: Cost = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return answer


def in_order() -> list[str]:
    """Names of the tables, each after those that it reads."""
    from assets.matching.assets import TABLES

    names = {table.name for table in TABLES}
    return list(TopologicalSorter({table.name: names.intersection(table.deps) for table in TABLES}).static_order())


def measure(warehouse: Path, months: int, names: list[str]) -> tuple[int, dict[str, Cost]]:
    """How many months the copy holds, and the cost of each table in it."""
    copy = OUT / "work.duckdb"
    shutil.copyfile(warehouse, copy)
    held = int(step("cut", str(copy), str(months))["months"])
    costs = {}
    for name in names:
        costs[name] = step("compute", str(copy), name)
        print(f"{held} months: {name} {costs[name]['cpu']:.1f} s", file=sys.stderr, flush=True)
    copy.unlink()
    return held, costs


def costs_table(results: Mapping[int, Mapping[str, Cost]]) -> list[str]:
    """Markdown: a row a table and number of months, and a row of all tables together."""
    lines = [
        "| months | table | rows | read s | compute s | write s | CPU s | peak MB |",
        "|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    for months, costs in results.items():
        for name, cost in costs.items():
            seconds = " | ".join(f"{cost[part]:.1f}" for part in ("read", "compute", "write", "cpu"))
            lines.append(f"| {months} | `{name}` | {cost['rows']:,} | {seconds} | {cost['peak']:.0f} |")
        together = " | ".join(
            f"{sum(cost[part] for cost in costs.values()):.1f}" for part in ("read", "compute", "write", "cpu")
        )
        peak = max(cost["peak"] for cost in costs.values())
        lines.append(f"| {months} | **all** | | {together} | {peak:.0f} |")
    return lines


def growth_table(results: Mapping[int, Mapping[str, Cost]]) -> list[str]:
    """Markdown: how many times the CPU of the fewer months the more take; as many times as the months is linear."""
    counts = sorted(results)
    pairs = list(pairwise(counts))
    lines = [
        f"| table | {' | '.join(f'{few} → {many} months ({many / few:.1f} times)' for few, many in pairs)} |",
        f"|---|{'--:|' * len(pairs)}",
    ]
    for name in results[counts[0]]:
        ratios = (f"{results[many][name]['cpu'] / results[few][name]['cpu']:.1f}" for few, many in pairs)
        lines.append(f"| `{name}` | {' | '.join(ratios)} |")
    return lines if pairs else []


def _months(text: str) -> int:
    return LATEST if text == "latest" else ALL if text == "all" else int(text)


def main() -> None:
    """Measure, print, and keep the tables in out/matching/table.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warehouse", type=Path, default=WAREHOUSE)
    parser.add_argument("--months", nargs="+", type=_months, default=[LATEST, 24, ALL], metavar="latest|all|N")
    parser.add_argument("--tables", nargs="+", help="only these; what they read must be in the warehouse")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    names = [name for name in in_order() if not options.tables or name in options.tables]
    results = dict(measure(options.warehouse, months, names) for months in options.months)
    text = "\n".join([*costs_table(results), "", *growth_table(results)]) + "\n"
    (OUT / "table.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()

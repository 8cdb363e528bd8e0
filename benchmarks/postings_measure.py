"""Job postings: the client's read path beside pandas in chunks, and the whole pull; memory at five times the lines.

Prints tables and aims, and keeps them in out/postings.md. Every reader runs in a process of its own, over a file (3 GB
at 1 M lines; deleted at the end); the whole pull gets it over HTTP.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from statistics import median

from px_measure import HERE, Cost, aim, run

OUT = HERE / "out" / "postings"
SMALL, LARGE = 200_000, 1_000_000
OURS = ("ours_read", "ours", "pull")
READERS = {SMALL: (*OURS, "pandas_read", "pandas_same"), LARGE: OURS}


def measure(lines: int, rounds: int) -> dict[str, list[Cost]]:
    """Generate so many lines and let the readers have them in turn."""
    OUT.mkdir(parents=True, exist_ok=True)
    world = OUT / f"{lines}.lines"
    run("postings_generate.py", str(world), str(lines))
    costs: dict[str, list[Cost]] = {reader: [] for reader in READERS[lines]}
    for number in range(rounds):
        for reader in READERS[lines]:
            costs[reader].append(run("postings_contenders.py", reader, str(world), str(OUT / "result")))
            print(f"{lines:,} lines, round {number + 1}: {reader} {costs[reader][-1]}", file=sys.stderr, flush=True)
    world.unlink()
    return costs


def main() -> None:
    """Measure, print, and keep the tables in out/postings.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    shutil.rmtree(OUT, ignore_errors=True)
    try:
        results = {lines: measure(lines, rounds) for lines in READERS}
    finally:
        shutil.rmtree(OUT, ignore_errors=True)
    said = [
        "| lines | reader | CPU s | of it the work | wall s | µs a line | peak MB |",
        "|--:|---|--:|--:|--:|--:|--:|",
    ]
    for lines, costs in results.items():
        for reader, rows in costs.items():
            cpu, work, wall, memory = (
                median(getattr(cost, name) for cost in rows) for name in ("cpu", "work_cpu", "work_wall", "memory")
            )
            each = work / lines * 1e6
            said.append(f"| {lines:,} | `{reader}` | {cpu:.2f} | {work:.2f} | {wall:.2f} | {each:.1f} | {memory:.0f} |")

    def ratio(theirs: str, ours: str) -> float:
        pairs = zip(results[SMALL][theirs], results[SMALL][ours], strict=True)
        return median(a.cpu / b.cpu for a, b in pairs)

    def peak(lines: int, reader: str) -> float:
        return median(cost.memory for cost in results[lines][reader])

    said += [
        "",
        aim("CPU of pandas to the same records, times our read path", ratio("pandas_same", "ours_read"), least=12),
        aim("CPU of pandas that only reads, times our read path", ratio("pandas_read", "ours_read"), least=12),
    ]
    for reader in READERS[LARGE]:
        large, small = peak(LARGE, reader), peak(SMALL, reader)
        said.append(aim(f"peak memory of `{reader}` at 1 M lines, times that at 200,000", large / small, most=1.5))
        said.append(aim(f"peak MB of `{reader}` at 1 M lines", large, most=300))
    text = "\n".join(said) + "\n"
    (HERE / "out").mkdir(exist_ok=True)
    (HERE / "out" / "postings.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()

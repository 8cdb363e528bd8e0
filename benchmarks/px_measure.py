"""PX: landing the full cube beside writing it from memory, and 10 M cells beside pyaxis; how many calls the API costs.

Prints tables and aims. Every reader runs in a process of its own; this one stays small, as a child's peak memory starts
from its parent's.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
OUT = HERE / "out" / "px"
AREAS, OCCUPATIONS, MONTHS = 421, 434, 211  # of the real 12ti
SMALL = 55  # areas: 10.07 M cells


@dataclass(frozen=True)
class Cost:
    """One process: user + system time and peak resident MB of the whole; CPU and wall time of the work alone."""

    cpu: float
    memory: float
    work_cpu: float
    work_wall: float


def run(script: str, *arguments: str) -> Cost:
    """Run one of this folder's scripts to its end; its last line may tell the time of the work alone."""
    command = [sys.executable, str(HERE / script), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.read().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    work = json.loads(said[-1]) if said else {"cpu": math.nan, "wall": math.nan}
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, work["cpu"], work["wall"])


def measure(areas: int, contenders: tuple[str, ...], rounds: int) -> dict[str, list[Cost]]:
    """Generate a cube of so many areas, then let the contenders read it in turn; the first file of ours is checked."""
    world = OUT / str(areas)
    world.mkdir(parents=True)
    run("px_generate.py", str(world), str(areas), str(MONTHS))
    costs: dict[str, list[Cost]] = {contender: [] for contender in contenders}
    for number in range(rounds):
        for contender in contenders:
            costs[contender].append(run("px_contenders.py", contender, str(world), str(world / f"{contender}.parquet")))
            if contender == "px" and number == 0:
                run("check.py", str(world), str(world / "px.parquet"))
            print(f"{areas} areas, round {number + 1}: {contender} {costs[contender][-1]}", file=sys.stderr, flush=True)
    shutil.rmtree(world)
    return costs


def row(cells: int, contender: str, costs: list[Cost]) -> str:
    shown = (median(getattr(cost, name) for cost in costs) for name in ("cpu", "work_cpu", "work_wall", "memory"))
    cpu, work_cpu, work_wall, memory = shown
    return f"| {cells / 1e6:.1f} M | `{contender}` | {cpu:.2f} | {work_cpu:.2f} | {work_wall:.2f} | {memory:.0f} |"


def aim(what: str, value: float, *, most: float | None = None, least: float | None = None) -> str:
    reached = value <= most if most is not None else value >= (least or 0)
    bound = f"at most {most}" if most is not None else f"at least {least}"
    return f"* {what}: {value:.2f} (aim: {bound}): {'reached' if reached else 'missed'}"


def main() -> None:
    """Measure, print, and keep the tables in out/px.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    shutil.rmtree(OUT, ignore_errors=True)
    small = measure(SMALL, ("px", "pyaxis", "pyaxis_frame"), rounds)
    large = measure(AREAS, ("px", "memory"), rounds)
    lines = [
        "| cells | reader | CPU s, whole process | CPU s, work | wall s, work | peak MB |",
        "|---|---|--:|--:|--:|--:|",
    ]
    lines += [row(SMALL * OCCUPATIONS * MONTHS * 2, name, costs) for name, costs in small.items()]
    lines += [row(AREAS * OCCUPATIONS * MONTHS * 2, name, costs) for name, costs in large.items()]

    def ratio(costs: dict[str, list[Cost]], over: str, under: str, name: str) -> float:
        return median(getattr(a, name) / getattr(b, name) for a, b in zip(costs[over], costs[under], strict=True))

    lines += [
        "",
        aim("10 M cells, CPU of whole processes, pyaxis to ours", ratio(small, "pyaxis", "px", "cpu"), least=8),
        aim("the same, pyaxis without writing Parquet", ratio(small, "pyaxis_frame", "px", "cpu"), least=8),
        aim("10 M cells, peak memory, pyaxis to ours", ratio(small, "pyaxis", "px", "memory"), least=10),
        aim(
            "full cube, wall time of landing to writing from memory",
            ratio(large, "px", "memory", "work_wall"),
            most=1.6,
        ),
        aim("the same by CPU time", ratio(large, "px", "memory", "work_cpu"), most=1.6),
        aim("full cube, peak MB", max(cost.memory for cost in large["px"]), most=400),
    ]
    text = "\n".join(lines) + "\n"
    (OUT.with_name("px.md")).write_text(text)
    print(text)


if __name__ == "__main__":
    main()

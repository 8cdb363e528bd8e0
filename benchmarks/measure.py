"""All contenders in turn, several rounds, each in a process of its own: CPU time, peak memory, ratios to ours.

This process stays small on purpose: a child's peak memory starts from its parent's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
OUT = HERE / "out"


@dataclass(frozen=True)
class Case:
    """Some generated cells and who reads them."""

    name: str
    months: int
    contenders: tuple[str, ...]
    options: tuple[str, ...] = ()


CASES = (
    Case("1 M", 50, ("wide", "long", "pxwebpy", "pxwebpy_by_answer", "pyjstat")),
    Case("10 M", 504, ("wide", "long", "pxwebpy", "pxwebpy_by_answer")),
    Case("10 M without status", 504, ("wide", "pxwebpy"), ("--without-status",)),
)
TARGETS = (  # case, ours, theirs, at least so many times ours
    ("10 M", "wide", "pxwebpy", 8),
    ("10 M", "long", "pxwebpy", 4),
    ("10 M without status", "wide", "pxwebpy", 8),
    ("1 M", "wide", "pyjstat", 25),
)


@dataclass(frozen=True)
class Cost:
    """One process: user + system time in seconds, peak resident memory in MB."""

    cpu: float
    memory: float


def run(script: str, *arguments: str) -> Cost:
    """Run one of this folder's scripts to its end. Raises CalledProcessError."""
    command = [sys.executable, str(HERE / script), *arguments]
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def measure(case: Case, rounds: int) -> dict[str, list[tuple[Cost, Cost]]]:
    """Per contender one (whole, imports only) for each round. The first round's files are checked."""
    world = OUT / case.name.replace(" ", "-")
    world.mkdir(parents=True)
    run("generate.py", str(world), str(case.months), *case.options)
    costs: dict[str, list[tuple[Cost, Cost]]] = defaultdict(list)
    for number in range(rounds):
        for contender in case.contenders:
            target = world / f"{contender}.parquet"
            whole = run("contenders.py", contender, str(world), str(target))
            costs[contender].append((whole, run("contenders.py", contender)))
            if number == 0:
                run("check.py", str(world), str(target))
            print(f"{case.name}, round {number + 1}: {contender} {whole.cpu:.2f} s", file=sys.stderr, flush=True)
    return costs


def ratio(theirs: list[tuple[Cost, Cost]], ours: list[tuple[Cost, Cost]], *, net: bool) -> float:
    """Median over the rounds of their CPU time to ours, without the imports if `net`."""

    def cpu(costs: tuple[Cost, Cost]) -> float:
        return costs[0].cpu - net * costs[1].cpu

    return median(cpu(a) / cpu(b) for a, b in zip(theirs, ours, strict=True))


def main() -> None:
    """Generate, measure, print one table and the targets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    shutil.rmtree(OUT, ignore_errors=True)
    results = {case.name: measure(case, rounds) for case in CASES}
    lines = [
        "| cells | contender | CPU s | of it imports | peak MB | times `wide` | times `long` | times `wide`, net |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for case, costs in results.items():
        for contender, rows in costs.items():
            whole, imports = (median(row[part].cpu for row in rows) for part in (0, 1))
            peak = median(row[0].memory for row in rows)
            to_long = f"{ratio(rows, costs['long'], net=False):.1f}" if "long" in costs else ""
            to_wide, to_wide_net = (f"{ratio(rows, costs['wide'], net=net):.1f}" for net in (False, True))
            lines.append(
                f"| {case} | `{contender}` | {whole:.2f} | {imports:.2f} | {peak:.0f} "
                f"| {to_wide} | {to_long} | {to_wide_net} |"
            )
    for case, ours, theirs, least in TARGETS:
        reached = ratio(results[case][theirs], results[case][ours], net=False)
        lines.append(
            f"\n{case}: `{theirs}` takes {reached:.1f} times the CPU time of `{ours}`; aim {least}: "
            f"{'reached' if reached >= least else 'missed'}"
        )
    text = "\n".join(lines) + "\n"
    (OUT / "table.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()

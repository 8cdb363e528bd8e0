"""A stream of postings is read in bounded memory: what is held does not grow with the number of lines."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

from postings_pull import SECRET, ndjson, posting

from sources.tyomarkkinatori.intake import Intake
from sources.tyomarkkinatori.schema import Interface, load_source
from sources.tyomarkkinatori.screen import Pseudonym, Screen

LONG = {"fi": "Keksitty kuvaus. " * 150}  # as long as real lines: 3 kB
LINES_A_BLOCK = 40


def peak_of(lines: int, target: Path) -> int:
    """Bytes held at most while `lines` lines of 3 kB are read."""
    block = ndjson(posting(number, position__jobDescription=LONG) for number in range(LINES_A_BLOCK))
    assert len(block) > 3_000 * LINES_A_BLOCK

    def body() -> Iterator[bytes]:
        for _ in range(lines // LINES_A_BLOCK):
            yield bytes(bytearray(block))  # a block of its own, as from the network

    screen = Screen(Pseudonym(SECRET))
    with Intake(Interface.P67, name="test", source=load_source(), screen=screen, target=target) as intake:
        tracemalloc.start()
        try:
            intake.take_body(body())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert intake.usable == lines
    return peak


def test_memory_does_not_grow_with_the_number_of_lines(tmp_path: Path) -> None:
    few, many = (peak_of(lines, tmp_path / f"{lines}.ndjson") for lines in (4_000, 40_000))
    assert many < 1.5 * few
    assert many < 20_000_000, "40,000 lines are 120 MB"

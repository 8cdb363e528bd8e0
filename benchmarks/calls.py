"""How many calls StatFin costs us, counted at the replay server and in the plan: `python calls.py`.

StatFin answers at most 120,000 cells a call and takes 40 calls a minute, so calls, not bytes, are what is scarce.
"""

from __future__ import annotations

import csv
import math
import tempfile
from pathlib import Path

import msgspec
from generate import SEEDS

from sources.archive import RawArchive
from sources.http import PoliteSession
from sources.statfin.client import StatFinClient
from sources.statfin.layout import Layout
from sources.statfin.plan import plan
from sources.statfin.replay import Limits, ReplayServer
from sources.statfin.schema import load_source
from sources.statfin.simulator import write_sample
from sources.vintage import VintageStore

MAX_CELLS = Limits().max_cells
AREAS, OCCUPATIONS, MONTHS = 421, 434, 211  # of the real 12ti


def planned(areas: int, months: int) -> tuple[int, int]:
    """Calls that our plan for so much of 12ti needs, and the fewest that the limit on cells allows."""
    codes = {
        "Alue": tuple(f"A{number}" for number in range(areas)),
        "Ammattiryhmä": tuple(f"O{number}" for number in range(OCCUPATIONS)),
        "timeperiod_m": tuple(f"M{number}" for number in range(months)),
        "contentscode": ("TYOTTOMATLOPUSSA", "AVPAIKATLOPUSSA"),
    }
    layout = Layout("12ti", tuple(codes), codes, {}, "timeperiod_m", "contentscode", {}, None)
    chunks = plan(layout, MAX_CELLS)
    return len(chunks), math.ceil(sum(chunk.cells for chunk in chunks) / MAX_CELLS)


def counted() -> dict[str, tuple[int, int]]:
    """Per table of the sample: calls of a first fill through the API, calls of a poll without news."""
    source = msgspec.structs.replace(load_source(), px_url=None)
    calls: dict[str, tuple[int, int]] = {}
    with tempfile.TemporaryDirectory() as name:
        write_sample(Path(name) / "sample", seeds=SEEDS)
        with ReplayServer(Path(name) / "sample", limits=Limits(max_calls=100_000)) as server:
            archive = RawArchive(Path(name) / "raw")
            for table in (table for table, request in source.tables.items() if request.required):
                found = []
                for _ in range(2):
                    server.requests.clear()
                    with PoliteSession() as session:
                        client = StatFinClient(
                            source,
                            session=session,
                            archive=archive,
                            known=_known(),
                            base_url=server.base_url,
                            report=lambda line: None,
                        )
                        VintageStore(archive.root).add(client.pull(table)[0])
                    found.append(len(server.requests))
                calls[table] = (found[0], found[1])
    return calls


def _known() -> dict[str, frozenset[str]]:
    """The codes of the project's classifications."""
    known = {}
    for role in ("area", "occupation"):
        with (SEEDS / f"{role}.csv").open(encoding="utf-8") as seed:
            known[role] = frozenset(row[f"{role}_code"] for row in csv.DictReader(seed))
    return known


if __name__ == "__main__":
    month, least = planned(AREAS, 1)
    cells = AREAS * OCCUPATIONS * 2
    print(
        f"One month of 12ti for all {AREAS} areas: {month} calls for data, and one each for ?config and metadata.\n"
        f"Not fewer: {cells:,} cells / {MAX_CELLS:,} a call = {cells / MAX_CELLS:.2f}, so at least {least}."
    )
    history, least = planned(AREAS, MONTHS)
    print(
        f"Its full history ({AREAS * OCCUPATIONS * MONTHS * 2:,} cells): {history} calls, at least {least}; "
        f"{history / 40:.0f} minutes at 40 calls a minute. As a whole-table PX file: 1 call, metadata and a probe."
    )
    for table, (fill, poll) in counted().items():
        print(f"{table}, sample: {fill} calls for a first fill through the API, {poll} for a poll without news")

"""What the barometer's replay server serves: regions, occupations and rows, read from a folder.

Belongs here: the layout of the folder (recordings, or the simulator's sample) and occupations that are generated on
request. Does not belong here: how a call is answered (`replay`).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from sources.tyovoimabarometri.replay_bodies import Body
from sources.tyovoimabarometri.simulator_rows import MARK, ROW_ORDER, rows_of


class ReplayFolderError(Exception):
    """The folder holds nothing that this server could serve."""


def occupation_id(code: str) -> str:
    """The made-up id of an occupation: the real ids of most occupations were not recorded."""
    return str(uuid5(NAMESPACE_URL, f"tyovoimabarometri/ammatti/{code}"))


@dataclass(frozen=True, slots=True)
class ReplayOccupation:
    """One occupation of the catalogue; `rows`: month -> its rows in the order of the service."""

    code: str
    name: str
    rows: dict[str, list[Body]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its made-up id."""
        return occupation_id(self.code)


@dataclass(frozen=True, slots=True)
class ReplayWorld:
    """All that is served; `regions`: (code, name, id) in row order."""

    regions: tuple[tuple[str, str, str], ...]
    occupations: tuple[ReplayOccupation, ...]

    @property
    def months(self) -> tuple[str, ...]:
        """Every month that an occupation has rows for, oldest first."""
        return tuple(sorted({month for occupation in self.occupations for month in occupation.rows}))


def read_world(folder: Path, *, generated: Iterable[str] = ()) -> ReplayWorld:
    """What lies in `folder`/barometer (or in `folder` itself): one `*regions*.csv`, any number of `*kohtaanto*.json`.

    `generated`: further occupation codes whose rows are made up and whose names say so; a `*verbatim_row_<code>.json`
    replaces the made-up row of its region and month. Raises ReplayFolderError.
    """
    root = folder / "barometer" if (folder / "barometer").is_dir() else folder
    region_files, row_files = sorted(root.glob("*regions*.csv")), sorted(root.glob("*kohtaanto*.json"))
    if len(region_files) != 1 or not row_files:
        raise ReplayFolderError(
            f"{root}: {len(region_files)} files *regions*.csv and {len(row_files)} files *kohtaanto*.json. One of the "
            "former and at least one of the latter are needed, as in the recordings or in the simulator's sample."
        )
    with region_files[0].open(encoding="utf-8", newline="") as stream:
        regions = tuple((line["koodi"], line["nimi"], line["id"]) for line in csv.DictReader(stream))
    occupations: dict[str, ReplayOccupation] = {}
    for path in row_files:
        document = json.loads(path.read_text(encoding="utf-8"))
        for code, observed in document["observations"].items():
            occupation = occupations.setdefault(code, ReplayOccupation(code, observed["nimi"]))
            occupation.rows[document["period"]] = observed["rows"]
    months = sorted({month for occupation in occupations.values() for month in occupation.rows})
    for code in sorted(set(generated) - set(occupations)):
        rows = rows_of(code, regions=[(region, id_) for region, _, id_ in regions], months=months)
        for path in root.glob(f"*verbatim_row_{code}.json"):
            real = json.loads(path.read_text(encoding="utf-8"))["row"]
            same = rows.get(real["kohtaantoTime"], [])
            same[:] = [real if row["groupingId"] == real["groupingId"] else row for row in same]
        occupations[code] = ReplayOccupation(code, f"{code} {MARK}", rows)
    order = {code: place for place, code in enumerate(ROW_ORDER)}
    ordered = tuple(sorted(regions, key=lambda region: order.get(region[0], len(order))))
    return ReplayWorld(ordered, tuple(occupations[code] for code in sorted(occupations)))

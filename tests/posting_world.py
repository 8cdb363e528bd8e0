"""A small world of invented job postings and ratings, landed and built by dbt, for the tests of their marts."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from assets.classification import SEEDS
from assets.source_state import SCHEMA as SOURCE_STATE
from sources.tyomarkkinatori.parse import landed_schema as posting_schema
from sources.tyovoimabarometri.parse import landed_schema as rating_schema

PROJECT = SEEDS.parent
AS_OF = date(2026, 9, 1)
COVERED_FROM = date(2026, 6, 16)
MODELS = ["+fct_posting_flow", "+catalog_posting_match", "+fct_barometer", "+source_freshness", "+catalog_source"]
CROWDED = {"MK01", "MK07"}
GROUPS = [
    "http://data.europa.eu/esco/isco/C2221",
    "http://data.europa.eu/esco/isco/C02",
    "http://data.tyomarkkinatori.fi/x",
]


@dataclass(frozen=True, slots=True)
class Posting:
    """`places`: municipalities, or None alone where the posting names none. `closed`: None while it is open."""

    places: list[str | None]
    region: str | None
    occupation: str | None
    opened: date
    closed: date | None = None
    is_permanent: bool | None = None
    is_full_time: bool | None = None
    positions: int = 1


@dataclass(frozen=True, slots=True)
class World:
    """What was landed and the warehouse that dbt made of it."""

    postings: list[Posting]
    warehouse: Path

    def rows(self, query: str) -> list[tuple]:  # type: ignore[type-arg]
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def invented(count: int) -> list[Posting]:
    """Postings over all municipalities and some occupations; one in ten in several municipalities, few in none."""
    random = np.random.default_rng(7)
    municipalities = sorted({row["municipality_area_code"][2:] for row in seed("area_municipality")})
    weight = random.pareto(1.5, len(municipalities)) + 0.3
    # Two regions have enough for some counts to be shown and some not.
    crowded = {row["municipality_area_code"][2:] for row in seed("area_municipality") if row["area_code"] in CROWDED}
    weight *= [30.0 if municipality in crowded else 1.0 for municipality in municipalities]
    occupations = [row["esco_uri"] for row in seed("esco_occupation")][::40] + GROUPS
    liking = random.pareto(2.5, len(occupations)) + 0.3
    liking[-len(GROUPS) :] = liking.mean()
    found: list[Posting] = []
    for _ in range(count):
        opened = AS_OF - timedelta(int(random.integers(0, 120)))
        closed: date | None = opened + timedelta(int(random.weibull(1.3) * 25))
        if closed is not None and closed > AS_OF:
            closed = None
        if closed is not None and closed < COVERED_FROM:
            continue
        kind = random.choice(3, p=[0.94, 0.03, 0.03])
        several = 1 if random.random() < 0.9 else int(random.integers(2, 4))
        places: list[str | None] = [None]
        if kind == 0:
            chosen = random.choice(len(municipalities), size=several, replace=False, p=weight / weight.sum())
            places = [municipalities[i] for i in chosen]
        uri = (
            occupations[int(random.choice(len(occupations), p=liking / liking.sum()))]
            if random.random() < 0.97
            else None
        )
        yes_no = [None, True, False]
        found.append(
            Posting(
                places=places,
                region="06" if kind == 1 else None,
                occupation=uri,
                opened=opened,
                closed=closed,
                is_permanent=yes_no[int(random.integers(0, 3))],
                is_full_time=yes_no[int(random.integers(0, 3))],
                positions=int(random.integers(1, 5)),
            )
        )
    # A municipality that was merged in 2016 into Lahti, and a code that no area ever had.
    found.append(Posting(["532"], None, None, AS_OF))
    found.append(Posting(["999"], None, None, AS_OF))
    return found


def landed_postings(postings: list[Posting]) -> pa.Table:
    """The cohorts of these postings, as landing writes them."""
    counts: dict[tuple[object, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for posting in postings:
        for place in posting.places:
            kind = "municipality" if place else "region" if posting.region else "country"
            what = (posting.occupation, posting.opened, posting.closed, posting.is_permanent, posting.is_full_time)
            cell = counts[place, posting.region, kind, *what]
            cell[0] += 1 / len(posting.places)
            cell[1] += posting.positions / len(posting.places)
    keys = ["municipality_code", "region_code", "place_kind", "occupation_uri"]
    keys += ["opened_date", "closed_date", "is_permanent", "is_full_time"]
    moment = datetime(2026, 9, 1, 6, tzinfo=UTC).replace(tzinfo=None)
    rows = [
        dict(zip(keys, key, strict=True))
        | {"postings": cell[0], "positions": cell[1], "closed_kind": "archived" if key[5] else None}
        | {"vintage_id": "postings-1", "retrieved_at": moment, "source_updated_at": moment, "division": None}
        | {"covered_from": COVERED_FROM, "as_of_date": AS_OF}
        for key, cell in counts.items()
    ]
    return pa.Table.from_pylist(rows, schema=posting_schema())


def landed_ratings() -> pa.Table:
    """Three rows: as it should be, censored, and one whose calculation failed."""
    moment = datetime(2026, 8, 29, 5, tzinfo=UTC).replace(tzinfo=None)
    common = {
        "vintage_id": "ratings-1",
        "retrieved_at": moment,
        "source_updated_at": moment,
        "period": date(2026, 6, 1),
    }
    common |= {
        "is_forecast": False,
        "employed_is_censored": False,
        "unemployed_is_censored": False,
        "state_is_error": False,
    }
    common |= {"occupation_code": "2512", "employed": 2380, "vacancies": 15}
    rates = {"unemployment_rate": 0.086, "vacancy_rate": 0.006, "slope": 0.07185, "scale": 6.096}
    rows = [
        common | rates | {"region_code": "06", "unemployed": 224, "state": 1, "degree": 3},
        common | {"region_code": "18", "unemployed_is_censored": True, "state": 3, "degree": 2},
        common | {"region_code": "21", "unemployed": 0, "state_is_error": True},
    ]
    return pa.Table.from_pylist(rows, schema=rating_schema())


def source_state() -> pa.Table:
    row = {name: "x" for name in SOURCE_STATE.names if SOURCE_STATE.field(name).type == pa.string()}
    row |= {"source_code": "tyomarkkinatori", "table_id": "posting_cohorts", "state": "stale", "cadence": "day"}
    filled = row | {"terms": "Keep them.", "lag_days": 0, "is_required": False, "is_verified": True}
    return pa.Table.from_pylist([filled], schema=SOURCE_STATE)


def dbt(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """dbt over `folder`/landed into `folder`/work.duckdb; tests only where all their models are in it."""
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            *arguments,
            *("--indirect-selection", "cautious"),
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(folder / "target"), "--log-path", str(folder)),
        ],
        env=os.environ
        | {
            "KOHTAANTO_WAREHOUSE": str(folder / "work.duckdb"),
            "KOHTAANTO_LANDED_DIR": str(folder / "landed"),
            "KOHTAANTO_DATA_KIND": "synthetic",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def built(folder: Path, postings: pa.Table, ratings: pa.Table) -> Path:
    """The warehouse of these landed tables."""
    tables = {"tyomarkkinatori/posting_cohorts/1": postings, "tyovoimabarometri/ratings/1": ratings}
    for place, table in (tables | {"pipeline/source_state/current": source_state()}).items():
        (folder / "landed" / place).mkdir(parents=True)
        pq.write_table(table, folder / "landed" / place / "data.parquet")
    outcome = dbt(folder, "build", "--exclude-resource-type", "unit_test", "--select", *MODELS)
    assert outcome.returncode == 0, outcome.stdout[-3000:]
    return folder / "work.duckdb"

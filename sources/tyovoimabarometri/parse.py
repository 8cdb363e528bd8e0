"""From the barometer's answers to one typed Parquet file of ratings.

Belongs here: reading archived answers into rows, writing the file. Does not belong here: rules of the answers (they
held when the answers were archived; `rules` is applied once more while reading).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from sources.archive import RawArchive, written_atomically
from sources.tyovoimabarometri.ledger import NO_ANSWER
from sources.tyovoimabarometri.rules import CALCULATION_ERROR, read_regions, read_rows
from sources.tyovoimabarometri.schema import Entry, Plan, Row
from sources.vintage import Vintage

TIME = pa.timestamp("us")
BATCH = 200  # answers per row group

_SCHEMA = pa.schema(
    {
        "vintage_id": pa.string(),
        "retrieved_at": TIME,
        "source_updated_at": TIME,
        "division": pa.string(),
        "occupation_code": pa.string(),
        "region_code": pa.string(),
        "period": pa.date32(),
        "is_forecast": pa.bool_(),
        "employed": pa.int64(),
        "employed_is_censored": pa.bool_(),
        "unemployed": pa.int64(),
        "unemployed_is_censored": pa.bool_(),
        "vacancies": pa.int64(),
        "unemployment_rate": pa.float64(),
        "vacancy_rate": pa.float64(),
        "slope": pa.float64(),
        "scale": pa.float64(),
        "state": pa.int32(),
        "state_is_error": pa.bool_(),
        "degree": pa.int32(),
    }
)


def landed_schema() -> pa.Schema:
    """The columns and types of a landed file."""
    return _SCHEMA


def is_landed(target: Path) -> bool:
    """Whether `target` is there with today's columns and types."""
    return target.exists() and pq.read_schema(target).equals(_SCHEMA)


def land(vintage: Vintage, archive: RawArchive, target: Path) -> int:
    """Write the vintage as one Parquet file at `target` and return its number of rows.

    One row per occupation, region, month and kind (observed, forecast), ordered by occupation, kind, month, region.
    `employed`, `unemployed`: persons, NULL where censored (counts 1-4); a row with a censored count has NULL in
    `unemployment_rate`, `vacancy_rate`, `slope` and `scale` too. `state` 0-3, NULL with `state_is_error` where the
    producer's calculation failed. `division` is NULL: the service names none. An occupation and month without data has
    no row. Whole or not at all. Raises ArchiveError, or BarometerDriftError when the raw answers break a rule.
    """
    plan = msgspec.json.decode(archive.get(vintage.metadata), type=Plan)
    regions: dict[str, dict[str, str]] = {}
    rows = 0
    with (
        written_atomically(target) as temporary,
        pq.ParquetWriter(temporary, _SCHEMA, compression="zstd", store_schema=False) as writer,
    ):
        for start in range(0, len(plan.entries), BATCH):
            batch: list[dict[str, Any]] = []
            for entry in plan.entries[start : start + BATCH]:
                if entry.regions not in regions:
                    regions[entry.regions] = _regions(archive.get(entry.regions))
                batch += _records(entry, archive.get(entry.answer), regions[entry.regions])
            writer.write_table(_table(batch, vintage))
            rows += len(batch)
    return rows


def _regions(body: bytes) -> dict[str, str]:
    expected = len(msgspec.json.decode(body, type=list[msgspec.Raw]))
    return read_regions(body, expected=expected, what="tyovoimabarometri ratings: archived regions")


def _records(entry: Entry, body: bytes, regions: Mapping[str, str]) -> list[dict[str, Any]]:
    if body == NO_ANSWER:
        return []
    what = f"tyovoimabarometri ratings: archived answer, occupation {entry.occupation_code}, {entry.period}"
    rows = read_rows(body, period=entry.period, regions=regions, what=what)
    ordered = sorted(rows, key=lambda row: (row.period, regions[row.region_id]))
    return [_record(entry, row, regions[row.region_id]) for row in ordered]


def _record(entry: Entry, row: Row, region_code: str) -> dict[str, Any]:
    is_error = row.state == CALCULATION_ERROR
    rates = not row.is_censored
    return {
        "occupation_code": entry.occupation_code,
        "region_code": region_code,
        "period": date.fromisoformat(f"{row.period}-01"),
        "is_forecast": entry.period is None,
        "employed": None if row.employed_is_censored else row.employed,
        "employed_is_censored": row.employed_is_censored,
        "unemployed": None if row.unemployed_is_censored else row.unemployed,
        "unemployed_is_censored": row.unemployed_is_censored,
        "vacancies": row.vacancies,
        "unemployment_rate": row.unemployment_rate if rates else None,
        "vacancy_rate": row.vacancy_rate if rates else None,
        "slope": row.slope if rates else None,
        "scale": row.scale if rates else None,
        "state": None if is_error else row.state,
        "state_is_error": is_error,
        "degree": row.degree,
    }


def _table(records: Sequence[Mapping[str, Any]], vintage: Vintage) -> pa.Table:
    def utc(moment: datetime) -> datetime:
        return moment.replace(tzinfo=None)

    constants = {
        "vintage_id": vintage.vintage_id,
        "retrieved_at": utc(vintage.retrieved_at),
        "source_updated_at": utc(vintage.source_updated_at),
        "division": vintage.division,
    }
    columns = [
        pa.repeat(pa.scalar(constants[field.name], field.type), len(records))
        if field.name in constants
        else pa.array([record[field.name] for record in records], field.type)
        for field in _SCHEMA
    ]
    return pa.table(columns, schema=_SCHEMA)

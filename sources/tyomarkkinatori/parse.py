"""From a vintage to the landed table `posting_cohorts`: one typed Parquet file, counts only.

The records of the vintage become cohorts and are put together with those of postings that were removed before.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sources.archive import written_atomically
from sources.tyomarkkinatori.cohorts import KEY, MEASURES, cohorts, open_duckdb, quoted, summed
from sources.tyomarkkinatori.schema import load_source
from sources.tyomarkkinatori.store import SPILL, PostingStore
from sources.vintage import Vintage

_ARROW = {
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
    "DOUBLE": pa.float64(),
    "TIMESTAMP": pa.timestamp("us"),
}
_CONSTANTS = {
    "vintage_id": "VARCHAR",
    "retrieved_at": "TIMESTAMP",
    "source_updated_at": "TIMESTAMP",
    "division": "VARCHAR",
}
_COLUMNS = _CONSTANTS | KEY | MEASURES | {"covered_from": "DATE", "as_of_date": "DATE"}


def landed_schema() -> pa.Schema:
    """The columns of `posting_cohorts` in their order."""
    return pa.schema([(name, _ARROW[kind]) for name, kind in _COLUMNS.items()])


def is_landed(target: Path) -> bool:
    """Whether `target` is there with the columns and types of today."""
    return target.exists() and pq.read_schema(target).equals(landed_schema())


def land(vintage: Vintage, store: PostingStore, target: Path) -> int:
    """Write the vintage as one Parquet file at `target` and return its number of rows.

    Columns: the vintage's constants (`division` NULL: places are codes of the moment); the key: `municipality_code` (3
    digits, as the source says), `region_code` (2 digits; only where no municipality is given), `place_kind`,
    `occupation_uri` (the main one, else the first; NULL: none), `opened_date`, `closed_date` (Finnish days; NULL: open
    as of `as_of_date`), `closed_kind`, `is_permanent`, `is_full_time` (NULL: the source does not say); `postings` and
    `positions`, of a posting in n places 1/n in each; `covered_from`, the day from which flows are complete. One row
    per key, sorted by it. Whole or not at all. Raises StoreError.
    """
    ledger, aggregate, report = store.files(vintage)
    counted = summed(
        cohorts(f"read_parquet({quoted(ledger)})", load_source().meaning),
        f"select * from read_parquet({quoted(aggregate)})",
    )
    with written_atomically(target) as temporary:
        with (
            tempfile.TemporaryDirectory(dir=store.root, prefix=SPILL) as spill,
            open_duckdb(Path(spill), {"as_of": report.as_of}) as connection,
        ):
            connection.execute(f"""
                copy (
                    select
                        {quoted(vintage.vintage_id)} as vintage_id,
                        {_moment(vintage.retrieved_at)} as retrieved_at,
                        {_moment(vintage.source_updated_at)} as source_updated_at,
                        null::varchar as division,
                        {", ".join(KEY | MEASURES)},
                        date '{report.covered_from}' as covered_from,
                        ((getvariable('as_of') at time zone 'UTC') at time zone 'Europe/Helsinki')::date as as_of_date
                    from ({counted})
                ) to {quoted(temporary)} (format parquet, compression zstd)
            """)
        return int(pq.read_metadata(temporary).num_rows)


def _moment(moment: datetime) -> str:
    return f"timestamp '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"

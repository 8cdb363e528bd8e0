"""How each source table stands, as a Parquet file that the warehouse reads like a source: `pipeline/source_state`.

Belongs here: one row per table from its `source.yml`, its newest vintage, its landed file and its landing's note. No
ages and no time of checking: the mart of an unchanged world must be the same bytes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from assets.folder import DataFolder
from assets.landing.state import Notes, State
from assets.source_tables import SourceTable, source_tables
from assets.tables import markdown
from sources.archive import written_atomically
from sources.vintage import Vintage

ASSET = "raw_pipeline__source_state"
NOT_CURRENT = "kohtaanto/not_current"
"""The tag of a run that had to do without a source's newest: how many tables are in which state."""
NOT_YET = "Not landed yet."
_TIME = pa.timestamp("us")
SCHEMA = pa.schema(
    {
        "source_code": pa.string(),
        "table_id": pa.string(),
        "table_title": pa.string(),
        "publisher": pa.string(),
        "licence": pa.string(),
        "citation": pa.string(),
        "terms": pa.string(),
        "homepage": pa.string(),
        "cadence": pa.string(),
        "lag_days": pa.int32(),
        "coverage": pa.string(),
        "is_required": pa.bool_(),
        "is_verified": pa.bool_(),
        "state": pa.string(),
        "state_reason": pa.string(),
        "vintage_id": pa.string(),
        "source_updated_at": _TIME,
        "retrieved_at": _TIME,
        "row_count": pa.int64(),
        "first_period": pa.date32(),
        "last_period": pa.date32(),
        "next_release_date": pa.date32(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A table and how it stands. `reason` is None when it is current; `vintage` and what follows are None when none is
    in use; `next_release`: the day on which the next period is to be expected, None without a last period."""

    table: SourceTable
    state: State
    reason: str | None
    checked_at: datetime | None
    vintage: Vintage | None
    rows: int | None
    first_period: date | None
    last_period: date | None
    next_release: date | None


def standings(folder: DataFolder) -> list[Standing]:
    """Every source table as its last landing left it."""
    return [_standing(folder, table) for table in source_tables()]


def write_source_state(found: Sequence[Standing], target: Path) -> int:
    """Write the standings as Parquet with the columns of SCHEMA (times in UTC), and give the number of rows. The same
    standings give the same bytes."""
    rows = [_row(standing) for standing in sorted(found, key=lambda s: (s.table.source_code, s.table.table_id))]
    with written_atomically(target) as temporary:
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), temporary, compression="zstd", store_schema=False)
    return len(rows)


def source_state_asset() -> dg.AssetsDefinition:
    """The asset `raw_pipeline__source_state`, after every landing."""

    @dg.asset(
        name=ASSET,
        group_name="landing",
        kinds={"python", "parquet"},
        deps=[dg.AssetKey(f"raw_{table.source_code}__{table.table_id}") for table in source_tables()],
        description=(
            "One row per source table: publisher, licence and terms, how often and how late it is released, its newest "
            "vintage, and its state with the reason in words: current, stale (an earlier vintage is in use), "
            "never_pulled, not_in_source, off."
        ),
    )
    def source_state(
        context: dg.AssetExecutionContext, data_folder: dg.ResourceParam[DataFolder]
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads it
        found = standings(data_folder)
        lacking = Counter(s.state.value for s in found if s.state not in (State.CURRENT, State.OFF))
        if lacking:
            words = ", ".join(f"{state} {count}" for state, count in sorted(lacking.items()))
            context.instance.add_run_tags(context.run_id, {NOT_CURRENT: words})
            context.log.warning(f"tables that are not current: {words}; the table of this asset names them")
        rows = write_source_state(found, data_folder.source_state_file)
        table = [
            [s.table.source_code, s.table.table_id, s.state.value, s.reason, s.last_period, s.next_release]
            for s in found
        ]
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": rows,
                "not current": sum(s.state is not State.CURRENT for s in found),
                "states": markdown(("source", "table", "state", "reason", "last period", "next release"), table),
                "file": dg.MetadataValue.path(data_folder.source_state_file),
            }
        )

    return source_state


def _standing(folder: DataFolder, table: SourceTable) -> Standing:
    note = Notes(folder.archive.root).read(table.source_code, table.table_id)
    vintage = folder.vintages.newest(table.source_code, table.table_id)
    if note is not None and note.state is State.OFF:
        vintage = None
    rows, first, last = _extent(folder, table, vintage)
    if note is not None:
        state, reason = note.state, note.reason
    else:
        state, reason = (State.CURRENT, None) if vintage else (State.NEVER_PULLED, NOT_YET)
    return Standing(
        table=table,
        state=state,
        reason=reason,
        checked_at=note.checked_at if note else None,
        vintage=vintage,
        rows=rows,
        first_period=first,
        last_period=last,
        next_release=table.next_release(last),
    )


def _extent(
    folder: DataFolder, table: SourceTable, vintage: Vintage | None
) -> tuple[int | None, date | None, date | None]:
    """Rows, first and last period of the vintage's landed file; None when it is not landed."""
    import duckdb

    if vintage is None:
        return None, None, None
    landed = folder.landed_file(table.source_code, table.table_id, vintage.vintage_id)
    if not landed.exists():
        return None, None, None
    first, last = ("covered_from", "as_of_date") if table.period_column is None else (table.period_column,) * 2
    with duckdb.connect() as connection:
        rows, begin, end = connection.execute(
            f"select count(*), min({first}), max({last}) from read_parquet(?)", [str(landed)]
        ).fetchall()[0]
    return rows, begin, end


def _row(standing: Standing) -> dict[str, object]:
    table, vintage = standing.table, standing.vintage
    return {
        "source_code": table.source_code,
        "table_id": table.table_id,
        "table_title": table.table_title,
        "publisher": table.publisher,
        "licence": table.licence,
        "citation": table.citation,
        "terms": table.terms,
        "homepage": table.homepage,
        "cadence": table.cadence.value,
        "lag_days": table.lag_days,
        "coverage": table.coverage,
        "is_required": table.is_required,
        "is_verified": table.is_verified,
        "state": standing.state.value,
        "state_reason": standing.reason,
        "vintage_id": vintage.vintage_id if vintage else None,
        "source_updated_at": vintage.source_updated_at.replace(tzinfo=None) if vintage else None,
        "retrieved_at": vintage.retrieved_at.replace(tzinfo=None) if vintage else None,
        "row_count": standing.rows,
        "first_period": standing.first_period,
        "last_period": standing.last_period,
        "next_release_date": standing.next_release,
    }

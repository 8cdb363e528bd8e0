"""A small mart for the release tests: dimensions and two facts as dbt would leave them, and candidates made from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from assets.release.candidate import build_candidate, seal
from assets.release.package import NOT_EXPORTED
from assets.release.permit import read_release_info
from quality.result import CheckResult, Severity
from quality.thresholds import required_gates
from quality.verdict import Verdict

BUILT_AT = datetime(2026, 9, 22, 5, 20, 7, tzinfo=UTC)
INPUTS = [{"vintage_id": "statfin-12ti-20260922T050000Z-1a2b3c4d", "sha256": "ab" * 32}]

_VINTAGE = "'statfin-12ti-20260922T050000Z-1a2b3c4d'"
_WAREHOUSE = f"""
create schema mart;
create table mart.dim_area as select * from (values
    ('KU091', 'Helsinki', 'MK01'), ('KU837', 'Tampere', 'MK06'), ('MK01', 'Uusimaa', 'SSS'),
    ('MK06', 'Pirkanmaa', 'SSS'), ('SSS', 'KOKO MAA', null)) as t (area_code, area_name_fi, parent_area_code);
create table mart.dim_occupation as
    select printf('%04d', code) as occupation_code, 'Ammatti ' || code as occupation_name_fi
    from range(1111, 1161) as t (code);
create table mart.dim_month as
    select (date '2022-01-01' + to_months(number::integer))::date as period from range(12) as t (number);
create table mart.dim_vintage as
    select {_VINTAGE} as vintage_id, 'KEHA Centre; Statistics Finland, table 12ti' as attribution,
    'CC BY 4.0' as licence, timestamp '2026-09-22 05:00:00' as retrieved_at;
create table mart.fct_market_stock as
    select
        period, area_code, occupation_code, (hash(area_code, occupation_code, period) % 900)::bigint as unemployed,
        case when hash(area_code) % 3 > 0 then (hash(period) % 90)::bigint + getvariable('extra') end as vacancies,
        {_VINTAGE} as vintage_id, occupation_code > '1150' as is_x_code
    from mart.dim_month, mart.dim_area, mart.dim_occupation
    order by hash(occupation_code, period, getvariable('shuffle'));
create table mart.fct_rate as
    select period, area_code, (hash(area_code, period) % 100) / 1000.0::double as unemployment_rate,
    {_VINTAGE} as vintage_id
    from mart.dim_month, mart.dim_area order by hash(period, getvariable('shuffle'));
create view "work"."mart"."v_rate_fi" as (
    select area_name_fi as area_name, period, unemployment_rate as "work.rate"
    from "work"."mart"."fct_rate" inner join "work"."mart"."dim_area" using (area_code)
);
"""

_COLUMNS: dict[str, dict[str, str]] = {
    "dim_area": {"area_code": "varchar", "area_name_fi": "varchar", "parent_area_code": "varchar"},
    "dim_occupation": {"occupation_code": "varchar", "occupation_name_fi": "varchar"},
    "dim_month": {"period": "date"},
    "dim_vintage": {
        "vintage_id": "varchar",
        "attribution": "varchar",
        "licence": "varchar",
        "retrieved_at": "timestamp",
    },
    "fct_market_stock": {
        "period": "date",
        "area_code": "varchar",
        "occupation_code": "varchar",
        "unemployed": "bigint",
        "vacancies": "bigint",
        "vintage_id": "varchar",
        "is_x_code": "boolean",
    },
    "fct_rate": {
        "period": "date",
        "area_code": "varchar",
        "unemployment_rate": "double",
        "vintage_id": "varchar",
    },
    "v_rate_fi": {"area_name": "varchar", "period": "date", "work.rate": "double"},
}
_KEYS = {
    "dim_area": ["area_code"],
    "dim_occupation": ["occupation_code"],
    "dim_month": ["period"],
    "dim_vintage": ["vintage_id"],
    "fct_market_stock": ["period", "area_code", "occupation_code"],
    "fct_rate": ["period", "area_code"],
}
_TARGETS = {
    "area_code": "dim_area",
    "occupation_code": "dim_occupation",
    "period": "dim_month",
    "vintage_id": "dim_vintage",
}


def write_warehouse(path: Path, *, extra: int = 0, shuffle: int = 0, then: str = "") -> Path:
    """A work.duckdb with the marts; `extra` changes numbers, `shuffle` the order of rows, `then` is SQL run last."""
    path.unlink(missing_ok=True)
    with duckdb.connect(path) as connection:
        connection.execute(f"set variable extra = {extra}; set variable shuffle = {shuffle};")
        connection.execute(_WAREHOUSE + then)
    return path


def write_manifest(path: Path, *, columns: Mapping[str, Mapping[str, str]] | None = None) -> Path:
    """dbt's manifest.json in the parts that count; `columns` replaces the declared types of the tables named."""
    nodes: dict[str, Any] = {"test.kohtaanto.x": {"resource_type": "test", "config": {"schema": "mart"}}}
    for table, declared in {**_COLUMNS, **(columns or {})}.items():
        nodes[f"model.kohtaanto.{table}"] = _node(table, declared)
    path.write_text(json.dumps({"nodes": nodes}), encoding="utf-8")
    return path


def _node(table: str, columns: Mapping[str, str]) -> dict[str, Any]:
    references = [_refer(name, name) for name in columns if _TARGETS.get(name, table) != table]
    if table == "dim_area":
        references.append(_refer("parent_area_code", "area_code"))
    return {
        "resource_type": "model",
        "alias": table,
        "original_file_path": f"models/marts/{table}.sql",
        "description": f"What {table} holds; the analyst's view.\n",
        "config": {"schema": "mart", "materialized": "view"}
        if table.startswith("v_")
        else {"schema": "mart", "meta": {"primary_key": _KEYS[table], "foreign_keys": references}},
        "columns": {
            name: {"name": name, "data_type": kind, "description": f"What {name} means.", "constraints": []}
            for name, kind in columns.items()
        },
    }


def _refer(column: str, to_column: str) -> dict[str, Any]:
    return {"columns": [column], "to_table": _TARGETS[to_column], "to_columns": [to_column]}


def results(*, failing: bool = False) -> list[CheckResult]:
    """One result for every gate that has to run; the first fails and blocks if `failing`."""
    gates = sorted(required_gates() | {"G1"})
    return [
        CheckResult(
            gate=gate,
            check_name="shares_add_up",
            scope="fct_mismatch_index",
            metric="largest deviation",
            observed=0.25 if failing and gate == gates[0] else 1e-16,
            threshold="1e-9",
            is_passed=not (failing and gate == gates[0]),
            severity=Severity.BLOCK,
            message="shares of region add up to 0.75" if failing and gate == gates[0] else "fine",
        )
        for gate in gates
    ]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed candidate with its verdict, also written beside it as JSON."""

    path: Path
    verdict: Verdict
    verdict_path: Path

    @property
    def release_id(self) -> str:
        """The release that it becomes."""
        return read_release_info(self.path)["release_id"]


def make_candidate(
    folder: Path,
    *,
    extra: int = 0,
    shuffle: int = 0,
    built_at: datetime = BUILT_AT,
    judged: Sequence[CheckResult] | None = None,
    not_exported: str = "",
) -> Sealed:
    """Warehouse, manifest, candidate and verdict below `folder`: the whole way up to publishing. `not_exported`: names
    of tables that must not become files."""
    folder.mkdir(parents=True, exist_ok=True)
    warehouse = write_warehouse(folder / "work.duckdb", extra=extra, shuffle=shuffle)
    candidate = folder / "candidate" / "kohtaanto.duckdb"
    build_candidate(warehouse, write_manifest(folder / "manifest.json"), candidate)
    judged = results() if judged is None else judged
    info = {"built_at": built_at.isoformat(), "data_kind": "synthetic", NOT_EXPORTED: not_exported}
    sha256 = seal(candidate, judged, info)
    verdict = Verdict(sha256, built_at, judged)
    verdict_path = candidate.with_name("verdict.json")
    verdict_path.write_bytes(verdict.to_json())
    return Sealed(candidate, verdict, verdict_path)

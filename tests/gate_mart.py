"""A tiny mart in which every gate is green: 2 regions, 4 subregions, 8 municipalities, 6 occupations, 3 months.

The true counts are written down here; what is 1 to 4 is blank in the mart, sums are made of what is left, and the index
(gate_index) is filled from the parent's total. Every table has the columns of the published mart that the gates read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
from gate_facts import add_facts
from gate_index import Index, Side, contributions, indices, splits
from gate_series import add_series

MONTHS = (date(2022, 8, 1), date(2022, 9, 1), date(2022, 10, 1))
UNLOCATED = 7

# municipality: parent, unemployed, vacancies in the first month
MUNICIPALITIES = {
    "KU001": ("SK011", 200, 30),
    "KU002": ("SK011", 50, 2),
    "KU003": ("SK012", 80, 12),
    "KU004": ("SK012", 3, 6),
    "KU005": ("SK021", 100, 5),
    "KU006": ("SK021", 40, 9),
    "KU007": ("SK022", 60, 3),
    "KU008": ("SK022", 20, 4),
}
SUBREGIONS = {"SK011": "MK01", "SK012": "MK01", "SK021": "MK02", "SK022": "MK02"}
REGIONS = {"MK01": "SA1", "MK02": "SA1"}
EMPLOYMENT_AREAS = {"TA01": ("KU001", "KU004", "KU005", "KU006"), "TA02": ("KU002", "KU003", "KU007", "KU008")}
# (region, occupation): unemployed, vacancies; the rest of the region's total is occupation 5120
OCCUPATIONS = {
    ("MK01", "2511"): (2, 1),
    ("MK01", "2512"): (3, 2),
    ("MK01", "2513"): (1, 6),
    ("MK01", "2514"): (10, 0),
    ("MK01", "X999"): (40, 4),
    ("MK02", "2511"): (12, 0),
    ("MK02", "2512"): (3, 2),
    ("MK02", "2513"): (20, 5),
    ("MK02", "2514"): (4, 1),
    ("MK02", "X999"): (30, 0),
}
LEVELS = (1, 2, 3, 4)
ROLL_UPS = ("2", "25", "251", "5", "51", "512")


@dataclass(frozen=True)
class Cell:
    """One count as it is published."""

    value: int | None
    lo: int
    hi: int
    est: float | None
    kind: str
    reason: str
    coverage: float


def source_cell(true: int) -> Cell:
    """A count as the source prints it."""
    if 1 <= true <= 4:
        return Cell(None, 1, 4, None, "interval_only", "suppressed_source", 0.0)
    return Cell(true, true, true, None, "exact", "ok", 1.0)


def summed(parts: Iterable[Cell]) -> Cell:
    """A sum made here: exact without blanks, estimated (here: 2.5 a blank) from three blanks on."""
    cells = list(parts)
    lo, hi = sum(cell.lo for cell in cells), sum(cell.hi for cell in cells)
    if lo == hi:
        return Cell(lo, lo, hi, float(lo), "exact", "ok", 1.0)
    est = (lo + hi) / 2 if hi - lo >= 9 else None
    return Cell(None, lo, hi, est, "interval_only" if est is None else "estimated", "suppressed_source", 0.5)


def true_counts(month: int) -> dict[tuple[str, str], tuple[int, int]]:
    """(area, occupation): true unemployed and vacancies, for what the source prints."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}

    def add(area: str, occupation: str, pair: tuple[int, int]) -> None:
        before = counts.get((area, occupation), (0, 0))
        counts[area, occupation] = (before[0] + pair[0], before[1] + pair[1])

    for code, (subregion, unemployed, vacancies) in MUNICIPALITIES.items():
        grows = month * 5 if code in ("KU001", "KU005") else 0
        pair = (unemployed + grows, vacancies + grows)
        for area in (code, subregion, SUBREGIONS[subregion], "SSS"):
            add(area, "SSS", pair)
    for (region, occupation), pair in OCCUPATIONS.items():
        add(region, occupation, pair)
        add("SSS", occupation, pair)
    for region in REGIONS:
        known = [pair for (area, _), pair in OCCUPATIONS.items() if area == region]
        total = counts[region, "SSS"]
        rest = (total[0] - sum(u for u, _ in known), total[1] - sum(v for _, v in known))
        add(region, "5120", rest)
        add("SSS", "5120", rest)
    for occupation in ("SSS", "5120"):
        add("SSS", occupation, (0, UNLOCATED))
    return counts


def _level(area: str) -> str:
    levels = {"SSS": "country", "MK": "region", "SK": "subregion", "KU": "municipality", "TA": "employment_area"}
    return next(level for prefix, level in levels.items() if area.startswith(prefix))


def _occupation_level(code: str) -> str:
    if code == "SSS":
        return "total"
    return "special" if code.startswith("X") else f"occ{len(code)}"


def stock(month: int) -> dict[tuple[str, str], tuple[Cell, Cell]]:
    """(area, occupation): unemployed and vacancies as published in this month."""
    cells = {key: (source_cell(u), source_cell(v)) for key, (u, v) in true_counts(month).items()}
    for area, code in product(("SSS", *REGIONS), ROLL_UPS):
        parts = [pair for (a, o), pair in cells.items() if a == area and len(o) == 4 and o.startswith(code)]
        cells[area, code] = (summed(p[0] for p in parts), summed(p[1] for p in parts))
    for employment_area, members in EMPLOYMENT_AREAS.items():
        parts = [cells[code, "SSS"] for code in members]
        cells[employment_area, "SSS"] = (summed(p[0] for p in parts), summed(p[1] for p in parts))
    return cells


def _common(kind: str, reason: str, coverage: float) -> tuple[Any, ...]:
    return ("v-12ti", "2022-11-22 06:00:00", None, 2023, "1.0", kind, reason, coverage, "passed")


_COMMON = (
    "vintage_id varchar, known_from timestamp, known_to timestamp, division_year integer, method_version varchar, "
    "value_kind varchar, reason varchar, coverage double, gate_state varchar"
)
_MEASURE = (
    "{0} bigint, {0}_lo bigint, {0}_hi bigint, {0}_est double, {0}_reason varchar, {0}_kind varchar, "
    "{0}_coverage double"
)
_DDL = f"""
create schema mart;
create table mart.dim_area (area_code varchar, area_level varchar, parent_area_code varchar, is_residual boolean);
create table mart.fct_market_stock (
    period date, area_code varchar, occupation_code varchar, area_level varchar, occupation_level varchar,
    {_MEASURE.format("unemployed")}, {_MEASURE.format("vacancies")}, labour_force bigint, labour_force_reason varchar,
    unlocated_share_vacancies double, unlocated_share_vacancies_reason varchar, {_COMMON});
create table mart.fct_tightness (
    period date, area_code varchar, occupation_code varchar, area_level varchar, occupation_level varchar,
    theta_raw double, theta_reason varchar, theta_lo double, theta_hi double, theta_lo_reason varchar,
    theta_hi_reason varchar, seekers_per_vacancy double, seekers_per_vacancy_reason varchar, log_tightness_rank double,
    log_tightness_rank_reason varchar, {_COMMON});
create table mart.fct_rate (
    period date, area_code varchar, area_level varchar, unemployment_rate double, unemployment_rate_lo double,
    unemployment_rate_hi double, unemployment_rate_reason varchar, vacancy_rate_lf double, vacancy_rate_lf_lo double,
    vacancy_rate_lf_hi double, vacancy_rate_lf_reason varchar, unemployment_rate_published double,
    unemployment_rate_published_reason varchar, {_COMMON});
create table mart.fct_mismatch_index (
    period date, frequency varchar, data_source varchar, area_code varchar, partition varchar, alpha double,
    mismatch double, mismatch_reason varchar, band_lo double, band_hi double, outer_lo double, outer_hi double,
    mismatch_draw_mean double, mismatch_draw_min double, mismatch_draw_max double, suppression_bias double,
    mismatch_draw_mean_reason varchar, noise_floor double, mismatch_net double, noise_floor_reason varchar,
    jackman_roper double, movers double, cells bigint, unemployed_total double, vacancies_total double, {_COMMON});
create table mart.fct_mismatch_decomposition (
    period date, area_code varchar, occupation_level varchar, alpha double, mismatch_region double,
    mismatch_occupation double, mismatch_region_occupation double, log_index double, shapley_region double,
    shapley_occupation double, interaction double, shapley_region_share double, shapley_occupation_share double,
    shapley_region_share_reason varchar, nested_between double, nested_within double, mismatch_within_regions double,
    nested_within_reason varchar, noise_floor double, noise_floor_reason varchar, {_COMMON});
create table mart.fct_mismatch_contribution (
    period date, area_code varchar, partition varchar, alpha double, cell_area_code varchar,
    cell_occupation_code varchar, is_remainder boolean, contribution double, share_of_index double,
    share_of_index_reason varchar, direction varchar, cells bigint, {_COMMON});
create table mart.dim_vintage (
    vintage_id varchar, source_code varchar, table_id varchar, division varchar, is_newest boolean);
create table mart.fct_revision (
    table_id varchar, vintage_after varchar, period date, area_code varchar, occupation_code varchar, measure varchar,
    revision_kind varchar, vintage_before varchar, value_before double, reason_before varchar, value_after double,
    reason_after varchar, revision double, cells bigint, known_at timestamp);
"""


def write_mart(path: Path) -> Path:
    """Write the tiny mart to `path` and return it."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(_DDL)
        _insert(connection, "dim_area", _areas())
        _insert(connection, "dim_vintage", _vintages())
        _insert(connection, "fct_revision", _revisions())
        for month, period in enumerate(MONTHS):
            cells = stock(month)
            _insert(connection, "fct_market_stock", _stock_rows(period, cells))
            _insert(connection, "fct_tightness", _tightness_rows(period, cells))
            _insert(connection, "fct_rate", _rate_rows(period, cells))
            filled = _filled(cells, true_counts(month))
            _insert(connection, "fct_mismatch_index", _index_rows(period, filled))
            _insert(connection, "fct_mismatch_decomposition", _split_rows(period, filled))
            _insert(connection, "fct_mismatch_contribution", _contribution_rows(period, filled))
        add_series(connection)
        add_facts(connection)
    return path


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    lines = list(rows)
    connection.executemany(f"insert into mart.{table} values ({', '.join('?' for _ in lines[0])})", lines)


def _areas() -> Iterator[tuple[Any, ...]]:
    yield ("SSS", "country", None, False)
    for parents in (REGIONS, SUBREGIONS, {code: row[0] for code, row in MUNICIPALITIES.items()}):
        for code, parent in parents.items():
            yield (code, _level(code), parent, False)
    for code in EMPLOYMENT_AREAS:
        yield (code, "employment_area", "SSS", False)
    yield ("MKJO", "region", "SSS", True)


def _vintages() -> Iterator[tuple[Any, ...]]:
    for table in ("12ti", "12r5", "11n1", "137i"):
        yield (f"v-{table}", "statfin", table, "Alue 2023", True)
        yield (f"v-{table}-before", "statfin", table, "Alue 2023", False)
        yield (f"v-{table}-older", "statfin", table, "Alue 2022", False)


def revision(
    table: str, kind: str, *, area: str = "MK01", measure: str = "vacancies", after: str = "", before: str = "-before"
) -> tuple[Any, ...]:
    """A row of fct_revision for one cell of August 2022, from the vintage `before` to the one `after`."""
    states = {"added": ("not_in_source", "not_applicable"), "dropped": ("not_applicable", "not_in_source")}
    return (
        *(table, f"v-{table}{after}", MONTHS[0], area, "SSS", measure, kind, f"v-{table}{before}"),
        *(None, states.get(kind, ("suppressed_secondary", "ok"))[0]),
        *((None, states[kind][1]) if kind in states else (9.0, "ok")),
        *(None, 1, "2022-11-22 06:00:00"),
    )


def _revisions() -> Iterator[tuple[Any, ...]]:
    """What is no fault: a new month, a dropped one, an older division rewritten, an older alarm."""
    yield revision("12r5", "added", area="SSS", measure="all")
    yield revision("12ti", "dropped", area="SSS", measure="all")
    yield revision("12r5", "division_change", after="-before", before="-older")
    yield revision("12r5", "dropped", area="SSS", after="-before", before="-older")
    yield revision("12ti", "revision", after="-before", before="-older")


def _stock_rows(period: date, cells: dict[tuple[str, str], tuple[Cell, Cell]]) -> Iterator[tuple[Any, ...]]:
    for (area, occupation), pair in cells.items():
        measures = [(c.value, c.lo, c.hi, c.est, c.reason, c.kind, c.coverage) for c in pair]
        force = (1000, "ok") if occupation == "SSS" else (None, "not_applicable")
        yield (
            *(period, area, occupation, _level(area), _occupation_level(occupation)),
            *(*measures[0], *measures[1], *force, 0.1, "ok"),
            *_row_state(*pair),
        )


def _row_state(u: Cell, v: Cell) -> tuple[Any, ...]:
    kind = max((u.kind, v.kind), key=("exact", "estimated", "modelled", "interval_only").index)
    return _common(kind, next((c.reason for c in (u, v) if c.value is None), "ok"), min(u.coverage, v.coverage))


def _over(top: float | None, bottom: float | None, *, empty: str) -> tuple[float | None, str]:
    if top is None or bottom is None:
        return None, "suppressed_source"
    return (None, empty) if bottom == 0 else (top / bottom, "ok")


def _tightness_rows(period: date, cells: dict[tuple[str, str], tuple[Cell, Cell]]) -> Iterator[tuple[Any, ...]]:
    for (area, occupation), (u, v) in cells.items():
        theta, reason = _over(v.value, u.value, empty="no_jobseekers")
        lo, lo_reason = _over(v.lo, u.hi, empty="no_jobseekers")
        hi, hi_reason = _over(v.hi, u.lo, empty="no_jobseekers")
        seekers, seekers_reason = _over(u.value, v.value, empty="no_vacancies")
        rank = None if u.value is None or v.value is None else (v.value + 0.5) / (u.value + 0.5) - 1
        yield (
            *(period, area, occupation, _level(area), _occupation_level(occupation)),
            *(theta, reason, lo, hi, lo_reason, hi_reason, seekers, seekers_reason),
            *(rank, "suppressed_source" if rank is None else "ok"),
            *_common(_row_state(u, v)[5], reason, 1.0),
        )


def _rate_rows(period: date, cells: dict[tuple[str, str], tuple[Cell, Cell]]) -> Iterator[tuple[Any, ...]]:
    for (area, occupation), (u, v) in cells.items():
        if occupation != "SSS":
            continue
        rate, reason = _over(u.value, 1000, empty="no_denominator")
        vacancy, vacancy_reason = None, "suppressed_source"
        if u.value is not None and v.value is not None:
            vacancy, vacancy_reason = v.value / (v.value + 1000 - u.value), "ok"
        printed = None if rate is None else round(100 * rate, 1) / 100
        yield (
            *(period, area, _level(area), rate, u.lo / 1000, u.hi / 1000, reason),
            *(vacancy, v.lo / (v.lo + 1000 - u.lo), v.hi / (v.hi + 1000 - u.hi), vacancy_reason),
            *(printed, reason),
            *_common(u.kind, reason, u.coverage),
        )


Filled = dict[tuple[str, str], tuple[Side, Side]]


def _filled(cells: dict[tuple[str, str], tuple[Cell, Cell]], true: dict[tuple[str, str], tuple[int, int]]) -> Filled:
    """What the source prints with its blanks filled: the parent's total less what is visible, in equal parts."""
    parents = SUBREGIONS | {code: row[0] for code, row in MUNICIPALITIES.items()}
    families = [[(area, "SSS") for area in parents if parents[area] == parent] for parent in set(parents.values())]
    families += [[(area, o) for area, o in true if area == region and o != "SSS"] for region in REGIONS]
    filled: Filled = {(region, "SSS"): _sides(cells[region, "SSS"], (0.0, 0.0)) for region in REGIONS}
    for family in families:
        area, occupation = family[0]
        margin = true[parents[area] if occupation == "SSS" else area, "SSS"]
        shares = []
        for side in (0, 1):
            visible = [cells[key][side].value for key in family]
            blanks = visible.count(None)
            shares.append((margin[side] - sum(value or 0 for value in visible)) / blanks if blanks else 0.0)
        filled |= {key: _sides(cells[key], (shares[0], shares[1])) for key in family}
    return filled


def _sides(pair: tuple[Cell, Cell], fills: tuple[float, float]) -> tuple[Side, Side]:
    u, v = (
        Side(fill if cell.value is None else float(cell.value), cell.lo, cell.hi, int(cell.value is None))
        for cell, fill in zip(pair, fills, strict=True)
    )
    return u, v


def _occupied(filled: Filled) -> Filled:
    return {(a, o): pair for (a, o), pair in filled.items() if a in REGIONS and o != "SSS" and not o.startswith("X")}


def _index_rows(period: date, filled: Filled) -> Iterator[tuple[Any, ...]]:
    partitions = {"region": [*REGIONS], "subregion": [*SUBREGIONS], "municipality": [*MUNICIPALITIES]}
    of_areas = [
        Index("SSS", name, tuple(filled[area, "SSS"] for area in areas), False) for name, areas in partitions.items()
    ]
    for index in [*of_areas, *indices(_occupied(filled), levels=LEVELS)]:
        for row in index.rows():
            yield (*(period, "month", "register"), *row[:-2], *_common(row[-2], row[-1], 1.0))


def _split_rows(period: date, filled: Filled) -> Iterator[tuple[Any, ...]]:
    for row in splits(_occupied(filled), levels=LEVELS):
        yield (period, "SSS", *row, *_common("estimated", "ok", 1.0))


def _contribution_rows(period: date, filled: Filled) -> Iterator[tuple[Any, ...]]:
    regions = {(region, "SSS"): filled[region, "SSS"] for region in REGIONS}
    for row in contributions(regions, _occupied(filled)):
        yield (period, "SSS", *row[:-2], *_common(row[-2], "ok", row[-1]))

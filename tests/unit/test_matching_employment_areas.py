"""Employment areas by occupation: which municipalities and regions an area is summed from."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date

import polars as pl
import pytest

from assets.matching.cells import FILLED_COLUMNS
from assets.matching.filled_employment_area_table import FILLED_EMPLOYMENT_AREA_CELLS, fill_employment_areas

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
PLACES = {
    # municipality: region, municipality of today, employment area
    "KU001": ("MK01", "KU001", "TA01"),
    "KU002": ("MK01", "KU002", "TA01"),
    "KU003": ("MK02", "KU003", "TA02"),
    "KU004": ("MK02", "KU004", "TA02"),
    "KU904": ("MK02", "KU004", "TA02"),
    "KU005": ("MK02", "KU005", "TA03"),
}
Counts = dict[str, dict[str, int | None]]


def stocks(counts: Counts, period: date = JULY) -> pl.DataFrame:
    """Rows of unemployed by area and occupation, as many vacancies; None is withheld."""
    rows = [
        (period, area, occupation, count, reason, count, reason)
        for area, by_occupation in counts.items()
        for occupation, count in by_occupation.items()
        for reason in ("suppressed_source" if count is None else "ok",)
    ]
    measures = {
        "unemployed": pl.Int64,
        "unemployed_reason": pl.String,
        "vacancies": pl.Int64,
        "vacancies_reason": pl.String,
    }
    schema = {"period": pl.Date, "area_code": pl.String, "occupation_code": pl.String, **measures}
    return pl.DataFrame(rows, schema=schema, orient="row")


def totals(counts: Mapping[str, float], *estimated: str) -> pl.DataFrame:
    reasons = ["suppressed_source" if area in estimated else "ok" for area in counts]
    values = list(counts.values())
    return pl.DataFrame(
        {
            "period": [JULY] * len(counts),
            "area_code": list(counts),
            "unemployed_reason": reasons,
            "unemployed_filled": values,
            "vacancies_reason": reasons,
            "vacancies_filled": values,
        },
        schema_overrides={"unemployed_filled": pl.Float64, "vacancies_filled": pl.Float64},
    )


def frames(cells: Counts, of_total: Mapping[str, float], **others: pl.DataFrame) -> dict[str, pl.DataFrame]:
    municipalities = pl.DataFrame(
        [(code, *place) for code, place in PLACES.items()],
        schema=("area_code", "region_code", "area_code_today", "employment_area_code"),
        orient="row",
    )
    whole = pl.DataFrame(schema={"period": pl.Date, "employment_area_code": pl.String, "region_code": pl.String})
    filled = pl.DataFrame(schema=dict.fromkeys(FILLED_COLUMNS, pl.String))
    found = {
        "municipalities": municipalities,
        "cells": stocks(cells),
        "country": stocks({}),
        "totals": totals(of_total),
        "regions": stocks({}),
        "filled_regions": filled.with_columns(pl.col("period").cast(pl.Date)),
        "whole_regions": whole,
    } | others
    assert set(found) == set(FILLED_EMPLOYMENT_AREA_CELLS.reads)
    return found


def told(table: pl.DataFrame, *columns: str, level: str = "occ1") -> list[tuple[object, ...]]:
    return table.filter(occupation_level=level).select("area_code", *columns).rows()


CELLS: Counts = {
    "KU001": {"2511": 10, "X211": 2},
    "KU002": {"2511": 20, "X211": 0},
    "KU003": {"2511": None, "X211": 5},
    "KU004": {"2511": None, "X211": 5},
    "KU005": {"2511": None, "X211": 5},
}
TOTALS = {"KU001": 12, "KU002": 20, "KU003": 6, "KU004": 7, "KU005": 9}


def test_an_area_is_the_sum_of_its_municipalities_without_x_codes() -> None:
    table = fill_employment_areas(frames(CELLS, TOTALS))
    assert list(table.columns) == list(FILLED_COLUMNS)
    assert told(table, "unemployed", "unemployed_blanks") == [("TA01", 30, 0), ("TA02", 3, 2), ("TA03", 4, 1)]
    assert told(table, "vacancies") == told(table, "unemployed", level="occ2")
    assert told(table, "unemployed", level="special") == [("TA01", 2), ("TA02", 10), ("TA03", 5)]
    assert set(table["occupation_level"]) == {"occ1", "occ2", "special"}
    assert set(table["area_level"]) == {"employment_area"}


def test_what_is_released_uses_the_fill_only_where_three_blanks_share_the_occupation() -> None:
    table = fill_employment_areas(frames(CELLS, TOTALS))
    assert told(table, "unemployed_releasable") == [("TA01", 30), ("TA02", 3), ("TA03", 4)]
    shown = CELLS | {"KU005": {"2511": 8, "X211": 5}}
    table = fill_employment_areas(frames(shown, TOTALS | {"KU005": 13}))
    assert told(table, "unemployed", "unemployed_releasable") == [("TA01", 30, 30), ("TA02", 3, 5), ("TA03", 8, 8)]


def test_a_merged_municipality_counts_where_its_successor_lies() -> None:
    before = {code: cells for code, cells in CELLS.items() if code != "KU004"} | {"KU904": {"2511": 6, "X211": 0}}
    table = fill_employment_areas(frames(before, TOTALS | {"KU904": 6}))
    assert told(table, "unemployed")[1] == ("TA02", 7)


def test_an_area_is_unknown_when_a_municipality_has_no_row() -> None:
    cells = {code: row for code, row in CELLS.items() if code != "KU004"}
    table = fill_employment_areas(frames(cells, TOTALS))
    assert told(table, "unemployed", "unemployed_releasable") == [
        ("TA01", 30, 30),
        ("TA02", None, None),
        ("TA03", 4, 2.5),
    ]


def test_a_region_that_an_area_holds_whole_is_one_part() -> None:
    """The region shows the 5 that its municipalities withhold: no blank, and no fill."""
    cells = CELLS | {"KU001": {"2511": None, "X211": 2}, "KU002": {"2511": None, "X211": 0}}
    whole = pl.DataFrame({"period": [JULY], "employment_area_code": ["TA01"], "region_code": ["MK01"]})
    filled = pl.DataFrame(
        {
            "period": [JULY, JULY],
            "area_code": ["MK01", "MK01"],
            "occupation_code": ["2511", "X211"],
            **{name: [5.0, 1.5] for name in ("unemployed", "vacancies")},
            **{f"{name}_blanks": [0, 1] for name in ("unemployed", "vacancies")},
        }
    )
    apart = frames(cells, TOTALS | {"KU001": 3, "KU002": 4})
    assert told(fill_employment_areas(apart), "unemployed", "unemployed_blanks")[0] == ("TA01", 5, 2)
    together = apart | {"whole_regions": whole, "filled_regions": filled}
    table = fill_employment_areas(together)
    assert told(table, "unemployed", "unemployed_blanks")[0] == ("TA01", 5, 0)
    assert told(table, "unemployed", "unemployed_blanks", level="special")[0] == ("TA01", 1.5, 1)
    missing = {"cells": stocks({code: row for code, row in cells.items() if code != "KU002"})}
    assert told(fill_employment_areas(together | missing), "unemployed")[0] == ("TA01", 5)


def test_months_without_a_municipal_count_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    nothing = stocks({"KU001": {"2511": None}}, JUNE).with_columns(
        unemployed_reason=pl.lit("not_in_source"), vacancies_reason=pl.lit("not_in_source")
    )
    found = frames(CELLS, TOTALS)
    table = fill_employment_areas(found | {"cells": pl.concat([found["cells"], nothing])})
    assert table["period"].unique().to_list() == [JULY]
    assert fill_employment_areas(found | {"cells": nothing}).is_empty()
    assert not caplog.records


def test_margins_that_contradict_each_other_are_told(caplog: pytest.LogCaptureFixture) -> None:
    cells: Counts = {code: {"2511": None, "2512": None} for code in ("KU003", "KU004", "KU005")}
    cells |= {code: {"2511": 5, "2512": 5} for code in ("KU001", "KU002")}
    of_total = {"KU001": 10, "KU002": 10, "KU003": 6, "KU004": 6, "KU005": 6}
    regions = stocks({"MK02": {"2511": 9, "2512": 6}})
    with caplog.at_level(logging.WARNING):
        table = fill_employment_areas(frames(cells, of_total, regions=regions))
    assert told(table, "unemployed") == [("TA01", 20), ("TA02", 12), ("TA03", 6)]
    assert "unemployed of 2026-07: no fill meets both margins" in caplog.text

"""Levels of occupations, and what of a filled count may be released: indicators contract 2.1 and 2.4.2."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from assets.matching.cells import FILLED_COLUMNS, FILLED_KEY
from assets.matching.grid import Grid
from assets.matching.roll_up import Measure, filled_cells

MONTH = dt.date(2020, 1, 1)
AREAS = ["MK01", "MK02", "MK03"]
CODES = ["2511", "2512", "2521", "X211"]


def rolled_up(filled: list[list[float]], is_blank: list[list[bool]], is_listed: list[bool]) -> pl.DataFrame:
    """One month of the areas and unit groups above, the same on both sides of the market."""
    grid = Grid({"period": pl.Series([MONTH]), "area_code": pl.Series(AREAS), "occupation_code": pl.Series(CODES)})
    counts, blank = np.array([filled], dtype=float), np.array([is_blank])
    measure = Measure(counts, np.where(blank, 0.0, counts), blank.astype(np.int64))
    return filled_cells(grid, "region", {"unemployed": measure, "vacancies": measure}, np.array([is_listed]))


def of(table: pl.DataFrame, column: str, level: str, code: str) -> list[float | None]:
    rows = table.filter(occupation_level=level, occupation_code=code).sort("area_code")
    return rows[column].to_list()


COMPLETE = [[2.5, 10, 20, 50], [1.5, 11, 21, 51], [2.0, 12, 2.25, 52]]
BLANKS = [[True, False, False, False], [True, False, False, False], [True, False, True, False]]


def test_levels_are_prefixes_and_x_codes_are_in_none_of_them() -> None:
    table = rolled_up(COMPLETE, BLANKS, [True] * 4)
    assert table.columns == list(FILLED_COLUMNS)
    assert table.select(FILLED_KEY).equals(table.select(FILLED_KEY).sort(FILLED_KEY))
    assert of(table, "unemployed", "occ1", "2") == [32.5, 33.5, 16.25]
    assert of(table, "unemployed", "occ3", "251") == [12.5, 12.5, 14]
    assert of(table, "vacancies", "occ4", "2512") == [10, 11, 12]
    assert of(table, "vacancies", "special", "X211") == [50, 51, 52]
    assert of(table, "vacancies_blanks", "occ2", "25") == [1, 1, 2]


def test_one_or_two_blanks_of_an_occupation_are_released_as_the_middle_of_their_interval() -> None:
    table = rolled_up(COMPLETE, BLANKS, [True] * 4)
    assert of(table, "unemployed_releasable", "occ4", "2521") == [20, 21, 2.5]
    assert of(table, "unemployed_releasable", "occ4", "2511") == [2.5, 1.5, 2.0]
    assert of(table, "unemployed_releasable", "occ4", "2512") == [10, 11, 12]
    assert of(table, "unemployed_releasable", "occ2", "25") == [32.5, 33.5, 16.25]


def test_an_unknown_part_makes_its_sums_unknown_and_an_unlisted_occupation_does_not() -> None:
    unknown = [[np.nan, 10, 20, 50], *COMPLETE[1:]]
    table = rolled_up(unknown, [[False] * 4, *BLANKS[1:]], [True, True, False, True])
    assert of(table, "unemployed", "occ4", "2511") == [None, 1.5, 2.0]
    assert of(table, "unemployed", "occ3", "251") == [None, 12.5, 14]
    assert of(table, "unemployed", "occ1", "2") == [None, 12.5, 14]
    assert of(table, "unemployed", "occ3", "252") == []
    assert of(table, "unemployed", "occ4", "2521") == []


def test_the_grid_places_rows_by_label_and_gives_them_back() -> None:
    frame = pl.DataFrame({"area_code": ["b", "a", "z"], "occupation_code": ["1", "2", "1"], "count": [7, None, 9]})
    grid = Grid({"area_code": pl.Series(["a", "b"]), "occupation_code": pl.Series(["1", "2"])})
    counts = grid.floats(frame, "count")
    assert counts == pytest.approx(np.array([[np.nan, np.nan], [7, np.nan]]), nan_ok=True)
    assert grid.bools(frame, pl.col("count").is_null()).tolist() == [[False, True], [False, False]]
    rows = grid.frame({"count": counts}, grid.bools(frame, pl.lit(True)))
    assert rows.rows() == [("a", "2", None), ("b", "1", 7.0)]

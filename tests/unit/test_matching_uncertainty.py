"""Range over draws and floor of the index, by partition: indicators contract 2.3, I07 and I11."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from assets.matching.uncertainty import ALPHAS, Powers, drawn_indices
from assets.matching.uncertainty_table import COLUMNS, index_uncertainty

MONTH = dt.date(2020, 1, 1)
COUNTRY = "SSS"
EMPLOYMENT_AREAS = pl.DataFrame(
    schema={
        "period": pl.Date,
        "area_code": pl.String,
        "occupation_code": pl.String,
        "unemployed": pl.Float64,
        "vacancies": pl.Float64,
        "unemployed_blanks": pl.Int64,
        "vacancies_blanks": pl.Int64,
        "occupation_level": pl.String,
    }
)


def region_cells(counts: list[tuple[str, str, float, float, int]], period: dt.date = MONTH) -> pl.DataFrame:
    """Rows (area, occupation, unemployed, vacancies, whether the vacancies were withheld)."""
    rows = [(period, area, code, u, v, 0, blank) for area, code, u, v, blank in counts]
    return pl.DataFrame(rows, schema=list(EMPLOYMENT_AREAS.columns)[:-1], orient="row")


def area_totals(rows: list[tuple[str, str, str | None, str | None, int, int | None]]) -> pl.DataFrame:
    """Rows (level, area, subregion, region, unemployed, vacancies, NULL for withheld); filled with 2.5."""
    names = ["area_level", "area_code", "subregion_code", "region_code", "unemployed", "vacancies"]
    filled = pl.DataFrame(rows, schema=names, orient="row").with_columns(
        unemployed_filled=pl.col("unemployed").cast(pl.Float64),
        vacancies_filled=pl.col("vacancies").cast(pl.Float64).fill_null(2.5),
    )
    return filled.select(pl.lit(MONTH).alias("period"), pl.all())


NO_AREAS = area_totals([]).cast({"unemployed": pl.Int64, "vacancies": pl.Int64})
# The worked example of the contract, areas A and B and occupations 1 and 2, with an X code to be left out.
EXAMPLE = [
    ("A", "1000", 50, 10, 0),
    ("A", "2000", 10, 10, 0),
    ("B", "1000", 20, 4, 0),
    ("B", "2000", 20, 16, 0),
    ("A", "X211", 99, 3, 0),
    ("B", "X211", 1, 8, 0),
]


def uncertainty(
    cells: pl.DataFrame, areas: pl.DataFrame = NO_AREAS, employment_areas: pl.DataFrame = EMPLOYMENT_AREAS
) -> pl.DataFrame:
    return index_uncertainty({"region_cells": cells, "employment_area_cells": employment_areas, "areas": areas})


def one(table: pl.DataFrame, area: str, partition: str, alpha: float = 0.5) -> dict[str, float]:
    return table.filter(area_code=area, partition=partition, alpha=alpha).row(0, named=True)


def test_where_nothing_is_withheld_every_draw_is_the_index_itself() -> None:
    table = uncertainty(region_cells(EXAMPLE))
    assert table.columns == list(COLUMNS)
    for partition, alpha, expected in [
        ("region_x_occ1", 0.5, 0.0640686577),
        ("region_x_occ4", 0.3, 0.0535562194),
        ("region_x_occ4", 0.7, 0.0542840486),
        ("occ1", 0.5, 0.0634372099),
    ]:
        row = one(table, COUNTRY, partition, alpha)
        for column in ("mismatch_draw_mean", "mismatch_draw_min", "mismatch_draw_max"):
            assert row[column] == pytest.approx(expected, abs=1e-10)
    assert one(table, COUNTRY, "region_x_occ1")["noise_floor"] == pytest.approx(0.01838999, abs=5e-9)


def test_within_an_area_shares_are_taken_within_the_area() -> None:
    row = one(uncertainty(region_cells(EXAMPLE)), "A", "occ1")
    expected = 1 - np.sqrt(50 / 60 * 10 / 20) - np.sqrt(10 / 60 * 10 / 20)
    assert row["mismatch_draw_mean"] == pytest.approx(expected, abs=1e-12)


def test_draws_spread_around_a_withheld_cell_and_lie_above_the_smoothing_fill() -> None:
    blanks = [(area, f"{code}000", 20, 2.5, 1) for area in "ABCD" for code in range(1, 10)]
    blanks = [(area, code, u, 2.5 if code != "9000" else 2.0, blank) for area, code, u, _, blank in blanks]
    row = one(uncertainty(region_cells(blanks)), COUNTRY, "region_x_occ4")
    v = np.array([count for _, _, _, count, _ in blanks])
    fill = 1 - np.sqrt(v / v.sum() / len(v)).sum()
    assert fill < row["mismatch_draw_min"] < row["mismatch_draw_mean"] < row["mismatch_draw_max"]


def test_a_month_does_not_depend_on_which_others_are_computed() -> None:
    blanks = [(area, f"{code}000", 20, 2.0, 1) for area in "AB" for code in range(1, 10)]
    alone = uncertainty(region_cells(blanks))
    earlier = region_cells([*blanks, ("C", "3000", 900, 800, 0)], dt.date(2019, 12, 1))
    both = uncertainty(pl.concat([earlier, region_cells(blanks)]))
    assert both.filter(period=MONTH).equals(alone)


def test_an_unknown_cell_silences_its_area_and_the_country_but_no_other_area() -> None:
    cells = region_cells(EXAMPLE).with_columns(
        vacancies=pl.when(pl.col("area_code") == "A", pl.col("occupation_code") == "1000")
        .then(None)
        .otherwise("vacancies")
    )
    table = uncertainty(cells)
    for area, partition in [(COUNTRY, "region_x_occ2"), (COUNTRY, "occ2"), ("A", "occ2")]:
        row = one(table, area, partition)
        assert row["mismatch_draw_mean"] is None
        assert row["noise_floor"] is None
    assert one(table, "B", "occ2")["mismatch_draw_mean"] is not None


def test_an_empty_side_has_no_index() -> None:
    row = one(uncertainty(region_cells([("A", "1000", 5, 0, 0), ("A", "2000", 5, 0, 0)])), "A", "occ1")
    assert row["mismatch_draw_mean"] is None
    assert row["noise_floor"] is None


def test_areas_are_drawn_within_the_area_above_them() -> None:
    """The two blank subregions share 5 and their municipalities, two blanks in SK2, follow: the index varies."""
    areas = area_totals(
        [
            ("region", "MK1", None, "MK1", 300, 25),
            ("subregion", "SK1", "SK1", "MK1", 100, None),
            ("subregion", "SK2", "SK2", "MK1", 100, None),
            ("subregion", "SK3", "SK3", "MK1", 100, 20),
            ("municipality", "KU1", "SK1", "MK1", 100, None),
            ("municipality", "KU2", "SK2", "MK1", 50, None),
            ("municipality", "KU3", "SK2", "MK1", 50, None),
            ("municipality", "KU4", "SK3", "MK1", 100, 20),
        ]
    )
    table = uncertainty(region_cells(EXAMPLE), areas)
    assert one(table, COUNTRY, "region")["mismatch_draw_max"] == 0
    for level in ("subregion", "municipality"):
        row = one(table, COUNTRY, level)
        assert row["mismatch_draw_min"] < row["mismatch_draw_max"]
        assert row["noise_floor"] > 0


def test_employment_areas_have_a_floor_and_no_draws() -> None:
    cells = region_cells([(area, code[0], *rest) for area, code, *rest in EXAMPLE[:4]])
    table = uncertainty(region_cells(EXAMPLE), employment_areas=cells.with_columns(occupation_level=pl.lit("occ1")))
    row = one(table, COUNTRY, "employment_area_x_occ1")
    assert row["noise_floor"] == pytest.approx(0.01838999, abs=5e-9)
    assert row["mismatch_draw_mean"] is None


def test_a_source_without_rows_gives_no_rows() -> None:
    assert uncertainty(region_cells([]).with_columns(period=pl.lit(MONTH))).is_empty()


def test_indices_take_whole_numbers_to_the_powers_of_both_sides() -> None:
    u, v = np.array([[[40, 60, 0]]]), np.array([[[10, 0, 10]]])
    drawn = drawn_indices(u, v, Powers.up_to(100))
    assert drawn.whole.shape == (len(ALPHAS), 1)
    assert drawn.whole[ALPHAS.index(0.5), 0] == pytest.approx(0.5527864045, abs=1e-10)

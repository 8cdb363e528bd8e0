"""Seasonal adjustment: what is adjusted, what adds up, what a break does (methods contract, I16)."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.matching.seasonal import FEWEST_MONTHS, PERIOD, Numbers, decompose, stretches, why_not_adjusted
from assets.matching.seasonal_table import COLUMNS, SMALLEST_MEDIAN, adjust_all

WAVE = np.sin(2 * np.pi * np.arange(PERIOD) / PERIOD) * 0.2


def made_up(months: int, *, level: float = 500.0, noise: float = 0.02, seed: int = 7) -> Numbers:
    """A series with a gentle rise, a season and some noise."""
    time = np.arange(months)
    drawn = np.random.default_rng(seed).normal(0, noise, months)
    return level * np.exp(0.004 * time + WAVE[time % PERIOD] + drawn)


def frame(x: list[float | None], *, first: date = date(2010, 1, 1), **keys: object) -> pl.DataFrame:
    """A series as the table reads it, one row a month."""
    months = pl.date_range(first, first.replace(year=first.year + 40), "1mo", eager=True)[: len(x)]
    named = {
        "measure": "unemployed",
        "partition": "none",
        "area_code": "MK01",
        "occupation_code": "SSS",
        "segment_from": None,
    } | keys
    return pl.DataFrame({"period": months, "x": pl.Series(x, dtype=pl.Float64)}).with_columns(
        *(
            pl.lit(value, dtype=pl.Date if name == "segment_from" else pl.String).alias(name)
            for name, value in named.items()
        )
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(FEWEST_MONTHS, 130), st.integers(0, 1000))
def test_the_parts_add_up_to_the_logarithm(months: int, seed: int) -> None:
    x = made_up(months, noise=0.1, seed=seed)
    parts = decompose(x)
    assert np.abs(parts.trend + parts.seasonal + parts.remainder - np.log(x)).max() < 1e-9


def test_a_known_season_is_found_and_averages_out_over_a_year() -> None:
    parts = decompose(made_up(120, noise=0.0))
    assert np.abs(parts.seasonal - WAVE[np.arange(120) % PERIOD]).max() < 0.005
    years = np.convolve(parts.seasonal, np.ones(PERIOD) / PERIOD, mode="valid")
    assert np.abs(years).max() < 0.005
    assert np.abs(parts.remainder).max() < 0.005


def test_one_wild_month_leaves_the_season_where_it_is() -> None:
    x = made_up(120, noise=0.01)
    wild = x.copy()
    wild[60] *= 5
    assert np.abs(decompose(wild).seasonal - decompose(x).seasonal).max() < 0.01


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        (np.full(FEWEST_MONTHS, 20.0), "ok"),
        (np.full(FEWEST_MONTHS - 1, 20.0), "insufficient_history"),
        (np.array([np.nan, *[50.0] * 80]), "insufficient_history"),
        (np.array([0.0, *[50.0] * 80]), "undefined"),
        (np.full(80, 19.0), "not_applicable"),
    ],
    ids=["long and large enough", "59 months", "a withheld month", "a zero", "median under 20"],
)
def test_only_long_unbroken_and_large_series_are_adjusted(x: Numbers, reason: str) -> None:
    assert why_not_adjusted(x, smallest_median=SMALLEST_MEDIAN) == reason


def test_a_logarithm_needs_numbers_above_zero() -> None:
    with pytest.raises(ValueError, match="above zero"):
        decompose(np.zeros(80))


def test_stretches_end_where_a_key_changes() -> None:
    assert stretches(np.array([1, 1, 2, 2, 2]), np.array(["a", "a", "a", "b", "b"])) == [
        slice(0, 2),
        slice(2, 3),
        slice(3, 5),
    ]
    assert stretches(np.array([], dtype=int)) == []


def test_a_break_parts_a_series_and_each_stretch_stands_for_itself() -> None:
    x = made_up(150)
    broken = date(2016, 1, 1)  # 72 months before, 78 after
    before, after = x[:72].tolist(), x[72:].tolist()
    whole = pl.concat([frame(before), frame(after, first=broken, segment_from=broken)])
    alone = adjust_all({"series": frame(after, first=broken, segment_from=broken)})
    table = adjust_all({"series": whole})
    assert table.columns == list(COLUMNS)
    assert table["reason"].unique().to_list() == ["ok"]
    assert table.filter(pl.col("period") >= broken).equals(alone)


def test_a_short_stretch_says_why_in_one_row() -> None:
    broken = date(2016, 1, 1)
    table = adjust_all(
        {
            "series": pl.concat(
                [frame(made_up(72).tolist()), frame(made_up(30).tolist(), first=broken, segment_from=broken)]
            )
        }
    )
    rest = table.filter(pl.col("reason") != "ok")
    assert table.height == 73
    assert rest.select("period", "segment_from", "reason", "x_sa").rows() == [
        (broken, broken, "insufficient_history", None)
    ]


def test_a_month_without_a_row_is_a_gap() -> None:
    table = adjust_all({"series": frame(made_up(90).tolist()).filter(pl.col("period") != date(2012, 5, 1))})
    assert table.select("reason").rows() == [("insufficient_history",)]


def test_an_index_is_adjusted_whatever_its_size_and_x_is_season_times_the_rest() -> None:
    x = made_up(80, level=0.012).tolist()
    table = adjust_all({"series": frame(x, measure="mismatch", partition="region", area_code="SSS")})
    assert table["reason"].unique().to_list() == ["ok"]
    assert np.allclose(table["x"], table["x_sa"] * table["seasonal_factor"], rtol=1e-9)
    assert np.allclose(
        np.log(table["x"]), np.log(table["x_trend"]) + np.log(table["seasonal_factor"]) + table["remainder"], atol=1e-9
    )

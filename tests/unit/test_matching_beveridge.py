"""The gap to an area's own Beveridge curve (methods contract, I13)."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from assets.matching.beveridge import fit_curve, knots
from assets.matching.beveridge_table import fit_all

JANUARY_2006 = 2006 * 12


def months(count: int, first: int = JANUARY_2006) -> np.ndarray:
    return np.arange(first, first + count)


def test_a_curve_with_a_bent_trend_is_found_without_a_gap() -> None:
    time = months(200)
    log_u = np.log(0.1) + 0.3 * np.sin(time / 17.0)
    trend = 0.02 * (time - time[0]) / 12 + 0.05 * np.maximum(0, time - 2015 * 12) / 12
    curve = fit_curve(log_u, -0.8 * log_u + trend, time)
    assert curve.slope == pytest.approx(-0.8)
    assert np.abs(curve.gap).max() < 1e-9


def test_more_vacancies_than_usual_stand_above_the_curve() -> None:
    time = months(200)
    log_u = np.log(0.1) + 0.3 * np.sin(time / 17.0)
    log_v = -log_u
    log_v[150] += 0.5
    gap = fit_curve(log_u, log_v, time).gap
    assert int(np.argmax(gap)) == 150
    assert gap.sum() == pytest.approx(0, abs=1e-9)
    assert gap @ log_u == pytest.approx(0, abs=1e-9)


def test_the_trend_bends_in_fixed_januaries_clear_of_both_ends() -> None:
    assert [month / 12 for month in knots(months(202))] == [2010, 2015, 2020]
    assert [month / 12 for month in knots(months(202 + 26))] == [2010, 2015, 2020]
    assert knots(months(73)) == [2010 * 12]
    assert knots(months(72)) == []
    assert knots(months(60, 2010 * 12 - 20)) == []


def test_scaling_a_side_moves_no_gap() -> None:
    time = months(90)
    generator = np.random.default_rng(5)
    log_u, log_v = generator.normal(-2, 0.2, 90), generator.normal(-4, 0.3, 90)
    assert fit_curve(log_u + 1, log_v - 2, time).gap == pytest.approx(fit_curve(log_u, log_v, time).gap, abs=1e-9)


def test_unemployment_that_never_moves_has_no_curve() -> None:
    with pytest.raises(ValueError, match="moves"):
        fit_curve(np.zeros(80), np.zeros(80), months(80))


def test_every_area_and_stretch_has_a_curve_of_its_own() -> None:
    time = months(70)
    u = 100 + 20 * np.sin(time / 9.0)
    parts = [
        pl.DataFrame(
            {
                "period": pl.date_range(date(2006, 1, 1), date(2011, 10, 1), "1mo", eager=True),
                "month": time,
                "unemployed": u,
                "vacancies": 1000 * u**slope,
                "labour_force": 1000,
            }
        ).with_columns(area_code=pl.lit(area), segment=pl.lit("0001-01-01"))
        for area, slope in (("MK01", -1.0), ("MK02", -0.5))
    ]
    table = fit_all({"rates": pl.concat(parts)})
    assert table.group_by("area_code").agg(pl.col("curve_slope").mean()).sort("area_code").rows() == [
        ("MK01", pytest.approx(-1.0)),
        ("MK02", pytest.approx(-0.5)),
    ]
    assert table["curve_gap"].abs().max() == pytest.approx(0, abs=1e-8)

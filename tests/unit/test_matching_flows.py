"""Flows into and out of unemployment: the worked example and the equation they solve (methods contract, I14, 9)."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from assets.matching.flow_tables import FLOW_COLUMNS, flows_of_all
from assets.matching.flows import HIGHEST, LOWEST, inflow_hazard, measure_flows, steady_state_rate, stock_after


def one(*numbers: float) -> list[np.ndarray]:
    return [np.array([number], dtype=float) for number in numbers]


def test_the_worked_example() -> None:
    flows = measure_flows(*one(1000, 980, 150, 10_000))
    assert flows.outflow_probability[0] == pytest.approx(0.17, abs=1e-12)
    assert flows.outflow_hazard[0] == pytest.approx(0.1863296, abs=5e-8)
    assert flows.inflow_hazard[0] == pytest.approx(0.0182460, abs=5e-8)
    assert steady_state_rate(flows.outflow_hazard, flows.inflow_hazard)[0] == pytest.approx(0.0891896, abs=5e-8)


@given(
    before=st.floats(1, 1e5),
    outflow=st.floats(0, 3),
    inflow=st.floats(1e-6, 1.5),
    labour_force=st.floats(1.05, 50),
)
def test_the_root_gives_back_the_hazard_that_made_the_stock(
    before: float, outflow: float, inflow: float, labour_force: float
) -> None:
    stocks = one(before, outflow, labour_force * before)
    after = stock_after(stocks[0], stocks[1], np.array([inflow]), stocks[2])
    root = inflow_hazard(stocks[0], after, stocks[1], stocks[2])
    assert root[0] == pytest.approx(inflow, rel=1e-6, abs=1e-9)
    assert stock_after(stocks[0], stocks[1], root, stocks[2])[0] == pytest.approx(after[0], rel=1e-9)


def test_bisection_finds_what_brent_finds() -> None:
    def off(s: float) -> float:
        return float(stock_after(*one(300, 0.4), np.array([s]), np.array([4000.0]))[0] - 320)

    assert inflow_hazard(*one(300, 320, 0.4, 4000))[0] == pytest.approx(brentq(off, LOWEST, HIGHEST), rel=1e-10)


@pytest.mark.parametrize(
    ("before", "after", "short"),
    [(1000, 1200, 100), (1000, 100, 100), (0, 10, 10), (np.nan, 10, 1), (1000, 900, np.nan)],
    ids=["fewer new than the growth", "all have left", "nobody before", "withheld before", "no durations"],
)
def test_a_probability_outside_0_and_1_has_no_value(before: float, after: float, short: float) -> None:
    flows = measure_flows(*one(before, after, short, 10_000))
    assert np.isnan([flows.outflow_probability[0], flows.outflow_hazard[0], flows.inflow_hazard[0]]).all()


def test_nobody_leaving_is_a_value() -> None:
    flows = measure_flows(*one(1000, 1050, 50, 10_000))
    assert flows.outflow_probability[0] == 0
    assert flows.outflow_hazard[0] == 0
    assert flows.inflow_hazard[0] > 0


def test_no_root_in_the_bracket_has_no_value() -> None:
    assert np.isnan(inflow_hazard(*one(1000, 0, 0.1, 10_000)))  # more left than did
    assert np.isnan(inflow_hazard(*one(10, 10_000, 0.1, 10_000)))  # nobody is left to enter
    assert np.isnan(inflow_hazard(*one(10, 20, 0.1, np.nan)))


def test_the_laid_off_are_left_out_of_both_ends() -> None:
    months = pl.DataFrame(
        {
            "period": ["2026-02-01", "2026-03-01"],
            "area_code": ["SSS", "SSS"],
            "unemployed_before": [1000, 980],
            "unemployed": [980, 990],
            "short_term_unemployed": [150, 160],
            "labour_force": [10_000, None],
            "laid_off_before": [100, None],
            "laid_off": [98, 50],
        }
    )
    table = flows_of_all({"months": months})
    assert table.columns == list(FLOW_COLUMNS)
    first, second = table.rows(named=True)
    # A tenth of the newly unemployed are laid off as a tenth of all are: 1 - (882 - 135) / 900.
    assert first["outflow_probability_without_laid_off"] == pytest.approx(0.17)
    # None of them at the fewest, for their number fell; 98 at the most.
    assert first["outflow_probability_without_laid_off_hi"] == pytest.approx(1 - (882 - 150) / 900)
    assert first["outflow_probability_without_laid_off_lo"] == pytest.approx(1 - (882 - 52) / 900)
    assert second["outflow_probability"] == pytest.approx(1 - 830 / 980)
    assert second["outflow_probability_without_laid_off"] is None
    assert second["inflow_hazard"] is None

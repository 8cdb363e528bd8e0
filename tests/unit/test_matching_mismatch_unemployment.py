"""Mismatch unemployment, experimental: worked example and invariants (methods contract, I12, 9)."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assets.matching.flow_tables import EXPERIMENT_COLUMNS, without_mismatch
from assets.matching.mismatch_unemployment import (
    heterogeneous_mismatch,
    implied_inflow,
    mean_efficiency,
    productive_mismatch,
    rate_without_mismatch,
)

U = np.array([50, 10, 20, 20]) / 100
V = np.array([10, 10, 4, 16]) / 40
PHI = np.array([1.2, 0.8, 1.0, 1.0])
SAME = np.ones(4)

masses = hnp.arrays(float, 6, elements=st.floats(0.1, 100))
efficiencies = hnp.arrays(float, 6, elements=st.floats(0.2, 5))
alphas = st.sampled_from([0.3, 0.5, 0.7])


def plain_mismatch(u: np.ndarray, v: np.ndarray, alpha: float) -> float:
    return 1 - float(v**alpha @ u ** (1 - alpha))


def test_the_worked_example() -> None:
    assert mean_efficiency(PHI, V, 0.5) == pytest.approx(1.0099504938, abs=5e-11)
    # The methods print ...0912; the exact number ends in 0914.
    assert heterogeneous_mismatch(U, V, PHI, 0.5) == pytest.approx(0.0345870914, abs=5e-11)


@given(masses, masses, efficiencies, alphas)
def test_efficiencies_give_a_share_and_equal_ones_the_plain_index(
    u: np.ndarray, v: np.ndarray, phi: np.ndarray, alpha: float
) -> None:
    u, v = u / u.sum(), v / v.sum()
    assert -1e-12 <= heterogeneous_mismatch(u, v, phi, alpha) <= 1
    assert heterogeneous_mismatch(u, v, np.full(6, 3.0), alpha) == pytest.approx(plain_mismatch(u, v, alpha))
    assert productive_mismatch(u, v, phi, np.ones(6), alpha) == pytest.approx(heterogeneous_mismatch(u, v, phi, alpha))


def test_a_planner_of_output_may_hire_less_than_the_market() -> None:
    planned = np.array([1.0, 1.0, 1.0, 4.0]) ** 2 * V
    crowded = planned / planned.sum()
    productivity = np.array([4.0, 1.0, 1.0, 1.0])
    assert productive_mismatch(crowded, V, np.array([1.0, 1.0, 1.0, 4.0]), productivity, 0.5) < 0


def test_the_planners_unemployment_by_hand() -> None:
    rate, finding, mismatch = np.array([0.10, 0.11]), np.array([0.2]), np.array([0.2])
    inflow = (0.11 - 0.8 * 0.10) / 0.9
    assert implied_inflow(rate, finding) == pytest.approx([inflow])
    # f* = 0.2 / 0.8 = 0.25 while both rates are alike
    assert rate_without_mismatch(rate, finding, mismatch, 0.5) == pytest.approx(
        [0.10, inflow + (1 - inflow - 0.25) * 0.10]
    )


@given(
    hnp.arrays(float, 24, elements=st.floats(0.03, 0.2)),
    hnp.arrays(float, 23, elements=st.floats(0.3, 0.6)),
    hnp.arrays(float, 23, elements=st.floats(0, 0.4)),
    alphas,
)
def test_a_planner_never_has_more_unemployed(
    rate: np.ndarray, finding: np.ndarray, mismatch: np.ndarray, alpha: float
) -> None:
    inflow = implied_inflow(rate, finding)
    if (inflow < 0).any() or (1 - inflow - finding < 0).any():
        return
    without = rate_without_mismatch(rate, finding, mismatch, alpha)
    assert (without <= rate + 1e-12).all()
    nothing_lost = rate_without_mismatch(rate, finding, np.zeros(23), alpha)
    assert nothing_lost == pytest.approx(rate)


def experiment(*, is_passed: bool, skipped: int | None = None) -> pl.DataFrame:
    count = 24
    months = pl.DataFrame(
        {
            "period": pl.date_range(date(2020, 1, 1), date(2021, 12, 1), "1mo", eager=True),
            "month": np.arange(count),
            "rate": np.full(count, 0.1),
            "finding": np.full(count, 0.2),
            "mismatch_30": np.full(count, 0.15),
            "mismatch_50": np.full(count, 0.2),
        }
    )
    if skipped is not None:
        months = months.filter(pl.col("month") != skipped)
    gate = pl.DataFrame({"scope": ["country", "region"], "is_passed": [True, is_passed]})
    return without_mismatch({"months": months, "gate": gate})


def test_nothing_is_told_until_the_gate_passes() -> None:
    table = experiment(is_passed=False)
    assert table.columns == list(EXPERIMENT_COLUMNS)
    assert table["reason"].unique().to_list() == ["gate_failed"]
    assert table["mismatch_unemployment"].null_count() == table["rate_without_mismatch"].null_count() == table.height


def test_behind_the_gate_mismatch_explains_a_part_that_a_gap_in_the_months_sets_back_to_nothing() -> None:
    whole = experiment(is_passed=True).filter(pl.col("alpha") == 0.5)["mismatch_unemployment"].to_list()
    assert whole[0] == 0
    assert all(later > 0 for later in whole[1:])
    cut = experiment(is_passed=True, skipped=12).filter(pl.col("alpha") == 0.5)["mismatch_unemployment"].to_list()
    assert cut[:13] == pytest.approx([*whole[:12], 0])

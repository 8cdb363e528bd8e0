"""Classes of tightness and their probabilities, also of a withheld count (indicators contract I02, I06, 2.4.5)."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.matching.classes import class_probabilities, interval_probabilities
from assets.matching.shrinkage import LEAST_SHRINKAGE, Floats
from assets.matching.tightness_table import COLUMNS, PROBABILITIES, tightness_posteriors

CUTS = (0.25, 0.67, 1.5, 4.0)
MAY = date(2026, 5, 1)


def probabilities(prior: float, k: float, unemployed: float, vacancies: float) -> Floats:
    one = {"prior": prior, "k": k, "unemployed": unemployed, "vacancies": vacancies}
    result: Floats = class_probabilities(CUTS, **{name: np.array([value], float) for name, value in one.items()})[0]
    return result


@pytest.mark.parametrize(
    ("unemployed", "vacancies", "place", "expected"),
    [(10, 0, 0, 0.9502), (10, 8, 2, 0.5799), (200, 160, 2, 0.9828)],
)
def test_the_worked_examples(unemployed: int, vacancies: int, place: int, expected: float) -> None:
    assert probabilities(0.5, 1, unemployed, vacancies)[place] == pytest.approx(expected, abs=5e-5)


@given(
    st.floats(0, 20),
    st.floats(LEAST_SHRINKAGE, 1000),
    st.integers(1, 50_000),
    st.integers(0, 20_000),
)
def test_probabilities_add_up_to_one(prior: float, k: float, unemployed: int, vacancies: int) -> None:
    found = probabilities(prior, k, unemployed, vacancies)
    assert found.sum() == pytest.approx(1, abs=1e-12)
    assert ((found >= 0) & (found <= 1)).all()


def test_more_vacancies_make_every_looser_run_of_classes_less_likely() -> None:
    below = np.array([np.cumsum(probabilities(0.5, 1, 20, vacancies)) for vacancies in range(40)])
    assert (np.diff(below, axis=0) <= 1e-12).all()


def test_a_withheld_count_is_each_of_one_to_four_with_equal_weight() -> None:
    one = {"prior": np.array([0.5]), "k": np.array([1.0])}
    mean = interval_probabilities(
        CUTS, **one, unemployed=(np.array([1.0]), np.array([4.0])), vacancies=(np.array([8.0]), np.array([8.0]))
    )
    assert mean[0] == pytest.approx(np.mean([probabilities(0.5, 1, u, 8) for u in range(1, 5)], axis=0))


def test_two_withheld_counts_make_sixteen_pairs_and_a_known_one_beside_them_is_itself() -> None:
    lowest, highest = np.array([1.0, 10.0]), np.array([4.0, 10.0])
    found = interval_probabilities(
        CUTS,
        prior=np.array([0.5, 0.5]),
        k=np.array([1.0, 1.0]),
        unemployed=(lowest, highest),
        vacancies=(np.array([1.0, 8.0]), np.array([4.0, 8.0])),
    )
    pairs = [probabilities(0.5, 1, u, v) for u in range(1, 5) for v in range(1, 5)]
    assert found[0] == pytest.approx(np.mean(pairs, axis=0))
    assert found[1] == pytest.approx(probabilities(0.5, 1, 10, 8))


def posteriors(
    cells: list[tuple[str, str, float, float, int, int, float, float]], bounds: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The table of `cells`: region, occupation, U, V, their blanks, what is releasable of them; two regions."""
    names = ("area_code", "occupation_code", "unemployed", "vacancies", "unemployed_blanks", "vacancies_blanks")
    filled = pl.DataFrame(
        cells, schema=[*names, "unemployed_releasable", "vacancies_releasable"], orient="row", strict=False
    ).with_columns(
        pl.col("unemployed", "vacancies", "unemployed_releasable", "vacancies_releasable").cast(pl.Float64),
        period=pl.lit(MAY),
        area_level=pl.lit("region"),
        occupation_level=pl.format("occ{}", pl.col("occupation_code").str.len_chars()),
    )
    totals = pl.DataFrame(
        {
            "period": [MAY] * 3,
            "area_level": ["municipality", "region", "region"],
            "area_code": ["KU001", "MK01", "MK02"],
            "occupation_level": ["total"] * 3,
            "occupation_code": ["SSS"] * 3,
            "unemployed_value": [None, 300.0, 100.0],
            "unemployed_lo": [1, 300, 100],
            "unemployed_hi": [4, 300, 100],
            "vacancies_value": [8.0, 100.0, 100.0],
            "vacancies_lo": [8, 100, 100],
            "vacancies_hi": [8, 100, 100],
        }
    )
    no_bounds = pl.DataFrame(
        schema={
            "period": pl.Date,
            "area_code": pl.String,
            "occupation_code": pl.String,
            **{f"{name}_{end}": pl.Int64 for name in ("unemployed", "vacancies") for end in ("lo", "hi")},
        }
    )
    classes = pl.DataFrame({"tension_class": [p.removeprefix("p_") for p in PROBABILITIES], "theta_from": [0.0, *CUTS]})
    order = ["period", "area_level", "occupation_level", "occupation_code", "area_code"]
    return tightness_posteriors(
        {
            "cells": filled.sort(order),
            "bounds": no_bounds if bounds is None else bounds,
            "totals": totals,
            "classes": classes,
        }
    )


def row(table: pl.DataFrame, area: str, occupation: str) -> dict[str, object]:
    return table.row(by_predicate=(pl.col("area_code") == area) & (pl.col("occupation_code") == occupation), named=True)


def test_the_prior_of_a_market_is_its_occupation_in_all_regions() -> None:
    table = posteriors(
        [("MK01", "2511", 30, 5, 0, 0, 30, 5), ("MK02", "2511", 10, 15, 0, 0, 10, 15)],
    )
    assert table.columns == list(COLUMNS)
    assert table.filter(occupation_code="2511")["theta_prior"].to_list() == [0.5, 0.5]
    assert table.filter(occupation_code="SSS")["theta_prior"].to_list() == [0.5, 0.5, 0.5]
    assert row(table, "MK02", "2511")["is_u_small"]
    assert not row(table, "MK01", "2511")["is_u_small"]


def test_a_withheld_cell_shows_what_its_interval_allows_whatever_its_fill_is() -> None:
    def table(fill: float) -> pl.DataFrame:
        return posteriors([("MK01", "2511", fill, 8, 1, 0, 2.5, 8), ("MK02", "2511", 17.5, 2, 0, 0, 17.5, 2)])

    found = row(table(1.2), "MK01", "2511")
    assert found == row(table(3.9), "MK01", "2511")
    assert found["is_blank"]
    assert (found["theta_eb"], found["theta_eb_lo"], found["theta_eb_hi"]) == (None, None, None)
    k = float(str(found["shrink_k"]))
    expected = np.mean([probabilities(0.5, k, u, 8) for u in range(1, 5)], axis=0)
    assert [found[name] for name in PROBABILITIES] == pytest.approx(expected)


def test_a_sum_of_three_withheld_cells_is_estimated_and_of_two_is_not() -> None:
    bounds = pl.DataFrame(
        {
            "period": [MAY],
            "area_code": ["MK01"],
            "occupation_code": ["25"],
            "unemployed_lo": [12],
            "unemployed_hi": [18],
            "vacancies_lo": [8],
            "vacancies_hi": [8],
        }
    )
    table = posteriors(
        [
            ("MK01", "25", 14.4, 8, 2, 0, 14.4, 8),
            ("MK02", "25", 25.6, 12, 3, 0, 25.6, 12),
        ],
        bounds,
    )
    estimated, withheld = row(table, "MK02", "25"), row(table, "MK01", "25")
    assert estimated["theta_eb"] is not None
    assert not estimated["is_blank"]
    assert withheld["theta_eb"] is None
    k = float(str(withheld["shrink_k"]))
    expected = np.mean([probabilities(0.5, k, u, 8) for u in range(12, 19)], axis=0)
    assert [withheld[name] for name in PROBABILITIES] == pytest.approx(expected)


def test_a_market_without_unemployed_or_without_a_count_has_no_row() -> None:
    table = posteriors(
        [
            ("MK01", "2511", 0, 5, 0, 0, 0, 5),
            ("MK02", "2511", 10, 5, 0, 0, 10, 5),
            ("MK02", "2512", 10, None, 0, 0, 10, None),  # type: ignore[list-item]
        ]
    )
    assert table.filter(pl.col("occupation_code") != "SSS").select("area_code", "occupation_code").rows() == [
        ("MK02", "2511")
    ]


def test_a_withheld_total_has_class_probabilities_alone() -> None:
    found = row(posteriors([("MK01", "2511", 30, 5, 0, 0, 30, 5)]), "KU001", "SSS")
    assert found["theta_eb"] is None
    assert sum(float(str(found[name])) for name in PROBABILITIES) == pytest.approx(1)

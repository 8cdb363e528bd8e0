"""What of the plans leaves the build: no number that a withheld count could be solved from (contract 2.4, I18)."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from assets.matching.accessibility_table import accessibility_rows
from assets.matching.placement_tables import placement_moves, transport_totals
from assets.matching.table import Frames

AREAS = ("MK01", "MK02", "MK03", "MK04")
PERIOD = date(2024, 5, 1)

Cell = tuple[float, int]
"""A count, and how many withheld counts it holds."""


def market(
    unemployed: tuple[Cell, ...], vacancies: tuple[Cell, ...], level: str = "occ4", code: str = "5120"
) -> Frames:
    """One occupation in areas on a line, 100 km apart; the last is Åland. A withheld count is 2.5 at its middle."""
    rows = [
        {
            "period": PERIOD,
            "area_level": "region",
            "area_code": area,
            "occupation_level": level,
            "occupation_code": code,
            "unemployed": u,
            "unemployed_blanks": u_blanks,
            "unemployed_middle": 2.5 * u_blanks if u_blanks else u,
            "vacancies": v,
            "vacancies_blanks": v_blanks,
            "vacancies_middle": 2.5 * v_blanks if v_blanks else v,
        }
        for area, (u, u_blanks), (v, v_blanks) in zip(AREAS, unemployed, vacancies, strict=True)
    ]
    distances = [
        ("region", one, other, 100.0 * abs(i - j)) for i, one in enumerate(AREAS) for j, other in enumerate(AREAS)
    ]
    return {
        "cells": pl.DataFrame(rows),
        "distances": pl.DataFrame(
            distances, schema=["area_level", "from_area_code", "to_area_code", "distance_km"], orient="row"
        ),
        "aland": pl.DataFrame({"area_code": ["MK04"]}),
        "flexible": pl.DataFrame(schema={"period": pl.Date, "occupation_code": pl.String, "vacancies": pl.Float64}),
    }


def moves(frames: Frames) -> dict[tuple[str, str], float]:
    found = placement_moves(frames)
    return {(origin, to): persons for origin, to, persons in found.select(*found.columns[-4:-1]).iter_rows()}


def shown(*counts: float) -> tuple[Cell, ...]:
    return tuple((count, 0) for count in counts)


def test_a_move_of_five_between_public_counts_is_named() -> None:
    assert moves(market(shown(9, 0, 0, 0), shown(0, 5, 0, 0))) == {("MK01", "MK02"): 5}


def test_smaller_moves_are_pooled_by_where_they_start() -> None:
    assert moves(market(shown(9, 0, 0, 0), shown(0, 4, 3, 0))) == {("MK01", "other"): 7}


def test_aland_is_in_the_totals_and_never_named() -> None:
    frames = market(shown(20, 0, 0, 8), shown(0, 0, 6, 9))
    assert moves(frames) == {("MK01", "MK03"): 6, ("MK01", "other"): 1}
    assert moves(market(shown(0, 0, 0, 9), shown(0, 0, 6, 0))) == {("other", "MK03"): 6}


def test_a_move_to_a_withheld_count_names_neither_end() -> None:
    frames = market(shown(30, 0, 0, 0), ((0, 0), (10, 0), (2.5, 1), (0, 0)))
    assert moves(frames) == {("MK01", "MK02"): 10, ("other", "other"): 2.5}


def test_a_sum_that_would_rest_on_one_or_two_fills_takes_the_middles() -> None:
    vacancies = ((9, 0), (1.2, 1), (3.3, 1), (1.5, 1))
    totals = transport_totals(market(shown(9, 9, 0, 0), vacancies)).row(0, named=True)
    assert totals["vacancies"] == 9 + 3 * 2.5
    assert (totals["own_region"], totals["cross_region"]) == (9 + 2.5, 5)


def test_three_fills_together_are_used() -> None:
    vacancies = ((9, 0), (1.2, 1), (3.3, 1), (1.5, 1))
    totals = transport_totals(market(shown(30, 0, 0, 0), vacancies)).row(0, named=True)
    assert (totals["vacancies"], totals["cross_region"]) == (15, 6)


def test_where_no_middle_is_known_nothing_is_said() -> None:
    frames = dict(market(shown(9, 9, 0, 0), ((9, 0), (1.2, 1), (3.3, 1), (1.5, 1))))
    frames["cells"] = frames["cells"].with_columns(
        pl.when(pl.col("vacancies_blanks") == 0).then(pl.col("vacancies_middle")).alias("vacancies_middle")
    )
    totals = transport_totals(frames).row(0, named=True)
    assert [totals[name] for name in ("unemployed", "vacancies", "w1_km", "own_region", "cross_region")] == [None] * 5
    assert placement_moves(frames).is_empty()
    assert set(accessibility_rows(frames)["accessibility_reason"]) == {"suppressed_secondary"}


def test_a_market_with_an_unknown_count_has_no_row() -> None:
    frames = market(((float("nan"), 0), *shown(1, 1, 1)), shown(1, 1, 1, 1))
    assert transport_totals(frames).is_empty()


@pytest.mark.parametrize("fills", [(1.0, 4.0, 2.0), (2.0, 2.0, 3.0)])
def test_rows_of_a_market_add_up_to_its_cross_region(fills: tuple[float, float, float]) -> None:
    frames = market(shown(3, 40, 0, 2), ((20, 0), *((fill, 1) for fill in fills)))
    totals = transport_totals(frames).row(0, named=True)
    assert sum(moves(frames).values()) == pytest.approx(totals["cross_region"], abs=1e-9)
    assert totals["own_region"] + totals["cross_region"] == pytest.approx(
        min(totals["unemployed"], totals["vacancies"]), abs=1e-12
    )


def test_a_withheld_area_has_no_accessibility_and_its_vacancies_stand_in_the_remainder() -> None:
    frames = market(((12, 0), (2, 1), (3, 1), (1, 1)), shown(8, 0, 20, 0))
    rows = accessibility_rows(frames)
    assert rows["area_code"].to_list() == [*AREAS, "SSS"]
    assert rows["accessibility_reason"].to_list() == ["ok", *["suppressed_source"] * 3, "not_applicable"]
    assert rows["vacancies_reached"].is_null().to_list() == [False, True, True, True, False]
    assert rows["vacancies_reached"].sum() + rows["vacancies_unreached"][0] == pytest.approx(28)


def test_a_remainder_of_one_or_two_fills_takes_the_middles() -> None:
    unemployed = ((90, 40), (9, 4), (1.2, 1), (0, 0))
    frames = market(unemployed, shown(3, 3, 0, 3), level="occ2", code="51")
    cells = frames["cells"].with_columns(unemployed_middle=pl.Series([100.0, 10, 2.5, 0]))
    assert transport_totals({**frames, "cells": cells})["unemployed"].to_list() == [112.5]


def test_coarse_occupations_have_three_half_distances_and_unit_groups_one() -> None:
    one = accessibility_rows(market(shown(5, 5, 5, 5), shown(1, 2, 3, 4)))
    three = accessibility_rows(market(shown(5, 5, 5, 5), shown(1, 2, 3, 4), level="occ1", code="5"))
    assert set(one["half_distance_km"]) == {50}
    assert set(three["half_distance_km"]) == {25, 50, 100}


def test_why_a_market_has_no_accessibility() -> None:
    def reasons(frames: Frames) -> set[str]:
        return set(accessibility_rows(frames)["accessibility_reason"])

    assert reasons(market(shown(0, 0, 0, 0), shown(1, 0, 0, 0))) == {"no_jobseekers"}
    assert reasons(market(shown(0, 0, 0, 0), shown(0, 0, 0, 0))) == {"empty_market"}
    assert reasons(market(shown(1, 0, 0, 0), shown(0, 0, 0, 0))) == {"ok"}

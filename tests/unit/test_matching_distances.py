"""Distances between areas as a matrix that obeys the triangle inequality (contract I17, I18)."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assets.matching.distances import DistanceError, breaks_triangle, distance_matrix, metric_closure

SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "area_distance.csv"


def pairs(*rows: tuple[str, str, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["from_area_code", "to_area_code", "distance_km"], orient="row")


SQUARE = (("A", "A", 0.0), ("A", "B", 7.0), ("B", "A", 7.0), ("B", "B", 0.0))


def test_areas_stand_in_the_order_of_their_codes() -> None:
    matrix = distance_matrix(pairs(*reversed(SQUARE)))
    assert matrix.area_codes == ("A", "B")
    assert matrix.km.tolist() == [[0, 7], [7, 0]]


def test_a_detour_that_rounding_made_shorter_becomes_the_way() -> None:
    km = np.array([[0, 10, 20.1], [10, 0, 10], [20.1, 10, 0]])
    assert breaks_triangle(km)
    closed = metric_closure(km)
    assert closed[0, 2] == closed[2, 0] == 20
    assert not breaks_triangle(closed)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (SQUARE[:3], "from B to B: missing"),
        ((*SQUARE, SQUARE[1]), "from A to B is given twice"),
        ((*SQUARE[:2], ("B", "A", 8.0), SQUARE[3]), "from A to B: differs from the way back"),
        ((("A", "A", 1.0), *SQUARE[1:]), "from A to A: an area is at 0 km from itself"),
        ((SQUARE[0], ("A", "B", 0.0), ("B", "A", 0.0), SQUARE[3]), "from A to B: two areas are at more than 0 km"),
    ],
)
def test_what_is_no_distance_is_refused_by_the_name_of_the_pair(
    rows: tuple[tuple[str, str, float]], fault: str
) -> None:
    with pytest.raises(DistanceError, match=fault):
        distance_matrix(pairs(*rows))


@pytest.mark.parametrize(("level", "areas"), [("region", 19), ("employment_area", 46)])
def test_the_shipped_distances_are_complete_and_move_little_when_closed(level: str, areas: int) -> None:
    rows = [row for row in csv.DictReader(SEED.open()) if row["area_level"] == level]
    given = pairs(*((row["from_area_code"], row["to_area_code"], float(row["distance_km"])) for row in rows))
    closed = distance_matrix(given)
    assert len(closed.area_codes) == areas
    raw = given.sort("from_area_code", "to_area_code")["distance_km"].to_numpy().reshape(areas, areas)
    assert np.abs(closed.km - raw).max() <= 0.1 + 1e-9

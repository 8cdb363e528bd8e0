"""Chunks cover every cell once, stay under the limit, and are as few as whole periods allow."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.statfin.layout import Layout
from sources.statfin.plan import Chunk, halve, plan


def layout(areas: int, occupations: int, periods: int, contents: int = 2) -> Layout:
    codes = {
        "Alue": tuple(f"MK{i:02d}" for i in range(areas)),
        "Ammattiryhmä": tuple(f"{i:04d}" for i in range(occupations)),
        "timeperiod_m": tuple(f"{2000 + i // 12}M{i % 12 + 1:02d}" for i in range(periods)),
        "contentscode": tuple(f"C{i}" for i in range(contents)),
    }
    return Layout("12ti", tuple(codes), codes, {}, "timeperiod_m", "contentscode", {}, None)


def cells(chunks: list[Chunk]) -> list[tuple[str, ...]]:
    return sorted(cell for chunk in chunks for cell in product(*chunk.selection.values()))


def test_the_core_of_12ti_takes_36_calls_of_6_months() -> None:
    chunks = plan(layout(22, 434, 211), 120_000)
    assert len(chunks) == 36
    assert max(chunk.cells for chunk in chunks) == 114_576


def test_exactly_the_limit_passes() -> None:
    assert len(plan(layout(10, 10, 12), 10 * 10 * 12 * 2)) == 1


def test_a_month_that_is_too_much_is_cut_along_the_longest_dimension() -> None:
    chunks = plan(layout(421, 434, 2), 120_000)
    assert all(chunk.cells <= 120_000 for chunk in chunks)
    assert len(chunks) == 2 * 4


@given(
    areas=st.integers(1, 9),
    occupations=st.integers(1, 9),
    periods=st.integers(1, 9),
    limit=st.integers(2, 200),
)
def test_every_cell_is_asked_for_once(areas: int, occupations: int, periods: int, limit: int) -> None:
    whole = layout(areas, occupations, periods)
    chunks = plan(whole, limit)
    assert all(chunk.cells <= limit for chunk in chunks)
    assert cells(chunks) == sorted(product(*whole.codes.values()))


def test_a_row_that_is_too_much_is_an_error() -> None:
    with pytest.raises(ValueError, match="single row exceed"):
        plan(layout(1, 1, 1, contents=5), 4)


def test_halving_keeps_all_cells_and_cuts_time_first() -> None:
    (chunk,) = plan(layout(2, 3, 5), 1000)
    first, second = halve(chunk, layout(2, 3, 5))
    assert len(first.selection["timeperiod_m"]) == 3
    assert cells([first, second]) == cells([chunk])
    (month,) = plan(layout(2, 3, 1), 1000)
    assert [len(half.selection["Ammattiryhmä"]) for half in halve(month, layout(2, 3, 1))] == [2, 1]
    (row,) = plan(layout(1, 1, 1), 1000)
    assert halve(row, layout(1, 1, 1)) == [row]

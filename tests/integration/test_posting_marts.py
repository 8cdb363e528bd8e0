"""The marts of job postings and the barometer against counts made another way, and against an attacker."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pytest
from posting_world import (
    AS_OF,
    COVERED_FROM,
    GROUPS,
    Posting,
    World,
    built,
    dbt,
    invented,
    landed_postings,
    landed_ratings,
    posting_schema,
    rating_schema,
    seed,
)
from scipy.optimize import linprog
from scipy.stats import CensoredData, ecdf

FEWEST = 3
"""Smallest count that is shown for an employment area and an occupation, other than none."""

CROWDED_GROUP = "TA01"
"""The employment areas of Uusimaa, named after the first."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    postings = invented(6_000)
    return World(postings, built(tmp_path_factory.mktemp("postings"), landed_postings(postings), landed_ratings()))


@cache
def regions() -> dict[str, str]:
    """Region of each municipality, by its bare code."""
    rows = seed("area_municipality")
    return {r["municipality_area_code"][2:]: r["area_code"] for r in rows if r["area_level"] == "region"} | {
        "532": "MK07"
    }


def shares_by_area(posting: Posting) -> dict[str, float]:
    """The country and the regions of a posting, with its part in each."""
    found: dict[str, float] = defaultdict(float)
    found["SSS"] = 1.0
    for place in posting.places:
        given = "MK" + posting.region if posting.region else "MK91"
        found[regions().get(place, "MK91") if place else given] += 1 / len(posting.places)
    return found


def test_openings_closings_and_stock_equal_a_recount(world: World) -> None:
    by_area = [(posting, shares_by_area(posting)) for posting in world.postings]
    shown = world.rows(
        """
        select area_code, period, postings_new, postings_closed, postings_open, positions_open
        from mart.fct_posting_flow
        where occupation_code = 'SSS' and area_level != 'employment_area' and frequency = 'month'
        """
    )
    assert {period for _, period, *_ in shown} == {date(2026, month, 1) for month in (6, 7, 8, 9)}
    assert {area for area, *_ in shown} == set(regions().values()) | {"SSS", "MK91"}
    for area, period, new, closed, still_open, positions in shown:
        first = max(period, COVERED_FROM)
        last = min(AS_OF, (period + timedelta(31)).replace(day=1) - timedelta(1))
        parts = [(posting, shares[area]) for posting, shares in by_area if area in shares]
        assert new == pytest.approx(sum(w for p, w in parts if first <= p.opened <= last), abs=1e-5)
        assert closed == pytest.approx(sum(w for p, w in parts if p.closed and first <= p.closed <= last), abs=1e-5)
        left = [(p, w) for p, w in parts if p.opened <= last and (p.closed is None or p.closed > last)]
        assert still_open == pytest.approx(sum(w for _, w in left), abs=1e-5)
        assert positions == pytest.approx(sum(w * p.positions for p, w in left), abs=1e-5)


def test_days_go_from_the_first_covered_one_to_the_one_still_running(world: World) -> None:
    days = world.rows(
        """
        select min(period), max(period), count(*), max(period) filter (is_complete)
        from mart.fct_posting_flow where area_code = 'SSS' and occupation_code = 'SSS' and frequency = 'day'
        """
    )
    assert days == [(COVERED_FROM, AS_OF, (AS_OF - COVERED_FROM).days + 1, AS_OF - timedelta(1))]
    months = world.rows(
        "select distinct period, is_complete from mart.fct_posting_flow where frequency = 'month' order by all"
    )
    assert months == [(date(2026, month, 1), month in (7, 8)) for month in (6, 7, 8, 9)]


def test_the_median_is_the_kaplan_meier_median_of_scipy(world: World) -> None:
    shown = world.rows(
        """
        select frequency, period, days_online_median, days_online_median_reason
        from mart.fct_posting_flow where area_code = 'SSS' and occupation_code = 'SSS' order by all
        """
    )
    reasons = set()
    for frequency, period, median, reason in shown:
        first = max(period, COVERED_FROM)
        last = period if frequency == "day" else (period + timedelta(31)).replace(day=1) - timedelta(1)
        cohort = [p for p in world.postings if first <= p.opened <= last]
        reasons.add(reason)
        if len(cohort) < 20:
            assert (median, reason) == (None, "insufficient_history")
            continue
        survival = ecdf(
            CensoredData(
                uncensored=[(p.closed - p.opened).days for p in cohort if p.closed],
                right=[(AS_OF - p.opened).days for p in cohort if not p.closed],
            )
        ).sf
        reached = survival.quantiles[np.round(survival.probabilities, 9) <= 0.5]
        assert (median, reason) == ((float(reached[0]), "ok") if reached.size else (None, "undefined"))
    assert reasons == {"ok", "undefined"}


def test_shares_count_only_postings_that_say_it(world: World) -> None:
    shown = world.rows(
        """
        select permanent_share, full_time_share, permanent_full_time_share from mart.fct_posting_flow
        where area_code = 'SSS' and occupation_code = 'SSS' and period = date '2026-07-01' and frequency = 'month'
        """
    )
    july = [p for p in world.postings if p.opened.month == 7]
    permanent = [p.is_permanent for p in july if p.is_permanent is not None]
    full_time = [p.is_full_time for p in july if p.is_full_time is not None]
    both = [
        p.is_permanent and p.is_full_time for p in july if p.is_permanent is not None and p.is_full_time is not None
    ]
    assert shown == [pytest.approx([sum(said) / len(said) for said in (permanent, full_time, both)])]


def test_no_posting_is_lost_on_the_way_to_an_occupation(world: World) -> None:
    matched = dict(world.rows("select match_kind, postings from mart.catalog_posting_match"))
    uris = [p.occupation for p in world.postings]
    assert sum(matched.values()) == len(world.postings)
    assert matched["missing"] == uris.count(None)
    assert [matched[kind] for kind in ("isco_group_override", "isco_coarser", "unmapped")] == [
        uris.count(g) for g in GROUPS
    ]
    moved = {row["esco_uri"]: row["match_kind"] for row in seed("esco_occupation")}
    for kind in ("esco", "esco_group_override", "esco_occupation_override"):
        assert matched.get(kind, 0) == sum(moved.get(uri or "") == kind for uri in uris)
    opened = "sum(postings_open) filter (occupation_code = '{}')"
    buckets = world.rows(
        f"""
        select {opened.format("SSS")}, {opened.format("unmapped")}, {opened.format("missing")},
            sum(postings_open) filter (occupation_level = 'occ1'), sum(postings_open) filter (occupation_level = 'occ4')
        from mart.fct_posting_flow where area_code = 'SSS' and period = date '2026-09-01' and frequency = 'month'
        """
    )
    (total, unmapped, missing, occ1, occ4) = buckets[0]
    still_open = [p.occupation for p in world.postings if p.closed is None]
    assert (total, unmapped, missing) == (len(still_open), still_open.count(GROUPS[2]), still_open.count(None))
    assert occ1 == total - unmapped - missing
    assert occ4 == occ1 - still_open.count(GROUPS[1])


def test_places_that_are_none_are_kept_as_unknown(world: World) -> None:
    resolved = dict(
        world.rows(
            "select place_resolution, sum(postings) from staging.stg_tyomarkkinatori__posting_cohorts group by all"
        )
    )
    nowhere = sum(p.places == [None] and p.region is None for p in world.postings) + 1
    assert resolved == pytest.approx({"as_is": len(world.postings) - nowhere - 1, "successor": 1, "unknown": nowhere})


def test_small_counts_of_an_employment_area_and_an_occupation_are_withheld(world: World) -> None:
    small = world.rows(
        f"""
        with flows as (from intermediate.int_count_posting_flows where frequency = 'month'),
        regions as (select distinct area_code from ({GROUP_OF_AREA}) where areas_in_group > 1)
        select count(*), count(*) filter (mart.counts_reason = 'ok')
        from flows inner join regions using (area_code)
        inner join mart.fct_posting_flow as mart using (area_code, occupation_code, frequency, period)
        where flows.occupation_level in ('occ1', 'occ2')
            and ({is_small("flows.postings_new")} or {is_small("flows.postings_open")})
        """
    )
    assert small[0][0] > 500
    assert small[0][1] == 0
    details = world.rows(
        """
        select count(*) filter (postings_closed is not null), count(*) filter (permanent_share is not null), count(*)
        from mart.fct_posting_flow where area_level = 'employment_area' and occupation_level != 'total'
        """
    )
    (closings, shares, rows) = details[0]
    assert (closings, shares) == (0, 0)
    assert rows > 500


GROUP_OF_AREA = """
    with recursive pairs as (
        select distinct one.area_code, two.area_code as other
        from ref.area_municipality as one
        inner join ref.area_municipality as r1 using (municipality_area_code)
        inner join ref.area_municipality as r2 on r1.area_code = r2.area_code
        inner join ref.area_municipality as two on r2.municipality_area_code = two.municipality_area_code
        where one.area_level = 'employment_area' and two.area_level = 'employment_area'
            and r1.area_level = 'region' and r2.area_level = 'region'
    ),
    reach as (
        from pairs
        union
        select reach.area_code, pairs.other from reach inner join pairs on reach.other = pairs.area_code
    )
    select area_code, min(other) as area_group, count(*) as areas_in_group from reach group by area_code
"""


def test_disclosure_groups_hold_at_least_two_areas_that_share_regions(world: World) -> None:
    derived = {area: group for area, group, count in world.rows(GROUP_OF_AREA) if count > 1}
    members = defaultdict(list)
    for row in seed("disclosure_group"):
        assert row["region_group"] == derived.pop(row["area_code"])
        members[row["disclosure_group"], row["region_group"]].append(row["area_code"])
    assert derived == {}
    assert all(len(areas) in (2, 3) and min(areas) == group for (group, _), areas in members.items())


def is_beside(key: tuple[str, str], other: tuple[str, str]) -> bool:
    """True for a cell of another area in the same family of occupations."""
    return key[0] != other[0] and key[1][:-1] == other[1][:-1]


def is_small(count: str) -> str:
    return f"({count} > 0.000001 and {count} < {FEWEST} - 0.000001)"


@pytest.mark.parametrize("measure", ["postings_new", "postings_open"])
def test_a_withheld_small_count_cannot_be_solved_from_what_is_shown(world: World, measure: str) -> None:
    """An attacker who knows every shown count of the areas that share regions, what these areas have together in each
    occupation, and how many postings have a coarser occupation, still finds more than one possible value. Not where
    only one of the areas has any of what is withheld together: there the row of the region says it."""
    cells = world.rows(
        f"""
        select area_group, area_code, occupation_code, flows.{measure}, shown.counts_reason = 'ok'
        from mart.fct_posting_flow as shown
        inner join ({GROUP_OF_AREA}) using (area_code)
        left join intermediate.int_count_posting_flows as flows using (area_code, occupation_code, frequency, period)
        where frequency = 'month' and period = date '2026-07-01' and areas_in_group > 1
            and shown.occupation_level in ('occ1', 'occ2')
        """
    )
    groups: dict[str, dict[tuple[str, str], tuple[float, bool]]] = defaultdict(dict)
    for group, area, occupation, count, is_shown in cells:
        groups[group][area, occupation] = (count or 0.0, is_shown)
    attacked = 0
    assert {is_shown for _, is_shown in groups[CROWDED_GROUP].values()} == {True, False}
    for truth in groups.values():
        hidden = sorted(key for key, (_, is_shown) in truth.items() if not is_shown)
        equations = []
        families = {("down", area, occupation[:-1]) for area, occupation in hidden}
        columns = {("across", "", occupation) for _, occupation in hidden}
        parents = {("up", area, occupation[0]) for area, occupation in hidden if len(occupation) == 2}
        for kind, area, occupation in sorted(families | columns | parents):
            if kind == "across":
                members, other = [key for key in hidden if key[1] == occupation], None
            else:
                members = [key for key in hidden if key[0] == area and key[1][:-1] == occupation]
                other = (area, occupation) if occupation and (area, occupation) in hidden else None
            row = [float(key in members) - float(key == other) for key in hidden]
            equations.append((row, float(np.dot(row, [truth[key][0] for key in hidden]))))
        left, right = [e[0] for e in equations], [e[1] for e in equations]
        small = [i for i, key in enumerate(hidden) if 1e-6 < truth[key][0] < FEWEST - 1e-6]
        small = [i for i in small if any(truth[key][0] for key in hidden if is_beside(key, hidden[i]))]
        for i in small[:: max(1, len(small) // 12)]:
            aim = np.eye(len(hidden))[i]
            bounds = [linprog(sign * aim, A_eq=left, b_eq=right, bounds=(0, None)) for sign in (1, -1)]
            assert all(outcome.success for outcome in bounds)
            assert -bounds[1].fun - bounds[0].fun > 0.3, (hidden[i], truth[hidden[i]])
            attacked += 1
    assert attacked > 50


def test_ratings_land_unchanged_or_with_a_reason(world: World) -> None:
    shown = world.rows(
        """
        select area_code, employed, unemployed, unemployed_reason, vacancies, unemployment_rate,
            unemployment_rate_reason, slope, scale, state, state_reason, degree
        from mart.fct_barometer order by all
        """
    )
    assert shown == [
        ("MK06", 2380, 224, "ok", 15, 0.086, "ok", 0.07185, 6.096, "surplus", "ok", 3),
        ("MK18", 2380, None, "suppressed_source", 15, None, "suppressed_source", None, None, "shortage", "ok", 2),
        ("MK21", 2380, 0, "ok", 15, None, "not_in_source", None, None, None, "not_in_source", None),
    ]


def test_sources_are_catalogued_with_terms_and_state(world: World) -> None:
    catalogue = world.rows("select attribution, terms from mart.catalog_source")
    cited = "SYNTHETIC, not real data: only its form is the source's. Source: x. Licence: x."
    assert catalogue == [(cited, "Keep them.")]
    assert world.rows("select table_id, state from mart.source_freshness") == [("posting_cohorts", "stale")]


def test_sources_that_have_nothing_leave_empty_marts(tmp_path: Path) -> None:
    warehouse = built(tmp_path, posting_schema().empty_table(), rating_schema().empty_table())
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        counts = connection.execute(
            "select (select count(*) from mart.fct_posting_flow), (select count(*) from mart.fct_barometer)"
        ).fetchone()
    assert counts == (0, 0)


def test_a_broken_identity_fails_its_test(world: World, tmp_path: Path) -> None:
    shutil.copy(world.warehouse, tmp_path / "work.duckdb")
    with duckdb.connect(str(tmp_path / "work.duckdb")) as connection:
        connection.execute(
            "update intermediate.int_count_posting_flows set postings_open = postings_open + 1 "
            "where area_code = 'MK06' and occupation_code = '2' and period = date '2026-07-10'"
        )
        connection.execute(
            "update mart.fct_posting_flow set postings_new = postings_new + 1 "
            "where area_code = 'MK06' and occupation_code = 'SSS' and period = date '2026-07-10'"
        )
        connection.execute(
            "delete from intermediate.int_spread_posting_cohorts where area_code = 'MK06' and occupation_code = 'SSS'"
        )
    shutil.copytree(world.warehouse.parent / "landed", tmp_path / "landed")
    expected = {
        "int_count_posting_flows_stock_follows_flows",
        "fct_posting_flow_totals_add_up",
        "int_spread_posting_cohorts_parts_add_up",
    }
    outcome = dbt(tmp_path, "test", "--select", *expected)
    assert set(re.findall(r"of \d+ FAIL \d+ (\w+)", outcome.stdout)) == expected, outcome.stdout[-2000:]

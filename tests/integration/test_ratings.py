"""Ratings, scores and concentration over an invented market, against the same numbers made another way."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

import duckdb
import numpy as np
import polars as pl
import pytest
from rating_world import BASE, MONTHS, REGIONS, RatedWorld, build_world

from quality.expect import judge
from quality.ratings import COMPONENTS, rating_checks
from quality.result import Severity
from sources.tyovoimabarometri.rating import rate

STATES = ("balanced", "surplus", "mismatch", "shortage")
FALLING = {"unemployment_rate_occ", "unemployed_yoy"}
"""Components that say more shortage the lower they are."""
KEY = ["period", "area_code", "occupation_code"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> RatedWorld:
    return build_world(tmp_path_factory.mktemp("ratings"))


def components(world: RatedWorld) -> pl.DataFrame:
    """The six inputs of each cell, from the true counts; NULL where a count is withheld or there is none."""
    return world.cells.with_columns(
        pl.when(pl.col("shown_u").is_not_null() & pl.col("shown_v").is_not_null()).then("theta_eb").alias("theta_eb"),
        (pl.col("shown_u") / (pl.col("shown_u") + pl.col("e"))).alias("unemployment_rate_occ"),
        (pl.col("shown_v") / (pl.col("shown_v") + pl.col("e"))).alias("vacancy_rate_occ"),
        pl.col("yoy_v").alias("vacancies_yoy"),
        pl.col("yoy_u").alias("unemployed_yoy"),
        pl.when(pl.col("period") >= date(2020, 6, 1)).then("days").alias("days_online"),
    )


def base_values(cells: pl.DataFrame, component: str) -> np.ndarray:
    """What the cut-offs of `component` come from: 2019, or its first twelve months."""
    big = cells.filter((pl.col("shown_u") >= 20) & pl.col(component).is_not_null()).sort("period")
    regular = big.filter(pl.col("period").is_between(*BASE))
    if regular.is_empty():
        first = MONTHS.index(big["period"][0])
        regular = big.filter(pl.col("period").is_in(MONTHS[first : first + 12]))
    return regular[component].to_numpy()


def test_own_rating_is_the_formula_of_the_barometer(world: RatedWorld) -> None:
    rated = world.frame("select * from mart.fct_keha_rating").join(world.cells, on=KEY)
    assert rated.height == world.cells.height
    for row in rated.iter_rows(named=True):
        if row["shown_u"] is None or row["shown_v"] is None:
            assert (row["state_own"], row["s_own_reason"]) == (None, "suppressed_source")
            continue
        expected = rate(row["e"], row["shown_u"], row["shown_v"])
        assert row["s_own"] == pytest.approx(expected.scale, abs=1e-8)
        assert (row["state_own"], row["degree_own"]) == (STATES[expected.state], expected.degree)
        if expected.slope is None and row["shown_v"]:
            assert (row["k_own"], row["k_own_reason"]) == (None, "no_jobseekers")
        else:
            assert row["k_own"] == pytest.approx(expected.slope or 0, abs=1e-8)


def test_what_is_published_stands_beside_what_is_recomputed(world: RatedWorld) -> None:
    rows = world.frame("select * from mart.fct_keha_rating_published")
    assert rows["state_pub"].unique().to_list() == ["balanced"]
    assert rows["agree"].null_count() == rows["state"].null_count() > 0
    shown = rows.filter(pl.col("state").is_not_null())
    assert (shown["agree"] == ((shown["state"] == "balanced") & (shown["degree"] == 1))).all()


def test_cutoffs_are_quartiles_of_the_base(world: RatedWorld) -> None:
    cells = components(world)
    found = world.frame("select * from mart.ref_score_cutoff")
    for component in COMPONENTS:
        mine = found.filter(pl.col("quantity") == component).sort("quantile")
        values = base_values(cells, component)
        assert mine["quantile"].to_list() == [0.25, 0.5, 0.75]
        assert mine["cutoff"].to_list() == pytest.approx(np.quantile(values, [0.25, 0.5, 0.75]).tolist())
        assert mine["base_cells"].unique().to_list() == [len(values)]
        assert mine["base_mean"][0] == pytest.approx(values.mean(), abs=1e-8)
        assert mine["base_deviation"][0] == pytest.approx(values.std(), abs=1e-8)
    regular = dict(found.group_by("quantity").agg(pl.col("is_regular").first()).iter_rows())
    assert {name for name in COMPONENTS if not regular[name]} == {"vacancies_yoy", "unemployed_yoy", "days_online"}


def test_score_is_the_mean_of_quartiles_passed(world: RatedWorld) -> None:
    cells = components(world)
    limits = {name: np.quantile(base_values(cells, name), [0.25, 0.5, 0.75]) for name in COMPONENTS}
    shown = world.frame("select * from mart.fct_shortage_score").join(cells, on=KEY)
    classes: Counter[str | None] = Counter()
    for row in shown.iter_rows(named=True):
        points = [
            int((row[name] < limits[name]).sum() if name in FALLING else (row[name] > limits[name]).sum())
            for name in COMPONENTS
            if row[name] is not None and row["shown_u"] is not None and row["shown_v"] is not None
        ]
        classes[row["shortage_class"]] += 1
        if len(points) < 4:
            assert row["shortage_score"] is None
            assert row["shortage_score_reason"] != "ok"
            continue
        score = sum(points) / len(points)
        assert row["components_rated"] == len(points)
        assert row["shortage_score"] == pytest.approx(score, abs=1e-8)
        assert row["shortage_class"] == ("shortage" if score >= 2 else "watch" if score >= 1.5 else "none")
    assert set(classes) == {"shortage", "watch", "none", None}


def test_ranks_hold_the_rank_of_the_score_and_leave_out_aland(world: RatedWorld) -> None:
    scored = world.frame("select * from mart.fct_shortage_score where shortage_score is not null")
    aland = scored.filter(pl.col("area_code") == "MK21")
    assert aland.height > 0
    assert aland["shortage_rank"].null_count() == aland.height
    assert aland["shortage_rank_reason"].unique().to_list() == ["not_applicable"]
    for _, month in scored.filter(pl.col("area_code") != "MK21").group_by("period"):
        ranks = month["shortage_score"].rank("min", descending=True)
        assert (month["shortage_rank"] == ranks).all()
        assert ((month["rank_lo"] <= ranks) & (ranks <= month["rank_hi"])).all()
        assert month["rank_hi"].max() <= month.height


def test_a_stable_class_outlives_each_component(world: RatedWorld) -> None:
    scored = world.frame("select * from mart.fct_shortage_score where shortage_score is not null")
    seen = set()
    for row in scored.iter_rows(named=True):
        points = [row[f"{name}_score"] for name in COMPONENTS if row[f"{name}_score"] is not None]
        means = [(sum(points) - left_out) / (len(points) - 1) for left_out in points]
        means.append(float(np.exp(np.log1p(points).mean()) - 1))
        classes = {"shortage" if m >= 2 - 1e-9 else "watch" if m >= 1.5 - 1e-9 else "none" for m in means}
        assert row["class_stable"] == (classes == {row["shortage_class"]})
        seen.add(row["class_stable"])
    assert seen == {True, False}


def test_causes_are_placed_in_their_base(world: RatedWorld) -> None:
    shown = world.frame("select * from mart.fct_cause_indicator").join(world.cells, on=KEY)
    base = (
        -world.cells.filter((pl.col("shown_u") >= 20) & pl.col("period").is_between(*BASE))
        .select((pl.col("u") / pl.col("e")).alias("x"))["x"]
        .to_numpy()
    )
    limits = np.quantile(np.round(base, 9), np.arange(1, 100) / 100)
    for row in shown.iter_rows(named=True):
        if row["shown_u"] is None:
            assert (row["labour_scarcity"], row["labour_scarcity_percentile"]) == (None, None)
        elif row["e"] > 0:
            assert row["labour_scarcity"] == pytest.approx(-row["u"] / row["e"], abs=1e-8)
            assert abs(row["labour_scarcity_percentile"] - int((limits < row["labour_scarcity"]).sum())) <= 1
    # Twelve whole months of postings end in May 2021; one post each month.
    hiring = shown.filter(pl.col("hiring_intensity").is_not_null())
    assert hiring["period"].min() == date(2021, 5, 1)
    assert (hiring["hiring_intensity"] - 12 / hiring["e"]).abs().max() < 1e-8
    assert shown["working_conditions_status"].unique().to_list() == ["no_open_data"]
    links = shown.filter(pl.col("skill_link").is_not_null())
    assert (links["period"].unique().to_list(), links["skill_link"].unique().to_list()) == ([MONTHS[-1]], [0.625])


def test_geographic_mismatch_is_half_the_distance_of_shares(world: RatedWorld) -> None:
    counts: dict[tuple[date, str], list[tuple[float, float]]] = defaultdict(list)
    for row in world.cells.iter_rows(named=True):
        u, v = (2.5 if row[side] is None else row[side] for side in ("shown_u", "shown_v"))
        counts[row["period"], row["occupation_code"]].append((u, v))
    shown = world.frame("select distinct period, occupation_code, geographic_mismatch from mart.fct_cause_indicator")
    assert shown.height == len(counts)
    for period, occupation, mismatch in shown.iter_rows():
        u, v = np.array(counts[period, occupation]).T
        if u.sum() and v.sum():
            assert mismatch == pytest.approx(np.abs(u / u.sum() - v / v.sum()).sum() / 2)
        else:
            assert mismatch is None


def test_concentration_lies_between_even_and_one_cell(world: RatedWorld) -> None:
    shown = world.frame("select * from mart.fct_concentration")
    assert set(shown["partition"]) == {"region", "occ4"}
    filled = world.cells.with_columns(blank=pl.col("shown_v").is_null())
    for (period, occupation), cells in filled.group_by("period", "occupation_code"):
        v = np.where(cells["blank"], cells["v"] if cells["blank"].sum() >= 3 else 2.5, cells["v"])
        row = shown.row(
            by_predicate=(pl.col("period") == period)
            & (pl.col("partition") == "region")
            & (pl.col("occupation_code") == occupation),
            named=True,
        )
        if v.sum() == 0:
            assert (row["vacancies_concentration"], row["vacancies_concentration_reason"]) == (None, "no_vacancies")
        else:
            assert row["vacancies_concentration"] == pytest.approx(((v / v.sum()) ** 2).sum())
            assert 1 / len(REGIONS) <= row["vacancies_concentration"] <= 1


CHANGES = {
    "rating_recomputed": None,
    "balanced_is_degree_one": "update mart.fct_keha_rating set degree_own = 2 where degree_own = 1",
    "published_ratings_untouched": "update mart.fct_keha_rating_published set state_pub = 'surplus'",
    "score_is_mean_of_components": "update mart.fct_shortage_score set shortage_score = shortage_score / 2",
    "rank_within_its_range": "update mart.fct_shortage_score set rank_hi = shortage_rank - 1",
    "concentration_within_range": "update mart.fct_concentration set vacancies_concentration = 0.9 / cells",
    "withheld_unrated_keha_rating": "update mart.fct_keha_rating set s_own = 1 where s_own is null",
    "withheld_unrated_shortage_score": "update mart.fct_shortage_score set shortage_score = 1",
    "withheld_unrated_rating_comparison": "update mart.fct_rating_comparison set ratings = 1",
    "withheld_unrated_cause_indicator": "update mart.fct_cause_indicator set labour_scarcity = -1",
}
"""Check -> a change of the mart that it must notice. In this world all are published as balanced: G8 fails as it is."""


def test_the_gates_notice_a_broken_rating(world: RatedWorld) -> None:
    assert {check.name for check in rating_checks()} == set(CHANGES)
    with duckdb.connect(str(world.warehouse)) as connection:
        sound = {result.check_name: result for result in judge(connection, rating_checks())}
        assert {name for name, result in sound.items() if not result.is_passed} == {"rating_recomputed"}
        assert sound["rating_recomputed"].severity is Severity.WARN
        connection.begin()
        for change in filter(None, CHANGES.values()):
            assert connection.execute(change).fetchall() != [(0,)]
        broken = judge(connection, rating_checks())
        connection.rollback()
    assert [result.check_name for result in broken if result.is_passed or result.has_raised] == []


@pytest.mark.parametrize(
    ("table", "numbers"),
    [
        ("fct_keha_rating", ["s_own", "k_own", "state_own", "degree_own", "near_cutoff"]),
        (
            "fct_shortage_score",
            ["shortage_score", "shortage_rank", "rank_lo", *(f"{name}_score" for name in COMPONENTS)],
        ),
        ("fct_rating_comparison", ["agreement_share", "keha_state", "uwv_class", "ba_class", "four_way_class"]),
    ],
)
def test_a_cell_with_a_withheld_count_is_rated_by_nothing(world: RatedWorld, table: str, numbers: list[str]) -> None:
    hidden = world.cells.filter(pl.col("shown_u").is_null() | pl.col("shown_v").is_null())
    rows = world.frame(f"select {', '.join(KEY + numbers)} from mart.{table}").join(hidden, on=KEY)
    assert rows.height == hidden.height > 100
    assert rows.select(pl.col(numbers).is_not_null().sum()).row(0) == (0,) * len(numbers)


def test_every_cutoff_lies_in_the_interval_that_pins_it(world: RatedWorld) -> None:
    cutoffs = world.frame("select * from mart.ref_keha_cutoff")
    assert cutoffs.height == 6
    assert ((cutoffs["pinned_lo"] <= cutoffs["cutoff"]) & (cutoffs["cutoff"] <= cutoffs["pinned_hi"])).all()

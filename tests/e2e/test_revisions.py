"""Vintage after vintage: what changed is listed by its kind, and what the source no longer shows is kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from staged_warehouse import StagedWarehouse

from assets.classification import SEEDS

REWRITTEN = ("MK06", "MK07", "MK08", "MK10", "MK11", "MK12", "MK13", "MK14", "MK15")
"""Regions that a municipality left or joined in 2021 (statfin contract, section 9, 6)."""

LEVELS = {"kokomaa": "country", "maakunta": "region", "seutukunta": "subregion", "kunta": "municipality"}
CONTENTS = {"Tyottomat": "TYOTTOMATLOPUSSA", "Avoimet_tyopaikat": "AVPAIKATLOPUSSA", "Tyovoima": "TYOVOIMATK"}


def folder_of(root: Path, select: str, *, map_text: str, updated: str, kind: str = "recorded") -> Path:
    """A folder for the replay server that holds 12r5 as the rows of `select` (Alue, Kuukausi, Tiedot, value)."""
    (root / "statfin").mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(f"copy ({select}) to '{root}/statfin/tyonv_12r5_made.parquet' (format parquet)")
    about = {"kind": kind, "map": map_text, "updated": {"12r5": updated}}
    (root / "statfin" / "dataset.json").write_text(json.dumps(about), "utf-8")
    return root


def vintage_2020(recordings: Path) -> str:
    """The vintage of autumn 2020 in the shape of 12r5: its names of areas turned into codes."""
    parts = []
    for name, level in LEVELS.items():
        file = recordings / "statfin" / "vintage2020" / f"vintage2020_1001_{name}.parquet"
        label = "'KOKO MAA'" if level == "country" else name
        for column, content in CONTENTS.items():
            parts.append(
                f"select '{level}' as level, {label} as label, Kuukausi, '{content}' as Tiedot, {column} as value "
                f"from read_parquet('{file}')"
            )
    return f"""
        select areas.area_code as Alue, Kuukausi, Tiedot, value::integer as value
        from ({" union all ".join(parts)}) as named
        left join read_csv('{SEEDS}/area.csv', all_varchar = true) as areas
            on named.level = areas.area_level and named.label = areas.area_name_fi
        order by Alue != 'SSS', Alue, Kuukausi, Tiedot
    """


def newer_extract(recordings: Path, *, where: str) -> str:
    return f"""
        select Alue, Kuukausi, Tiedot, value
        from read_parquet('{recordings}/statfin/tyonv_12r5_all_areas_2006M01-2022M10.parquet') where {where}
    """


@pytest.fixture(scope="module")
def old(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The vintage of 2020, landed."""
    root = tmp_path_factory.mktemp("vintage2020")
    folder = folder_of(root, vintage_2020(recordings), map_text="Alue 2020", updated="2020-11-24T06:00:00+00:00")
    warehouse = StagedWarehouse(root / "warehouse")
    vintage = warehouse.pull(folder, "12r5")["12r5"]
    return warehouse.landed / "statfin" / "12r5" / vintage.vintage_id


def succeeded_by(old: Path, root: Path, recordings: Path, *, where: str) -> StagedWarehouse:
    """A warehouse of the vintage of 2020 and, after it, the recorded extract as far as `where` lets it through."""
    warehouse = StagedWarehouse(root / "warehouse")
    shutil.copytree(old, warehouse.landed / "statfin" / "12r5" / old.name)
    select = newer_extract(recordings, where=where)
    folder = folder_of(root / "new", select, map_text="Alue 2023", updated="2022-11-22T06:00:00+00:00")
    warehouse.pull(folder, "12r5")
    return warehouse


@pytest.fixture(scope="module")
def real(old: Path, recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The vintage of 2020 and the whole recorded extract after it."""
    warehouse = succeeded_by(old, tmp_path_factory.mktemp("real"), recordings, where="true")
    with duckdb.connect(str(warehouse.build("fct_revision", "int_sum_area_tiles")), read_only=True) as connection:
        yield connection


def test_the_country_of_2020_was_never_revised(real: duckdb.DuckDBPyConnection) -> None:
    compared = real.execute("""
        select count(*) from staging.stg_statfin__vintage_periods where table_id = '12r5' and vintage_number = 1
    """).fetchall()
    assert compared == [(178,)]
    assert (
        real.execute("""
        select revision_kind, count(*) from mart.fct_revision
        where area_code = 'SSS' and measure != 'all' and revision_kind not in ('added', 'dropped') group by all
    """).fetchall()
        == []
    )
    assert real.execute("select count(*) from mart.fct_revision where revision_kind = 'revision'").fetchall() == [(0,)]


def test_nine_regions_of_2020_are_rewritten_as_a_change_of_division(real: duckdb.DuckDBPyConnection) -> None:
    rows = real.execute("""
        select area_code, measure, revision_kind, count(distinct period) from mart.fct_revision
        where area_code like 'MK%' and measure in ('unemployed', 'vacancies') group by all order by all
    """).fetchall()
    months = {(region, "vacancies"): 177 for region in REWRITTEN if region == "MK11"}
    assert rows == [
        (region, measure, "division_change", months.get((region, measure), 178))
        for region in REWRITTEN
        for measure in ("unemployed", "vacancies")
    ]
    assert real.execute("""
        select value_before, reason_before, value_after, revision from mart.fct_revision
        where area_code = 'MK12' and period = date '2006-01-01' and measure = 'unemployed'
    """).fetchall() == [(12760, "ok", 12972, 212)]


def test_months_that_came_with_the_newer_extract_are_one_row_each(real: duckdb.DuckDBPyConnection) -> None:
    assert real.execute("""
        select revision_kind, min(period), max(period), count(*), min(cells) from mart.fct_revision
        where measure = 'all' group by all
    """).fetchall() == [("added", date(2020, 11, 1), date(2022, 10, 1), 24, 414)]


def test_no_move_of_one_to_four_can_be_solved(real: duckdb.DuckDBPyConnection) -> None:
    """Where a change of the month and measure was 1 to 4, or withheld on one side, none of them is told."""
    told, leaking = real.execute("""
        with changes as (
            select *, coalesce(abs(value_after - value_before) between 1 and 4, true) as is_small
            from staging.stg_statfin__changes
            where reason_before != 'not_in_source' and reason_after != 'not_in_source' and area_code != 'SSS'
        )
        select
            count(*) filter (revisions.revision is not null),
            count(*) filter (
                revisions.revision is not null
                and (changes.period, changes.measure) in (select (period, measure) from changes where is_small)
            )
        from changes
        inner join mart.fct_revision as revisions using (table_id, vintage_after, period, area_code, measure)
        where revisions.revision_kind = 'division_change'
    """).fetchall()[0]
    assert told > 1000
    assert leaking == 0


def test_sums_of_areas_agree_with_what_the_source_prints(real: duckdb.DuckDBPyConnection) -> None:
    """Each ELY lies within the bounds of its municipalities in every month; each development centre is its regions."""
    printed, outside = real.execute("""
        with parts as (
            select members.area_code, stocks.period, measure, reason, value
            from ref.area_municipality as members
            inner join intermediate.int_nest_areas as nested
                on members.municipality_area_code in (nested.area_code, nested.successor_area_code)
            inner join (
                select period, area_code, 'unemployed' as measure, unemployed as value, unemployed_reason as reason
                from staging.stg_statfin__area_stocks
                union all
                select period, area_code, 'vacancies', vacancies, vacancies_reason from staging.stg_statfin__area_stocks
            ) as stocks on nested.area_code = stocks.area_code
            where members.area_level = 'ely'
        ),
        bounds as (
            select
                area_code, period, measure,
                sum(if(reason = 'ok', value, 1)) as lo,
                sum(if(reason = 'ok', value, 4)) as hi
            from parts group by all
        )
        select count(*), count(*) filter (if(measure = 'vacancies', vacancies, unemployed) not between lo and hi)
        from bounds inner join staging.stg_statfin__area_stocks using (area_code, period)
    """).fetchall()[0]
    assert (printed, outside) == (16 * 202 * 2, 0)
    centres, unequal = real.execute("""
        with regions as (
            select
                centres.area_code, stocks.period,
                sum(stocks.unemployed) as unemployed,
                sum(stocks.vacancies) as vacancies
            from (
                select distinct centres.area_code, regions.area_code as region_code
                from ref.area_municipality as centres
                inner join ref.area_municipality as regions using (municipality_area_code)
                where centres.area_level = 'development_centre' and regions.area_level = 'region'
                    and regions.area_code != 'MK21'
            ) as centres
            inner join staging.stg_statfin__area_stocks as stocks on centres.region_code = stocks.area_code
            group by all
        )
        select count(*), count(*) filter ((sums.unemployed, sums.vacancies) != (regions.unemployed, regions.vacancies))
        from regions inner join intermediate.int_sum_area_tiles as sums using (area_code, period)
    """).fetchall()[0]
    assert (centres, unequal) == (10 * 202, 0)


def test_months_of_an_older_division_still_give_areas_of_today(
    old: Path, recordings: Path, real: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """The source drops 2006-2014, which then stand on the division of 2020: sums over areas of today stay the same."""
    warehouse = succeeded_by(old, tmp_path, recordings, where="Kuukausi >= '2015M01'")
    warehouse.build("int_sum_area_tiles", "fct_revision")
    whole = real.execute(
        "select area_code, period, unemployed_lo, unemployed_hi from intermediate.int_sum_area_tiles"
    ).arrow()
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        assert connection.execute("""
            select division_year, is_dropped_by_source, is_on_borders_of_today, min(period), max(period), count(*)
            from staging.stg_statfin__vintages group by all order by all
        """).fetchall() == [
            (2020, True, False, date(2006, 1, 1), date(2014, 12, 1), 108),
            (2023, False, True, date(2015, 1, 1), date(2022, 10, 1), 94),
        ]
        assert connection.execute("""
            select revision_kind, min(period), max(period), count(*) from mart.fct_revision where measure = 'all'
            group by all order by all
        """).fetchall() == [
            ("added", date(2020, 11, 1), date(2022, 10, 1), 24),
            ("dropped", date(2006, 1, 1), date(2014, 12, 1), 108),
        ]
        connection.register("whole", whole)
        areas, exact, apart = connection.execute("""
            select
                count(distinct area_code),
                count(*) filter (sums.unemployed is not null),
                count(*) filter (sums.unemployed_lo > whole.unemployed_hi or sums.unemployed_hi < whole.unemployed_lo)
            from intermediate.int_sum_area_tiles as sums inner join whole using (area_code, period)
            where period < date '2015-01-01'
        """).fetchall()[0]
    assert (areas, apart) == (46 + 10 + 23 + 5, 0)
    assert exact > 0.9 * areas * 108


MONTHS = 12
"""Months of the sample: August to July."""


@pytest.fixture(scope="module")
def made(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sample; then a release without its first month, in which one past value changed, one was withheld and one
    shown; then a new division, in which a municipality merged."""
    root = tmp_path_factory.mktemp("made")
    warehouse = StagedWarehouse(root / "warehouse")
    warehouse.pull(sample, "12r5", "12ti")
    (file,) = (sample / "statfin").glob("*_12r5_*.parquet")
    changed = f"""
        with data as (from read_parquet('{file}')),
        cells as (
            select Alue, value, Kuukausi from data
            where Tiedot = 'AVPAIKATLOPUSSA' and Kuukausi = '2026M01' and Alue like 'KU%'
                and Alue not in ('KU561', 'KU050')
        ),
        shown as (select min(Alue) as Alue from cells where value >= 5),
        blank as (select min(Alue) as Alue from cells where value is null)
        select Alue, Kuukausi, Tiedot, case
            when Tiedot != 'AVPAIKATLOPUSSA' or Kuukausi != '2026M01' then value
            when Alue = 'MK01' then value + 7
            when Alue = (select Alue from shown) then null
            when Alue = (select Alue from blank) then 6
            else value
        end as value
        from data where Kuukausi != '2025M08'
    """
    folder = folder_of(
        root / "changed", changed, map_text="Alue 2026", updated="2026-09-22T05:00:00+00:00", kind="synthetic"
    )
    warehouse.pull(folder, "12r5")
    warehouse.pull(folder, "12r5", scenarios=("municipality-merged",))
    with duckdb.connect(str(warehouse.build("fct_revision", "stg_statfin__area_stocks")), read_only=True) as connection:
        yield connection


def test_each_kind_of_change_is_told_once(made: duckdb.DuckDBPyConnection) -> None:
    rows = made.execute("""
        select period, area_code[:2], measure, revision_kind, reason_before, reason_after, revision, cells
        from mart.fct_revision
        where measure != 'all' and vintage_after in (
            select vintage_id from staging.stg_statfin__vintage_periods where vintage_number = 2
        )
        order by all
    """).fetchall()
    january = date(2026, 1, 1)
    assert rows == [
        (january, "KU", "vacancies", "suppression_change", "suppressed_secondary", "suppressed_source", None, 1),
        (january, "KU", "vacancies", "suppression_change", "suppressed_source", "ok", None, 1),
        (january, "MK", "vacancies", "revision", "ok", "ok", 7, 1),
    ]
    assert made.execute("""
        select period, measure, revision_kind, reason_before, reason_after, cells from mart.fct_revision
        where measure = 'all'
    """).fetchall() == [(date(2025, 8, 1), "all", "dropped", "not_applicable", "not_in_source", 421)]


def test_a_merger_is_a_change_of_division_and_leaves_the_country_alone(made: duckdb.DuckDBPyConnection) -> None:
    kinds = made.execute("""
        select revision_kind, count(distinct period), list(distinct area_code order by area_code)
        from mart.fct_revision where vintage_after = (select max_by(vintage_id, vintage_number)
            from staging.stg_statfin__vintage_periods where table_id = '12r5')
        group by all order by all
    """).fetchall()
    assert [kind for kind, _, _ in kinds] == ["division_change", "dropped"]
    _, months, areas = kinds[0]
    assert months == MONTHS - 1
    assert "KU050" in areas
    assert "SSS" not in areas


def test_staging_shows_one_division_and_the_dropped_month_beside_it(made: duckdb.DuckDBPyConnection) -> None:
    assert made.execute("""
        select is_dropped_by_source, division_year, count(*), count(distinct vintage_id)
        from staging.stg_statfin__vintages where table_id = '12r5' group by all order by all
    """).fetchall() == [(False, 2027, MONTHS - 1, 1), (True, 2026, 1, 1)]
    assert made.execute("""
        select
            is_dropped_by_source,
            count(distinct period),
            count(known_to),
            count(*) filter (area_code = 'KU561')
        from staging.stg_statfin__area_stocks group by all order by all
    """).fetchall() == [(False, MONTHS - 1, 0, 0), (True, 1, 0, 1)]


def test_a_cell_is_known_since_it_last_changed(sample: Path, tmp_path: Path) -> None:
    """Two releases on one division, the second with another value for one region: only that cell is younger."""
    warehouse = StagedWarehouse(tmp_path / "warehouse")
    first = warehouse.pull(sample, "12r5")["12r5"]
    (file,) = (sample / "statfin").glob("*_12r5_*.parquet")
    is_changed = "Alue = 'MK01' and Kuukausi = '2026M01' and Tiedot = 'AVPAIKATLOPUSSA'"
    select = f"select * replace (value + if({is_changed}, 7, 0) as value) from read_parquet('{file}')"
    folder = folder_of(
        tmp_path / "new", select, map_text="Alue 2026", updated="2026-09-22T05:00:00+00:00", kind="synthetic"
    )
    second = warehouse.pull(folder, "12r5")["12r5"]
    with duckdb.connect(str(warehouse.build("stg_statfin__area_stocks")), read_only=True) as connection:
        found = connection.execute("""
            select known_from, count(*), min(area_code), min(period) filter (area_code = 'MK01')
            from staging.stg_statfin__area_stocks group by all order by known_from
        """).fetchall()
    assert [row[0] for row in found] == [v.source_updated_at.replace(tzinfo=None) for v in (first, second)]
    assert found[1][1:] == (1, "MK01", date(2026, 1, 1))

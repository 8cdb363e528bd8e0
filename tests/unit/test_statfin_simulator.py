"""The sample has real codes, plausible sizes, and the arithmetic that the real tables keep (contract statfin, 9)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.classification import SEEDS
from sources.statfin.simulator import read_codes, write_sample

MONTHS = 12  # of the sample that every test may ask for
MORE = ("12tu", "12tv", "12tw", "12ta", "12te", "12tk", "12tn", "115s", "115q", "11ra")


@pytest.fixture(scope="module")
def tables(sample: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """`occupation` (12ti), `area` (12r5), `survey_vacancies` (11n1), `survey_unemployed` (137i), `member`, and more."""
    root = sample / "statfin"
    with duckdb.connect() as connection:
        for name, pattern in (
            ("occupation", "*_12ti_*.parquet"),
            ("area", "*_12r5_*.parquet"),
            ("survey_vacancies", "*_11n1_*.csv"),
            ("survey_unemployed", "*_137i_*.csv"),
            ("survey_kinds", "*_11l1_*.csv"),
            *((f"t{table}", f"*_{table}_*.parquet") for table in MORE),
        ):
            connection.execute(f"create view {name} as from '{next(root.glob(pattern))}'")
        connection.execute(f"create view member as from read_csv('{SEEDS}/area_municipality.csv', all_varchar = true)")
        yield connection


def ask(tables: duckdb.DuckDBPyConnection, question: str) -> list[tuple[Any, ...]]:
    return tables.execute(question).fetchall()


def one(tables: duckdb.DuckDBPyConnection, question: str) -> float:
    value: float = ask(tables, question)[0][0]
    return value


def test_the_same_seed_gives_the_same_files_and_another_seed_others(tmp_path: Path) -> None:
    def written(name: str, seed: int) -> dict[str, bytes]:
        write_sample(tmp_path / name, seeds=SEEDS, seed=seed, months=5)
        return {path.name: path.read_bytes() for path in (tmp_path / name / "statfin").rglob("*.*") if path.is_file()}

    first, again, other = written("first", 1), written("again", 1), written("other", 2)
    assert first == again
    changed = {name for name in first if first[name] != other[name]}
    assert changed == {name for name in first if "SYNTHETIC" in name} | {"dataset.json"}


def test_months_without_a_whole_quarter_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hold no whole quarter"):
        write_sample(tmp_path, seeds=SEEDS, months=2, last_month="2026-05")
    assert not list(tmp_path.iterdir())


def test_it_says_that_it_is_synthetic(sample: Path) -> None:
    about = json.loads((sample / "statfin" / "dataset.json").read_text("utf-8"))
    assert about["kind"] == "synthetic"
    assert about["title"].startswith("SYNTHETIC")
    assert about["updated"]["12ti"] == "2026-08-21T05:00:00Z"


def test_codes_are_those_of_the_tables_of_2026() -> None:
    codes = read_codes(SEEDS)
    by_level = {
        prefix: [a.code for a in codes.areas if a.code.startswith(prefix)] for prefix in ("KU", "MK", "SK", "ELY")
    }
    assert {prefix: len(found) for prefix, found in by_level.items()} == {"KU": 310, "MK": 21, "SK": 71, "ELY": 18}
    assert len(codes.areas) == 421
    assert len(codes.occupations) == 434
    assert by_level["MK"][-2:] == ["MK91", "MKJO"]
    assert by_level["KU"][by_level["KU"].index("KUJOU") - 1] == "KU171"  # after Joroinen
    assert codes.occupations[0].fi == "SSS Yhteensä"
    assert [o.code for o in codes.occupations].count("0110") == 1
    assert len(codes.municipalities) == 308


def test_the_order_of_codes_is_that_of_the_api(recordings: Path) -> None:
    codes = read_codes(SEEDS)
    for name, ours in (
        ("tyonv_alue_2026_codes_in_api_order.csv", codes.areas),
        ("tyonv_ammattiryhma_434_codes_in_api_order.csv", codes.occupations),
    ):
        with (recordings / "statfin" / "labels" / name).open(encoding="utf-8", newline="") as stream:
            assert [row["code"] for row in csv.DictReader(stream)] == [named.code for named in ours]


def test_size_is_22_areas_by_434_occupations_and_421_areas(tables: duckdb.DuckDBPyConnection) -> None:
    assert one(tables, "select count(*) from occupation") == 22 * 434 * MONTHS * 2
    assert one(tables, "select count(*) from area") == 421 * MONTHS * 7


def test_magnitudes_are_those_of_finland(tables: duckdb.DuckDBPyConnection) -> None:
    country = "from area where Alue = 'SSS' and Tiedot ="
    assert 260_000 < one(tables, f"select avg(value) {country} 'TYOTTOMATLOPUSSA'") < 380_000
    assert 25_000 < one(tables, f"select avg(value) {country} 'AVPAIKATLOPUSSA'") < 60_000
    assert 2_600_000 < one(tables, f"select avg(value) {country} 'TYOVOIMATK'") < 2_900_000
    largest = ask(tables, "select arg_max(Alue, value) from area where Alue like 'KU%' and Tiedot = 'TYOVOIMATK'")
    assert largest == [("KU091",)]
    in_no_region = one(
        tables,
        """
        select avg(1 - regions / country) from (
            select Kuukausi,
                sum(value) filter (Alue = 'SSS') as country,
                sum(value) filter (Alue like 'MK__' and Alue not in ('MK91', 'MKJO')) as regions,
            from area where Tiedot = 'AVPAIKATLOPUSSA' group by all
        )
        """,
    )
    assert 0.2 < in_no_region < 0.35


def test_counts_from_1_to_4_are_hidden_everywhere_and_only_they(tables: duckdb.DuckDBPyConnection) -> None:
    shown = "value between 1 and 4"
    assert one(tables, f"select count(*) from occupation where {shown}") == 0
    assert one(tables, f"select count(*) from area where {shown} and Tiedot <> 'TYOTOSUUS'") == 0
    hidden = "select avg((value is null)::int) from occupation where Ammattiryhma <> 'SSS' and Alue"
    assert 0.1 < one(tables, f"{hidden} like 'MK__'") < 0.4
    assert 0.02 < one(tables, f"{hidden} = 'SSS'") < 0.25
    assert one(tables, "select count(*) from area where value is null and Tiedot = 'TYOVOIMATK'") == 0


def test_what_is_hidden_adds_up_to_1_to_4_a_cell(tables: duckdb.DuckDBPyConnection) -> None:
    """The published total less the visible occupations, shared among the hidden ones (gate G2)."""
    odd = ask(
        tables,
        """
        select * from (
            select Alue, Kuukausi, Tiedot,
                max(value) filter (Ammattiryhma = 'SSS') as total,
                sum(value) filter (Ammattiryhma <> 'SSS') as visible,
                count(*) filter (value is null) as hidden,
            from occupation group by all
        )
        where total is not null and total - coalesce(visible, 0) not between hidden and 4 * hidden
        """,
    )
    assert odd == []


def test_the_occupation_total_is_the_area_table_everywhere(tables: duckdb.DuckDBPyConnection) -> None:
    both = "from occupation o join area a using (Alue, Kuukausi, Tiedot) where Ammattiryhma = 'SSS'"
    assert one(tables, f"select count(*) {both}") == 22 * MONTHS * 2
    assert one(tables, f"select count(*) {both} and o.value is distinct from a.value") == 0


@pytest.mark.parametrize("level", ["subregion", "region", "ely"])
def test_areas_are_the_sum_of_their_municipalities(tables: duckdb.DuckDBPyConnection, level: str) -> None:
    rows = ask(
        tables,
        f"""
        with part as (
            select area_code as Alue, Kuukausi, Tiedot,
                coalesce(sum(value), 0) as parts, count(*) filter (value is null) as hidden,
            from area join member on municipality_area_code = Alue where area_level = '{level}' group by all
        )
        select Tiedot, count(*), count(*) filter (hidden = 0),
            count(*) filter (value is not null and value - parts not between hidden and 4 * hidden),
        from area join part using (Alue, Kuukausi, Tiedot)
        where Tiedot <> 'TYOTOSUUS' group by all
        """,
    )
    assert len(rows) == 6
    for _, compared, exact, wrong in rows:
        assert compared >= 16 * MONTHS
        assert exact
        assert wrong == 0


def test_the_country_is_the_regions_the_residual_rows_and_a_few_in_no_row(tables: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        tables,
        """
        select Tiedot, sum(value) filter (Alue = 'SSS') - sum(value) filter (Alue like 'MK__') as nowhere
        from area where Tiedot <> 'TYOTOSUUS' group by all
        """,
    )
    nowhere = dict[str, float](rows)
    assert nowhere["TYOVOIMATK"] == 0
    assert 0 < nowhere["TYOTTOMATLOPUSSA"] < 400 * MONTHS
    assert 0 < nowhere["AVPAIKATLOPUSSA"] < 800 * MONTHS
    residual = ask(
        tables,
        "select Alue, list(value order by Kuukausi, Tiedot) from area where regexp_matches(Alue, "
        "'JO|KU199|MK91|SK902|ELY80') group by 1",
    )
    unknown = [values for code, values in residual if "JO" not in code]
    flexible = [values for code, values in residual if "JO" in code]
    assert len(unknown) == len(flexible) == 4
    assert all(values == unknown[0] for values in unknown)
    assert all(values == flexible[0] for values in flexible)


def test_the_labour_force_stands_still_within_a_year(tables: duckdb.DuckDBPyConnection) -> None:
    assert ask(
        tables,
        """
        select distinct changes from (
            select count(distinct value) as changes from area
            where Tiedot = 'TYOVOIMATK' group by Alue, left(Kuukausi, 4)
        )
        """,
    ) == [(1,)]


def test_the_percentage_is_rounded_from_the_counts_beside_it(tables: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        tables,
        """
        select count(*), count(share), count(*) filter (abs(share - 100 * unemployed / force) > 0.0501),
            count(*) filter ((share is null) <> (unemployed is null or force = 0))
        from (
            select max(value) filter (Tiedot = 'TYOTOSUUS') as share,
                max(value) filter (Tiedot = 'TYOTTOMATLOPUSSA') as unemployed,
                max(value) filter (Tiedot = 'TYOVOIMATK') as force,
            from area group by Alue, Kuukausi
        )
        """,
    )
    assert rows[0][0] == 421 * MONTHS
    assert rows[0][1] > 400 * MONTHS
    assert rows[0][2:] == (0, 0)


def test_x_codes_hold_a_fifth_of_the_unemployed_and_hardly_any_vacancy(tables: duckdb.DuckDBPyConnection) -> None:
    shares = dict[str, float](
        ask(
            tables,
            """
            select Tiedot, sum(value) filter (Ammattiryhma like 'X%') / sum(value) filter (Ammattiryhma = 'SSS')
            from occupation where Alue = 'SSS' group by all
            """,
        )
    )
    assert 0.17 < shares["TYOTTOMATLOPUSSA"] < 0.23
    assert shares["AVPAIKATLOPUSSA"] < 0.02


def test_surveys_tell_of_the_same_market(tables: duckdb.DuckDBPyConnection) -> None:
    june = "from area where Alue = 'SSS' and Kuukausi = '2026M06' and Tiedot ="
    vacancies = one(tables, "select value from survey_vacancies where Suuralue = 'SSS' and Vuosineljannes = '2026Q2'")
    unemployed = one(tables, "select value from survey_unemployed where Suuralue = 'SSS' and Vuosineljannes = '2026Q2'")
    assert 0.4 < vacancies / one(tables, f"select value {june} 'AVPAIKATLOPUSSA'") < 1.2
    assert 0.6 < 1000 * unemployed / one(tables, f"select value {june} 'TYOTTOMATLOPUSSA'") < 1.1
    parts = "sum(value) filter (Suuralue <> 'SSS') from survey_vacancies group by Vuosineljannes"
    assert all(whole == sum_ for whole, sum_ in ask(tables, f"select max(value) filter (Suuralue = 'SSS'), {parts}"))
    quarters = ask(tables, "select distinct Vuosineljannes from survey_unemployed order by 1")
    assert quarters == [("2025Q4",), ("2026Q1",), ("2026Q2",)]


# ---- the further tables


UNEMPLOYED = "Tiedot = 'TYOTTOMATLOPUSSA'"
COMPARED = 20  # the country and the regions


@pytest.mark.parametrize(
    ("table", "of"),
    [
        ("t12ta", "Tyottomyyden_kesto = 'SSS'"),
        ("t12te", "Koulutusaste = 'SSS' and Tyomarkkina_asema = '2'"),
    ],
)
def test_breakdowns_of_the_unemployed_have_the_register_as_their_total(
    tables: duckdb.DuckDBPyConnection, table: str, of: str
) -> None:
    both = f"""
        from {table} as t join area as a using (Alue, Kuukausi)
        where {of} and a.{UNEMPLOYED} and (Alue = 'SSS' or Alue like 'MK__' and Alue <> 'MKJO')
    """
    assert ask(tables, f"select count(*), count(*) filter (t.value is distinct from a.value) {both}") == [
        (COMPARED * MONTHS, 0)
    ]


@pytest.mark.parametrize(
    ("table", "parts", "within"),
    [
        ("t12ta", "Tyottomyyden_kesto", "Alue, Kuukausi"),
        ("t12te", "Koulutusaste", "Alue, Kuukausi, Tyomarkkina_asema"),
        ("t12te", "Tyomarkkina_asema", "Alue, Kuukausi, Koulutusaste"),
        ("t12tn", "Paattymissyy", "Alue, Kuukausi, Tyottomyyden_kesto"),
        ("t12tu", "Ammattiryhma", "Alue, Kuukausi, Tyomarkkina_asema, Tiedot"),
        ("t12tv", "Sektori", "Alue, Kuukausi, Ammattiryhma, Tyon_kesto"),
        ("t12tk", "Sukupuoli", "Alue, Ikaryhma, Ammattiryhma, Koulutusaste"),
    ],
)
def test_hidden_parts_fill_what_is_missing_of_their_total(
    tables: duckdb.DuckDBPyConnection, table: str, parts: str, within: str
) -> None:
    """1 to 4 each, as the source has it."""
    ((groups, wrong),) = ask(
        tables,
        f"""
        select count(*), count(*) filter (total - coalesce(visible, 0) not between hidden and 4 * hidden) from (
            select max(value) filter ({parts} = 'SSS') as total, sum(value) filter ({parts} <> 'SSS') as visible,
                count(*) filter (value is null and {parts} <> 'SSS') as hidden
            from {table} group by {within}
        ) where total is not null
        """,
    )
    assert groups > 40
    assert wrong == 0


def test_long_term_unemployed_are_those_of_a_year_and_more(tables: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        tables,
        """
        select count(*), count(*) filter (total <> long_term) from (
            select Alue, Kuukausi, sum(value) as total from t12ta
            where Tyottomyyden_kesto in ('06', '07') and Alue in ('SSS', 'MK01')
            group by all
        ) join (
            select Alue, Kuukausi, value as long_term from area where Tiedot = 'PITKAAIKAISTYOTTOMAT'
        ) using (Alue, Kuukausi)
        """,
    )
    assert rows == [(2 * MONTHS, 0)]


def test_who_left_unemployment_explains_the_change_of_the_stock(tables: duckdb.DuckDBPyConnection) -> None:
    """Unemployed of last month, less the ended periods, plus those unemployed for under a month, are this month's."""
    rows = ask(
        tables,
        f"""
        with stock as (
            select Kuukausi, value as unemployed, lag(value) over (order by Kuukausi) as before
            from area where Alue = 'SSS' and {UNEMPLOYED}
        ),
        arrived as (select Kuukausi, value as new from t12ta where Alue = 'SSS' and Tyottomyyden_kesto = '01'),
        gone as (
            select Kuukausi, value as ended from t12tn
            where Alue = 'SSS' and Paattymissyy = 'SSS' and Tyottomyyden_kesto = 'SSS'
        )
        select count(*), count(*) filter (before - ended + new <> unemployed)
        from stock join arrived using (Kuukausi) join gone using (Kuukausi) where before is not null
        """,
    )
    assert rows == [(MONTHS - 1, 0)]


def test_more_people_look_for_work_during_a_month_than_at_its_end(tables: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        tables,
        """
        select count(*), count(*) filter (during.value < stock.value)
        from t12tu as during join occupation as stock using (Alue, Ammattiryhma, Kuukausi)
        where during.Tiedot = 'HAKIJAYHT' and stock.Tiedot = 'TYOTTOMATLOPUSSA' and Tyomarkkina_asema = '2'
            and during.value is not null and stock.value is not null
        """,
    )
    assert rows[0][0] > 5000
    assert rows[0][1] == 0


def test_jobseekers_by_education_are_those_of_the_month(tables: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        tables,
        """
        select count(*), count(*) filter (k.value is distinct from u.value)
        from t12tk as k join t12tu as u using (Alue, Ammattiryhma, Kuukausi, Tiedot)
        where Sukupuoli = 'SSS' and Ikaryhma = 'SSS' and Koulutusaste = 'SSS' and Tyomarkkina_asema = 'SSS'
        """,
    )
    assert rows == [(2 * 434, 0)]


def test_vacancies_by_sector_and_by_industry_are_those_of_the_register(tables: duckdb.DuckDBPyConnection) -> None:
    by_occupation = ask(
        tables,
        """
        select count(*), count(*) filter (v.value is distinct from o.value)
        from t12tv as v join occupation as o using (Alue, Ammattiryhma, Kuukausi, Tiedot)
        where Sektori = 'SSS' and Tyon_kesto = 'SSS'
        """,
    )
    assert by_occupation == [(2 * 434 * 2, 0)]
    by_industry = ask(
        tables,
        """
        select count(*), count(*) filter (w.value is distinct from a.value)
        from t12tw as w join area as a using (Alue, Kuukausi, Tiedot)
        where Toimiala = 'SSS' and Sektori = 'SSS' and Tyon_kesto = 'SSS' and Tiedot = 'AVPAIKATLOPUSSA'
            and (Alue = 'SSS' or Alue like 'MK__' and Alue <> 'MKJO')
        """,
    )
    assert by_industry == [(COMPARED * 2, 0)]


def test_employment_is_the_same_in_both_tables_of_the_census(tables: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        tables,
        """
        select count(*), count(*) filter (by_region <> q.value) from (
            select Ammatti, Sukupuoli, Vuosi, sum(value) as by_region from t115s where Alue <> 'SSS' group by all
        ) join t115q as q using (Ammatti, Sukupuoli, Vuosi)
        where Ammattiasema = 'SS' and Tiedot = 'tyolliset2'
        """,
    )
    assert rows[0][0] > 1000
    assert rows[0][1] == 0
    levels = ask(
        tables,
        """
        select length(Ammatti), sum(value) from t115q
        where Tiedot = 'tyolliset2' and Sukupuoli = 'SSS' and Ammattiasema = 'SS' and Ammatti <> 'SSSSS' group by 1
        """,
    )
    assert len({total for _, total in levels}) == 1  # each level, its unknown included, is everybody


def test_employment_is_of_the_size_of_the_labour_force(tables: duckdb.DuckDBPyConnection) -> None:
    employed = one(
        tables,
        "select value from t115s where Alue = 'SSS' and Ammatti = 'SSSSS' and Sukupuoli = 'SSS' and Vuosi = '2024'",
    )
    assert 2_200_000 < employed < 2_700_000


def test_population_of_every_level_is_that_of_its_municipalities(tables: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        tables,
        """
        select area_level, count(distinct area_code), sum(value) from member join t11ra on Alue = municipality_area_code
        where Tiedot = 'vaesto' and Vuosi = '2025' and area_code in (select Alue from t11ra) group by all
        """,
    )
    country = one(tables, "select value from t11ra where Alue = 'SSS' and Tiedot = 'vaesto' and Vuosi = '2025'")
    whole = {level: total for level, _, total in rows if level != "development_centre"}
    assert set(whole.values()) == {country}
    assert {level: count for level, count, _ in rows}["employment_area"] == 46


def test_the_survey_by_kind_has_the_vacancies_of_the_country(tables: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        tables,
        """
        select count(*), count(*) filter (k.value <> v.value) from survey_kinds as k
        join survey_vacancies as v using (Vuosineljannes, Tiedot) where Suuralue = 'SSS'
        """,
    )
    assert rows == [(3, 0)]


# ---- municipalities by occupation


@pytest.fixture(scope="module")
def municipal(municipal_sample: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """`occupation` (12ti) with municipalities, `area` (12r5), `member`."""
    root = municipal_sample / "statfin"
    with duckdb.connect() as connection:
        for name in ("12ti", "12r5"):
            view = {"12ti": "occupation", "12r5": "area"}[name]
            connection.execute(f"create view {view} as from '{next(root.glob(f'*_{name}_*.parquet'))}'")
        connection.execute(f"create view member as from read_csv('{SEEDS}/area_municipality.csv', all_varchar = true)")
        yield connection


def test_municipalities_are_there_in_the_last_months_alone(municipal: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        municipal,
        """
        select Alue like 'KU%', count(distinct Alue), count(distinct Kuukausi), max(Kuukausi), count(*)
        from occupation group by all order by all
        """,
    )
    assert rows == [(False, 22, 12, "2026M07", 22 * 434 * 12 * 2), (True, 310, 2, "2026M07", 310 * 434 * 2 * 2)]


def test_the_total_of_a_municipality_is_that_of_the_area_table(municipal: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        municipal,
        """
        select count(*), count(*) filter (o.value is distinct from a.value)
        from occupation as o join area as a using (Alue, Kuukausi, Tiedot)
        where Ammattiryhma = 'SSS' and Alue like 'KU%'
        """,
    )
    assert rows == [(310 * 2 * 2, 0)]


def test_municipalities_add_up_to_the_occupations_of_their_region(municipal: duckdb.DuckDBPyConnection) -> None:
    """Where the region is visible: within what 1 to 4 in each withheld municipality allow."""
    rows = ask(
        municipal,
        """
        with sums as (
            select area_code, Ammattiryhma, Kuukausi, Tiedot,
                sum(coalesce(value, 1)) as low, sum(coalesce(value, 4)) as high
            from occupation join member on Alue = municipality_area_code where area_level = 'region' group by all
        )
        select count(*) > 20000, count(*) filter (value not between low and high)
        from sums join occupation as o using (Ammattiryhma, Kuukausi, Tiedot)
        where o.Alue = sums.area_code and value is not null
        """,
    )
    assert rows == [(True, 0)]


def test_the_sample_without_municipalities_has_the_same_numbers(
    municipal: duckdb.DuckDBPyConnection, sample: Path
) -> None:
    path = next((sample / "statfin").glob("*_12ti_*.parquet"))
    rows = ask(
        municipal,
        f"""
        select count(*), count(*) filter (a.value is distinct from b.value)
        from occupation as a join '{path}' as b using (Alue, Ammattiryhma, Kuukausi, Tiedot)
        """,
    )
    assert rows == [(22 * 434 * 12 * 2, 0)]

"""StatFin's further tables in staging: every landed row of the newest vintage, in the mart's codes and words.

The numbers are the sample's, pulled from a replay server; what the source may do later is written into landed files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import yaml
from staged_warehouse import PROJECT, SOURCE, StagedWarehouse

MODELS = {
    "12ti_municipalities": "stg_statfin__municipality_occupation_stocks",
    "12tu": "stg_statfin__occupation_flows",
    "12tv": "stg_statfin__sector_vacancies",
    "12tw": "stg_statfin__industry_vacancies",
    "12ta": "stg_statfin__unemployment_durations",
    "12te": "stg_statfin__education_jobseekers",
    "12tk": "stg_statfin__occupation_education_jobseekers",
    "12tn": "stg_statfin__ended_unemployment_periods",
    "11l1": "stg_statfin__survey_vacancy_kinds",
    "115s": "stg_statfin__region_employed",
    "115q": "stg_statfin__country_employed",
    "11ra": "stg_statfin__populations",
}
VALUES = {
    "12ti_municipalities": {"tyottomatlopussa": "unemployed", "avpaikatlopussa": "vacancies"},
    "12tu": {"hakijayht": "jobseekers_in_month", "avpaikatyht": "vacancies_in_month"},
    "12tv": {"avpaikatlopussa": "vacancies"},
    "12tw": {"avpaikatlopussa": "vacancies", "atpavgjatkestot": "mean_vacancy_age_days"},
    "12ta": {"tyottomatlopussa": "unemployed"},
    "12te": {"hakijalopussa": "jobseekers"},
    "12tk": {"hakijayht": "jobseekers_in_month"},
    "12tn": {"paattyneettyottjaksot": "ended_unemployment_periods"},
    "11l1": {
        "atp_lkm": "vacancies",
        "atp_eihoit": "unoccupied_vacancies",
        "atp_osa": "part_time_vacancies",
        "atp_maar": "fixed_term_vacancies",
        "atp_vaik": "hard_to_fill_vacancies",
    },
    "115s": {"tyolliset2": "employed"},
    "115q": {"tyolliset2": "employed"},
    "11ra": {"vaesto": "population"},
}
STRANGE = {
    "12tu": "occupation_code = '2599' where occupation_code = '2512'",
    "12tv": "occupation_code = '2599' where occupation_code = '2512'",
    "12ta": "tyottomatlopussa = null, tyottomatlopussa_symbol = '*' where area_code = 'SSS'",
}
"""What a later release holds that nobody knows."""

REASONS = {"...": "suppressed_source", "..": "not_in_source", ".": "not_applicable", None: "ok"}
TABLES = pytest.mark.parametrize("table", MODELS)


@dataclass(frozen=True)
class Staged:
    """What dbt made of `landed`, and what its tests say of it."""

    landed: Path
    connection: duckdb.DuckDBPyConnection
    checked: dict[str, str]

    def ask(self, question: str) -> list[tuple[object, ...]]:
        """Rows; {model[table]} and {landed[table]} in the question stand for what is staged and landed."""
        names = {
            table: f"read_parquet('{self.landed}/statfin/{table}/*/data.parquet', union_by_name = true)"
            for table in MODELS
        }
        models = {table: f"staging.{model}" for table, model in MODELS.items()}
        return self.connection.execute(question.format(model=models, landed=names)).fetchall()


def staged(warehouse: StagedWarehouse) -> Iterator[Staged]:
    models = (*MODELS.values(), "area", "occupation")
    database = warehouse.build(*models)
    checked = warehouse.check(*models)
    with duckdb.connect(str(database), read_only=True) as connection:
        yield Staged(warehouse.landed, connection, checked)


@pytest.fixture(scope="module")
def sample(municipal_sample: Path) -> Path:
    """Every table needs municipalities."""
    return municipal_sample


@pytest.fixture(scope="module")
def pulled(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> StagedWarehouse:
    warehouse = StagedWarehouse(tmp_path_factory.mktemp("pulled"))
    warehouse.pull(sample, *MODELS)
    return warehouse


@pytest.fixture(scope="module")
def made(pulled: StagedWarehouse) -> Iterator[Staged]:
    """The sample as it is."""
    yield from staged(pulled)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    """No table was ever pulled: typed files without a row."""
    yield from staged(StagedWarehouse(tmp_path_factory.mktemp("empty")))


@pytest.fixture(scope="module")
def later(pulled: StagedWarehouse, made: Staged, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    """A second release of every table, a day later: a period of the year before is gone, the newest has other numbers.
    In all periods 12tu and 12tv have an occupation, and 12ta a symbol, that nobody knows."""
    warehouse = StagedWarehouse(tmp_path_factory.mktemp("later"))
    for table, values in VALUES.items():
        content = list(values)[-1]
        folder = warehouse.landed / "statfin" / table
        (folder / "none" / "data.parquet").unlink()
        for name in ("first", "second"):
            (folder / name).mkdir()
        with duckdb.connect() as connection:
            source = f"read_parquet('{pulled.landed}/statfin/{table}/*/data.parquet', union_by_name = true)"
            connection.execute(f"create table landed as from {source}")
            connection.execute("update landed set vintage_id = 'first'")
            connection.execute("""
                insert into landed select * replace ((period - interval 1 year)::date as period) from landed
                where period = (select min(period) from landed)
            """)
            connection.execute(f"copy landed to '{folder}/first/data.parquet'")
            connection.execute("delete from landed where period = (select min(period) from landed)")
            connection.execute(f"""
                update landed set vintage_id = 'second', source_updated_at = source_updated_at + interval 1 day,
                    {content} = if(period = (select max(period) from landed), {content} + 1, {content})
            """)
            if table in STRANGE:
                connection.execute(f"update landed set {STRANGE[table]}")
            connection.execute(f"copy landed to '{folder}/second/data.parquet'")
    yield from staged(warehouse)


def test_dbt_knows_every_table_that_is_pulled() -> None:
    (source,) = yaml.safe_load((PROJECT / "models" / "staging" / "_sources.yml").read_text())["sources"]
    keys = {table["name"]: table["config"]["meta"]["dagster"]["asset_key"] for table in source["tables"]}
    assert keys == {table: [f"raw_statfin__{table}"] for table in SOURCE.tables}
    assert set(MODELS) == {table for table, request in SOURCE.tables.items() if not request.required}


@TABLES
def test_a_model_has_the_key_and_the_contents_of_its_table(made: Staged, table: str) -> None:
    request = SOURCE.tables[table]
    (model,) = yaml.safe_load((PROJECT / "models" / "staging" / f"{MODELS[table]}.yml").read_text())["models"]
    assert set(model["config"]["meta"]["primary_key"]) == set(request.key_columns)
    assert list(VALUES[table]) == [code.lower() for code in request.contents]
    values = [name for value in VALUES[table].values() for name in (value, f"{value}_reason")]
    key = ["period", *(column for column in request.key_columns if column != "period")]
    columns = [column for column, *_ in made.ask(f"describe {{model[{table}]}}")]
    assert columns == [*key, *values, "known_from", "known_to", "is_dropped_by_source"]
    assert [column["name"] for column in model["columns"]] == columns


@TABLES
def test_every_landed_row_survives_with_its_value_and_its_reason(made: Staged, table: str) -> None:
    assert made.ask(f"select count(*) > 0 from {{landed[{table}]}}") == [(True,)]
    for content, value in VALUES[table].items():
        landed = made.ask(f"""
            select period, {content}_symbol, count(*), count({content}), round(sum({content}), 6)
            from {{landed[{table}]}} group by all
        """)
        found = made.ask(f"""
            select period, {value}_reason, count(*), count({value}), round(sum({value}), 6)
            from {{model[{table}]}} group by all
        """)
        expected = {(period, REASONS[symbol]): tuple(rest) for period, symbol, *rest in landed}  # type: ignore[index]
        assert {(period, reason): tuple(rest) for period, reason, *rest in found} == expected


def test_withheld_counts_are_told_from_those_that_are_there(made: Staged) -> None:
    rows = made.ask("""
        select vacancies_in_month_reason, bool_and(vacancies_in_month is null), count(*) > 0 from {model[12tu]}
        group by all order by all
    """)
    assert rows == [("ok", False, True), ("suppressed_source", True, True)]


@TABLES
def test_codes_are_those_of_the_mart(made: Staged, table: str) -> None:
    columns = [column for column in SOURCE.tables[table].key_columns if column != "period"]
    for column in columns:
        codes = {code for (code,) in made.ask(f"select distinct {column} from {{model[{table}]}}")}
        assert "SSS" in codes
        assert not {code for code in codes if set(str(code)) == {"S"}} - {"SSS", "S"}
    for column, seed in (("area_code", "area"), ("occupation_code", "occupation")):
        if column in columns:
            unknown = f"select distinct {column} from {{model[{table}]}} anti join ref.{seed} using ({column})"
            assert made.ask(unknown) == []


def test_the_whole_is_spelt_alike_in_register_and_census(made: Staged) -> None:
    assert made.ask("select distinct occupation_code from {landed[115q]} where occupation_code like 'S%'") == [
        ("SSSSS",)
    ]
    assert (
        made.ask("""
        select census.employed > max(parts.employed), census.employed >= sum(parts.employed)
        from {model[115q]} as census inner join {model[115q]} as parts using (period)
        where census.occupation_code = 'SSS' and length(parts.occupation_code) = 1
        group by census.period, census.employed
    """)
        == [(True, True)] * 3
    )
    assert made.ask("""
        select count(*) from {model[115s]} inner join {model[115q]} using (period, occupation_code)
        where area_code = 'SSS' and occupation_code = 'SSS'
    """) == [(3,)]
    assert made.ask("select count(*) > 0 from {model[12tu]} where occupation_code like 'X%'") == [(True,)]


def test_a_section_of_industries_is_not_taken_for_the_whole(made: Staged) -> None:
    assert made.ask("""
        select industry_code, count(*) from {model[12tw]} where area_code = 'SSS' and industry_code in ('S', 'SSS')
        group by all order by all
    """) == [("S", 2), ("SSS", 2)]


def test_periods_are_the_first_days_of_month_quarter_and_year(made: Staged) -> None:
    frequencies = {"12ta": "month", "11l1": "quarter", "11ra": "year"}
    for table, frequency in frequencies.items():
        assert made.ask(f"select bool_and(period = date_trunc('{frequency}', period)) from {{model[{table}]}}") == [
            (True,)
        ]


def test_dbt_tests_of_the_sample_pass(made: Staged) -> None:
    assert {name for name, status in made.checked.items() if status != "pass"} == set()
    for model in MODELS.values():
        assert {f"{model}_key_is_unique", f"{model}_reasons_explain_values"} <= set(made.checked)


# ---- a table that is not in the source


@TABLES
def test_a_table_that_was_never_pulled_is_staged_with_its_columns_and_no_row(
    empty: Staged, made: Staged, table: str
) -> None:
    assert empty.ask(f"select count(*) from {{model[{table}]}}") == [(0,)]
    describe = f"describe {{model[{table}]}}"
    assert empty.ask(describe) == made.ask(describe)


def test_dbt_tests_of_nothing_pass(empty: Staged, made: Staged) -> None:
    assert {name for name, status in empty.checked.items() if status != "pass"} == set()
    assert set(empty.checked) == set(made.checked)


# ---- a later vintage


@TABLES
def test_each_period_is_that_of_the_newest_vintage_which_has_it(later: Staged, table: str) -> None:
    newest = later.ask(f"select count(*) from {{landed[{table}]}} where vintage_id = 'second'")
    assert later.ask(f"select count(*) from {{model[{table}]}} where not is_dropped_by_source") == newest
    dropped = f"select distinct period from {{model[{table}]}} where is_dropped_by_source"
    assert later.ask(dropped) == later.ask(f"select min(period) from {{landed[{table}]}}")
    assert later.ask(f"select count(known_to) from {{model[{table}]}}") == [(0,)]


@TABLES
def test_a_period_is_known_since_the_release_that_last_changed_it(later: Staged, table: str) -> None:
    found = later.ask(f"select distinct period, known_from from {{model[{table}]}} order by period")
    releases = later.ask(f"select distinct source_updated_at from {{landed[{table}]}} order by all")
    assert len(found) == len({period for period, _ in found}) > 1
    assert len(releases) == 2
    since = [releases.index((known_from,)) for _, known_from in found]
    assert since == [0, *([int(table in STRANGE)] * (len(found) - 2)), 1]


def test_what_nobody_knows_stops_the_run_or_warns_as_the_policy_of_the_table_says(later: Staged) -> None:
    assert {name: status for name, status in later.checked.items() if status != "pass"} == {
        "stg_statfin__occupation_flows_codes_are_known": "fail",
        "stg_statfin__sector_vacancies_codes_are_known": "warn",
        "stg_statfin__unemployment_durations_reasons_explain_values": "fail",
    }

"""Every table of source.yml from a real server to a judged landing: what is asked for, what lands, what drifts.

The numbers come from the sample and, where there are recordings, from StatFin's own answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import msgspec
import pytest
import requests

from assets.classification import SEEDS, known_codes
from assets.landing.statfin import expectation_of
from quality.landing import judge_landing
from quality.result import CheckResult
from sources.archive import RawArchive
from sources.http import Patience, PoliteSession, RequestRefusedError
from sources.statfin.client import StatFinClient
from sources.statfin.layout import DriftError
from sources.statfin.parse import is_landed, land
from sources.statfin.replay import Limits, ReplayServer
from sources.statfin.schema import Source, load_source
from sources.statfin.simulator import write_sample
from sources.vintage import VintageStore

SOURCE = load_source()
MORE = [table for table, request in SOURCE.tables.items() if not request.required]
GUESSED = [table for table, request in SOURCE.tables.items() if request.unverified]
CONSTANTS = ["vintage_id", "retrieved_at", "source_updated_at", "division"]


class Landing:
    """Pulls a table from `server` and lands it; `said` holds the lines of the pull."""

    def __init__(
        self,
        server: ReplayServer,
        folder: Path,
        *,
        known: Mapping[str, frozenset[str]] | None = None,
        source: Source = SOURCE,
    ) -> None:
        self.server = server
        self.folder = folder
        self.said: list[str] = []
        self.archive = RawArchive(folder / "raw")
        self.client = StatFinClient(
            source,
            session=PoliteSession(patience=Patience(read=5, first_wait=0.01, window=60), sleep=lambda _: None),
            archive=self.archive,
            known=known or known_codes(),
            base_url=server.base_url,
            report=self.said.append,
        )

    def __call__(self, table: str) -> Path:
        vintage, is_new = self.client.pull(table)
        assert is_new
        target = self.folder / table / "data.parquet"
        assert land(vintage, self.archive, SOURCE, target)
        return target

    def judged(self, table: str) -> list[CheckResult]:
        return judge_landing(self(table), expectation_of(table, SOURCE.tables[table]))


@pytest.fixture(scope="module")
def sample(municipal_sample: Path) -> Path:
    """Every table needs municipalities."""
    return municipal_sample


@pytest.fixture
def served(sample: Path, tmp_path: Path) -> Iterator[Landing]:
    with ReplayServer(sample, limits=Limits(max_calls=100_000)) as server:
        yield Landing(server, tmp_path)


@pytest.fixture
def recorded(recordings: Path, tmp_path: Path) -> Iterator[Landing]:
    with ReplayServer(recordings, limits=Limits(max_calls=100_000)) as server:
        yield Landing(server, tmp_path)


def address(landing: Landing, table: str) -> str:
    subject = SOURCE.tables[table].subject
    return f"{landing.server.base_url}/en/StatFin/{subject}/{SOURCE.id_of(table)}.px"


def ask(path: Path, question: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        connection.execute(f"create view landed as from read_parquet('{path}')")
        return connection.execute(question).fetchall()


# ---- landing


@pytest.mark.parametrize("table", MORE)
def test_a_table_lands_in_its_columns_and_keeps_every_promise(served: Landing, table: str) -> None:
    request = SOURCE.tables[table]
    results = served.judged(table)
    assert [result.message for result in results if not result.is_passed] == []
    path = served.folder / table / "data.parquet"
    assert is_landed(path, request)
    columns = [column for column, *_ in ask(path, "describe landed")]
    contents = [code.lower() for code in request.contents]
    values = [name for content in contents for name in (content, f"{content}_symbol")]
    assert columns == [*CONSTANTS, *request.key_columns, *values]


def test_a_table_without_dimensions_has_one_row_a_quarter(served: Landing) -> None:
    rows = ask(served("11l1"), "select count(*), count(distinct period), min(atp_lkm - atp_vaik) from landed")
    assert rows[0][0] == rows[0][1]
    assert rows[0][2] > 0  # type: ignore[operator]


def test_years_land_as_their_first_day(served: Landing) -> None:
    assert ask(served("115s"), "select distinct strftime(period, '%Y-%m-%d') from landed order by all") == [
        ("2022-01-01",),
        ("2023-01-01",),
        ("2024-01-01",),
    ]


def test_of_the_census_only_undotted_codes_to_four_digits_are_pulled(served: Landing) -> None:
    odd = "not regexp_full_match(occupation_code, '[0-9]{1,4}|S+')"
    assert ask(served("115q"), f"select count(*) filter ({odd}), count(distinct occupation_code) from landed") == [
        (0, 595)
    ]


def test_regions_of_level_three_add_up_to_the_census_of_the_country(served: Landing) -> None:
    served("115q")
    differing = f"""
        select count(*), count(*) filter (by_region <> country) from (
            select occupation_code, period, sum(tyolliset2) as by_region from landed
            where area_code <> 'SSS' and length(occupation_code) = 3 group by all
        ) join (
            select occupation_code, period, tyolliset2 as country
            from read_parquet('{served.folder}/115q/data.parquet')
        ) using (occupation_code, period)
    """
    ((compared, wrong),) = ask(served("115s"), differing)
    assert (compared, wrong) == (124 * 3, 0)


@pytest.mark.parametrize("table", MORE)
def test_a_poll_without_news_costs_one_call(sample: Path, tmp_path: Path, table: str) -> None:
    with ReplayServer(sample, limits=Limits(max_calls=100_000)) as server:
        landing = Landing(server, tmp_path)
        VintageStore(landing.archive.root).add(landing.client.pull(table)[0])
        before = len(server.requests)
        assert landing.client.pull(table)[1] is False
        assert len(server.requests) - before == 1


def test_of_municipalities_the_newest_months_are_pulled_and_the_country(sample: Path, tmp_path: Path) -> None:
    windowed = msgspec.structs.replace(SOURCE.tables["12ti_municipalities"], window=2)
    source = msgspec.structs.replace(SOURCE, tables={**SOURCE.tables, "12ti_municipalities": windowed})
    with ReplayServer(sample, limits=Limits(max_calls=100_000)) as server:
        landing = Landing(server, tmp_path, source=source)
        path = landing("12ti_municipalities")
        whole = landing("12ti")
    assert [line for line in landing.said if line.endswith("12ti_municipalities: 6 of 6 chunks")]  # 3 a month
    assert ask(path, "select distinct strftime(period, '%Y-%m') from landed order by all") == [
        ("2026-06",),
        ("2026-07",),
    ]
    assert ask(path, "select count(distinct area_code), bool_or(area_code = 'SSS') from landed") == [(311, True)]
    assert ask(whole, "select count(*) from landed where area_code like 'KU%'") == [(0,)]
    assert ask(path, "select count(*) from landed where tyottomatlopussa_symbol = '..'") == [(0,)]
    regions = f"""
        with members as (select area_code as region, municipality_area_code as area_code
            from read_csv('{SEEDS}/area_municipality.csv', all_varchar = true) where area_level = 'region'),
        sums as (select period, region, occupation_code, sum(coalesce(tyottomatlopussa, 1)) as low,
            sum(coalesce(tyottomatlopussa, 4)) as high from landed inner join members using (area_code) group by all)
        select count(*), count(*) filter (tyottomatlopussa not between low and high)
        from sums inner join read_parquet('{whole}') as whole
          on sums.period = whole.period and region = whole.area_code and sums.occupation_code = whole.occupation_code
        where whole.tyottomatlopussa is not null
    """
    ((compared, wrong),) = ask(path, regions)
    assert compared > 10_000
    assert wrong == 0


def test_months_in_which_a_table_has_no_municipality_say_that_it_has_not(served: Landing) -> None:
    path = served("12ti_municipalities")
    told = "count(*) filter (tyottomatlopussa_symbol = '..') > 0, count(*) filter (area_code like 'KU%')"
    rows = ask(path, f"select period >= '2026-06-01', {told} from landed group by all order by all")
    assert rows == [(False, True, 10 * 310 * 434), (True, False, 2 * 310 * 434)]


def test_another_window_is_another_selection(sample: Path, tmp_path: Path) -> None:
    windowed = msgspec.structs.replace(SOURCE.tables["12ti_municipalities"], window=1)
    narrow = msgspec.structs.replace(SOURCE, tables={**SOURCE.tables, "12ti_municipalities": windowed})
    with ReplayServer(sample, limits=Limits(max_calls=100_000)) as server:
        landing = Landing(server, tmp_path, source=narrow)
        VintageStore(landing.archive.root).add(landing.client.pull("12ti_municipalities")[0])
        assert landing.client.news("12ti_municipalities") is None
        assert Landing(server, tmp_path).client.news("12ti_municipalities") == "other contents are asked for"


def test_a_sample_without_municipalities_does_not_offer_the_table(tmp_path: Path) -> None:
    write_sample(tmp_path, seeds=SEEDS, months=5, municipal_months=0)
    with ReplayServer(tmp_path) as server:
        assert server.folder.windows == {"12ti_municipalities": 0}
        with pytest.raises(DriftError, match="offers no code that is wanted"):
            Landing(server, tmp_path / "pulled").client.pull("12ti_municipalities")


# ---- drift


def test_areas_of_other_administrations_are_not_asked_for(served: Landing) -> None:
    path = served("11ra")
    assert ask(path, "select count(*) from landed where area_code in ('VP01', 'PL01', 'FI1B')") == [(0,)]
    assert ask(path, "select count(distinct area_code) from landed where area_code like 'TA%'") == [(46,)]
    assert not [line for line in served.said if "unknown" in line]


def test_what_the_policy_lets_pass_is_told_in_the_pull(sample: Path, tmp_path: Path) -> None:
    known = {role: codes - {"TA46", "2512"} for role, codes in known_codes().items()}
    with ReplayServer(sample, limits=Limits(max_calls=100_000)) as server:
        landing = Landing(server, tmp_path, known=known)
        path = landing("11ra")
        assert ask(path, "select count(distinct area_code) from landed where area_code like 'TA%'") == [(45,)]
        assert [line for line in landing.said if "1 unknown: TA46" in line and "(policy discard_row). Left out" in line]
        path = landing("12tv")
        assert ask(path, "select count(*) > 0 from landed where occupation_code = '2512'") == [(True,)]
        assert [line for line in landing.said if "1 unknown: 2512" in line and "(policy evolve). Landed" in line]


def test_a_table_that_is_gone_is_refused_with_400_and_comes_back(served: Landing) -> None:
    served.server.switch_on("table-gone:12ta")
    with pytest.raises(RequestRefusedError) as caught:
        served("12ta")
    assert caught.value.status == 400
    listed = requests.get(f"{served.server.base_url}/en/StatFin/tyonv", timeout=10).json()
    assert {"12tn.px", "12te.px"} <= {entry["id"] for entry in listed}
    assert "12ta.px" not in {entry["id"] for entry in listed}
    served.server.switch_off("table-gone")
    assert served("12ta").exists()


def test_which_table_is_gone_must_be_said(served: Landing) -> None:
    with pytest.raises(ValueError, match="table-gone: which table"):
        served.server.switch_on("table-gone")


@pytest.mark.parametrize("table", GUESSED)
def test_a_guess_that_reality_refutes_is_drift_that_names_the_table(served: Landing, table: str) -> None:
    served.server.switch_on(f"shape-differs:{table}")
    with pytest.raises(DriftError, match=rf"statfin {table}: no variable offers codes of the dimension .*source\.yml"):
        served(table)
    others = [other for other in GUESSED if other != table]
    assert served(others[0]).exists()


def test_without_a_name_every_guessed_shape_differs(served: Landing) -> None:
    served.server.switch_on("shape-differs")
    for table in GUESSED:
        with pytest.raises(DriftError):
            served.client.pull(table)
    assert served("12tu").exists()


def test_guessed_shapes_say_so_in_their_notes_and_only_they(served: Landing) -> None:
    for table, request in SOURCE.tables.items():
        url = address(served, table)
        variables = requests.get(url, timeout=10).json()["variables"]
        first = [{"code": v["code"], "selection": {"filter": "top", "values": ["1"]}} for v in variables]
        answer = requests.post(url, json={"query": first}, timeout=10).json()
        assert any("is guessed" in note for note in answer["note"]) is request.unverified, table


# ---- StatFin's own answers


def test_the_survey_of_the_country_lands_as_recorded(recorded: Landing) -> None:
    results = recorded.judged("11l1")
    assert [result.message for result in results if not result.is_passed] == []
    body = requests.post(f"{recorded.server.base_url}/en/StatFin/atp/11l1.px", json={"query": []}, timeout=10).json()
    rows = ask(
        recorded.folder / "11l1" / "data.parquet",
        "select atp_lkm, atp_eihoit, atp_osa, atp_maar, atp_vaik from landed order by period",
    )
    assert len(rows) == 54
    assert [value for column in zip(*rows, strict=True) for value in column] == body["value"]


def test_population_of_every_area_lands_as_recorded(recorded: Landing) -> None:
    results = recorded.judged("11ra")
    assert [result.message for result in results if not result.is_passed] == []
    path = recorded.folder / "11ra" / "data.parquet"
    assert ask(path, "select vaesto from landed where area_code = 'SSS'") == [(5_652_881,)]
    levels = "regexp_extract(area_code, '^[A-Z]+')"
    by_level = ask(path, f"select {levels}, count(*), sum(vaesto) from landed group by all order by all")
    assert {level: count for level, count, _ in by_level} == {
        "EVK": 10, "HVA": 23, "KU": 308, "MK": 19, "SA": 5, "SK": 69, "SSS": 1, "TA": 46
    }  # fmt: skip
    assert {population for _, _, population in by_level} == {5_652_881}
    assert ask(path, "select distinct strftime(source_updated_at, '%Y-%m-%d %H:%M') from landed") == [
        ("2026-05-29 05:00",)
    ]


def test_a_table_that_nobody_recorded_is_answered_as_one_that_is_gone(recorded: Landing) -> None:
    with pytest.raises(RequestRefusedError) as caught:
        recorded("115s")
    assert caught.value.status == 400


def test_the_sample_has_the_shape_of_the_recorded_metadata(served: Landing, recordings: Path) -> None:
    for table in ("12tu", "11l1"):
        real = json.loads((recordings / "statfin" / "recorded" / f"{table}__metadata_en_2026-09-14.json").read_bytes())
        subject = SOURCE.tables[table].subject
        ours = requests.get(f"{served.server.base_url}/en/StatFin/{subject}/{table}.px", timeout=10).json()
        assert ours["title"] == real["title"]
        for mine, theirs in zip(ours["variables"], real["variables"], strict=True):
            for member in ("code", "text", "elimination", "time", "map"):
                assert mine.get(member) == theirs.get(member)
            if not theirs.get("time"):
                assert mine["values"] == theirs["values"]
            if mine["code"] in ("Työmarkkina-asema", "contentscode"):
                assert mine["valueTexts"] == theirs["valueTexts"]


# ---- scenarios and the further tables


def periods(landing: Landing, table: str) -> list[str]:
    variables = requests.get(address(landing, table), timeout=10).json()["variables"]
    return next(list(v["values"]) for v in variables if v.get("time"))


def test_a_release_reaches_every_table_of_the_register_and_no_other(served: Landing) -> None:
    before = {table: periods(served, table) for table in MORE}
    served.server.switch_on("new-release", 0)
    grown = {table for table in MORE if periods(served, table) != before[table]}
    assert grown == {table for table in MORE if SOURCE.tables[table].subject == "tyonv"}
    assert all(result.is_passed for result in served.judged("12tu"))


@pytest.mark.parametrize(
    "scenario", ["start-year-dropped", "municipality-merged", "variable-renamed", "unknown-area", "content-missing"]
)
def test_scenarios_of_the_register_leave_the_further_tables_alone(served: Landing, scenario: str) -> None:
    def described() -> list[object]:
        tables = [table for table in MORE if SOURCE.id_of(table) == table]  # 12ti is the register's
        return [requests.get(address(served, table), timeout=10).json() for table in tables]

    before = described()
    served.server.switch_on(scenario)
    assert described() == before


def test_an_answer_recorded_as_json_keeps_symbols_and_the_time_of_its_release(tmp_path: Path) -> None:
    body = {
        "columns": [
            {"code": "alue_23_20260101", "text": "Alue", "type": "d"},
            {"code": "timeperiod_y", "text": "Vuosi", "type": "t"},
            {"code": "vaesto_yli64_p", "text": "65-", "type": "c"},
            {"code": "vaerak-vaesto", "text": "Väestö", "type": "c"},
        ],
        "comments": [],
        "data": [
            {"key": ["SSS", "2025"], "values": ["23.8", "5652881"]},
            {"key": ["KU020", "2025"], "values": [".", "..."]},
        ],
        "metadata": [{"updated": "2026-05-29T05.00.00Z", "label": "", "source": ""}],
    }
    recorded = tmp_path / "statfin" / "recorded"
    recorded.mkdir(parents=True)
    (recorded / "made_up_11ra.json").write_text(json.dumps(body), "utf-8")
    with ReplayServer(tmp_path) as server:
        url = f"{server.base_url}/en/StatFin/vaerak/11ra.px"
        every = {"code": "alue_23_20260101", "selection": {"filter": "all", "values": ["*"]}}
        answer = requests.post(url, json={"query": [every]}, timeout=10).json()
    assert answer["dimension"]["contentscode"]["category"]["index"] == {"vaesto_yli64_p": 0, "vaerak-vaesto": 1}
    assert answer["value"] == [23.8, 5652881, None, None]
    assert answer["status"] == {"2": ".", "3": "..."}
    assert answer["updated"] == "2026-05-29T05:00:00Z"

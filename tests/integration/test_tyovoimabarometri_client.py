"""The barometer client against a real server: whole pulls, cheap polls, months asked once, and every known fault.

A fault of form ends in an error that names occupation, month and mend, and adds nothing; "no data" ends in no rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import msgspec
import pyarrow.parquet as pq
import pytest

from assets.classification import SEEDS
from sources.archive import RawArchive
from sources.http import Patience, PoliteSession, SourceError, SourceUnavailableError
from sources.tyovoimabarometri.client import BarometerClient
from sources.tyovoimabarometri.licence import LicenceMissingError, refuse_without_licence
from sources.tyovoimabarometri.parse import land
from sources.tyovoimabarometri.replay import BarometerReplay, Fault
from sources.tyovoimabarometri.rules import BarometerDriftError
from sources.tyovoimabarometri.schema import load_source
from sources.tyovoimabarometri.simulator import write_sample
from sources.vintage import Vintage, VintageStore

SOURCE = load_source()
OCCUPATIONS, MONTHS = 6, 3
FIRST = "0110"  # the occupation that faults of rows strike
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
PER_OCCUPATION = 3  # a first pull: dates, two months; forecasts are a fourth


class Pull:
    """A client on a server, with everything it said and every pause it wanted; it never really sleeps."""

    def __init__(self, server: BarometerReplay, folder: Path, *, months: int | None = None) -> None:
        self.server = server
        self.folder = folder
        self.months = months
        self.clients = -1
        self.archive = RawArchive(folder / "raw")
        self.said: list[str] = []
        self.slept: list[float] = []
        self.paused: list[float] = []

    def now(self) -> datetime:
        """A clock that moves a second with every client."""
        return NOW + timedelta(seconds=self.clients)

    def client(self) -> BarometerClient:
        self.clients += 1
        patience = Patience(read=0.3, attempts=3, first_wait=0.01)
        return BarometerClient(
            SOURCE,
            sessions=lambda: PoliteSession(patience=patience, sleep=self.slept.append),
            archive=self.archive,
            base_url=self.server.base_url,
            months=self.months,
            report=self.said.append,
            now=self.now,
            sleep=self.paused.append,
        )

    def __call__(self, *, again: bool = False) -> tuple[Vintage, bool]:
        """Pull, and let the vintage in, as a landing whose gate is green does."""
        vintage, is_new = self.client().pull(again=again)
        VintageStore(self.archive.root).add(vintage)
        return vintage, is_new

    def rows(self, vintage: Vintage, where: str = "true") -> list[tuple[object, ...]]:
        target = self.folder / f"{vintage.vintage_id}.parquet"
        land(vintage, self.archive, target)
        columns = (
            "occupation_code, region_code, period::varchar, is_forecast, employed, employed_is_censored, unemployed, "
            "unemployed_is_censored, vacancies, unemployment_rate, vacancy_rate, slope, scale, state, state_is_error, "
            "degree"
        )
        with duckdb.connect() as connection:
            query = f"select {columns} from read_parquet(?) where {where} order by all"
            return connection.execute(query, [str(target)]).fetchall()

    def calls(self) -> list[str]:
        """The paths asked for since the last call of this method."""
        paths = [path for _, path, _ in self.server.requests]
        self.server.requests.clear()
        return paths

    def vintages(self) -> list[Vintage]:
        return VintageStore(self.archive.root).all("tyovoimabarometri", "ratings")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("barometer-world")
    write_sample(folder, seeds=SEEDS, occupations=OCCUPATIONS, months=MONTHS)
    return folder


@pytest.fixture
def pull(world: Path, tmp_path: Path) -> Iterator[Pull]:
    with BarometerReplay(world) as server:
        yield Pull(server, tmp_path)


def test_a_first_pull_holds_every_occupation_region_and_month_asked_for(pull: Pull) -> None:
    vintage, is_new = pull()
    rows = pull.rows(vintage)
    assert is_new
    assert len(rows) == OCCUPATIONS * 19 * SOURCE.backfill_months
    assert {row[2] for row in rows} == {"2026-05-01", "2026-06-01"}
    assert Counter((row[0], row[2]) for row in rows).most_common()[-1][1] == 19
    assert vintage.source_updated_at == datetime(2026, 8, 29, 12, tzinfo=UTC)  # the service's own Date
    assert vintage.retrieved_at == NOW
    served = pull.server.world.occupations[0].rows["2026-06"]
    landed = [row for row in rows if row[0] == FIRST and row[2] == "2026-06-01"]
    assert sorted((row[13], row[15], row[8]) for row in landed) == sorted(
        (row["kohtaantotila"], row["kohtaantoaste"], row["tyopaikat"]) for row in served
    )


def test_the_number_of_months_is_the_callers_and_dates_bound_it(pull: Pull) -> None:
    pull.months = 24
    vintage, _ = pull()
    assert {row[2] for row in pull.rows(vintage)} == {"2026-04-01", "2026-05-01", "2026-06-01"}
    assert [line for line in pull.calls() if line.endswith("/2026-03")] == []


def test_four_requests_at_a_time_at_most_with_a_pause_after_each(pull: Pull) -> None:
    pull()
    assert 1 <= pull.server.busiest <= 4
    calls = pull.calls()
    assert len(calls) == 3 + OCCUPATIONS * (PER_OCCUPATION + 1)
    assert pull.paused == [0.08] * len(calls)


def test_the_workers_really_work_side_by_side(world: Path, tmp_path: Path) -> None:
    """Each of the first four answers waits until four calls are there: with fewer workers the pull would time out."""
    with BarometerReplay(world) as server:
        server.meet(4)
        _, is_new = Pull(server, tmp_path)()
        assert is_new
        assert server.busiest == 4


def test_a_poll_without_news_costs_one_call_and_changes_nothing(pull: Pull) -> None:
    first, _ = pull()
    pull.calls()
    assert pull.client().news() is None
    again, is_new = pull()
    assert (again, is_new) == (first, False)
    assert pull.calls() == ["/api/Tyollisyys/kohtaanto/date"] * 2


def test_news_says_what_is_new_and_a_second_pull_asks_for_that_alone(world: Path, tmp_path: Path) -> None:
    with BarometerReplay(world, newest="2026-05") as server:
        pull = Pull(server, tmp_path)
        assert pull.client().news() == "never pulled"
        first, _ = pull()
        pull.calls()
        server.newest = "2026-06"
        assert pull.client().news() == "the newest month is 2026-06, 2026-05 before"
        pull.calls()
        second, is_new = pull()
        assert is_new
        asked = Counter(path.rsplit("/", 1)[-1] for path in pull.calls())
        assert asked == {"date": 1, "ammatit": 1, "regions": 1, "2026-06": OCCUPATIONS, "ennuste": OCCUPATIONS}
        assert {row[2] for row in pull.rows(second)} == {"2026-04-01", "2026-05-01", "2026-06-01"}
        kept = "period < date '2026-06-01'"
        assert pull.rows(second, kept) == pull.rows(first)
        assert first.source_updated_at < second.source_updated_at


def test_again_asks_for_the_newest_month_only_and_unchanged_answers_are_no_new_vintage(pull: Pull) -> None:
    first, _ = pull()
    pull.calls()
    same, is_new = pull(again=True)
    assert (same.vintage_id, is_new) == (first.vintage_id, False)
    assert not [path for path in pull.calls() if path.endswith(("/2026-05", "/dates"))]
    pull.server.switch_on(Fault.EXTRA_MEMBER)
    changed, is_new = pull(again=True)
    assert is_new
    assert changed.vintage_id != first.vintage_id
    assert pull.rows(changed) == pull.rows(first)


def test_a_refused_pull_adds_no_vintage_and_the_next_one_is_whole(pull: Pull) -> None:
    pull.server.switch_on(Fault.BAD_STATE)
    with pytest.raises(BarometerDriftError):
        pull()
    assert pull.vintages() == []
    pull.server.switch_off(Fault.BAD_STATE)
    vintage, is_new = pull()
    assert is_new
    assert len(pull.rows(vintage)) == OCCUPATIONS * 19 * 2


def test_another_number_of_months_is_news(pull: Pull) -> None:
    pull()
    pull.months = 3
    assert pull.client().news() == "other months are asked for"
    vintage, is_new = pull()
    assert is_new
    assert len({row[2] for row in pull.rows(vintage)}) == 3
    assert pull.client().news() is None


@pytest.mark.parametrize("fault", [None, Fault.UNKNOWN_400, Fault.UNKNOWN_EMPTY])
def test_404_400_and_an_empty_list_all_mean_no_data(pull: Pull, fault: Fault | None) -> None:
    pull.server.switch_on(Fault.MONTH_WITHOUT_DATA)
    if fault:
        pull.server.switch_on(fault)
    vintage, is_new = pull()
    assert is_new
    assert pull.rows(vintage, f"occupation_code = '{FIRST}' and period = date '2026-06-01'") == []
    assert len(pull.rows(vintage)) == OCCUPATIONS * 19 * 2 - 19


def test_a_month_that_is_announced_and_has_no_rows_at_all_is_an_error(pull: Pull) -> None:
    pull.server.switch_on(Fault.NO_NEWEST)
    with pytest.raises(BarometerDriftError, match="2026-06 is announced as the newest month, but not one of 6"):
        pull()


def test_further_members_and_null_rates_are_fine(pull: Pull) -> None:
    for fault in (Fault.EXTRA_MEMBER, Fault.NULL_RATES):
        pull.server.switch_on(fault)
    vintage, _ = pull()
    nulls = "unemployment_rate is null and scale is null and not unemployed_is_censored and not employed_is_censored"
    assert len(pull.rows(vintage, f"occupation_code = '{FIRST}' and period = date '2026-06-01' and {nulls}")) <= 1
    assert len(pull.rows(vintage)) == OCCUPATIONS * 19 * 2


def test_a_calculation_error_is_missing_and_flagged(pull: Pull) -> None:
    pull.server.switch_on(Fault.STATE_99)
    vintage, _ = pull()
    (row,) = pull.rows(vintage, "state_is_error")
    assert row == (FIRST, "02", "2026-06-01", False, None, False, None, False, None, *[None] * 5, True, None)


def test_a_censored_count_that_the_source_shows_is_not_landed_nor_its_rates(pull: Pull) -> None:
    pull.server.switch_on(Fault.CENSORED_SHOWN)
    vintage, _ = pull()
    (row,) = pull.rows(vintage, f"occupation_code = '{FIRST}' and region_code = '02' and period = date '2026-06-01'")
    assert row[6:8] == (None, True)
    assert row[9:13] == (None,) * 4
    assert row[13:] == (0, False, 1)


def test_forecasts_are_rows_of_their_own_kind(pull: Pull) -> None:
    pull.server.switch_on(Fault.FORECAST)
    vintage, _ = pull()
    forecasts = pull.rows(vintage, "is_forecast")
    assert len(forecasts) == OCCUPATIONS * 19
    assert {row[2] for row in forecasts} == {"2026-07-01"}
    assert len(pull.rows(vintage, "not is_forecast")) == OCCUPATIONS * 19 * 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.ROWS_18, "18 rows for 19 regions, missing"),
        (Fault.ROW_TWICE, "20 rows for 19 regions, missing"),
        (Fault.CHANGED_REGION, "is not in the barometer's own list of regions"),
        (Fault.BAD_STATE, "region 02: unknown state 7"),
        (Fault.BAD_DEGREE, "region 02: unknown degree 9"),
        (Fault.CONTRADICTION, "region 02: state 0 contradicts degree 3"),
        (Fault.BAD_PERIOD, "rows of 2019-01 came, 2026-06 was asked for"),
        (Fault.MISSING_MEMBER, "missing required field `tyopaikat`"),
    ],
)
def test_a_row_that_breaks_a_rule_stops_the_pull_and_names_occupation_month_and_mend(
    pull: Pull, fault: Fault, words: str
) -> None:
    pull.server.switch_on(fault)
    with pytest.raises(BarometerDriftError) as caught:
        pull()
    message = str(caught.value)
    assert f"occupation {FIRST}, 2026-06" in message
    assert words in message
    assert "rules.py" in message
    assert pull.vintages() == []
    pull.server.switch_off(fault)
    assert pull()[1]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.CODE_TWICE, "catalogue: the occupation code ['0110'] occurs more than once"),
        (Fault.REGION_GONE, "regions: 19 regions .* are expected, the answer has 18 entries"),
    ],
)
def test_a_changed_catalogue_or_division_stops_the_pull(pull: Pull, fault: Fault, words: str) -> None:
    pull.server.switch_on(fault)
    with pytest.raises(BarometerDriftError, match=words.replace("[", r"\[").replace("]", r"\]")):
        pull()
    assert not [path for path in pull.calls() if "Ammatti/" in path]


def test_a_newest_month_that_goes_back_is_an_error_until_pulled_again(world: Path, tmp_path: Path) -> None:
    with BarometerReplay(world) as server:
        pull = Pull(server, tmp_path)
        pull()
        server.newest = "2026-05"
        with pytest.raises(BarometerDriftError, match="went back from 2026-06 to 2026-05"):
            pull()
        vintage, is_new = pull(again=True)
        assert is_new
        assert {row[2] for row in pull.rows(vintage)} == {"2026-04-01", "2026-05-01"}


@pytest.mark.parametrize("fault", [Fault.SHELL, Fault.OUTAGE, Fault.CUT, Fault.SLOW])
def test_a_service_that_stays_down_or_answers_with_its_page_is_unavailable(pull: Pull, fault: Fault) -> None:
    pull.server.switch_on(fault)
    with pytest.raises(SourceUnavailableError, match="tyovoimabarometri ratings: newest month: no usable answer"):
        pull()
    assert len(pull.slept) == 2
    assert pull.vintages() == []


@pytest.mark.parametrize("fault", ["html-shell:1", "outage:2", "cut:1", "truncated:1", "slow:1"])
def test_a_fault_that_passes_is_waited_out(pull: Pull, fault: str) -> None:
    pull.server.switch_on(fault)
    vintage, _ = pull()
    assert len(pull.rows(vintage)) == OCCUPATIONS * 19 * 2
    assert pull.slept


def test_the_live_service_is_never_called_without_a_licence(tmp_path: Path) -> None:
    def no_session() -> PoliteSession:
        raise AssertionError("a session was opened")

    client = BarometerClient(SOURCE, sessions=no_session, archive=RawArchive(tmp_path / "raw"))
    for ask in (client.pull, client.news):
        with pytest.raises(LicenceMissingError) as caught:
            ask()
        for word in ("no licence", SOURCE.contact, "KOHTAANTO_BAROMETER_AGREED"):
            assert word in str(caught.value)
    assert isinstance(caught.value, SourceError)
    refuse_without_licence(SOURCE, agreed=True)
    with pytest.raises(LicenceMissingError):
        refuse_without_licence(SOURCE, agreed=False)
    agreed = BarometerClient(SOURCE, sessions=no_session, archive=RawArchive(tmp_path / "raw"), agreed=True)
    with pytest.raises(AssertionError, match="a session was opened"):
        agreed.pull()


def test_the_raw_store_knows_where_every_answer_came_from(pull: Pull) -> None:
    vintage, _ = pull()
    lines = [msgspec.json.decode(line) for line in (pull.archive.root / "index.jsonl").read_bytes().splitlines()]
    found = {line["sha256"]: line for line in lines}
    assert set(vintage.answers) <= set(found)
    assert vintage.metadata in found
    rows = [line for line in lines if line["what"] == "rows" and line["period"] == "2026-06"]
    assert len(rows) == OCCUPATIONS
    assert all(line["url"].startswith(pull.server.base_url) and line["retrieved_at"] for line in rows)


def test_recorded_rows_land_unchanged(recordings: Path, tmp_path: Path) -> None:
    """The 7 complete occupations x 19 regions, and with a generated 2512 its one recorded row."""
    with BarometerReplay(recordings, generated=["2512"]) as server:
        pull = Pull(server, tmp_path)
        vintage, _ = pull()
        found = {(row[0], row[1]): row for row in pull.rows(vintage)}
        assert len(found) == 8 * 19
        codes = {id_: code for code, _, id_ in server.world.regions}
        for occupation in server.world.occupations:
            for row in occupation.rows["2026-06"]:
                landed = found[occupation.code, codes[row["groupingId"]]]
                assert landed[4:] == (
                    row["toissa"],
                    row["toissaSensuroitu"],
                    row["tyottomat"],
                    row["tyottomatSensuroitu"],
                    row["tyopaikat"],
                    row["tyottomyysaste"],
                    row["vakanssiaste"],
                    row["kulmakerroin"],
                    row["asteikko"],
                    row["kohtaantotila"],
                    False,
                    row["kohtaantoaste"],
                )
        assert found["2512", "02"][4:] == (2380, False, 224, False, 15, 0.086, 0.006, 0.07185, 6.096, 1, False, 3)
        names = [occupation.name for occupation in server.world.occupations]
        assert [name for name in names if "GENERATED" in name] == ["2512 (GENERATED, not recorded)"]


def test_the_landed_file_has_the_agreed_columns(pull: Pull) -> None:
    vintage, _ = pull()
    pull.rows(vintage)
    schema = pq.read_schema(pull.folder / f"{vintage.vintage_id}.parquet")
    assert schema.names[:4] == ["vintage_id", "retrieved_at", "source_updated_at", "division"]
    assert str(schema.field("period").type) == "date32[day]"
    assert str(schema.field("state").type) == "int32"

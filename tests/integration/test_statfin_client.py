"""The client against a real server that speaks PxWeb: whole pulls, cheap polls, and every fault the service is known
for.

Each fault ends in success or in an error that names place and mend, adds no vintage, and lets the next pull succeed.
"""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path
from threading import Thread

import duckdb
import msgspec
import pytest

from assets.classification import known_codes
from sources.archive import RawArchive
from sources.http import Patience, PoliteSession, RequestRefusedError, SourceError, SourceUnavailableError
from sources.statfin.client import AnswerMismatchError, ReleaseInPullError, StatFinClient
from sources.statfin.layout import DriftError
from sources.statfin.parse import land
from sources.statfin.replay import Limits, ReplayServer
from sources.statfin.schema import load_source
from sources.vintage import Vintage, VintageStore

SOURCE = msgspec.structs.replace(load_source(), px_url=None)  # whole-table files: test_statfin_px.py
TABLE = "12ti"


class Pull:
    """A client on a server, with everything it said and slept written down; it never really sleeps."""

    def __init__(self, server: ReplayServer, folder: Path) -> None:
        self.server = server
        self.archive = RawArchive(folder / "raw")
        self.said: list[str] = []
        self.slept: list[float] = []

    def client(self) -> StatFinClient:
        session = PoliteSession(patience=Patience(read=5, first_wait=0.01, window=60), sleep=self.slept.append)
        return StatFinClient(
            SOURCE,
            session=session,
            archive=self.archive,
            known=known_codes(),
            base_url=self.server.base_url,
            report=self.said.append,
        )

    def __call__(self, table: str = TABLE) -> tuple[Vintage, bool]:
        """Pull, and let the vintage in, as a landing whose gate is green does."""
        vintage, is_new = self.client().pull(table)
        VintageStore(self.archive.root).add(vintage)
        return vintage, is_new

    def posts(self) -> int:
        return sum(method == "POST" for method, _, _ in self.server.requests)

    def vintages(self, table: str = TABLE) -> list[Vintage]:
        return VintageStore(self.archive.root).all("statfin", table)

    def rows(self, vintage: Vintage, folder: Path) -> list[tuple[object, ...]]:
        target = folder / f"{vintage.vintage_id}.parquet"
        land(vintage, self.archive, SOURCE, target)
        with duckdb.connect() as connection:
            columns = "* exclude (vintage_id, retrieved_at, source_updated_at, division)"
            return connection.execute(f"select {columns} from read_parquet(?) order by all", [str(target)]).fetchall()


@pytest.fixture
def pull(sample: Path, tmp_path: Path) -> Iterator[Pull]:
    with ReplayServer(sample, limits=Limits(max_calls=100_000)) as server:
        yield Pull(server, tmp_path)


def assert_recovers(pull: Pull, tmp_path: Path, *scenarios: str) -> None:
    """After a failure: no vintage, no half-written file; with the fault gone the next pull succeeds."""
    assert pull.vintages() == []
    assert not list(pull.archive.root.rglob(".*"))
    for scenario in scenarios:
        pull.server.switch_off(scenario)
    vintage, is_new = pull()
    assert is_new
    assert pull.rows(vintage, tmp_path)


def test_a_pull_is_whole_and_the_same_however_it_is_cut(sample: Path, tmp_path: Path) -> None:
    found = []
    for cells in (120_000, 40_000):
        with ReplayServer(sample, limits=Limits(max_cells=cells, max_calls=100_000)) as server:
            pull = Pull(server, tmp_path / str(cells))
            vintage, is_new = pull()
            assert is_new
            found.append(pull.rows(vintage, tmp_path / str(cells)))
    assert found[0] == found[1]
    areas = {row[0] for row in found[0]}
    occupations = {row[1] for row in found[0]}
    periods = {row[2] for row in found[0]}
    assert len(found[0]) == len(areas) * len(occupations) * len(periods)
    assert {"SSS", "MK01", "MK91", "MKJO"} <= areas
    assert not [row for row in found[0] if row[3] in (1, 2, 3, 4) or (row[3] is None) != (row[4] == "...")]


def test_every_table_of_source_yml_can_be_pulled(pull: Pull) -> None:
    for table in SOURCE.tables:
        if table == "12ti_municipalities":
            continue  # this sample has none: test_statfin_more_tables.py
        vintage, is_new = pull(table)
        assert is_new
        assert vintage.source_updated_at.tzinfo is not None


def test_progress_is_told_with_the_time_left(pull: Pull) -> None:
    pull()
    progress = [line for line in pull.said if "chunks" in line]
    assert progress[-1].startswith("statfin 12ti: ")
    total = len(progress)
    assert progress[-1] == f"statfin 12ti: {total} of {total} chunks"


def test_a_poll_without_news_costs_one_call_and_gives_the_same_vintage(pull: Pull) -> None:
    first, _ = pull()
    before = len(pull.server.requests)
    second, is_new = pull()
    assert (second, is_new) == (first, False)
    assert len(pull.server.requests) - before == 1


def test_a_new_release_is_pulled_whole_and_the_old_vintage_stays(pull: Pull, tmp_path: Path) -> None:
    old, _ = pull()
    pull.server.switch_on("new-release", 0)
    new, is_new = pull()
    assert is_new
    assert new.source_updated_at > old.source_updated_at
    assert [v.vintage_id for v in pull.vintages()] == [old.vintage_id, new.vintage_id]
    periods = [{row[2] for row in pull.rows(vintage, tmp_path)} for vintage in (old, new)]
    assert len(periods[1] - periods[0]) == 1


def test_a_restamped_listing_is_no_news(pull: Pull) -> None:
    pull()
    pull.server.switch_on("listing-restamped")
    assert pull()[1] is False


def test_a_vintage_that_was_not_let_in_is_pulled_again(pull: Pull) -> None:
    refused, is_new = pull.client().pull(TABLE)
    again, is_new_again = pull.client().pull(TABLE)
    assert (is_new, is_new_again) == (True, True)
    assert again.vintage_id == refused.vintage_id


def test_another_reading_of_the_same_answers_is_not_pulled_anew(pull: Pull) -> None:
    pull()
    request = SOURCE.tables[TABLE]
    contents = {code: msgspec.structs.replace(c, suppressed=False) for code, c in request.contents.items()}
    reread = msgspec.structs.replace(request, title="another title", contents=contents)
    client = pull.client()
    client._source = msgspec.structs.replace(SOURCE, tables={TABLE: reread})
    assert client.news(TABLE) is None


def test_a_content_more_is_pulled_and_the_older_vintage_still_lands(pull: Pull, tmp_path: Path) -> None:
    request = SOURCE.tables["12r5"]
    contents = {code: c for code, c in request.contents.items() if code != "TYOVOIMATK"}
    client = pull.client()
    client._source = msgspec.structs.replace(
        SOURCE, tables={"12r5": msgspec.structs.replace(request, contents=contents)}
    )
    old, _ = client.pull("12r5")
    VintageStore(pull.archive.root).add(old)
    assert pull.client().news("12r5") == "other contents are asked for"
    new, is_new = pull("12r5")
    assert is_new
    labour_force = [{row[6:8] for row in pull.rows(vintage, tmp_path)} for vintage in (old, new)]
    assert labour_force[0] == {(None, "not_offered")}
    assert None not in {value for value, _ in labour_force[1]}


def test_limits_are_read_from_the_service(sample: Path, tmp_path: Path) -> None:
    with ReplayServer(sample, limits=Limits(max_calls=3, time_window=60)) as server:
        pull = Pull(server, tmp_path)
        client = pull.client()
        client.pull("11n1")
        limiter = client._session.limiter
        assert (limiter.max_calls, limiter.window) == (3, 60)


def test_a_limit_is_kept_and_the_pause_is_told(sample: Path, tmp_path: Path) -> None:
    with ReplayServer(sample, limits=Limits(max_cells=20_000, max_calls=5, time_window=2)) as server:
        pull = Pull(server, tmp_path)
        client = StatFinClient(
            SOURCE,
            session=PoliteSession(),
            archive=pull.archive,
            known=known_codes(),
            base_url=server.base_url,
            report=pull.said.append,
        )
        client.pull(TABLE)
        assert 429 not in {status for _, _, status in server.requests}
    assert [line for line in pull.said if "s, the service allows 5 calls in 2 s" in line]


def test_a_release_in_the_middle_starts_again_and_mixes_nothing(pull: Pull, tmp_path: Path) -> None:
    pull.server.switch_on("new-release", 1)
    vintage, is_new = pull()
    assert is_new
    assert [line for line in pull.said if "in the middle of the pull" in line]
    assert len({row[2] for row in pull.rows(vintage, tmp_path)}) == 13
    assert len(pull.vintages()) == 1


def test_a_source_that_keeps_releasing_is_given_up(pull: Pull, monkeypatch: pytest.MonkeyPatch) -> None:
    client = pull.client()
    answered = 0
    original = client._post

    def post(*arguments: object, **options: object) -> object:
        nonlocal answered
        answered += 1
        pull.server.switch_off("new-release") if answered % 2 else pull.server.switch_on("new-release", 0)
        return original(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(client, "_post", post)
    with pytest.raises(ReleaseInPullError, match=r"12ti: the source released new data in the middle"):
        client.pull(TABLE)
    assert pull.vintages() == []


def test_403_halves_the_chunk(pull: Pull, tmp_path: Path) -> None:
    whole, _ = pull()
    expected = pull.rows(whole, tmp_path)
    pull.server.switch_on("lower-max-cells", 60_000)
    again = Pull(pull.server, tmp_path / "again")
    vintage, _ = again()
    assert [line for line in again.said if "halving the chunk" in line]
    assert again.rows(vintage, tmp_path / "again") == expected


def test_403_that_no_halving_cures_is_an_error(pull: Pull, tmp_path: Path) -> None:
    pull.server.switch_on("lower-max-cells", 1)
    with pytest.raises(RequestRefusedError, match=r"statfin 12ti: chunk 1 of \d+: .* answered 403"):
        pull()
    assert_recovers(pull, tmp_path, "lower-max-cells")


def test_429_waits_as_long_as_the_service_says(pull: Pull) -> None:
    pull.server.switch_on("too-many-requests", 2)
    pull()
    assert pull.slept == [1.0, 1.0]


def test_each_call_says_who_calls() -> None:
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["User-Agent"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Listener) as server, PoliteSession(contact="who@example.org") as session:
        Thread(target=server.handle_request).start()
        session.call(
            "GET", f"http://127.0.0.1:{server.server_port}/", what="a call", read=lambda _: None, report=asked.append
        )
    assert asked == [f"Kohtaanto/{version('kohtaanto')} (contact: who@example.org)"]


def test_what_a_service_may_ask_for_is_capped(pull: Pull) -> None:
    pull.server.switch_on("too-many-requests", 1)
    client = pull.client()
    client._session.patience = Patience(longest_wait=0.25)
    client.pull(TABLE)
    assert pull.slept == [0.25]


def test_429_without_retry_after_waits_for_the_window(pull: Pull) -> None:
    pull.server.switch_on("too-many-requests-silent", 2)
    pull()
    assert pull.slept == [60.0, 60.0]


def test_503_twice_then_fine(pull: Pull) -> None:
    pull.server.switch_on("html-503", 2)
    assert pull()[1]
    assert len(pull.slept) == 2


@pytest.mark.parametrize("fault", ["truncated-body", "cut-connection", "html-200"])
def test_a_passing_fault_is_tried_again(pull: Pull, fault: str) -> None:
    pull.server.switch_on(fault, 1)
    assert pull()[1]
    assert len(pull.slept) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("truncated-body", "12ti: chunk 1 of 2: no usable answer from .* in 4 attempts.*broke off"),
        ("cut-connection", "12ti: chunk 1 of 2: no usable answer from .* in 4 attempts"),
        ("html-200", "12ti: chunk 1 of 2: no usable answer.*begins '<.*not the promised JSON"),
        ("html-503", "12ti: chunk 1 of 2: no usable answer.*status 503"),
    ],
)
def test_a_lasting_fault_is_an_error_and_changes_nothing(pull: Pull, tmp_path: Path, fault: str, said: str) -> None:
    pull.server.switch_on(fault, 1_000)
    with pytest.raises(SourceUnavailableError, match=said):
        pull()
    assert_recovers(pull, tmp_path, fault)


def test_an_outage_names_the_place_and_what_to_do(pull: Pull, tmp_path: Path) -> None:
    pull.server.switch_on("outage")
    with pytest.raises(
        SourceUnavailableError, match=r"statfin 12ti: metadata: .*Nothing was changed\. Run again later"
    ):
        pull()
    assert_recovers(pull, tmp_path, "outage")


def test_size_and_values_disagreeing_is_refused(pull: Pull, tmp_path: Path) -> None:
    pull.server.switch_on("size-mismatch")
    with pytest.raises(
        AnswerMismatchError, match=r"12ti: chunk 1 of 2: size .* promises [\d,]+ values, the answer holds"
    ):
        pull()
    assert_recovers(pull, tmp_path, "size-mismatch")


def test_an_unknown_area_stops_the_pull(pull: Pull, tmp_path: Path) -> None:
    pull.server.switch_on("unknown-area")
    with pytest.raises(DriftError, match=r"12ti: dimension 'Alue' offers 23 codes, 1 unknown: KU999"):
        pull()
    assert_recovers(pull, tmp_path, "unknown-area")


def test_an_unknown_occupation_stops_the_pull(pull: Pull, tmp_path: Path) -> None:
    pull.server.switch_on("extra-occupation")
    with pytest.raises(DriftError, match=r"'Ammattiryhmä' offers 435 codes, 1 unknown: 9998"):
        pull()
    assert_recovers(pull, tmp_path, "extra-occupation")


def test_a_missing_content_stops_the_pull(pull: Pull, tmp_path: Path) -> None:
    pull.server.switch_on("content-missing")
    with pytest.raises(DriftError, match="no longer offers AVPAIKATLOPUSSA"):
        pull()
    assert_recovers(pull, tmp_path, "content-missing")


@pytest.mark.parametrize("fault", ["variable-renamed", "renamed-mid-run"])
def test_a_renamed_variable_changes_nothing(pull: Pull, tmp_path: Path, fault: str) -> None:
    expected = pull.rows(pull()[0], tmp_path)
    pull.server.switch_on(fault)
    again = Pull(pull.server, tmp_path / "again")
    assert again.rows(again()[0], tmp_path / "again") == expected
    if fault == "renamed-mid-run":
        assert [line for line in again.said if "reading the metadata again" in line]


def test_a_renamed_variable_is_news_to_a_poll(pull: Pull) -> None:
    pull()
    pull.server.switch_on("variable-renamed")
    assert pull()[1] is True


def test_a_dropped_start_year_lands_what_is_left_and_keeps_the_old_vintage(pull: Pull, tmp_path: Path) -> None:
    old, _ = pull()
    pull.server.switch_on("start-year-dropped", 1)
    pull.server.switch_on("new-release", 0)
    new, is_new = pull()
    assert is_new
    periods = [{row[2] for row in pull.rows(vintage, tmp_path)} for vintage in (old, new)]
    assert min(periods[1]) > min(periods[0])
    assert len(pull.vintages()) == 2


def test_an_old_long_table_id_is_explained(pull: Pull) -> None:
    old = "statfin_tyonv_pxt_12ti"
    source = msgspec.structs.replace(SOURCE, tables={old: SOURCE.tables[TABLE]})
    client = StatFinClient(
        source,
        session=PoliteSession(sleep=pull.slept.append),
        archive=pull.archive,
        known=known_codes(),
        base_url=pull.server.base_url,
        report=pull.said.append,
    )
    with pytest.raises(SourceError, match=r"answered 400: the table is not there under this id\..*source\.yml"):
        client.pull(old)

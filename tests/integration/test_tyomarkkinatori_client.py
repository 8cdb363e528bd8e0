"""The postings client against a real server that speaks P67 v2, V1 and OAuth2: what is read, kept, counted and purged.

Each fault ends in the same vintage as without it, or in an error that names place and mend and leaves all as it was.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import jwt
import msgspec
import pytest
from postings_pull import Pull, ndjson, posting, pseudonym, utc, write_world

from sources.http import Patience, PoliteSession, RequestRefusedError, SourceError, SourceUnavailableError
from sources.loopback import Answer, LoopbackServer, Request
from sources.tyomarkkinatori.client import UnbelievableReadError
from sources.tyomarkkinatori.feeds import P67Feed
from sources.tyomarkkinatori.intake import DriftError
from sources.tyomarkkinatori.parse import is_landed, land, landed_schema
from sources.tyomarkkinatori.replay import Fault, PostingsReplay
from sources.tyomarkkinatori.report import Kind, Query, Status
from sources.tyomarkkinatori.schema import NotConfiguredError, load_source
from sources.tyomarkkinatori.tokens import StaticToken

NOW = utc("2026-08-15 12:00")
OPEN = 30


def closing(number: int, moment: str, **changes: object) -> dict[str, object]:
    """A posting that is archived at `moment`."""
    return posting(number, metadata__archived=moment, metadata__lastModified=moment, **changes)


WORLD = [
    *(posting(number) for number in range(OPEN)),
    closing(100, "2026-07-01T09:00:00Z", application__published="2026-06-01T09:00:00Z"),
    closing(101, "2026-08-14T09:00:00Z"),
    closing(102, "2026-08-16T09:00:00Z"),  # open now, archived tomorrow
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostingsReplay]:
    with PostingsReplay(write_world(tmp_path / "world", WORLD), clock=NOW) as replay:
        yield replay


@pytest.fixture
def pull(server: PostingsReplay, tmp_path: Path) -> Pull:
    return Pull(server, tmp_path / "data")


def serving(tmp_path: Path, *lines: dict[str, object]) -> PostingsReplay:
    return PostingsReplay(write_world(tmp_path / "other", lines), clock=NOW)


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file under `folder`."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def holds(folder: Path, text: str) -> list[Path]:
    """The files under `folder` that hold `text`: as bytes, in a name, or in a column of a Parquet file."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if text.encode() in content or text in path.name:
            found.append(path)
        elif content.startswith(b"PAR1"):
            with duckdb.connect() as connection:
                if text in str(connection.execute("from read_parquet(?)", [str(path)]).fetchall()):
                    found.append(path)
    return found


def test_the_first_pull_reads_all_that_is_open_and_the_archive_from_the_beginning_of_a_day(pull: Pull) -> None:
    vintage, is_new = pull()
    assert is_new
    assert vintage.source_updated_at == NOW
    assert pull.server.asked == [
        {"onlyStatus": "PUBLISHED"},
        {
            "onlyStatus": "ARCHIVED",
            "archived": {"from": "2026-05-14T21:00:00.000000Z", "to": "2026-08-15T12:00:00.000000Z"},
        },
    ]
    assert pull.report().covered_from == date(2026, 5, 15)
    assert pull.rows("closed_date, closed_kind, postings, positions, is_permanent, is_full_time, as_of_date") == [
        (date(2026, 7, 1), "archived", 1, 2, True, True, date(2026, 8, 15)),
        (date(2026, 8, 14), "archived", 1, 2, True, True, date(2026, 8, 15)),
        (None, None, OPEN + 1, 2 * (OPEN + 1), True, True, date(2026, 8, 15)),
    ]


def test_a_second_pull_asks_only_for_what_changed_and_finds_nothing_new(pull: Pull) -> None:
    first, _ = pull()
    second, is_new = pull()
    assert (second, is_new) == (first, False)
    assert pull.server.asked[2:] == [
        {"onlyStatus": "PUBLISHED", "modified": {"from": "2026-08-01T04:00:00.000000Z"}},
        {"onlyStatus": "PUBLISHED", "published": {"from": "2026-08-15T10:00:00.000000Z"}},
        {
            "onlyStatus": "ARCHIVED",
            "archived": {"from": "2026-08-14T07:00:00.000000Z", "to": "2026-08-15T12:00:00.000000Z"},
        },
    ]
    assert any("unchanged" in line for line in pull.said)


def test_another_day_is_news_and_a_vintage_of_its_own(pull: Pull) -> None:
    first, _ = pull()
    assert pull.client().news() is None
    pull.server.now = NOW + timedelta(hours=10)  # past midnight in Finland
    assert pull.client().news() == "another day, 2026-08-16"
    second, is_new = pull()
    assert is_new
    assert second.vintage_id != first.vintage_id


def test_news_before_the_first_pull_and_after_a_change(tmp_path: Path) -> None:
    with serving(tmp_path, posting(1), posting(2, metadata__lastModified="2026-08-15T13:00:00Z")) as server:
        pull = Pull(server, tmp_path / "data")
        assert pull.client().news() == "never pulled"
        assert server.requests == []
        pull()
        server.now = NOW + timedelta(hours=2)
        assert pull.client().news() == "postings changed since 2026-08-01 06:00 UTC"
        assert len(server.requests) == 3


def test_archived_postings_are_counted_and_their_records_purged_after_the_retention(pull: Pull) -> None:
    pull()
    assert holds(pull.data, pseudonym(102)), "the search finds what is there"
    assert holds(pull.data, pseudonym(101))
    assert not holds(pull.data, pseudonym(100)), "archived weeks ago: counted at once, never kept"
    for hours in (24, 48, 72, 96):
        pull.server.now = NOW + timedelta(hours=hours)
        pull()
    assert not holds(pull.data, pseudonym(101))
    assert not holds(pull.data, pseudonym(102))
    assert pull.rows("closed_date, postings, positions", where="closed_date is not null") == [
        (date(2026, 7, 1), 1, 2),
        (date(2026, 8, 14), 1, 2),
        (date(2026, 8, 16), 1, 2),
    ]
    assert pull.rows("sum(postings)", where="closed_date is null") == [(OPEN,)]
    assert pull.report().totals.removed == 0


def test_an_overlap_does_not_count_purged_postings_again(pull: Pull) -> None:
    pull()
    for days in (5, 6, 7):
        pull.server.now = NOW + timedelta(days=days)
        pull(again=True)
    assert pull.rows("sum(postings)") == [(OPEN + 3,)]


def test_a_posting_published_later_than_it_was_changed_is_not_missed(tmp_path: Path) -> None:
    scheduled = posting(2, application__published="2026-08-16T05:00:00Z")
    with serving(tmp_path, posting(1), scheduled) as server:
        pull = Pull(server, tmp_path / "data")
        pull()
        assert pull.rows("sum(postings)") == [(1,)]
        server.now = NOW + timedelta(days=1)
        pull()
        assert "published full" not in pull.kinds()
        assert pull.rows("opened_date", where="opened_date > date '2026-08-01'") == [(date(2026, 8, 16),)]


def test_all_published_postings_are_read_anew_after_a_week(pull: Pull) -> None:
    pull()
    pull.server.now = NOW + timedelta(days=6)
    pull()
    assert pull.kinds() == ["published delta", "published recent", "archived interval"]
    pull.server.now = NOW + timedelta(days=7)
    pull()
    assert pull.kinds() == ["published delta", "published recent", "archived interval", "published full"]


def test_a_posting_that_a_full_read_misses_has_vanished_and_may_come_back(pull: Pull) -> None:
    pull()
    pull.server.switch_on(Fault.VANISHED, 2)
    pull.server.now = NOW + timedelta(days=1)
    pull()
    assert pull.rows("sum(postings)", where="closed_kind = 'vanished'") == [(None,)], "a delta can't tell"
    pull(again=True)
    assert pull.rows("closed_date, postings", where="closed_kind = 'vanished'") == [(date(2026, 8, 16), 2)]
    pull.server.switch_off(Fault.VANISHED)
    pull(again=True)
    assert pull.rows("sum(postings)", where="closed_kind = 'vanished'") == [(None,)]


def test_postings_that_one_full_read_misses_are_looked_for_again_and_count_once(tmp_path: Path) -> None:
    changed = {"metadata__lastModified": "2026-08-14T06:00:00Z"}  # later intervals begin here, after the others' change
    with serving(tmp_path, *(posting(number) for number in range(9)), posting(9, **changed)) as server:
        pull = Pull(server, tmp_path / "data")
        pull()
        server.switch_on(Fault.VANISHED, 2)
        server.now = NOW + timedelta(days=7)
        pull()
        assert pull.report().totals.vanished == 2
        server.switch_off(Fault.VANISHED)
        for days in (8, 9, 10, 14, 15):
            server.now = NOW + timedelta(days=days)
            pull()
            assert ("published full" in pull.kinds()) == (days in (8, 15))
            assert pull.rows("sum(postings)") == [(10,)], f"after {days} days"


def test_a_posting_past_its_deadline_whose_removal_nobody_reports_brings_a_full_read(tmp_path: Path) -> None:
    lines = [posting(number) for number in range(9)]
    with serving(tmp_path, *lines, posting(9, application__expires="2026-08-15T20:59:59Z")) as server:
        pull = Pull(server, tmp_path / "data")
        pull()
        server.now = NOW + timedelta(days=1)
        pull()
        assert pull.kinds() == ["published delta", "published recent", "archived interval"]
        assert pull.rows("closed_date, closed_kind", where="closed_date is not null") == [
            (date(2026, 8, 15), "expired")
        ], "the deadline is the end of the Finnish day"
        server.now = NOW + timedelta(days=3)
        pull()
        assert pull.kinds()[-1] == "published full"


def test_a_posting_archived_long_after_its_deadline_counts_once(tmp_path: Path) -> None:
    others = [posting(number) for number in range(9)]
    late = {"application__expires": "2026-08-15T20:59:59Z"}
    archived = closing(9, "2026-08-22T09:00:00Z", **late)
    worlds = {"open": [*others, posting(9, **late)], "dropped": others, "archived": [*others, archived]}
    folders = {name: write_world(tmp_path / name, lines) for name, lines in worlds.items()}
    pull: Pull | None = None
    for days, world in ((0, "open"), (1, "dropped"), (4, "dropped"), (8, "archived")):
        with PostingsReplay(folders[world], clock=NOW + timedelta(days=days)) as server:
            pull = pull or Pull(server, tmp_path / "data")
            pull.server = server
            pull(again=True)
        assert pull.rows("sum(postings)") == [(10,)], f"after {days} days"
    assert pull is not None
    assert pull.rows("closed_date, closed_kind", where="closed_date is not null") == [(date(2026, 8, 15), "expired")]
    assert pull.report().totals.removed_before == 1


def test_places_share_a_posting_and_abroad_is_left_out(tmp_path: Path) -> None:
    lines = [
        posting(1, location__municipalities=["049", "091", "092"], location__regions=[], location__countries=[]),
        posting(2, location__municipalities=["091", "091"]),
        posting(3, location__municipalities=[], location__regions=["19", "06"]),
        posting(4, location__municipalities=[], location__regions=[]),
        posting(5, location__municipalities=None, location__regions=..., location__countries=...),
        posting(6, location__municipalities=[], location__regions=[], location__countries=["DK", "SE"]),
    ]
    with serving(tmp_path, *lines) as server:
        pull = Pull(server, tmp_path / "data")
        pull()
        counted = pull.rows("place_kind, municipality_code, region_code, round(postings, 6), round(positions, 6)")
        assert counted == [
            ("country", None, None, 2, 4),
            ("municipality", "049", None, 0.333333, 0.666667),
            ("municipality", "091", None, 1.333333, 2.666667),
            ("municipality", "092", None, 0.333333, 0.666667),
            ("region", None, "06", 0.5, 1),
            ("region", None, "19", 0.5, 1),
        ]
        assert pull.report().totals.abroad == 1


def test_what_a_posting_does_not_say(tmp_path: Path) -> None:
    lines = [
        posting(1, application__published=None, metadata__created="2026-08-02T22:30:00Z"),
        posting(2, application__openPositions=...),
        posting(3, position__mainOccupation=..., position__occupations=[]),
        posting(4, position__mainOccupation=..., position__occupations=["http://data.europa.eu/esco/isco/C532"]),
        posting(5, position__continuityOfWork=["02", "0201"], position__workTime="02"),
        posting(6, position__continuityOfWork=[], position__workTime=...),
    ]
    with serving(tmp_path, *lines) as server:
        pull = Pull(server, tmp_path / "data")
        pull()
        opened = pull.rows("opened_date, sum(postings)", where="opened_date > date '2026-08-01' group by all")
        assert opened == [(date(2026, 8, 3), 1)], "created, in Finnish time"
        assert pull.rows("sum(positions)") == [(11,)]
        uris = pull.rows("occupation_uri, postings", where="occupation_uri is null or occupation_uri like '%C532'")
        assert uris == [("http://data.europa.eu/esco/isco/C532", 1), (None, 1)]
        assert pull.rows("postings", where="is_permanent = false and is_full_time = false") == [(1,)]
        assert pull.rows("postings", where="is_permanent is null and is_full_time is null") == [(1,)]


def test_a_posting_sent_twice_counts_once_with_its_newest_state(pull: Pull) -> None:
    pull.server.switch_on(Fault.DUPLICATE_ID, 3)
    pull()
    assert pull.report().reads[0].duplicates == 3
    assert pull.rows("sum(postings)", where="closed_date is null") == [(OPEN + 1,)]


def test_lines_left_out_are_reported_and_listed(pull: Pull) -> None:
    for fault in (Fault.MALFORMED_LINE, Fault.NOT_AN_OBJECT, Fault.NO_ID, Fault.BLANK_LINES, Fault.NEW_FIELD):
        pull.server.switch_on(fault)
    pull()
    read = pull.report().reads[0]
    assert read.quarantined == {"no_id": 1, "not_an_object": 1, "not_json": 1}
    assert read.blank == 3
    assert read.usable == OPEN + 1
    assert read.lines == read.blank + read.usable + 3
    assert read.unknown_fields
    assert read.looked_at == read.usable
    listed = [line for line in pull.quarantined() if line["read"] == "published full"]
    assert sorted(line["reason"] for line in listed) == ["no_id", "not_an_object", "not_json"]
    assert all(set(line) == {"read", "line", "reason", "bytes", "sha256"} for line in listed)


PASSING = {
    Fault.CUT_MID_LINE: [],
    Fault.CUT_SILENT: [],
    Fault.CUT_CONNECTION: [],
    Fault.SERVER_ERROR: [],
    Fault.UNAVAILABLE: [],
    Fault.HTML_200: [],
    Fault.TOO_MANY_REQUESTS: [1.0],
    Fault.TOO_MANY_REQUESTS_DATE: [2.0],
    Fault.ODD_TEXT: [],
    Fault.SLOW_DRIP: [],
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_changes_nothing_but_the_number_of_calls(tmp_path: Path, fault: Fault) -> None:
    lines: list[dict[str, object]] = [posting(number) for number in range(8)]
    landed = []
    for name in ("calm", "faulty"):
        with serving(tmp_path, *lines) as server:
            pull = Pull(server, tmp_path / name)
            if name == "faulty":
                server.switch_on(fault, 0.001 if fault is Fault.SLOW_DRIP else None)
            vintage, _ = pull()
            landed.append((vintage.answers[:2], pull.rows("* exclude (retrieved_at)")))
    assert landed[0] == landed[1]
    assert all(wait in pull.slept for wait in PASSING[fault])


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Fault.FORBIDDEN, RequestRefusedError, "Ask KEHA whether the activation is complete"),
        (Fault.UNAUTHORIZED, RequestRefusedError, "the key or the token is refused"),
        (Fault.EMPTY_BODY, UnbelievableReadError, "0 postings, 33 at the last full one"),
        (Fault.SCHEMA_DRIFT, DriftError, "`metadata` is not an object any more"),
        (Fault.OUTAGE, SourceUnavailableError, "no connection"),
        (f"{Fault.SERVER_ERROR}:9", SourceUnavailableError, "status 500"),
        (f"{Fault.CUT_MID_LINE}:9", SourceUnavailableError, "the answer broke off"),
        (f"{Fault.CUT_SILENT}:9", SourceUnavailableError, "middle of a line"),
        (f"{Fault.VANISHED}:12", UnbelievableReadError, "of the open postings are missing"),
        (f"{Fault.SHORT_ANSWER}:2", UnbelievableReadError, "least_share_of_previous|are missing"),
    ],
)
def test_a_lasting_fault_is_an_error_that_leaves_all_as_it_was(
    tmp_path: Path, fault: str, error: type[SourceError], words: str
) -> None:
    lines: list[dict[str, object]] = [posting(number) for number in range(33)]
    with serving(tmp_path, *lines) as server:
        pull = Pull(server, tmp_path / "data")
        first, _ = pull()
        before = contents(pull.data / "raw")
        server.switch_on(fault)
        with pytest.raises(error, match=words):
            pull.client().pull(again=True)
        server.switch_off(fault.partition(":")[0])
        assert contents(pull.data / "raw") == before
        assert pull.client().pull(again=True) == (first, False)


def test_a_failed_read_does_not_advance_the_watermark(pull: Pull) -> None:
    pull()
    pull.server.now = NOW + timedelta(days=2)
    pull.server.switch_on(Fault.SERVER_ERROR, 9)
    with pytest.raises(SourceUnavailableError):
        pull.client().pull()
    pull.server.switch_off(Fault.SERVER_ERROR)
    del pull.server.asked[:]
    pull()
    assert pull.server.asked[0]["modified"] == {"from": "2026-08-01T04:00:00.000000Z"}
    assert pull.server.asked[2]["archived"]["from"] == "2026-08-14T07:00:00.000000Z"


def test_the_files_of_a_refused_vintage_are_swept_away(pull: Pull) -> None:
    first, _ = pull()
    pull.server.now = NOW + timedelta(days=1)
    refused, is_new = pull.client().pull()
    assert is_new
    assert pull.store.holds(refused)
    assert pull.store.sweep(first) > 0
    assert not pull.store.holds(refused)
    assert pull.store.holds(first)
    assert pull.store.sweep(None) > 0
    assert not list((pull.data / "raw" / "tyomarkkinatori").rglob("*/*/*"))


def test_only_lines_none_of_which_is_usable_are_no_empty_day(tmp_path: Path) -> None:
    with serving(tmp_path, posting(1, metadata__externalId=...), posting(2, metadata__externalId=...)) as server:
        pull = Pull(server, tmp_path / "data")
        with pytest.raises(UnbelievableReadError, match=r"2 lines, none usable: no_id \(2\)"):
            pull()
        assert len(pull.quarantined()) == 2
        assert pull.vintages.all("tyomarkkinatori", "posting_cohorts") == []


def test_another_secret_and_an_earlier_clock_are_refused(pull: Pull) -> None:
    pull()
    pull.secret = b"another secret of at least 32 bytes"
    with pytest.raises(SourceError, match="Set the old secret again"):
        pull()
    pull.secret = b"a secret of the tests, for nobody else"
    pull.server.now = NOW - timedelta(days=1)
    with pytest.raises(SourceError, match="the source's clock says 2026-08-14 12:00 UTC"):
        pull()


def test_without_a_key_or_a_secret_no_call_is_made(pull: Pull) -> None:
    pull.key = " "
    with pytest.raises(NotConfiguredError, match=r"no subscription key. Ask tmt-rajapinnat@keha-keskus.fi"):
        pull()
    pull.key, pull.secret = "replay-key", b"short"
    with pytest.raises(NotConfiguredError, match="at least 32"):
        pull()
    assert pull.server.requests == []


def test_a_wrong_key_is_refused_at_once(pull: Pull) -> None:
    pull.key = "another"
    with pytest.raises(RequestRefusedError, match="the key or the token is refused"):
        pull()
    assert len(pull.server.requests) == 1


def test_the_name_of_the_key_header_is_configuration(tmp_path: Path) -> None:
    world = write_world(tmp_path / "world", [posting(1)])
    with PostingsReplay(world, clock=NOW, key_header="KIPA-SubscriptionId") as server:
        source = load_source()
        header = msgspec.structs.replace(source.p67, key_header="KIPA-SubscriptionId")
        assert Pull(server, tmp_path / "a", source=msgspec.structs.replace(source, p67=header))()[1]
        with pytest.raises(RequestRefusedError):
            Pull(server, tmp_path / "b")()


def test_a_refused_token_is_renewed_once_and_the_call_repeated(tmp_path: Path) -> None:
    world = write_world(tmp_path / "world", [posting(1)])
    with PostingsReplay(world, clock=NOW, require_bearer=True) as server:
        pull = Pull(server, tmp_path / "data")
        with pytest.raises(RequestRefusedError):
            pull()
        pull.tokens = pull.credentials
        server.switch_on(Fault.UNAUTHORIZED, 1)
        del server.requests[:]
        pull()
        assert [(path.rsplit("/", 1)[1], status) for _, path, status in server.requests] == [
            ("token", 200),
            ("jobpostings", 401),
            ("token", 200),
            ("jobpostings", 200),
            ("jobpostings", 200),
        ]
        server.switch_on(Fault.UNAUTHORIZED, 2)
        with pytest.raises(RequestRefusedError):
            pull()


def test_a_static_token_that_is_refused_ends_the_pull(tmp_path: Path) -> None:
    world = write_world(tmp_path / "world", [posting(1)])
    with PostingsReplay(world, clock=NOW, require_bearer=True) as server:
        pull = Pull(server, tmp_path / "data")
        pull.tokens = lambda _: StaticToken("not-a-good-token")
        with pytest.raises(RequestRefusedError):
            pull()
        assert [status for _, _, status in server.requests] == [401]
    with pytest.raises(NotConfiguredError):
        StaticToken(" ")


@pytest.mark.parametrize(("seconds", "elapsed", "tokens"), [(3600, 3500, 1), (3600, 3541, 2), (2, 0.9, 1), (2, 1.1, 2)])
def test_a_token_is_replaced_shortly_before_its_end(pull: Pull, seconds: float, elapsed: float, tokens: int) -> None:
    clock = [1000.0]
    with PostingsReplay(
        pull.data.parent / "world", token_seconds=seconds, token_clock=NOW.timestamp, clock=NOW
    ) as server:
        pull.server = server
        provider = pull.credentials(PoliteSession(), clock=lambda: clock[0])
        provider.headers()
        clock[0] += elapsed
        provider.headers()
        assert len(server.requests) == tokens


@pytest.mark.parametrize(
    ("answer", "lasts"), [('"expires_in": 100', 70.0), ('"expires_in": "100"', 70.0), ('"x": 1', 1e9)]
)
def test_an_opaque_token_lasts_as_long_as_the_endpoint_says(pull: Pull, answer: str, lasts: float) -> None:
    clock = [0.0]
    with LoopbackServer(
        lambda _: Answer(body=f'{{"access_token": "opaque", {answer}}}'.encode()), name="tokens"
    ) as tokens:
        provider = pull.credentials(PoliteSession(), token_url=tokens.url, clock=lambda: clock[0])
        assert provider.headers() == {"Authorization": "Bearer opaque"}
        clock[0] = min(lasts, 39.0)
        provider.headers()
        assert len(tokens.requests) == 1
        clock[0] = lasts + 100
        provider.headers()
        assert len(tokens.requests) == (2 if lasts < 1e9 else 1)


def test_refused_credentials_are_an_error_that_shows_no_secret(pull: Pull) -> None:
    provider = pull.credentials(PoliteSession(), client_secret="wrong-and-secret")
    with pytest.raises(RequestRefusedError, match="refuses the client's credentials") as failure:
        provider.headers()
    assert "wrong-and-secret" not in str(failure.value)
    with pytest.raises(NotConfiguredError, match="no client secret"):
        pull.credentials(PoliteSession(), client_secret="")


def test_credentials_that_are_refused_are_sent_once_and_named_as_the_fault(tmp_path: Path) -> None:
    world = write_world(tmp_path / "world", [posting(1)])
    with PostingsReplay(world, clock=NOW, require_bearer=True) as server:
        pull = Pull(server, tmp_path / "data")
        pull.tokens = lambda session: pull.credentials(session, client_secret="wrong")
        with pytest.raises(RequestRefusedError, match="refuses the client's credentials") as failure:
            pull()
        assert [path.rsplit("/", 1)[1] for _, path, _ in server.requests] == ["token"]
        assert "the key or the token" not in str(failure.value)
        assert "filters" not in str(failure.value)
        assert failure.value.status == 401, "a 400 would mean that the source has no such table"


@pytest.mark.parametrize("secret", ["first-half\nsecond-half", "first half", "hälf"])
def test_a_secret_that_no_header_may_hold_is_refused_without_quoting_it(pull: Pull, secret: str) -> None:
    pull.key = secret
    with pytest.raises(NotConfiguredError, match="the subscription key holds") as failure:
        pull()
    assert secret not in str(failure.value)
    with pytest.raises(NotConfiguredError, match="the token holds"):
        StaticToken(secret)


def test_what_a_killed_landing_left_is_swept_away(pull: Pull) -> None:
    pull()
    left = pull.store.root / "spill-abc" / "duckdb_temp_storage.tmp"
    left.parent.mkdir()
    left.write_bytes(b"records")
    pull()
    assert not left.parent.exists()


def test_a_token_without_end_is_kept(pull: Pull) -> None:
    endless = jwt.encode({"sub": "x"}, "k" * 32, algorithm="HS256")
    with LoopbackServer(lambda _: Answer(body=f'{{"access_token": "{endless}"}}'.encode()), name="tokens") as tokens:
        provider = pull.credentials(PoliteSession(), token_url=tokens.url)
        provider.headers()
        provider.headers()
        assert len(tokens.requests) == 1


def test_v1_gives_the_same_open_postings_page_by_page(tmp_path: Path) -> None:
    world = write_world(tmp_path / "world", [posting(number) for number in range(230)])
    source = load_source()
    small = msgspec.structs.replace(source, v1=msgspec.structs.replace(source.v1, page_size=100))
    with PostingsReplay(world, clock=NOW) as server:
        by_p67, by_v1 = Pull(server, tmp_path / "a"), Pull(server, tmp_path / "b", interface="v1", source=small)
        by_p67()
        _, is_new = by_v1()
        assert is_new
        columns = "municipality_code, occupation_uri, opened_date, is_permanent, is_full_time, postings, positions"
        assert by_v1.rows(columns) == by_p67.rows(columns)
        assert sum(path.endswith("maara=100") for _, path, _ in server.requests) == 3
        assert by_v1.report().covered_from == date(2026, 8, 15), "no archive: flows begin with the first pull"
        server.switch_on(Fault.VANISHED, 5)
        server.now = NOW + timedelta(days=1)
        by_v1()
        assert by_v1.rows("closed_date, postings", where="closed_kind = 'vanished'") == [(date(2026, 8, 16), 5)]


def test_v1_renews_a_revoked_token_in_the_middle_of_its_pages(tmp_path: Path) -> None:
    world = write_world(tmp_path / "world", [posting(number) for number in range(10)])
    with PostingsReplay(world, clock=NOW) as server:
        pull = Pull(server, tmp_path / "data", interface="v1")
        pull.server.switch_on(Fault.UNAUTHORIZED, 1)
        pull()
        assert pull.rows("sum(postings)") == [(10,)]
        server.switch_on(Fault.CUT_SILENT, 1)
        assert pull()[1] is False


def test_an_address_that_is_not_let_in_is_named_as_such(pull: Pull) -> None:
    with socket.socket() as silent, socket.socket() as first, socket.socket() as second:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        for waiting in (first, second):  # they fill the queue; whoever comes next gets no answer
            waiting.setblocking(False)
            waiting.connect_ex(silent.getsockname())
        session = PoliteSession(patience=Patience(connect=0.05, attempts=2, first_wait=0.001), sleep=lambda _: None)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        feed = P67Feed(pull.source, session=session, key="k", report=pull.said.append, url=url)
        with pytest.raises(SourceUnavailableError, match="IP address not opened by KEHA"):
            feed.peek(NOW)


def test_a_key_does_not_follow_a_redirect(pull: Pull) -> None:
    def answer(request: Request) -> Answer:
        return Answer(status=302, headers={"Location": "/elsewhere"}) if request.path == "/" else Answer(body=b"{}\n")

    with LoopbackServer(answer, name="moved") as moved:
        feed = P67Feed(pull.source, session=PoliteSession(), key="k", report=pull.said.append, url=moved.url + "/")
        with pytest.raises(RequestRefusedError, match="302"):
            feed.peek(NOW)
        assert [path for _, path, _ in moved.requests] == ["/"]


def test_calls_keep_their_distance(pull: Pull) -> None:
    pull()
    assert any(0 < pause <= 1 for pause in pull.slept)


def test_an_answer_that_never_ends_is_given_up(pull: Pull, tmp_path: Path) -> None:
    def endless(_: Request) -> Answer:
        def body() -> Iterator[bytes]:
            while True:
                yield ndjson([posting(1)])

        return Answer(body=body(), content_type="application/x-ndjson")

    with LoopbackServer(endless, name="endless") as server:
        session = PoliteSession(patience=Patience(stream=0.05, attempts=1))
        feed = P67Feed(pull.source, session=session, key="k", report=pull.said.append, url=server.url)
        begin = _counting(tmp_path, pull)
        with pytest.raises(SourceUnavailableError, match="had not ended after"):
            feed.read(Query(status=Status.PUBLISHED, kind=Kind.FULL), begin)


def _counting(folder: Path, pull: Pull) -> Callable[[], object]:
    from sources.tyomarkkinatori.intake import Intake
    from sources.tyomarkkinatori.schema import Interface
    from sources.tyomarkkinatori.screen import Pseudonym, Screen

    screen = Screen(Pseudonym(pull.secret))
    return lambda: Intake(Interface.P67, name="x", source=pull.source, screen=screen, target=folder / "x.ndjson")


def test_landing_is_typed_repeatable_and_knows_itself(pull: Pull, tmp_path: Path) -> None:
    vintage, _ = pull()
    targets = [tmp_path / name / "data.parquet" for name in "ab"]
    rows = [land(vintage, pull.store, target) for target in targets]
    assert rows[0] == rows[1] > 0
    assert targets[0].read_bytes() == targets[1].read_bytes()
    assert is_landed(targets[0])
    assert not is_landed(tmp_path / "nowhere")
    with duckdb.connect() as connection:
        described = connection.execute("describe from read_parquet(?)", [str(targets[0])]).fetchall()
    assert [name for name, *_ in described] == landed_schema().names
    assert [path.name for path in targets[0].parent.iterdir()] == ["data.parquet"]


def test_the_recordings_can_be_pulled(recordings: Path, tmp_path: Path) -> None:
    with PostingsReplay(recordings) as server:
        pull = Pull(server, tmp_path / "data")
        pull()
        published, archived = pull.report().reads
        assert (published.lines, published.usable, published.duplicates) == (324, 320, 1)
        assert archived.usable == 40
        assert pull.report().totals.abroad == 1
        assert pull.rows("round(sum(postings), 6)") == [(358,)]

"""Small worlds of invented job postings for tests: P67 lines, a folder for the replay server, a client on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from sources.http import Patience, PoliteSession
from sources.tyomarkkinatori.client import PostingsClient
from sources.tyomarkkinatori.feeds import Feed, P67Feed, V1Feed
from sources.tyomarkkinatori.parse import land
from sources.tyomarkkinatori.replay import PostingsReplay
from sources.tyomarkkinatori.report import PullReport
from sources.tyomarkkinatori.schema import Source, load_source
from sources.tyomarkkinatori.screen import Pseudonym
from sources.tyomarkkinatori.store import PostingStore
from sources.tyomarkkinatori.tokens import ClientCredentials, TokenProvider
from sources.vintage import Vintage, VintageStore

SECRET = b"a secret of the tests, for nobody else"
NURSE = "http://data.europa.eu/esco/occupation/87d0795a-d41f-47ee-979f-0ab7d73836e7"


def posting_id(number: int) -> str:
    """The source's id of the numbered posting."""
    return f"00000000-0000-4000-8000-{number:012d}"


def pseudonym(number: int) -> str:
    """What is kept instead."""
    return Pseudonym(SECRET).of(posting_id(number))


def posting(number: int, **changes: Any) -> dict[str, Any]:
    """One P67 posting; `changes` by path: `location__regions=[]`; `...` takes a member away."""
    line: dict[str, Any] = {
        "languages": ["fi"],
        "metadata": {
            "externalId": posting_id(number),
            "created": "2026-08-01T06:00:00Z",
            "lastModified": "2026-08-01T06:00:00Z",
        },
        "owner": {"employerType": "Organization", "company": {"fi": "Keksitty Oy"}, "industryCode": "87301"},
        "position": {
            "mainOccupation": NURSE,
            "occupations": [NURSE],
            "title": {"fi": "Keksitty"},
            "continuityOfWork": ["01"],
            "workTime": "01",
            "employmentRelationship": "01",
        },
        "location": {"countries": ["FI"], "regions": ["01"], "municipalities": ["091"]},
        "application": {"published": "2026-08-01T06:00:00Z", "expires": "2026-12-31T21:59:00Z", "openPositions": 2},
        "contacts": [],
    }
    for path, value in changes.items():
        *parents, last = path.split("__")
        member = line
        for parent in parents:
            member = member[parent]
        if value is ...:
            member.pop(last, None)
        else:
            member[last] = value
    return line


def ndjson(lines: Iterable[dict[str, Any] | bytes]) -> bytes:
    """Lines as they are sent."""
    return b"".join(
        (line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode()) + b"\n" for line in lines
    )


def write_world(folder: Path, lines: Iterable[dict[str, Any] | bytes]) -> Path:
    """A folder for the replay server."""
    place = folder / "job_postings"
    place.mkdir(parents=True, exist_ok=True)
    (place / "postings_test.ndjson").write_bytes(ndjson(lines))
    return folder


class Pull:
    """A client on a replay server, with everything it said and slept written down; it never really sleeps."""

    def __init__(self, server: PostingsReplay, data: Path, *, interface: str = "p67", source: Source | None = None):
        self.server = server
        self.data = data
        self.source = source or load_source()
        self.store = PostingStore(data / "raw" / "tyomarkkinatori")
        self.vintages = VintageStore(data / "raw")
        self.quarantine = data / "work" / "quarantine.ndjson"
        self.interface = interface
        self.secret = SECRET
        self.key = "replay-key"
        self.tokens: Callable[[PoliteSession], TokenProvider | None] = lambda _: None
        self.said: list[str] = []
        self.slept: list[float] = []

    def credentials(self, session: PoliteSession, **changes: Any) -> ClientCredentials:
        """The token provider for this server."""
        given: dict[str, Any] = {
            "session": session,
            "token_url": self.server.token_url,
            "client_id": self.server.client_id,
            "client_secret": self.server.client_secret,
            "scope": self.server.scope,
            "report": self.said.append,
        }
        return ClientCredentials(**(given | changes))

    def client(self) -> PostingsClient:
        session = PoliteSession(patience=Patience(read=5, first_wait=0.01), sleep=self.slept.append)
        tokens = self.tokens(session)
        feed: Feed
        if self.interface == "v1":
            feed = V1Feed(
                self.source,
                session=session,
                tokens=tokens or self.credentials(session),
                report=self.said.append,
                url=self.server.v1_url,
            )
        else:
            feed = P67Feed(
                self.source,
                session=session,
                key=self.key,
                report=self.said.append,
                url=self.server.p67_url,
                tokens=tokens,
            )
        return PostingsClient(
            self.source,
            feed=feed,
            store=self.store,
            vintages=self.vintages,
            secret=self.secret,
            quarantine=self.quarantine,
            report=self.said.append,
        )

    def __call__(self, *, again: bool = False) -> tuple[Vintage, bool]:
        """Pull, let the vintage in, sweep: as a run whose gate is green does."""
        vintage, is_new = self.client().pull(again=again)
        self.vintages.add(vintage)
        self.store.sweep(vintage)
        return vintage, is_new

    def report(self) -> PullReport:
        """The report of the newest vintage."""
        vintage = self.vintages.newest("tyomarkkinatori", "posting_cohorts")
        assert vintage is not None
        return self.store.files(vintage)[2]

    def kinds(self) -> list[str]:
        """Which reads the newest vintage consists of."""
        return [read.query.name for read in self.report().reads]

    def rows(self, columns: str, *, where: str = "true") -> list[tuple[Any, ...]]:
        """What the newest vintage lands as."""
        vintage = self.vintages.newest("tyomarkkinatori", "posting_cohorts")
        assert vintage is not None
        target = self.data / "work" / "landed.parquet"
        land(vintage, self.store, target)
        with duckdb.connect() as connection:
            return connection.execute(
                f"select {columns} from read_parquet(?) where {where} order by all", [str(target)]
            ).fetchall()

    def quarantined(self) -> list[dict[str, Any]]:
        """The list of lines left out."""
        return [msgspec.json.decode(line) for line in self.quarantine.read_bytes().splitlines()]


def utc(text: str) -> datetime:
    """A time in UTC: '2026-08-15 12:00'."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)

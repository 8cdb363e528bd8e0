"""The two interfaces behind one: P67 v2 streams lines, V1 gives pages; both are read into an Intake.

Belongs here: addresses, keys, filters, the shape of an answer. Does not belong here: what a line must be (`intake`),
and which reads a pull needs (`client`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import msgspec
import requests

from sources.http import (
    Authorizer,
    PoliteSession,
    RequestRefusedError,
    SourceError,
    SourceUnavailableError,
    UnreadableAnswerError,
    blocks_of,
    date_of,
)
from sources.tyomarkkinatori.intake import Intake, pieces_of
from sources.tyomarkkinatori.report import Kind, Query, Status
from sources.tyomarkkinatori.schema import Interface, NotConfiguredError, Source
from sources.tyomarkkinatori.tokens import CredentialsRefusedError, NoToken, TokenProvider, sendable

T = TypeVar("T")
BLOCK = 256 * 1024  # bytes
MOST_PAGES = 2_000
_INTERVAL = {Kind.DELTA: "modified", Kind.RECENT: "published", Kind.INTERVAL: "archived"}


class Feed(Protocol):
    """One interface. `has_archive`: it also gives archived postings and takes intervals."""

    interface: Interface
    has_archive: bool

    def read(self, query: Query, begin: Callable[[], Intake]) -> tuple[Intake, datetime | None]:
        """Read everything that `query` asks for into an intake that `begin` opens anew for every attempt.

        Returns it, closed, and what the service's clock said. Raises SourceError.
        """

    def peek(self, since: datetime) -> tuple[bool, datetime | None]:
        """Whether a published posting changed after `since` (False when the interface can't say), and the clock."""


class P67Feed:
    """P67 v2: one POST, the answer is a stream of lines without an end mark (contract, sections 1 to 3).

    `url` is the endpoint. Raises NotConfiguredError without a key: then no call may be made.
    """

    interface = Interface.P67
    has_archive = True

    def __init__(
        self,
        source: Source,
        *,
        session: PoliteSession,
        key: str,
        report: Callable[[str], None],
        url: str | None = None,
        key_header: str | None = None,
        tokens: TokenProvider | None = None,
    ) -> None:
        if not key.strip():
            raise NotConfiguredError(
                f"tyomarkkinatori: no subscription key. Ask {source.contact} for one, or switch the source off."
            )
        self._url = url or source.base_url
        self._session = session
        self._session.pace = source.pull.pace_seconds
        self._authorizer = _WithKey(
            {key_header or source.p67.key_header: sendable(key, "subscription key")}, tokens or NoToken()
        )
        self._report = report

    def read(self, query: Query, begin: Callable[[], Intake]) -> tuple[Intake, datetime | None]:
        """As Feed."""

        def read(response: requests.Response) -> tuple[Intake, datetime | None]:
            _refuse_web_page(response)
            with begin() as intake:
                intake.take_body(blocks_of(response, size=BLOCK, within=self._session.patience.stream))
            return intake, date_of(response)

        return self._post(f"tyomarkkinatori: {query.name}", _filters(query), read)

    def peek(self, since: datetime) -> tuple[bool, datetime | None]:
        """As Feed; reads no further than the first posting."""

        def read(response: requests.Response) -> tuple[bool, datetime | None]:
            _refuse_web_page(response)
            pieces = pieces_of(blocks_of(response, size=BLOCK, within=self._session.patience.stream))
            return any(piece.strip() for piece, _ in pieces), date_of(response)

        filters = {"onlyStatus": Status.PUBLISHED, "modified": {"from": _text(since)}}
        return self._post("tyomarkkinatori: probe for changes", filters, read)

    def _post(self, what: str, filters: Mapping[str, Any], read: Callable[[requests.Response], T]) -> T:
        return _explained(
            lambda: self._session.call(
                "POST",
                self._url,
                what=what,
                read=read,
                report=self._report,
                json=filters,
                headers={"Accept": "application/x-ndjson"},
                authorizer=self._authorizer,
                stream=True,
            )
        )


class V1Feed:
    """V1, until May 2027: pages of published postings, no dates to ask for, no archive (contract, section 4.2)."""

    interface = Interface.V1
    has_archive = False

    def __init__(
        self,
        source: Source,
        *,
        session: PoliteSession,
        tokens: TokenProvider,
        report: Callable[[str], None],
        url: str | None = None,
    ) -> None:
        self._url = url or source.v1.base_url
        self._size = source.v1.page_size
        self._session = session
        self._session.pace = source.pull.pace_seconds
        self._tokens = tokens
        self._report = report

    def read(self, query: Query, begin: Callable[[], Intake]) -> tuple[Intake, datetime | None]:
        """As Feed; `query` is always a full one of the published postings."""
        clock: datetime | None = None
        with begin() as intake:
            for page, moment in self._pages(query.name):
                clock = clock or moment
                for posting in page.postings:
                    intake.take(bytes(posting))
        return intake, clock

    def peek(self, since: datetime) -> tuple[bool, datetime | None]:
        """As Feed: V1 can't tell changes apart."""
        _, moment = self._page("probe for changes", 0)
        return False, moment

    def _pages(self, name: str) -> Iterator[tuple[_Page, datetime | None]]:
        for number in range(MOST_PAGES):
            page, moment = self._page(name, number)
            yield page, moment
            if page.count < self._size or not page.postings:
                return
        raise SourceError(
            f"tyomarkkinatori: {name}: more than {MOST_PAGES} pages. Nothing of this pull is used. Look whether V1 "
            "still ends its pages as documented."
        )

    def _page(self, name: str, number: int) -> tuple[_Page, datetime | None]:
        return _explained(
            lambda: self._session.call(
                "GET",
                self._url,
                what=f"tyomarkkinatori: {name}, page {number}",
                read=lambda response: (_read_page(response), date_of(response)),
                report=self._report,
                query={"sivu": str(number), "maara": str(self._size)},
                headers={"Accept": "application/json"},
                authorizer=self._tokens,
            )
        )


class _Page(msgspec.Struct):
    """A page: its number of postings, and the postings undecoded. The documents spell the list in two ways."""

    count: int = msgspec.field(name="ilmoituksienMaara")
    recorded: list[msgspec.Raw] | None = msgspec.field(name="ilmoitukset", default=None)
    documented: list[msgspec.Raw] | None = msgspec.field(name="Ilmoitukset", default=None)

    @property
    def postings(self) -> list[msgspec.Raw]:
        """The postings of the page."""
        return self.recorded or self.documented or []


def _refuse_web_page(response: requests.Response) -> None:
    """A maintenance page with status 200 is no stream of postings. Raises UnreadableAnswerError."""
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise UnreadableAnswerError("the answer is a web page")


def _read_page(response: requests.Response) -> _Page:
    """Raises UnreadableAnswerError, without a word of the body."""
    page: _Page | None = None
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        page = msgspec.json.decode(response.content, type=_Page)
    if page is None or (page.count and not page.postings):
        raise UnreadableAnswerError("the body is not the promised page of postings")
    return page


class _WithKey:
    """The subscription key beside whatever the token provider gives."""

    def __init__(self, key: Mapping[str, str], tokens: Authorizer) -> None:
        self._key = key
        self._tokens = tokens

    def headers(self) -> Mapping[str, str]:
        return {**self._key, **self._tokens.headers()}

    def renew(self) -> bool:
        return self._tokens.renew()


def _explained(call: Callable[[], T]) -> T:
    """The result of `call`, or its error with what KEHA's gateway means by it."""
    try:
        return call()
    except SourceUnavailableError as error:
        if not error.is_unreachable:
            raise
        raise SourceUnavailableError(
            f"{error} Is this machine's IP address not opened by KEHA? The gateway drops the connections of others.",
            is_unreachable=True,
        ) from None
    except CredentialsRefusedError:
        raise
    except RequestRefusedError as error:
        hints = {
            401: "the key or the token is refused. Compare them with those that KEHA gave.",
            403: "not allowed. Ask KEHA whether the activation is complete and the IP address opened.",
            400: "the filters are refused. Compare KEHA's documentation with sources/tyomarkkinatori/feeds.py.",
        }
        if error.status not in hints:
            raise
        raise RequestRefusedError(f"{error}: {hints[error.status]}", status=error.status) from None


def _filters(query: Query) -> dict[str, Any]:
    """`FiltersV2`: the status and at most one half-open interval; other filters could silently drop postings."""
    interval = {"from": query.since, "to": query.until}
    stated = {name: _text(moment) for name, moment in interval.items() if moment is not None}
    return {"onlyStatus": query.status, **({_INTERVAL[query.kind]: stated} if stated else {})}


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"

"""The StatFin client: pulls one table as a vintage, politely and whole.

The algorithm is that of contract statfin, section 10: probe, limits, metadata, plan, chunks, one release throughout.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import requests

from sources.archive import RawArchive, sha256_of
from sources.http import PoliteSession, RequestRefusedError, SourceError, UnreadableAnswerError
from sources.statfin.layout import Layout, find_layout
from sources.statfin.plan import Chunk, halve, plan
from sources.statfin.schema import AnswerHead, Limits, Metadata, Source, TableRequest
from sources.vintage import Vintage, VintageStore, vintage_id

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
RESTARTS = 2  # pulls that a release in their middle may cost before we give up for now


class ReleaseInPullError(SourceError):
    """The source released new data between two chunks of one pull."""


class AnswerMismatchError(SourceError):
    """An answer parsed, but is not what was asked for."""


class StatFinClient:
    """Pulls tables of one StatFin database into a raw archive and its vintage store.

    `known`: role -> codes held by the project's classifications. `report` receives progress lines.
    """

    def __init__(
        self,
        source: Source,
        *,
        session: PoliteSession,
        archive: RawArchive,
        known: Mapping[str, frozenset[str]],
        base_url: str | None = None,
        report: Callable[[str], None] = _LOG.info,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source = source
        self._root = (base_url or source.base_url).rstrip("/")
        self._session = session
        self._archive = archive
        self._vintages = VintageStore(archive.root)
        self._known = known
        self._report = report
        self._now = now
        self._limits: Limits | None = None

    def pull(self, table: str, *, again: bool = False) -> tuple[Vintage, bool]:
        """The newest vintage of `table`, and whether it is new; a new one is the caller's to judge and to add.

        Costs one call when the source has released nothing since the newest vintage known; `again` pulls all the same.
        Raises a SourceError that names the table, the place and the mend.
        """
        previous = self._vintages.newest(self._source.source, table)
        news = "to be pulled again" if again else self.news(table)
        if previous is not None and news is None:
            self._report(f"statfin {table}: unchanged since {previous.source_updated_at:%Y-%m-%d %H:%M} UTC")
            return previous, False
        self._report(f"statfin {table}: {news}, pulling")
        for attempt in range(RESTARTS + 1):
            try:
                return self._pull_once(table), True
            except ReleaseInPullError as error:
                if attempt == RESTARTS:
                    raise
                self._report(f"{error} Starting again.")
        raise AssertionError("unreachable")

    def news(self, table: str) -> str | None:
        """Why a pull of `table` would bring something new, in words, or None when it would not. One call, one cell.

        Compares the source's release time with the newest vintage's. Also news: there is no vintage yet, we now ask for
        something else, or the probe is refused because a code of the vintage is gone.
        """
        request = self._source.tables[table]
        previous = self._vintages.newest(self._source.source, table)
        if previous is None:
            return "never pulled"
        if previous.selection != _selection(request):
            return "other contents are asked for"
        metadata = msgspec.json.decode(self._archive.get(previous.metadata), type=Metadata)
        layout = find_layout(table, request, metadata, self._source, {})
        cell = Chunk({variable: layout.codes[variable][-1:] for variable in layout.variables})
        try:
            updated = _utc(self._post(table, cell, "probe for a new release", keep=False)[0].updated)
        except RequestRefusedError:
            return "codes of the newest vintage are gone"
        return None if updated == previous.source_updated_at else f"released {updated:%Y-%m-%d %H:%M} UTC"

    def _pull_once(self, table: str) -> Vintage:
        request = self._source.tables[table]
        layout, metadata_sha = self._layout(table, request)
        try:
            return self._pull_chunks(table, request, layout, metadata_sha)
        except RequestRefusedError as error:
            if error.status != 400:
                raise
            self._report(f"{error}; reading the metadata again")
        layout, metadata_sha = self._layout(table, request)
        return self._pull_chunks(table, request, layout, metadata_sha)

    def _pull_chunks(self, table: str, request: TableRequest, layout: Layout, metadata_sha: str) -> Vintage:
        todo: deque[Chunk] = deque(plan(layout, self._read_limits().max_cells))
        started = time.monotonic()
        answers: list[str] = []
        updated = ""
        attribution = ""
        while todo:
            chunk = todo.popleft()
            total = len(answers) + 1 + len(todo)
            try:
                head, sha256 = self._post(table, chunk, f"chunk {len(answers) + 1} of {total}")
            except RequestRefusedError as error:
                if error.status != 403:
                    raise
                halves = halve(chunk, layout)
                if len(halves) == 1:
                    raise
                self._report(f"statfin {table}: {chunk.cells:,} cells are too many for the service, halving the chunk")
                todo.extendleft(reversed(halves))
                continue
            updated, attribution = updated or head.updated, head.source
            if head.updated != updated:
                raise ReleaseInPullError(
                    f"statfin {table}: the source released new data in the middle of the pull ({updated}, then "
                    f"{head.updated} from chunk {len(answers) + 1} of {total} on)."
                )
            answers.append(sha256)
            self._report(_progress(table, len(answers), total, time.monotonic() - started))
        released = _utc(updated)
        selection = _selection(request)
        return Vintage(
            vintage_id=vintage_id(self._source.source, table, released, (selection, metadata_sha, *answers)),
            source=self._source.source,
            table=table,
            title=request.title,
            source_updated_at=released,
            retrieved_at=self._now().replace(microsecond=0),
            division=layout.division,
            attribution=attribution,
            selection=selection,
            metadata=metadata_sha,
            answers=tuple(answers),
        )

    def _read_limits(self) -> Limits:
        """The service's own limits, asked once per client; from then on the session keeps them."""
        if self._limits is None:
            url = f"{self._root}/{self._source.language}/?config"
            limits = self._session.call(
                "GET", url, what="statfin: limits", read=lambda response: _decode(response, Limits), report=self._report
            )
            self._session.limiter.obey(max_calls=limits.max_calls, window=limits.time_window)
            self._limits = limits
        return self._limits

    def _layout(self, table: str, request: TableRequest) -> tuple[Layout, str]:
        url = self._url(table)

        def read(response: requests.Response) -> tuple[Metadata, str]:
            metadata = _decode(response, Metadata)
            return metadata, self._keep(response, query=None)

        try:
            metadata, sha256 = self._session.call(
                "GET", url, what=f"statfin {table}: metadata", read=read, report=self._report
            )
        except RequestRefusedError as error:
            raise RequestRefusedError(
                f"{error}: the table is not there under this id. Look for it on the StatFin site and mend "
                f"sources/statfin/source.yml (ids were renamed in June 2026).",
                status=error.status,
            ) from error
        return find_layout(table, request, metadata, self._source, self._known), sha256

    def _post(self, table: str, chunk: Chunk, name: str, *, keep: bool = True) -> tuple[AnswerHead, str]:
        what = f"statfin {table}: {name}"
        query = chunk.query()

        def read(response: requests.Response) -> tuple[AnswerHead, str]:
            head = _decode(response, AnswerHead)
            _check(what, head, chunk)
            return head, self._keep(response, query=query) if keep else ""

        try:
            return self._session.call("POST", self._url(table), what=what, read=read, report=self._report, json=query)
        except RequestRefusedError as error:
            asked = ", ".join(f"{v}: {len(c)} codes from {c[0]} to {c[-1]}" for v, c in chunk.selection.items())
            raise RequestRefusedError(f"{error} to the query [{asked}]", status=error.status) from error

    def _keep(self, response: requests.Response, *, query: Mapping[str, object] | None) -> str:
        return self._archive.put(
            response.content,
            request={
                "url": response.url,
                "query": query,
                "status": response.status_code,
                "headers": {
                    k: v for k, v in response.headers.items() if k in ("Content-Type", "Date", "Last-Modified")
                },
                "retrieved_at": self._now().isoformat(),
            },
        )

    def _url(self, table: str) -> str:
        source = self._source
        subject = source.tables[table].subject
        return f"{self._root}/{source.language}/{source.database}/{subject}/{table}.px"


def _decode(response: requests.Response, type_: type[T]) -> T:
    """The JSON body as `type_`. Raises UnreadableAnswerError: HTML, truncated or foreign JSON."""
    try:
        return msgspec.json.decode(response.content, type=type_)
    except msgspec.DecodeError as error:
        begin = response.content[:60].decode("utf-8", "replace").strip()
        raise UnreadableAnswerError(
            f"the body ({len(response.content):,} bytes, begins {begin!r}) is not the promised JSON: {error}"
        ) from error


def _check(what: str, head: AnswerHead, chunk: Chunk) -> None:
    """The answer is a dataset of exactly the cells asked for. Raises AnswerMismatchError."""
    sizes = tuple(len(codes) for codes in chunk.selection.values())
    mend = "Nothing of this pull is used. Look at the table on the StatFin site; if it is sound there, run again."
    if head.class_ != "dataset" or head.id != tuple(chunk.selection):
        raise AnswerMismatchError(
            f"{what}: asked for {', '.join(chunk.selection)}, "
            f"the answer is a {head.class_} of {', '.join(head.id)}. {mend}"
        )
    if head.size != sizes:
        raise AnswerMismatchError(f"{what}: asked for {sizes} codes, the answer has {head.size}. {mend}")
    if len(head.value) != chunk.cells:
        raise AnswerMismatchError(
            f"{what}: size {head.size} promises {chunk.cells:,} values, the answer holds {len(head.value):,}. {mend}"
        )


def _utc(updated: str) -> datetime:
    """The `updated` stamp of json-stat2 ('2026-08-25T05:00:00Z')."""
    return datetime.fromisoformat(updated).astimezone(UTC)


def _selection(request: TableRequest) -> str:
    """A short hash of what is asked of a table: where, which codes, which contents (not how they are read)."""
    asked = (request.subject, request.dimensions, sorted(request.contents))
    return sha256_of(msgspec.json.encode(asked, order="deterministic"))[:16]


def _progress(table: str, done: int, total: int, elapsed: float) -> str:
    left = elapsed / done * (total - done)
    rest = f"{left:.0f} s" if left < 100 else f"{left / 60:.0f} min"
    return f"statfin {table}: {done} of {total} chunks" + ("" if done == total else f", about {rest} left")

"""The StatFin client: pulls one table as a vintage, politely and whole.

The algorithm is that of contract statfin, section 10: probe, limits, metadata, plan, chunks, one release throughout.
The first fill of a large table is tried with one whole-table download before that (section 6.4).
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import requests

from sources.archive import RawArchive, sha256_of
from sources.http import PoliteSession, RequestRefusedError, SourceError, blocks_of
from sources.statfin.answer import AnswerMismatchError, check_head, decode, utc
from sources.statfin.layout import Layout, find_layout
from sources.statfin.plan import Chunk, halve, plan
from sources.statfin.px_header import PxError
from sources.statfin.px_rows import check_whole
from sources.statfin.schema import AnswerHead, Limits, Metadata, Source, TableRequest
from sources.vintage import Vintage, VintageStore, vintage_id

__all__ = ["AnswerMismatchError", "ReleaseInPullError", "StatFinClient"]

_LOG = logging.getLogger(__name__)
BLOCK = 1024 * 1024  # bytes of a whole table that are held at once
RESTARTS = 2  # pulls that a release in their middle may cost before we give up for now


class ReleaseInPullError(SourceError):
    """The source released new data between two chunks of one pull."""


class StatFinClient:
    """Pulls tables of one StatFin database into a raw archive and its vintage store.

    `known`: role -> codes held by the project's classifications. `report` receives progress lines. `base_url` is where
    the API is; whole-table files are then looked for on the same host.
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
        self._px_url = source.px_url
        if source.px_url and self._root != source.base_url.rstrip("/"):
            own, asked = urlsplit(self._root), urlsplit(source.px_url)
            self._px_url = asked._replace(scheme=own.scheme, netloc=own.netloc).geturl()
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
                return self._pull_once(table, first_fill=previous is None and attempt == 0), True
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
        try:
            updated = utc(self._post(table, _last_cell(layout), "probe for a new release", keep=False)[0].updated)
        except RequestRefusedError:
            return "codes of the newest vintage are gone"
        return None if updated == previous.source_updated_at else f"released {updated:%Y-%m-%d %H:%M} UTC"

    def _pull_once(self, table: str, *, first_fill: bool) -> Vintage:
        request = self._source.tables[table]
        layout, metadata_sha = self._layout(table, request)
        try:
            if first_fill and request.bulk and self._px_url:
                whole = self._pull_whole(table, request, layout, metadata_sha)
                if whole is not None:
                    return whole
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
        return self._vintage(table, layout, metadata_sha, utc(updated), attribution, answers)

    def _pull_whole(self, table: str, request: TableRequest, layout: Layout, metadata_sha: str) -> Vintage | None:
        """A vintage whose only answer is the whole table as a PX file, of the release that the API shows.

        None, and a report of why, when there is no such file. Raises SourceError when the API does not answer.
        """
        head, _ = self._post(table, _last_cell(layout), "release of the API", keep=False)
        url = str(self._px_url).format(
            database=self._source.database, subject=request.subject, table=self._source.id_of(table)
        )
        metadata = msgspec.json.decode(self._archive.get(metadata_sha), type=Metadata)
        within = self._session.patience.stream

        def accept(path: Path) -> None:
            with path.open("rb") as stream:
                check_whole(stream, layout, metadata, utc(head.updated))

        def read(response: requests.Response) -> str:
            blocks = blocks_of(response, size=BLOCK, within=within)
            return self._archive.put_stream(blocks, request=self._receipt(response, query=None), accept=accept)

        try:
            if find_layout(table, request, metadata, self._source, {}).codes != layout.codes:
                raise PxError("undescribed codes are left out of this table, and a whole file has them.")
            sha256 = self._session.call(
                "GET", url, what=f"statfin {table}: whole table", read=read, report=self._report, stream=True
            )
        except (SourceError, PxError) as error:
            self._report(f"statfin {table}: no whole-table file to be had: {error} Pulling it through the API.")
            return None
        size = self._archive.path_of(sha256).stat().st_size
        self._report(f"statfin {table}: whole table from {url}, {size / 1e6:.1f} MB")
        return self._vintage(table, layout, metadata_sha, utc(head.updated), head.source, [sha256])

    def _vintage(
        self, table: str, layout: Layout, metadata_sha: str, released: datetime, attribution: str, answers: list[str]
    ) -> Vintage:
        request = self._source.tables[table]
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
                "GET", url, what="statfin: limits", read=lambda response: decode(response, Limits), report=self._report
            )
            self._session.limiter.obey(max_calls=limits.max_calls, window=limits.time_window)
            self._limits = limits
        return self._limits

    def _layout(self, table: str, request: TableRequest) -> tuple[Layout, str]:
        url = self._url(table)

        def read(response: requests.Response) -> tuple[Metadata, str]:
            metadata = decode(response, Metadata)
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
        layout = find_layout(table, request, metadata, self._source, self._known)
        for note in layout.notes:
            self._report(note)
        return layout, sha256

    def _post(self, table: str, chunk: Chunk, name: str, *, keep: bool = True) -> tuple[AnswerHead, str]:
        what = f"statfin {table}: {name}"
        query = chunk.query()

        def read(response: requests.Response) -> tuple[AnswerHead, str]:
            head = decode(response, AnswerHead)
            check_head(what, head, chunk)
            return head, self._keep(response, query=query) if keep else ""

        try:
            return self._session.call("POST", self._url(table), what=what, read=read, report=self._report, json=query)
        except RequestRefusedError as error:
            asked = ", ".join(f"{v}: {len(c)} codes from {c[0]} to {c[-1]}" for v, c in chunk.selection.items())
            raise RequestRefusedError(f"{error} to the query [{asked}]", status=error.status) from error

    def _keep(self, response: requests.Response, *, query: Mapping[str, object] | None) -> str:
        return self._archive.put(response.content, request=self._receipt(response, query=query))

    def _receipt(self, response: requests.Response, *, query: Mapping[str, object] | None) -> dict[str, object]:
        return {
            "url": response.url,
            "query": query,
            "status": response.status_code,
            "headers": {k: v for k, v in response.headers.items() if k in ("Content-Type", "Date", "Last-Modified")},
            "retrieved_at": self._now().isoformat(),
        }

    def _url(self, table: str) -> str:
        source = self._source
        subject = source.tables[table].subject
        return f"{self._root}/{source.language}/{source.database}/{subject}/{source.id_of(table)}.px"


def _last_cell(layout: Layout) -> Chunk:
    """The smallest question that shows the table's release: one cell."""
    return Chunk({variable: layout.codes[variable][-1:] for variable in layout.variables})


def _selection(request: TableRequest) -> str:
    """A short hash of what is asked of a table: where, which codes, which contents (not how they are read)."""
    asked: tuple[object, ...] = (request.subject, request.dimensions, sorted(request.contents))
    if request.table or request.window:  # a table without either keeps the hash that its vintages bear
        asked += (request.table, request.window)
    return sha256_of(msgspec.json.encode(asked, order="deterministic"))[:16]


def _progress(table: str, done: int, total: int, elapsed: float) -> str:
    left = elapsed / done * (total - done)
    rest = f"{left:.0f} s" if left < 100 else f"{left / 60:.0f} min"
    return f"statfin {table}: {done} of {total} chunks" + ("" if done == total else f", about {rest} left")

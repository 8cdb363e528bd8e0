"""The client of the classification service: one call at a time, one snapshot of all classifications of a year.

Belongs here: the calls (contract reference, section 4.1), finding the ids in force, what an answer must be to be read.
Does not belong here: comparing with the seeds.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import requests

from sources.archive import RawArchive
from sources.classifications.schema import MUNICIPALITY, OCCUPATION, Item, MapRow, Source, Table
from sources.classifications.snapshot import Classification, Names, Snapshot
from sources.http import PoliteSession, RequestRefusedError, SourceError, SourceUnavailableError, UnreadableAnswerError

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
IN_A_ROW = 3  # classifications out of reach one after the other: then it is the service, not the classification
DEEPEST_OCCUPATION = 4
MEND = "Nothing is compared. Look at the service; if it has changed on purpose, mend sources/classifications."


class ClassificationDriftError(SourceError):
    """The service answered in its own form, but not what it used to promise."""


class ClassificationsClient:
    """Reads the classifications that the seeds are made from; every answer is kept in the raw archive."""

    def __init__(
        self,
        source: Source,
        *,
        session: PoliteSession,
        archive: RawArchive,
        base_url: str | None = None,
        report: Callable[[str], None] = _LOG.info,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source = source
        self._root = (base_url or source.base_url).rstrip("/")
        self._session = session
        self._archive = archive
        self._report = report
        self._now = now

    def news(self, *, known_year: int) -> str | None:
        """Why a snapshot would bring something new, in words: a division after `known_year`. One call."""
        newest = max(self._years(self._correspondence_tables()), default=known_year)
        return f"the division of {newest} is published, {known_year} is known" if newest > known_year else None

    def snapshot(self, *, year: int | None = None) -> Snapshot:
        """Every classification of source.yml for the division of `year` (default: the newest there is).

        About 35 calls. One that stays out of reach or has no correspondence table is listed in `unread`, the others go
        on. Raises SourceUnavailableError when the service itself is out of reach, ClassificationDriftError when an
        answer has another form, ClassificationDriftError too when the year has no division.
        """
        started = self._now()
        tables = self._correspondence_tables()
        years = self._years(tables)
        if not years:
            raise ClassificationDriftError(
                f"classifications: the list of {len(tables)} correspondence tables has none from "
                f"{self._source.tables[MUNICIPALITY].series}_1_<year>0101. {MEND}"
            )
        wanted = year or max(years)
        if wanted not in years:
            raise ClassificationDriftError(
                f"classifications: no division of {wanted}; the service has {min(years)} to {max(years)}. "
                "Ask for one of these."
            )
        found: dict[str, Classification] = {}
        unread: dict[str, str] = {}
        failures = 0
        for level, table in self._source.tables.items():
            if table.until is not None and wanted > table.until:
                continue
            try:
                found[level] = self._classification(level, table, wanted, tables)
                failures = 0
            except SourceUnavailableError as error:
                failures += 1
                if failures == IN_A_ROW:
                    raise
                unread[level] = str(error)
            except (RequestRefusedError, LookupError) as error:
                unread[level] = str(error.args[0])
            if level in unread:
                self._report(f"classifications {level}: left out: {unread[level]}")
        return Snapshot(year=wanted, retrieved_at=started, classifications=found, unread=unread)

    def _correspondence_tables(self) -> tuple[str, ...]:
        """The ids 'source#target' of every correspondence table of the service."""
        what = "classifications: list of correspondence tables"
        listed = self._get("/correspondenceTables?format=json", tuple[str, ...], what)
        found = (re.search(r"([^/#]+)(?:#|%23)([^/#?]+)", uri) for uri in listed)
        return tuple(f"{match[1]}#{match[2]}" for match in found if match)

    def _years(self, tables: tuple[str, ...]) -> set[int]:
        series = self._source.tables[MUNICIPALITY].series
        found = (re.match(rf"{series}_1_(\d{{4}})0101#", table) for table in tables)
        return {int(match[1]) for match in found if match}

    def _classification(self, level: str, table: Table, year: int, tables: tuple[str, ...]) -> Classification:
        municipalities = f"{self._source.tables[MUNICIPALITY].series}_1_{year}0101"
        id_ = municipalities if level == MUNICIPALITY else table.id or self._target(municipalities, table, tables)
        items: dict[str, dict[str, Item]] = {
            language: self._items(level, table, id_, language) for language in self._source.languages
        }
        moments = [item.modified_at for of_language in items.values() for item in of_language.values()]
        return Classification(
            level=level,
            id=id_,
            codes=self._names(level, items),
            members={} if level in (MUNICIPALITY, OCCUPATION) else self._members(level, municipalities, id_),
            modified_at=max((moment for moment in moments if moment), default=None),
        )

    def _target(self, municipalities: str, table: Table, tables: tuple[str, ...]) -> str:
        """The id in force, from the list of correspondence tables. Raises LookupError when it has none."""
        pattern = re.compile(rf"{re.escape(municipalities)}#({re.escape(table.series)}_\d+_\d{{8}})")
        found = [match[1] for match in map(pattern.fullmatch, tables) if match]
        if not found:
            raise LookupError(
                f"the service lists no correspondence table {municipalities}#{table.series}_... . Look whether the "
                "series has another name now and mend sources/classifications/source.yml."
            )
        return max(found)

    def _items(self, level: str, table: Table, id_: str, language: str) -> dict[str, Item]:
        what = f"classifications {level}: {id_} in {language}"
        path = f"/classifications/{id_}/classificationItems?content=data&meta=max&lang={language}&format=json"
        items = self._get(path, tuple[Item, ...], what)
        kept = [item for item in items if not (table.left_out and re.fullmatch(table.left_out, item.code))]
        odd = [item.code for item in kept if not re.fullmatch(table.codes, item.code, re.ASCII)]
        twice = [code for code, n in Counter(item.code for item in kept).items() if n > 1]
        if odd or twice or not kept:
            raise ClassificationDriftError(
                f"{what}: {len(kept)} codes, {len(odd)} of another form than {table.codes} (first {odd[:3]}), "
                f"{len(twice)} more than once (first {twice[:3]}). {MEND}"
            )
        return {item.code: item for item in kept if level != OCCUPATION or len(item.code) <= DEEPEST_OCCUPATION}

    def _names(self, level: str, items: Mapping[str, Mapping[str, Item]]) -> dict[str, Names]:
        """Code -> names by language, as the seeds spell them; a code that one language lacks has no name in it."""
        codes = sorted({code for of_language in items.values() for code in of_language})
        aliases = self._source.aliases if level != OCCUPATION else {}
        return {
            code: {
                language: aliases.get(name, name) if (name := _name(of_language.get(code), language)) else None
                for language, of_language in items.items()
            }
            for code in codes
        }

    def _members(self, level: str, municipalities: str, target: str) -> dict[str, tuple[str, ...]]:
        what = f"classifications {level}: map {municipalities}#{target}"
        path = f"/correspondenceTables/{municipalities}%23{target}/maps?content=data&meta=min&lang=fi&format=json"
        members: dict[str, tuple[str, ...]] = {}
        for row in self._get(path, tuple[MapRow, ...], what):
            municipality, area = row.pair
            if not municipality or not area:
                raise ClassificationDriftError(f"{what}: a row without a pair of codes. {MEND}")
            if area not in members.get(municipality, ()):
                members[municipality] = (*members.get(municipality, ()), area)
        return members

    def _get(self, path: str, type_: type[T], what: str) -> T:
        def read(response: requests.Response) -> T:
            decoded = _decode(response.content, type_, what)
            note = {
                "source": self._source.source,
                "what": what,
                "url": response.url,
                "status": response.status_code,
                "retrieved_at": self._now().isoformat(),
            }
            self._archive.put(response.content, request=note)
            return decoded

        return self._session.call("GET", f"{self._root}{path}", what=what, read=read, report=self._report)


def _decode(body: bytes, type_: type[T], what: str) -> T:
    """Raises UnreadableAnswerError for what is no JSON (a browser's page), ClassificationDriftError for other JSON."""
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.ValidationError as error:
        raise ClassificationDriftError(f"{what}: the answer has another shape ({error}). {MEND}") from error
    except msgspec.DecodeError as error:
        begin = body[:40].decode("utf-8", "replace").strip()
        raise UnreadableAnswerError(f"the body ({len(body):,} bytes, begins {begin!r}) is not JSON: {error}") from error


def _name(item: Item | None, language: str) -> str | None:
    return item.name(language) if item else None

"""The calls of the barometer's JSON interface: each asked, checked by the rules and handed on as it came.

Belongs here: paths (contract barometer, section 1.2), pauses between requests, what counts as "no data". Does not
belong here: which months are asked for and what becomes of the answers (`client`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

import requests

from sources.http import PoliteSession, RequestRefusedError
from sources.tyovoimabarometri.ledger import NO_ANSWER, Fetched, Receipt
from sources.tyovoimabarometri.rules import read_dates, read_occupations, read_period, read_regions, read_rows
from sources.tyovoimabarometri.schema import TABLE, Occupation, Source

T = TypeVar("T")
NO_DATA = (404, 400)  # an unknown occupation or month; what the service sends for it nobody has seen
KEPT_HEADERS = ("Content-Type", "Date", "Last-Modified")
MATCHING = "/api/Tyollisyys/kohtaanto"


@dataclass(frozen=True, slots=True)
class Task:
    """What is wanted of one occupation: `known` are months with a receipt, `wanted` older ones to be looked for."""

    occupation: Occupation
    known: Mapping[str, Receipt]
    wanted: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a task: newly fetched answers by month (None: forecasts)."""

    task: Task
    fetched: Mapping[str | None, Fetched]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarometerService:
    """The service at `root`; every method takes the session of the worker that asks, and pauses after each request.

    Raises BarometerDriftError for an answer that breaks a rule, else what PoliteSession raises.
    """

    source: Source
    root: str
    report: Callable[[str], None]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    @property
    def place(self) -> str:
        """How messages name the table."""
        return f"{self.source.source} {TABLE}"

    def newest_month(self, session: PoliteSession) -> tuple[str, Fetched]:
        """The newest month (#5)."""
        name = f"{self.place}: newest month"
        return self._get(session, f"{MATCHING}/date", name, lambda body: read_period(body, what=name))

    def occupations(self, session: PoliteSession) -> tuple[tuple[Occupation, ...], Fetched]:
        """The catalogue (#1)."""
        name = f"{self.place}: catalogue"
        return self._get(session, "/api/ammatit", name, lambda body: read_occupations(body, what=name))

    def regions(self, session: PoliteSession) -> tuple[dict[str, str], Fetched]:
        """Region id -> code (#3)."""
        name = f"{self.place}: regions"
        expected = self.source.regions
        return self._get(
            session, "/api/Paikka/regions", name, lambda body: read_regions(body, expected=expected, what=name)
        )

    def occupation(self, session: PoliteSession, task: Task, newest: str, regions: Mapping[str, str]) -> Answered:
        """The newest month of one occupation (#7), the wanted older ones that it has (#6, #7), its forecasts (#8)."""
        path = f"{MATCHING}/Ammatti/{quote(task.occupation.id, safe='')}"
        name = f"{self.place}: occupation {task.occupation.code}"
        periods: list[str | None] = [newest]
        if task.wanted:
            about = f"{name}, its months"
            months, _ = self._get_or_none(session, f"{path}/dates", about, lambda body: read_dates(body, what=about))
            periods += [month for month in months or () if month in task.wanted]
        if self.source.forecasts:
            periods.append(None)
        fetched: dict[str | None, Fetched] = {}
        for period in periods:
            about = f"{name}, {period or 'forecasts'}"

            def read(body: bytes, period: str | None = period, about: str = about) -> object:
                return read_rows(body, period=period, regions=regions, what=about)

            _, fetched[period] = self._get_or_none(session, f"{path}/{period or 'ennuste'}", about, read)
        return Answered(task, fetched)

    def _get_or_none(
        self, session: PoliteSession, path: str, name: str, read: Callable[[bytes], T]
    ) -> tuple[T | None, Fetched]:
        """As `_get`; 404 and 400 mean that there is no data, which `[]` says too."""
        try:
            return self._get(session, path, name, read)
        except RequestRefusedError as error:
            if error.status not in NO_DATA:
                raise
            self._pause()
            return None, Fetched(
                url=f"{self.root}{path}", status=error.status, content=NO_ANSWER, headers={}, retrieved_at=self.now()
            )

    def _get(self, session: PoliteSession, path: str, name: str, read: Callable[[bytes], T]) -> tuple[T, Fetched]:
        def take(response: requests.Response) -> tuple[T, Fetched]:
            return read(response.content), Fetched(
                url=response.url,
                status=response.status_code,
                content=response.content,
                headers={key: value for key, value in response.headers.items() if key in KEPT_HEADERS},
                retrieved_at=self.now(),
            )

        answer = session.call("GET", f"{self.root}{path}", what=name, read=take, report=self.report)
        self._pause()
        return answer

    def _pause(self) -> None:
        self.sleep(self.source.pause_ms / 1000)

"""The barometer client: pulls the ratings of all occupations as a vintage, four requests at a time at most.

Belongs here: what a pull consists of, what is new, and what is asked for again (contract barometer, section 1.6). Does
not belong here: the calls (`service`), what an answer must hold (`rules`), what was asked for before (`ledger`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from queue import SimpleQueue
from threading import Lock
from urllib.parse import urlsplit

import msgspec

from sources.archive import RawArchive, sha256_of
from sources.http import PoliteSession
from sources.tyovoimabarometri.ledger import NO_ANSWER, Ledger, Receipt
from sources.tyovoimabarometri.licence import refuse_without_licence
from sources.tyovoimabarometri.rules import MEND, BarometerDriftError
from sources.tyovoimabarometri.schema import TABLE, Entry, Occupation, Plan, Source
from sources.tyovoimabarometri.service import Answered, BarometerService, Task
from sources.vintage import Vintage, VintageStore, vintage_id

_LOG = logging.getLogger(__name__)
REPORT_EVERY = 50  # occupations
EMPTY = (NO_ANSWER, b"[]")


class BarometerClient:
    """Pulls the table 'ratings' into a raw archive.

    `sessions` makes one PoliteSession per worker. `months`: how many of the newest months a pull looks for (default:
    `backfill_months` of source.yml); older ones once pulled stay in. `agreed`: the use of the live service is licensed;
    without it a call to its host raises LicenceMissingError. `sleep` keeps the pauses between requests.
    """

    def __init__(
        self,
        source: Source,
        *,
        sessions: Callable[[], PoliteSession],
        archive: RawArchive,
        base_url: str | None = None,
        months: int | None = None,
        agreed: bool = False,
        report: Callable[[str], None] = _LOG.info,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._source = source
        self._sessions = sessions
        self._archive = archive
        self._vintages = VintageStore(archive.root)
        self._months = months or source.backfill_months
        self._agreed = agreed
        self._said = Lock()
        self._say = report
        self._now = now
        root = (base_url or source.base_url).rstrip("/")
        self._service = BarometerService(source=source, root=root, report=self._report, now=now, sleep=sleep)

    def pull(self, *, again: bool = False) -> tuple[Vintage, bool]:
        """The newest vintage, and whether it is new; a new one is the caller's to judge and to add.

        One call when the newest month is that of the newest vintage. Else: catalogue, regions, the newest month of each
        occupation, its forecasts, and older months only where none was ever archived. `again` asks for the newest month
        once more; the same answers are no new vintage. Raises LicenceMissingError, BarometerDriftError or another
        SourceError.
        """
        self._refuse_without_licence()
        previous = self._newest_vintage()
        with ExitStack() as stack:
            sessions = [stack.enter_context(self._sessions()) for _ in range(max(1, self._source.workers))]
            newest, seen = self._newest_month(sessions[0])
            if previous is None:
                news: str | None = "never pulled"
            else:
                news = "to be pulled again" if again else self._news(previous, newest)
            if previous is not None and news is None:
                self._report(f"{self._service.place}: unchanged, the newest month is {newest}")
                return previous, False
            self._report(f"{self._service.place}: {news}, pulling")
            plan = self._pull_all(sessions, previous, newest)
        vintage = self._vintage(plan, seen)
        if previous and (previous.metadata, previous.selection) == (vintage.metadata, vintage.selection):
            self._report(f"{self._service.place}: pulled again, every answer is as it was")
            return previous, False
        return vintage, True

    def news(self) -> str | None:
        """Why a pull would bring something new, in words, or None when it would not. One call at most."""
        self._refuse_without_licence()
        previous = self._newest_vintage()
        if previous is None:
            return "never pulled"
        with self._sessions() as session:
            return self._news(previous, self._newest_month(session)[0])

    def _report(self, line: str) -> None:
        with self._said:
            self._say(line)

    def _refuse_without_licence(self) -> None:
        if urlsplit(self._service.root).hostname == urlsplit(self._source.base_url).hostname:
            refuse_without_licence(self._source, agreed=self._agreed)

    def _newest_vintage(self) -> Vintage | None:
        return self._vintages.newest(self._source.source, TABLE)

    def _plan_of(self, vintage: Vintage) -> Plan:
        return msgspec.json.decode(self._archive.get(vintage.metadata), type=Plan)

    def _news(self, previous: Vintage, newest: str) -> str | None:
        if previous.selection != self._selection():
            return "other months are asked for"
        known = self._plan_of(previous).newest
        if newest < known:
            raise BarometerDriftError(
                f"{self._service.place}: the newest month went back from {known} to {newest}. {MEND} To take it as it "
                "is now, pull again (--pull-again)."
            )
        return None if newest == known else f"the newest month is {newest}, {known} before"

    def _selection(self) -> str:
        """A short hash of what is asked for."""
        return sha256_of(msgspec.json.encode((self._months, self._source.forecasts)))[:16]

    def _newest_month(self, session: PoliteSession) -> tuple[str, datetime]:
        """The newest month and the service's own time of saying so; the service publishes no release time."""
        month, fetched = self._service.newest_month(session)
        date = fetched.headers.get("Date")
        seen = parsedate_to_datetime(date) if date else fetched.retrieved_at
        return month, seen.astimezone(UTC)

    def _pull_all(self, sessions: Sequence[PoliteSession], previous: Vintage | None, newest: str) -> Plan:
        place, code = self._service.place, self._source.source
        occupations, fetched = self._service.occupations(sessions[0])
        catalogue_sha = fetched.keep(self._archive, source=code, what="catalogue")
        regions, fetched = self._service.regions(sessions[0])
        regions_sha = fetched.keep(self._archive, source=code, what="regions")
        entries: list[Entry] = []
        has_newest = False
        tasks = self._tasks(occupations, previous, newest)
        for done, answered in enumerate(self._fetch_all(sessions, tasks, newest, regions), start=1):
            occupation = answered.task.occupation
            receipts: dict[str | None, Receipt] = {}
            receipts.update(answered.task.known)
            for period, answer in answered.fetched.items():
                has_newest |= period == newest and answer.content not in EMPTY
                about = {"occupation": occupation.id, "period": period, "regions": regions_sha}
                sha256 = answer.keep(self._archive, source=code, what="rows", **about)
                receipts[period] = Receipt(sha256, regions_sha)
            entries += [
                Entry(occupation.id, occupation.code, period, receipt.answer, receipt.regions)
                for period, receipt in receipts.items()
            ]
            if done % REPORT_EVERY == 0 or done == len(occupations):
                self._report(f"{place}: {done} of {len(occupations)} occupations")
        if not has_newest:
            raise BarometerDriftError(
                f"{place}: {newest} is announced as the newest month, but not one of {len(occupations)} "
                f"occupations has rows for it. {MEND}"
            )
        entries.sort(key=lambda entry: (entry.occupation_code, entry.period is None, entry.period or ""))
        return Plan(newest=newest, occupations=catalogue_sha, regions=regions_sha, entries=tuple(entries))

    def _tasks(self, occupations: Sequence[Occupation], previous: Vintage | None, newest: str) -> list[Task]:
        ledger = Ledger(self._archive, source=self._source.source)
        kept: dict[str, set[str]] = {}
        for entry in self._plan_of(previous).entries if previous else ():
            if entry.period is not None and entry.period < newest:
                kept.setdefault(entry.occupation_id, set()).add(entry.period)
        window = set(_months_before(newest, self._months - 1))
        tasks = []
        for occupation in occupations:
            older = window | kept.get(occupation.id, set())
            found = {month: ledger.find(occupation.id, month) for month in older}
            known = {month: receipt for month, receipt in found.items() if receipt is not None}
            tasks.append(Task(occupation, known, frozenset(older - set(known))))
        return tasks

    def _fetch_all(
        self, sessions: Sequence[PoliteSession], tasks: Sequence[Task], newest: str, regions: Mapping[str, str]
    ) -> Iterator[Answered]:
        """The answers task by task; one worker per session, each with one request under way."""
        free: SimpleQueue[PoliteSession] = SimpleQueue()
        for session in sessions:
            free.put(session)

        def work(task: Task) -> Answered:
            session = free.get()
            try:
                return self._service.occupation(session, task, newest, regions)
            finally:
                free.put(session)

        executor = ThreadPoolExecutor(len(sessions), thread_name_prefix="barometer")
        try:
            yield from executor.map(work, tasks)
        finally:
            executor.shutdown(cancel_futures=True)

    def _vintage(self, plan: Plan, seen: datetime) -> Vintage:
        now = self._now()
        about = {"source": self._source.source, "what": "plan of a vintage, written by the client"}
        content = msgspec.json.format(msgspec.json.encode(plan), indent=1)
        metadata = self._archive.put(content, request={**about, "retrieved_at": now.isoformat()})
        selection = self._selection()
        parts = [plan.occupations, plan.regions]
        for entry in plan.entries:
            parts += [entry.regions, entry.answer]
        return Vintage(
            vintage_id=vintage_id(self._source.source, TABLE, seen, (selection, metadata)),
            source=self._source.source,
            table=TABLE,
            title=self._source.tables[TABLE].title,
            source_updated_at=seen,
            retrieved_at=now.replace(microsecond=0),
            division=None,
            attribution=self._source.tables[TABLE].citation,
            selection=selection,
            metadata=metadata,
            answers=tuple(dict.fromkeys(parts)),
        )


def _months_before(month: str, count: int) -> list[str]:
    """The `count` months before `month`, newest first."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1
    return [f"{(number - back) // 12:04d}-{(number - back) % 12 + 1:02d}" for back in range(1, count + 1)]

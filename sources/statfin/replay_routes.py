"""What the replay server says to a call: paths, the call limiter, errors, and the faults that scenarios bring."""

from __future__ import annotations

import fnmatch
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sources.statfin import replay_answers as answers
from sources.statfin.replay_catalogue import DATABASE, DATABASES, LANGUAGES
from sources.statfin.replay_folder import ReplayFolder
from sources.statfin.replay_px import PX_TYPE, px_answer
from sources.statfin.replay_query import BadRequestError, TooManyCellsError, parse_query, select
from sources.statfin.replay_scenarios import Scenario, Stage
from sources.statfin.replay_tables import Table, in_language

ROOT = "/pxweb/api/v1"
FILES = f"/database/{DATABASE}/".lower()  # whole tables as PX files; not a part of the API, so its limits do not hold
RESTAMPED_BY = timedelta(days=17, hours=10, minutes=5, seconds=5)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server says in ?config and holds its callers to; the defaults are StatFin's of 2026."""

    max_cells: int = 120_000
    max_calls: int = 40
    time_window: int = 60  # seconds
    max_values: int = 120_000


class CallLimiter:
    """A sliding window of calls by client. A call is recorded before it is judged, so refused calls count as well."""

    def __init__(self, limits: Limits, now: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._now = now
        self._calls: dict[str, deque[float]] = {}
        self._lock = Lock()

    def admits(self, client: str) -> bool:
        with self._lock:
            now = self._now()
            calls = self._calls.setdefault(client, deque())
            while calls and calls[0] <= now - self._limits.time_window:
                calls.popleft()
            calls.append(now)
            return len(calls) <= self._limits.max_calls


class Delivery(Enum):
    """How an answer reaches the caller."""

    WHOLE = 1
    CUT = 2
    TRUNCATED = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer on its way out."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE


def _page(status: int, title: str, said: str) -> bytes:
    """An error page in the manner of IIS."""
    lines = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">',
        '<html xmlns="http://www.w3.org/1999/xhtml">',
        f"<head><title>{status} - {title}</title></head>",
        f"<body><h1>Server Error</h1><h2>{status} - {title}</h2><h3>{said}</h3></body>",
        "</html>",
    )
    return "\r\n".join(lines).encode("ascii")


def _html(status: int, title: str, said: str) -> Answer:
    return Answer(status, _page(status, title, said), "text/html")


BAD_REQUEST = Answer(400, b"Bad Request", "text/plain")
FORBIDDEN = _html(
    403,
    "Forbidden: Access is denied.",
    "You do not have permission to view this directory or page using the credentials that you supplied.",
)
NOT_FOUND = _html(
    404, "File or directory not found.", "The resource might have been removed or is temporarily unavailable."
)
UNAVAILABLE = _html(503, "Service unavailable.", "The service is overloaded or under maintenance.")
PAGE_WITH_200 = _html(200, "Please wait.", "The service is being updated.")


def _too_many_requests(retry_after: int | None) -> Answer:
    said = {"error": "429 - Too many requests in too short timeframe. Please try again later."}
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Answer(429, answers.to_json(said), answers.JSON_TYPE, headers)


class Routes:
    """Answers calls from `folder` within `limits`, as the scenarios on `stage` have it."""

    def __init__(self, folder: ReplayFolder, limits: Limits, stage: Stage) -> None:
        self._folder = folder
        self._limits = limits
        self._stage = stage
        self._limiter = CallLimiter(limits)

    def answer(self, method: str, target: str, body: bytes, client: str) -> Answer:
        """The answer to one call; `target` is path and query string as sent."""
        url = urlsplit(target)
        path, options = unquote(url.path), parse_qs(url.query, keep_blank_values=True)
        if path.lower().startswith(FILES) and method == "GET":
            return self._whole_table(path[len(FILES) :])
        if not (path.lower() + "/").startswith(ROOT + "/"):
            return NOT_FOUND
        if not self._limiter.admits(client):
            return _too_many_requests(self._limits.time_window)
        if self._stage.amount(Scenario.OUTAGE) is not None:
            return UNAVAILABLE
        if method == "OPTIONS":
            allowed = {"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "Content-Type"}
            return Answer(200, headers=allowed)
        steps = [step for step in path[len(ROOT) :].split("/") if step]
        pretty = method == "GET" and options.get("prettyprint", [""])[0].lower() == "true"
        try:
            if "config" in options:
                return _json(self._config(), pretty=pretty)
            if not steps or steps[0] not in LANGUAGES:
                raise BadRequestError(f"no language in {path}")
            return self._route(method, steps[0], steps[1:], options, body, pretty=pretty)
        except BadRequestError:
            return BAD_REQUEST
        except TooManyCellsError:
            return FORBIDDEN

    def _whole_table(self, place: str) -> Answer:
        """The PX file at `<subject>/<table>.px`, or what a scenario makes of it."""
        stage = self._stage
        if stage.amount(Scenario.OUTAGE) is not None:
            return UNAVAILABLE
        subject, _, name = place.partition("/")
        table_id = name.removesuffix(".px")
        stale = stage.amount(Scenario.PX_STALE) is not None
        try:
            table = self._folder.table(table_id) if stale else stage.table(table_id)
        except KeyError:
            return NOT_FOUND
        if table.subject != subject or name != f"{table_id}.px" or stage.amount(Scenario.PX_MISSING) is not None:
            return NOT_FOUND
        delivery = Delivery.TRUNCATED if stage.strikes(Scenario.PX_TRUNCATED) else Delivery.WHOLE
        stage.note_data_answer(table)
        return Answer(200, px_answer(table, table), PX_TYPE, delivery=delivery)

    def _config(self) -> dict[str, Any]:
        return {
            "maxValues": self._limits.max_values,
            "maxCells": self._limits.max_cells,
            "maxCalls": self._limits.max_calls,
            "timeWindow": self._limits.time_window,
            "CORS": True,
        }

    def _route(
        self,
        method: str,
        language: str,
        steps: list[str],
        options: Mapping[str, list[str]],
        body: bytes,
        *,
        pretty: bool,
    ) -> Answer:
        """Databases, subjects, tables of a subject, a table; search below each of the first three."""
        table_id = self._table_at(steps)
        if table_id is not None:
            if method == "POST":
                return self._data(table_id, language, body)
            table = self._stage.table(table_id, for_metadata=True)
            return _json(answers.metadata(table, language, max_values=self._limits.max_values), pretty=pretty)
        subjects = {table.subject: table.subject_text for table in self._tables()}
        if steps not in ([], *([name] for name in DATABASES), *([DATABASE, subject] for subject in subjects)):
            raise BadRequestError(f"nothing at {'/'.join(steps)}")
        if "query" in options:
            return _json(self._search(language, steps, options), pretty=pretty)
        if not steps:
            return _json([{"dbid": name, "text": name} for name in DATABASES], pretty=pretty)
        if len(steps) == 2:
            return _json([self._listed(t, language) for t in self._tables() if t.subject == steps[1]], pretty=pretty)
        listed = sorted(subjects) if steps[0] == DATABASE else []
        folders = [{"id": s, "type": "l", "text": in_language(subjects[s], language)} for s in listed]
        return _json(folders, pretty=pretty)

    def _tables(self) -> list[Table]:
        return [self._stage.table(table_id) for table_id in self._stage.ids]

    def _table_at(self, steps: list[str]) -> str | None:
        """Id of the table at a full or short path; None when the path does not end in .px. Raises BadRequestError."""
        if not steps or not steps[-1].endswith(".px"):
            return None
        table_id = steps[-1].removesuffix(".px")
        try:
            subject = self._stage.table(table_id).subject
        except KeyError:
            raise BadRequestError(f"no table {table_id}") from None
        if steps[:-1] not in ([DATABASE], [DATABASE, subject]):
            raise BadRequestError(f"{table_id} is not at {'/'.join(steps)}")
        return table_id

    def _stamp(self, table: Table) -> str:
        restamped = self._stage.amount(Scenario.LISTING_RESTAMPED) is not None
        return (table.stamp + RESTAMPED_BY if restamped else table.stamp).isoformat(timespec="seconds")

    def _listed(self, table: Table, language: str) -> dict[str, str]:
        text = answers.description(table, language)
        return {"id": f"{table.id}.px", "type": "t", "text": text, "updated": self._stamp(table)}

    def _search(self, language: str, steps: list[str], options: Mapping[str, list[str]]) -> list[dict[str, Any]]:
        """Tables with all the words in title or value texts; `*` truncates, filter `codes` or `title` narrows."""
        words = options["query"][0].lower().split()
        where = options.get("filter", [""])[0].lower()
        found = []
        for table in self._tables():
            below = (DATABASE, table.subject)
            if tuple(steps) != below[: len(steps)]:
                continue
            title = answers.description(table, language)
            terms = set() if where == "codes" else _words(title)
            if where != "title":
                for variable in table.variables:
                    said = variable.codes if where == "codes" else in_language(variable.texts, language)
                    terms |= set().union(*map(_words, said))
            if all(fnmatch.filter(terms, word.replace("?", "[?]").replace("[", "[[]")) for word in words):
                path = "".join(f"/{step}" for step in below[len(steps) :])
                hit = {"id": f"{table.id}.px", "path": path, "title": title, "score": round(len(words) / len(terms), 4)}
                found.append({**hit, "published": self._stamp(table)})
        return found

    def _data(self, table_id: str, language: str, body: bytes) -> Answer:
        """The answer to a query, or what a scenario makes of it."""
        stage = self._stage
        if (seconds := stage.amount(Scenario.SLOW_ANSWER)) is not None:
            time.sleep(seconds)
        for scenario, answer in _INSTEAD.items():
            if stage.strikes(scenario):
                return answer
        table = stage.table(table_id)
        query = parse_query(body)
        part = select(table, query, max_cells=int(stage.amount(Scenario.LOWER_MAX_CELLS) or self._limits.max_cells))
        if query.format == "json-stat2":
            content = answers.json_stat2(part, table, language)
            if stage.strikes(Scenario.SIZE_MISMATCH):
                content = _one_value_less(content)
        else:
            content = px_answer(part, table) if query.format == "px" else _WRITERS[query.format](part, language)
        stage.note_data_answer(table)
        delivery = Delivery.TRUNCATED if stage.strikes(Scenario.TRUNCATED_BODY) else Delivery.WHOLE
        return Answer(200, content, _TYPES.get(query.format, answers.CSV_TYPE), delivery=delivery)


_WRITERS: Mapping[str, Callable[[Table, str], bytes]] = {
    "json": answers.px_json,
    "csv": answers.csv_answer,
    "csv2": answers.csv2_answer,
    "csv3": answers.csv3_answer,
}
_TYPES: Mapping[str, str] = {"json-stat2": answers.JSON_TYPE, "json": answers.JSON_TYPE, "px": PX_TYPE}
_INSTEAD: Mapping[Scenario, Answer] = {
    Scenario.CUT_CONNECTION: Answer(0, delivery=Delivery.CUT),
    Scenario.TOO_MANY_REQUESTS: _too_many_requests(1),
    Scenario.TOO_MANY_REQUESTS_SILENT: _too_many_requests(None),
    Scenario.HTML_503: UNAVAILABLE,
    Scenario.HTML_200: PAGE_WITH_200,
}


def _json(value: Any, *, pretty: bool) -> Answer:
    return Answer(200, answers.to_json(value, pretty=pretty), answers.JSON_TYPE)


def _words(text: str) -> set[str]:
    return {"".join(c for c in word if c.isalnum()) for word in text.lower().split()} - {""}


def _one_value_less(content: bytes) -> bytes:
    body = json.loads(content)
    body["value"].pop()
    return answers.to_json(body)

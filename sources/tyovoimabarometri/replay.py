"""A local server that stands in for the barometer's JSON, over a folder of data.

Belongs here: how each call is answered (contract barometer, sections 1.2, 1.3, 1.7) and what can go wrong. Does not
belong here: what is served (`replay_folder`), the transport (`sources/loopback`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from threading import Barrier, Event, Lock
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sources.loopback import Answer, Delivery, LoopbackServer, Replay, Request
from sources.strikes import Strikes
from sources.tyovoimabarometri.replay_bodies import (
    Body,
    feature_body,
    occupation_body,
    region_body,
    sector_body,
    shell,
)
from sources.tyovoimabarometri.replay_folder import ReplayOccupation, read_world

JSON = "application/json; charset=utf-8"
SECTORS = 9
MATCHING = "/api/Tyollisyys/kohtaanto"
CACHED = {"Cache-Control": "max-age=600"}
COOKIE = {"Set-Cookie": "ARRAffinity=0;Path=/;HttpOnly;Secure"}


class Fault(StrEnum):
    """What the server can do wrong, or otherwise than usual. Faults of rows strike the first occupation's newest month.

    UNKNOWN_*: what an unknown occupation or a month outside `dates` is answered (404 by default).
    """

    UNKNOWN_400 = "unknown-400"
    UNKNOWN_EMPTY = "unknown-empty"
    MONTH_WITHOUT_DATA = "month-without-data"
    ROWS_18 = "rows-18"
    ROW_TWICE = "row-twice"
    EXTRA_MEMBER = "extra-member"
    MISSING_MEMBER = "missing-member"
    STATE_99 = "state-99"
    NULL_RATES = "null-rates"
    CENSORED_SHOWN = "censored-shown"
    CHANGED_REGION = "changed-region"
    BAD_STATE = "bad-state"
    BAD_DEGREE = "bad-degree"
    BAD_PERIOD = "bad-period"
    CONTRADICTION = "contradiction"
    REGION_GONE = "region-gone"
    CODE_TWICE = "code-twice"
    FORECAST = "forecast"
    NO_NEWEST = "no-newest"
    SHELL = "html-shell"
    OUTAGE = "outage"
    CUT = "cut"
    TRUNCATED = "truncated"
    SLOW = "slow"


class BarometerReplay(Replay):
    """Serves `folder`/barometer on 127.0.0.1 (`port` 0: any free one) until closed; a context manager runs a thread.

    `newest`: the newest month shown (default: the newest there is; may be set while the server runs). `generated`:
    occupation codes added with made-up rows. `clock`: what the `Date` header says, by default 28 days into the second
    month after the newest. `requests` lists (method, path, status). `busiest`: most calls under way at one time.
    Raises ReplayFolderError, ValueError for an unknown fault or month.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        faults: Iterable[Fault | str] = (),
        newest: str | None = None,
        generated: Iterable[str] = (),
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.world = read_world(folder, generated=generated)
        self.newest = newest or self.world.months[-1]
        if self.newest not in self.world.months:
            raise ValueError(f"newest is {self.newest}, the folder has {', '.join(self.world.months)}")
        self.busiest = 0
        self._busy = 0
        self._faults = Strikes(Fault)
        self._lock = Lock()
        self._closed = Event()
        self._meeting: Barrier | None = None
        self._server = LoopbackServer(self._answer, name="barometer-replay", port=port, clock=clock or self._now)
        for fault in faults:
            self.switch_on(fault)

    @property
    def base_url(self) -> str:
        """What stands for https://tyovoimabarometri.fi."""
        return self._server.url

    def switch_on(self, fault: Fault | str) -> None:
        """Begin a fault; as text it may say how many calls it strikes, as in 'outage:3'."""
        self._faults.switch_on(fault)

    def switch_off(self, fault: Fault | str) -> None:
        """End a fault."""
        self._faults.switch_off(fault)

    def meet(self, calls: int) -> None:
        """Hold the next calls for rows back until `calls` of them are under way together; once."""
        self._meeting = Barrier(calls)

    def close(self) -> None:
        """Stop serving, let held calls go, and free the port."""
        self._closed.set()
        super().close()

    def _now(self) -> datetime:
        year, month = int(self.newest[:4]), int(self.newest[5:]) + 2
        begin = datetime(year + (month > 12), (month - 1) % 12 + 1, 1, 12, tzinfo=UTC)
        return begin + timedelta(days=28)

    def _answer(self, request: Request) -> Answer:
        with self._lock:
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        try:
            return self._broken() or self._sound(request)
        finally:
            with self._lock:
                self._busy -= 1

    def _broken(self) -> Answer | None:
        if self._faults.strikes(Fault.SLOW):
            self._closed.wait(30)
        if self._faults.strikes(Fault.OUTAGE):
            return Answer(status=503, body=b"Service Unavailable", content_type="text/plain")
        if self._faults.strikes(Fault.CUT):
            return Answer(delivery=Delivery.CUT)
        return _shell() if self._faults.strikes(Fault.SHELL) else None

    def _sound(self, request: Request) -> Answer:
        if request.method not in ("GET", "HEAD"):
            return Answer(status=405)
        path = request.path
        if path == "/api/ammatit":
            return _json(self._catalogue(), CACHED)
        if path == "/api/Toimiala":
            return _json([sector_body(number) for number in range(1, SECTORS + 1)], CACHED)
        if path == "/api/Paikka/regions":
            regions = self.world.regions[1:] if Fault.REGION_GONE in self._faults else self.world.regions
            return _json([region_body(*region) for region in regions])
        if path == "/api/Paikka/map":
            return _json({"type": "FeatureCollection", "features": [feature_body(*one) for one in self.world.regions]})
        if path == f"{MATCHING}/date":
            return _json({"value": self.newest, "ennuste": False})
        if path.startswith(f"{MATCHING}/Ammatti/"):
            return self._matching(path.removeprefix(f"{MATCHING}/Ammatti/"))
        if path == "/api" or path.startswith("/api/") or path == "/openapi.json":
            return Answer(status=404, headers=COOKIE)
        return _shell()

    def _catalogue(self) -> list[Body]:
        entries = [occupation_body(one.code, one.name, one.id) for one in self.world.occupations]
        if Fault.CODE_TWICE in self._faults:
            entries.append({**entries[0], "id": str(uuid5(NAMESPACE_URL, "tyovoimabarometri/twice"))})
        return entries

    def _matching(self, rest: str) -> Answer:
        meeting = self._meeting
        if meeting is not None:
            meeting.wait(10)
            self._meeting = None
        id_, _, what = rest.partition("/")
        occupation = next((one for one in self.world.occupations if one.id == id_), None)
        if occupation is None:
            return self._unknown()
        shown = sorted(month for month in occupation.rows if month <= self.newest)
        if what == "dates":
            return _json([{"value": month, "ennuste": False} for month in shown])
        if what == "ennuste":
            return _json(self._forecast(occupation, shown))
        if what not in shown or (Fault.NO_NEWEST in self._faults and what == self.newest):
            return self._unknown()
        rows = occupation.rows[what]
        if what == self.newest and occupation is self.world.occupations[0]:
            if self._faults.strikes(Fault.MONTH_WITHOUT_DATA):
                return self._unknown()
            rows = self._spoilt(deepcopy(rows))
        cut = Delivery.TRUNCATED if self._faults.strikes(Fault.TRUNCATED) else Delivery.WHOLE
        return _json(rows, delivery=cut)

    def _unknown(self) -> Answer:
        if Fault.UNKNOWN_EMPTY in self._faults:
            return _json([])
        return Answer(status=400 if Fault.UNKNOWN_400 in self._faults else 404, headers=COOKIE)

    def _forecast(self, occupation: ReplayOccupation, shown: list[str]) -> list[Body]:
        if Fault.FORECAST not in self._faults or not shown:
            return []
        year, month = int(self.newest[:4]), int(self.newest[5:]) + 1
        following = f"{year + (month > 12):04d}-{(month - 1) % 12 + 1:02d}"
        return [{**row, "kohtaantoTime": following} for row in occupation.rows[shown[-1]]]

    def _spoilt(self, rows: list[Body]) -> list[Body]:
        """The rows with every fault of rows that is on."""
        first = rows[0]
        changes: dict[Fault, dict[str, Any]] = {
            Fault.EXTRA_MEMBER: {"uusiKentta": {"arvo": 1}},
            Fault.STATE_99: {
                "kohtaantotila": 99, "kohtaantoaste": None, "asteikko": None, "kulmakerroin": None,
                "tyottomyysaste": None, "vakanssiaste": None, "tyottomat": None, "toissa": None, "tyopaikat": None,
                "tyottomatSensuroitu": False, "toissaSensuroitu": False,
            },
            Fault.NULL_RATES: dict.fromkeys(("asteikko", "kulmakerroin", "tyottomyysaste", "vakanssiaste")),
            Fault.CENSORED_SHOWN: {
                "tyottomat": 3, "tyottomatSensuroitu": True, "tyottomyysaste": 0.031, "vakanssiaste": 0.02,
                "asteikko": 2.6, "kulmakerroin": 0.645, "kohtaantotila": 0, "kohtaantoaste": 1,
            },
            Fault.CHANGED_REGION: {"groupingId": str(uuid5(NAMESPACE_URL, "tyovoimabarometri/changed"))},
            Fault.BAD_STATE: {"kohtaantotila": 7, "kohtaantoaste": 3},
            Fault.BAD_DEGREE: {"kohtaantotila": 1, "kohtaantoaste": 9},
            Fault.CONTRADICTION: {"kohtaantotila": 0, "kohtaantoaste": 3},
        }  # fmt: skip
        for fault, change in changes.items():
            if self._faults.strikes(fault):
                first.update(change)
        if self._faults.strikes(Fault.MISSING_MEMBER):
            del first["tyopaikat"]
        if self._faults.strikes(Fault.BAD_PERIOD):
            for row in rows:
                row["kohtaantoTime"] = "2019-01"
        if self._faults.strikes(Fault.ROWS_18):
            rows.pop()
        if self._faults.strikes(Fault.ROW_TWICE):
            rows[-1] = dict(first)
            rows.append(dict(first))
        return rows


def _json(document: object, headers: dict[str, str] | None = None, delivery: Delivery = Delivery.WHOLE) -> Answer:
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(body=body, content_type=JSON, headers=headers or {}, delivery=delivery)


def _shell() -> Answer:
    return Answer(body=shell(), content_type="text/html")

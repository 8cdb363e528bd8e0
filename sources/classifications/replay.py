"""A local server that stands in for the classification service of Statistics Finland.

Belongs here: which call is answered how (contract reference, sections 4.1 to 4.3) and what can go wrong. Does not
belong here: what is answered (`replay_bodies`), the transport (`sources/loopback`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs

from sources.classifications.replay_bodies import Bodies, Body, Change
from sources.classifications.schema import load_source
from sources.loopback import Answer, Delivery, LoopbackServer, Replay, Request
from sources.strikes import Strikes

ROOT = "/api/classifications/v2"
JSON = "application/json"
DIVISION_YEAR = 2026  # of the seeds
MERGED = ("151", "232")  # an invented merger: Isojoki into Kauhajoki
RENAMED = ("020", "Akaan kaupunki")
MOVED = ("142", "08")  # an invented transfer: Iitti back to Kymenlaakso


class Fault(StrEnum):
    """What the server can do wrong, or what a division of 2027 (invented) brings."""

    MERGED = "merged"
    RENAMED = "renamed"
    MOVED = "moved"
    MISSING_LANGUAGE = "missing-language"  # Swedish names of the development centres
    ERROR_500 = "500-one"  # the development centres' items
    ERROR_500_ALL = "500-items"  # the items of every classification; lists and maps are answered
    AMBIGUOUS = "ambiguous"  # one municipality in two regions
    UNKNOWN_TARGET = "unknown-target"
    CODE_ONLY_IN_ID = "code-only-in-id"  # map rows without their items
    FORMAT = "changed-format"  # items under another name
    HTML = "html"
    OUTAGE = "outage"
    CUT = "cut"


class ClassificationsReplay(Replay):
    """Serves `folder`/classifications/*.json where it has a file, else answers built from `seeds`, on 127.0.0.1.

    A fault of a division (`merged`, `renamed`, `moved`) adds the year after that of the seeds. `requests` lists
    (method, path?query, status). Raises ValueError for an unknown fault.
    """

    def __init__(self, folder: Path | None, *, seeds: Path, port: int = 0, faults: Iterable[Fault | str] = ()) -> None:
        self._faults = Strikes(Fault)
        for fault in faults:
            self.switch_on(fault)
        change = Change(
            merged=MERGED if Fault.MERGED in self._faults else None,
            renamed=RENAMED if Fault.RENAMED in self._faults else None,
            moved=MOVED if Fault.MOVED in self._faults else None,
        )
        years = (DIVISION_YEAR,) if change == Change() else (DIVISION_YEAR, DIVISION_YEAR + 1)
        self._bodies = Bodies(load_source(), seeds=seeds, folder=folder, years=years, change=change)
        self._server = LoopbackServer(self._answer, name="classifications-replay", port=port)

    @property
    def base_url(self) -> str:
        """What stands for https://data.stat.fi/api/classifications/v2."""
        return f"{self._server.url}{ROOT}"

    def switch_on(self, fault: Fault | str) -> None:
        """Begin a fault; as text it may say how many calls it strikes, as in 'outage:3'. Not for divisions."""
        self._faults.switch_on(fault)

    def switch_off(self, fault: Fault | str) -> None:
        """End a fault."""
        self._faults.switch_off(fault)

    def _answer(self, request: Request) -> Answer:
        if self._faults.strikes(Fault.OUTAGE):
            return Answer(status=503, content_type="text/plain", body=b"Service Unavailable")
        if self._faults.strikes(Fault.CUT):
            return Answer(delivery=Delivery.CUT)
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            return Answer(status=405, headers={"Allow": "GET, HEAD, OPTIONS"})
        query = {name: values[-1] for name, values in parse_qs(request.query).items()}
        found = self._find(request.path, query)
        if isinstance(found, Answer):
            return found
        if query.get("format") != "json" or self._faults.strikes(Fault.HTML):
            return _page()
        if found is None:
            return Answer(status=404, content_type=JSON, body=b'{"detail":"Not found."}')
        return Answer(content_type=JSON, body=json.dumps(found, ensure_ascii=False).encode())

    def _find(self, path: str, query: dict[str, str]) -> list[str] | list[Body] | Answer | None:
        if path == f"{ROOT}/classifications":
            return [f"{self.base_url}/classifications/{id_}" for id_ in self._bodies.classifications()]
        if path == f"{ROOT}/correspondenceTables":
            return [f"{self.base_url}/correspondenceTables/{id_}" for id_ in self._bodies.correspondence_tables()]
        language = query.get("lang", "fi")
        if match := re.fullmatch(rf"{ROOT}/classifications/([^/]+)/classificationItems", path):
            if self._faults.strikes(Fault.ERROR_500_ALL) or (
                match[1].startswith("evk_") and self._faults.strikes(Fault.ERROR_500)
            ):
                return Answer(status=500, content_type="text/html", body=b"<h1>Server Error (500)</h1>")
            items = self._bodies.items(match[1], language)
            return self._spoilt_items(match[1], items, language) if items else None
        if match := re.fullmatch(rf"{ROOT}/correspondenceTables/(.+)%23([^/]+)/maps", path):
            rows = self._bodies.maps(match[1], match[2], language)
            if query.get("content") != "data":
                return [f"{self.base_url}/correspondenceTables/{match[1]}%23{match[2]}/maps"] if rows else None
            return self._spoilt_rows(match[2], rows) if rows else None
        return None

    def _spoilt_items(self, id_: str, items: list[Body], language: str) -> list[Body]:
        if id_.startswith("evk_") and language == "sv" and self._faults.strikes(Fault.MISSING_LANGUAGE):
            return [{**item, "classificationItemNames": []} for item in items]
        if id_.startswith("kunta_") and self._faults.strikes(Fault.FORMAT):
            return [{"koodi": item["code"]} for item in items]
        return items

    def _spoilt_rows(self, target: str, rows: list[Body]) -> list[Body]:
        if not target.startswith("maakunta_"):
            return rows
        first, last = rows[0], rows[-1]
        if self._faults.strikes(Fault.AMBIGUOUS):
            rows = [*rows, {**first, "targetLocalId": last["targetLocalId"], "targetItem": last["targetItem"]}]
        if self._faults.strikes(Fault.UNKNOWN_TARGET):
            rows = [{**first, "targetLocalId": f"{target}/99", "targetItem": {"code": "99"}}, *rows[1:]]
        if self._faults.strikes(Fault.CODE_ONLY_IN_ID):
            rows = [{key: value for key, value in row.items() if not key.endswith("Item")} for row in rows]
        return rows


def _page() -> Answer:
    return Answer(
        content_type="text/html; charset=utf-8", body=b"<!DOCTYPE html><html><body>Classifications</body></html>"
    )

"""The months that need not be asked for again: what the raw store's index says of earlier answers of the barometer.

Belongs here: the note beside an archived answer and finding it again. Does not belong here: asking.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from sources.archive import RawArchive

NO_ANSWER = b""  # what is archived for a refused request (404, 400): its status, no body


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One answer as it came, on its way into the raw store. `headers`: the few that are kept."""

    url: str
    status: int
    content: bytes
    headers: dict[str, str]
    retrieved_at: datetime

    def keep(self, archive: RawArchive, *, source: str, what: str, **about: str | None) -> str:
        """Archive the answer and return its SHA-256; `about` (occupation, period, regions) lets the ledger find it."""
        note = {
            "source": source,
            "what": what,
            "url": self.url,
            "status": self.status,
            "headers": self.headers,
            "retrieved_at": self.retrieved_at.isoformat(),
            **about,
        }
        return archive.put(self.content, request=note)


@dataclass(frozen=True, slots=True)
class Receipt:
    """An archived answer and the region list it was checked against, both as SHA-256."""

    answer: str
    regions: str


class _Line(msgspec.Struct):
    sha256: str
    source: str = ""
    what: str = ""
    occupation: str = ""
    period: str | None = None
    regions: str = ""


class Ledger:
    """Receipts of archived months by (occupation id, month); a later one replaces an earlier one."""

    def __init__(self, archive: RawArchive, *, source: str) -> None:
        self._archive = archive
        self._receipts: dict[tuple[str, str], Receipt] = {}
        index = archive.root / "index.jsonl"
        if not index.exists():
            return
        mark = f'"{source}"'.encode()
        with index.open("rb") as lines:
            for text in lines:
                if mark not in text:
                    continue
                line = msgspec.json.decode(text, type=_Line)
                if line.source == source and line.what == "rows" and line.period:
                    self._receipts[line.occupation, line.period] = Receipt(line.sha256, line.regions)

    def find(self, occupation_id: str, month: str) -> Receipt | None:
        """The receipt of that month, or None when it was never archived or its bytes are gone."""
        receipt = self._receipts.get((occupation_id, month))
        whole = receipt and all(self._archive.path_of(sha).exists() for sha in (receipt.answer, receipt.regions))
        return receipt if whole else None

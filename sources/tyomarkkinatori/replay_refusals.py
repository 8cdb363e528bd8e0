"""What is said instead of postings: errors in the manner of the gateway, the limit of calls, faults of whole answers.

Belongs here: bodies, headers and order of these answers. Does not belong here: which call is wrong (`replay`), what
goes wrong within a stream of postings (`replay_stream`, `replay_faults`).
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Lock

from sources.loopback import Answer, Delivery
from sources.tyomarkkinatori.replay_faults import Fault, Faults
from sources.tyomarkkinatori.replay_personal import TEXT

JSON_TYPE = "application/json"
RATE_WINDOW = 60  # seconds
NO_LIMIT = 99_999  # the most that five characters can say
PAGE = "<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h1>503</h1>%s</body></html>"
TOO_MANY = "Rate limit is exceeded."


class Refusals:
    """The answers of one server that hold no postings; more than `rate_limit` data calls a minute are 429."""

    def __init__(self, faults: Faults, *, rate_limit: int) -> None:
        self._faults = faults
        self._rate = _Rate(rate_limit)

    def say(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
        """An error as JSON."""
        body = json.dumps({"statusCode": status, "message": message + self._planted()})
        return Answer(status=status, body=body.encode("ascii"), content_type=JSON_TYPE, headers=headers or {})

    def unauthorized(self, why: str) -> Answer:
        """A 401 for a token that is not trusted (RFC 6750, section 3)."""
        challenge = f'Bearer error="invalid_token", error_description="{why}"'
        return self.say(401, "Unauthorized", {"WWW-Authenticate": challenge})

    def data_call(self, now: datetime, *, content_type: str) -> tuple[Answer | None, Mapping[str, str]]:
        """What befalls a data call that is in order, if anything, and the headers of the limit after it."""
        limits, late = self._rate.count()
        strikes = self._faults.strikes
        if strikes(Fault.CUT_CONNECTION):
            return Answer(delivery=Delivery.CUT), limits
        if late is not None:
            return self.say(429, TOO_MANY, {**limits, "Retry-After": str(late)}), limits
        if strikes(Fault.TOO_MANY_REQUESTS):
            return self.say(429, TOO_MANY, {**limits, "Retry-After": "1"}), limits
        if strikes(Fault.TOO_MANY_REQUESTS_DATE):
            again = format_datetime(now.astimezone(UTC) + timedelta(seconds=2), usegmt=True)
            return self.say(429, TOO_MANY, {**limits, "Retry-After": again}), limits
        if strikes(Fault.SERVER_ERROR):
            return self.say(500, "Internal server error"), limits
        if strikes(Fault.FORBIDDEN):
            return self.say(403, "Forbidden"), limits
        if strikes(Fault.UNAVAILABLE):
            return self._page(503), limits
        if strikes(Fault.HTML_200):
            return self._page(200), limits
        if strikes(Fault.EMPTY_BODY):
            return Answer(content_type=content_type), limits
        return None, limits

    def _page(self, status: int) -> Answer:
        return Answer(status=status, body=(PAGE % self._planted()).encode("ascii"), content_type="text/html")

    def _planted(self) -> str:
        """Personal data in an error's body, when the fault says so: services are known to quote what they choke on."""
        return f" {TEXT}" if self._faults.amount(Fault.PERSONAL_DATA) is not None else ""


class _Rate:
    """Counts data calls in windows of a minute, as the headers `RateLimit-*` tell."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._calls = 0
        self._began = -math.inf
        self._lock = Lock()

    def count(self) -> tuple[dict[str, str], int | None]:
        """The headers after one call more, and the seconds to wait when it was one too many."""
        with self._lock:
            now = time.monotonic()
            if now - self._began >= RATE_WINDOW:
                self._began, self._calls = now, 0
            self._calls += 1
            reset = math.ceil(self._began + RATE_WINDOW - now)
            headers = {
                "RateLimit-Limit": str(self._limit),
                "RateLimit-Remaining": str(max(0, self._limit - self._calls)),
                "RateLimit-Reset": str(reset),
            }
            return headers, reset if self._calls > self._limit else None

"""The polite HTTP session: one way to talk to every upstream service.

Belongs here: who we say we are, timeouts, retries, `Retry-After`, the caller's own call limiter. Does not belong here:
what any one service answers (each `sources/<system>/client.py` passes a `read` function that knows).
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, TypeVar

import requests
import tenacity

T = TypeVar("T")


class SourceError(Exception):
    """An upstream service did not give what it promised. The message names the thing, the place and the mend."""


class RequestRefusedError(SourceError):
    """The service answered with a final 4xx status: repeating the same request is useless."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class SourceUnavailableError(SourceError):
    """The service stayed silent, overloaded or garbled through all attempts."""


class UnreadableAnswerError(Exception):
    """Raised by a `read` function for a 200 whose body is not the promised answer: worth another attempt."""


class _PassingFaultError(Exception):
    """A fault that may pass by itself; `retry_after` in seconds when the service named a time."""

    def __init__(self, what: str, retry_after: float | None = None) -> None:
        super().__init__(what)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, and how often to try.

    no attempt begins later than `total` after the first. `read` is the
    longest silence within an answer. `window` is what a 429 without `Retry-After` waits; `longest_wait`
    caps what a service may ask for.
    """

    connect: float = 10.0
    read: float = 180.0
    total: float = 900.0
    attempts: int = 4
    first_wait: float = 2.0
    window: float = 60.0
    longest_wait: float = 300.0


SLACK = 1.0  # seconds that a call may travel before the service counts it


@dataclass(slots=True)
class CallLimiter:
    """Keeps this client under `max_calls` per `window` seconds, counting every call in a sliding window.

    PxWeb counts refused calls too (contract statfin, section 3), so the only cure for a limit is not to reach it. Calls
    are counted from the start; `obey` sets the limit once the service has told it.
    """

    max_calls: float = math.inf
    window: float = 60.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _calls: deque[float] = field(default_factory=deque)

    def obey(self, *, max_calls: int, window: float) -> None:
        """From now on keep to this limit; calls already made count."""
        self.max_calls, self.window = max_calls, window

    def wait(self, announce: Callable[[float], None]) -> None:
        """Return as soon as one more call fits, and count it; `announce` is told the seconds of a pause before it."""
        now = self._forget()
        if len(self._calls) >= self.max_calls:
            pause = self.window + SLACK - (now - self._calls[-int(self.max_calls)])
            announce(pause)
            self.sleep(pause)
            now = self._forget()
        self._calls.append(now)

    def _forget(self) -> float:
        now = self.clock()
        while self._calls and now - self._calls[0] > self.window + SLACK:
            self._calls.popleft()
        return now


class PoliteSession:
    """An HTTP session with an honest name, bounded patience and retries with jitter.

    One session per service and run, so that every call is counted. Not for parallel use: one worker per service.
    """

    def __init__(
        self,
        *,
        contact: str | None = None,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.patience = patience or Patience()
        self.limiter = CallLimiter(sleep=sleep)
        self._sleep = sleep
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"Kohtaanto/{version('kohtaanto')} (contact: {contact or 'none given'})"
        self._session.headers["Accept-Encoding"] = "gzip"

    def __enter__(self) -> PoliteSession:
        return self

    def __exit__(self, *exception: object) -> None:
        self._session.close()

    def call(
        self,
        method: str,
        url: str,
        *,
        what: str,
        read: Callable[[requests.Response], T],
        report: Callable[[str], None],
        json: Mapping[str, Any] | None = None,
    ) -> T:
        """Send one request and return what `read` makes of the answer; `report` receives a line before every wait.

        `what` names the request in messages ("statfin 12ti: chunk 3 of 36"). Raises RequestRefusedError for a final
        4xx, SourceUnavailableError when the service stayed out of reach through all attempts.
        """

        def attempt() -> T:
            self.limiter.wait(
                lambda pause: report(
                    f"{what}: waiting {pause:.0f} s, the service allows {self.limiter.max_calls} calls in "
                    f"{self.limiter.window:.0f} s"
                )
            )
            return self._attempt(method, url, what=what, read=read, json=json)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_PassingFaultError),
            stop=tenacity.stop_after_attempt(self.patience.attempts) | tenacity.stop_before_delay(self.patience.total),
            wait=self._wait,
            sleep=self._sleep,
            before_sleep=lambda state: report(self._line(what, state)),
        )
        try:
            return retrying(attempt)
        except tenacity.RetryError as error:
            attempts = error.last_attempt.attempt_number
            cause = error.last_attempt.exception()
            raise SourceUnavailableError(
                f"{what}: no usable answer from {url} in {attempts} attempts; the last one: {cause}. "
                "Nothing was changed. Run again later; if it lasts, look at the service's own notices."
            ) from cause

    def _attempt(
        self,
        method: str,
        url: str,
        *,
        what: str,
        read: Callable[[requests.Response], T],
        json: Mapping[str, Any] | None,
    ) -> T:
        try:
            response = self._session.request(
                method, url, json=json, timeout=(self.patience.connect, self.patience.read), allow_redirects=True
            )
        except (requests.ConnectionError, requests.Timeout) as error:
            raise _PassingFaultError(f"no connection or no answer in time ({type(error).__name__})") from error
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
            raise _PassingFaultError(f"the answer broke off ({type(error).__name__})") from error
        status = response.status_code
        if status == 429:
            raise _PassingFaultError("429, too many calls", retry_after=_retry_after(response) or self.patience.window)
        if status >= 500:
            raise _PassingFaultError(f"status {status}", retry_after=_retry_after(response))
        if status >= 400:
            raise RequestRefusedError(f"{what}: {url} answered {status}", status=status)
        try:
            return read(response)
        except UnreadableAnswerError as error:
            raise _PassingFaultError(f"status {status}, but {error}") from error

    def _wait(self, state: tenacity.RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        if isinstance(fault, _PassingFaultError) and fault.retry_after is not None:
            return min(fault.retry_after, self.patience.longest_wait)
        backoff = tenacity.wait_exponential_jitter(multiplier=self.patience.first_wait, jitter=self.patience.first_wait)
        return backoff(state)

    def _line(self, what: str, state: tenacity.RetryCallState) -> str:
        fault = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0.0
        return f"{what}: {fault}; attempt {state.attempt_number + 1} of {self.patience.attempts} in {pause:.0f} s"


def _retry_after(response: requests.Response) -> float | None:
    """Seconds from the header `Retry-After`; None when it is absent or not a number of seconds."""
    try:
        return max(0.0, float(response.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None

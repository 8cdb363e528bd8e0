"""The polite HTTP session: one way to talk to every upstream service.

Belongs here: who we say we are, timeouts, retries, `Retry-After`, pace, the caller's own call limiter, the one renewal
of a refused authorisation, streaming. Does not belong here: what any one service answers (each
`sources/<system>/client.py` passes a `read` function that knows), and how a token is got.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any, Protocol, TypeVar

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
    """The service stayed silent, overloaded or garbled through all attempts.

    `is_unreachable`: the last attempt did not even get a connection within the time for it.
    """

    def __init__(self, message: str, *, is_unreachable: bool = False) -> None:
        super().__init__(message)
        self.is_unreachable = is_unreachable


class UnreadableAnswerError(Exception):
    """Raised by a `read` function for a 200 whose body is not the promised answer: worth another attempt."""


class _PassingFaultError(Exception):
    """A fault that may pass by itself; `retry_after` in seconds when the service named a time."""

    def __init__(self, what: str, retry_after: float | None = None, *, is_unreachable: bool = False) -> None:
        super().__init__(what)
        self.retry_after = retry_after
        self.is_unreachable = is_unreachable


class Authorizer(Protocol):
    """What makes a call an authorised one. Asked anew before every attempt, since waits may outlast a token."""

    def headers(self) -> Mapping[str, str]:
        """The headers to send with the next attempt."""

    def renew(self) -> bool:
        """After a 401: whether other headers than those refused can be had; asked once per call."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, and how often to try.

    no attempt begins later than `total` after the first. `read` is the
    longest silence within an answer, `stream` the longest time that one streamed answer may take as a whole. `window`
    is what a 429 without `Retry-After` waits; `longest_wait` caps what a service may ask for.
    """

    connect: float = 10.0
    read: float = 180.0
    stream: float = 900.0
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
    `pace`: the least seconds between the beginnings of two attempts.
    """

    def __init__(
        self,
        *,
        contact: str | None = None,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.patience = patience or Patience()
        self.limiter = CallLimiter(clock=clock, sleep=sleep)
        self.pace = 0.0
        self._last_attempt = -math.inf
        self._clock = clock
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
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        authorizer: Authorizer | None = None,
        stream: bool = False,
    ) -> T:
        """Send one request and return what `read` makes of the answer; `report` receives a line before every wait.

        `what` names the request in messages ("statfin 12ti: chunk 3 of 36"). With `stream`, `read` is handed the answer
        before its body has arrived and takes it from `blocks_of`; when it breaks off, the next attempt calls `read`
        anew. With an `authorizer`, a 401 is answered once by its renewal and the same request, and redirects are not
        followed, for a key must not go elsewhere. Raises RequestRefusedError for a final 3xx or 4xx,
        SourceUnavailableError when the service stayed out of reach through all attempts.
        """
        renewals = iter([authorizer] if authorizer else [])

        def attempt() -> T:
            while True:
                # Outside the try: an authorizer that is itself refused is not to be renewed.
                own = {**(headers or {}), **(authorizer.headers() if authorizer else {})}
                try:
                    return self._attempt(
                        method,
                        url,
                        what=what,
                        read=read,
                        report=report,
                        headers=own,
                        follows=authorizer is None,
                        body={"json": json, "data": form, "params": query},
                        stream=stream,
                    )
                except RequestRefusedError as error:
                    refused = next(renewals, None) if error.status == 401 else None
                    if refused is None or not refused.renew():
                        raise
                    report(f"{what}: 401, trying once more with a renewed token")

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
                "Nothing was changed. Run again later; if it lasts, look at the service's own notices.",
                is_unreachable=isinstance(cause, _PassingFaultError) and cause.is_unreachable,
            ) from cause

    def _attempt(
        self,
        method: str,
        url: str,
        *,
        what: str,
        read: Callable[[requests.Response], T],
        report: Callable[[str], None],
        headers: Mapping[str, str],
        follows: bool,
        body: Mapping[str, Any],
        stream: bool,
    ) -> T:
        self._hold_back(what, report)
        fault: _PassingFaultError | None = None
        try:
            with self._session.request(
                method,
                url,
                **body,
                headers=headers,
                timeout=(self.patience.connect, self.patience.read),
                allow_redirects=follows,
                stream=stream,
            ) as response:
                _refuse_status(response, what, url, self.patience.window)
                return read(response)
        except UnreadableAnswerError as error:
            fault = _PassingFaultError(f"status {response.status_code}, but {error}")
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
            fault = _PassingFaultError(f"the answer broke off ({type(error).__name__})")
        except (requests.ConnectionError, requests.Timeout) as error:
            fault = _PassingFaultError(
                f"no connection or no answer in time ({type(error).__name__})",
                is_unreachable=isinstance(error, requests.ConnectTimeout),
            )
        # Raised here, outside the handlers, so that no library error hangs on to it: those of a broken stream quote it.
        raise fault

    def _hold_back(self, what: str, report: Callable[[str], None]) -> None:
        """Return when the next attempt is due: by the pace, and by the limit on calls."""
        rest = self._last_attempt + self.pace - self._clock()
        if rest > 0:
            self._sleep(rest)
        self.limiter.wait(
            lambda pause: report(
                f"{what}: waiting {pause:.0f} s, the service allows {self.limiter.max_calls} calls in "
                f"{self.limiter.window:.0f} s"
            )
        )
        self._last_attempt = self._clock()

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


def blocks_of(response: requests.Response, *, size: int, within: float) -> Iterator[bytes]:
    """The body of a streamed answer in blocks of at most `size` bytes, content encoding undone.

    Raises UnreadableAnswerError when it has not ended after `within` seconds: a drip must not hold a run for ever.
    """
    end = time.monotonic() + within
    for block in response.iter_content(size):
        if time.monotonic() > end:
            raise UnreadableAnswerError(f"the answer had not ended after {within:.0f} s")
        yield block


def date_of(response: requests.Response) -> datetime | None:
    """What the service's clock said, from the header `Date`, in UTC; None when it is absent or unreadable."""
    return _http_date(response.headers.get("Date", ""))


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _refuse_status(response: requests.Response, what: str, url: str, window: float) -> None:
    """Raises _PassingFaultError for 429 and 5xx, RequestRefusedError for what repetition does not mend."""
    status = response.status_code
    if status == 429:
        wait = _retry_after(response)
        raise _PassingFaultError("429, too many calls", retry_after=window if wait is None else wait)
    if status >= 500:
        raise _PassingFaultError(f"status {status}", retry_after=_retry_after(response))
    if status >= 300 and status != 304:
        raise RequestRefusedError(f"{what}: {url} answered {status}", status=status)


def _retry_after(response: requests.Response) -> float | None:
    """Seconds from the header `Retry-After`, a number or an HTTP date; None when it is absent or neither.

    A date is measured against the answer's own `Date`, so that our clock need not agree with the service's.
    """
    text = response.headers.get("Retry-After", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    until, now = _http_date(text), date_of(response) or datetime.now(UTC)
    return None if until is None else max(0.0, (until - now).total_seconds())

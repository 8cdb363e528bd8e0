"""The one local HTTP server under all replay servers: HTTP/1.1 on the loopback, answers from one function.

Belongs here: the transport, that is connections, framing (a length or chunks), compression, the `Date` header, broken
deliveries and refused connections. Does not belong here: what any service answers; that is each source's `replay`.
"""

from __future__ import annotations

import gzip
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import Enum, auto
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self

from requests.structures import CaseInsensitiveDict

HOST = "127.0.0.1"
GZIP_FROM = 1400  # bytes
POLL = 0.05  # seconds until a stop is noticed


class Delivery(Enum):
    """What becomes of an answer on its way."""

    WHOLE = auto()
    CUT = auto()  # the connection is closed without a byte of answer
    TRUNCATED = auto()  # it breaks off: bytes after their first half, an iterable after its last item (no end mark)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call: `path` as it was sent (not decoded, without the query), `headers` with names in any case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    client: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; an iterable body is sent in chunks, without a Content-Length, one chunk per non-empty item."""

    status: int = 200
    body: bytes | Iterable[bytes] = b""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE


class LoopbackServer:
    """Answers every call to 127.0.0.1 (`port` 0: any free one) with `answer` until closed.

    As a context manager it runs in a daemon thread; calls are answered in parallel. `clock` is what the `Date` header
    says (default: the machine's time). `requests` lists (method, path?query, status) of every call answered so far; a
    cut connection has the status 0. An `answer` that raises is a 500, and its traceback goes to stderr.
    """

    def __init__(
        self,
        answer: Callable[[Request], Answer],
        *,
        name: str,
        port: int = 0,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.answer = answer
        self.name = name
        self.clock = clock
        self.requests: list[tuple[str, str, int]] = []
        self._http = _HttpServer(self, port=port)
        self._http.server_activate()
        self.port = int(self._http.server_address[1])
        self._thread: Thread | None = None
        self._lock = Lock()
        self._serving = False
        self._closed = False
        self._listening = Event()
        self._listening.set()

    @property
    def url(self) -> str:
        """The root of the server, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    def serve_forever(self) -> None:
        """Serve in this thread until `close` is called from another or the process is interrupted."""
        self._serving = True
        while True:
            self._listening.wait()  # it may refuse from the start
            if self._closed:
                return
            self._http.serve_forever(poll_interval=POLL)

    def join(self) -> None:
        """Wait while the server runs in its thread, until `close` is called or the process is interrupted."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(0.5)  # a wait without end can sleep through an interrupt that another thread received

    def refuse(self) -> None:
        """Refuse TCP connections from now on and drop the open ones; the port stays this server's own."""
        with self._lock:
            if self._closed or not self._listening.is_set():
                return
            self._listening.clear()
            self._stop()
            self._http = _HttpServer(self, port=self.port)  # bound, not listening

    def accept(self) -> None:
        """Take connections again after `refuse`."""
        with self._lock:
            if not self._closed and not self._listening.is_set():
                self._http.server_activate()
                self._listening.set()

    def close(self) -> None:
        """Stop serving, drop open connections and free the port."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._listening.is_set():
                self._stop()
            else:
                self._http.server_close()
                self._listening.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _stop(self) -> None:
        if self._serving:
            self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> Self:
        self._serving = True
        self._thread = Thread(target=self.serve_forever, name=self.name, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Replay:
    """What every replay server has in common: a LoopbackServer `_server` that its callers start, wait for and stop.

    A context manager runs it in a daemon thread.
    """

    _server: LoopbackServer

    @property
    def requests(self) -> list[tuple[str, str, int]]:
        """(method, path?query, status) of every call answered so far, 0 = cut; clear it to count anew."""
        return self._server.requests

    def serve_forever(self) -> None:
        """Serve in this thread until `close` is called from another or the process is interrupted."""
        self._server.serve_forever()

    def join(self) -> None:
        """Wait while the server runs in its thread, until `close` is called or the process is interrupted."""
        self._server.join()

    def close(self) -> None:
        """Stop serving and free the port."""
        self._server.close()

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _HttpServer(ThreadingHTTPServer):
    """Bound at once, listening only after `server_activate`; knows its open connections."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, owner: LoopbackServer, *, port: int) -> None:
        self.owner = owner
        self._connections: set[socket.socket] = set()
        super().__init__((HOST, port), _Handler, bind_and_activate=False)
        try:
            self.server_bind()
        except OSError:
            super().server_close()
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in tuple(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is no error of ours; anything else is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sys_version = ""
    disable_nagle_algorithm = True
    server: _HttpServer

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 (the base class's names)

    def version_string(self) -> str:
        return self.server.owner.name

    def date_time_string(self, timestamp: float | None = None) -> str:
        clock = self.server.owner.clock
        if clock is None or timestamp is not None:
            return super().date_time_string(timestamp)
        return format_datetime(clock().astimezone(UTC), usegmt=True)

    def _answer(self) -> None:
        owner = self.server.owner
        path, _, query = self.path.partition("?")
        request = Request(
            method=self.command,
            path=path,
            query=query,
            headers=CaseInsensitiveDict(self.headers.items()),
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            client=self.client_address[0],
        )
        try:
            answer = owner.answer(request)
        except Exception:
            owner.requests.append((self.command, self.path, 500))
            self.close_connection = True
            self._send_whole(Answer(status=500, content_type="text/plain"), b"the replay server failed")
            raise
        cut = answer.delivery is Delivery.CUT
        owner.requests.append((self.command, self.path, 0 if cut else answer.status))
        if answer.delivery is not Delivery.WHOLE:
            self.close_connection = True
        if cut:
            return
        if isinstance(answer.body, bytes):
            self._send_whole(answer, answer.body)
        else:
            self._send_chunks(answer, answer.body)

    def _send_head(self, answer: Answer, headers: Mapping[str, str]) -> None:
        self.send_response(answer.status, HTTPStatus(answer.status).phrase)
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        for name, value in {**answer.headers, **headers}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _send_whole(self, answer: Answer, content: bytes) -> None:
        headers = {}
        whole = answer.delivery is Delivery.WHOLE
        if whole and len(content) >= GZIP_FROM and "gzip" in self.headers.get("Accept-Encoding", ""):
            content = gzip.compress(content, compresslevel=1, mtime=0)
            headers["Content-Encoding"] = "gzip"
        self._send_head(answer, {**headers, "Content-Length": str(len(content))})
        if self.command != "HEAD":
            self.wfile.write(content if whole else content[: len(content) // 2])

    def _send_chunks(self, answer: Answer, items: Iterable[bytes]) -> None:
        self._send_head(answer, {"Transfer-Encoding": "chunked"})
        if self.command == "HEAD":
            return
        for item in items:
            if item:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(item), item))
        if answer.delivery is Delivery.WHOLE:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the base class's)
        """Stay silent: the server keeps its own list of requests."""

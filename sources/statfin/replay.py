"""A local server that stands in for StatFin: PxWeb v1 over HTTP on the loopback, over a folder of data.

Belongs here: the server and its transport. What a call is answered is in `replay_routes`, what is served in
`replay_folder`, what a query selects in `replay_query`, how an answer is spelled in `replay_answers`, what goes wrong
in `replay_scenarios`. It follows contract statfin, sections 2 to 7; the formats px, xlsx, sdmx and json-stat are not
written and are answered 400, and there is no response cache.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any

from sources.statfin.replay_folder import ReplayFolder
from sources.statfin.replay_routes import Delivery, Limits, Routes
from sources.statfin.replay_scenarios import Scenario, Stage

__all__ = ["Limits", "ReplayServer", "Scenario"]

GZIP_FROM = 1400  # bytes
CORS = {"Access-Control-Allow-Origin": "*"}


class ReplayServer:
    """Serves `folder` on 127.0.0.1 (`port` 0: any free one) until closed; a context manager runs it in a thread.

    `requests` lists (method, path, status) of every call answered so far; a cut connection has the status 0.
    Raises ReplayFolderError when the folder holds no table, ValueError for an unknown scenario.
    """

    def __init__(
        self, folder: Path, *, port: int = 0, limits: Limits | None = None, scenarios: Iterable[Scenario | str] = ()
    ) -> None:
        self.limits = limits or Limits()
        self.folder = ReplayFolder(folder)
        self.requests: list[tuple[str, str, int]] = []
        self._stage = Stage(self.folder)
        for scenario in scenarios:
            self._stage.switch_on(scenario)
        self.routes = Routes(self.folder, self.limits, self._stage)
        self._http = _HttpServer(("127.0.0.1", port), self)
        self._thread: Thread | None = None

    @property
    def base_url(self) -> str:
        """What stands for https://pxdata.stat.fi/PxWeb/api/v1."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/PxWeb/api/v1"

    def switch_on(self, scenario: Scenario | str, amount: float | None = None) -> None:
        """Begin a scenario while the server runs; as text it may carry its amount, as in 'html-503:3'."""
        self._stage.switch_on(scenario, amount)

    def switch_off(self, scenario: Scenario | str) -> None:
        """End a scenario."""
        self._stage.switch_off(scenario)

    def serve_forever(self) -> None:
        """Serve in this thread until `close` is called from another or the process is interrupted."""
        self._http.serve_forever(poll_interval=0.05)

    def join(self) -> None:
        """Wait while the server runs in its thread, until `close` is called or the process is interrupted."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(0.5)  # a wait without end can sleep through an interrupt that another thread received

    def close(self) -> None:
        """Stop serving and free the port."""
        if self._thread is not None:
            self._http.shutdown()
            self._thread.join()
            self._thread = None
        self._http.server_close()

    def __enter__(self) -> ReplayServer:
        self._thread = Thread(target=self.serve_forever, name="statfin-replay", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], replay: ReplayServer) -> None:
        self.replay = replay
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "StatFin-replay"
    sys_version = ""
    disable_nagle_algorithm = True
    server: _HttpServer

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_OPTIONS(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        replay = self.server.replay
        answer = replay.routes.answer(self.command, self.path, body, self.client_address[0])
        replay.requests.append((self.command, self.path, answer.status))
        if answer.delivery is Delivery.CUT:
            self.close_connection = True
            return
        content = answer.body
        self.send_response(answer.status, HTTPStatus(answer.status).phrase)
        if "gzip" in self.headers.get("Accept-Encoding", "") and len(content) >= GZIP_FROM:
            content = gzip.compress(content, compresslevel=1, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        for name, value in {**CORS, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if answer.delivery is Delivery.TRUNCATED:
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
            return
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the base class's)
        """Stay silent: the server keeps its own list of requests."""

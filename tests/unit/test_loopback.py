"""The local HTTP server under all replay servers: framing, compression, broken deliveries, refused connections."""

from __future__ import annotations

import gzip
import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
import requests

from sources.loopback import GZIP_FROM, Answer, Delivery, LoopbackServer, Request

LONG = b"kohtaanto " * 1000


@contextmanager
def serving(answer: Callable[[Request], Answer], **options: object) -> Iterator[LoopbackServer]:
    with LoopbackServer(answer, name="test-server", **options) as server:  # type: ignore[arg-type]
        yield server


def get(server: LoopbackServer, path: str = "/", **options: object) -> requests.Response:
    return requests.get(server.url + path, timeout=10, **options)  # type: ignore[arg-type]


def test_a_request_arrives_as_it_was_sent() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Answer:
        seen.append(request)
        return Answer(status=201, body=b"made", content_type="text/plain", headers={"X-Told": "yes"})

    with serving(answer) as server:
        said = requests.post(f"{server.url}/a%20b/%C3%A4?q=1&r=%2F", data=b"body", headers={"X-Name": "v"}, timeout=10)
        assert (said.status_code, said.content, said.headers["X-Told"]) == (201, b"made", "yes")
        assert server.requests == [("POST", "/a%20b/%C3%A4?q=1&r=%2F", 201)]
    (request,) = seen
    assert (request.method, request.path, request.query) == ("POST", "/a%20b/%C3%A4", "q=1&r=%2F")
    assert (request.headers["x-nAME"], request.body, request.client) == ("v", b"body", "127.0.0.1")
    assert request.headers.get("absent") is None


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_reaches_the_answer(method: str) -> None:
    with serving(lambda request: Answer(body=request.method.encode())) as server:
        assert requests.request(method, server.url, timeout=10).text == method


def test_head_has_no_body_and_the_connection_goes_on() -> None:
    with serving(lambda request: Answer(body=b"12345")) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("HEAD", "/")
        head = connection.getresponse()
        assert (head.getheader("Content-Length"), head.read()) == ("5", b"")
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"12345"
        connection.close()


def test_bytes_have_a_length_and_an_iterable_comes_in_chunks() -> None:
    bodies = {"/bytes": b"abc", "/chunks": iter([b"a", b"", b"bc"])}
    with serving(lambda request: Answer(body=bodies[request.path])) as server:
        whole = get(server, "/bytes")
        assert (whole.headers["Content-Length"], whole.headers.get("Transfer-Encoding")) == ("3", None)
        chunked = get(server, "/chunks", stream=True)
        assert (chunked.headers.get("Content-Length"), chunked.headers["Transfer-Encoding"]) == (None, "chunked")
        assert list(chunked.raw.read_chunked()) == [b"a", b"bc"]


@pytest.mark.parametrize(
    ("size", "accepted", "packed"),
    [(GZIP_FROM, "gzip", True), (GZIP_FROM - 1, "gzip", False), (GZIP_FROM, "identity", False)],
)
def test_long_answers_are_packed_when_the_caller_takes_it(size: int, accepted: str, packed: bool) -> None:
    with serving(lambda request: Answer(body=LONG[:size])) as server:
        answer = get(server, headers={"Accept-Encoding": accepted}, stream=True)
        raw = answer.raw.read(decode_content=False)
        assert (answer.headers.get("Content-Encoding") == "gzip") is packed
        assert (gzip.decompress(raw) if packed else raw) == LONG[:size]


def test_a_cut_connection_gives_not_a_byte() -> None:
    with serving(lambda request: Answer(delivery=Delivery.CUT)) as server:
        with pytest.raises(requests.ConnectionError):
            get(server)
        assert server.requests == [("GET", "/", 0)]


@pytest.mark.parametrize("body", [LONG, [LONG[:300], LONG[300:600]]])
def test_a_truncated_answer_breaks_off_in_its_body(body: bytes | list[bytes]) -> None:
    with serving(lambda request: Answer(body=body, delivery=Delivery.TRUNCATED)) as server:
        answer = get(server, stream=True)
        came: list[bytes] = []
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            came.extend(answer.iter_content(64))
        assert answer.status_code == 200
        assert 0 < len(b"".join(came)) < len(LONG)
        assert LONG.startswith(b"".join(came))


def test_the_date_header_is_what_the_clock_says() -> None:
    clock = datetime(2026, 8, 15, 21, 0, 5, 999, tzinfo=timezone(timedelta(hours=3)))
    with serving(lambda request: Answer(), clock=lambda: clock) as server:
        assert get(server).headers["Date"] == "Sat, 15 Aug 2026 18:00:05 GMT"
    with serving(lambda request: Answer()) as server:
        said = datetime.strptime(get(server).headers["Date"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
        assert abs(datetime.now(UTC) - said) < timedelta(minutes=1)


def test_an_answer_that_raises_is_a_500_and_shows_its_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    def answer(request: Request) -> Answer:
        raise LookupError("no such thing")

    with serving(answer) as server:
        assert get(server).status_code == 500
        assert server.requests == [("GET", "/", 500)]
    assert "LookupError: no such thing" in capfd.readouterr().err


def test_a_caller_that_goes_away_is_no_error(capfd: pytest.CaptureFixture[str]) -> None:
    pieces = iter([b"x" * 65536] * 400)
    with serving(lambda request: Answer(body=pieces)) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as caller:
            caller.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            caller.recv(100)
        assert get(server, "/next", stream=True).status_code == 200
    assert capfd.readouterr().err == ""


def test_connections_are_refused_and_taken_again_at_the_same_address() -> None:
    with serving(lambda request: Answer(body=b"here")) as server, requests.Session() as session:
        assert session.get(server.url, timeout=10).text == "here"
        server.refuse()
        server.refuse()
        with pytest.raises(requests.ConnectionError, match=r"refused|aborted|closed"):
            session.get(server.url, timeout=10)
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", server.port), timeout=10)
        server.accept()
        assert session.get(server.url, timeout=10).text == "here"
        assert len(server.requests) == 2


def test_it_closes_while_refusing_and_frees_the_port() -> None:
    with serving(lambda request: Answer()) as server:
        server.refuse()
        server.close()
        server.accept()
    with serving(lambda request: Answer(status=204), port=server.port) as successor:
        assert get(successor).status_code == 204


def test_it_may_refuse_from_the_start() -> None:
    server = LoopbackServer(lambda request: Answer(body=b"here"), name="test-server")
    server.refuse()
    with server:
        with pytest.raises(requests.ConnectionError):
            get(server)
        server.accept()
        assert get(server).text == "here"
    never_open = LoopbackServer(lambda request: Answer(), name="test-server")
    never_open.refuse()
    with never_open:
        pass  # closing waits for the thread


def test_closing_ends_kept_connections() -> None:
    with serving(lambda request: Answer(body=b"here")) as server, requests.Session() as session:
        assert session.get(server.url, timeout=10).text == "here"
        server.close()
        with pytest.raises(requests.ConnectionError):
            session.get(server.url, timeout=10)


def test_a_port_in_use_is_an_error() -> None:
    with serving(lambda request: Answer()) as server, pytest.raises(OSError, match="in use"):
        LoopbackServer(lambda request: Answer(), name="second", port=server.port)

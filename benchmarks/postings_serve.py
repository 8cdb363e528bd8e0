"""A service that has the postings of one file and no archived ones: `python postings_serve.py LINES_FILE`.

Prints its address and serves until it is ended. Its clock stands still, while all generated postings are open.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sources.loopback import Answer, LoopbackServer, Request

NOW = datetime(2026, 7, 29, 12, tzinfo=UTC)
BLOCK = 1024 * 1024  # bytes


def blocks(lines: Path) -> Iterator[bytes]:
    """The file, a block at a time."""
    with lines.open("rb") as stream:
        yield from iter(lambda: stream.read(BLOCK), b"")


def serve(lines: Path) -> None:
    """Answer any call for published postings with all of them."""

    def answer(request: Request) -> Answer:
        is_published = json.loads(request.body)["onlyStatus"] == "PUBLISHED"
        return Answer(body=blocks(lines) if is_published else iter(()), content_type="application/x-ndjson")

    server = LoopbackServer(answer, name="postings", clock=lambda: NOW)
    print(server.url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))

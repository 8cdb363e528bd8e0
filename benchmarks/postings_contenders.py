"""One reader of postings in one process: `python postings_contenders.py NAME LINES_FILE TARGET`.

All get the same file; `pull` gets it over HTTP, from a server in another process. The last line printed tells the time
of the work alone.
"""

from __future__ import annotations

import hmac
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SECRET = b"a secret of the benchmark, for nobody else"
BLOCK = 256 * 1024  # bytes, as the client takes them from the answer
CHUNK = 10_000  # lines, pandas
Work = Callable[[Path, Path], int]


def ours_read() -> Work:
    """The client's read path: blocks to lines, allow-list, screening, pseudonym, counts, records on disk."""
    from sources.tyomarkkinatori.intake import Intake
    from sources.tyomarkkinatori.schema import Interface, load_source
    from sources.tyomarkkinatori.screen import Pseudonym, Screen

    def work(lines: Path, target: Path) -> int:
        source = load_source()
        screen = Screen(Pseudonym(SECRET))
        with (
            lines.open("rb") as stream,
            Intake(Interface.P67, name="benchmark", source=source, screen=screen, target=target) as intake,
        ):
            intake.take_body(iter(lambda: stream.read(BLOCK), b""))
        return intake.usable

    return work


def ours() -> Work:
    """The same, and the records staged as Parquet with their duplicates and watermarks, as before a merge."""
    from sources.tyomarkkinatori.ledger import stage
    from sources.tyomarkkinatori.schema import load_source

    read = ours_read()

    def work(lines: Path, target: Path) -> int:
        records = target.with_suffix(".ndjson")
        usable = read(lines, records)
        stage(records, is_archived=False, codes=load_source().codes)
        return usable

    return work


def pull() -> Work:
    """A whole first pull and its landing: POST, read path, staging, merge, split, vintage, cohorts."""
    from sources.http import PoliteSession
    from sources.tyomarkkinatori.client import PostingsClient
    from sources.tyomarkkinatori.feeds import P67Feed
    from sources.tyomarkkinatori.parse import land
    from sources.tyomarkkinatori.schema import load_source
    from sources.tyomarkkinatori.store import PostingStore
    from sources.vintage import VintageStore

    def work(lines: Path, target: Path) -> int:
        source, data = load_source(), Path(tempfile.mkdtemp(dir=target.parent))
        store = PostingStore(data / "store")
        command = [sys.executable, str(Path(__file__).with_name("postings_serve.py")), str(lines)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server, PoliteSession() as session:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            client = PostingsClient(
                source,
                feed=P67Feed(source, session=session, key="benchmark", report=lambda line: None, url=url),
                store=store,
                vintages=VintageStore(data / "vintages"),
                secret=SECRET,
                quarantine=data / "quarantine.ndjson",
                report=lambda line: None,
            )
            try:
                vintage, _ = client.pull()
            finally:
                server.terminate()
        land(vintage, store, target)
        usable = store.files(vintage)[2].last_full_usable
        shutil.rmtree(data)
        return usable

    return work


def pandas_read() -> Work:
    """pandas in chunks, nothing done with them."""
    import pandas

    def work(lines: Path, target: Path) -> int:
        return sum(len(chunk) for chunk in pandas.read_json(lines, lines=True, chunksize=CHUNK))

    return work


def pandas_same() -> Work:
    """pandas in chunks to the records of `ours_read`: members picked, times parsed, ids hashed, JSON lines written."""
    import pandas

    members = {
        "metadata": ("externalId", "created", "lastModified", "archived"),
        "application": ("published", "expires", "openPositions"),
        "position": ("mainOccupation", "occupations", "employmentRelationship", "continuityOfWork", "workTime"),
        "owner": ("employerType", "industryCode"),
        "location": ("countries", "regions", "municipalities"),
    }
    times = ("created", "lastModified", "archived", "published", "expires")

    def columns(chunk: Any) -> Iterator[tuple[str, Any]]:
        yield "languages", chunk["languages"]
        for parent, names in members.items():
            frame = pandas.DataFrame(chunk[parent].tolist(), index=chunk.index)
            for name in names:
                if name in frame:
                    column = frame[name]
                    if name in times:
                        column = pandas.to_datetime(column, utc=True, format="ISO8601")
                    elif name == "externalId":
                        column = column.map(lambda text: hmac.digest(SECRET, text.encode(), "sha256").hex())
                    yield name, column

    def work(lines: Path, target: Path) -> int:
        rows = 0
        with target.open("w", encoding="utf-8") as stream:
            for chunk in pandas.read_json(lines, lines=True, chunksize=CHUNK, dtype=False):
                frame = pandas.DataFrame(dict(columns(chunk)))
                frame.to_json(stream, orient="records", lines=True, date_format="iso", date_unit="us")
                rows += len(frame)
        return rows

    return work


CONTENDERS = {contender.__name__: contender for contender in (ours_read, ours, pull, pandas_read, pandas_same)}

if __name__ == "__main__":
    chosen = CONTENDERS[sys.argv[1]]()
    cpu, wall = time.process_time(), time.perf_counter()
    done = chosen(Path(sys.argv[2]), Path(sys.argv[3]))
    print(json.dumps({"rows": done, "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}))

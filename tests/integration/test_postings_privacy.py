"""No personal datum and no posting's own id anywhere: on disk, in a log, in an error, in the quarantine.

Names, mails, phones, business ids and addresses are planted in every field that must be dropped, in both interfaces and
in the bodies of errors. Then everything runs with every logger on DEBUG and with every fault of the server, and all
that was written or said is searched.
"""

from __future__ import annotations

import io
import json
import logging
import re
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from postings_pull import Pull, posting, posting_id, utc, write_world

from sources.http import SourceError
from sources.tyomarkkinatori.replay import PLANTED, Fault, PostingsReplay

NOW = utc("2026-08-15 12:00")
IDS = [posting_id(number) for number in range(12)]
MARKS = [*PLANTED, *IDS, "replay-secret", "replay-key"]
"""What may be found nowhere: personal data, the source's ids, and what opens the interfaces."""

SECRETS = re.compile(r"Bearer [\w-]{8}|eyJ[\w-]{10}")


@pytest.fixture
def spoken() -> Iterator[io.StringIO]:
    """All that is logged by anybody, on DEBUG."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    loggers = [root, *(logging.getLogger(name) for name in root.manager.loggerDict)]
    levels = [(logger, logger.level, logger.disabled) for logger in loggers]
    root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.disabled = False
    yield stream
    root.removeHandler(handler)
    for logger, level, is_disabled in levels:
        logger.setLevel(level)
        logger.disabled = is_disabled


def lines() -> Iterator[dict[str, object]]:
    for number in range(12):
        moment = "2026-08-14T09:00:00Z"
        archived = {"metadata__archived": moment, "metadata__lastModified": moment} if number > 9 else {}
        yield posting(number, **archived)


def written(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file as text: its name, its bytes, and what a Parquet file says."""
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            text = path.name + content.decode("latin-1")
            if content.startswith(b"PAR1"):
                with duckdb.connect() as connection:
                    text += str(connection.execute("from read_parquet(?)", [str(path)]).fetchall())
            yield path, text


def found(text: str) -> list[str]:
    """What of MARKS stands in `text`, as it is or in an escape of JSON."""
    plain = text + json.dumps(text)
    return [mark for mark in MARKS if mark in plain] + SECRETS.findall(plain)


@pytest.mark.parametrize("interface", ["p67", "v1"])
def test_nothing_personal_is_written_or_said(tmp_path: Path, spoken: io.StringIO, interface: str) -> None:
    world = write_world(tmp_path / "world", lines())
    data = tmp_path / "data"
    errors: list[str] = []
    with PostingsReplay(world, clock=NOW, require_bearer=True, sleep=lambda _: None) as server:
        server.switch_on(Fault.PERSONAL_DATA)
        pull = Pull(server, data, interface=interface)
        pull.tokens = pull.credentials
        for number, fault in enumerate([None, *Fault, *(f"{fault}:9" for fault in Fault if fault.amount == 1)]):
            if fault == Fault.PERSONAL_DATA or str(fault).startswith(f"{Fault.PERSONAL_DATA}:"):
                continue
            server.now = NOW + timedelta(hours=number)
            if fault is not None:
                server.switch_on(fault)
            try:
                pull(again=bool(number % 2))
                pull.rows("*")
                pull.client().news()
            except SourceError as error:
                errors.append("".join(traceback.format_exception(error)))
                errors.append(_everything_behind(error))
            for path, text in written(data):
                assert not found(text), f"{path} after {fault}"
            if fault is not None:
                server.switch_off(str(fault).partition(":")[0])
        assert all(text.count(mark) == 0 for text in errors for mark in MARKS)
        assert not found("\n".join(errors))
        assert not found("\n".join(pull.said))
        assert not found(spoken.getvalue())
        assert len(errors) > 20, "the faults were met"
        assert "urllib3" in str(logging.getLogger().manager.loggerDict.keys())
        assert "HTTP/1.1" in spoken.getvalue(), "the log was really on"
        assert pull.quarantine.exists()


def _everything_behind(error: BaseException | None) -> str:
    """The error and all that it came from, also what a traceback does not show."""
    said = []
    while error is not None:
        said.append(f"{error!r} {error} {vars(error) if hasattr(error, '__dict__') else ''}")
        error = error.__cause__ or error.__context__
    return "\n".join(said)


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    assert found(f"x {PLANTED[0]} y")
    (tmp_path / "a.json").write_text(json.dumps({"contact": PLANTED[1]}))
    with duckdb.connect() as connection:
        connection.execute(f"copy (select '{IDS[3]}' as id) to '{tmp_path}/b.parquet' (compression zstd)")
    assert [bool(found(text)) for _, text in sorted(written(tmp_path))] == [True, True]
    assert found("Authorization: Bearer abcdefghijk")


def test_what_is_kept_is_the_allow_list_and_no_id_leaves_the_ledger(tmp_path: Path) -> None:
    world = write_world(tmp_path / "world", lines())
    with PostingsReplay(world, clock=NOW, faults=[Fault.PERSONAL_DATA, Fault.NEW_FIELD]) as server:
        pull = Pull(server, tmp_path / "data")
        vintage, _ = pull()
        ledger, aggregate, report = pull.store.files(vintage)
        with duckdb.connect() as connection:
            columns = [row[0] for row in connection.execute("describe from read_parquet(?)", [str(ledger)]).fetchall()]
            counted = [
                row[0] for row in connection.execute("describe from read_parquet(?)", [str(aggregate)]).fetchall()
            ]
        assert columns == [
            *("posting_id", "created", "last_modified", "archived", "published", "expires", "open_positions"),
            *("main_occupation", "occupations", "employment_relationship", "continuity_of_work", "work_time"),
            *("employer_type", "industry_code", "countries", "regions", "municipalities", "languages"),
            *("first_seen", "vanished_at"),
        ]
        assert "posting_id" not in counted
        pull.rows("*")
        landed_file = tmp_path / "data" / "work" / "landed.parquet"
        landed = landed_file.read_bytes()
        with duckdb.connect() as connection:
            (pseudonyms,) = connection.execute("select list(posting_id) from read_parquet(?)", [str(ledger)]).fetchone()
            text = str(connection.execute("from read_parquet(?)", [str(landed_file)]).fetchall())
        assert len(pseudonyms) == 12
        assert not any(name in text or name.encode() in landed for name in pseudonyms)
        assert report.reads[0].unknown_fields

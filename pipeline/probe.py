"""Asking the sources whether there is anything new, without pulling it. One call per table at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assets.folder import DataFolder
from assets.landing.state import Notes, State
from pipeline.resources import open_folder
from pipeline.services import open_barometer, open_statfin
from pipeline.settings import Settings
from sources.http import SourceError, SourceUnavailableError

WITHOUT = frozenset({State.NEVER_PULLED, State.NOT_IN_SOURCE})


def source_news(settings: Settings, *, report: Callable[[str], None]) -> dict[str, str]:
    """Table -> why a pull would bring something new; tables without news are left out.

    A source that does not answer has no news, and `report` is told. Nor is it news, once a run has found out, that a
    table was never to be had. Job postings are not asked: they change all day long and have a schedule of their own.
    """
    folder = open_folder(settings)
    notes = Notes(folder.archive.root)
    found: dict[str, str] = {}
    for source, probe in (("statfin", _statfin), ("tyovoimabarometri", _barometer)):
        try:
            for table, why in probe(settings, folder):
                note = notes.read(source, table)
                if why is not None and not (note and note.state in WITHOUT):
                    found[table] = why
        except SourceUnavailableError as error:
            report(f"not asked further: {error}")
    return found


def _statfin(settings: Settings, folder: DataFolder) -> Iterator[tuple[str, str | None]]:
    from sources.statfin.schema import load_source

    source = load_source()
    with open_statfin(settings) as service:
        client = service.client(source, folder, lambda line: None)
        for table in source.tables:
            yield table, client.news(table)


def _barometer(settings: Settings, folder: DataFolder) -> Iterator[tuple[str, str | None]]:
    from sources.tyovoimabarometri.client import BarometerClient
    from sources.tyovoimabarometri.schema import TABLE, load_source

    with open_barometer(settings) as service:
        if service.off is not None:
            return
        client = BarometerClient(
            load_source(),
            sessions=service.sessions,
            archive=folder.archive,
            base_url=service.base_url,
            agreed=service.agreed,
            report=lambda line: None,
        )
        try:
            yield TABLE, client.news()
        except SourceUnavailableError:
            raise
        except SourceError as error:
            yield TABLE, f"is not as it was: {error}"

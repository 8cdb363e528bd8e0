"""What assets are given: the data folder, held exclusively, and StatFin of the world that the settings name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

import dagster as dg

from assets.folder import DataFolder
from assets.landing import StatFinService
from pipeline.settings import PROJECT, Settings, SettingsError, World

CODE = {".py", ".sql", ".yml", ".csv"}


@dg.resource(description="The data folder of this run, held against any second run.")
def data_folder(_: dg.InitResourceContext) -> Iterator[DataFolder]:
    """Yields the DataFolder; released when the run ends."""
    with open_folder(Settings.load()).exclusively() as folder:
        yield folder


def open_folder(settings: Settings) -> DataFolder:
    """The data folder that the settings name, not held."""
    return DataFolder(settings.data_root, settings.data_kind)


@dg.resource(
    description="StatFin as this run talks to it: the real service, or a replay server that lives as long as the run."
)
def statfin(_: dg.InitResourceContext) -> Iterator[StatFinService]:
    """Yields the service; one session for the whole run, so that its calls are counted together."""
    with open_statfin(Settings.load()) as service:
        yield service


@contextmanager
def open_statfin(settings: Settings) -> Iterator[StatFinService]:
    """The world's StatFin; in the replay world a server is started and stopped around it. Raises SettingsError in
    the live world without a contact: the service has a right to know who calls."""
    from sources.http import PoliteSession
    from sources.statfin.schema import load_source

    if settings.world is World.LIVE:
        if settings.contact is None:
            raise SettingsError(
                "settings: the live world needs KOHTAANTO_CONTACT (an e-mail address or a URL), which is sent to "
                "Statistics Finland with each call as the User-Agent."
            )
        with PoliteSession(contact=settings.contact) as session:
            yield StatFinService(settings.statfin_url or load_source().base_url, session)
        return
    from pipeline.replay import open_replay

    with open_replay(settings) as server, PoliteSession(contact="replay") as session:
        yield StatFinService(server.base_url, session)


@dg.resource(description="Pull every table, also those without a new release (KOHTAANTO_PULL_AGAIN).")
def pull_again(_: dg.InitResourceContext) -> bool:
    """The setting of this run."""
    return Settings.load().pull_again


@dg.resource(description="The version of the code that makes a release: its number and a hash of the code itself.")
def code_version(_: dg.InitResourceContext) -> str:
    """'0.1.0+1a2b3c4d': a release says which code made it, with or without version control at hand."""
    digest = hashlib.sha256()
    for folder in ("sources", "quality", "assets", "pipeline", "dbt_project"):
        for path in sorted((PROJECT / folder).rglob("*")):
            if path.suffix in CODE and not {"target", "logs", "__pycache__"} & set(path.parts):
                digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    return f"{version('kohtaanto')}+{digest.hexdigest()[:8]}"

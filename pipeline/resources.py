"""What assets are given: the data folder, held exclusively, and a StatFin client of the world that the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from assets.folder import DataFolder
from pipeline.settings import Settings, World


@dg.resource(description="The data folder of this run, held against any second run.")
def data_folder(_: dg.InitResourceContext) -> Iterator[DataFolder]:
    """Yields the DataFolder; released when the run ends."""
    with open_folder(Settings.load()).exclusively() as folder:
        yield folder


def open_folder(settings: Settings) -> DataFolder:
    """The data folder that the settings name, not held."""
    return DataFolder(settings.data_root, settings.data_kind)


@dg.resource(description="Base URL of StatFin: the real service, or a replay server that lives as long as the run.")
def statfin_url(_: dg.InitResourceContext) -> Iterator[str]:
    """Yields the base URL of PxWeb's API v1."""
    with open_statfin(Settings.load()) as url:
        yield url


@contextmanager
def open_statfin(settings: Settings) -> Iterator[str]:
    """The base URL of the world's StatFin; in the replay world a server is started and stopped around it."""
    from sources.statfin.schema import load_source

    if settings.world is World.LIVE:
        yield settings.statfin_url or load_source().base_url
        return
    from pipeline.replay import open_replay

    with open_replay(settings) as server:
        yield server.base_url

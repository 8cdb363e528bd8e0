"""What assets are given: the data folder, held exclusively, and the services of the world that the settings name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import version

import dagster as dg

from assets.classification_drift import ClassificationService
from assets.folder import DataFolder
from assets.landing.barometer import BarometerService
from assets.landing.postings import PostingsService
from assets.landing.statfin import StatFinService
from pipeline.services import open_barometer, open_classifications, open_postings, open_statfin
from pipeline.settings import PROJECT, Settings

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
    description="StatFin as this run talks to it: the real service, or a replay server for as long as the run."
)
def statfin(_: dg.InitResourceContext) -> Iterator[StatFinService]:
    """Yields the service; one session for the whole run, so that its calls are counted together."""
    with open_statfin(Settings.load()) as service:
        yield service


@dg.resource(description="The interface of job postings as this run talks to it, or why it does not.")
def postings(_: dg.InitResourceContext) -> Iterator[PostingsService]:
    """Yields the service."""
    with open_postings(Settings.load()) as service:
        yield service


@dg.resource(description="The barometer as this run talks to it, or why it does not.")
def barometer(_: dg.InitResourceContext) -> Iterator[BarometerService]:
    """Yields the service."""
    with open_barometer(Settings.load()) as service:
        yield service


@dg.resource(description="Statistics Finland's classification service as this run talks to it.")
def classifications(_: dg.InitResourceContext) -> Iterator[ClassificationService]:
    """Yields the service."""
    with open_classifications(Settings.load()) as service:
        yield service


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

"""The Dagster instance of a data folder, shared by the command line and the UI, so that each shows the other's runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from assets.folder import FolderError
from pipeline.resources import open_folder
from pipeline.settings import PROJECT, Settings
from sources.archive import write_atomically

ALIVE = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED]
YOUNG = timedelta(seconds=30)  # a run that has just begun may not hold the folder yet


@contextmanager
def open_instance(settings: Settings) -> Iterator[DagsterInstance]:
    """The instance of the settings' data folder, its home named in the environment, rid of runs whose process died.
    Raises FolderError when the folder cannot be written to."""
    os.environ["DAGSTER_HOME"] = str(_home(settings))
    with DagsterInstance.get() as instance:
        _end_dead_runs(instance, settings)
        yield instance


def _home(settings: Settings) -> Path:
    """<data folder>/dagster with the shipped dagster.yaml in it (an edited copy there is left alone)."""
    home = settings.data_root / "dagster"
    config = home / "dagster.yaml"
    if not config.exists():
        write_atomically(config, (PROJECT / "dagster.yaml").read_bytes())
    if not os.access(home, os.W_OK):  # SQLite would say so in a traceback
        raise FolderError(f"data folder {settings.data_root} cannot be written to. Give another with --data-dir.")
    return home


def _end_dead_runs(instance: DagsterInstance, settings: Settings) -> None:
    """Mark runs as failed that a killed process left as started: they would look alive, and block the queue, for ever.

    A living run holds the data folder; when nobody does, whatever says it is running is dead.
    """
    try:
        with open_folder(settings).exclusively():
            for record in instance.get_run_records(RunsFilter(statuses=ALIVE)):
                if record.update_timestamp < datetime.now(UTC) - YOUNG:
                    run = record.dagster_run
                    instance.report_run_failed(run, "The process of this run died before it could say how it ended.")
    except FolderError:
        return

"""The Dagster instance of a data folder, shared by the command line and the UI, so that each shows the other's runs."""

from __future__ import annotations

from pathlib import Path

from pipeline.settings import PROJECT, Settings
from sources.archive import write_atomically


def dagster_home(settings: Settings) -> Path:
    """<data folder>/dagster with the shipped dagster.yaml in it (an edited copy there is left alone)."""
    home = settings.data_root / "dagster"
    config = home / "dagster.yaml"
    if not config.exists():
        write_atomically(config, (PROJECT / "dagster.yaml").read_bytes())
    return home

"""Local servers that stand in for the real services: over recordings, or over the generated sample."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assets.classification import SEEDS
from pipeline.settings import Settings
from sources.statfin.replay import Limits, ReplayServer

SAMPLE = "sample"


@contextmanager
def open_replay(settings: Settings, *, port: int = 0) -> Iterator[ReplayServer]:
    """A running StatFin replay server on the loopback, as the settings ask; stopped at the end."""
    limits = Limits() if settings.replay_max_calls is None else Limits(max_calls=settings.replay_max_calls)
    with ReplayServer(folder_of(settings), port=port, limits=limits, scenarios=settings.replay_scenarios) as server:
        yield server


def folder_of(settings: Settings) -> Path:
    """The folder to serve; the sample is generated into the data folder when it is not there yet."""
    if settings.recordings is not None:
        return settings.recordings
    folder = settings.data_root / SAMPLE
    if not (folder / "statfin" / "dataset.json").exists():
        from sources.statfin.simulator import write_sample

        write_sample(folder, seeds=SEEDS)
    return folder

"""`kohtaanto classifications`: what the classification service says otherwise than our tables, in a terminal."""

from __future__ import annotations

from pathlib import Path

import typer

from assets.classification import SEEDS
from assets.classification_drift import compare_classifications, read_snapshot
from pipeline.resources import open_folder
from pipeline.services import open_classifications
from pipeline.settings import Settings


def print_differences(settings: Settings, *, propose: Path | None) -> None:
    """Print every difference; with `propose`, write our tables with the differences taken in to that folder instead,
    for a reviewed change. Our own tables are never written."""
    folder = open_folder(settings)
    with open_classifications(settings) as service:
        if propose is None:
            typer.echo(compare_classifications(service, folder, report=_progress)[1], nl=False)
            return
        from sources.classifications.propose import propose as write_proposal
        from sources.classifications.schema import load_source

        snapshot = read_snapshot(service, folder, report=_progress)
    for path in write_proposal(snapshot, propose, seeds=SEEDS, source=load_source()):
        typer.echo(f"written: {path}")


def _progress(line: str) -> None:
    typer.echo(line, err=True)

"""The main job from the command line: the same job as in the UI, with progress, outcome and times in the terminal."""

from __future__ import annotations

import time
import uuid
from contextlib import redirect_stdout
from enum import IntEnum

import typer
from dagster import DagsterInstance

from pipeline.instance import open_instance
from pipeline.jobs import refresh_mart
from pipeline.outcome import HEADLINE, OUTCOME, tag_failure
from pipeline.settings import Settings


class Outcome(IntEnum):
    """How a run ended, as an exit code."""

    PUBLISHED_OR_UNCHANGED = 0
    ERROR = 1
    HELD_BACK = 3


def refresh(settings: Settings) -> Outcome:
    """Run `refresh_mart` in this process and print how it went: progress, a table of steps, then the release with three
    numbers, or what held it back and why, or the error."""
    began = time.monotonic()
    typer.echo(f"kohtaanto: {settings.data_kind} data ({settings.world} world), data folder {settings.data_root}")
    from pipeline.definitions import defs

    job = defs.resolve_job_def(refresh_mart.name)
    loaded = time.monotonic()
    run_id = str(uuid.uuid4())
    dbt_log = settings.data_root / "work" / "dbt" / f"{run_id}.log"
    dbt_log.parent.mkdir(parents=True, exist_ok=True)
    error: Exception | None = None
    with open_instance(settings) as instance:
        try:
            with dbt_log.open("w") as log, redirect_stdout(log):  # dbt tells a hundred lines
                job.execute_in_process(instance=instance, run_id=run_id, run_config={"loggers": {"console": {}}})
        except Exception as caught:  # whatever a step raised arrives here, wrapped by Dagster
            error = caught
        _print_times(instance, run_id, loading=loaded - began, total=time.monotonic() - began)
        held = tag_failure(instance, run_id) if error is not None else {}
        run = instance.get_run_by_id(run_id)
        outcome = run.tags.get(OUTCOME, "") if run else ""
    if held:
        typer.echo(f"\n{HEADLINE}", err=True)
        for check, reason in held.items():
            typer.echo(f"  {check}: {reason}", err=True)
        return Outcome.HELD_BACK
    if error is not None:
        typer.echo(f"\nerror: {_in_words(error)}", err=True)
        return Outcome.ERROR
    from pipeline.releases import print_headline
    from pipeline.sources import print_not_current

    print_headline(settings, outcome)
    print_not_current(settings)
    return Outcome.PUBLISHED_OR_UNCHANGED


def _print_times(instance: DagsterInstance, run_id: str, *, loading: float, total: float) -> None:
    rows = [("loading the definitions", loading)]
    rows += [
        (step.step_key, step.end_time - step.start_time)
        for step in instance.get_run_step_stats(run_id)
        if step.start_time is not None and step.end_time is not None
    ]
    typer.echo("\nwhere the time went")
    for name, seconds in rows:
        typer.echo(f"  {name:<44} {seconds:7.1f} s  {seconds / total:5.0%}")
    typer.echo(f"  {'all, start to end':<44} {total:7.1f} s")


def _in_words(error: BaseException) -> str:
    """The innermost cause: what our own code or a library said, without Dagster's wrapping."""
    while error.__cause__ is not None and type(error).__module__.startswith("dagster"):
        error = error.__cause__
    return str(error) or type(error).__name__

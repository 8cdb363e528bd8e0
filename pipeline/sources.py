"""`kohtaanto sources`: how each source table stands, for a terminal or as JSON. Asks no source: reads the folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime

import typer

from assets.landing.state import State
from assets.source_state import Standing, standings
from pipeline.resources import open_folder
from pipeline.settings import Settings

COLUMNS = ("source", "table", "last vintage", "age", "rows", "last period", "next expected", "state")


def print_sources(settings: Settings, *, as_json: bool, now: datetime | None = None) -> None:
    """One line a table: the last vintage, how old it is, its rows, its last period, when the next one is to be
    expected (and whether that day has passed), its state; below, the reasons of those that are not current."""
    now = now or datetime.now(UTC)
    folder = open_folder(settings)
    found = standings(folder)
    if as_json:
        typer.echo(json.dumps([as_record(standing, now) for standing in found], indent=2, ensure_ascii=False))
        return
    typer.echo(f"{folder.claimed_kind or settings.data_kind} data, {settings.data_root}")
    typer.echo(as_text(found, now))


def print_not_current(settings: Settings) -> None:
    """After a run: which tables are not current, in a line a state; nothing when all are."""
    found = standings(open_folder(settings))
    for state in State:
        names = [f"{s.table.source_code} {s.table.table_id}" for s in found if s.state is state]
        if names and state is not State.CURRENT:
            typer.echo(f"  {state}: {', '.join(names)} (`kohtaanto sources --data-dir {settings.data_root}` says why)")


def as_record(standing: Standing, now: datetime) -> dict[str, object]:
    """A standing as JSON members; times in ISO 8601, `age_hours` since the vintage was retrieved."""
    vintage = standing.vintage
    return {
        "source": standing.table.source_code,
        "table": standing.table.table_id,
        "title": standing.table.table_title,
        "is_required": standing.table.is_required,
        "state": standing.state.value,
        "reason": standing.reason,
        "vintage_id": vintage.vintage_id if vintage else None,
        "source_updated_at": vintage.source_updated_at.isoformat() if vintage else None,
        "retrieved_at": vintage.retrieved_at.isoformat() if vintage else None,
        "age_hours": round((now - vintage.retrieved_at).total_seconds() / 3600, 1) if vintage else None,
        "rows": standing.rows,
        "first_period": _iso(standing.first_period),
        "last_period": _iso(standing.last_period),
        "next_release": _iso(standing.next_release),
        "is_overdue": is_overdue(standing, now),
        "checked_at": standing.checked_at.isoformat() if standing.checked_at else None,
    }


def as_text(found: Sequence[Standing], now: datetime) -> str:
    """The standings as a table, then a line for each reason."""
    rows = [COLUMNS, *(_line(standing, now) for standing in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    numbers = {COLUMNS.index("age"), COLUMNS.index("rows")}
    lines = [
        "  ".join(
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    counts = [
        f"{sum(s.state is state for s in found)} {state}" for state in State if any(s.state is state for s in found)
    ]
    reasons = [f"{s.table.source_code} {s.table.table_id}: {s.reason}" for s in found if s.reason]
    return "\n".join([*lines, "", ", ".join(counts), *reasons])


def is_overdue(standing: Standing, now: datetime) -> bool:
    """Whether the day on which the next period was to be expected has passed without it."""
    return standing.next_release is not None and standing.next_release < now.date()


def _line(standing: Standing, now: datetime) -> tuple[str, ...]:
    vintage, expected = standing.vintage, standing.next_release
    return (
        standing.table.source_code,
        standing.table.table_id,
        f"{vintage.source_updated_at:%Y-%m-%d %H:%M}" if vintage else "-",
        _age(now, vintage.retrieved_at) if vintage else "-",
        f"{standing.rows:,}" if standing.rows is not None else "-",
        _iso(standing.last_period) or "-",
        f"{expected}{' overdue' if is_overdue(standing, now) else ''}" if expected else "-",
        standing.state.value,
    )


def _age(now: datetime, then: datetime) -> str:
    """'5 min', '7 h', '12 d': since we retrieved it."""
    minutes = (now - then).total_seconds() / 60
    if minutes < 60:
        return f"{max(minutes, 0):.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 1440:.0f} d"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None

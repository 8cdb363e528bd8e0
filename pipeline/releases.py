"""What the command line shows of the published releases, and the moves between them."""

from __future__ import annotations

import json
from typing import Any

import typer

from assets.release.store import Release, ReleaseStore
from pipeline.resources import open_folder
from pipeline.settings import Settings

HEADLINE = """
    with
    newest_index as (
        from mart.fct_mismatch_index
        where partition = 'region' and alpha = 0.5 and reason = 'ok'
        order by period desc limit 1
    ),
    newest_tightness as (
        from mart.fct_tightness
        where area_code = 'SSS' and occupation_code = 'SSS' and reason = 'ok'
        order by period desc limit 1
    )
    select 'mismatch between the regions, M at alpha 0.5', printf('%.6f', mismatch), period, value_kind, vintage_id
    from newest_index
    union all
    select 'persons to re-sort between regions, JR x U', printf('%,d', movers::bigint), period, value_kind, vintage_id
    from newest_index
    union all
    select 'tightness of the whole country, V/U', printf('%.4f', theta_raw), period, value_kind, vintage_id
    from newest_tightness
"""


def store_of(settings: Settings) -> ReleaseStore:
    """The release store of the settings' data folder."""
    return ReleaseStore(open_folder(settings).published)


def print_headline(settings: Settings, outcome: str) -> None:
    """How it came out, where the current release is, and three numbers from it with status, vintage and source."""
    import duckdb

    release = store_of(settings).show()
    with duckdb.connect(str(release.database), read_only=True) as connection:
        rows = connection.execute(HEADLINE).fetchall()
        (notice,) = connection.execute("select value from mart.release_info where key = 'notice'").fetchone() or ("",)
        sources = connection.execute("select distinct attribution from mart.dim_vintage order by all").fetchall()
    typer.echo(f"\n{outcome}: release {release.id}, {release.path.parent.parent / 'current'}")
    typer.echo(f"  {notice}")
    for name, value, period, kind, vintage in rows:
        typer.echo(f"  {name:<52} {value:>10}  {period:%Y-%m}  {kind}, {vintage}")
    for (attribution,) in sources:
        typer.echo(f"  {attribution}")


def print_list(settings: Settings) -> None:
    """One line a release, newest first."""
    found = store_of(settings).list()
    if not found:
        typer.echo(f"no release yet in {open_folder(settings).published}; `kohtaanto run` publishes one")
    for release in found:
        mark = "current" if release.is_current else ""
        manifest = release.manifest
        typer.echo(f"{release.id}  {manifest.get('built_at', '?'):<25}  {manifest.get('data_kind', '?'):<9}  {mark}")


def print_manifest(settings: Settings, release_id: str) -> None:
    """The release's manifest as JSON."""
    release = store_of(settings).show(release_id)
    manifest: dict[str, Any] = dict(release.manifest)
    typer.echo(json.dumps(manifest, indent=2, ensure_ascii=False))


def print_verification(settings: Settings, release_id: str) -> bool:
    """Check the release byte by byte; True when something is wrong."""
    release: Release = store_of(settings).show(release_id)
    problems = store_of(settings).verify(release_id)
    for problem in problems:
        typer.echo(f"{release.id}: {problem}", err=True)
    if not problems:
        typer.echo(f"{release.id}: every file is as its manifest says")
    return bool(problems)


def roll_back(settings: Settings, release_id: str) -> None:
    """Make an earlier release current."""
    release = store_of(settings).rollback(release_id)
    typer.echo(f"current is {release.id} now")


def prune_to(settings: Settings, keep: int) -> None:
    """Delete all but the newest `keep` releases and the current one."""
    deleted = store_of(settings).prune(keep)
    typer.echo(f"deleted {len(deleted)}: {', '.join(deleted) or 'nothing to delete'}")

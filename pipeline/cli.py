"""`kohtaanto`: the command line. Each command sets the environment's settings and calls the part that does the work."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from assets.folder import FolderError
from assets.release.errors import ReleaseError
from pipeline.settings import PROJECT, Settings, SettingsError, World
from sources.http import SourceError
from sources.statfin.replay_folder import ReplayFolderError
from sources.tyomarkkinatori.schema import NotConfiguredError
from sources.tyovoimabarometri.replay_folder import ReplayFolderError as BarometerFolderError

FAILED = 1
EXPECTED = (
    SettingsError,
    FolderError,
    ReleaseError,
    ReplayFolderError,
    BarometerFolderError,
    NotConfiguredError,
    SourceError,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Labour market mismatch indicators for Finland: pull, build, judge, publish.",
)
releases = typer.Typer(no_args_is_help=True, help="Look at the published releases, and move between them.")
app.add_typer(releases, name="releases")

WorldOption = Annotated[World | None, typer.Option("--world", help="live: the real services; replay: local servers.")]
RecordingsOption = Annotated[
    Path | None,
    typer.Option("--recordings", help="Folder for the replay servers; without it the bundled synthetic sample."),
]
DataDirOption = Annotated[
    Path | None, typer.Option("--data-dir", help="Data folder (default: data/<sample|recordings|live>).")
]
ReleaseArgument = Annotated[str, typer.Argument(help="Id of the release, or 'current'.")]


@app.command()
def run(
    world: WorldOption = None,
    recordings: RecordingsOption = None,
    data_dir: DataDirOption = None,
    pull_again: Annotated[bool, typer.Option(help="Pull every table, also those without a new release.")] = False,
) -> None:
    """Run the main job: exit 0 published or unchanged, 3 held back by the gate, 1 error."""
    if pull_again:
        os.environ["KOHTAANTO_PULL_AGAIN"] = "true"
    settings = _settings(world=world, recordings=recordings, data_dir=data_dir)
    from pipeline.run import refresh

    raise typer.Exit(refresh(settings))


@app.command()
def ui(
    world: WorldOption = None,
    recordings: RecordingsOption = None,
    data_dir: DataDirOption = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 3000,
) -> None:
    """Open the Dagster UI on 127.0.0.1 with the same job, schedules and sensor."""
    settings = _settings(world=world, recordings=recordings, data_dir=data_dir)
    from pipeline.instance import open_instance

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            typer.echo(f"error: port {port} is in use. Give another with --port.", err=True)
            raise typer.Exit(FAILED) from error
    with open_instance(settings):
        pass  # leaves DAGSTER_HOME in the environment for the processes of the UI
    typer.echo(f"Dagster UI: http://127.0.0.1:{port} (data folder {settings.data_root}, {settings.data_kind} data)")
    command = [
        str(Path(sys.executable).with_name("dg")),
        "dev",
        "-w",
        str(PROJECT / "workspace.yaml"),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    os.environ["VIRTUAL_ENV"] = sys.prefix  # else dg warns that the environment is not activated
    os.chdir(os.environ["DAGSTER_HOME"])  # in the project dg would warn of the dagster.yaml there, which is not used
    os.execvp(command[0], command)  # noqa: S606 - a fixed command, no shell


@app.command()
def sources(
    world: WorldOption = None,
    recordings: RecordingsOption = None,
    data_dir: DataDirOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for scripts.")] = False,
) -> None:
    """How each source table stands: last vintage, age, rows, next expected release, state and reason."""
    settings = _settings(world=world, recordings=recordings, data_dir=data_dir)
    from pipeline.sources import print_sources

    print_sources(settings, as_json=as_json)


@app.command()
def classifications(
    world: WorldOption = None,
    recordings: RecordingsOption = None,
    data_dir: DataDirOption = None,
    propose: Annotated[
        Path | None, typer.Option(help="Write tables with the differences taken in to this folder, for a review.")
    ] = None,
) -> None:
    """Compare areas and occupations with Statistics Finland's classification service, and print each difference."""
    settings = _settings(world=world, recordings=recordings, data_dir=data_dir)
    from pipeline.classifications import print_differences

    print_differences(settings, propose=propose)


@app.command()
def replay(
    recordings: RecordingsOption = None,
    port: Annotated[
        int,
        typer.Option(help="Port of StatFin on 127.0.0.1, the others follow it; 0 picks free ones.", min=0, max=65532),
    ] = 8765,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME or NAME:AMOUNT of StatFin, postings:NAME, barometer:NAME, classifications:NAME; 'list' shows "
            "the names."
        ),
    ] = None,
) -> None:
    """Serve recordings, or the sample, as the sources would; until interrupted."""
    from pipeline.replay import list_faults, serve

    if scenario == ["list"]:
        for line in list_faults():
            typer.echo(line)
        return
    if scenario:
        os.environ["KOHTAANTO_REPLAY_SCENARIOS"] = ",".join(scenario)
    settings = _settings(world=World.REPLAY, recordings=recordings, data_dir=None)
    try:
        serve(settings, port=port, announce=typer.echo)
    except KeyboardInterrupt:
        typer.echo("stopped")
    except (OSError, ValueError) as error:  # the port is taken; no such scenario
        why = str(error).rstrip(".")
        typer.echo(f"error: replay on port {port}: {why}. For a port in use, give another with --port.", err=True)
        raise typer.Exit(FAILED) from error


@releases.command("list")
def list_releases(data_dir: DataDirOption = None) -> None:
    """One line a release, newest first; the current one is marked."""
    from pipeline.releases import print_list

    print_list(_settings(data_dir=data_dir))


@releases.command()
def show(release: ReleaseArgument = "current", data_dir: DataDirOption = None) -> None:
    """What a release holds, from its manifest."""
    from pipeline.releases import print_manifest

    print_manifest(_settings(data_dir=data_dir), release)


@releases.command()
def verify(release: ReleaseArgument = "current", data_dir: DataDirOption = None) -> None:
    """Check every byte of a release against its manifest; exit 1 when something is wrong."""
    from pipeline.releases import print_verification

    raise typer.Exit(FAILED if print_verification(_settings(data_dir=data_dir), release) else 0)


@releases.command()
def rollback(
    release: Annotated[str, typer.Argument(help="Id of the release.")], data_dir: DataDirOption = None
) -> None:
    """Make an earlier release the current one."""
    from pipeline.releases import roll_back

    roll_back(_settings(data_dir=data_dir), release)


@releases.command()
def prune(
    keep: Annotated[int, typer.Option(help="How many of the newest releases stay; the current one always stays.")],
    data_dir: DataDirOption = None,
) -> None:
    """Delete old releases."""
    from pipeline.releases import prune_to

    prune_to(_settings(data_dir=data_dir), keep)


def main() -> None:
    """Entry point: what our own code raises is told in one line, without a traceback."""
    try:
        app()
    except EXPECTED as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(FAILED)
    except OSError as error:  # a folder that is a file, is not ours, is on a full disk
        typer.echo(f"error: {error}. Give a data folder that can be written to with --data-dir.", err=True)
        sys.exit(FAILED)


def _settings(*, world: World | None = None, recordings: Path | None = None, data_dir: Path | None = None) -> Settings:
    """Write the options into the environment, where every process of the run reads them, and load the settings."""
    given = {
        "WORLD": world,
        "RECORDINGS": recordings and recordings.absolute(),
        "DATA_DIR": data_dir and data_dir.absolute(),
    }
    os.environ.update({f"KOHTAANTO_{name}": str(value) for name, value in given.items() if value is not None})
    settings = Settings.load()
    if settings.world is World.REPLAY and settings.replay_scenarios:
        from pipeline.replay import refuse_unknown_faults

        refuse_unknown_faults(settings)
    os.environ["KOHTAANTO_DATA_DIR"] = str(settings.data_root)
    return settings

"""Local servers that stand in for the real services: over recordings, or over the generated sample.

One server a source, each over its own part of one folder. Belongs here: which folder, which faults, which port. Does
not belong here: what a server answers (each source's `replay`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from assets.classification import SEEDS
from pipeline.settings import Settings, SettingsError
from sources.classifications.replay import ClassificationsReplay
from sources.statfin.replay import Limits, ReplayServer, Scenario
from sources.statfin.replay_folder import ReplayFolder
from sources.statfin.schema import load_source
from sources.tyomarkkinatori.replay import PostingsReplay
from sources.tyovoimabarometri.replay import BarometerReplay

SAMPLE = "sample"


class Part(StrEnum):
    """The folder's parts, a source each."""

    STATFIN = "statfin"
    POSTINGS = "job_postings"
    BAROMETER = "barometer"
    CLASSIFICATIONS = "classifications"


PREFIXES = {"postings": Part.POSTINGS, "barometer": Part.BAROMETER, "classifications": Part.CLASSIFICATIONS}
"""How a fault names its source; without a prefix, or with `statfin`, it is StatFin's."""


@contextmanager
def open_statfin_replay(settings: Settings, *, port: int = 0) -> Iterator[ReplayServer]:
    """A running StatFin replay server on the loopback, as the settings ask; stopped at the end."""
    limits = Limits() if settings.replay_max_calls is None else Limits(max_calls=settings.replay_max_calls)
    folder = folder_of(settings, Part.STATFIN)
    with ReplayServer(folder, port=port, limits=limits, scenarios=faults(settings, Part.STATFIN)) as server:
        yield server


@contextmanager
def open_postings_replay(settings: Settings, *, port: int = 0) -> Iterator[PostingsReplay]:
    """A running replay server of the job postings' interfaces; its clock is the settings', or stands after its data."""
    folder = folder_of(settings, Part.POSTINGS)
    known = faults(settings, Part.POSTINGS)
    with PostingsReplay(folder, port=port, clock=settings.replay_clock, faults=known) as server:
        yield server


@contextmanager
def open_barometer_replay(settings: Settings, *, port: int = 0) -> Iterator[BarometerReplay]:
    """A running replay server of the barometer."""
    folder = folder_of(settings, Part.BAROMETER)
    with BarometerReplay(folder, port=port, faults=faults(settings, Part.BAROMETER)) as server:
        yield server


@contextmanager
def open_classifications_replay(settings: Settings, *, port: int = 0) -> Iterator[ClassificationsReplay]:
    """A running replay server of the classification service; without recordings of it, it answers from our seeds."""
    folder = folder_of(settings, Part.CLASSIFICATIONS)
    known = faults(settings, Part.CLASSIFICATIONS)
    with ClassificationsReplay(folder, port=port, faults=known, seeds=SEEDS) as server:
        yield server


def faults(settings: Settings, part: Part) -> list[str]:
    """The faults meant for one server, without their prefix: 'postings:outage' is 'outage' of the postings."""
    found = []
    for text in settings.replay_scenarios:
        prefix, colon, rest = text.partition(":")
        if colon and prefix in (*PREFIXES, Part.STATFIN):
            owner, name = PREFIXES.get(prefix, Part.STATFIN), rest
        else:
            owner, name = Part.STATFIN, text
        if owner is part:
            found.append(name)
    return found


def refuse_unknown_faults(settings: Settings) -> None:
    """Raises SettingsError, before anything is started, for a fault that its server does not know."""
    for part, known in _known_faults().items():
        for text in faults(settings, part):
            if (name := text.partition(":")[0]) not in known:
                raise SettingsError(
                    f"settings: KOHTAANTO_REPLAY_SCENARIOS: {part} has no fault {name!r}. `kohtaanto replay --scenario "
                    "list` shows all names."
                )


def _known_faults() -> dict[Part, frozenset[str]]:
    from sources.classifications.replay import Fault as ClassificationFault
    from sources.tyomarkkinatori.replay import Fault as PostingFault
    from sources.tyovoimabarometri.replay import Fault as BarometerFault

    return {
        Part.STATFIN: frozenset(map(str, Scenario)),
        Part.POSTINGS: frozenset(map(str, PostingFault)),
        Part.BAROMETER: frozenset(map(str, BarometerFault)),
        Part.CLASSIFICATIONS: frozenset(map(str, ClassificationFault)),
    }


def serve(settings: Settings, *, port: int, announce: Callable[[str], None]) -> None:
    """Run every server whose part the folder holds, StatFin on `port` and the others after it, until interrupted.
    Raises OSError when a port is taken, ValueError for an unknown fault."""
    opened: dict[Part, Any] = {}
    with ExitStack() as stack:
        for number, (part, opens) in enumerate(OPENERS.items()):
            if absent := why_absent(settings, part):
                announce(f"{part}: not served. {absent}")
            else:
                opened[part] = stack.enter_context(opens(settings, port=port + number if port else 0))
        announce(f"{settings.data_kind} data, {folder_of(settings, Part.STATFIN)}; Ctrl-C ends it")
        for part, server in opened.items():
            for name, address in ADDRESSES[part](server).items():
                announce(f"{name + ' replay:':<30} {address}")
        next(iter(opened.values())).join()


def list_faults() -> list[str]:
    """What each server can do wrong, a line a fault, as `--scenario` takes it."""
    from sources.classifications.replay import Fault as ClassificationFault
    from sources.tyomarkkinatori.replay import Fault as PostingFault
    from sources.tyovoimabarometri.replay import Fault as BarometerFault

    lines = [f"{known:<34} AMOUNT {known.amount:<7g} {known.explanation}" for known in Scenario]
    lines += [f"{f'postings:{fault}':<34} AMOUNT {fault.amount:<7g} {fault.explanation}" for fault in PostingFault]
    lines += [f"barometer:{fault}" for fault in BarometerFault]
    lines += [f"classifications:{fault}" for fault in ClassificationFault]
    return lines


def folder_of(settings: Settings, part: Part) -> Path:
    """The folder to serve; the sample's part is generated into the data folder when it is not there in full."""
    if settings.recordings is not None:
        return settings.recordings
    folder = settings.data_root / SAMPLE
    if part in WRITERS and not _is_whole(folder, part):
        WRITERS[part](folder)
    return folder


def _is_whole(folder: Path, part: Part) -> bool:
    """Whether the sample's part is there; one of an earlier version lacks the tables that have come since."""
    if not (folder / part / "dataset.json").exists():
        return False
    if part is not Part.STATFIN:
        return True
    source, served = load_source(), ReplayFolder(folder)
    windowed = {table for table, request in source.tables.items() if request.window}
    return {source.id_of(table) for table in source.tables} <= set(served.ids) and windowed <= set(served.windows)


def why_absent(settings: Settings, part: Part) -> str | None:
    """Why the replayed folder gives nothing for this source, in words; None when it holds it."""
    if settings.recordings is None or part not in WRITERS or (settings.recordings / part).is_dir():
        return None
    return f"The replayed folder holds no {part}."


def _write_statfin(folder: Path) -> None:
    from sources.statfin.simulator import write_sample

    write_sample(folder, seeds=SEEDS)


def _write_postings(folder: Path) -> None:
    from sources.tyomarkkinatori.simulator import write_sample

    write_sample(folder, seeds=SEEDS)


def _write_barometer(folder: Path) -> None:
    from sources.tyovoimabarometri.simulator import write_sample

    write_sample(folder, seeds=SEEDS)


OPENERS: dict[Part, Callable[..., AbstractContextManager[Any]]] = {
    Part.STATFIN: open_statfin_replay,
    Part.POSTINGS: open_postings_replay,
    Part.BAROMETER: open_barometer_replay,
    Part.CLASSIFICATIONS: open_classifications_replay,
}
ADDRESSES: dict[Part, Callable[[Any], dict[str, str]]] = {
    Part.STATFIN: lambda server: {"StatFin": server.base_url},
    Part.POSTINGS: lambda server: {
        "job postings P67": server.p67_url,
        "job postings V1": server.v1_url,
        "job postings tokens": server.token_url,
    },
    Part.BAROMETER: lambda server: {"barometer": server.base_url},
    Part.CLASSIFICATIONS: lambda server: {"classifications": server.base_url},
}
WRITERS: dict[Part, Callable[[Path], None]] = {
    Part.STATFIN: _write_statfin,
    Part.POSTINGS: _write_postings,
    Part.BAROMETER: _write_barometer,
}

"""The bundled sample of job postings: P67 v2 lines with real codes, everything else invented.

Belongs here: reading codes from the project's seeds, writing the lines and dataset.json. The invented lives of postings
come from `simulator_events`. The folder says of itself that it is SYNTHETIC, and so does every text in it; employers
and contacts are of no one.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from sources.tyomarkkinatori.simulator_events import (
    HELSINKI,
    NEVER,
    OPENING_SHARES,
    OPENINGS,
    Lives,
    Times,
    draw_lives,
    draw_occupations,
    draw_places,
)

PART = "job_postings"
FILE = "postings_SYNTHETIC.ndjson.gz"
TITLE = "SYNTHETIC sample: real codes, invented postings. Not statistics; made by the simulator for trying it out."
BATCH = 10_000  # lines
HISTORY, FUTURE = 100, 30  # days around the default clock
EVENING = time(21, 0, tzinfo=HELSINKI)  # of the last day: the default clock
ISCO_GROUP = "http://data.europa.eu/esco/isco/C"
NATIONAL = "http://data.tyomarkkinatori.fi/esco/occupation/synthetic-"
LANGUAGES = ('"fi"', '"fi","sv"', '"fi","en"', '"sv"', '"en"', '"fi","sv","en"')
LANGUAGE_SHARES = (0.70, 0.08, 0.12, 0.04, 0.03, 0.03)
CONTINUITY = ('"01"', '"02"', '"02","0201"', '"02","0202"')
CONTINUITY_SHARES = (0.55, 0.33, 0.08, 0.04)
TEXTS_EVERY = 16  # one posting in so many carries texts, an employer and a contact, all of them marked
TEXTS = (
    ',"descriptionsContentType":"plain","contacts":[{"firstName":"Synteettinen","lastName":"Esimerkki",'
    '"email":"synteettinen.esimerkki@example.invalid","telephone":"+358000000000"}],'
    '"externalLinks":[{"url":"https://tyonantaja.example.invalid","description":"SYNTHETIC"}]'
)
OWNER_TEXTS = ',"businessId":"0000000-0","company":{"fi":"SYNTHETIC Oy"},"officeName":"SYNTHETIC"'
POSITION_TEXTS = ',"title":{"fi":"SYNTHETIC"},"jobDescription":{"fi":"SYNTHETIC: keksitty ilmoitus"}'
HOUSEHOLD = '{"employerType":"Household","householdEmployer":"SYNTHETIC kotitalous"}'


@dataclass(frozen=True, slots=True)
class Codes:
    """`occupations`: ISCO-08 unit group -> ESCO URIs; `municipalities`: region code -> codes, both bare and sorted."""

    occupations: Mapping[str, Sequence[str]]
    municipalities: Mapping[str, Sequence[str]]


def write_sample(
    folder: Path, *, seeds: Path, seed: int = 2026, open_postings: int = 12_000, last: str = "2026-08-15"
) -> None:
    """Write the sample into `folder`/job_postings: the lines, the ISCO-08 group of each occupation, dataset.json.

    About `open_postings` are open on the evening of `last` (the default clock); 100 days of removed ones lie before
    it, 30 days of openings and removals after it. `seeds`: the folder with area.csv, area_municipality.csv and
    esco_occupation.csv. The same arguments give the same lines. `dataset.json` is written last: where it stands, the
    sample is whole. Raises OSError.
    """
    codes = read_codes(seeds)
    clock = datetime.combine(date.fromisoformat(last), EVENING)
    rng = np.random.default_rng(seed)
    lives = draw_lives(rng, clock=clock, history=HISTORY, future=FUTURE, open_postings=open_postings)
    root = folder / PART
    root.mkdir(parents=True, exist_ok=True)
    with gzip.GzipFile(root / FILE, "wb", compresslevel=1, mtime=0) as stream:
        lines = _lines(rng, codes, lives)
        while batch := "".join(islice(lines, BATCH)):
            stream.write(batch.encode("ascii"))
    with (root / "occupation_isco08.csv").open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(("esco_uri", "isco08"))
        writer.writerows((uri, group) for group, uris in codes.occupations.items() for uri in uris)
    about = {
        "kind": "synthetic",
        "title": TITLE,
        "seed": seed,
        "clock": clock.astimezone(UTC).isoformat(),
        "postings": len(lives.created),
    }
    (root / "dataset.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")


def read_codes(seeds: Path) -> Codes:
    """The codes of the sample from the project's seeds, as of 2026."""
    occupations: dict[str, list[str]] = {}
    for row in _rows(seeds / "esco_occupation.csv"):
        occupations.setdefault(row["isco08_code"], []).append(row["esco_uri"])
    bare = {row["area_code"]: row for row in _rows(seeds / "area.csv")}
    municipalities: dict[str, list[str]] = {}
    for row in _rows(seeds / "area_municipality.csv"):
        region, municipality = bare[row["area_code"]], bare[row["municipality_area_code"]]
        current = not municipality["successor_area_code"] and "true" not in (
            region["is_residual"],
            municipality["is_residual"],
        )
        if row["area_level"] == "region" and current:
            municipalities.setdefault(region["bare_code"], []).append(municipality["bare_code"])
    return Codes(
        occupations={group: sorted(occupations[group]) for group in sorted(occupations)},
        municipalities={region: sorted(municipalities[region]) for region in sorted(municipalities)},
    )


def _lines(rng: np.random.Generator, codes: Codes, lives: Lives) -> Iterator[str]:
    """All postings as lines of NDJSON, in random order."""
    size = len(lives.created)
    regions, groups = list(codes.municipalities), list(codes.occupations)
    where, municipality = draw_places(rng, regions, codes.municipalities, size)
    group = draw_occupations(rng, groups, where, len(regions))
    ids = _ids(rng, size)
    created, modified, published = _texts(lives.created), _texts(lives.modified), _texts(lives.published)
    archived, expires = _texts(lives.archived), _texts(lives.expires, unit="s")
    languages = rng.choice(len(LANGUAGES), size, p=LANGUAGE_SHARES).tolist()
    continuity = rng.choice(len(CONTINUITY), size, p=CONTINUITY_SHARES).tolist()
    relationship = rng.choice(["01", "02", "03", "04"], size, p=[0.88, 0.06, 0.03, 0.03]).tolist()
    openings = rng.choice(OPENINGS, size, p=OPENING_SHARES).tolist()
    part_time = (rng.random(size) < 0.28).tolist()
    lots = rng.random((6, size)).tolist()  # the rare cases: place, second place, occupation, its kind, employer, texts
    for row in rng.permutation(size).tolist():
        region, uris = regions[where[row]], codes.occupations[groups[group[row]]]
        with_texts = lots[5][row] < 1 / TEXTS_EVERY
        metadata = f'"externalId":"{ids[row]}","created":"{created[row]}","lastModified":"{modified[row]}"'
        metadata += f',"archived":"{archived[row]}"' if archived[row] else ""
        location = _location(region, municipality[row], codes.municipalities[region], lots[0][row], lots[1][row])
        occupation = _occupation(groups[group[row]], uris, lots[2][row], lots[3][row])
        employer = "International" if 0.02 <= lots[4][row] < 0.04 else "Organization"
        owner = f'{{"employerType":"{employer}"{OWNER_TEXTS if with_texts else ""}}}'
        application = f'"published":"{published[row]}",' if lots[4][row] < 0.98 else ""
        application += f'"expires":"{expires[row]}",' if expires[row] else ""
        application += f'"openPositions":{openings[row]},' if openings[row] > 1 or lots[3][row] < 0.9 else ""
        yield (
            f'{{"languages":[{LANGUAGES[languages[row]]}],"metadata":{{{metadata}}},'
            f'"owner":{HOUSEHOLD if lots[4][row] < 0.02 else owner},'
            f'"position":{{{occupation}"employmentRelationship":"{relationship[row]}",'
            f'"continuityOfWork":[{CONTINUITY[continuity[row]]}],"workTime":"{"02" if part_time[row] else "01"}"'
            f'{POSITION_TEXTS if with_texts else ""}}},"location":{{{location}}},'
            f'"application":{{{application.removesuffix(",")}}}{TEXTS if with_texts else ""}}}\n'
        )


def _occupation(group: str, uris: Sequence[str], lot: float, pick: float) -> str:
    """mainOccupation and occupations: mostly one ESCO occupation; groups, national ones, none and several are rare."""
    uri = uris[int(pick * pick * len(uris))]  # the first ones of a group are the common ones
    if lot < 0.015:
        return ""
    if lot < 0.03:
        return f'"occupations":["{uri}","{uris[0]}"],' if uri != uris[0] else f'"occupations":["{uri}"],'
    if lot < 0.05:
        uri = ISCO_GROUP + group
    elif lot < 0.06:
        uri = ISCO_GROUP + group[:3]
    elif lot < 0.07:
        uri = f"{NATIONAL}{int(pick * 78) + 1}"
    return f'"mainOccupation":"{uri}","occupations":["{uri}"],'


def _location(region: str, municipality: str, neighbours: Sequence[str], lot: float, pick: float) -> str:
    """countries, regions, municipalities; some lists stay empty although others are not, as in the real records."""
    if lot < 0.015:
        return '"countries":["SE"],"regions":[],"municipalities":[]'
    if lot < 0.025:
        return '"countries":["FI"],"regions":[],"municipalities":[]'
    if lot < 0.045:
        return f'"countries":["FI"],"regions":["{region}"],"municipalities":[]'
    municipalities, regions = [municipality], f'"{region}"'
    if lot < 0.085:
        start = int(pick * len(neighbours))
        municipalities = sorted({municipality, *neighbours[start : start + 1 + int(pick * 300) % 3]})
    if lot < 0.265:
        regions = ""
    countries = "" if 0.065 <= lot < 0.265 else '"FI"'
    quoted = ",".join(f'"{code}"' for code in municipalities)
    return f'"countries":[{countries}],"regions":[{regions}],"municipalities":[{quoted}]'


def _texts(times: Times, *, unit: str = "us") -> list[str]:
    """Timestamps in UTC with Z; NEVER becomes an empty text."""
    known = np.where(times == NEVER, 0, times).astype("datetime64[us]").astype(f"datetime64[{unit}]")
    texts: NDArray[np.str_] = np.char.add(np.datetime_as_string(known), "Z")
    return np.where(times == NEVER, "", texts).tolist()  # type: ignore[no-any-return]


def _ids(rng: np.random.Generator, size: int) -> list[str]:
    content = rng.bytes(16 * size)
    return [str(UUID(bytes=content[start : start + 16], version=4)) for start in range(0, 16 * size, 16)]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))

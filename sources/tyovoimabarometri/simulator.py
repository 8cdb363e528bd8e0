"""The bundled sample of the barometer: a folder in the layout of the recordings, with real codes and invented numbers.

Belongs here: reading codes from the project's seeds, writing the folder. The numbers come from `simulator_rows`.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from sources.tyovoimabarometri.simulator_rows import ROW_ORDER, rows_of

TITLE = "SYNTHETIC sample: real codes, invented numbers. Not ratings of the barometer; made by the project's simulator."


def write_sample(
    folder: Path,
    *,
    seeds: Path,
    seed: int = 2026,
    occupations: int = 40,
    months: int = 2,
    last_month: str = "2026-06",
) -> None:
    """Write the sample into `folder`/barometer: one regions file, one file of rows per month, dataset.json last.

    `seeds` holds area.csv and occupation.csv; `occupations` four-digit codes are taken evenly from the list. Region ids
    are made up. The same arguments give the same bytes. Raises ValueError when there are fewer codes than asked for.
    """
    root = folder / "barometer"
    root.mkdir(parents=True, exist_ok=True)
    names = {line["bare_code"]: line["area_name_fi"] for line in _lines(seeds / "area.csv") if _is_region(line)}
    regions = [(code, str(uuid5(NAMESPACE_URL, f"tyovoimabarometri/maakunta/{code}"))) for code in ROW_ORDER]
    listed = [line for line in _lines(seeds / "occupation.csv") if line["occupation_level"] == "occ4"]
    if not 0 < occupations <= len(listed):
        raise ValueError(f"{occupations} occupations asked for, {len(listed)} four-digit codes are in {seeds}")
    chosen = [listed[place * len(listed) // occupations] for place in range(occupations)]
    with (root / "tyovoimabarometri_regions_SYNTHETIC.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["api_row_order", "koodi", "nimi", "id"])
        writer.writerows([place, code, names[code], id_] for place, (code, id_) in enumerate(regions, start=1))
    periods = _months_to(last_month, months)
    rows = {
        line["occupation_code"]: rows_of(line["occupation_code"], regions=regions, months=periods, seed=seed)
        for line in chosen
    }
    for period in periods:
        document = {
            "_note": TITLE,
            "period": period,
            "observations": {
                line["occupation_code"]: {
                    "nimi": line["occupation_name_fi"],
                    "rows": rows[line["occupation_code"]][period],
                }
                for line in chosen
            },
        }
        _write_json(root / f"tyovoimabarometri_kohtaanto_{period}_SYNTHETIC.json", document)
    about = {"kind": "synthetic", "title": TITLE, "seed": seed, "months": periods}
    _write_json(root / "dataset.json", about)


def _is_region(line: dict[str, str]) -> bool:
    return line["area_level"] == "region" and line["is_residual"] == "false"


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _months_to(last: str, count: int) -> list[str]:
    number = int(last[:4]) * 12 + int(last[5:]) - 1
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(number - count + 1, number + 1)]


def _write_json(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

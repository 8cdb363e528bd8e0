"""Invented job postings in the shape of P67 v2, some 3 kB a line: `python postings_generate.py TARGET LINES`.

Written line by line, so that generating needs no memory. Seeded: the same number of lines gives the same bytes. Codes
have the form of real ones; every text is a filler and says so.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

SEED = 67
LINE = 3_000  # bytes, about
REGIONS = ("01", "02", "04", "05", "06", "07", "17", "19")
FILLER = "Keksitty työpaikkailmoitus, jossa ei ole mitään totta. "


def posting(number: int, draw: random.Random) -> dict[str, Any]:
    """One posting; its texts are filled up to LINE."""
    day, hour = 1 + number % 28, draw.randrange(24)
    occupation = f"http://data.europa.eu/esco/occupation/{draw.randrange(3000):08x}-0000-4000-8000-000000000000"
    moment = f"2026-07-{day:02d}T{hour:02d}:12:17.335150Z"
    return {
        "languages": ["fi"],
        "descriptionsContentType": "plain",
        "metadata": {
            "externalId": f"{number:08x}-49df-4888-8da0-{draw.getrandbits(48):012x}",
            "created": moment,
            "lastModified": moment,
        },
        "owner": {
            "employerType": "Organization",
            "businessId": "0000000-0",
            "company": {"fi": "Keksitty Oy"},
            "officeName": "Keksitty toimipiste",
            "industryCode": f"{10000 + 100 * draw.randrange(800)}",
        },
        "client": {},
        "position": {
            "mainOccupation": occupation,
            "occupations": [occupation],
            "skills": [f"http://data.europa.eu/esco/skill/{draw.randrange(900):08x}-0000-4000-8000-000000000000"],
            "title": {"fi": "Keksitty tehtävä"},
            "jobDescription": {"fi": FILLER * draw.randrange(20, 35)},
            "marketingDescription": {"fi": FILLER},
            "employmentRelationship": "01",
            "continuityOfWork": draw.choice((["01"], ["02"], ["02", "0201"])),
            "workTime": draw.choice(("01", "02")),
            "workLanguages": ["fi"],
            "wagePrincipal": "01",
            "wagePrincipalInfo": {"fi": "TES"},
        },
        "location": {
            "countries": ["FI"],
            "regions": [draw.choice(REGIONS)],
            "municipalities": [f"{draw.randrange(5, 990):03d}"],
            "requiresTravelling": False,
            "workplaceAddress": "Keksittykatu 1",
            "workplacePostalCode": "00000",
            "workplacePostOffice": "KEKSITTY",
            "workplaceName": {"fi": "Keksitty työpaikka"},
        },
        "application": {
            "published": moment,
            "expires": f"2026-08-{day:02d}T20:59:59Z",
            "openPositions": 1 + draw.randrange(5),
            "helpText": {"fi": FILLER},
            "url": {"fi": "https://tyonantaja.example.invalid/hae"},
        },
        "externalLinks": [],
        "contacts": [
            {"firstName": "Keksi", "lastName": "Tynimi", "email": "keksi@example.invalid", "telephone": "+358000000000"}
        ],
    }


def generate(target: Path, lines: int) -> None:
    """Write `lines` postings to `target`."""
    draw = random.Random(SEED)
    with target.open("w", encoding="utf-8", newline="\n") as stream:
        for number in range(lines):
            line = json.dumps(posting(number, draw), ensure_ascii=False, separators=(",", ":"))
            stream.write(line + "\n")


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]))

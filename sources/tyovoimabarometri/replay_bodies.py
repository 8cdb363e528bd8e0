"""The objects of the barometer's lists, in the service's own shape, and the page that it shows outside its interface.

Belongs here: members of catalogue, sectors, regions and map. Does not belong here: rows of ratings, which come as they
lie in the folder.
"""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sources.tyovoimabarometri.simulator_rows import MARK

Body = dict[str, Any]
SHELL_BYTES = 674


def occupation_body(code: str, name: str, id_: str) -> Body:
    """An entry of the catalogue (#1); sector, visibility and coefficient are not recorded for any."""
    return {
        "nimi": name,
        "id": id_,
        "toimialaId": None,
        "koodi": code,
        "kaytossa": False,
        "lokalisoidutNimet": None,
        "uiNayttaa": True,
        "tyopaikkaKerroin": None,
    }


def sector_body(number: int) -> Body:
    """A sector group (#2); made up, as its name says."""
    return {
        "nimi": f"Toimiala {number} {MARK}",
        "toimialaId": str(uuid5(NAMESPACE_URL, f"tyovoimabarometri/toimiala/{number}")),
        "koodi": "",
        "kaytossa": False,
        "uiNayttaa": True,
        "lokalisoidutNimet": None,
    }


def region_body(code: str, name: str, id_: str) -> Body:
    """A region (#3); its validity is not recorded."""
    return {"id": id_, "koodi": code, "nimi": name, "voimassaAlkaen": None, "voimassaPaattyen": None}


def feature_body(code: str, name: str, id_: str) -> Body:
    """A region on the map (#4), without its outline: the recordings hold none."""
    return {"type": "Feature", "properties": {"id": id_, "koodi": code, "nimi": name}, "geometry": None}


def shell() -> bytes:
    """The single-page application's HTML, of the length seen."""
    begin = '<!doctype html><html lang="fi"><head><title>Työvoimabarometri</title>'.encode()
    return begin + b"</head></html>".rjust(SHELL_BYTES - len(begin))

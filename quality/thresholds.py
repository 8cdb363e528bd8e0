"""Thresholds and answer keys, read from the YAML files beside this module.

Belongs here: reading and refusing what is malformed. Does not belong here: a number.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_HERE = Path(__file__).parent


class ThresholdError(Exception):
    """`thresholds.yml` or `anchors.yml` lacks something that a check asks for."""


@cache
def _document(name: str) -> dict[str, Any]:
    document = yaml.safe_load((_HERE / name).read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise ThresholdError(f"quality/{name}: expected a mapping at the top, got {type(document).__name__}.")
    return document


def required_gates() -> frozenset[str]:
    """The gates without whose result no candidate is published."""
    return frozenset(_document("thresholds.yml")["required_gates"])


def threshold(name: str) -> float:
    """The number called `name` in `thresholds.yml`. Raises ThresholdError when it is not there."""
    try:
        return float(_document("thresholds.yml")["thresholds"][name]["value"])
    except KeyError:
        raise ThresholdError(
            f"quality/thresholds.yml: no threshold '{name}'. Add it with its value and reason."
        ) from None


def index_partitions() -> tuple[str, ...]:
    """The partitions of the country for which every month has an index."""
    return tuple(_document("thresholds.yml")["index"]["partitions"])


def index_alphas() -> tuple[float, ...]:
    """The vacancy elasticities for which every partition and month has an index."""
    return tuple(float(alpha) for alpha in _document("thresholds.yml")["index"]["alphas"])


def anchor_document() -> dict[str, Any]:
    """The answer keys in `anchors.yml`."""
    return _document("anchors.yml")


def known_reasons() -> tuple[str, ...]:
    """The reason codes that may stand beside a value."""
    return tuple(_document("thresholds.yml")["reasons"])


def tiling_levels() -> tuple[str, ...]:
    """The area levels that cover the whole country."""
    return tuple(_document("thresholds.yml")["tiling_levels"])

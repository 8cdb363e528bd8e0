"""How the sample's tables get into files: long form, texts, and the counts that the source withholds.

Belongs here: writing. Does not belong here: codes (`simulator_codes`), numbers.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from sources.statfin.simulator_codes import Named
from sources.statfin.simulator_market import Counts, Numbers

SUPPRESSED_UNDER = 5


def suppressed(counts: Counts) -> Numbers:
    """Counts 1-4 become NaN, everywhere; 0 and 5 or more are shown."""
    return np.where((counts > 0) & (counts < SUPPRESSED_UNDER), np.nan, counts)


def long_frame(axes: Mapping[str, Sequence[str]], values: Numbers) -> pl.DataFrame:
    """One row a cell in row-major order: a column for each axis, and `value` with NULL for NaN."""
    index = np.indices(values.shape, dtype=np.uint16).reshape(values.ndim, -1)
    columns = {
        name: pl.Series(codes, dtype=pl.String).gather(pl.Series(place))
        for (name, codes), place in zip(axes.items(), index, strict=True)
    }
    return pl.DataFrame(columns | {"value": pl.Series(values.reshape(-1)).fill_nan(None)})


def write_labels(path: Path, named: Iterable[Named]) -> None:
    """A file of texts by code for labels/."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("code", "text_fi", "text_sv", "text_en"))
        writer.writerows((n.code, n.fi, n.sv, n.en) for n in named)

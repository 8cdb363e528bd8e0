"""Tables as dense arrays, one axis a key column, and back.

Belongs here: where a row stands in an array. Does not belong here: what is computed from the array.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells that stand at every combination of the labels of its axes: key column -> its labels, in order."""

    axes: Mapping[str, pl.Series]

    @classmethod
    def of(cls, frame: pl.DataFrame, *keys: str) -> Grid:
        """Axes `keys` with every label that `frame` holds, sorted."""
        return cls({key: frame[key].unique().sort() for key in keys})

    @property
    def shape(self) -> tuple[int, ...]:
        """Labels an axis."""
        return tuple(len(labels) for labels in self.axes.values())

    def only(self, *keys: str) -> Grid:
        """The grid of some of the axes."""
        return Grid({key: self.axes[key] for key in keys})

    def floats(self, frame: pl.DataFrame, column: str) -> Floats:
        """`column` at its cells; NaN where `frame` has NULL or no row. Rows of other labels are left out."""
        values = frame[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return self._placed(frame, values, np.full(self.shape, np.nan))

    def bools(self, frame: pl.DataFrame, condition: pl.Expr) -> Bools:
        """Where `frame` has a row that meets `condition`."""
        is_met = frame.with_columns(is_met=condition.fill_null(False))["is_met"].to_numpy()
        placed: Bools = self._placed(frame, is_met, np.zeros(self.shape, bool))
        return placed

    def _placed(self, frame: pl.DataFrame, values: npt.NDArray[Any], into: npt.NDArray[Any]) -> npt.NDArray[Any]:
        places = [places_of(frame[key], labels) for key, labels in self.axes.items()]
        is_inside = np.logical_and.reduce([place >= 0 for place in places])
        into[tuple(place[is_inside] for place in places)] = values[is_inside]
        return into

    def frame(self, columns: Mapping[str, npt.NDArray[np.generic]], keep: Bools) -> pl.DataFrame:
        """The cells where `keep`, one row each, in the order of the axes: their labels, then `columns`; NaN is NULL."""
        places = np.nonzero(np.broadcast_to(keep, self.shape))
        keys = {key: labels.gather(place) for (key, labels), place in zip(self.axes.items(), places, strict=True)}
        values = {name: pl.Series(name, array[places]) for name, array in columns.items()}
        return pl.DataFrame({**keys, **values}).with_columns(pl.selectors.float().fill_nan(None))


def places_of(keys: pl.Series, labels: pl.Series) -> npt.NDArray[np.int64]:
    """Place of each key among the labels; -1 = not among them."""
    places = pl.int_range(len(labels), eager=True)
    return keys.replace_strict(labels, places, default=-1, return_dtype=pl.Int64).to_numpy()

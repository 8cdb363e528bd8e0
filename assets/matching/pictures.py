"""A figure of matplotlib as metadata that the Dagster UI shows.

Belongs here: the size and form of a picture. Does not belong here: what is drawn, which stands beside its table.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LARGEST_BYTES = 60_000
"""Pictures lie in Dagster's database, so they are small."""


def new_figure(width: float = 6.4, height: float = 3.6) -> Figure:
    """An empty figure in inches, made without pyplot: no window, no global state."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def picture(figure: Figure | None, label: str) -> dg.MarkdownMetadataValue | None:
    """`figure` as a PNG inside Markdown, under `label`, which says what kind of data it shows; None for none. Raises
    ValueError when it is larger than LARGEST_BYTES."""
    if figure is None:
        return None
    if label:
        figure.suptitle(label, fontsize="small")
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=80)
    if png.tell() > LARGEST_BYTES:
        raise ValueError(f"picture of {png.tell():,} bytes: at most {LARGEST_BYTES:,}. Draw fewer marks.")
    return dg.MetadataValue.md(f"![picture](data:image/png;base64,{base64.b64encode(png.getvalue()).decode()})")

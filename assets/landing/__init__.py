"""Landing: one asset per source table, from the source to typed Parquet, judged at the door.

`intake` is what all have in common, `asset` how it looks in Dagster, `state` the words for how a table stands; then
one module per source.
"""

from __future__ import annotations

import dagster as dg


def landing_assets() -> list[dg.AssetsDefinition]:
    """The asset `raw_<source>__<table>` of every table of every source."""
    from assets.landing.barometer import barometer_assets
    from assets.landing.postings import postings_assets
    from assets.landing.statfin import statfin_assets

    return [*statfin_assets(), *postings_assets(), *barometer_assets()]

"""The tables computed in Python, in the order in which a reader meets them, and their Dagster assets."""

from __future__ import annotations

import dagster as dg

from assets.matching.accessibility_table import ACCESSIBILITY
from assets.matching.beveridge_table import BEVERIDGE_CURVES
from assets.matching.filled_employment_area_table import FILLED_EMPLOYMENT_AREA_CELLS
from assets.matching.filled_region_table import FILLED_REGION_CELLS
from assets.matching.flow_tables import ELASTICITY_ESTIMATES, UNEMPLOYMENT_FLOWS, UNEMPLOYMENT_WITHOUT_MISMATCH
from assets.matching.placement_tables import PLACEMENT_MOVES, TRANSPORT_TOTALS
from assets.matching.seasonal_table import SEASONAL_COMPONENTS
from assets.matching.table import MatchingTable, matching_asset
from assets.matching.tightness_table import TIGHTNESS_POSTERIORS
from assets.matching.uncertainty_table import INDEX_UNCERTAINTY

TABLES: tuple[MatchingTable, ...] = (
    FILLED_REGION_CELLS,
    FILLED_EMPLOYMENT_AREA_CELLS,
    TIGHTNESS_POSTERIORS,
    INDEX_UNCERTAINTY,
    SEASONAL_COMPONENTS,
    UNEMPLOYMENT_FLOWS,
    ELASTICITY_ESTIMATES,
    UNEMPLOYMENT_WITHOUT_MISMATCH,
    BEVERIDGE_CURVES,
    TRANSPORT_TOTALS,
    PLACEMENT_MOVES,
    ACCESSIBILITY,
)
"""Every table of schema `matching`."""


def matching_assets() -> list[dg.AssetsDefinition]:
    """One asset per table."""
    return [matching_asset(table) for table in TABLES]

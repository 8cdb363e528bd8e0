"""Asking the sources whether there is anything new, without pulling it."""

from __future__ import annotations

from assets.classification import known_codes
from pipeline.resources import open_folder, open_statfin
from pipeline.settings import Settings
from sources.statfin.client import StatFinClient
from sources.statfin.schema import load_source


def statfin_news(settings: Settings) -> dict[str, str]:
    """Table -> why a pull would bring something new; tables without news are left out. One call per table."""
    source = load_source()
    folder = open_folder(settings)
    with open_statfin(settings) as statfin:
        client = StatFinClient(
            source,
            session=statfin.session,
            archive=folder.archive,
            known=known_codes(),
            base_url=statfin.base_url,
            report=lambda line: None,
        )
        found = {table: client.news(table) for table in source.tables}
    return {table: why for table, why in found.items() if why is not None}

"""The cells that all matching tables start from: who seeks and what is open, by area and occupation.

Belongs here: the queries that several tables read. Does not belong here: how a cell is filled (fill.py).
"""

FILLED_TABLES = ("filled_region_cells", "filled_employment_area_cells")
"""Tables of schema `matching` that hold filled cells, in this order; all with the columns of FILLED_COLUMNS."""

FILLED_COLUMNS = {
    "period": "date",
    "area_level": "varchar",
    "area_code": "varchar",
    "occupation_level": "varchar",
    "occupation_code": "varchar",
    "unemployed": "double",
    "vacancies": "double",
    "unemployed_blanks": "bigint",
    "vacancies_blanks": "bigint",
    "unemployed_releasable": "double",
    "vacancies_releasable": "double",
}
"""occupation_level: occ1 to occ4, or special (X codes, single).

unemployed, vacancies: the count, withheld parts filled; NULL where the area-month can't be filled or a part is not in
the source. *_blanks: how many withheld source cells the number sums; 0 means that it is exact, and in a single source
cell it is 0 or 1. *_releasable: what a published number of one occupation may be computed from: the same number where
the occupation has, over the areas of the level and month, no blank or at least three; else the visible part and 2.5,
the middle of the public interval, for each blank.
"""

COUNTRY = "SSS"
"""Area code of what is computed over the whole country."""

MEASURES = ("unemployed", "vacancies")
"""The two sides of the market; each has the columns of that name, and with _blanks and _releasable."""

FILLED_KEY = ("period", "area_code", "occupation_code")

FILLED_CELLS = " union all ".join(f"select {', '.join(FILLED_COLUMNS)} from matching.{name}" for name in FILLED_TABLES)
"""All filled cells of regions and of employment areas; unsorted."""

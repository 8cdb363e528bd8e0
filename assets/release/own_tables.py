"""The tables that a release says about itself: what each column means, what was checked, what the file is.

Belongs here: their schema. Their rows come from candidate.py.
"""

from __future__ import annotations

from assets.release.schema import Column, Table

DATA_DICTIONARY = Table(
    name="data_dictionary",
    description="One row per published column: what it means, its type, and the keys it belongs to.",
    columns=(
        Column("table_name", "VARCHAR", "Table of schema mart."),
        Column("column_name", "VARCHAR", "Column of the table."),
        Column("column_number", "BIGINT", "Place of the column in the table, from 1.", is_required=True),
        Column("data_type", "VARCHAR", "Type of the column in DuckDB.", is_required=True),
        Column("is_required", "BOOLEAN", "True if the column is never NULL.", is_required=True),
        Column(
            "key_number",
            "BIGINT",
            "Place of the column in the table's key, from 1. NULL = no part of the key.",
        ),
        Column("refers_to", "VARCHAR", "Table and column in which each value stands. NULL = no reference."),
        Column("description", "VARCHAR", "What the column means.", is_required=True),
    ),
    primary_key=("table_name", "column_name"),
)

QUALITY_RESULT = Table(
    name="quality_result",
    description="What was checked before this release was published: one row per check and scope.",
    columns=(
        Column("gate", "VARCHAR", "Gate of the methods contract that the check belongs to.", is_required=True),
        Column("check_name", "VARCHAR", "Name of the check.", is_required=True),
        Column("scope", "VARCHAR", "What was judged: a table, a partition, a level.", is_required=True),
        Column("period", "DATE", "First offending month or quarter. NULL = none, or not bound to one."),
        Column("metric", "VARCHAR", "The number that was looked at.", is_required=True),
        Column("observed", "DOUBLE", "Its value. NULL = the check gave no number."),
        Column("threshold", "VARCHAR", "What was allowed.", is_required=True),
        Column("is_passed", "BOOLEAN", "True if the check passed.", is_required=True),
        Column("severity", "VARCHAR", "What a failure does: block, withhold or warn.", is_required=True),
        Column("message", "VARCHAR", "The result in words.", is_required=True),
    ),
)

RELEASE_INFO = Table(
    name="release_info",
    description="What this file is: release, time, kind of data, versions, licence; one row per key.",
    columns=(
        Column(
            "key",
            "VARCHAR",
            "Name of the statement, such as release_id, built_at, data_kind, notice, licence.",
        ),
        Column("value", "VARCHAR", "The statement.", is_required=True),
    ),
    primary_key=("key",),
)

OWN_TABLES = (DATA_DICTIONARY, QUALITY_RESULT, RELEASE_INFO)

ABOUT_THE_RUN = frozenset({QUALITY_RESULT.name, RELEASE_INFO.name})
"""Tables that carry times and run ids: they are no part of a release's content."""

NOTICES = {
    "synthetic": "SYNTHETIC DATA from a simulator, made to try the product. No statistics; not to be cited.",
    "recorded": (
        "Built from recorded answers of the sources; newer months may exist there. Release time and regional division "
        "are what the replay server states where the recordings do not: do not cite them as the source's. Job postings "
        "are SYNTHETIC, since no answer of their interface was ever recorded; the barometer's rates were computed from "
        "its recorded counts."
    ),
    "live": "Built from the newest answers of the sources.",
}
"""What every release says about its kind of data."""

LABELS = {"synthetic": "SYNTHETIC DATA, not statistics.", "recorded": "RECORDED DATA, replayed.", "live": ""}
"""The same in brief, before each table's description."""

TABLE_LABELS = {
    ("recorded", "fct_posting_flow"): LABELS["synthetic"],
    ("recorded", "fct_barometer"): "RECONSTRUCTED in part: recorded counts and ratings, computed rates.",
}
"""Where a table is not what the rest of the release is."""

"""Gate G5: what the source published once stays as it was.

Belongs here: changes between the newest vintage of a table and the one before it. Does not belong here: changes between
older vintages, which were judged when they came, and what a new regional division rewrites, which is allowed. Contract:
gate G5, section 5.
"""

from __future__ import annotations

from quality.expect import Check, between
from quality.result import Severity
from quality.thresholds import threshold

REVISIONS = "fct_revision"
REGISTER, SURVEYS = ("12r5", "12ti"), ("11n1", "137i")


def stability_checks() -> list[Check]:
    """The checks of gate G5. The register's past stays as it is; a survey may be revised, and says so."""
    return [
        _changes(
            "register_past_unchanged",
            tables=REGISTER,
            offends="revision_kind in ('revision', 'suppression_change')",
            metric="past cells that the newest vintage changed on the same division, or of the country",
            fault="the source changed numbers that it had published, on the same regional division.",
        ),
        _changes(
            "register_past_complete",
            tables=REGISTER,
            offends=(
                "revision_kind = 'dropped' and measure != 'all' "
                "and before.division is not distinct from newest.division"
            ),
            metric="cells missing in months that the newest vintage and the one before both show, on the same division",
            fault="the newest vintage has fewer rows than the one before for the same month and division.",
        ),
        _changes(
            "surveys_past_unchanged",
            tables=SURVEYS,
            offends="revision_kind in ('revision', 'suppression_change')",
            metric="past cells of a survey that the newest vintage changed",
            fault="the source revised a survey.",
            severity=Severity.WARN,
        ),
    ]


def _changes(
    name: str,
    *,
    tables: tuple[str, ...],
    offends: str,
    metric: str,
    fault: str,
    severity: Severity = Severity.BLOCK,
) -> Check:
    """A check that counts, for each of `tables`, the cells of its newest vintage for which `offends` holds."""
    most = threshold("changed_past_cells")
    return Check(
        gate="G5",
        name=name,
        scope=REVISIONS,
        metric=metric,
        threshold=f"at most {most:g} cells",
        measure=f"""
            select
                concat_ws(
                    ' ',
                    newest.table_id,
                    arg_min(
                        concat_ws(' ', revisions.area_code, revisions.occupation_code, revisions.measure),
                        (revisions.period, revisions.area_code)
                    ) filter ({offends})
                ) as place,
                min(revisions.period) filter ({offends}) as period,
                coalesce(sum(revisions.cells) filter ({offends}), 0) as observed
            from mart.dim_vintage as newest
            left join mart.{REVISIONS} as revisions on newest.vintage_id = revisions.vintage_after
            left join mart.dim_vintage as before on revisions.vintage_before = before.vintage_id
            where newest.is_newest and newest.source_code = 'statfin' and newest.table_id in {tables}
            group by newest.table_id
            order by period nulls last, place
        """,
        **between(0, most),
        severity=severity,
        fault=fault,
        mend=(
            "Look at the rows in fct_revision and ask the source; the next vintage is judged against this one. For "
            "made-up data take a fresh data folder."
        ),
    )

"""Gate G3 for tightness and its classes: what holds between a market's counts, its shrunk tightness and its class.

Belongs here: relations inside fct_tightness and fct_tension_class that follow from the formulas. Does not belong here:
those of other facts (identities.py), rules for every fact alike (values.py). Contract: I02, I06.
"""

from __future__ import annotations

from quality.expect import Check, between

PROBABILITIES = ("p_very_loose", "p_loose", "p_average", "p_tight", "p_very_tight")
ROUNDING = 1e-8
"""Shrunk tightness has 9 decimals, a probability 12; a difference as large as their rounding is none."""
CLASS_CERTAINTY = 0.8
"""A class is published when it is at least so probable; as in macros/tension.sql, and compared with it."""


def tightness_checks() -> list[Check]:
    """The checks of the gate G3 that look at tightness."""
    total = " + ".join(PROBABILITIES)
    return [
        _relation(
            "fct_tightness",
            "class_probabilities_add_up_to_one",
            excess=f"abs({total} - 1)",
            rule="the probabilities of the classes add up to 1",
            where="p_average is not null",
        ),
        _relation(
            "fct_tightness",
            "shrunk_tightness_between_raw_and_prior",
            excess="greatest(least(theta_raw, theta_prior) - theta_eb, theta_eb - greatest(theta_raw, theta_prior))",
            rule="theta_eb lies between theta_raw and theta_prior",
            where="theta_eb is not null",
        ),
        _relation(
            "fct_tightness",
            "interval_holds_shrunk_tightness",
            excess="greatest(theta_eb_lo - theta_eb, theta_eb - theta_eb_hi)",
            rule="theta_eb_lo <= theta_eb <= theta_eb_hi",
            where="theta_eb is not null",
        ),
        _relation(
            "fct_tightness join mart.fct_market_stock using (period, area_code, occupation_code, area_level)",
            "shrunk_tightness_follows_its_formula",
            excess="""abs(
                theta_eb
                - theta_prior * (shrink_k + coalesce(vacancies, vacancies_est))
                / (shrink_k + theta_prior * coalesce(unemployed, unemployed_est))
            ) / greatest(theta_eb, 1)""",
            rule="theta_eb = theta_prior (k + V)/(k + U theta_prior)",
            where="theta_eb is not null",
        ),
        Check(
            gate="G3",
            name="class_is_the_most_probable",
            scope="fct_tension_class",
            metric="classes that are not the most probable, or not certain enough, by area level",
            threshold="0 rows",
            measure=f"""
                select
                    area_level as place,
                    min(period) filter (is_wrong) as period,
                    count(*) filter (is_wrong) as observed
                from (
                    select
                        area_level,
                        period,
                        coalesce(
                            p_class != greatest({", ".join(PROBABILITIES)})
                            or (class is null) != (p_class < {CLASS_CERTAINTY:g})
                            or not contains(class_set, coalesce(class, '')),
                            posterior_reason = 'ok'
                        ) as is_wrong
                    from mart.fct_tension_class
                    join mart.fct_tightness using (period, area_code, occupation_code, area_level)
                )
                group by area_level
                order by place
            """,
            **between(0, 0),
            fault="a published class is not what its probabilities say.",
            mend="Look at macros/tension.sql and at the join of fct_tension_class.",
        ),
    ]


def _relation(table: str, name: str, *, excess: str, rule: str, where: str) -> Check:
    """A check of a relation in every row of `table`: the largest excess by area level, with its place."""
    return Check(
        gate="G3",
        name=name,
        scope=table.partition(" ")[0],
        metric=f"largest excess over '{rule}', by area level",
        threshold=f"at most {ROUNDING:g}",
        measure=f"""
            select
                concat(area_level, ', ', arg_max(where_it_is, excess)) as place,
                arg_max(period, excess) as period,
                max(excess) as observed
            from (
                select
                    area_level,
                    concat(area_code, ' ', occupation_code) as where_it_is,
                    period,
                    coalesce({excess}, 'infinity'::double) as excess
                from mart.{table}
                where {where}
            )
            group by area_level
            order by place
        """,
        **between(None, ROUNDING),
        fault=f"'{rule}' does not hold.",
        mend="That is impossible for a right posterior: look at assets/matching/shrinkage.py, and whether counts and "
        "posterior are of the same fill.",
    )

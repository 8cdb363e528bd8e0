"""The attacker: all published tables of a candidate together, against every count that the source withheld.

Belongs here: turning the mart into unknowns and constraints, by the catalogue (`disclosure`), and naming what leaks.
Does not belong here: linear programming (`attacker`). Contract: section 2.4 (rules 1 to 5).

Known to the attacker without the release: what the source prints, that is all visible cells, that a blank is 1 to 4,
that the occupations of an area add up to its total, the municipalities of a subregion to it and so on, and that the
regions hold no more of an occupation than the country. Known from the release: every number of the catalogue. A number
that sums at least three blanks of each withheld count may use the fill (rule 2.4.2), so it is no equation of counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import inf
from typing import TYPE_CHECKING, Any

import duckdb

from quality.attacked import BLANKS, CELLS, CHILDREN, MARKETS, OPAQUE_SUMS, SOURCE_SUMS
from quality.attacker import Constraint, Finding, Unknowns, findings
from quality.blank_mass import MEASURES, STOCK
from quality.disclosure import Statement, statements
from quality.thresholds import threshold

if TYPE_CHECKING:
    import pandas as pd

BLANK = (1.0, 4.0)
ROUNDING = 1e-6
"""A published bound that is tighter by less than this, relative, is not tighter."""

Key = tuple[str, str, str]
"""Measure, area and occupation of a withheld count."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A withheld count about which the release says more than the source."""

    period: date
    key: Key
    finding: Finding

    def __str__(self) -> str:
        measure, area, occupation = self.key
        low, high = self.finding.source
        after = self.finding.released
        if after is None:
            release = "contradicts it"
        elif after[0] == after[1]:
            release = "lets it be solved"
        else:
            release = f"leaves {after[0]:.4g} to {after[1]:.4g}"
        by = ", ".join(self.finding.origins) or "numbers of other cells"
        source = f"the source leaves {low:.4g} to {high:.4g}"
        return f"{measure} of {area} {occupation}: {source}, the release {release}, by {by}"


def attack(
    connection: duckdb.DuckDBPyConnection, *, newest: int | None, at_most: int = 12, judge_all: bool = False
) -> pd.DataFrame:
    """What leaks in the `newest` months of the stock (None: all): a frame of place, period, observed.

    One row per month, with the worst leak's words and by how much its interval is shorter; 0 without a leak. At most
    `at_most` cells of a month are solved for: one leak holds the release. `judge_all` solves for every withheld count,
    which takes minutes a month and finds nothing that the short way does not: for trying that claim. Creates temporary
    tables on `connection`.
    """
    import pandas as pd

    rows = []
    for period in _periods(connection, newest):
        world = World.of(connection, period)
        leaks = world.leaks(connection, at_most=None if judge_all else at_most, judge_all=judge_all)
        worst = max(leaks, key=lambda leak: leak.finding.lost, default=None)
        rows.append((str(worst) if worst else f"{len(world.keys)} withheld counts", period, _lost(worst)))
    frame = pd.DataFrame(rows, columns=["place", "period", "observed"])
    return frame.assign(period=pd.to_datetime(frame["period"]))


def _lost(leak: Leak | None) -> float:
    return leak.finding.lost if leak else 0.0


def published_columns(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """Type of every published column of a table, by table and column."""
    found = connection.execute("""
        select table_name, column_name, data_type
        from duckdb_columns()
        where schema_name = 'mart' and table_oid in (select table_oid from duckdb_tables())
    """).fetchall()
    return {(table, column): data_type for table, column, data_type in found}


def _periods(connection: duckdb.DuckDBPyConnection, newest: int | None) -> list[date]:
    found = connection.execute(f"select distinct period from mart.{STOCK} order by period desc").fetchall()
    return [period for (period,) in found[:newest]]


@dataclass(slots=True)
class World:
    """One month: its withheld counts as unknowns, and what the source says about them."""

    period: date
    unknowns: Unknowns = field(default_factory=Unknowns)
    keys: dict[Key, int] = field(default_factory=dict)
    source: list[Constraint] = field(default_factory=list)

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, period: date) -> World:
        """The world of one month of the mart behind `connection`; leaves its markets in temporary tables."""
        connection.execute(CELLS, [period])
        connection.execute(MARKETS)
        world = cls(period)
        for key in connection.execute(BLANKS).fetchall():
            world.keys[key] = world.unknowns.add(*BLANK)
        for measure, area, occupation, blanks in connection.execute(OPAQUE_SUMS).fetchall():
            world.keys[measure, area, occupation] = world.unknowns.add(BLANK[0] * blanks, BLANK[1] * blanks)
        world.source = list(world._source_constraints(connection))
        return world

    def leaks(
        self, connection: duckdb.DuckDBPyConnection, *, at_most: int | None = None, judge_all: bool = False
    ) -> list[Leak]:
        """The withheld counts that the release narrows, over `connection` to the same mart."""
        released = list(self._released_constraints(connection))
        if not released and not judge_all:
            return []
        names = {number: key for key, number in self.keys.items()}
        return [
            Leak(self.period, names[finding.unknown], finding)
            for finding in findings(self.unknowns, self.source, released, at_most=at_most, judge_all=judge_all)
        ]

    def _source_constraints(self, connection: duckdb.DuckDBPyConnection) -> Iterator[Constraint]:
        for measure, members, low, high, is_sum in connection.execute(SOURCE_SUMS).fetchall():
            numbers = [self.keys[measure, area, occupation] for area, occupation in members]
            least, most = BLANK[0] * len(numbers), BLANK[1] * len(numbers)
            if is_sum and not least <= low <= most:
                continue  # parts that are not this sum's: gate G2 speaks about that
            if high < least:
                continue
            yield Constraint(dict.fromkeys(numbers, 1.0), low if is_sum else -inf, high, "the source")

    def _released_constraints(self, connection: duckdb.DuckDBPyConnection) -> Iterator[Constraint]:
        published = published_columns(connection)
        for statement in statements():
            if statement.form == "harmless" or (statement.table, statement.column) not in published:
                continue
            for row in _speaking_rows(connection, statement, self.period):
                yield from self._constraints(connection, statement, row)

    def _constraints(
        self, connection: duckdb.DuckDBPyConnection, statement: Statement, row: dict[str, Any]
    ) -> Iterator[Constraint]:
        origin = f"{statement.name} ({row['area']} {row['occupation']})"
        terms: dict[int, float] = {}
        for measure in MEASURES:
            if row[f"{measure}_factor"] and row[f"{measure}_blanks"]:
                members = self._members(connection, measure, row["area"], row["occupation"])
                terms |= dict.fromkeys(members, float(row[f"{measure}_factor"]))
        value = float(row["value"])
        low = -inf if statement.form in ("at_most", "tells") else value
        high = inf if statement.form in ("at_least", "tells") else value
        yield Constraint(terms, low, high, origin, is_solvable=statement.form == "tells")

    def _members(
        self, connection: duckdb.DuckDBPyConnection, measure: str, area: str, occupation: str
    ) -> Sequence[int]:
        if (measure, area, occupation) in self.keys:
            return [self.keys[measure, area, occupation]]
        found = connection.execute(CHILDREN, [measure, area, occupation]).fetchall()
        return [self.keys[measure, area, child] for (child,) in found]


def _speaking_rows(
    connection: duckdb.DuckDBPyConnection, statement: Statement, period: date
) -> Iterator[dict[str, Any]]:
    """Rows in which the column says something of a withheld count that the public interval does not: market, factors of
    the two counts, value less the visible parts, and numbers of blanks."""
    cursor = connection.execute(_speaking(statement), {"period": period})
    names = [column[0] for column in cursor.description or []]
    for row in cursor.fetchall():
        yield dict(zip(names, row, strict=True))


def _speaking(statement: Statement) -> str:
    """The rows of `_speaking_rows` as SQL."""
    linear = statement.linear
    fewest = threshold("blanks_under_an_estimate")
    if linear is None:
        factors = {measure: "1" if measure in statement.counts else "0" for measure in MEASURES}
        value = "0"
    else:
        factors = {"unemployed": linear.unemployed, "vacancies": linear.vacancies}
        value = linear.value
    involved = {m: f"coalesce({m}_factor, 0) != 0 and coalesce({m}_market.blanks, 0) > 0" for m in MEASURES}
    least_sum = " + ".join(
        f"if({involved[m]}, {m}_factor * {m}_market.blanks * if({m}_factor > 0, {BLANK[0]}, {BLANK[1]}), 0)"
        for m in MEASURES
    )
    most_sum = " + ".join(
        f"if({involved[m]}, {m}_factor * {m}_market.blanks * if({m}_factor > 0, {BLANK[1]}, {BLANK[0]}), 0)"
        for m in MEASURES
    )
    rest = "said - " + " - ".join(
        f"if(coalesce({m}_factor, 0) != 0, {m}_factor * {m}_market.visible, 0)" for m in MEASURES
    )
    off = f"{ROUNDING} * greatest(1, abs(said), abs(unemployed_factor), abs(vacancies_factor))"
    blanks = [f"if({involved[m]}, {m}_market.blanks, null)" for m in MEASURES]
    speaks = {
        "equation": f"least({', '.join(blanks)}) < {fewest:g}",
        "tells": f"least({', '.join(blanks)}) < {fewest:g}",
        "at_least": f"{least_sum} < ({rest}) - {off}",
        "at_most": f"{most_sum} > ({rest}) + {off}",
    }[statement.form]
    joins = " ".join(
        f"left join attacked_market as {m}_market on {m}_market.measure = '{m}' "
        f"and {m}_market.area_code = said.area and {m}_market.occupation_code = said.occupation"
        for m in MEASURES
    )
    return f"""
        with said as (
            select
                ({statement.market.area})::varchar as area,
                ({statement.market.occupation})::varchar as occupation,
                ({factors["unemployed"]})::double as unemployed_factor,
                ({factors["vacancies"]})::double as vacancies_factor,
                ({value})::double as said
            from {statement.rows} as published
            where ({statement.market.period}) = $period
                and ({statement.market.where})
                and {statement.column} is not null
        )
        select
            said.area,
            said.occupation,
            unemployed_factor,
            vacancies_factor,
            {", ".join(f"coalesce({m}_market.blanks, 0) as {m}_blanks" for m in MEASURES)},
            {rest} as value
        from said {joins}
        where ({" or ".join(involved.values())}) and {speaks}
        order by said.area, said.occupation
    """

"""How scenarios change what the source shows: pure functions from table to table.

Belongs here: the changes. Does not belong here: which of them are on (`replay_scenarios`), faults of an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sources.statfin.replay_folder import ReplayFolder
from sources.statfin.replay_tables import HELSINKI, SECRET, Table, Variable, release_time

RENAMED = {"Alue": "alue_23_20270101"}
EXTRA_OCCUPATION = "9998"
UNKNOWN_AREA = "KU999"
MISSING_CONTENT = "AVPAIKATLOPUSSA"
# A merger across a regional border that has not taken place: Oripää goes into Eura.
MERGED, SUCCESSOR = "KU561", "KU050"
LOSING, GAINING = ("SK025", "MK02", "ELY02"), (SUCCESSOR, "SK041", "MK04", "ELY03")
REGISTER = "12r5"
OTHER_SHAPE = "luokka "


def new_release(table: Table, _folder: ReplayFolder, _amount: float) -> Table:
    """A month more, equal to the last one, and the time of its release."""
    last = table.time.codes[-1]
    year, month = int(last[:4]), int(last[5:])
    period = f"{year + month // 12}M{month % 12 + 1:02d}"
    updated = release_time(period, table.release_lag)
    grown = _with_copy(table, table.time, period, of=last)
    return replace(grown, updated=updated, stamp=updated.astimezone(HELSINKI).replace(tzinfo=None))


def start_year_dropped(table: Table, _folder: ReplayFolder, amount: float) -> Table:
    """Without the first `amount` calendar years."""
    first = int(table.time.codes[0][:4])
    return _without(table, table.time, [code for code in table.time.codes if int(code[:4]) < first + amount])


def municipality_merged(table: Table, folder: ReplayFolder, _amount: float) -> Table:
    """Move the numbers of MERGED; in a table with occupations, from and to the total and the largest occupation."""
    area = table.variables[0]
    moved = _moved(table, folder.table(REGISTER))
    values, symbols = table.values.copy(), table.symbols.copy()
    for codes, sign in ((LOSING, -1), (GAINING, 1)):
        for row in (area.codes.index(code) for code in codes if code in area.codes):
            before = np.nan_to_num(values[row])
            if before.ndim == 3:
                largest = before[1:].argmax(axis=0)[None] + 1
                np.put_along_axis(before, largest, np.take_along_axis(before, largest, 0) + sign * moved, 0)
                before[0] += sign * moved
            else:
                before += sign * moved
            hidden = (before > 0) & (before < 5) | (np.isnan(values[row]) & (before < 5))
            values[row] = np.where(hidden, np.nan, before)
            symbols[row] = np.where(hidden, SECRET, 0)
    _refresh_share(table, values, symbols)
    renamed = tuple(replace(v, map="Alue 2027") if v is area else v for v in table.variables)
    changed = replace(table, variables=renamed, values=values, symbols=symbols)
    return _without(changed, renamed[0], [MERGED])


def _moved(table: Table, register: Table) -> NDArray[np.float64]:
    """The register's numbers of MERGED by time and content of `table`; 0 where suppressed or not a count."""
    time, contents = table.time, table.variables[-1]
    row = register.values[register.variables[0].codes.index(MERGED)]
    moved = np.zeros((len(time.codes), len(contents.codes)))
    for i, period in enumerate(time.codes):
        for j, content in enumerate(contents.codes):
            if contents.units[j].decimals == 0 and period in register.time.codes:
                moved[i, j] = row[register.time.codes.index(period), register.variables[-1].codes.index(content)]
    return np.nan_to_num(moved)


def _refresh_share(table: Table, values: NDArray[np.float64], symbols: NDArray[np.uint8]) -> None:
    """Where the table has the percentage of unemployed, compute it anew from the numbers beside it."""
    contents = table.variables[-1].codes
    if "TYOTOSUUS" in contents:
        share, unemployed, force = (contents.index(c) for c in ("TYOTOSUUS", "TYOTTOMATLOPUSSA", "TYOVOIMATK"))
        with np.errstate(divide="ignore", invalid="ignore"):
            percent = np.round(100 * values[..., unemployed] / values[..., force], 1)
        visible = np.isfinite(percent)
        values[..., share] = np.where(visible, percent, np.nan)
        symbols[..., share] = np.where(visible, 0, SECRET)


def variable_renamed(table: Table, _folder: ReplayFolder, _amount: float) -> Table:
    """With the variable codes of the next classification."""
    return replace(table, variables=tuple(replace(v, code=RENAMED.get(v.code, v.code)) for v in table.variables))


def extra_occupation(table: Table, _folder: ReplayFolder, _amount: float) -> Table:
    """With an occupation more, all zeros."""
    occupations = table.variable("Ammattiryhmä")
    return _with_zeros(table, occupations, EXTRA_OCCUPATION) if occupations else table


def unknown_area(table: Table, _folder: ReplayFolder, _amount: float) -> Table:
    """With an area more, all zeros."""
    return _with_zeros(table, table.variables[0], UNKNOWN_AREA)


def content_missing(table: Table, _folder: ReplayFolder, _amount: float) -> Table:
    """Without one of its contents."""
    return _without(table, table.variables[-1], [MISSING_CONTENT])


def visible_three(table: Table, _folder: ReplayFolder, _amount: float) -> Table:
    """With one withheld count shown."""
    values, symbols = table.values.copy(), table.symbols.copy()
    for cell in np.flatnonzero(symbols)[:1]:
        values.flat[cell], symbols.flat[cell] = 3, 0
    return replace(table, values=values, symbols=symbols)


def _without(table: Table, variable: Variable, codes: Sequence[str]) -> Table:
    everything = [list(range(len(v.codes))) for v in table.variables]
    everything[table.variables.index(variable)] = [i for i, code in enumerate(variable.codes) if code not in codes]
    return table.take(everything)


def _with_copy(table: Table, variable: Variable, code: str, *, of: str) -> Table:
    """`table` with one more value of `variable` at its end, whose cells are those of the value `of`."""
    axis = table.variables.index(variable)
    source = [variable.codes.index(of)]
    longer = replace(
        variable,
        codes=(*variable.codes, code),
        texts={language: (*texts, code) for language, texts in variable.texts.items()},
    )
    return replace(
        table,
        variables=tuple(longer if v is variable else v for v in table.variables),
        values=np.concatenate([table.values, table.values.take(source, axis)], axis),
        symbols=np.concatenate([table.symbols, table.symbols.take(source, axis)], axis),
    )


def _with_zeros(table: Table, variable: Variable, code: str) -> Table:
    grown = _with_copy(table, variable, code, of=variable.codes[0])
    axis = table.variables.index(variable)
    np.moveaxis(grown.values, axis, 0)[-1] = 0
    np.moveaxis(grown.symbols, axis, 0)[-1] = 0
    return grown


def shape_differs(table: Table, _folder: ReplayFolder, _amount: float) -> Table:
    """With codes that nobody expects in every dimension but area, occupation, time and contents."""
    kept = ("Alue", "Ammattiryhmä")
    return replace(
        table,
        variables=tuple(
            v if v.is_time or v.is_contents or v.code in kept else _spelled_otherwise(v) for v in table.variables
        ),
    )


def _spelled_otherwise(variable: Variable) -> Variable:
    codes = tuple(code if code == variable.total else f"{OTHER_SHAPE}{code}" for code in variable.codes)
    return replace(variable, code=f"{variable.code}_2", codes=codes)

"""Roles are found from the metadata of the moment; what is unknown stops the pull with its name, place and mend."""

from __future__ import annotations

import pytest

from sources.statfin.layout import DriftError, find_layout
from sources.statfin.schema import Metadata, Variable, load_source

SOURCE = load_source()
KNOWN = {"area": frozenset({"SSS", "MK01", "MK02", "KU091", "SA1"}), "occupation": frozenset({"SSS", "2512", "X999"})}


def variable(code: str, *values: str, **flags: object) -> Variable:
    return Variable(code=code, text=code, values=values, value_texts=tuple(f"text of {v}" for v in values), **flags)  # type: ignore[arg-type]


AREA = variable("Alue", "SSS", "KU091", "MK01", "MK02", elimination=True, map="Alue 2026")
OCCUPATION = variable("Ammattiryhmä", "SSS", "2512", "X999", elimination=True)
TIME = variable("timeperiod_m", "2026M06", "2026M07", time=True)
METRIC = variable("contentscode", "TYOTTOMATLOPUSSA", "AVPAIKATLOPUSSA")


def layout_of(*variables: Variable, table: str = "12ti"):  # type: ignore[no-untyped-def]
    return find_layout(table, SOURCE.tables[table], Metadata(title="t", variables=variables), SOURCE, KNOWN)


def test_selects_only_the_wanted_codes_in_table_order() -> None:
    layout = layout_of(AREA, OCCUPATION, TIME, METRIC)
    assert layout.codes["Alue"] == ("SSS", "MK01", "MK02")
    assert layout.columns == {"Alue": "area_code", "Ammattiryhmä": "occupation_code", "timeperiod_m": "period"}
    assert layout.division == "Alue 2026"


def test_a_renamed_variable_is_found_by_its_values() -> None:
    renamed = variable("alue_23_20270101", "SSS", "KU091", "MK01", "MK02", elimination=True)
    month = variable("kk", "2026M06", time=True)
    layout = layout_of(renamed, OCCUPATION, month, METRIC)
    assert layout.columns["alue_23_20270101"] == "area_code"
    assert layout.time == "kk"


def test_contents_are_found_without_their_code_and_by_the_part_after_the_prefix() -> None:
    metric = variable("Tiedot", "tyonv-TYOTTOMATLOPUSSA", "tyonv-AVPAIKATLOPUSSA", "tyonv-OTHER")
    layout = layout_of(AREA, OCCUPATION, TIME, metric)
    assert layout.contents == {
        "tyonv-TYOTTOMATLOPUSSA": "tyottomatlopussa",
        "tyonv-AVPAIKATLOPUSSA": "avpaikatlopussa",
    }


def test_contents_may_come_before_time() -> None:
    assert layout_of(METRIC, AREA, OCCUPATION, TIME).variables == (
        "contentscode",
        "Alue",
        "Ammattiryhmä",
        "timeperiod_m",
    )


def test_an_unknown_code_names_code_text_and_mend() -> None:
    area = variable("Alue", "SSS", "MK01", "KU999", elimination=True)
    with pytest.raises(DriftError, match=r"'Alue' offers 3 codes, 1 unknown: KU999 \(text of KU999\).*seeds/area\.csv"):
        layout_of(area, OCCUPATION, TIME, METRIC)


def test_an_unknown_dimension_is_refused_even_when_it_could_be_left_out() -> None:
    new = variable("Sukupuoli", "SSS", "1", "2", elimination=True)
    with pytest.raises(DriftError, match="unknown dimension 'Sukupuoli'"):
        layout_of(AREA, OCCUPATION, new, TIME, METRIC)


def test_a_missing_dimension_lists_what_there_is() -> None:
    with pytest.raises(DriftError, match=r"no variable offers codes of the dimension 'occupation'.*'Koulutus'"):
        layout_of(AREA, variable("Koulutus", "0", "3", "9"), TIME, METRIC)


def test_a_content_that_is_gone_stops_the_pull_unless_optional() -> None:
    with pytest.raises(DriftError, match="no longer offers AVPAIKATLOPUSSA"):
        layout_of(AREA, OCCUPATION, TIME, variable("contentscode", "TYOTTOMATLOPUSSA"))
    without_share = variable("contentscode", "TYOTTOMATLOPUSSA", "AVPAIKATLOPUSSA", "TYOVOIMATK")
    assert "tyotosuus" not in layout_of(AREA, TIME, without_share, table="12r5").contents.values()


def test_the_sex_total_is_left_out_of_the_query() -> None:
    region = variable("alue_16_20180101", "SSS", "SA1", elimination=True)
    sex = variable("sukupuoli_9_20180101", "SSS", "1", "2", elimination=True)
    quarter = variable("timeperiod_q", "2026Q1", time=True)
    metric = variable("contentscode", "tyti-Tyottomat")
    layout = layout_of(quarter, sex, region, metric, table="137i")
    assert "sukupuoli_9_20180101" not in layout.variables


def test_a_total_that_cannot_be_had_by_leaving_out_is_an_error() -> None:
    sex = variable("sukupuoli_9_20180101", "SSS", "1", "2")
    quarter = variable("timeperiod_q", "2026Q1", time=True)
    region = variable("alue_16_20180101", "SSS", "SA1")
    with pytest.raises(DriftError, match="'sukupuoli_9_20180101' can no longer be left out"):
        layout_of(quarter, sex, region, variable("contentscode", "tyti-Tyottomat"), table="137i")


def test_two_time_variables_are_not_guessed_between() -> None:
    with pytest.raises(DriftError, match="2 variables are marked as time"):
        layout_of(AREA, OCCUPATION, TIME, variable("vuosi", "2026", time=True), METRIC)

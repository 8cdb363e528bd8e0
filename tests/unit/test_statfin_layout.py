"""Roles are found from the metadata of the moment; what is unknown is drift, and the table's policy says what it does.

The cases are the pitfalls of contract statfin, sections 1, 8 and 12, and of contract reference, section 9.
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from assets.classification import known_codes
from sources.statfin.layout import DriftError, Layout, find_layout
from sources.statfin.plan import plan
from sources.statfin.replay_catalogue import TABLES
from sources.statfin.schema import Drift, Metadata, Policy, TableDrift, Variable, load_source

SOURCE = load_source()
KNOWN = {
    "area": frozenset({"SSS", "MK01", "MK02", "KU091", "KU588", "SA1", "TA01"}),
    "occupation": frozenset({"SSS", "2", "25", "251", "2512", "3256", "X999"}),
}


def variable(code: str, *values: str, **flags: object) -> Variable:
    return Variable(code=code, text=code, values=values, value_texts=tuple(f"text of {v}" for v in values), **flags)  # type: ignore[arg-type]


AREA = variable("Alue", "SSS", "KU091", "MK01", "MK02", elimination=True, map="Alue 2026")
OCCUPATION = variable("Ammattiryhmä", "SSS", "2512", "X999", elimination=True)
TIME = variable("timeperiod_m", "2026M06", "2026M07", time=True)
METRIC = variable("contentscode", "TYOTTOMATLOPUSSA", "AVPAIKATLOPUSSA")


def layout_of(*variables: Variable, table: str = "12ti", **policy: str) -> Layout:
    request = SOURCE.tables[table]
    if policy:
        request = msgspec.structs.replace(request, drift=msgspec.convert(policy, TableDrift))
    return find_layout(table, request, Metadata(title="t", variables=variables), SOURCE, KNOWN)


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


def test_a_total_that_cannot_be_left_out_is_selected_by_its_code_and_gets_no_column() -> None:
    sex = variable("sukupuoli_9_20180101", "SSS", "1", "2")
    quarter = variable("timeperiod_q", "2026Q1", time=True)
    region = variable("alue_16_20180101", "SSS", "SA1")
    layout = layout_of(quarter, sex, region, variable("contentscode", "tyti-Tyottomat"), table="137i")
    assert layout.codes["sukupuoli_9_20180101"] == ("SSS",)
    assert layout.variables == ("timeperiod_q", "sukupuoli_9_20180101", "alue_16_20180101", "contentscode")
    assert layout.columns == {"timeperiod_q": "period", "alue_16_20180101": "area_code"}


def test_a_breakdown_without_any_total_is_an_error() -> None:
    status = variable("Työmarkkina-asema", "1", "2")
    metric = variable("contentscode", "HAKIJAYHT", "AVPAIKATYHT")
    with pytest.raises(DriftError, match=r"'Työmarkkina-asema' can't be left out and offers 0 totals.*1, 2"):
        layout_of(AREA, OCCUPATION, status, TIME, metric, table="12tu")


def test_two_time_variables_are_not_guessed_between() -> None:
    with pytest.raises(DriftError, match="2 variables are marked as time"):
        layout_of(AREA, OCCUPATION, TIME, variable("vuosi", "2026", time=True), METRIC)


def test_labels_are_display_only() -> None:
    renamed = Variable("Alue", "Område", AREA.values, ("HELA LANDET", "091", "MK01", "?"), True, False, "Alue 2026")
    assert layout_of(renamed, OCCUPATION, TIME, METRIC) == layout_of(AREA, OCCUPATION, TIME, METRIC)


def test_a_municipality_that_has_merged_away_is_no_drift() -> None:
    before = variable("Alue", "SSS", "KU091", "KU588", "MK01", elimination=True)
    after = variable("Alue", "SSS", "KU091", "MK01", elimination=True)
    both = [layout_of(area, TIME, variable("contentscode", *REGISTER), table="12r5") for area in (before, after)]
    assert [layout.codes["Alue"] for layout in both] == [before.values, after.values]
    assert both[1].notes == ()


def test_an_occupation_that_the_seeds_have_may_appear() -> None:
    grown = variable("Ammattiryhmä", "SSS", "2512", "3256", "X999", elimination=True)
    assert layout_of(AREA, grown, TIME, METRIC).codes["Ammattiryhmä"] == grown.values


REGISTER = ("TYOTTOMATLOPUSSA", "AVPAIKATLOPUSSA", "TYOVOIMATK")


@pytest.mark.parametrize(
    ("before", "after"),
    [("tyolliset2", "tyokay-tyolliset2"), ("tyokay-tyolliset2", "tyolliset2")],
    ids=["prefix added", "prefix removed"],
)
def test_a_prefix_of_a_content_may_come_and_go(before: str, after: str) -> None:
    def column(content: str) -> dict[str, str]:
        return dict(layout_of(*census(content), table="115q").contents)

    assert column(before) == {before: "tyolliset2"}
    assert column(after) == {after: "tyolliset2"}


def census(content: str = "tyokay-tyolliset2", *more: Variable) -> tuple[Variable, ...]:
    occupation = variable(
        "ammatti_104_20161021", "SSSSS", "2", "25", "251", "2512", "2512.", "25121", "X", "XX", elimination=True
    )
    sex = variable("sukupuoli_9_20180101", "SSS", "1", "2", elimination=True)
    status = variable("ammattiasema_7_20121201", "SS", "1", "2", elimination=True)
    return (
        occupation,
        sex,
        status,
        *more,
        variable("timeperiod_y", "2023", time=True),
        variable("contentscode", content),
    )


def test_dotted_five_digit_and_unknown_codes_of_the_census_are_not_pulled() -> None:
    layout = layout_of(*census(), table="115q")
    assert layout.codes["ammatti_104_20161021"] == ("SSSSS", "2", "25", "251", "2512")
    assert layout.variables == ("ammatti_104_20161021", "timeperiod_y", "contentscode")


def test_sex_and_status_in_employment_have_the_same_codes_but_for_their_total() -> None:
    occupation, sex, status, *others = census()
    swapped = (occupation, status, sex, *others)
    assert layout_of(*swapped, table="115q").codes == layout_of(*census(), table="115q").codes


SECTOR = variable("Työnantajan sektori", "SSS", "01", "02", "07", "X", elimination=True)
DURATION = variable("Työpaikan työn kesto", "SSS", "00", "01", "06", "X", elimination=True)


def test_sector_and_duration_are_told_apart_by_the_codes_that_only_one_has() -> None:
    vacancies = variable("contentscode", "AVPAIKATLOPUSSA")
    for order in ((SECTOR, DURATION), (DURATION, SECTOR)):
        layout = layout_of(AREA, OCCUPATION, *order, TIME, vacancies, table="12tv")
        assert layout.columns["Työnantajan sektori"] == "employer_sector_code"
        assert "Työpaikan työn kesto" not in layout.variables


ENDED = variable("contentscode", "PAATTYNEETTYOTTJAKSOT")


def test_variables_whose_codes_fit_alike_are_told_apart_by_name() -> None:
    reason = variable("Päättymissyy", "SSS", "01", "02", elimination=True)
    duration = variable("Työttömyyden kesto", "SSS", "01", "02", elimination=True)
    layout = layout_of(AREA, duration, reason, TIME, ENDED, table="12tn")
    assert layout.columns["Päättymissyy"] == "end_reason_code"


def test_what_neither_codes_nor_name_tell_apart_is_not_guessed() -> None:
    one, other = (variable(f"luokka{n}", "SSS", "01", "02", elimination=True) for n in (1, 2))
    with pytest.raises(
        DriftError, match=r"statfin 12tn: .*'end_reason' could be any of 'luokka1' .*'luokka2' .*offers"
    ):
        layout_of(AREA, one, other, TIME, ENDED, table="12tn")


def test_a_table_without_an_area_has_only_its_period_as_key() -> None:
    contents = variable("contentscode", "atp_lkm", "atp_eihoit", "atp_osa", "atp_maar", "atp_vaik")
    quarter = variable("timeperiod_q", "2026Q1", "2026Q2", time=True)
    layout = layout_of(contents, quarter, table="11l1")
    assert (layout.variables, dict(layout.columns)) == (("contentscode", "timeperiod_q"), {"timeperiod_q": "period"})
    assert SOURCE.tables["11l1"].key_columns == ("period",)


def test_periods_of_another_length_are_drift() -> None:
    quarter = variable("timeperiod_q", "2026Q1", time=True)
    with pytest.raises(DriftError, match=r"'timeperiod_q' offers 2026Q1, which is no month"):
        layout_of(AREA, OCCUPATION, quarter, METRIC)


def test_a_four_digit_occupation_is_not_taken_for_a_year() -> None:
    looks_like_years = variable("Ammattiryhmä", "SSS", "2013", "2512", elimination=True)
    with pytest.raises(DriftError, match=r"1 unknown: 2013"):
        layout_of(AREA, looks_like_years, TIME, METRIC)


# ---- policies


UNKNOWN_AREA = variable("Alue", "SSS", "MK01", "MK99", elimination=True)


def test_freeze_stops_at_a_code_that_is_not_even_asked_for() -> None:
    area = variable("Alue", "SSS", "MK01", "KU999", elimination=True)
    with pytest.raises(DriftError, match=r"KU999 .*\(policy freeze\)"):
        layout_of(area, OCCUPATION, TIME, METRIC)
    assert layout_of(area, OCCUPATION, TIME, METRIC, unknown_code="discard_row").notes == ()


@pytest.mark.parametrize(
    ("policy", "selected", "said"),
    [("evolve", ("SSS", "MK01", "MK99"), "Landed as they are"), ("discard_row", ("SSS", "MK01"), "Left out")],
)
def test_an_unknown_area_is_landed_or_left_out_and_reported(policy: str, selected: tuple[str, ...], said: str) -> None:
    layout = layout_of(UNKNOWN_AREA, OCCUPATION, TIME, METRIC, unknown_code=policy)
    assert layout.codes["Alue"] == selected
    (note,) = layout.notes
    assert note.startswith("statfin 12ti: dimension 'Alue' offers 3 codes, 1 unknown: MK99 (text of MK99)")
    assert f"(policy {policy}). {said}" in note
    assert "seeds/area.csv" in note


@pytest.mark.parametrize(("policy", "is_there"), [("evolve", True), ("discard_row", False)])
def test_an_unknown_occupation_is_landed_or_left_out_and_reported(policy: str, is_there: bool) -> None:
    grown = variable("Ammattiryhmä", "SSS", "2512", "9998", elimination=True)
    layout = layout_of(AREA, grown, TIME, METRIC, unknown_code=policy)
    assert ("9998" in layout.codes["Ammattiryhmä"]) is is_there
    assert "seeds/occupation.csv" in layout.notes[0]


def test_the_census_total_needs_no_description() -> None:
    assert "SSSSS" not in known_codes()["occupation"]
    layout = layout_of(*census(), table="115q", unknown_code="evolve")
    assert (layout.codes["ammatti_104_20161021"][0], layout.notes) == ("SSSSS", ())


NEW = variable("Kansalaisuus", "SSS", "FI", "XX", elimination=True)


def test_a_new_dimension_that_can_be_left_out_is_left_out_and_reported() -> None:
    layout = layout_of(AREA, OCCUPATION, NEW, TIME, METRIC, unknown_dimension="evolve")
    assert "Kansalaisuus" not in layout.variables
    assert layout.notes == (
        "statfin 12ti: unknown dimension 'Kansalaisuus' (Kansalaisuus, 3 codes) (policy evolve). "
        "Left out, its total is taken.",
    )


def test_a_new_dimension_that_cannot_be_left_out_is_an_error_under_any_policy() -> None:
    new = variable("Kansalaisuus", "SSS", "FI", "XX")
    with pytest.raises(DriftError, match=r"unknown dimension 'Kansalaisuus'.*'Kansalaisuus' can't be left out"):
        layout_of(AREA, OCCUPATION, new, TIME, METRIC, unknown_dimension="evolve")


def test_a_selection_without_any_code_is_an_error() -> None:
    with pytest.raises(DriftError, match=r"'Alue' offers no code that is wanted.*KU091"):
        layout_of(variable("Alue", "KU091", elimination=True), OCCUPATION, TIME, METRIC)


def test_a_selection_of_parts_that_finds_the_whole_alone_is_an_error() -> None:
    regions = variable("Alue", "SSS", "MK01", "MK02", elimination=True)
    with pytest.raises(DriftError, match=r"12ti_municipalities: 'Alue' offers no code that is wanted.*SSS, MK01"):
        layout_of(regions, OCCUPATION, TIME, METRIC, table="12ti_municipalities")
    municipalities = variable("Alue", "SSS", "KU091", "MK01", elimination=True)
    found = layout_of(municipalities, OCCUPATION, TIME, METRIC, table="12ti_municipalities")
    assert found.codes["Alue"] == ("SSS", "KU091")


@pytest.mark.parametrize("order", [1, -1])
def test_a_window_takes_the_newest_periods_in_the_order_of_the_table(order: int) -> None:
    months = [f"{year}M{month:02d}" for year in (2024, 2025) for month in range(1, 13)][::order]
    area = variable("Alue", "SSS", "KU091", elimination=True)
    time = variable("timeperiod_m", *months, time=True)
    found = layout_of(area, OCCUPATION, time, METRIC, table="12ti_municipalities")
    assert found.codes["timeperiod_m"] == tuple(month for month in months if month.startswith("2025"))


def test_tables_that_the_mart_needs_freeze_and_the_source_is_strict_by_default() -> None:
    assert SOURCE.drift == Drift(Policy.FREEZE, "freeze", "freeze")
    for table, request in SOURCE.tables.items():
        policy = SOURCE.drift_of(request)
        assert not request.required or policy == SOURCE.drift, table
    assert SOURCE.drift_of(SOURCE.tables["11ra"]).unknown_code is Policy.DISCARD_ROW


# ---- source.yml


def test_every_table_says_what_a_catalogue_needs() -> None:
    assert SOURCE.terms
    for table, request in SOURCE.tables.items():
        assert request.citation.endswith(f"StatFin table {request.subject}/{SOURCE.id_of(table)}")
        assert request.lag_days > 0
        assert request.coverage


def test_the_catalogue_of_the_replay_server_has_each_table_and_guesses_what_is_unverified() -> None:
    specs = {spec.id: spec for spec in TABLES}
    assert set(specs) == {SOURCE.id_of(table) for table in SOURCE.tables}
    for table, request in SOURCE.tables.items():
        assert specs[SOURCE.id_of(table)].subject == request.subject
        assert specs[SOURCE.id_of(table)].is_guess is request.unverified, table


def test_a_first_fill_of_the_further_tables_stays_below_190_calls(recordings: Path) -> None:
    """At StatFin's sizes: those of contract statfin, section 8, and 12 codes for a breakdown that nobody has seen."""
    recorded = recordings / "statfin" / "recorded"
    real = msgspec.json.decode((recorded / "12tu__metadata_en_2026-09-14.json").read_bytes(), type=Metadata)
    area, occupation, status, month, _ = real.variables
    areas_of_12r5 = json.loads((recorded / "12r5__metadata_en_2026-09-14.json").read_bytes())["variables"][0]["values"]
    industry = variable(
        "Toimiala", "SSS", *(f"{chr(65 + n // 6)}{n:02d}" for n in range(110)), "A", "C", elimination=True
    )
    bands = variable("kesto", "SSS", *(f"{n:02d}" for n in range(1, 13)), elimination=True)
    reasons = variable("syy", "SSS", *(f"{n:02d}" for n in range(1, 13)), elimination=True)
    education = variable("Koulutusaste", "SSS", *"0123456789", "X", elimination=True)
    sex = variable("Sukupuoli", "SSS", "1", "2", elimination=True)
    age = variable("Ikäryhmät", "SSS", *(f"{n}-{n + 4}" for n in range(15, 65, 5)), elimination=True)
    years = variable("timeperiod_y", *map(str, range(2010, 2024)), time=True)
    quarters = variable("timeperiod_q", *(f"{y}Q{q}" for y in range(2013, 2027) for q in range(1, 5)), time=True)
    groups = sorted(code for code in known_codes()["occupation"] if code.isdigit())
    census_groups = variable("ammatti", "SSSSS", *groups, *(f"{g}." for g in groups if len(g) == 4), elimination=True)
    status_in_employment = variable("ammattiasema", "SS", "1", "2", elimination=True)
    of_12r5 = variable("Alue", *areas_of_12r5, elimination=True)
    others = {
        "12ti_municipalities": (of_12r5, occupation, month),
        "12tu": (area, occupation, status, month),
        "12tv": (area, occupation, SECTOR, DURATION, month),
        "12tw": (area, industry, SECTOR, DURATION, month),
        "12ta": (area, bands, month),
        "12te": (area, education, status, month),
        "12tk": (area, sex, age, occupation, education, month),
        "12tn": (area, reasons, bands, month),
        "11l1": (quarters,),
        "115s": (area, census_groups, sex, years),
        "115q": (census_groups, sex, status_in_employment, years),
        "11ra": (variable("alue_23", *areas_of_12r5, elimination=True), years),
    }
    assert set(others) == {table for table, request in SOURCE.tables.items() if not request.required}
    calls = {}
    for table, variables in others.items():
        request = SOURCE.tables[table]
        metadata = Metadata("t", (*variables, variable("contentscode", *request.contents)))
        calls[table] = len(plan(find_layout(table, request, metadata, SOURCE, known_codes()), 120_000))
    assert calls["12tu"] <= 36
    assert calls["12ti_municipalities"] == 36  # 3 a month, of which it takes 12
    assert sum(calls.values()) + len(calls) < 190, calls  # one call more a table for its metadata

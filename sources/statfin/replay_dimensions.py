"""The variables of the further tables of the replay server: codes, texts, totals.

Belongs here: variables that only tables of `replay_catalogue_more` have; which of them are guesses is said there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sources.statfin.replay_vocabulary import (
    AREA,
    DimensionSpec,
    Text,
    text,
)

TOTAL = text("Yhteensä", "Totalt", "Total")


def _values(english: Mapping[str, str], total: str = "SSS") -> Mapping[str, Text]:
    return {total: TOTAL} | {code: text(said, said, said) for code, said in english.items()}


PROVINCE = replace(AREA, map="Maakunta")
STATUS = DimensionSpec(
    column="Tyomarkkina_asema",
    code="Työmarkkina-asema",
    text=text("Työmarkkina-asema", "Ställning på arbetsmarknaden", "Labour market status"),
    total="SSS",
    value_texts=_values(
        {
            "1": "At work",
            "2": "Unemployed jobseekers",
            "3": "Outside labour force",
            "4": "On unemployment pension",
            "X": "Unknown",
        }
    ),
)
SECTOR = DimensionSpec(
    column="Sektori",
    code="Työnantajan sektori",
    text=text("Työnantajan sektori", "Arbetsgivarens sektor", "Employer sector"),
    total="SSS",
    value_texts=_values(
        {
            "01": "State",
            "02": "Municipality",
            "03": "Private, excl. company",
            "04": "Company",
            "05": "Household",
            "06": "Joint municipal authority",
            "07": "Wellbeing services county",
            "X": "Unknown",
        }
    ),
)
JOB_DURATION = DimensionSpec(
    column="Tyon_kesto",
    code="Työpaikan työn kesto",
    text=text("Työpaikan työn kesto", "Arbetets längd", "Duration of the job"),
    total="SSS",
    value_texts=_values(
        {
            "00": "Not known",
            "01": "Under 11 days",
            "02": "11 days to 1 month",
            "03": "1-3 months",
            "04": "3-6 months",
            "05": "6-12 months",
            "06": "Over 12 months",
            "X": "Unknown",
        }
    ),
)
INDUSTRY = DimensionSpec(
    column="Toimiala", code="Toimiala", text=text("Toimiala", "Näringsgren", "Industry"), total="SSS"
)
DURATION = DimensionSpec(
    column="Tyottomyyden_kesto",
    code="Työttömyyden kesto",
    text=text("Työttömyyden kesto", "Arbetslöshetens längd", "Duration of unemployment"),
    total="SSS",
    value_texts=_values(
        {
            "01": "Under 1 month",
            "02": "1-2 months",
            "03": "2-3 months",
            "04": "3-6 months",
            "05": "6-12 months",
            "06": "12-24 months",
            "07": "Over 24 months",
        }
    ),
)
REASON = DimensionSpec(
    column="Paattymissyy",
    code="Työttömyyden päättymissyy",
    text=text("Työttömyyden päättymissyy", "Orsak till att arbetslösheten upphört", "Reason for ending"),
    total="SSS",
    value_texts=_values({"01": "Job in the open market", "02": "Placed by a service", "03": "Training", "04": "Other"}),
)
EDUCATION = DimensionSpec(
    column="Koulutusaste",
    code="Koulutusaste",
    text=text("Koulutusaste", "Utbildningsnivå", "Level of education"),
    total="SSS",
    value_texts=_values(
        {
            "1": "Comprehensive",
            "3": "Upper secondary",
            "5": "Lowest tertiary",
            "6": "Lower tertiary",
            "7": "Higher tertiary",
            "8": "Researcher",
            "X": "Unknown",
        }
    ),
)
AGE = DimensionSpec(
    column="Ikaryhma",
    code="Ikäryhmät",
    text=text("Ikäryhmä", "Åldersgrupp", "Age group"),
    total="SSS",
    value_texts=_values({"15-24": "15-24", "25-54": "25-54", "55-64": "55-64"}),
)
CENSUS_OCCUPATION = DimensionSpec(
    column="Ammatti",
    code="ammatti_104_20161021",
    text=text("Ammattiryhmä", "Yrkesgrupp", "Occupational group"),
    total="SSSSS",
    labels="ammatti_*.csv",
)
EMPLOYMENT_STATUS = DimensionSpec(
    column="Ammattiasema",
    code="ammattiasema_7_20121201",
    text=text("Ammattiasema", "Yrkesställning", "Status in employment"),
    total="SS",
    value_texts=_values({"1": "Wage and salary earners", "2": "Entrepreneurs"}, total="SS"),
)
CENSUS_REGION = DimensionSpec(
    column="Alue",
    code="alue_28_20250101",
    text=text("Alue", "Område", "Area"),
    total="SSS",
    map="Maakunta 2025",
    labels="tyonv_alue_*_in_api_order.csv",
)
EVERY_AREA = DimensionSpec(
    column="Alue",
    code="alue_23_20260101",
    text=text("Alue", "Område", "Area"),
    total="SSS",
    map="Alueet 2026",
    labels="alue_23_*_texts.csv",
)

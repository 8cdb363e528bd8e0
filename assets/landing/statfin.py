"""StatFin: one landing per table of sources/statfin/source.yml.

Thin on purpose: pulling is sources/statfin/client.py, reading is sources/statfin/parse.py, judging is
quality/landing.py.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import dagster as dg
import msgspec

from assets.classification import known_codes
from assets.folder import DataFolder
from assets.landing.asset import landing_asset
from assets.landing.intake import Breaker, Feed
from assets.quality_checks import one_check_result
from assets.source_tables import source_table
from assets.tables import landed_summary
from quality.landing import GATES, Content, ContentKind, Frequency, LandedExpectation
from quality.result import CheckResult
from sources.http import PoliteSession
from sources.statfin.client import StatFinClient
from sources.statfin.schema import Source, TableRequest, load_source

Report = Callable[[str], None]


@dataclass
class StatFinService:
    """Where StatFin is, and the session that calls it. One client for all tables of a run: it asks for the service's
    limits once, and each call counts against them.

    `px_url` stands for the address of whole tables in source.yml where it is given, and `windows` (table -> newest
    periods) for the windows there: a sample has fewer."""

    base_url: str
    session: PoliteSession
    px_url: str | None = None
    windows: Mapping[str, int] = field(default_factory=dict)
    breaker: Breaker = field(default_factory=Breaker)
    _client: StatFinClient | None = None
    _report: Report = logging.getLogger(__name__).info

    def client(self, source: Source, folder: DataFolder, report: Report) -> StatFinClient:
        """The client of this run, made for `source` when it is first asked for; from now on it tells `report` how it
        goes."""
        self._report = report
        if self._client is None:
            windowed = {
                table: msgspec.structs.replace(source.tables[table], window=window)
                for table, window in self.windows.items()
                if table in source.tables
            }
            self._client = StatFinClient(
                msgspec.structs.replace(
                    source, px_url=self.px_url or source.px_url, tables={**source.tables, **windowed}
                ),
                session=self.session,
                archive=folder.archive,
                known=known_codes(),
                base_url=self.base_url,
                report=lambda line: self._report(line),
            )
        return self._client


def statfin_assets() -> list[dg.AssetsDefinition]:
    """The asset `raw_statfin__<table>` of every table in sources/statfin/source.yml."""
    source = load_source()
    return [_asset(source, table, request) for table, request in source.tables.items()]


def statfin_feed(service: StatFinService, folder: DataFolder, report: Report, *, source: Source, table: str) -> Feed:
    """The table's feed from `service`."""
    from sources.statfin.landed import is_landed, landed_schema
    from sources.statfin.parse import land

    request = source.tables[table]
    client = service.client(source, folder, report)
    return Feed(
        source=source.source,
        table=table,
        is_required=request.required,
        gates=GATES,
        pull=lambda again: client.pull(table, again=again),
        land=lambda vintage, target: land(vintage, folder.archive, source, target),
        is_landed=lambda target: is_landed(target, request),
        schema=lambda: landed_schema(request),
        judge=partial(_judge, table, request),
        breaker=service.breaker,
    )


def expectation_of(table: str, request: TableRequest) -> LandedExpectation:
    """What quality/ must know of a table, taken from source.yml and the seeds."""
    codes = known_codes()
    keys = tuple(column for column in request.key_columns if column != "period")
    return LandedExpectation(
        table=table,
        keys=keys,
        contents=tuple(
            Content(
                code.lower(), ContentKind(content.kind), is_suppressed=content.suppressed, is_optional=content.optional
            )
            for code, content in request.contents.items()
        ),
        frequency=Frequency(request.frequency),
        known_codes={key: codes[role] for key in keys if (role := key.removesuffix("_code")) in codes},
        is_open=load_source().drift_of(request).unknown_code != "freeze",
    )


def occupation_total_checks() -> list[dg.AssetChecksDefinition]:
    """The rule that needs two tables: 12ti's occupation total is 12r5. It only warns of municipalities, which the mart
    can do without."""
    return [_occupation_total_check("12ti"), _occupation_total_check("12ti_municipalities")]


def _occupation_total_check(table: str) -> dg.AssetChecksDefinition:
    asset, name = f"raw_statfin__{table}", "occupation_total_equals_12r5"
    is_required = load_source().tables[table].required

    @dg.asset_check(
        name=name,
        asset=asset,
        additional_deps=["raw_statfin__12r5"],
        blocking=is_required,
        description=f"The occupation total of {table} equals 12r5 in every area and month, both measures (gate G2).",
    )
    def occupation_total(data_folder: dg.ResourceParam[DataFolder]) -> dg.AssetCheckResult:
        from quality.landing import judge_landed_pair
        from quality.result import Severity

        if not is_required and data_folder.vintages.newest(load_source().source, table) is None:
            return dg.AssetCheckResult(
                asset_key=dg.AssetKey(asset), check_name=name, passed=True, description="There is no vintage to judge."
            )
        severity = Severity.BLOCK if is_required else Severity.WARN
        landed = (newest_landed(data_folder, of) for of in (table, "12r5"))
        return one_check_result(judge_landed_pair(*landed, table=table, severity=severity), asset=asset, name=name)

    return occupation_total


def newest_landed(folder: DataFolder, table: str) -> Path:
    """The landed file of the table's newest vintage. Raises FileNotFoundError when there is none."""
    vintage = folder.vintages.newest(load_source().source, table)
    if vintage is None:
        raise FileNotFoundError(f"statfin {table}: no vintage yet. Materialize raw_statfin__{table} first.")
    return folder.landed_file(vintage.source, table, vintage.vintage_id)


def _asset(source: Source, table: str, request: TableRequest) -> dg.AssetsDefinition:
    described = source_table(source.source, table)
    return landing_asset(
        described,
        resource="statfin",
        open_feed=partial(statfin_feed, source=source, table=table),
        gates=GATES,
        summary=partial(landed_summary, contents=_columns(request)),
        about=(
            f"{request.title} (StatFin {request.subject}/{source.id_of(table)}). "
            + ("Pulled whole" if request.window is None else f"Its newest {request.window} {request.frequency}s pulled")
            + " when the source has released something new, kept as received, landed as typed Parquet per vintage. "
            "NULL: the source withholds a count of 1-4."
            + ("" if described.is_verified else " The table's shape was never seen; it may turn out to be another.")
        ),
        address=f"{source.base_url}/{source.language}/StatFin/{request.subject}/{source.id_of(table)}.px",
    )


def _judge(table: str, request: TableRequest, landed: Path) -> list[CheckResult]:
    from quality.landing import judge_landing

    return judge_landing(landed, expectation_of(table, request))


def _columns(request: TableRequest) -> Sequence[str]:
    return tuple(code.lower() for code in request.contents)

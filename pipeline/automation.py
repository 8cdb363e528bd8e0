"""When the job runs by itself. Both are shipped switched off; analysts switch them on in the UI."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import dagster as dg

from pipeline.jobs import refresh_mart

HELSINKI = ZoneInfo("Europe/Helsinki")
RELEASE_MINUTES = (time(7, 55), time(8, 15))  # StatFin publishes at 08:00; the service is busy around it

release_schedule = dg.ScheduleDefinition(
    name="release_days",
    job=refresh_mart,
    cron_schedule="20 8 18-28 * *",
    execution_timezone="Europe/Helsinki",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="08:20 in Helsinki on days 18-28, when Statistics Finland releases its employment service statistics.",
)


@dg.sensor(
    name="statfin_release",
    job=refresh_mart,
    minimum_interval_seconds=1800,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Asks StatFin, one cell per table, whether it has released something new, and starts the job if so.",
)
def statfin_release_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """A run request when any table's `updated` differs from our newest vintage's; the same news once a day, so that a
    run that failed is tried again, but not every half hour."""
    from pipeline.probe import statfin_news
    from pipeline.settings import Settings

    begin, end = RELEASE_MINUTES
    if begin <= datetime.now(HELSINKI).time() <= end:
        return dg.SkipReason("StatFin is releasing about now; asking again after 08:15.")
    news = statfin_news(Settings.load())
    if not news:
        return dg.SkipReason("No table of StatFin has a newer release than our vintages.")
    reason = "; ".join(f"{table} {why}" for table, why in news.items())
    context.log.info(f"new at StatFin: {reason}")
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=f"{today()} {reason}", tags={"kohtaanto/news": reason})])


def today() -> date:
    """The date in Helsinki."""
    return datetime.now(HELSINKI).date()

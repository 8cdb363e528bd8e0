"""When the jobs run by themselves. All are shipped switched off; analysts switch them on in the UI."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import dagster as dg

from pipeline.jobs import check_classifications, refresh_mart

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

postings_schedule = dg.ScheduleDefinition(
    name="daily_postings",
    job=refresh_mart,
    cron_schedule="40 5 * * *",
    execution_timezone="Europe/Helsinki",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description=(
        "05:40 in Helsinki each day: job postings have a state a day, and a day without a pull is a day without a "
        "count. The other sources are asked too, which costs one call a table when they have nothing new."
    ),
)

classifications_schedule = dg.ScheduleDefinition(
    name="monthly_classifications",
    job=check_classifications,
    cron_schedule="0 7 3 * *",
    execution_timezone="Europe/Helsinki",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="07:00 in Helsinki on the third of each month; new divisions come with the new year.",
)


@dg.sensor(
    name="source_release",
    job=refresh_mart,
    minimum_interval_seconds=1800,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description=(
        "Asks StatFin (one cell per table) and, where it may, the barometer (one call) whether they have released "
        "something new, and starts the job if so. Job postings have a schedule instead: they are new every day."
    ),
)
def source_release_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """A run request when a source has something newer than our newest vintage; the same news once a day, so that a run
    that failed is tried again, but not every half hour."""
    from pipeline.probe import source_news
    from pipeline.settings import Settings

    begin, end = RELEASE_MINUTES
    if begin <= datetime.now(HELSINKI).time() <= end:
        return dg.SkipReason("StatFin is releasing about now; asking again after 08:15.")
    news = source_news(Settings.load(), report=context.log.info)
    if not news:
        return dg.SkipReason("No source has a newer release than our vintages.")
    reason = "; ".join(f"{table} {why}" for table, why in news.items())
    context.log.info(f"new at the sources: {reason}")
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=f"{today()} {reason}", tags={"kohtaanto/news": reason})])


def today() -> date:
    """The date in Helsinki."""
    return datetime.now(HELSINKI).date()

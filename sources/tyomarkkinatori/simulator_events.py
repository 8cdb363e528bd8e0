"""The invented life of job postings: when each opens, closes and expires, where it is, what it is for.

Belongs here: the random draws and their parameters, all of them invented so that the whole looks Finnish: durations
about three weeks, 1.9 openings a posting, care, cleaning, sales and trades in front, other trades in other regions. The
codes come from the caller; how a line is written is `simulator`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

HELSINKI = ZoneInfo("Europe/Helsinki")
SECOND = 1_000_000  # microseconds
DAY = 86_400 * SECOND
NEVER = np.iinfo(np.int64).max

WARM_UP = 160  # days before the history, so that it begins with old postings as well
WEEKDAYS = np.array([1.35, 1.3, 1.3, 1.25, 1.2, 0.35, 0.25])  # share of a day's openings, Monday first
SHAPE, SCALE = 1.25, 28.0  # Weibull, days: the planned time online
WITHOUT_DEADLINE = 0.05
FILLED_EARLY = 0.22  # archived before the deadline
ARCHIVED_LATE = 0.12  # archived up to three days after the deadline, else within minutes

REGION_WEIGHTS: Mapping[str, float] = {  # percent of postings
    "01": 31.0,
    "02": 9.0,
    "04": 3.6,
    "05": 2.7,
    "06": 9.8,
    "07": 3.5,
    "08": 2.6,
    "09": 2.1,
    "10": 2.4,
    "11": 4.7,
    "12": 2.9,
    "13": 4.6,
    "14": 3.4,
    "15": 3.8,
    "16": 1.4,
    "17": 6.6,
    "18": 1.5,
    "19": 4.9,
    "21": 0.5,
}
CITIES = {"091": 160.0, "049": 60.0, "092": 60.0, "837": 70.0, "853": 60.0, "564": 60.0}  # a village has about 1
CENTRES = frozenset(
    ("609", "109", "398", "286", "405", "491", "297", "167", "179", "743", "905", "272", "205", "698", "478")
)
OCCUPATION_WEIGHTS: Mapping[str, float] = {  # by ISCO-08 unit group; every other group gets a small one
    "5321": 14,
    "5322": 8,
    "2221": 7,
    "9112": 8,
    "5223": 9,
    "5120": 5,
    "9411": 4,
    "2342": 5,
    "5311": 4,
    "2341": 4,
    "7115": 4,
    "7411": 4,
    "7231": 4,
    "8332": 5,
    "8322": 3,
    "3322": 5,
    "4110": 3,
    "2512": 5,
    "2211": 3,
    "2635": 3,
    "6113": 2,
}
OTHER_WEIGHT = 0.12
OPENINGS, OPENING_SHARES = (1, 2, 3, 5, 10, 20), (0.73, 0.12, 0.062, 0.05, 0.024, 0.014)

Times = NDArray[np.int64]  # microseconds since 1970 in UTC
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lives:
    """Times of postings, one value each; NEVER = none. `archived` may lie in the future of the default clock."""

    created: Times
    published: Times
    modified: Times
    expires: Times
    archived: Times

    @property
    def closed(self) -> Times:
        """When each stops being open: archived or past its deadline, whichever is first."""
        return np.minimum(self.archived, self.expires)

    def part(self, chosen: NDArray[np.bool_]) -> Lives:
        """The chosen ones."""
        return Lives(
            self.created[chosen],
            self.published[chosen],
            self.modified[chosen],
            self.expires[chosen],
            self.archived[chosen],
        )


def draw_lives(rng: np.random.Generator, *, clock: datetime, history: int, future: int, open_postings: int) -> Lives:
    """Postings from a steady flow with about `open_postings` open at `clock`.

    Kept are those that were still there `history` days before the clock, and those that open until `future` days after.
    """
    now = (clock - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    days = np.arange(-history - WARM_UP, future + 1)
    shares = WEEKDAYS[(days + clock.weekday()) % 7] / WEEKDAYS.mean()
    pilot = _lives(rng, now - now % DAY - 60 * DAY + rng.integers(0, 7, 20_000) * DAY)
    stay = float((pilot.closed - pilot.published).mean()) / DAY
    births = rng.poisson(open_postings / stay * shares)
    lives = _lives(rng, now - now % DAY + np.repeat(days, births) * DAY)
    kept = (lives.archived > now - history * DAY) & (lives.published <= now + future * DAY)
    return lives.part(kept)


def _lives(rng: np.random.Generator, days: Times) -> Lives:
    """Lives that begin on these days (midnights UTC), in the daytime."""
    size = len(days)
    created = days + (rng.normal(9.5, 2.2, size).clip(3.5, 20) * 3600 * SECOND).astype(np.int64)
    created += rng.integers(0, SECOND, size)
    published = created + rng.choice([1, 1, 1, 3600, 86_400], size) * SECOND
    stay = (SCALE * rng.weibull(SHAPE, size)).clip(1, 180)
    expires = _local_midnights(published + (stay * DAY).astype(np.int64))
    late = np.where(rng.random(size) < ARCHIVED_LATE, rng.integers(3600, 3 * 86_400, size), rng.integers(60, 900, size))
    archived = expires + late * SECOND + rng.integers(0, SECOND, size)
    early = rng.random(size) < FILLED_EARLY
    share = rng.uniform(0.2, 1.0, size)
    archived = np.where(early, published + ((expires - published) * share).astype(np.int64), archived)
    edited = published + ((np.minimum(archived, expires) - published) * rng.uniform(0.02, 0.9, size)).astype(np.int64)
    modified = np.where(rng.random(size) < 0.3, edited, created)
    expires = np.where(rng.random(size) < WITHOUT_DEADLINE, NEVER, expires)
    return Lives(created, published, modified, expires, archived)


def _local_midnights(times: Times) -> Times:
    """The last second of the Helsinki day of each time."""
    first, last = int(times.min() // DAY) - 1, int(times.max() // DAY) + 2
    start = date(1970, 1, 1)
    ends = []
    for day in range(first, last):
        local = datetime.combine(start + timedelta(days=day), time(23, 59, 59), tzinfo=HELSINKI)
        ends.append(int(local.timestamp()) * SECOND)
    table = np.array(ends, dtype=np.int64)
    return table[np.searchsorted(table, times)]


def draw_places(
    rng: np.random.Generator, regions: Sequence[str], municipalities: Mapping[str, Sequence[str]], size: int
) -> tuple[Rows, list[str]]:
    """The region (row of `regions`) and the municipality of each posting; `municipalities`: region -> its codes."""
    weights = np.array([REGION_WEIGHTS.get(region, 0.5) for region in regions])
    where = rng.choice(len(regions), size, p=weights / weights.sum())
    chosen = np.empty(size, dtype=object)
    for row, region in enumerate(regions):
        codes = municipalities[region]
        sizes = [CITIES.get(code, 22.0 if code in CENTRES else 1.0) for code in codes]
        weight = rng.lognormal(0.0, 0.4, len(codes)) * sizes
        here = where == row
        chosen[here] = rng.choice(np.array(codes, dtype=object), int(here.sum()), p=weight / weight.sum())
    return where, chosen.tolist()


def draw_occupations(rng: np.random.Generator, groups: Sequence[str], where: Rows, regions: int) -> Rows:
    """The unit group (row of `groups`) of each posting, from a mix of its own in every region."""
    base = np.array([OCCUPATION_WEIGHTS.get(group, OTHER_WEIGHT) for group in groups])
    chosen = np.empty(len(where), dtype=np.int64)
    for row in range(regions):
        weight = base * rng.lognormal(0.0, 0.5, len(groups))
        here = where == row
        chosen[here] = rng.choice(len(groups), int(here.sum()), p=weight / weight.sum())
    return chosen

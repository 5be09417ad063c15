"""Months, periods, working days and the local date on which the law counts.

The law counts in Dutch days: an instant is stored in UTC, its legal date is the date in Europe/Amsterdam.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pandas as pd
from dateutil.easter import easter

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

#: First lodging date under the EU Pact (Regulation 2024/1348 art. 79; not read in full, see docs/reference/law.md).
PACT_START = date(2026, 6, 12)

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Now, in UTC. Everything that needs the time takes a clock, so that tests can hand in another."""
    return datetime.now(UTC)


def local_date(instant: datetime) -> date:
    """Legal date of an instant: 2026-06-11T22:30Z is 12 June in The Hague.

    Raises ValueError for an instant without time zone: guessing one would move deadlines.
    """
    if instant.tzinfo is None:
        raise ValueError("The instant has no time zone. Give one, for example 2026-06-12T09:00:00+02:00.")
    return instant.astimezone(AMSTERDAM).date()


def add_months(start: date, months: int) -> date:
    """Same day `months` later, or the last day of that month: 31 August + 6 months = 28 February."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = start.day if start.day <= 28 else min(start.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day)


@cache
def general_holidays(year: int) -> frozenset[date]:
    """The general holidays of a year from 1980, with Good Friday, which the law puts on a par with them.

    Every 5 May is one in the law, whatever collective agreements say. Days that a royal decree puts on a par
    (art. 3(3), as a rule the Friday after Ascension Day) are left out: no list of them was read, and without
    them a deadline comes early rather than late. Written out here because the package `holidays`, against which
    the tests hold this, keeps 5 May once in five years and takes a second to load.

    Source: Algemene termijnenwet art. 3.
    """
    sunday = easter(year)
    moving = [sunday + timedelta(days=days) for days in (-2, 1, 39, 50)]  # Good Friday to Whit Monday
    return frozenset([date(year, 1, 1), *moving, _royal_birthday(year), date(year, 5, 5), *_christmas(year)])


def _royal_birthday(year: int) -> date:
    """The day on which the birthday of the sovereign is kept: never a Sunday."""
    day = date(year, 4, 27) if year >= 2014 else date(year, 4, 30)
    return day - timedelta(days=1) if day.weekday() == 6 else day


def _christmas(year: int) -> tuple[date, date]:
    return date(year, 12, 25), date(year, 12, 26)


def is_working_day(day: date) -> bool:
    """Neither Saturday, Sunday nor general holiday."""
    return day.weekday() < 5 and day not in general_holidays(day.year)


def next_working_day(day: date) -> date:
    """`day` itself where it is a working day, else the first one after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def add_working_days(start: date, count: int) -> date:
    """The `count`-th working day after `start`; `start` itself does not count."""
    day = start
    for _ in range(count):
        day = next_working_day(day + timedelta(days=1))
    return day


def extended(start: date, end: date) -> date:
    """Last day of a statutory term that ran from `start` to `end`, moved as the Algemene termijnenwet says.

    A last day on a Saturday, Sunday or general holiday moves to the next working day (art. 1(1)). A term of at
    least three days holds at least two working days (art. 2). Not for terms of more than 90 days, twelve weeks
    or three months (art. 4): whoever calls this has looked at that.
    """
    if (end - start).days >= 3:
        end = max(end, add_working_days(start, 2))
    return next_working_day(end)


def month_text(moment: date | pd.Timestamp | pd.Period) -> str:
    """A month as it stands in tables: "2026-11"."""
    return f"{moment.year:04d}-{moment.month:02d}"


def months_ahead(last: str, count: int) -> list[str]:
    """The `count` months after `last`, as text: months_ahead("2025-12", 2) = ["2026-01", "2026-02"]."""
    return [str(p) for p in pd.period_range(last, periods=count + 1, freq="M")[1:]]

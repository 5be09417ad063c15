"""Months, periods and the local date on which the law counts.

The law counts in Dutch days: an instant is stored in UTC, its legal date is the date in Europe/Amsterdam.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pandas as pd

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
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def month_text(moment: date | pd.Timestamp | pd.Period) -> str:
    """A month as it stands in tables: "2026-11"."""
    return f"{moment.year:04d}-{moment.month:02d}"


def months_ahead(last: str, count: int) -> list[str]:
    """The `count` months after `last`, as text: months_ahead("2025-12", 2) = ["2026-01", "2026-02"]."""
    return [str(p) for p in pd.period_range(last, periods=count + 1, freq="M")[1:]]

"""The law of terms once more, slow and plain: it walks the calendar day by day and reads none of the rule files.

Only for tests. Nothing is shared with triage.law.terms or triage.domain.calendar; the moving holidays come from
the package `holidays`, every other day of the Algemene termijnenwet is written out.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

import holidays

DAY = timedelta(days=1)
PACT = date(2026, 6, 12)
Facts = Mapping[str, object]
Span = tuple[date | None, date | None]
NOTHING: Span = (None, None)

#: Every day off of 1989-2070: Sundays among them do no harm, 5 May is one each year.
DAYS_OFF = set(holidays.country_holidays("NL", years=range(1989, 2071))) | {date(y, 5, 5) for y in range(1989, 2071)}


#: Every first of a month, found on one walk through the calendar.
FIRSTS = [day for day in (date(1989, 1, 1) + n * DAY for n in range(31_000)) if day.day == 1]


def is_open(day: date) -> bool:
    """A day on which offices work."""
    return day.weekday() not in (5, 6) and day not in DAYS_OFF


@cache
def walk_days(start: date, count: int) -> date:
    """Day by day."""
    day = start
    for _ in range(count):
        day += DAY
    return day


@cache
def walk_open_days(start: date, count: int) -> date:
    """Day by day, counting only open ones."""
    day = start
    while count:
        day += DAY
        if is_open(day):
            count -= 1
    return day


@cache
def walk_months(start: date, count: int) -> date:
    """From one first of the month to the next, then on to the same day number or the last day of that month."""
    day = start
    for first in FIRSTS[bisect_right(FIRSTS, start) :][:count]:
        day = first
    while day.day < start.day and (day + DAY).month == day.month:
        day += DAY
    return day


@cache
def two_weeks_moved(start: date) -> date:
    """Two weeks that end on a day on which offices work, with two such days in them."""
    day = walk_days(start, 14)
    while not is_open(day) or sum(is_open(start + n * DAY) for n in range(1, (day - start).days + 1)) < 2:
        day += DAY
    return day


def stand_still(start: date, end: date, facts: Facts, limit: date | None) -> date | None:
    """Walk the term again: the days of the suspension do not count, but nothing goes beyond the limit."""
    begins, until = facts.get("suspended_from"), facts.get("suspended_until")
    if not isinstance(begins, date) or begins > end:
        return end
    if not isinstance(until, date):
        return None
    return walk_around(start, end, begins, until, limit)


@cache
def walk_around(start: date, end: date, begins: date, until: date, limit: date | None) -> date:
    """Day by day through the term, counting only the days outside the suspension."""
    left, day = (end - start).days, start
    while left:
        day += DAY
        if not begins <= day <= until:
            left -= 1
    return day if limit is None or day <= limit else max(end, limit)


def on(facts: Facts, name: str) -> date | None:
    """The day of an event."""
    day = facts.get(name)
    return day if isinstance(day, date) else None


def blanket(lodged: date) -> str:
    """The blanket extension for a lodging date."""
    if date(2022, 3, 27) <= lodged <= date(2022, 12, 31):
        return "WBV2022-22"
    if lodged.year == 2023:
        return "WBV2023-3"
    return "WBV2023-26" if lodged.year == 2024 else ""


def has_limit(route: str) -> bool:
    """Whether no suspension reaches beyond 21 months, and an extension is possible."""
    return route.startswith("PRE-S4") or route in ("PRE-HASA", "PRE-BORDER", "PACT-REG")


def deadlines(lodged: date, route: str, facts: Facts) -> Span:
    """(applied, lawful) of a route, from the articles themselves."""
    start = on(facts, "found_responsible_on") or lodged
    if route in ("PRE-S1-DUBLIN", "PACT-RESP"):
        if on(facts, "found_responsible_on") is None:
            return NOTHING
        end = stand_still(start, walk_months(start, 6), facts, None)
        return end, end
    if has_limit(route):
        return _with_extensions(lodged, start, route, facts)
    if route == "PACT-INADM":
        end = stand_still(lodged, walk_months(lodged, 2), facts, None)
    elif route == "PACT-INADM-LATE":
        end = stand_still(lodged, walk_open_days(lodged, 10), facts, None)
    elif route == "PACT-ACC":
        end = stand_still(lodged, walk_months(lodged, 3), facts, None)
    else:
        assert route == "PACT-BORDER"
        begin = on(facts, "registered_on") or lodged
        end = stand_still(begin, walk_days(begin, 84), facts, None)
    return end, end


def _with_extensions(lodged: date, start: date, route: str, facts: Facts) -> Span:
    limit = walk_months(lodged, 21)
    more = 6 if route == "PACT-REG" else 9
    plain = stand_still(start, walk_months(start, 6), facts, limit)
    longer = stand_still(start, walk_months(start, 6 + more), facts, limit)
    told = on(facts, "decided_extension_on")
    in_time = told is not None and (plain is None or told <= plain)
    order = blanket(lodged) if route.startswith("PRE-S4") else ""
    applied = longer if order or told else plain
    lawful = longer if in_time or order in ("WBV2022-22", "WBV2023-3") else plain
    return applied, lawful


def is_listed(term: str, lodged: date, route: str, facts: Facts) -> bool:
    """Whether an officer sees a clock that is not in the list of every case."""
    told, stands = on(facts, "decided_extension_on"), on(facts, "suspended_from")
    if term in ("VW42-1", "APR35-4"):  # an extension took its place, as applied and as lawful
        order = blanket(lodged) if route.startswith("PRE-S4") else ""
        if order in ("WBV2022-22", "WBV2023-3"):
            return False
        return told is None or not has_limit(route) or told_late(lodged, route, facts)
    if term == "VW42-5":
        return told is not None
    if term in ("VW43", "APR35-7"):
        return stands is not None
    if term == "DW-ADM":
        return lodged < date(2020, 7, 10)
    assert term == "PR43-2"
    return lodged >= date(2015, 7, 20)


def told_late(lodged: date, route: str, facts: Facts) -> bool:
    """Whether the extension came after the first six months, suspensions left out."""
    told, start = on(facts, "decided_extension_on"), on(facts, "found_responsible_on") or lodged
    plain = stand_still(start, walk_months(start, 6), facts, walk_months(lodged, 21))
    return told is not None and plain is not None and told > plain


def clock(term: str, lodged: date, route: str, facts: Facts) -> Span:
    """(start, end) of one clock, from its article."""
    hit, request = on(facts, "hit_received_on"), on(facts, "request_received_on")
    responsible, registered = on(facts, "found_responsible_on"), on(facts, "registered_on")
    accepted, told, detained = on(facts, "accepted_on"), on(facts, "decided_extension_on"), facts.get("detained")
    limit = walk_months(lodged, 21) if has_limit(route) else None
    start = responsible or lodged

    def still(begin: date | None, end_of) -> Span:
        return NOTHING if begin is None else (begin, stand_still(begin, end_of(begin), facts, limit))

    def plain(begin: date | None, end_of) -> Span:
        return NOTHING if begin is None else (begin, end_of(begin))

    if term in ("VW42-1", "APR35-4"):
        if route == "PACT-RESP" and responsible is None:
            return NOTHING
        return still(start, lambda day: walk_months(day, 6))
    if term.startswith("WBV"):
        return still(start, lambda day: walk_months(day, 15))
    if term == "VW42-4":
        return still(start, lambda day: walk_months(day, 15)) if told else NOTHING
    if term == "VW42-5":
        return still(start, lambda day: walk_months(day, 18)) if told else NOTHING
    if term == "APR35-5":
        return still(start, lambda day: walk_months(day, 12)) if told else NOTHING
    if term == "VW42-6":
        return still(responsible, lambda day: walk_months(day, 6))
    if term in ("VW43", "APR35-7"):
        return plain(lodged, lambda day: walk_months(day, 21))
    if term == "PR43-2":
        return plain(lodged, lambda day: walk_days(day, 28))
    if term == "RVT":
        return plain(registered, lambda day: walk_days(day, 6))
    if term == "REG":
        return plain(on(facts, "apprehended_on"), lambda day: walk_open_days(day, 3))
    if term in ("D3-TC", "D3-TB"):
        return plain(hit, lambda day: walk_months(day, 2)) if hit else plain(lodged, lambda day: walk_months(day, 3))
    if term == "D3-TC-R":
        return plain(request, lambda day: walk_months(day, 2))
    if term == "D3-TB-R":
        return plain(request, lambda day: walk_days(day, 14) if hit else walk_months(day, 1))
    if term in ("D3-TR", "AMM46-1"):
        return plain(accepted, lambda day: walk_months(day, 6))
    if term == "APR35-1":
        return still(lodged, lambda day: walk_months(day, 2))
    if term == "APR35-1E":
        return still(lodged, lambda day: walk_open_days(day, 10))
    if term == "APR35-3":
        return still(lodged, lambda day: walk_months(day, 3))
    if term == "APR51":
        return still(registered, lambda day: walk_days(day, 84))
    if term == "AMM39-1":
        return NOTHING if hit else plain(registered, lambda day: walk_months(day, 2))
    if term == "AMM39-1B":
        return plain(hit, lambda day: walk_months(day, 1))
    if term == "AMM40-1":
        if detained is True:
            return plain(request, lambda day: walk_days(day, 7))
        return NOTHING if hit else plain(request, lambda day: walk_months(day, 1))
    if term == "AMM40-2":
        return plain(request, lambda day: walk_days(day, 14)) if hit else NOTHING
    if term == "AMM41-1":
        return plain(hit, lambda day: walk_days(day, 14))
    if term == "AMM41-3":
        return plain(on(facts, "notification_received_on"), lambda day: walk_days(day, 14))
    if term == "AMM42-1":
        return plain(accepted, lambda day: walk_days(day, 14))
    if term == "AMM45":
        return plain(registered, lambda day: walk_days(day, 14)) if detained is True else NOTHING
    return _after_the_term(term, lodged, route, facts)


def _after_the_term(term: str, lodged: date, route: str, facts: Facts) -> Span:
    notice, ruling, heard = on(facts, "notice_of_default_on"), on(facts, "ruling_on"), on(facts, "interviewed_on")
    lawful = deadlines(lodged, route, facts)[1]
    if term in ("IGS", "DW-ADM"):
        if notice is None or lawful is None or notice <= lawful:  # no term, or one that still runs: premature
            return NOTHING
        end = two_weeks_moved(notice)
        if term == "IGS":
            return notice, end
        return NOTHING if notice >= date(2020, 7, 10) else (end + DAY, walk_days(end, 42))
    if ruling is None:
        return NOTHING
    end = walk_days(ruling, 56 if heard is not None and heard <= ruling else 112)
    if term == "BNT-TERM":
        return ruling, end
    assert term == "DW-COURT"
    return end + DAY, walk_days(end, 75)

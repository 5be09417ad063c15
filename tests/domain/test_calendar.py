"""Dates as the law counts them: the local day, and months that end where they must."""

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.calendar import (
    PACT_START,
    add_months,
    add_working_days,
    extended,
    general_holidays,
    is_working_day,
    local_date,
    months_ahead,
    next_working_day,
)

DATES = st.dates(date(1990, 1, 1), date(2060, 12, 31))


def test_half_past_ten_in_the_evening_utc_is_the_next_day_in_the_hague():
    assert local_date(datetime(2026, 6, 11, 22, 30, tzinfo=UTC)) == PACT_START


def test_an_instant_without_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        local_date(datetime(2026, 6, 11, 22, 30))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 6, 12), 6, date(2026, 12, 12)),
        (date(2022, 12, 31), 15, date(2024, 3, 31)),
    ],
)
def test_a_term_ends_on_the_same_day_or_the_last_of_the_month(start, months, end):
    assert add_months(start, months) == end


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(0, 60))
def test_adding_months_lands_in_the_right_month_and_never_after_the_start_day(start, months):
    end = add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day <= start.day


def test_months_ahead_run_over_the_turn_of_the_year():
    assert months_ahead("2025-11", 3) == ["2025-12", "2026-01", "2026-02"]


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-03-29T00:59:00+00:00", date(2026, 3, 29)),  # 01:59, just before the clock goes forward
        ("2026-03-28T22:59:00+00:00", date(2026, 3, 28)),  # 23:59 in winter time
        ("2026-03-28T23:00:00+00:00", date(2026, 3, 29)),
        ("2026-03-29T21:59:00+00:00", date(2026, 3, 29)),  # 23:59 in summer time
        ("2026-03-29T22:00:00+00:00", date(2026, 3, 30)),
        ("2026-10-25T00:30:00+00:00", date(2026, 10, 25)),  # 02:30, for the first time
        ("2026-10-25T01:30:00+00:00", date(2026, 10, 25)),  # 02:30, for the second time
        ("2026-10-25T22:59:00+00:00", date(2026, 10, 25)),
        ("2026-10-25T23:00:00+00:00", date(2026, 10, 26)),
        ("2026-06-11T21:59:00+00:00", date(2026, 6, 11)),
        ("2024-02-28T23:30:00+00:00", date(2024, 2, 29)),
    ],
)
def test_the_legal_day_follows_the_clock_of_the_hague_also_in_the_nights_that_it_changes(instant, day):
    assert local_date(datetime.fromisoformat(instant)) == day


def test_the_holidays_of_2026_are_those_of_the_law():
    assert sorted(general_holidays(2026)) == [
        date(2026, 1, 1),
        date(2026, 4, 3),  # Good Friday
        date(2026, 4, 6),
        date(2026, 4, 27),
        date(2026, 5, 5),  # also outside a lustrum year
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 12, 25),
        date(2026, 12, 26),
    ]


@pytest.mark.parametrize("day", [date(1995, 4, 29), date(2000, 4, 29), date(2013, 4, 30), date(2014, 4, 26)])
def test_the_royal_birthday_is_never_kept_on_a_sunday_and_moved_in_2014(day):
    assert day in general_holidays(day.year)


def test_holidays_agree_with_a_package_that_works_them_out_in_another_way():
    theirs = holidays.country_holidays("NL", years=range(1990, 2061))
    sundays = {day for day in theirs if theirs[day] in ("Easter Sunday", "Pentecost")}
    for year in range(1990, 2061):
        expected = {day for day in theirs if day.year == year} - sundays | {date(year, 5, 5)}
        assert general_holidays(year) == expected


@given(DATES)
def test_the_next_working_day_is_the_first_one_and_at_most_five_days_away(day):
    found = next_working_day(day)
    assert is_working_day(found) and 0 <= (found - day).days <= 5
    assert not any(is_working_day(day + timedelta(days=n)) for n in range((found - day).days))


@given(DATES, st.integers(1, 30))
def test_as_many_working_days_lie_up_to_the_last_one_as_were_asked(start, count):
    end = add_working_days(start, count)
    days = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert is_working_day(end) and sum(map(is_working_day, days)) == count


@given(DATES, st.integers(1, 90))
def test_a_statutory_term_is_never_shortened_and_ends_on_a_working_day(start, length):
    plain = start + timedelta(days=length)
    end = extended(start, plain)
    assert end >= plain and is_working_day(end)
    if length >= 3:
        assert sum(is_working_day(start + timedelta(days=n)) for n in range(1, (end - start).days + 1)) >= 2


def test_a_short_term_over_easter_gets_two_working_days():
    # From Maundy Thursday: Good Friday, weekend and Easter Monday leave Tuesday and Wednesday.
    assert extended(date(2026, 4, 2), date(2026, 4, 5)) == date(2026, 4, 8)

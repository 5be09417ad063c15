"""Dates as the law counts them: the local day, and months that end where they must."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.calendar import PACT_START, add_months, local_date, months_ahead


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

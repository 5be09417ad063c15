"""Penalties: dated, three amounts at a time, and never without their definition."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.errors import LawError
from triage.law.penalties import RULES, Claims, cost_of, end_of_notice, read_penalties, regime_on, shipped_penalties

ROWS = shipped_penalties()
DAYS = st.dates(date(1995, 1, 1), date(2045, 1, 1))
CERTAIN = Claims(notice=(1, 1, 1), ruling=(1, 1, 1), weeks_to_ruling=(8, 8, 8))


def due(penalty_id, days):
    return next(row for row in ROWS if row.penalty_id == penalty_id).due(days)[1]


@pytest.mark.parametrize(
    ("days", "eur"), [(0, 0), (1, 23), (14, 322), (15, 357), (28, 812), (29, 857), (42, 1442), (43, 1442), (400, 1442)]
)
def test_the_ladder_goes_up_in_three_steps_of_fourteen_days_and_stops_at_its_maximum(days, eur):
    assert due("ADM-2019", days) == eur


@pytest.mark.parametrize(("days", "eur"), [(-3, 0), (0, 0), (1, 100), (75, 7500), (76, 7500)])
def test_the_judicial_penalty_is_100_a_day_up_to_7_500(days, eur):
    assert due("COURT-2025", days) == eur


def test_a_ruling_of_2024_may_go_up_to_15_000():
    row = regime_on(ROWS, "judicial", date(2024, 12, 31))
    assert row.due(1000) == (7500, 7500, 15000)
    assert regime_on(ROWS, "judicial", date(2025, 1, 1)).due(1000) == (7500, 7500, 7500)


def test_the_administrative_penalty_is_off_for_asylum_from_10_july_2020():
    on, off = (regime_on(ROWS, "administrative", day) for day in (date(2020, 7, 9), date(2020, 7, 10)))
    assert (on.due(42)[1], off.due(42)[1]) == (1442, 0)


def test_the_amounts_before_2019_were_lower():
    assert regime_on(ROWS, "administrative", date(2018, 12, 31)).due(42)[1] == 1260


def test_a_case_of_2020_worked_by_hand():
    # Term until 1 April 2020, notice 2 April, two weeks until Thursday 16 April; 1 May is the 15th day: 322 + 35.
    said = cost_of(date(2020, 4, 1), date(2020, 5, 1), date(2019, 10, 1), notice_on=date(2020, 4, 2))
    assert said.administrative == (357, 357, 357)
    assert said.days_late == 30


def test_a_case_of_2025_worked_by_hand():
    # Ruling 1 October 2025, not heard: 16 weeks until 21 January 2026; 31 January is the 10th day.
    known = {"notice_on": date(2025, 7, 11), "ruling_on": date(2025, 10, 1)}
    said = cost_of(date(2025, 7, 10), date(2026, 1, 31), date(2025, 1, 10), **known)
    assert said.administrative == (0, 0, 0)
    assert said.judicial == (1000, 1000, 1000)
    assert not said.assumed
    heard = cost_of(date(2025, 7, 10), date(2026, 1, 31), date(2025, 1, 10), heard=True, **known)
    assert heard.judicial == (6600, 6600, 6600)  # 8 weeks until 26 November; 66 days


def test_what_the_user_gives_as_a_range_comes_back_as_a_range():
    claims = Claims(ruling=(0.1, 0.2, 0.4), weeks_to_ruling=(8, 8, 8))
    said = cost_of(date(2025, 1, 1), date(2027, 1, 1), date(2024, 7, 1), claims=claims)
    assert said.judicial == pytest.approx((750, 1500, 3000))
    assert said.assumed


def test_a_decision_in_time_costs_nothing():
    assert cost_of(date(2025, 7, 10), date(2025, 7, 10), date(2025, 1, 10)).high == 0


def test_a_premature_notice_does_not_count():
    dates = (date(2020, 4, 1), date(2020, 5, 1), date(2019, 10, 1))
    assert cost_of(*dates, notice_on=date(2020, 4, 1)) == cost_of(*dates)


def test_the_two_weeks_of_a_notice_move_to_a_working_day():
    assert end_of_notice(date(2025, 8, 2)) == date(2025, 8, 18)


def test_no_amount_is_printed_without_its_definition_and_its_basis():
    said = cost_of(date(2025, 1, 1), date(2026, 6, 1), date(2024, 7, 1))
    assert said.definition in str(said)
    assert "aanname" in str(said) and "Awb art. 8:55d" in str(said)


@given(DAYS, st.integers(0, 700), st.integers(0, 1500), st.integers(0, 200), st.booleans())
def test_a_later_decision_is_never_cheaper_and_low_is_never_above_high(lodged, term, late, more, heard):
    deadline = lodged + timedelta(days=term)
    first, second = (
        cost_of(deadline, deadline + timedelta(days=days), lodged, heard=heard) for days in (late, late + more)
    )
    assert 0 <= first.low <= first.middle <= first.high
    for one, other in ((first.low, second.low), (first.middle, second.middle), (first.high, second.high)):
        assert one <= other + 1e-9


@given(DAYS, st.integers(1, 2000))
def test_a_certain_claim_never_costs_more_than_both_maxima(deadline, late):
    said = cost_of(deadline, deadline + timedelta(days=late), deadline, claims=CERTAIN)
    assert said.high <= 1442 + 15_000


@pytest.mark.parametrize(
    "given",
    [
        {"notice": (0.2, 0.5, 1.1)},
        {"ruling": (0.4, 0.2, 0.1)},
        {"notice": (float("nan"), 0.5, 0.6)},
        {"court_costs_eur": (-1.0, 0.0, 0.0)},
        {"weeks_to_ruling": (8, 16, 26)},
        {"notice_after_days": -1},
    ],
    ids=str,
)
def test_claims_that_cannot_be_are_refused(given):
    with pytest.raises(LawError, match="chances rise from low to high"):
        Claims(**given)


def test_a_decision_before_lodging_is_refused():
    with pytest.raises(LawError, match="before the lodging date"):
        cost_of(date(2025, 7, 1), date(2024, 12, 31), date(2025, 1, 1))


def test_a_day_before_the_oldest_row_is_refused():
    with pytest.raises(LawError, match="has no judicial penalty for 1980-01-01"):
        regime_on(ROWS, "judicial", date(1980, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("2019-01-01,2020-07-09", "2019-01-02,2020-07-09", "must start the day after"),
        ("2019-01-01,2020-07-09", "2018-12-01,2020-07-09", "must start the day after"),
        ("0.2,0.35,0.5,yes", "0.2,0.35,1.5,yes", "between 0 and 1"),
        ("0.2,0.35,0.5,yes", "0.5,0.35,0.2,yes", "must not fall"),
        ("23 35 45", "23 35", "impossible value"),
        ("ADM-2019,administrative", "ADM-2019,customary", "expected a kind"),
        ("COURT-2025,judicial,2025-01-01,,", "COURT-2025,judicial,2025-01-01,2025-12-31,", "no judicial penalty holds"),
        ("23 35 45,1442", "23 35 45,nan", "no amount or length is negative"),
        ("23 35 45", "-23 35 45", "no amount or length is negative"),
    ],
)
def test_a_torn_row_is_refused(tmp_path, old, new, complaint):
    place = Path(shutil.copy(RULES / "penalties.csv", tmp_path / "penalties.csv"))
    text = place.read_text("utf8")
    assert old in text
    place.write_text(text.replace(old, new, 1), "utf8")
    with pytest.raises(LawError, match=complaint):
        read_penalties(place)


def test_chances_without_records_are_marked_as_assumptions():
    assert all(row.claim_confidence != "confirmed" for row in ROWS if row.claim[2] > 0)


def test_a_row_that_was_not_read_again_says_so_in_the_basis():
    said = cost_of(date(2015, 1, 1), date(2016, 1, 1), date(2014, 7, 1))
    assert "niet nagelezen" in said.basis[0]

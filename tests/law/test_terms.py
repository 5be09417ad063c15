"""Deadlines: as applied, and as later held lawful."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from law_examples import case

from triage.domain.errors import LawError
from triage.law.book import LawBook
from triage.law.terms import later

LAW = LawBook.load()


def test_the_extension_of_2024_counts_as_applied_and_not_as_lawful():
    said = LAW.deadlines(case("2024-05-01"), "PRE-S4-AA6")
    assert (said.applied, said.lawful) == (date(2025, 8, 1), date(2024, 11, 1))
    assert "WBV 2023/26" in said.applied_basis and "WBV" not in said.lawful_basis
    assert "C-662/23" in said.lawful_basis and "aanname" in said.lawful_basis


def test_the_extension_of_2022_is_lawful_by_assumption_and_says_so():
    said = LAW.deadlines(case("2022-10-01"), "PRE-S4-AA6")
    assert said.applied == said.lawful == date(2024, 1, 1)
    assert "aanname" in said.lawful_basis


@pytest.mark.parametrize(("lodged", "route"), [("2025-01-01", "PRE-S1-DUBLIN"), ("2026-07-01", "PACT-RESP")])
def test_the_term_has_not_started_while_another_state_may_be_responsible(lodged, route):
    said = LAW.deadlines(case(lodged), route)
    assert said.applied is said.lawful is None
    assert "pas als Nederland verantwoordelijk is" in said.applied_basis


def test_the_border_term_says_that_its_clock_starts_elsewhere():
    assert "gerekend vanaf de indiening" in LAW.deadlines(case(), "PACT-BORDER").applied_basis


def test_a_route_without_term_has_no_deadline():
    assert LAW.deadlines(case(), "PACT-PRIORITY").applied is None


def test_a_deadline_of_an_unknown_route_is_refused():
    with pytest.raises(LawError, match="not in the law book"):
        LAW.deadlines(case(), "PACT-NONE")


def test_working_days_leave_out_weekends():
    assert later(date(2026, 7, 3), 10, "working days") == date(2026, 7, 17)
    assert later(date(2026, 7, 4), 10, "working days") == date(2026, 7, 17)


@given(st.dates(date(2010, 7, 1), date(2030, 1, 1)), st.integers(0, 16))
def test_the_lawful_deadline_is_never_later_than_the_applied_one_and_never_before_lodging(lodged, number):
    rows = LAW.in_force(lodged)
    said = LAW.deadlines(case(str(lodged)), rows[number % len(rows)].route_id)
    assert said.applied is None or lodged < said.lawful <= said.applied

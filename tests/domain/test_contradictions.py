"""Facts that do not go together are named gently, and nothing that is unknown contradicts anything."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.case import Intake, Moment
from triage.domain.contradictions import CHECKS, CODES_OF_CONTRADICTIONS, contradictions
from triage.domain.facts import Register
from triage.domain.nationalities import CODES

REGISTER = Register.load()
TODAY, LODGED = date(2026, 11, 25), date(2026, 7, 1)
NAMES = Path(__file__).parents[2] / "src" / "triage" / "law" / "rules" / "nationalities.csv"


def intake(lodged=LODGED, **facts):
    return Intake("case-1", lodged, Moment.REGISTERED, facts)


def codes(*args, **facts):
    return [one.code for one in contradictions(intake(**facts), *args)]


#: Per code: facts that clash, and the same facts with one answer that fits.
EXAMPLES = [
    ("MINOR_OF_AGE", {"unaccompanied_minor": True, "age_years": 34}, {"age_years": 17}),
    (
        "CHILD_WITHOUT_COMPANY",
        {"age_years": 9, "unaccompanied_minor": False, "family_size": 1, "relative_in_procedure": False},
        {"family_size": 4},
    ),
    ("ALONE_WITH_OTHERS", {"unaccompanied_minor": True, "family_size": 3}, {"family_size": 1}),
    ("LONGER_AT_SCHOOL_THAN_AGE", {"schooling_years": 12, "age_years": 10}, {"schooling_years": 7}),
    ("ENTRY_BEFORE_BIRTH", {"days_since_entry": 4000, "age_years": 5}, {"days_since_entry": 1800}),
    ("REAL_DOCUMENTS_AND_DOUBT", {"documents": "real", "identity_doubt": True}, {"documents": "none"}),
    (
        "NEW_ELEMENTS_WITHOUT_EARLIER_APPLICATION",
        {"new_elements": True, "earlier_application": "none"},
        {"earlier_application": "rejected"},
    ),
    (
        "DATE_OF_A_HIT_WITHOUT_HIT",
        {"hit_received_on": date(2026, 7, 2), "eurodac_hit": "none", "vis_hit": False},
        {"vis_hit": True},
    ),
    ("LONG_HERE_AND_AT_BORDER", {"at_border": True, "days_since_entry": 31}, {"days_since_entry": 30}),
    ("UNKNOWN_NATIONALITY_CODE", {"nationality_iso3": "QQQ"}, {"nationality_iso3": "XXX"}),
    ("STATELESS_WITH_NATIONALITY", {"stateless": True, "nationality_iso3": "SYR"}, {"nationality_iso3": "XXA"}),
    (
        "SERIOUS_VULNERABILITY_WITHOUT_GUARANTEES",
        {"vulnerability_screening": "serious", "special_guarantees": False, "vulnerability_signs": False},
        {"special_guarantees": True},
    ),
    *(
        (code, {first: date(2026, 8, 2), then: date(2026, 8, 1)}, {then: date(2026, 8, 2)})
        for code, first, then in (
            ("REGISTERED_BEFORE_APPREHENSION", "apprehended_on", "registered_on"),
            ("REQUEST_BEFORE_REGISTRATION", "registered_on", "request_received_on"),
            ("NOTIFICATION_BEFORE_HIT", "hit_received_on", "notification_received_on"),
            ("ACCEPTED_BEFORE_REQUEST", "request_received_on", "accepted_on"),
            ("ACCEPTED_BEFORE_NOTIFICATION", "notification_received_on", "accepted_on"),
            ("INTERVIEW_BEFORE_REGISTRATION", "registered_on", "interviewed_on"),
            ("SUSPENSION_ENDS_BEFORE_IT_BEGINS", "suspended_from", "suspended_until"),
            ("RULING_BEFORE_NOTICE", "notice_of_default_on", "ruling_on"),
        )
    ),
    (
        "RETURN_DECISION_AFTER_LODGING",
        {"return_decision_on": date(2026, 7, 2)},
        {"return_decision_on": LODGED},
    ),
    ("EVENT_BEFORE_LODGING", {"ruling_on": date(2026, 6, 30)}, {"ruling_on": LODGED}),
    ("EVENT_IN_FUTURE", {"registered_on": date(2026, 11, 26)}, {"registered_on": TODAY}),
]


@pytest.mark.parametrize(("code", "clash", "fits"), EXAMPLES)
def test_facts_that_clash_are_named(code, clash, fits):
    found = next(one for one in contradictions(intake(**clash), TODAY) if one.code == code)
    assert set(found.facts) <= set(clash) and found.sentence.endswith(".") and not found.is_impossible
    assert codes(TODAY, **(clash | fits)) == []


@pytest.mark.parametrize(("code", "clash", "fits"), EXAMPLES)
def test_what_is_unknown_or_not_asked_contradicts_nothing(code, clash, fits):
    for name in clash:
        assert code not in codes(TODAY, **(clash | {name: None}))
        assert code not in codes(TODAY, **{one: value for one, value in clash.items() if one != name})


@pytest.mark.parametrize(
    ("lodged", "code"),
    [(date(2026, 11, 26), "LODGED_IN_FUTURE"), (date(1989, 12, 31), "LODGED_BEFORE_1990")],
)
def test_a_lodging_date_that_cannot_be_is_impossible(lodged, code):
    found = contradictions(intake(lodged), TODAY)
    assert [(one.code, one.is_impossible) for one in found] == [(code, True)]


@pytest.mark.parametrize("lodged", [TODAY, date(1990, 1, 1)])
def test_the_first_and_the_last_possible_lodging_date_are_fine(lodged):
    assert contradictions(intake(lodged), TODAY) == ()


def test_a_decision_before_lodging_is_named():
    assert codes(TODAY, date(2026, 6, 30)) == ["DECIDED_BEFORE_LODGED"]
    assert codes(TODAY, LODGED) == []


def test_a_disputed_age_is_no_contradiction_any_more_because_somebody_knows():
    assert codes(unaccompanied_minor=True, age_years=34, age_dispute=True) == []


def test_a_suspension_may_end_in_the_future():
    assert codes(TODAY, suspended_from=date(2026, 11, 1), suspended_until=date(2027, 1, 1)) == []


def test_what_cannot_have_changed_between_two_intakes_is_named():
    before = intake(documents="real", age_years=30, nationality_iso3="SYR")
    after = intake(documents="none", age_years=29, nationality_iso3="IRQ")
    found = [one.code for one in contradictions(after, before=before)]
    assert found == ["DOCUMENTS_REAL_THEN_NONE", "YOUNGER_THAN_BEFORE", "NATIONALITY_CHANGED"]


def test_a_nationality_that_becomes_known_is_no_contradiction():
    assert contradictions(intake(nationality_iso3="SYR"), before=intake(nationality_iso3="XXX")) == ()


def test_every_check_reads_facts_of_the_register():
    assert all(set(check.facts) <= set(REGISTER.facts) for check in CHECKS)


def test_every_code_of_one_moment_has_an_example_and_no_code_stands_twice():
    elsewhere = {
        "LODGED_IN_FUTURE", "LODGED_BEFORE_1990", "DECIDED_BEFORE_LODGED", "DOCUMENTS_REAL_THEN_NONE",
        "YOUNGER_THAN_BEFORE", "NATIONALITY_CHANGED",
    }  # fmt: skip
    assert {code for code, _, _ in EXAMPLES} | elsewhere == set(CODES_OF_CONTRADICTIONS)
    assert len(set(CODES_OF_CONTRADICTIONS)) == len(CODES_OF_CONTRADICTIONS)


def test_the_codes_of_nationalities_are_those_of_the_law_books_names():
    with NAMES.open(encoding="utf8") as lines:
        assert {row["nationality_iso3"] for row in csv.DictReader(lines)} == CODES


def of_kind(fact):
    if fact.kind == "flag":
        return st.booleans()
    if fact.kind == "number":
        return st.floats(fact.values[0], fact.values[1])
    if fact.kind == "date":
        return st.dates(date(1900, 1, 1), date(2100, 1, 1))
    return st.sampled_from(["SYR", "XXX", "XXA", "QQQ"] if fact.is_open else fact.values)


ANY_FACTS = st.fixed_dictionaries({}, optional={n: st.none() | of_kind(f) for n, f in REGISTER.facts.items()})


@given(ANY_FACTS, st.dates(date(1980, 1, 1), date(2099, 1, 1)))
def test_any_intake_gets_codes_that_are_known_about_facts_that_it_knows(facts, lodged):
    found = contradictions(intake(lodged, **facts), TODAY)
    assert {one.code for one in found} <= set(CODES_OF_CONTRADICTIONS)
    assert all(facts[name] is not None for one in found for name in one.facts)


@given(ANY_FACTS)
def test_an_intake_never_contradicts_the_same_intake_before_it(facts):
    one = intake(**facts)
    assert contradictions(one, TODAY, before=one) == contradictions(one, TODAY)

"""What the advice would be if something that can be corrected were otherwise."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.routing.routing_intakes import intakes
from tests.routing.routing_model import ASKABLE, REGISTER, before_the_pact, example, ground_of

from triage.domain.case import Moment
from triage.routing.counterfactuals import CORRECTABLE, EVIDENCE, MISSING, MOST, corrections, counterfactuals
from triage.routing.suggest import advise

#: Of a person, or of what happened: nobody can be asked to be otherwise.
OF_A_PERSON = {
    "nationality_iso3", "stateless", "nationality_doubt", "ethnicity", "religion", "sex", "age_years", "age_dispute",
    "unaccompanied_minor", "family_size", "relative_in_procedure", "vulnerability_screening", "vulnerability_signs",
    "special_guarantees", "schooling_years", "route_countries", "days_since_entry", "motive_group", "language",
    "dialect", "identity_doubt", "changed_statements", "registration_interview_minutes", "adviser_present",
}  # fmt: skip
CASES = before_the_pact(80)


def test_everything_of_a_person_is_in_the_register_by_that_name():
    assert set(REGISTER.facts) >= OF_A_PERSON


@given(intakes())
def test_a_counterfactual_never_touches_a_personal_trait(intake):
    changed = {fact for changes in corrections(intake, ASKABLE) for fact in changes}
    assert changed <= {*CORRECTABLE, MISSING, EVIDENCE} and changed.isdisjoint(OF_A_PERSON)


@given(st.sampled_from(CASES))
def test_each_counterfactual_gives_another_advice_by_the_very_rules_that_advise(case):
    made = example()
    ground = ground_of(case)
    now = advise(case, ground.options, made.model.predict_one(case), made.policy)
    for one in counterfactuals(ground, ASKABLE):
        other = replace(case, facts={**case.facts, **dict(one.changes)})
        options = made.law.options(other)
        if options.decided:
            assert one.route == options.decided.route and one.depth is None
            continue
        said = advise(other, options, made.model.predict_one(other), made.policy)
        assert (said.outcome, said.depth) == (one.outcome, one.depth) != (now.outcome, now.depth)


def test_some_of_these_cases_have_a_counterfactual():
    assert any(counterfactuals(ground_of(case), ASKABLE) for case in CASES)


@given(st.sampled_from(CASES))
def test_there_are_at_most_five(case):
    assert len(counterfactuals(ground_of(case), ASKABLE)) <= MOST


@pytest.mark.parametrize(("fact", "answer"), [("documents", "real"), ("medical_advice", "fit")])
def test_what_is_in_order_needs_no_correction(fact, answer):
    case = replace(CASES[0], facts={**CASES[0].facts, fact: answer, MISSING: 0})
    assert all(fact not in changes for changes in corrections(case, ASKABLE))


def test_announced_pieces_that_come_in_are_evidence():
    case = replace(CASES[0], facts={MISSING: 3, EVIDENCE: 4})
    assert {MISSING: 0.0, EVIDENCE: 7.0} in corrections(case, [MISSING, EVIDENCE])


def test_a_fact_of_the_later_moment_is_not_corrected_early():
    early = [fact.name for fact in REGISTER.at(Moment.IDENTIFIED)]
    assert all("medical_advice" not in changes for changes in corrections(CASES[0], early))


def test_every_answer_of_a_correction_stands_in_the_register():
    for fact, correctable in CORRECTABLE.items():
        assert {answer for answers in correctable.into.values() for answer in answers} <= set(
            REGISTER.facts[fact].values
        )
        assert correctable.why

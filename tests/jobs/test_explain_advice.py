"""What stands behind an advice, put together from model, law and the index of closed cases."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.routing.routing_model import REGISTER, before_the_pact, example, neighbours

from triage.domain.case import Explanation, Intake, Moment
from triage.domain.errors import MomentError
from triage.jobs.explain_advice import LAW_READS, explain_advice, explain_suggestion
from triage.routing.suggest import suggest

MADE = example()
CASE = before_the_pact(1)[0]


def explained(intake, index=None, **more):
    return explain_advice(intake, REGISTER, MADE.law, MADE.model, MADE.policy, index, **more)


def without(*facts):
    return replace(CASE, facts={name: value for name, value in CASE.facts.items() if name not in facts})


def test_an_explanation_has_what_is_missing_and_hours_of_five_closed_cases():
    found = explained(without("documents"), neighbours())
    assert "documents" in {item.fact for item in found.missing} and len(found.nearest_hours) == 5


def test_without_an_index_no_hours_of_closed_cases_are_told():
    assert explained(CASE).nearest_hours == ()


def test_where_a_rule_decides_there_is_no_advice_to_explain():
    decided = replace(CASE, facts={**CASE.facts, "eurodac_hit": "applied"})
    assert MADE.law.options(decided).decided and explained(decided, neighbours()) == Explanation()


def test_only_facts_of_the_model_and_of_the_moment_are_missing():
    early = Intake("A-1", CASE.lodged, Moment.IDENTIFIED, {})
    facts = {item.fact for item in explained(early).missing}
    assert facts and all(REGISTER.facts[name].moment is Moment.IDENTIFIED for name in facts)
    assert all(REGISTER.facts[name].in_model == "yes" for name in facts)


def test_the_law_is_asked_again_where_an_answer_may_change_the_route():
    assert "unaccompanied_minor" in LAW_READS and "registration_interview_minutes" not in LAW_READS


def test_a_fact_of_the_later_moment_is_refused_at_the_earlier_one():
    with pytest.raises(MomentError):
        explained(Intake("A-1", CASE.lodged, Moment.IDENTIFIED, {"evidence_items": 2}))


# Of a suggestion that was made before ---------------------------------------------------------------------------------


def made_of(intake):
    options = MADE.law.options(intake)
    deadlines = MADE.law.deadlines(intake, options.standing_route)
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    return suggest(intake, options, deadlines, MADE.model, MADE.policy, "s-1", noon)


def of_suggestion(made, intake, model=MADE.model):
    return explain_suggestion(made, intake, REGISTER, MADE.law, model, MADE.policy)


def test_a_suggestion_is_explained_at_the_prices_and_the_age_it_was_made_with():
    case = without("documents")
    assert of_suggestion(made_of(case), case) == explained(case, prices=dict(made_of(case).prices))


@pytest.mark.parametrize("version", ["model_version", "policy_version", "law_version"])
def test_what_is_in_use_now_explains_nothing_of_what_another_version_said(version):
    assert of_suggestion(replace(made_of(CASE), **{version: "older"}), CASE) is None


def test_without_a_model_nothing_is_explained():
    assert of_suggestion(made_of(CASE), CASE, model=None) is None

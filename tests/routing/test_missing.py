"""What is missing, and between what the expected work would lie once it is answered."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.routing.routing_model import ASKABLE, REGISTER, before_the_pact, example, ground_of

from triage.domain.case import Intake, Moment
from triage.routing.missing import open_facts
from triage.routing.variants import said_of

MODEL_FACTS = REGISTER.model_facts()
CASES = before_the_pact(60)


def without(intake, *facts, asked=False):
    known = {name: value for name, value in intake.facts.items() if name not in facts}
    return replace(intake, facts=known | (dict.fromkeys(facts) if asked else {}))


def items(intake):
    return {item.fact: item for item in open_facts(ground_of(intake), MODEL_FACTS)}


@given(st.sampled_from(CASES), st.data())
def test_the_range_holds_what_is_said_once_the_answer_comes(case, data):
    known = sorted(name for name in ASKABLE if case.known(name) is not None)
    fact = data.draw(st.sampled_from(known))
    before = without(case, fact)
    item = items(before)[fact]
    now = said_of(ground_of(before), [{fact: case.facts[fact]}])[0]
    assert item.share[0] <= 100 * now.share <= item.share[1]
    assert item.hours[0] <= now.hours <= item.hours[1]


@given(st.sampled_from(CASES))
def test_shares_go_in_steps_of_five_and_hours_in_whole_ones(case):
    for item in items(without(case, "documents", "evidence_items")).values():
        assert all(0 <= share <= 100 and share % 5 == 0 for share in item.share)
        assert all(isinstance(hours, int) for hours in item.hours)


@given(st.sampled_from(CASES))
def test_what_is_known_is_not_missing(case):
    assert set(items(case)).isdisjoint(name for name in case.facts if case.known(name) is not None)


def test_a_fact_of_the_later_moment_is_not_missing_yet():
    case = before_the_pact(1, Moment.IDENTIFIED)[0]
    early = [fact for fact in MODEL_FACTS if fact.moment is Moment.IDENTIFIED]
    assert {item.fact for item in open_facts(ground_of(case), early)} <= {fact.name for fact in early}


def test_unknown_and_not_asked_stay_apart():
    asked, not_asked = (items(without(CASES[0], "documents", asked=one))["documents"] for one in (True, False))
    assert asked.was_asked and not not_asked.was_asked


def test_an_answer_that_changes_the_advice_is_told():
    told = [(case, item) for case in CASES for item in items(without(case, "documents")).values()]
    for case, item in told:
        if item.fact == "documents" and item.could_change_advice:
            before = without(case, "documents")
            variants = [{"documents": value} for value in REGISTER.facts["documents"].values]
            now, *others = said_of(ground_of(before), [{}, *variants])
            assert any(other.advice != now.advice for other in others)
            return
    pytest.fail("None of these cases has an answer that changes its advice: the test says nothing.")


def test_what_weighs_most_stands_first():
    widths = [item.hours[1] - item.hours[0] for item in open_facts(ground_of(without(CASES[0], *ASKABLE)), MODEL_FACTS)]
    assert widths == sorted(widths, reverse=True) and len(widths) > 5


def test_variants_are_said_as_the_model_says_them_of_the_case_itself():
    for case in CASES[:20]:
        said, alone = said_of(ground_of(case), [{}])[0], example().model.predict_one(case)
        assert said.share == pytest.approx(alone.probabilities[-1])
        assert said.hours == pytest.approx(alone.hours_mean)


def test_a_number_without_any_range_is_left_out():
    made = ground_of(Intake("A-1", CASES[0].lodged, Moment.REGISTERED, {}))
    bare = replace(made, policy=replace(made.policy, met={}))
    number = replace(REGISTER.facts["family_size"], values=())
    assert open_facts(bare, [number]) == ()

"""Reasons for and against, and the Dutch sentences that go with the codes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.case import Depth, Intake, Moment, Outcome, Verdict
from triage.domain.facts import Register
from triage.entrypoints.texts import REASON_CODES as OFFICER_TEXTS
from triage.entrypoints.texts import fact_label, reason_text, texts, word
from triage.jobs.record_decision import OFFICER_REASONS
from triage.routing.explain import ASSERTED, NEUTRAL_CODES, reason_code, reasons_for
from triage.routing.suggest import REASON_CODES

REGISTER = Register.load()
FACTS = [fact.name for fact in REGISTER.model_facts()]


def intake(**facts):
    return Intake("case-1", date(2026, 7, 1), Moment.REGISTERED, facts)


KNOWN = intake(
    documents="none", identity_doubt=True, family_size=4, evidence_items=0, schooling_years=12, age_dispute=True
)
PARTS = [
    ("documents", 0.5),
    ("identity_doubt", 0.4),
    ("family_size", 0.3),
    ("age_dispute", 0.2),
    ("evidence_items", -0.6),
    ("schooling_years", -0.1),
]


def test_heavy_is_supported_by_what_makes_work_heavier():
    reasons = reasons_for(PARTS, KNOWN, Depth.HEAVY)
    assert [r.fact for r in reasons if r.supports] == ["documents", "identity_doubt", "family_size"]
    assert [r.fact for r in reasons if not r.supports] == ["evidence_items", "schooling_years"]


def test_light_is_supported_by_what_makes_work_lighter():
    reasons = reasons_for(PARTS, KNOWN, Depth.LIGHT)
    assert [r.fact for r in reasons if r.supports] == ["evidence_items", "schooling_years"]
    assert [r.fact for r in reasons if not r.supports] == ["documents", "identity_doubt"]


def test_a_fact_that_nobody_asked_is_never_a_reason():
    assert reasons_for([("documents", 2.0), ("moment", 1.0)], intake(), Depth.HEAVY) == ()


def test_a_fact_without_answer_is_named_as_missing_not_as_fact():
    reason = reasons_for([("documents", 0.5)], intake(documents=None), Depth.HEAVY)[0]
    assert reason.code == "DOCUMENTS_UNKNOWN_MORE"
    assert reason_text(reason.code).startswith("Het antwoord op 'Identiteitsdocumenten' ontbreekt")


def test_a_sentence_never_asserts_a_doubt_that_is_not_there():
    reason = reasons_for([("identity_doubt", 0.5)], intake(identity_doubt=False), Depth.HEAVY)[0]
    assert "Er is twijfel" not in reason_text(reason.code)


@given(st.dictionaries(st.sampled_from(FACTS), st.floats(-3, 3)), st.sampled_from(list(Depth)))
def test_there_are_at_most_three_reasons_for_and_two_against(weights, depth):
    reasons = reasons_for(weights.items(), intake(**dict.fromkeys(FACTS)), depth)
    assert sum(r.supports for r in reasons) <= 3 and sum(not r.supports for r in reasons) <= 2
    assert all(r.weight == weights[r.fact] for r in reasons)


@pytest.mark.parametrize("value", REGISTER.facts["motive_group"].values)
def test_the_motive_is_never_shown_as_evidence(value):
    reason = reasons_for([("motive_group", 0.5)], intake(motive_group=value), Depth.HEAVY)[0]
    assert "MOTIVE" not in reason.code and value.upper() not in reason.code
    assert reason_text(reason.code) == "De melding bij registratie vraagt meer tijd."


# Completeness of the sentences ---------------------------------------------------------------------------------------


def test_every_fact_of_the_register_has_a_label():
    assert set(texts()["facts"]) == set(REGISTER.facts)
    assert all(texts()["facts"][name]["label"] for name in REGISTER.facts)


@pytest.mark.parametrize("fact", [name for name in FACTS if name not in NEUTRAL_CODES])
def test_every_model_fact_has_its_own_sentence_for_more_and_for_less(fact):
    own = texts()["facts"][fact]
    assert own["MORE"].endswith(".") and own["LESS"].endswith(".")
    assert reason_text(f"{fact.upper()}_MORE") == own["MORE"]


@pytest.mark.parametrize("fact", FACTS)
@pytest.mark.parametrize("value", [None, True, False, "none"])
@pytest.mark.parametrize("heavier", [True, False])
def test_every_reason_code_has_a_dutch_sentence(fact, value, heavier):
    code = reason_code(fact, heavier, value)
    assert reason_text(code) != code and "{" not in reason_text(code)


def test_facts_outside_the_model_have_no_sentence_as_a_reason():
    assert all(set(own) == {"label"} for name, own in texts()["facts"].items() if name not in FACTS)


def test_every_code_of_an_outcome_has_a_sentence_and_no_other_stands_in_the_file():
    assert set(texts()["codes"]) == set(REASON_CODES)


def test_every_reason_of_an_officer_has_a_sentence_in_the_same_order():
    assert tuple(code for code, _ in OFFICER_TEXTS) == OFFICER_REASONS


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("outcomes", Outcome),
        ("depths", Depth),
        ("moments", Moment),
        ("verdicts", Verdict),
        ("regimes", ["pact", "pre_pact"]),
    ],
)
def test_every_word_of_a_group_is_there(group, codes):
    assert {str(code) for code in codes} == set(texts()[group])
    assert all(word(group, code) for code in codes)


def test_a_fact_of_another_register_gets_a_general_sentence():
    assert reason_text("SHOE_SIZE_MORE") == "Het gegeven 'shoe size' hangt samen met meer tijd."
    assert fact_label("shoe_size") == "shoe size"


def test_no_sentence_speaks_of_the_outcome_of_a_case():
    for group in ("codes", "generic", "outcomes"):
        for text in texts()[group].values():
            assert not any(w in text.lower() for w in ("inwillig", "afwijz", "kansrijk", "kansarm", "vergunning"))


def test_asserted_facts_are_model_facts():
    assert set(FACTS) >= ASSERTED

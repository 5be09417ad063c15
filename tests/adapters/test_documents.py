"""Documents: what goes in as JSON comes out the same."""

import json
from datetime import UTC, date, datetime

import pytest
from adapter_examples import a_suggestion, an_intake
from hypothesis import given
from hypothesis import strategies as st

from triage.adapters.documents import (
    decision_document,
    decision_of,
    facts_document,
    facts_of,
    suggestion_document,
    suggestion_of,
)
from triage.adapters.store import Store
from triage.domain.case import (
    Deadlines,
    Decision,
    Depth,
    Intake,
    Moment,
    Need,
    Outcome,
    Prediction,
    Reason,
    RouteVerdict,
    Suggestion,
    TermClock,
    Verdict,
)
from triage.domain.errors import StoreError

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.floats(allow_nan=False, allow_infinity=False)
dates = st.dates(date(1900, 1, 1), date(2200, 1, 1))
instants = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
depths = st.none() | st.sampled_from(Depth)


def tuples(of):
    return st.lists(of, max_size=3).map(tuple)


predictions = st.builds(
    Prediction,
    classes=tuples(texts),
    probabilities=tuples(numbers),
    hours_p10=numbers,
    hours_p50=numbers,
    hours_p90=numbers,
    hours_mean=numbers,
    log_days=st.tuples(numbers, numbers),
    set90=tuples(texts),
    known_regime=st.booleans(),
    model_version=texts,
)
clocks = st.builds(
    TermClock,
    term_id=texts,
    name=texts,
    article=texts,
    start_event=texts,
    start=st.none() | dates,
    ends=st.none() | dates,
    basis=texts,
    lawful=st.booleans(),
)
verdicts = st.builds(
    RouteVerdict,
    route=texts,
    name=texts,
    verdict=st.sampled_from(Verdict),
    article=texts,
    reason=texts,
    missing=tuples(texts),
)
suggestions = st.builds(
    Suggestion,
    suggestion_id=texts,
    case_id=texts,
    made_at=instants,
    moment=st.sampled_from(Moment),
    outcome=st.sampled_from(Outcome),
    route=texts,
    depth=depths,
    alternatives=tuples(st.tuples(texts, numbers)),
    margin_hours=st.none() | numbers,
    prediction=st.none() | predictions,
    p_late=st.none() | numbers,
    reason_codes=tuples(texts),
    reasons=tuples(st.builds(Reason, code=texts, fact=texts, weight=numbers, supports=st.booleans())),
    verdicts=tuples(verdicts),
    missing=tuples(texts),
    deadlines=st.builds(
        Deadlines,
        applied=st.none() | dates,
        lawful=st.none() | dates,
        applied_basis=texts,
        lawful_basis=texts,
        clocks=tuples(clocks),
    ),
    law_version=texts,
    model_version=st.none() | texts,
    policy_version=texts,
    needs=tuples(st.builds(Need, fact=texts, answers=tuples(st.tuples(texts, texts)))),
    grounds=tuples(verdicts),
    priority=tuples(verdicts),
    modality=tuples(verdicts),
    flags=tuples(texts),
)
facts = st.dictionaries(texts, st.none() | st.booleans() | st.integers(-(10**9), 10**9) | numbers | texts | dates)


def through_json(document):
    return json.loads(json.dumps(document))


@given(suggestions)
def test_every_suggestion_comes_back_equal(suggestion: Suggestion):
    assert suggestion_of(through_json(suggestion_document(suggestion))) == suggestion


def test_a_document_of_before_needs_flags_and_clocks_still_reads():
    document = suggestion_document(a_suggestion())
    for name in ("needs", "grounds", "priority", "modality", "flags"):
        del document[name]
    del document["deadlines"]["clocks"]
    assert suggestion_of(through_json(document)) == a_suggestion()


@given(st.builds(Decision, decided_at=instants, depth=depths, officer=texts, route=texts, reason_text=texts))
def test_every_decision_comes_back_equal(decision: Decision):
    assert decision_of(through_json(decision_document(decision))) == decision


@given(facts)
def test_every_fact_comes_back_with_its_type(known):
    found = facts_of(through_json(facts_document(known)))
    assert found == known
    assert {name: type(value) for name, value in found.items()} == {n: type(v) for n, v in known.items()}


def test_a_text_that_looks_like_a_date_stays_a_text():
    assert facts_of(facts_document({"a": "2026-01-01", "b": date(2026, 1, 1)})) == {
        "a": "2026-01-01",
        "b": date(2026, 1, 1),
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_refused(value: float):
    with pytest.raises(StoreError, match="not finite"):
        facts_document({"family_size": value})


@pytest.mark.parametrize("value", [0.1, 1e-12, 3.0, 123456789.125, -2.5, True, False, "ünïcode ‘quote’", None])
def test_both_databases_keep_a_value_to_the_last_digit(store: Store, value):
    intake = an_intake(x=value)
    store.receive([intake], "officer")
    found: Intake = store.intake("case-1")
    assert found == intake and type(found.facts["x"]) is type(value)


def test_both_databases_keep_the_digits_of_a_suggestion(store: Store):
    exact = a_suggestion().__class__(**{**vars(a_suggestion()), "margin_hours": 0.1 + 0.2, "p_late": 1 / 3})
    store.append_suggestion(exact, "officer")
    assert store.suggestion("s-1").suggestion == exact

"""The officer's two jobs, from intake to decision, over a store in a file."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.flows.heavy_model import Model

from triage.adapters.store import Store
from triage.domain.case import Depth, Intake, Moment, Outcome
from triage.domain.errors import ConflictError, FactError, IdempotencyError, LawError, NotFoundError
from triage.domain.records import Receipt
from triage.jobs.record_decision import record_decision
from triage.jobs.show_case import show_case
from triage.jobs.suggest_route import suggest_route
from triage.law.book import LawBook

LAW = LawBook.load()
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    opened = Store.open(f"sqlite:///{tmp_path / 'store.db'}", lambda: NOW)
    opened.upgrade()
    return opened


def case(lodged="2026-07-01", **facts):
    return Intake("case-1", date.fromisoformat(lodged), Moment.REGISTERED, {"family_size": 3} | facts)


def suggested(store, intake=None, receipt=None):
    intake = intake or case()
    store.receive([intake], "officer-1")
    return suggest_route(intake, LAW, Model(), None, store, lambda: NOW, "officer-1", receipt)


def decided(store, made, route=None, depth=None, code="AGREE", text="", version=1, receipt=None):
    route = route or made.route
    return record_decision(
        made.suggestion_id, route, depth, "officer-1", code, text, version, store, lambda: NOW, receipt
    )


def test_a_suggestion_is_logged_as_it_was_made(store):
    made = suggested(store)
    stored = store.suggestion(made.suggestion_id)
    assert stored.suggestion == made and stored.decision is None
    assert (made.outcome, made.depth) == (Outcome.SUGGESTION, Depth.HEAVY)


def test_following_the_suggestion_is_recorded_as_followed(store):
    made = suggested(store)
    decision = decided(store, made, depth=made.depth)
    assert decision.followed
    assert store.suggestion(made.suggestion_id).decision == decision


def test_another_depth_is_recorded_as_not_followed(store):
    decision = decided(store, suggested(store), depth=Depth.STANDARD, code="PLANNING")
    assert not decision.followed and decision.depth is Depth.STANDARD


def test_a_rule_is_followed_without_a_depth(store):
    made = suggested(store, case(eurodac_hit="applied", unaccompanied_minor=False))
    assert made.outcome is Outcome.RULE
    assert decided(store, made).followed


def test_an_officer_may_leave_a_rule_for_the_regular_examination(store):
    made = suggested(store, case(eurodac_hit="applied", unaccompanied_minor=False))
    decision = decided(store, made, route="PACT-REG", code="KNOWS_MORE_ABOUT_CASE")
    assert (decision.followed, decision.depth) == (False, Depth.STANDARD)


def test_after_a_decision_the_deadline_is_that_of_the_officers_route(store):
    made = suggested(store, case(misled_authorities=True, unaccompanied_minor=False, special_guarantees=False))
    before = show_case("case-1", LAW, store, lambda: NOW)
    decided(store, made, route="PACT-REG", code="KNOWS_MORE_ABOUT_CASE")
    after = show_case("case-1", LAW, store, lambda: NOW)
    assert (before.route, after.route) == (made.route, "PACT-REG") and made.route != "PACT-REG"
    assert after.deadlines == LAW.deadlines(case(), "PACT-REG") and after.deadlines != before.deadlines


def test_an_officer_may_choose_a_route_whose_ground_only_a_person_can_weigh(store):
    made = suggested(store, case(unaccompanied_minor=False, special_guarantees=False))
    assert decided(store, made, route="PACT-ACC", code="KNOWS_MORE_ABOUT_CASE").depth is None


def test_the_nine_day_procedure_is_the_heavy_depth(store):
    made = suggested(store, case("2025-01-01"))
    assert (made.route, made.depth) == ("PRE-S4-AAPLUS9", Depth.HEAVY)
    assert decided(store, made).followed


def test_an_excluded_route_is_refused_with_its_article(store):
    made = suggested(store, case(unaccompanied_minor=True))
    with pytest.raises(LawError, match=r"PACT-ACC is not open for this case: .* APR art. 35\(3\), 42\(1\)"):
        decided(store, made, route="PACT-ACC", code="KNOWS_MORE_ABOUT_CASE")
    assert store.suggestion(made.suggestion_id).decision is None


def test_a_route_of_the_other_regime_is_refused(store):
    with pytest.raises(LawError, match="not open on the lodging date"):
        decided(store, suggested(store), route="PRE-S4-AA6", code="PLANNING")


def test_a_depth_that_the_route_does_not_offer_is_refused(store):
    made = suggested(store, case("2025-01-01"))
    with pytest.raises(LawError, match="it offers standard"):
        decided(store, made, route="PRE-S4-AA6", depth=Depth.HEAVY, code="PLANNING")


@pytest.mark.parametrize(
    ("code", "text", "complaint"),
    [("BECAUSE", "", "not known"), ("AGREE", "", "AGREE does not fit"), ("OTHER", " ", "needs a short text")],
)
def test_a_deviation_needs_a_reason_that_fits(store, code, text, complaint):
    with pytest.raises(FactError, match=complaint):
        decided(store, suggested(store), depth=Depth.STANDARD, code=code, text=text)


def test_a_reason_of_more_than_500_characters_is_refused(store):
    with pytest.raises(FactError, match="within 500 characters"):
        decided(store, suggested(store), depth=Depth.HEAVY, text="a" * 501)


def test_a_second_decision_is_a_conflict(store):
    made = suggested(store)
    decided(store, made, depth=made.depth)
    with pytest.raises(ConflictError):
        decided(store, made, depth=made.depth)


def test_a_decision_on_another_version_is_a_conflict(store):
    made = suggested(store)
    with pytest.raises(ConflictError):
        decided(store, made, depth=made.depth, version=2)


def test_a_decision_on_nothing_is_refused(store):
    with pytest.raises(NotFoundError):
        record_decision("none", "PACT-REG", None, "officer-1", "AGREE", "", 1, store, lambda: NOW)


def test_a_case_lodged_after_today_is_refused(store):
    with pytest.raises(LawError, match="after today"):
        suggest_route(case("2026-11-25"), LAW, None, None, store, lambda: NOW, "officer-1")
    assert store.suggestions_of("case-1") == []


def test_today_is_the_date_in_amsterdam(store):
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # already the 25th in The Hague
    intake = case("2026-11-25")
    store.receive([intake], "officer-1")
    assert suggest_route(intake, LAW, None, None, store, lambda: late, "officer-1").case_id == "case-1"


def test_a_receipt_without_answer_gets_the_id_that_was_made(store):
    made = suggested(store, receipt=Receipt("key-1", "print-1", ""))
    assert store.receipt("key-1").answer == made.suggestion_id
    decision = decided(store, made, depth=made.depth, receipt=Receipt("key-2", "print-2", ""))
    assert store.receipt("key-2").answer == decision.decision_id


def test_a_receipt_with_another_message_is_refused_and_nothing_is_logged(store):
    made = suggested(store, receipt=Receipt("key-1", "print-1", ""))
    with pytest.raises(IdempotencyError):
        suggest_route(case(), LAW, Model(), None, store, lambda: NOW, "officer-1", Receipt("key-1", "other", ""))
    assert [s.suggestion for s in store.suggestions_of("case-1")] == [made]


def test_scoring_twice_appends_a_second_suggestion(store):
    first = suggested(store)
    second = suggest_route(replace(case(), moment=Moment.REGISTERED), LAW, None, None, store, lambda: NOW, "officer-1")
    assert {s.suggestion.suggestion_id for s in store.suggestions_of("case-1")} == {
        first.suggestion_id,
        second.suggestion_id,
    }

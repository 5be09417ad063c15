"""The arm of the audit sample in the store: one transaction with the suggestion, and out of sight of every door."""

from dataclasses import replace
from datetime import timedelta

import pytest
from adapter_examples import NOON, a_decision, a_suggestion

from triage.adapters.store import Store
from triage.domain.errors import ConflictError, StoreError
from triage.domain.records import Arm, Drawn

WHOLE = replace(a_suggestion(), margin_hours=4.5, model_version="model-1")
HIDDEN = Drawn(Arm.HIDDEN, 0.025, "key-id", WHOLE)


def test_arm_and_whole_advice_are_read_back_beside_what_was_shown(store: Store):
    store.append_suggestion(a_suggestion(), "officer", drawn=HIDDEN)
    store.record_decision(a_decision(), 1, "officer")
    line = store.advice_log()[0]
    assert (line.shown, line.whole, line.arm, line.decision) == (a_suggestion(), WHOLE, Arm.HIDDEN, a_decision())


def test_a_suggestion_shown_whole_is_not_kept_twice(store: Store):
    store.append_suggestion(a_suggestion(), "officer", drawn=Drawn(Arm.SHOWN, 0.025, "key-id"))
    line = store.advice_log()[0]
    assert line.arm is Arm.SHOWN and line.whole == line.shown


def test_a_suggestion_without_a_word_on_its_arm_is_in_none(store: Store):
    store.append_suggestion(a_suggestion(), "officer")
    assert store.arms() == {"case-1": Arm.NONE}


def test_a_suggestion_and_its_arm_stand_or_fall_together(store: Store):
    broken = replace(HIDDEN, whole=replace(WHOLE, margin_hours=float("nan")))
    with pytest.raises(StoreError):
        store.append_suggestion(a_suggestion(), "officer", drawn=broken)
    assert (store.suggestions_of("case-1"), store.arms(), store.audit_events()) == ([], {}, [])


def test_of_two_suggestions_under_one_id_the_first_keeps_its_arm(store: Store):
    store.append_suggestion(a_suggestion(), "officer", drawn=HIDDEN)
    with pytest.raises(ConflictError):
        store.append_suggestion(a_suggestion(), "officer", drawn=Drawn(Arm.SHOWN))
    assert store.arms() == {"case-1": Arm.HIDDEN}


def test_what_the_doors_read_is_what_was_shown(store: Store):
    store.append_suggestion(a_suggestion(), "officer", drawn=HIDDEN)
    assert store.suggestion("s-1").suggestion == a_suggestion()
    assert [found.suggestion for found in store.suggestions_of("case-1")] == [a_suggestion()]


def test_every_arm_leaves_the_same_audit_events(store: Store):
    for number, drawn in enumerate([HIDDEN, Drawn(Arm.SHOWN, 0.025, "key-id"), None]):
        store.append_suggestion(a_suggestion(f"s-{number}"), "officer", drawn=drawn)
    assert {(event.actor, event.action) for event in store.audit_events()} == {("officer", "suggestion-made")}


def test_first_shown_is_the_first_time_to_this_officer(store: Store, empty_url: str):
    store.append_suggestion(a_suggestion(), "officer")
    for minutes, who in ((1, "another"), (2, "officer"), (3, "officer")):
        at = Store.open(empty_url, lambda minutes=minutes: NOON + timedelta(minutes=minutes))
        at.mark_shown("s-1", who)
        at.close()
    assert store.first_shown("s-1", "officer") == NOON + timedelta(minutes=2)
    assert store.first_shown("s-1", "nobody") is None

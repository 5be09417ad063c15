"""A changed fact is an event: it stands with what was before, and with the suggestions that rest on it."""

from datetime import UTC, date, datetime

import pytest

from triage.adapters.store import Store
from triage.domain.case import Intake, Moment
from triage.domain.errors import NotFoundError
from triage.jobs.changed_facts import changed_facts
from triage.jobs.show_case import KNOWN, NOT_ASKED, UNKNOWN
from triage.jobs.suggest_route import suggest_route
from triage.law.book import LawBook

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LAW = LawBook.load()


def receive(store: Store, moment=Moment.REGISTERED, **facts) -> Intake:
    intake = Intake("case-1", date(2026, 7, 1), moment, facts)
    store.receive([intake], "officer")
    return intake


def changes(event):
    return [(c.fact, c.before, c.before_value, c.after, c.after_value) for c in event.changes]


def test_each_intake_names_what_it_changed_in_all_three_states(store: Store):
    receive(store, documents="copy", age_dispute=None)
    receive(store, documents="none", identity_doubt=None)
    first, second = changed_facts(store, "case-1")
    assert changes(first) == [
        ("age_dispute", NOT_ASKED, None, UNKNOWN, None),
        ("documents", NOT_ASKED, None, KNOWN, "copy"),
    ]
    assert changes(second) == [
        ("age_dispute", UNKNOWN, None, NOT_ASKED, None),
        ("documents", KNOWN, "copy", KNOWN, "none"),
        ("identity_doubt", NOT_ASKED, None, UNKNOWN, None),
    ]


def test_the_second_scoring_moment_is_marked(store: Store):
    for moment in (Moment.IDENTIFIED, Moment.IDENTIFIED, Moment.REGISTERED, Moment.REGISTERED):
        receive(store, moment, documents="copy")
    events = changed_facts(store, "case-1")
    assert [event.is_new_moment for event in events] == [True, False, True, False]


def test_both_moments_are_scored_and_a_changed_fact_gives_a_new_suggestion_while_the_old_ones_stay(store: Store):
    made = []
    for moment, documents in (
        (Moment.IDENTIFIED, "copy"),
        (Moment.REGISTERED, "copy"),
        (Moment.REGISTERED, "none"),
    ):
        intake = receive(store, moment, documents=documents)
        made.append(suggest_route(intake, LAW, None, None, store, lambda: NOW, "officer"))
    events = changed_facts(store, "case-1")
    assert [event.suggestion_ids for event in events] == [(one.suggestion_id,) for one in made]
    stored = store.suggestions_of("case-1")
    assert [one.suggestion.suggestion_id for one in stored] == [one.suggestion_id for one in reversed(made)]
    assert [one.is_stale for one in stored] == [False, True, True]
    assert [one.suggestion.moment for one in stored] == [Moment.REGISTERED, Moment.REGISTERED, Moment.IDENTIFIED]


def test_a_case_that_nobody_sent_is_not_found(store: Store):
    with pytest.raises(NotFoundError):
        changed_facts(store, "nobody")

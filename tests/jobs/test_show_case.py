"""What stands of a case now: which route and deadlines count, and what changed since the suggestion before."""

from datetime import UTC, date, datetime

import pytest

from triage.adapters.store import Store
from triage.domain.case import Intake, Moment, Suggestion
from triage.jobs.list_dossiers import list_dossiers
from triage.jobs.record_decision import record_decision
from triage.jobs.show_case import KNOWN, NOT_ASKED, UNKNOWN, show_case, standing_of
from triage.jobs.suggest_route import suggest_route
from triage.law.book import LawBook

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LAW = LawBook.load()
SLOW = {"misled_authorities": False, "eurodac_hit": "none"}  # six months
QUICK = {"misled_authorities": True, "unaccompanied_minor": False, "special_guarantees": False}  # accelerated


def receive(store: Store, moment=Moment.REGISTERED, lodged=date(2026, 7, 1), **facts) -> Intake:
    intake = Intake("case-1", lodged, moment, facts)
    store.receive([intake], "officer")
    return intake


def suggested(store: Store, intake: Intake) -> Suggestion:
    return suggest_route(intake, LAW, None, None, store, lambda: NOW, "officer")


def shown(store: Store):
    return show_case("case-1", LAW, store, lambda: NOW)


def line(store: Store):
    """The case as the work list has it."""
    return store.work_list(10)[0]


def test_a_changed_fact_is_told_in_all_three_states(store: Store):
    suggested(store, receive(store, documents="copy", age_dispute=None))
    suggested(store, receive(store, documents="none", identity_doubt=None))
    assert [(c.fact, c.before, c.before_value, c.after, c.after_value) for c in shown(store).changes] == [
        ("age_dispute", UNKNOWN, None, NOT_ASKED, None),
        ("documents", KNOWN, "copy", KNOWN, "none"),
        ("identity_doubt", NOT_ASKED, None, UNKNOWN, None),
    ]


def test_both_moments_are_scored_and_the_older_suggestions_stay(store: Store):
    made = [
        suggested(store, receive(store, moment, documents=documents))
        for moment, documents in (
            (Moment.IDENTIFIED, "copy"),
            (Moment.REGISTERED, "copy"),
            (Moment.REGISTERED, "none"),
        )
    ]
    stored = store.suggestions_of("case-1")
    assert [one.suggestion.suggestion_id for one in reversed(stored)] == [one.suggestion_id for one in made]
    assert [one.is_stale for one in stored] == [False, True, True]
    assert [one.suggestion.moment for one in stored] == [Moment.REGISTERED, Moment.REGISTERED, Moment.IDENTIFIED]


def test_a_suggestion_for_the_newest_facts_gives_the_deadlines(store: Store):
    made = suggested(store, receive(store, **QUICK))
    standing = standing_of(line(store), LAW)
    assert (standing.route, standing.deadlines) == (made.route, made.deadlines)


def test_a_suggestion_that_newer_facts_overtook_gives_no_deadline(store: Store):
    made = suggested(store, receive(store, **SLOW))
    newest = receive(store, **QUICK)
    standing = standing_of(line(store), LAW)
    assert standing.route == LAW.options(newest).standing_route != made.route
    assert standing.deadlines == LAW.deadlines(newest, standing.route) and standing.deadlines != made.deadlines


def test_the_officers_route_counts_also_after_newer_facts(store: Store):
    made = suggested(store, receive(store, **QUICK))
    record_decision(made.suggestion_id, "PACT-REG", None, "officer", "KNOWS_MORE_ABOUT_CASE", "", 1, store, lambda: NOW)
    newest = receive(store, **QUICK, documents="real")
    standing = standing_of(line(store), LAW)
    assert (standing.route, standing.deadlines) == ("PACT-REG", LAW.deadlines(newest, "PACT-REG"))


@pytest.mark.parametrize("is_stale", [False, True])
def test_case_work_list_and_dossier_agree_on_the_route(store: Store, is_stale):
    suggested(store, receive(store, **SLOW))
    if is_stale:
        receive(store, **QUICK)
    standing, now = standing_of(line(store), LAW), shown(store)
    (file,), _ = list_dossiers(store, LAW, date(2026, 11, 24), 10)
    assert (standing.route, standing.deadlines) == (now.route, now.deadlines) and file.route == now.route


def test_without_rules_for_the_lodging_date_nothing_counts(store: Store):
    receive(store, lodged=date(1995, 1, 1))
    standing = standing_of(line(store), LAW)
    assert (standing.route, standing.deadlines) == (None, None)

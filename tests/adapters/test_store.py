"""What stands in the store stays: both databases, every method."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa
from adapter_examples import NOON, a_decision, a_suggestion, an_intake
from sqlalchemy import event

from triage.adapters import schema
from triage.adapters.sources import shipped_inflow
from triage.adapters.store import Store
from triage.domain.case import Intake, Moment
from triage.domain.case_tables import CASES
from triage.domain.errors import ConflictError, IdempotencyError, NotFoundError, StoreError, TableError
from triage.domain.records import Receipt


def cases_frame(**facts) -> pd.DataFrame:
    rows = len(next(iter(facts.values()))) if facts else 1
    columns = {name: pd.Series(cells, dtype=object) for name, cells in facts.items()}
    ids = [f"c{i}" for i in range(rows)]
    return CASES.check(pd.DataFrame({"case_id": ids, "lodged_on": ["2026-07-01"] * rows, **columns}))


def test_published_table_comes_back_with_the_same_values_and_types(store: Store):
    publication = store.publish("INFLOW", shipped_inflow(), "inflow")
    found = store.newest("INFLOW")
    assert found is not None and found[0] == publication
    pd.testing.assert_frame_equal(found[1], shipped_inflow())


def test_known_unknown_and_not_asked_stay_apart_in_a_published_table(store: Store):
    frame = cases_frame(at_border=[True, False, "unknown", None], family_size=[2.0, "unknown", None, 1.0])
    store.publish("CASES", frame, "cases")
    _, found = store.published(store.publications("CASES")[0].publication_id)
    assert found["at_border"].tolist() == [True, False, "unknown", None]
    pd.testing.assert_frame_equal(found, frame)


def test_a_date_fact_comes_back_as_a_date(store: Store):
    store.publish("CASES", cases_frame(return_decision_on=[date(2024, 2, 29)]), "cases")
    found = store.newest("CASES")
    assert found is not None and found[1]["return_decision_on"].tolist() == [date(2024, 2, 29)]


def test_publishing_again_leaves_the_earlier_table_as_it_was(store: Store):
    first = store.publish("INFLOW", shipped_inflow().head(2), "inflow")
    store.publish("INFLOW", shipped_inflow().head(5), "inflow")
    assert len(store.published(first.publication_id)[1]) == 2
    assert [p.rows for p in store.publications("INFLOW")] == [5, 2]


def test_newest_goes_by_label(store: Store):
    store.publish("INFLOW", shipped_inflow().head(2), "mine")
    store.publish("INFLOW", shipped_inflow().head(5), "yours")
    found = store.newest("INFLOW", "mine")
    assert found is not None and len(found[1]) == 2
    assert store.newest("INFLOW", "nobody's") is None


def test_a_frame_of_another_shape_is_not_published(store: Store):
    with pytest.raises(TableError, match="column persons is missing"):
        store.publish("INFLOW", shipped_inflow().drop(columns="persons"), "inflow")
    assert store.publications("INFLOW") == []


def test_a_table_that_is_not_declared_is_refused(store: Store):
    with pytest.raises(StoreError, match="Declared are"):
        store.publish("SECRETS", shipped_inflow(), "x")


def test_the_same_rows_are_recognised_under_their_label_only(store: Store):
    store.publish("INFLOW", shipped_inflow(), "inflow")
    assert store.holds("INFLOW", shipped_inflow(), "inflow")
    assert not store.holds("INFLOW", shipped_inflow().head(3), "inflow")
    assert not store.holds("INFLOW", shipped_inflow(), "another")


def test_publication_time_is_the_clock_in_utc(store: Store):
    assert store.publish("INFLOW", shipped_inflow().head(1), "x").published_at == NOON
    assert store.publications("INFLOW")[0].published_at.tzinfo is UTC


def test_unknown_publication_is_not_found(store: Store):
    with pytest.raises(NotFoundError):
        store.published(99)


def test_intake_comes_back_with_known_unknown_and_absent_facts(store: Store):
    intake = an_intake(at_border=True, family_size=2, return_decision_on=date(2025, 1, 1), vis_hit=None)
    assert store.receive([intake], "officer") == 1
    assert store.intake("case-1") == intake


def test_the_newest_intake_of_a_case_counts_and_the_older_stays(store: Store):
    store.receive([an_intake(at_border=None)], "officer")
    store.receive([an_intake(at_border=True)], "officer")
    assert store.intake("case-1").facts == {"at_border": True}
    assert [e.action for e in store.audit_events()] == ["intake-received"] * 2


def test_intakes_are_received_all_or_none(store: Store):
    with pytest.raises(StoreError):
        store.receive([an_intake("good"), an_intake("bad", family_size=float("nan"))], "officer")
    with pytest.raises(NotFoundError):
        store.intake("good")


def test_work_list_goes_by_lodging_date_then_id(store: Store):
    late, early = date(2026, 8, 1), date(2026, 7, 1)
    store.receive([an_intake("a", late), an_intake("c", early), an_intake("b", early)], "officer")
    assert [item.intake.case_id for item in store.work_list()] == ["b", "c", "a"]


def test_work_list_pages_hold_every_case_once(store: Store):
    days = [date(2026, 7, 1) + timedelta(days=i % 3) for i in range(10)]
    store.receive([an_intake(f"c{i}", day) for i, day in enumerate(days)], "officer")
    seen, after = [], None
    while page := store.work_list(limit=3, after=after):
        seen += [item.intake.case_id for item in page]
        after = seen[-1]
    assert seen == [item.intake.case_id for item in store.work_list()] and len(set(seen)) == 10


def test_work_list_after_an_unknown_case_is_not_found(store: Store):
    with pytest.raises(NotFoundError):
        store.work_list(after="nobody")


def test_work_list_shows_the_newest_suggestion_with_its_decision(store: Store):
    store.receive([an_intake(), an_intake("case-2")], "officer")
    store.append_suggestion(a_suggestion("s-1"), "officer")
    store.append_suggestion(a_suggestion("s-2"), "officer")
    store.record_decision(a_decision("d-1", "s-2"), 1, "officer")
    first, second = store.work_list()
    assert first.stored is not None and second.stored is None
    assert (first.stored.suggestion.suggestion_id, first.stored.version) == ("s-2", 2)


def test_work_list_asks_the_database_twice_however_many_cases_there_are(store: Store):
    store.receive([an_intake(f"c{i}") for i in range(200)], "officer")
    statements = []
    event.listen(store._engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    assert len(store.work_list(limit=200)) == 200
    assert len([s for s in statements if s.startswith("SELECT")]) == 2


def test_suggestions_of_a_case_come_newest_first(store: Store):
    for name in ("s-1", "s-2"):
        store.append_suggestion(a_suggestion(name), "officer")
    assert [s.suggestion.suggestion_id for s in store.suggestions_of("case-1")] == ["s-2", "s-1"]


def test_a_suggestion_comes_back_as_it_was(store: Store):
    store.append_suggestion(a_suggestion(), "officer")
    stored = store.suggestion("s-1")
    assert (stored.suggestion, stored.version, stored.decision) == (a_suggestion(), 1, None)


def test_an_id_is_used_for_one_suggestion(store: Store):
    store.append_suggestion(a_suggestion(), "officer")
    with pytest.raises(ConflictError):
        store.append_suggestion(a_suggestion(), "officer")


def test_a_decision_is_final(store: Store):
    store.append_suggestion(a_suggestion(), "officer")
    store.record_decision(a_decision(), 1, "officer")
    with pytest.raises(ConflictError, match="decided already"):
        store.record_decision(a_decision("d-2"), 1, "officer")
    assert store.suggestion("s-1").decision == a_decision()


def test_a_decision_on_another_version_is_refused(store: Store):
    store.append_suggestion(a_suggestion(), "officer")
    with pytest.raises(ConflictError):
        store.record_decision(a_decision(), 2, "officer")
    assert store.suggestion("s-1").version == 1


def test_a_decision_needs_its_suggestion(store: Store):
    with pytest.raises(NotFoundError):
        store.record_decision(a_decision(), 1, "officer")


def test_a_decision_about_another_case_is_refused(store: Store):
    store.append_suggestion(a_suggestion(), "officer")
    with pytest.raises(StoreError, match="another case"):
        store.record_decision(a_decision(case_id="case-2"), 1, "officer")


def test_of_two_officers_at_the_same_moment_exactly_one_decides(store: Store):
    won: list[str] = []
    for race in range(200):
        name = f"s-{race}"
        store.append_suggestion(a_suggestion(name), "officer")
        start = threading.Barrier(2)

        def decide(who: str, name: str = name, start: threading.Barrier = start) -> None:
            start.wait()
            try:
                store.record_decision(a_decision(f"{name}-{who}", name), 1, who)
                won.append(name)
            except ConflictError:
                pass

        officers = [threading.Thread(target=decide, args=(who,)) for who in ("first", "second")]
        for officer in officers:
            officer.start()
        for officer in officers:
            officer.join()
    assert sorted(won) == sorted(f"s-{race}" for race in range(200))


def test_receipt_stands_with_what_it_was_given_for(store: Store):
    receipt = Receipt("key-1", "f" * 64, '{"id": "s-1"}')
    store.append_suggestion(a_suggestion(), "officer", receipt)
    assert store.receipt("key-1") == receipt
    assert store.receipt("key-2") is None


def test_a_key_with_another_message_is_refused_and_nothing_is_written(store: Store):
    store.append_suggestion(a_suggestion("s-1"), "officer", Receipt("key", "one", ""))
    with pytest.raises(IdempotencyError):
        store.append_suggestion(a_suggestion("s-2"), "officer", Receipt("key", "two", ""))
    assert len(store.suggestions_of("case-1")) == 1


def test_a_key_with_the_same_message_is_not_done_twice(store: Store):
    store.append_suggestion(a_suggestion("s-1"), "officer", Receipt("key", "one", ""))
    with pytest.raises(ConflictError):
        store.append_suggestion(a_suggestion("s-2"), "officer", Receipt("key", "one", ""))
    assert len(store.suggestions_of("case-1")) == 1


def test_a_refused_decision_leaves_no_receipt_and_no_audit_event(store: Store):
    store.append_suggestion(a_suggestion(), "officer")
    with pytest.raises(ConflictError):
        store.record_decision(a_decision(), 7, "officer", Receipt("key", "one", ""))
    assert store.receipt("key") is None
    assert [e.action for e in store.audit_events()] == ["suggestion-made"]


def test_being_shown_is_logged_with_who_saw_it(store: Store):
    store.append_suggestion(a_suggestion(), "officer-1")
    store.mark_shown("s-1", "officer-2")
    newest = store.audit_events()[0]
    assert (newest.actor, newest.action, newest.subject, newest.at) == ("officer-2", "suggestion-shown", "s-1", NOON)


def test_what_is_unknown_cannot_be_shown(store: Store):
    with pytest.raises(NotFoundError):
        store.mark_shown("s-9", "officer")


def test_audit_events_are_numbered_in_order(store: Store):
    store.receive([an_intake(f"c{i}") for i in range(5)], "officer")
    numbers = [event.seq for event in store.audit_events(limit=3)]
    assert numbers == sorted(numbers, reverse=True) and len(numbers) == 3


def test_champion_follows_the_champion_that_was_seen(store: Store):
    first = store.promote("complexity", "v1", "models/v1", "run-1", 0)
    second = store.promote("complexity", "v2", "models/v2", "run-2", first.sequence)
    assert store.champion("complexity") == second and second.sequence == 2


def test_who_saw_an_older_champion_cannot_promote(store: Store):
    store.promote("complexity", "v1", "models/v1", "run-1", 0)
    for stale in (0, 2):
        with pytest.raises(ConflictError):
            store.promote("complexity", "v2", "models/v2", "run-2", stale)


def test_champions_have_names_of_their_own(store: Store):
    store.promote("complexity", "v1", "models/v1", "run-1", 0)
    assert store.champion("inflow-first_application") is None


@pytest.mark.parametrize("change", ["UPDATE {} SET {}", "DELETE FROM {}"])
@pytest.mark.parametrize("table", schema.APPEND_ONLY)
def test_the_database_itself_refuses_to_change_what_stands(store: Store, table: str, change: str):
    store.publish("INFLOW", shipped_inflow().head(1), "x")
    store.receive([an_intake()], "officer")
    store.append_suggestion(a_suggestion(), "officer")
    store.record_decision(a_decision(), 1, "officer")
    store.promote("complexity", "v1", "models/v1", "run-1", 0)
    column = schema.metadata.tables[table].c.keys()[-1]
    with pytest.raises(StoreError, match="never changed"), store._writing() as connection:
        connection.execute(sa.text(change.format(table, f"{column} = {column}")))


def test_instants_of_another_time_zone_are_stored_in_utc(empty_url: str):
    amsterdam = datetime.fromisoformat("2026-06-12T00:30:00+02:00")
    store = Store.open(empty_url, lambda: amsterdam)
    store.upgrade()
    store.receive([an_intake()], "officer")
    assert store.audit_events()[0].at.isoformat() == "2026-06-11T22:30:00+00:00"


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("change", [{"moment": Moment.IDENTIFIED}, {"lodged": date(2025, 1, 1)}])
def test_what_is_known_of_a_case_never_goes_back(store: Store, change: dict, at_once: bool):
    later = Intake("case-back", date(2026, 7, 1), Moment.REGISTERED, {})
    batches = [[later, replace(later, **change)]] if at_once else [[later], [replace(later, **change)]]
    with pytest.raises(ConflictError):
        for batch in batches:
            store.receive(batch, "officer-1")


def test_an_intake_of_the_same_instant_makes_a_suggestion_stale(store: Store):
    first, second = an_intake(at_border=None), an_intake(at_border=True)
    store.receive([first], "officer")
    store.append_suggestion(a_suggestion(), "officer", rests_on=first)
    assert not store.suggestion("s-1").is_stale
    store.receive([second], "officer")  # the clock of this store stands still
    assert store.suggestion("s-1").is_stale
    with pytest.raises(ConflictError, match="Newer facts"):
        store.record_decision(a_decision(), 1, "officer")


def test_a_suggestion_made_while_newer_facts_came_in_is_stale_from_the_start(store: Store):
    seen = an_intake(at_border=None)
    store.receive([seen, an_intake(at_border=True)], "officer")
    store.append_suggestion(a_suggestion(), "officer", rests_on=seen)
    assert store.suggestion("s-1").is_stale


def test_a_suggestion_names_the_newest_intake_that_says_the_same(store: Store):
    one, other = an_intake(at_border=None), an_intake(at_border=True)
    store.receive([one, other, one], "officer")
    store.append_suggestion(a_suggestion(), "officer", rests_on=one)
    stored = store.suggestion("s-1")
    assert stored.intake_seq == store.intake_log("case-1")[-1].seq and not stored.is_stale


def test_news_is_taken_in_with_its_suggestion_and_only_once(store: Store):
    for name in ("s-1", "s-2"):
        store.append_suggestion(a_suggestion(name), "officer", rests_on=an_intake(), is_news=True)
    assert len(store.intake_log("case-1")) == 1
    assert not any(stored.is_stale for stored in store.suggestions_of("case-1"))


def test_news_that_takes_a_case_back_leaves_neither_intake_nor_suggestion(store: Store):
    store.receive([an_intake()], "officer")
    back = replace(an_intake(), moment=Moment.IDENTIFIED)
    with pytest.raises(ConflictError):
        store.append_suggestion(a_suggestion(), "officer", rests_on=back, is_news=True)
    assert len(store.intake_log("case-1")) == 1 and store.suggestions_of("case-1") == []


def test_a_suggestion_of_facts_that_never_came_in_is_stale_once_any_come_in(store: Store):
    store.append_suggestion(a_suggestion(), "officer", rests_on=an_intake())
    assert store.suggestion("s-1").intake_seq == 0 and not store.suggestion("s-1").is_stale
    store.receive([an_intake()], "officer")
    assert store.suggestion("s-1").is_stale


def test_the_log_of_a_case_keeps_every_intake_in_order(store: Store):
    facts = [{"at_border": None}, {}, {"at_border": True}]
    for one in facts:
        store.receive([an_intake(**one), an_intake("case-2")], "officer")
    log = store.intake_log("case-1")
    assert [one.intake.facts for one in log] == facts
    assert [one.seq for one in log] == sorted({one.seq for one in log})
    assert store.intake_log("nobody") == []


def test_all_intakes_are_the_newest_of_every_case(store: Store):
    assert store.intakes() == []
    store.receive([an_intake("b", at_border=None), an_intake("a", date(2026, 8, 1)), an_intake("c")], "officer")
    store.receive([an_intake("b", at_border=True)], "officer")
    assert store.intakes() == [an_intake("b", at_border=True), an_intake("c"), an_intake("a", date(2026, 8, 1))]

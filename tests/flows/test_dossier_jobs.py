"""From events to what to chase first, over the real store."""

from datetime import date, timedelta

import pandas as pd
import pytest
from tests.conftest import NOON
from tests.dossier.dossier_examples import FULL, LODGED, REG, events

from triage.adapters.dossiers import LABEL, dossier_events
from triage.adapters.files import write_table
from triage.domain.case import Intake, Moment
from triage.domain.errors import NotFoundError, NothingToDoError, TableError
from triage.domain.facts import Register
from triage.dossier.events import MADE_UP, spells
from triage.dossier.readiness import learn_hazards
from triage.jobs.import_dossier_events import import_dossier_events
from triage.jobs.list_dossiers import (
    chase_list,
    dossier_figures,
    dossier_table,
    every_dossier,
    is_made_up,
    list_dossiers,
)
from triage.jobs.make_cases import make_cases
from triage.jobs.make_dossiers import make_dossiers
from triage.jobs.receive_cases import receive_cases
from triage.jobs.show_dossier import ChaseRules, dossier_of
from triage.jobs.suggest_route import suggest_route
from triage.law.book import LawBook
from triage.simulation.dossiers import WEEKLY

LAW = LawBook.load()
TODAY = date(2026, 11, 24)
CASES = make_cases(4000, 3)


def case(number=1, **facts):
    return Intake(f"case-{number}", LODGED, Moment.REGISTERED, FULL | facts)


def history(item="eurodac", weeks=(1, 1, 2, 2, 3, 3, 4, 5), times=30):
    """Cases of last year that waited so many weeks."""
    start = pd.Timestamp("2026-01-05")
    rows = []
    for n in range(times):
        for k, week in enumerate(weeks):
            name, day = f"old-{n}-{k}", start + pd.Timedelta(days=n)
            rows += [(name, item, "requested", day), (name, item, "received", day + pd.Timedelta(weeks=week))]
    return events(*rows)


def brought(store, *rows):
    return import_dossier_events(events(*rows), store, lambda: NOON)


def shown(store, intake=None, **rules):
    known = intake or case(eurodac_hit=None)
    store.receive([known], "test")
    return dossier_of(store, known.case_id, REG, TODAY, ChaseRules(**rules))


def test_a_file_without_any_events_says_what_is_missing_and_promises_no_day(store):
    found = shown(store)
    assert [item.item for item in found.items] == ["eurodac"]
    assert (found.ready, found.p_ready, found.expected_on, found.chase_first) == (False, None, None, None)
    assert found.items[0].sentence == "Het antwoord van Eurodac is nog niet binnen. De identificatiedienst levert dat."


def test_a_ready_file_is_ready_today_and_has_nothing_to_chase(store):
    found = shown(store, case())
    assert (found.ready, found.completeness, found.p_ready, found.expected_on) == (True, 1.0, 1.0, TODAY)
    assert found.items == ()


def test_an_open_item_gets_an_expected_day_from_what_others_waited(store):
    import_dossier_events(history(), store, lambda: NOON)
    brought(store, ("case-1", "eurodac", "requested", "2026-11-23"))
    item = shown(store).items[0]
    assert TODAY + timedelta(days=7) < item.expected_on < item.careful_on < TODAY + timedelta(days=50)
    assert item.asked and item.open_since == date(2026, 11, 23)


def test_the_later_the_interview_the_more_surely_the_file_is_ready(store):
    import_dossier_events(history(), store, lambda: NOON)
    days = {1: 2, 2: 14, 3: 40}
    chances = [shown(store, case(n, eurodac_hit=None), days_to_interview=d).p_ready for n, d in days.items()]
    assert 0 < chances[0] < chances[1] < chances[2] < 1


def test_a_planned_interview_counts_before_the_assumed_day_and_one_in_the_past_does_not(store):
    brought(store, ("case-1", "interview", "planned", "2026-11-20", {"planned_for": "2026-12-03"}))
    assert shown(store).reckoned_on == date(2026, 12, 3)
    brought(store, ("case-2", "interview", "planned", "2026-11-01", {"planned_for": "2026-11-10"}))
    assert shown(store, case(2)).reckoned_on == TODAY + timedelta(days=21)


def test_receiving_the_item_makes_the_file_ready(store):
    before = shown(store)
    brought(store, ("case-1", "eurodac", "requested", "2026-11-02"), ("case-1", "eurodac", "received", "2026-11-20"))
    after = dossier_of(store, "case-1", REG, TODAY)
    assert (before.ready, after.ready) == (False, True)
    assert before.completeness < after.completeness == 1.0


def test_the_events_of_a_day_do_not_reach_the_file_of_the_day_before(store):
    shown(store)
    brought(store, ("case-1", "eurodac", "received", "2026-11-24"))
    assert not dossier_of(store, "case-1", REG, TODAY - timedelta(days=1)).ready
    assert dossier_of(store, "case-1", REG, TODAY).ready


def test_a_file_of_no_case_is_not_found(store):
    with pytest.raises(NotFoundError):
        dossier_of(store, "none", REG, TODAY)


def test_events_are_appended_and_offering_the_whole_register_again_adds_only_what_is_new(store):
    first = [("case-1", "eurodac", "requested", "2026-11-02")]
    assert brought(store, *first).new == 1
    assert brought(store, *first, ("case-1", "eurodac", "received", "2026-11-09")).new == 1
    assert dossier_events(store)["event"].tolist() == ["requested", "received"]
    with pytest.raises(NothingToDoError):
        brought(store, *first)
    assert [p.rows for p in store.publications("DOSSIER_EVENTS")] == [1, 1]


def test_two_imports_at_once_lose_nothing(store):
    """Both read before either wrote: each publishes what was new to it, and reading takes both."""
    for case_id in ("a", "b"):
        store.publish("DOSSIER_EVENTS", events((case_id, "eurodac", "requested", "2026-11-02")), LABEL)
    assert set(dossier_events(store)["case_id"]) == {"a", "b"}


def test_what_stands_is_never_changed(store):
    row = ("case-1", "eurodac", "chased", "2026-11-02", {"minutes": 5})
    brought(store, row)
    with pytest.raises(TableError, match="row 1, column minutes"):
        brought(store, (*row[:4], {"minutes": 50}), ("case-1", "eurodac", "received", "2026-11-03"))
    assert len(dossier_events(store)) == 1


@pytest.mark.parametrize(
    "row,complaint",
    [
        (("case-1", "eurodac", "received", "2026-11-25"), "lies after today"),
        (("case-1", "passport", "received", "2026-11-20"), "expected one of"),
        (("case-1", "eurodac", "lost", "2026-11-20"), "column event"),
        (("case 1", "eurodac", "received", "2026-11-20"), "column case_id"),
        (("case-1", "eurodac", "held", "2026-11-20"), "row 2"),
    ],
)
def test_a_wrong_row_is_refused_and_nothing_is_appended(store, row, complaint):
    with pytest.raises(TableError, match=complaint) as refused:
        brought(store, ("case-1", "eurodac", "requested", "2026-11-02"), row)
    assert "passport" not in str(refused.value)
    assert store.publications("DOSSIER_EVENTS") == []


def test_a_dry_run_appends_nothing(store):
    report = import_dossier_events(history(times=1), store, lambda: NOON, dry_run=True)
    assert (report.new, report.publication_id) == (16, None)
    assert dossier_events(store).empty


def test_a_file_of_events_can_be_imported(store, tmp_path):
    write_table(history(times=1), tmp_path / "events.csv")
    assert import_dossier_events(tmp_path / "events.csv", store, lambda: NOON).new == 16


@pytest.fixture
def made_up(store):
    newest = CASES.sort_values("lodged_on").tail(30)
    receive_cases(newest, Register.load(), Moment.REGISTERED, LAW, store, lambda: NOON, "test")
    make_dossiers(CASES, store, LAW, Register.load(), lambda: NOON)
    return store


def test_made_up_events_say_so_and_give_every_file_a_chance(made_up):
    files = every_dossier(made_up, LAW, TODAY)
    assert is_made_up(made_up, TODAY) and set(dossier_events(made_up)["by"]) == {MADE_UP}
    assert len(files) == 30
    assert all(one.ready or 0 < one.p_ready < 1 for one in files if one.interview_on is None)
    assert {one.ready for one in files} == {True, False}


def test_the_hazards_of_the_made_up_events_are_those_that_were_planted(made_up):
    hazards = learn_hazards(spells(dossier_events(made_up)), lambda item: item, TODAY)
    for item, party in (("medical_advice", "medical_adviser"), ("registration_interview", "intake_desk")):
        first, later = hazards.of(item, item)[:2]
        assert first == pytest.approx(WEEKLY[party][0], abs=0.08)
        assert later == pytest.approx(WEEKLY[party][1], abs=0.08)


def test_pages_of_the_list_hold_every_file_once_in_the_order_of_the_work_list(made_up):
    seen, after = [], None
    while True:
        page, after = list_dossiers(made_up, LAW, TODAY, 7, after)
        seen += [one.case_id for one in page]
        if after is None:
            break
    assert seen == [item.intake.case_id for item in made_up.work_list(100)]


def test_what_to_chase_first_is_worth_the_most_per_minute_and_only_what_blocks(made_up):
    files = every_dossier(made_up, LAW, TODAY)
    first = chase_list(files, 1000)
    worth = [one.item.hours_per_minute for one in first]
    assert worth == sorted(worth, reverse=True) and worth[0] > 0
    assert all(one.item.blocking and one.item.certain for one in first)
    assert chase_list(files, 3) == first[:3]


def test_a_dearer_interview_makes_chasing_worth_more_in_the_same_order(made_up):
    cheap = chase_list(every_dossier(made_up, LAW, TODAY, ChaseRules(cancelled_hours=2)), 10)
    dear = chase_list(every_dossier(made_up, LAW, TODAY, ChaseRules(cancelled_hours=4)), 10)
    assert [c.case_id for c in cheap] == [c.case_id for c in dear]
    assert dear[0].item.hours_per_minute == pytest.approx(2 * cheap[0].item.hours_per_minute)


def test_the_list_as_a_table_has_a_row_per_file_and_holds_no_motive(made_up):
    table = dossier_table(every_dossier(made_up, LAW, TODAY))
    assert len(table) == 30 and table["case_id"].is_unique
    assert "motive" not in " ".join(table.columns) + table.to_csv()


def test_the_figures_cover_thirteen_weeks_and_add_up(made_up):
    figures = dossier_figures(made_up, TODAY)
    assert (figures.last - figures.first).days == 91
    assert 0 < figures.ready_at_start.part <= figures.ready_at_start.whole
    assert {share.whole for _, share in figures.cancelled} == {figures.ready_at_start.whole}
    assert sum(w.items for w in figures.waiting) == int(spells(dossier_events(made_up))["end"].isna().sum())


def test_the_file_follows_the_suggested_route_and_then_the_decided_one(store):
    store.receive([case(eurodac_hit="applied", earlier_application="none")], "test")
    suggest_route(store.intake("case-1"), LAW, None, None, store, lambda: NOON, "test")
    files, _ = list_dossiers(store, LAW, TODAY, 10)
    assert files[0].route == "PACT-RESP"
    assert "other_state_answer" in [item.item for item in files[0].items]

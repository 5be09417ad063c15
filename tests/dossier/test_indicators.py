"""The figures of the bedrijfsbureau, on the smallest made-up events."""

from datetime import date

import pytest
from tests.dossier.dossier_examples import events

from triage.domain.errors import TableError
from triage.dossier.checklist import cause_name
from triage.dossier.events import known_on, refuse_misplaced
from triage.dossier.indicators import (
    DEFINITIONS,
    Chasing,
    Share,
    Waiting,
    cancelled_by_cause,
    chasing_time,
    planned_interviews,
    share_ready_at_start,
    waiting_on,
)

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
BLOCKING = {"eurodac"}


def plan(case, at, day):
    return (case, "interview", "planned", at, {"planned_for": day})


def ended(case, how, at, cause=None):
    return (case, "interview", how, at, {"cause": cause})


def ready(*rows):
    return share_ready_at_start(events(*rows), BLOCKING, FIRST, LAST)


def test_an_interview_whose_file_lacked_a_blocking_item_was_not_ready():
    assert ready(
        ("a", "eurodac", "requested", "2026-11-02"),
        plan("a", "2026-11-03", "2026-11-20"),
        ended("a", "held", "2026-11-20"),
        ("a", "eurodac", "received", "2026-11-21"),
    ) == Share(0, 1)


def test_an_item_that_came_on_the_day_itself_came_too_late():
    rows = [
        ("a", "eurodac", "requested", "2026-11-02"),
        plan("a", "2026-11-03", "2026-11-20"),
        ended("a", "held", "2026-11-20 16:00"),
    ]
    assert ready(*rows, ("a", "eurodac", "received", "2026-11-20 08:00")) == Share(0, 1)
    assert ready(*rows, ("a", "eurodac", "received", "2026-11-19")) == Share(1, 1)


def test_an_item_that_does_not_block_makes_no_file_unready():
    rows = (plan("a", "2026-11-03", "2026-11-20"), ended("a", "held", "2026-11-20"))
    assert ready(("a", "translations", "requested", "2026-11-02"), *rows) == Share(1, 1)


def test_of_two_plans_of_one_case_each_counts_for_itself():
    assert ready(
        ("a", "eurodac", "requested", "2026-11-02"),
        plan("a", "2026-11-03", "2026-11-10"),
        ended("a", "cancelled", "2026-11-10", "eurodac"),
        ("a", "eurodac", "received", "2026-11-12"),
        plan("a", "2026-11-12", "2026-11-24"),
        ended("a", "held", "2026-11-24"),
    ) == Share(1, 2)


def test_a_plan_replaced_before_its_day_is_no_interview():
    planned = planned_interviews(
        events(plan("a", "2026-11-03", "2026-11-10"), plan("a", "2026-11-04", "2026-11-12")), FIRST, LAST
    )
    assert planned["day"].dt.day.tolist() == [12]


def test_an_interview_of_which_nothing_is_known_yet_is_in_no_share():
    assert ready(plan("a", "2026-11-03", "2026-11-20")) == Share(0, 0)
    assert Share(0, 0).value is None


def test_cancelled_and_cut_short_interviews_count_under_their_cause():
    found = cancelled_by_cause(
        events(
            plan("a", "2026-11-01", "2026-11-10"),
            ended("a", "cancelled", "2026-11-10", "no_show"),
            plan("b", "2026-11-01", "2026-11-11"),
            ended("b", "cut_short", "2026-11-11"),
            plan("c", "2026-11-01", "2026-11-12"),
            ended("c", "held", "2026-11-12"),
            plan("d", "2026-11-01", "2026-12-12"),
            ended("d", "cancelled", "2026-11-12", "illness"),
        ),
        FIRST,
        LAST,
    )
    assert found == {"no_show": Share(1, 3), "unknown": Share(1, 3)}
    assert cause_name("eurodac") == "niet binnen: antwoord van eurodac"


def test_waiting_counts_open_items_per_third_party_and_nothing_from_after_the_day():
    rows = events(
        ("a", "eurodac", "requested", "2026-11-02"),
        ("b", "eurodac", "requested", "2026-11-12"),
        ("c", "eurodac", "requested", "2026-11-01"),
        ("c", "eurodac", "received", "2026-11-03"),
        ("d", "guardian", "requested", "2026-11-20"),
        ("e", "guardian", "requested", "2026-11-25"),
    )
    found = waiting_on(rows, {"eurodac": "avim", "guardian": "nidos"}.__getitem__, date(2026, 11, 22))
    assert found == [Waiting("avim", 2, 15.0, 20), Waiting("nidos", 1, 2.0, 2)]


def test_chasing_without_minutes_counts_as_a_time_and_not_as_minutes():
    rows = events(
        ("a", "eurodac", "chased", "2026-11-02", {"minutes": 10}),
        ("a", "eurodac", "chased", "2026-11-09"),
        ("a", "eurodac", "chased", "2026-12-09", {"minutes": 99}),
    )
    assert chasing_time(rows, lambda _: "avim", FIRST, LAST) == [Chasing("avim", 2, 10.0)]


def test_what_is_known_on_a_day_ends_with_that_day():
    rows = events(("a", "x", "requested", "2026-11-02 23:59"), ("a", "x", "received", "2026-11-03"))
    assert len(known_on(rows, date(2026, 11, 2))) == 1


@pytest.mark.parametrize(
    "row",
    [
        ("a", "interview", "received", "2026-11-02"),
        ("a", "eurodac", "held", "2026-11-02"),
        ("a", "interview", "planned", "2026-11-02"),
        ("a", "interview", "held", "2026-11-02", {"planned_for": "2026-11-03"}),
    ],
)
def test_an_event_that_cannot_happen_to_its_item_is_refused_with_its_row(row):
    with pytest.raises(TableError, match="row 2"):
        refuse_misplaced(events(("a", "eurodac", "requested", "2026-11-01"), row))


def test_every_indicator_has_a_definition_and_its_trap():
    assert all(len(text) > 20 and text.endswith(".") for pair in DEFINITIONS.values() for text in pair)

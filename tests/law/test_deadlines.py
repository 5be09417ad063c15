"""Deadlines and clocks: by hand, and 20,000 made-up cases against the slow calendar walk of deadlines_by_hand."""

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from deadlines_by_hand import NOTHING, clock, deadlines, is_listed
from law_examples import REGISTER

from triage.domain.case import Intake, Moment
from triage.law.book import RULES, LawBook

LAW = LawBook.load()
HERE = Path(__file__)
with HERE.with_name("deadline_examples.csv").open(encoding="utf8", newline="") as file:
    EXAMPLES = list(csv.DictReader(file))
with (RULES / "terms.csv").open(encoding="utf8", newline="") as file:
    TERM_IDS = {row["term_id"] for row in csv.DictReader(file)}
EVENTS = sorted(fact.name for fact in REGISTER.facts.values() if fact.group == "term" and fact.kind == "date")
PRE = ["PRE-S4-AA6", "PRE-S1-DUBLIN", "PRE-HASA", "PRE-BORDER"]
UNDER_PACT = ["PACT-REG", "PACT-RESP", "PACT-INADM", "PACT-INADM-LATE", "PACT-ACC", "PACT-BORDER"]
CASES = 20_000
#: Clocks that are not in the list of every case of their route, and the routes that they are of.
SOMETIMES = {
    "VW42-1": ("PRE-S4-AA6", "PRE-HASA", "PRE-BORDER"),
    "VW42-5": ("PRE-S4-AA6", "PRE-HASA", "PRE-BORDER"),
    "VW43": ("PRE-S4-AA6", "PRE-HASA", "PRE-BORDER"),
    "PR43-2": ("PRE-BORDER",),
    "APR35-4": ("PACT-REG", "PACT-RESP"),
    "APR35-7": ("PACT-REG",),
    "DW-ADM": (*PRE, *UNDER_PACT),
}
NOT_LISTED = ("not", "listed")


def intake_of(row):
    pairs = (text.split("=") for text in row["facts"].split())
    facts = {name: REGISTER.facts[name].parse(value) for name, value in pairs}
    return Intake("case-1", date.fromisoformat(row["lodged"]), Moment.REGISTERED, facts)


def spans_of(text):
    """ "IGS=2025-08-02..2025-08-18" per clock: - has not started, ? has no end yet, x is not in the list."""
    spans = {}
    for name, span in (part.split("=") for part in text.split()):
        if span == "x":
            spans[name] = NOT_LISTED
            continue
        days = [None, None] if span == "-" else span.split("..")
        spans[name] = tuple(date.fromisoformat(day) if day and day != "?" else None for day in days)
    return spans


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: row["example"])
def test_each_deadline_worked_by_hand_is_met(row):
    said = LAW.deadlines(intake_of(row), row["route"])
    assert (str(said.applied or ""), str(said.lawful or "")) == (row["applied"], row["lawful"])
    clocks = {clock.term_id: (clock.start, clock.ends) for clock in said.clocks}
    for name, span in spans_of(row["clocks"]).items():
        assert clocks.get(name, NOT_LISTED) == span, name


def test_every_example_cites_its_article_and_every_term_occurs_with_dates():
    assert all(row["article"] for row in EXAMPLES) and len(EXAMPLES) >= 40
    assert len({row["example"] for row in EXAMPLES}) == len(EXAMPLES)
    worked = {
        name for row in EXAMPLES for name, span in spans_of(row["clocks"]).items() if span not in (NOTHING, NOT_LISTED)
    }
    assert worked == TERM_IDS


def test_every_term_gives_a_clock_on_a_route_that_it_names():
    shown = set()
    set_off = {"decided_extension_on": date(2027, 9, 1), "suspended_from": date(2027, 9, 1)}
    for lodged in (date(2019, 6, 1), date(2022, 6, 1), date(2023, 6, 1), date(2024, 6, 1), date(2026, 7, 1)):
        for route in LAW.routes():
            said = LAW.deadlines(Intake("case-1", lodged, Moment.REGISTERED, set_off), route.route_id)
            shown |= {clock.term_id for clock in said.clocks}
            assert all(clock.ends is None for clock in said.clocks if clock.start is None)
    assert shown == TERM_IDS


def made_up(count, seed=19900101):
    """Lodging date, route and events, often at the ends of months and terms, where counting goes wrong."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        # A quarter around the dates on which the law changed, the rest over seventy years.
        first, last = (
            (date(2022, 3, 1), date(2026, 7, 1)) if number % 4 == 0 else (date(1990, 1, 1), date(2060, 12, 31))
        )
        lodged = first + timedelta(days=int(rng.integers(0, (last - first).days)))
        routes = UNDER_PACT if lodged >= date(2026, 6, 12) else PRE
        facts = {"detained": bool(rng.integers(2))}
        for event in EVENTS:
            if rng.random() < 0.35:
                facts[event] = lodged + timedelta(days=int(rng.integers(0, 500)))
        if rng.random() < 0.1:  # the edge itself: announced on the last day or the day after it
            last = deadlines(lodged, "PRE-HASA", {})[0]
            facts["decided_extension_on"] = last + timedelta(days=int(rng.integers(0, 2)))
        yield lodged, routes[int(rng.integers(len(routes)))], facts


def test_20_000_cases_of_1990_to_2060_agree_with_a_walk_through_the_calendar():
    wrong, compared = [], 0
    for lodged, route, facts in made_up(CASES):
        said = LAW.deadlines(Intake("case-1", lodged, Moment.REGISTERED, facts), route)
        if (said.applied, said.lawful) != deadlines(lodged, route, facts):
            wrong.append((lodged, route, facts, said.applied, said.lawful))
        for shown in said.clocks:
            compared += 1
            if (shown.start, shown.ends) != clock(shown.term_id, lodged, route, facts):
                wrong.append((lodged, route, facts, shown))
        listed = {shown.term_id for shown in said.clocks}
        for term, routes in SOMETIMES.items():
            if (term in listed) != (route in routes and is_listed(term, lodged, route, facts)):
                wrong.append((lodged, route, facts, term))
    assert wrong[:3] == [] and compared > 7 * CASES


def test_the_walk_finds_a_deadline_that_is_one_day_off():
    said = LAW.deadlines(Intake("case-1", date(2025, 3, 11), Moment.REGISTERED, {}), "PRE-S4-AA6")
    assert (said.applied, said.lawful) != deadlines(date(2025, 3, 10), "PRE-S4-AA6", {})

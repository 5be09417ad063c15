"""Every example of examples.csv: facts and lodging date -> regime, deciding route and both deadlines."""

import csv
from pathlib import Path

import pytest
from law_examples import REGISTER, case

from triage.domain.case import Depth
from triage.law.book import LawBook

with Path(__file__).with_name("examples.csv").open(encoding="utf8", newline="") as file:
    EXAMPLES = list(csv.DictReader(file))
LAW = LawBook.load()


def intake_of(row):
    pairs = (text.split("=") for text in row["facts"].split())
    facts = {name: REGISTER.facts[name].parse(value) for name, value in pairs}
    return case(row["lodged"], row["moment"], **facts)


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: row["example"])
def test_the_law_says_of_each_example_what_it_should(row):
    intake = intake_of(row)
    options = LAW.options(intake)
    decided = options.decided.route if options.decided else ""
    deadlines = LAW.deadlines(intake, decided or options.depths[Depth.STANDARD])
    said = (options.regime, decided, str(deadlines.applied or ""), str(deadlines.lawful or ""))
    assert said == (row["regime"], row["decided"], row["applied"], row["lawful"])


def test_there_are_examples_on_both_sides_of_the_date():
    assert {row["regime"] for row in EXAMPLES} == {"pre_pact", "pact"}
    assert len(EXAMPLES) >= 40


def test_every_route_that_a_rule_can_decide_has_an_example():
    decidable = {route.route_id for route in LAW.routes() if route.is_tested and route.precedence is not None}
    assert decidable <= {row["decided"] for row in EXAMPLES}

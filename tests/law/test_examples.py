"""Every example of examples.csv: facts and lodging date -> what the law says; and what no example shows.

The columns: `facts` are what differs from the ordinary case of law_examples.py (everything known, nothing special).
`decided` is the route a rule decides, REFUSED where the book has no rules; `allowed` and `open` are complete,
`excluded` names the routes that the example is about; `grounds` are the lettered grounds that hold; `beside` says of
rows at another stage, and of the priority grounds, what their verdict is; `needs` and `flags` are complete.
"""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from law_examples import REGISTER, case

from triage.domain.case import Verdict
from triage.domain.errors import LawError
from triage.law import criteria
from triage.law.book import LIST_FILES, RULES, LawBook
from triage.law.flags import FLAGS
from triage.law.rows import FIRST_DATE, read_lists

with Path(__file__).with_name("examples.csv").open(encoding="utf8", newline="") as file:
    EXAMPLES = list(csv.DictReader(file))
LAW = LawBook.load()
SAID = [row for row in EXAMPLES if row["decided"] != "REFUSED"]


def intake_of(row):
    pairs = (text.split("=") for text in row["facts"].split())
    facts = {name: REGISTER.facts[name].parse(value) for name, value in pairs}
    return case(row["lodged"], row["moment"], **facts)


def named(options, verdict):
    return " ".join(said.route for said in options.verdicts if said.verdict is verdict)


def of_other_stages(intake):
    """Verdicts of rows at other stages by route id, and of the priority grounds by route id and letter."""
    lettered = {f"{v.route}({v.article[-2]})": v.verdict.value for v in LAW.options(intake).priority}
    return {line.route: line.verdict.value for line in LAW.trace(intake) if not line.criterion} | lettered


@pytest.mark.parametrize("row", SAID, ids=lambda row: row["example"])
def test_the_law_says_of_each_example_what_it_should(row):
    options = LAW.options(intake_of(row))
    assert options.regime == row["regime"]
    assert (options.decided.route if options.decided else "") == row["decided"]
    assert named(options, Verdict.MET) == row["allowed"]
    assert named(options, Verdict.UNKNOWN) == row["open"]
    assert set(row["excluded"].split()) <= set(named(options, Verdict.NOT_MET).split())
    held = (ground.article.split("art. ")[1] for ground in options.grounds if ground.verdict is Verdict.MET)
    assert " ".join(held) == row["grounds"]
    assert " ".join(need.fact for need in options.needs) == row["needs"]
    assert " ".join(options.flags) == row["flags"]


@pytest.mark.parametrize("row", [r for r in SAID if r["beside"]], ids=lambda row: row["example"])
def test_other_stages_say_of_each_example_what_they_should(row):
    said = of_other_stages(intake_of(row))
    assert {key: said.get(key) for key in (pair.split("=")[0] for pair in row["beside"].split())} == dict(
        pair.split("=") for pair in row["beside"].split()
    )


@pytest.mark.parametrize("row", [r for r in EXAMPLES if r["decided"] == "REFUSED"], ids=lambda row: row["example"])
def test_a_lodging_date_without_rules_is_refused(row):
    with pytest.raises(LawError, match="no examination for a case lodged on"):
        LAW.options(intake_of(row))


# What no example shows -----------------------------------------------------------------------------------------------


def test_there_are_at_least_150_examples_each_with_its_own_name_and_its_article():
    assert len({row["example"] for row in EXAMPLES}) == len(EXAMPLES) >= 150
    assert [row["example"] for row in EXAMPLES if not row["article"]] == []


def test_every_route_occurs_in_an_example():
    columns = ("decided", "allowed", "open", "excluded", "beside")
    words = {word.partition("=")[0].partition("(")[0] for r in EXAMPLES for c in columns for word in r[c].split()}
    assert {route.route_id for route in LAW.routes()} - words == set()


def test_every_route_that_a_rule_can_decide_is_decided_in_an_example():
    ranked = [route for route in LAW.routes() if route.is_tested and route.precedence is not None]
    decidable = {row.route_id for row in ranked if any(criteria.JUDGED.isdisjoint(clause) for clause in row.entry)}
    assert decidable - {row["decided"] for row in EXAMPLES} == set()


def test_every_criterion_is_shown_with_each_verdict_that_it_can_give():
    shown = {(line.criterion, line.verdict) for row in SAID for line in LAW.trace(intake_of(row))}
    lacking = [
        f"{name} {verdict}"
        for name, facts in criteria.FACTS_READ.items()
        for verdict in possible(name, facts)
        if (name, verdict) not in shown
    ]
    assert lacking == []


def possible(name, facts):
    """The verdicts that a criterion can give: a judged one never MET; a list only what its rows say."""
    if name == "every_case":
        return {Verdict.MET}
    if not facts:
        return {Verdict.UNKNOWN}
    if criteria.EVENTS.issuperset(facts):  # it has happened or it has not
        return {Verdict.MET, Verdict.NOT_MET}
    if name in criteria.WEIGHED:  # a sign against it is only ever weighed
        return {Verdict.MET, Verdict.UNKNOWN}
    if name in criteria.LIST_CRITERIA.values():
        rows = [row for rows in all_lists()[name].values() for row in rows]
        silent = set() if "*" in {row.nationality for row in rows} else {Verdict.NOT_MET}
        return {row.verdict for row in rows} | silent | {Verdict.UNKNOWN}
    return {Verdict.NOT_MET, Verdict.UNKNOWN} | (set() if name in criteria.JUDGED else {Verdict.MET})


def all_lists():
    found = {}
    for file, allowed in LIST_FILES.items():
        found |= {criteria.LIST_CRITERIA[name]: rows for name, rows in read_lists(RULES / file, allowed).items()}
    return found


def test_every_exclusion_holds_up_a_route_in_an_example():
    shown = set()
    for row in SAID:
        intake = intake_of(row)
        said = {(line.route, line.criterion): line.verdict for line in LAW.trace(intake)}
        for route in LAW.in_force(intake.lodged):
            entry = alternatives(route, route.entry, said)
            for clause, verdict in zip(route.exclusion, alternatives(route, route.exclusion, said), strict=True):
                if criteria.any_of(entry) is not Verdict.NOT_MET and verdict is not Verdict.NOT_MET:
                    shown.add((route.route_id, clause))
    wanted = {(route.route_id, clause) for route in LAW.routes() if route.is_tested for clause in route.exclusion}
    assert wanted - shown == set()


def alternatives(route, clauses, said):
    return [criteria.all_of([said[route.route_id, name] for name in clause]) for clause in clauses]


def test_every_alternative_of_an_entry_is_open_or_met_in_an_example():
    shown = set()
    for row in SAID:
        intake = intake_of(row)
        said = {(line.route, line.criterion): line.verdict for line in LAW.trace(intake)}
        for route in LAW.in_force(intake.lodged):
            verdicts = zip(route.entry, alternatives(route, route.entry, said), strict=True)
            shown |= {(route.route_id, clause) for clause, verdict in verdicts if verdict is not Verdict.NOT_MET}
    wanted = {(route.route_id, clause) for route in LAW.routes() if route.is_tested for clause in route.entry}
    assert wanted - shown == set()


def test_both_sides_of_every_date_boundary_occur():
    rows = [*LAW.routes(), *(row for rows in all_lists().values() for one in rows.values() for row in one)]
    firsts = {row.first for row in rows if row.first > FIRST_DATE}
    firsts |= {row.last + timedelta(days=1) for row in rows if row.last < date.max}
    shown = {date.fromisoformat(row["lodged"]) for row in EXAMPLES}
    assert {day for first in firsts for day in (first, first - timedelta(days=1))} - shown == set()


def test_every_flag_occurs():
    shown = {flag for row in EXAMPLES for flag in row["flags"].split()}
    wanted = {*FLAGS, "contradiction", "language_not_listed", "accelerated_obligatory", "border_obligatory"}
    assert wanted | {"exception_to_weigh"} == shown

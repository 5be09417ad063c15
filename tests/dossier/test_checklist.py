"""What a file must hold, and how complete it is."""

import csv
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dossier.dossier_examples import FULL, LODGED, REG, intake

from triage.domain.case import Intake, Moment, Verdict
from triage.domain.errors import LawError
from triage.domain.facts import Register
from triage.dossier.checklist import RULES, Checklist, Stand, completeness, sentence, texts
from triage.law.book import LawBook
from triage.law.rows import Route

LIST = Checklist.load()
BOOK = LawBook.load()
ITEMS = sorted({row.item for row in LIST.rows})
SETS = st.sets(st.sampled_from(ITEMS))
ANSWERS = st.fixed_dictionaries(
    {
        "documents": st.sampled_from(["real", "copy", "none", "not_checked", None]),
        "unaccompanied_minor": st.sampled_from([True, False, None]),
        "age_dispute": st.sampled_from([True, False, None]),
        "evidence_items": st.sampled_from([0.0, 3.0, None]),
        "eurodac_hit": st.sampled_from(["none", "applied", None]),
    }
)


def routes_tested() -> list[Route]:
    return [route for route in BOOK.routes() if route.is_tested]


def share(facts, delivered=(), route=REG):
    return completeness(LIST, intake(**facts), route, delivered)


def test_every_route_that_a_case_can_take_has_blocking_items():
    bare = [
        route.route_id
        for route in routes_tested()
        if not any(row.blocking for row in LIST.required(route.route_id, max(route.first, date(2015, 1, 1))))
    ]
    assert bare == []


def test_no_pattern_of_the_checklist_names_a_route_that_is_not_in_the_law_book():
    ids = {route.route_id for route in BOOK.routes()}
    patterns = {pattern for row in LIST.rows for pattern in row.applies_to}
    dead = [p for p in patterns if not any(i == p or (p.endswith("*") and i.startswith(p[:-1])) for i in ids)]
    assert dead == []


def test_on_every_route_and_date_each_item_stands_at_most_once():
    edges = {row.first for row in LIST.rows} | {row.last for row in LIST.rows if row.last < date.max}
    for day in edges | {edge + timedelta(days=1) for edge in edges}:
        for route in BOOK.routes():
            items = [row.item for row in LIST.required(route.route_id, day)]
            assert len(items) == len(set(items)), (route.route_id, day)


def test_the_screening_form_is_needed_from_12_june_2026_and_not_the_day_before():
    before = {row.item for row in LIST.required(REG, date(2026, 6, 11))}
    after = {row.item for row in LIST.required(REG, date(2026, 6, 12))}
    assert "screening_form" not in before and "screening_form" in after


def test_every_row_names_its_source_and_every_figure_is_marked_an_assumption():
    assert all(row.source and row.legal_basis for row in LIST.rows)
    assert {row.figures_confidence for row in LIST.rows} == {"assumption"}


@given(ANSWERS, SETS)
def test_completeness_lies_between_nothing_and_all(facts, delivered):
    found = share(facts, delivered)
    assert found.share is not None and 0 <= found.share <= 1


@given(ANSWERS, SETS, st.sampled_from(ITEMS))
def test_one_more_item_in_never_lowers_completeness_and_never_makes_a_ready_file_unready(facts, delivered, item):
    before, after = share(facts, delivered), share(facts, delivered | {item})
    assert after.share >= before.share and after.ready >= before.ready


@given(ANSWERS, SETS)
def test_a_file_is_ready_exactly_when_no_blocking_item_is_missing_or_in_doubt(facts, delivered):
    found = share(facts, delivered)
    assert found.ready == (not any(s.item.blocking for s in (*found.missing, *found.uncertain)))


@given(ANSWERS, SETS)
def test_completeness_is_all_exactly_when_nothing_is_missing(facts, delivered):
    found = share(facts, delivered)
    assert (found.share == 1) == (not found.missing)


@given(ANSWERS, SETS)
def test_completeness_is_the_weight_that_is_in_over_the_weight_that_is_needed(facts, delivered):
    found = share(facts, delivered)
    needed = {s.item.item: s.item.weight for s in found.stands if s.applies is Verdict.MET}
    missing = sum(needed[s.item.item] for s in found.missing)
    assert found.share == pytest.approx(1 - missing / sum(needed.values()))


@given(ANSWERS)
def test_an_answer_turns_doubt_into_yes_or_no_and_changes_nothing_that_was_certain(facts):
    unknown, known = share(facts), share(facts | {"unaccompanied_minor": True, "age_dispute": True})
    certain = {s.item.item: s.applies for s in unknown.stands if s.applies is Verdict.MET}
    now = {s.item.item: s.applies for s in known.stands}
    assert all(now[item] is Verdict.MET for item in certain if item not in ("guardian", "age_study"))
    assert now["guardian"] is Verdict.MET and now["age_study"] is Verdict.MET


def test_a_fact_that_is_known_shows_that_its_item_is_in():
    assert share({}).ready
    assert [s.item.item for s in share({"eurodac_hit": None}).missing] == ["eurodac"]


def test_before_the_registration_interview_a_file_is_not_ready():
    found = completeness(LIST, intake(Moment.IDENTIFIED), REG, ())
    assert "registration_interview" in {s.item.item for s in found.missing} and not found.ready


def test_not_knowing_whether_somebody_is_a_minor_keeps_a_file_from_being_ready():
    found = share({"unaccompanied_minor": None})
    assert not found.ready and found.share == 1
    assert [s.item.item for s in found.uncertain] == ["guardian"]


def test_a_fact_that_was_not_asked_is_no_no():
    facts = {name: value for name, value in FULL.items() if name != "unaccompanied_minor"}
    found = completeness(LIST, Intake("c", LODGED, Moment.REGISTERED, facts), REG, ())
    assert "guardian" in {s.item.item for s in found.uncertain}


def test_an_age_dispute_of_an_adult_asks_no_study_whatever_else_is_unknown():
    found = share({"unaccompanied_minor": False, "age_dispute": None})
    assert "age_study" not in {s.item.item for s in (*found.missing, *found.uncertain)}


def test_a_route_without_a_checklist_is_never_complete_and_never_ready():
    found = share({}, route="NO-ROUTE", delivered=ITEMS)
    assert (found.share, found.ready, found.missing) == (None, False, ())


def test_every_item_says_in_dutch_what_is_missing_and_who_delivers_it():
    for row in LIST.rows:
        for verdict in (Verdict.MET, Verdict.UNKNOWN):
            said = sentence(Stand(row, verdict, False))
            assert said.endswith(".") and "{" not in said and len(said) < 130
    assert set(texts()["items"]) == set(ITEMS)
    assert {row.third_party for row in LIST.rows} == set(texts()["parties"])


def changed(tmp_path: Path, **cells: str) -> Path:
    """The shipped list with other cells in its first row."""
    with RULES.open(encoding="utf8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0] |= cells
    place = tmp_path / "checklist.csv"
    with place.open("w", encoding="utf8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return place


@pytest.mark.parametrize(
    "cells,complaint",
    [
        ({"source": ""}, "has no source"),
        ({"legal_basis": ""}, "has no legal_basis"),
        ({"applies_to": ""}, "has no applies_to"),
        ({"applies_if": "shoe_size=44"}, "not in the register"),
        ({"present_if": "moment=later"}, "does not exist"),
        ({"present_if": "documents"}, "fact=value"),
        ({"weight": "0"}, "between 0 and 1000"),
        ({"chase_minutes": "-5"}, "between 0 and 1000"),
        ({"blocking": "perhaps"}, "impossible value"),
        ({"confidence": "sure"}, "expected a confidence"),
        ({"figures_confidence": "sure"}, "expected a figures_confidence"),
        ({"item": "eurodac"}, "two rows of eurodac"),
        ({"third_party": "nobody"}, "needs Dutch words"),
        ({"lodged_from": "2027-01-01", "lodged_to": "2026-01-01"}, "lodged_from not after"),
    ],
)
def test_a_wrong_row_is_refused_by_name_when_the_list_is_read(tmp_path, cells, complaint):
    with pytest.raises(LawError, match=complaint):
        Checklist.load(changed(tmp_path, **cells))


def test_a_row_with_a_comma_that_was_not_quoted_is_refused(tmp_path):
    place = tmp_path / "checklist.csv"
    place.write_text(RULES.read_text(encoding="utf8").replace("APR art. 15-16", "APR art. 15, 16"), encoding="utf8")
    with pytest.raises(LawError, match=r"row 8 \(legal_aid\) has 15 cells where 14 columns are"):
        Checklist.load(place)


def test_a_new_version_is_new_rows_and_an_older_case_keeps_its_list(tmp_path):
    rows = RULES.read_text(encoding="utf8").splitlines()
    new = "translations,PACT-BORDER,,,9,yes,10,translation_office,2027-01-01,,APR art. 34,made up,assumption,assumption"
    old = next(row for row in rows if row.startswith("translations,"))
    assert ",10,translation_office,,," in old
    rows[rows.index(old)] = old.replace(",10,translation_office,,,", ",10,translation_office,,2026-12-31,")
    place = tmp_path / "checklist.csv"
    place.write_text("\n".join([*rows, new]) + "\n", encoding="utf8")
    later = Checklist.load(place)
    weight = {d: [r.weight for r in later.required("PACT-BORDER", d) if r.item == "translations"] for d in DAYS}
    assert list(weight.values()) == [[1.0], [9.0]]
    assert later.version != LIST.version and later.version.startswith("2027-01-01")


DAYS = (date(2026, 12, 31), date(2027, 1, 1))


def test_every_fact_that_the_checklist_reads_stands_in_the_register():
    names = {name for row in LIST.rows for name, *_ in (*row.applies_if, *row.present_if)} - {"moment"}
    assert names <= set(Register.load().facts)


def test_no_item_asks_for_the_motive_or_for_what_never_enters_a_model_but_by_law():
    names = {name for row in LIST.rows for name, *_ in (*row.applies_if, *row.present_if)}
    assert not names & {"motive_group", "motive_short", "ethnicity", "religion", "sex", "public_order_signal"}


def test_two_rows_of_one_item_never_meet_in_the_shipped_list():
    for one, other in combinations([r for r in LIST.rows if r.item == "legal_aid"], 2):
        assert not set(one.applies_to) & set(other.applies_to)


def test_the_how_to_page_names_every_item_of_the_checklist():
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "work-with-dossiers.md").read_text(encoding="utf8")
    assert [item for item in ITEMS if f"| `{item}` |" not in page] == []

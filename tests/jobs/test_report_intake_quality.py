"""What is known at the front: three states counted apart, small groups kept out of sight."""

from datetime import date, timedelta

import pandas as pd
import pytest

from triage.adapters.files import read_table
from triage.domain.case import Intake, Moment
from triage.domain.errors import NothingToDoError, TableError
from triage.domain.facts import Register
from triage.jobs.report_intake_quality import (
    ALL,
    DEFINITIONS,
    NOT_ASKED,
    UNKNOWN,
    report_intake_quality,
    week_of,
    write_quality,
)

REGISTER = Register.load()
TODAY, MONDAY = date(2026, 11, 25), date(2026, 11, 16)


def case(number, lodged=MONDAY, moment=Moment.REGISTERED, **facts):
    return Intake(f"case-{number}", lodged, moment, facts)


def report(*intakes, weeks=12):
    return report_intake_quality(intakes, REGISTER, weeks, TODAY)


def figure(found, figure, name, location=ALL, week=ALL):
    rows = found.figures
    chosen = rows[
        (rows["figure"] == figure) & (rows["name"] == name) & (rows["location"] == location) & (rows["week"] == week)
    ]
    assert len(chosen) == 1, (figure, name, location, week)
    return chosen.to_dict("records")[0]


def counts(found, name, **where):
    return [figure(found, state, name, **where)["part"] for state in ("known", "unknown", "not_asked")]


def test_known_unknown_and_not_asked_are_counted_apart():
    facts = [{"documents": "real"}] * 7 + [{"documents": None}] * 3 + [{}] * 2
    found = report(*(case(k, **one) for k, one in enumerate(facts)))
    assert counts(found, "documents") == [7, 3, 2]
    assert figure(found, "known", "documents")["whole"] == 12
    assert figure(found, "known", "documents")["share"] == pytest.approx(7 / 12, abs=1e-4)


def test_a_fact_of_the_interview_counts_only_in_cases_past_the_interview():
    early = [case(f"e{k}", moment=Moment.IDENTIFIED) for k in range(15)]
    late = [case(f"l{k}", medical_advice="fit") for k in range(11)]
    found = report(*early, *late)
    assert figure(found, "known", "medical_advice")["whole"] == 11
    assert figure(found, "known", "documents")["whole"] == 26


def test_figures_stand_per_location_and_week():
    intakes = [case(f"{place}{week}{k}", MONDAY - timedelta(weeks=week), location=place, documents=answer)
               for place, answer in (("terapel", "real"), ("budel", None))
               for week in (0, 1)
               for k in range(10)]  # fmt: skip
    found = report(*intakes)
    assert counts(found, "documents", location="terapel", week="2026-W47") == [10, 0, 0]
    assert counts(found, "documents", location="budel", week="2026-W46") == [0, 10, 0]
    assert counts(found, "documents", location="budel") == [0, 20, 0]
    assert counts(found, "documents", week="2026-W46") == [10, 10, 0]


def test_a_location_that_is_unknown_or_was_not_asked_is_a_group_of_its_own():
    unknown = [case(f"u{k}", location=None) for k in range(10)]
    found = report(*unknown, *(case(f"n{k}") for k in range(12)))
    assert figure(found, "not_asked", "documents", location=UNKNOWN)["whole"] == 10
    assert figure(found, "not_asked", "documents", location=NOT_ASKED)["whole"] == 12


def test_a_group_of_nine_is_not_shown_nor_what_gives_it_away():
    sizes = {"budel": 9, "terapel": 30, "zevenaar": 20}
    found = report(*(case(f"{p}{k}", location=p) for p, size in sizes.items() for k in range(size)))
    hidden = {p: figure(found, "known", "location", location=p)["is_hidden"] for p in sizes}
    assert hidden == {"budel": True, "terapel": False, "zevenaar": True}
    assert figure(found, "known", "location")["part"] == 59
    assert any("fewer than 10" in note for note in found.notes)


def test_what_is_hidden_has_no_figure():
    found = report(*(case(k) for k in range(9)))
    assert found.figures["is_hidden"].all()
    assert found.figures[["part", "whole", "share"]].isna().all(axis=None)
    assert {row["part"] for row in found.document()["figures"]} == {None}


def test_contradictions_are_counted_by_code_and_together():
    odd = [case(f"o{k}", unaccompanied_minor=True, age_years=34, family_size=2) for k in range(3)]
    found = report(*odd, *(case(k) for k in range(17)))
    assert figure(found, "contradiction", "MINOR_OF_AGE")["part"] == 3
    assert figure(found, "contradiction", "ALONE_WITH_OTHERS")["part"] == 3
    assert figure(found, "contradiction", "any")["share"] == pytest.approx(3 / 20)


def test_a_lodging_date_in_the_future_is_counted_and_named():
    found = report(*(case(k) for k in range(10)), *(case(f"f{k}", TODAY + timedelta(days=9)) for k in range(10)))
    assert figure(found, "contradiction", "LODGED_IN_FUTURE")["part"] == 10
    assert any("in the future" in note for note in found.notes)


def test_only_the_last_weeks_are_looked_at():
    old = [case(f"o{k}", MONDAY - timedelta(weeks=2)) for k in range(10)]
    found = report(*old, *(case(k, MONDAY + timedelta(days=6)) for k in range(10)), weeks=2)
    assert (found.cases, found.first_week, found.last_week) == (10, "2026-W47", "2026-W47")
    assert report(*old, case(0), weeks=3).cases == 11


def test_a_case_that_is_given_twice_counts_once_as_given_last():
    found = report(*(case(k) for k in range(10)), *(case(k, documents="real") for k in range(10)))
    assert counts(found, "documents") == [10, 0, 0]


def test_clocks_are_not_counted_as_missing():
    found = report(*(case(k) for k in range(10)))
    assert not set(found.figures["name"]) & {fact.name for fact in REGISTER.clocks()}


def test_every_figure_has_its_definition():
    found = report(*(case(k) for k in range(10)))
    assert set(found.figures["figure"]) <= set(DEFINITIONS) and found.definitions == DEFINITIONS


def test_without_cases_there_is_nothing_to_report():
    with pytest.raises(NothingToDoError):
        report()


@pytest.mark.parametrize(
    ("day", "week"),
    [(date(2026, 12, 31), "2026-W53"), (date(2027, 1, 3), "2026-W53"), (date(2027, 1, 4), "2027-W01")],
)
def test_weeks_are_those_of_iso(day, week):
    assert week_of(day) == week


@pytest.mark.parametrize("name", ["quality.csv", "quality.xlsx", "quality.parquet"])
def test_a_written_report_holds_every_figure_with_its_definition(tmp_path, name):
    found = report(*(case(k, documents="real") for k in range(10)))
    write_quality(found, tmp_path / name)
    rows = read_table(tmp_path / name)
    assert len(rows) == len(found.figures)
    if name.endswith(".xlsx"):
        words = pd.read_excel(tmp_path / name, sheet_name="definitions")
        assert set(DEFINITIONS) <= set(words["name"])
    else:
        assert set(rows["definition"]) == {DEFINITIONS[one] for one in set(rows["figure"])}


def test_a_report_is_not_written_as_something_else(tmp_path):
    with pytest.raises(TableError, match="xlsx"):
        write_quality(report(*(case(k) for k in range(10))), tmp_path / "quality.txt")

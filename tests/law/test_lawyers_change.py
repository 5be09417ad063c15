"""The changes on the how-to page, made in a copy of the rules: only rows change, and the book says the new law."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from law_examples import case

from triage.domain.case import Verdict
from triage.domain.errors import LawError
from triage.law.book import RULES, LawBook

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-route-or-law-version.md"
DIFFS = {
    re.search(r"^--- (\S+)$", body, re.M)[1]: body.split("@@\n", 1)[1]
    for body in re.findall(r"```diff\n(.*?)```", PAGE.read_text("utf8"), re.S)
}
SHIPPED = LawBook.load()


def applied(text, diff):
    """The text with a diff applied; lines that the diff only adds, without context, come at the end."""
    before = "".join(line[1:] for line in diff.splitlines(True) if line[0] in " -")
    after = "".join(line[1:] for line in diff.splitlines(True) if line[0] in " +")
    assert text.count(before) == 1 or not before
    return text.replace(before, after) if before else text + after


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(RULES, tmp_path / "rules"))


def changed(folder, name):
    """The book after the change on the page to one file."""
    place = folder / name
    place.write_text(applied(place.read_text("utf8"), DIFFS[name]), "utf8")
    return LawBook.load(folder)


def test_the_page_changes_rows_only():
    assert set(DIFFS) == {"safe_countries.csv", "terms.csv", "union_recognition.csv"}


def test_a_new_safe_country_holds_from_its_date_and_not_before(folder):
    law = changed(folder, "safe_countries.csv")
    assert law.options(case("2026-12-31", nationality_iso3="PER")).decided is None
    options = law.options(case("2027-01-01", nationality_iso3="PER"))
    assert options.decided.route == "PACT-ACC"
    assert [g.article for g in options.grounds if g.verdict is Verdict.MET] == ["APR art. 42(1)(e)"]
    assert SHIPPED.options(case("2027-01-01", nationality_iso3="PER")).decided is None
    assert options.law_version == law.version != SHIPPED.version


def test_an_extension_struck_down_stays_applied_and_is_no_longer_lawful(folder):
    law, intake = changed(folder, "terms.csv"), case("2022-10-03")
    before, after = (book.deadlines(intake, "PRE-S4-AA6") for book in (SHIPPED, law))
    assert (before.applied, before.lawful) == (date(2024, 1, 3), date(2024, 1, 3))
    assert (after.applied, after.lawful) == (date(2024, 1, 3), date(2023, 4, 3))
    assert "niet houdbaar" in after.lawful_basis


def test_a_confirmed_share_turns_ground_j_on_from_its_date(folder):
    law = changed(folder, "union_recognition.csv")
    assert law.options(case("2027-06-30", nationality_iso3="PER")).decided is None
    options = law.options(case("2027-07-01", nationality_iso3="PER"))
    assert [g.article for g in options.grounds if g.verdict is Verdict.MET] == ["APR art. 42(1)(j)"]
    at_border = law.options(case("2027-07-01", nationality_iso3="PER", at_border=True))
    assert at_border.decided.route == "PACT-BORDER" and "border_obligatory" in at_border.flags
    minor = law.options(case("2027-07-01", nationality_iso3="PER", unaccompanied_minor=True))
    assert minor.decided.route == "PACT-ACC-AMV"


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("union,PER,0.35,2026,yes,2027-07-01,,APR,made up,assumption,", "holds says otherwise than the share"),
        ("union,PER,0.05,2026,no,2027-07-01,,APR,made up,assumption,", "holds says otherwise than the share"),
        ("union,PER,0.05,,yes,2027-07-01,,APR,made up,assumption,", "names its eurostat_vintage"),
        ("union,PER,low,2026,yes,2027-07-01,,APR,made up,assumption,", "a number from 0 to 1"),
        ("union,PER,5,2026,yes,2027-07-01,,APR,made up,assumption,", "from 0 to 1"),
        ("union,QQQ,0.05,2026,yes,2027-07-01,,APR,made up,assumption,", "no such nationality code"),
        ("union,PER,0.05,2026,yes,2027-07-01,,APR,,assumption,", "has no source"),
        ("eu,PER,0.05,2026,yes,2027-07-01,,APR,made up,assumption,", "expected list union"),
        ("union,*,,,officer,2027-07-01,,APR,made up,assumption,", "hold on the same lodging date"),
    ],
)
def test_a_share_that_contradicts_itself_is_refused(folder, row, complaint):
    with (folder / "union_recognition.csv").open("a", encoding="utf8") as file:
        file.write(row + "\n")
    with pytest.raises(LawError, match=complaint):
        LawBook.load(folder)


# Rows of routes ------------------------------------------------------------------------------------------------------


def with_route(folder, route_id, **later):
    """The book with a second row of a route, copied from its first with other values."""
    place = folder / "routes.csv"
    lines = place.read_text("utf8").splitlines()
    old = next(line for line in lines if line.startswith(f"{route_id},"))
    new = old
    for one, other in later.items():
        was, becomes = other
        assert was in new, one
        new = new.replace(was, becomes)
    place.write_text("\n".join([*lines, new]) + "\n", "utf8")
    return LawBook.load(folder)


def ended(folder, route_id, last):
    """Give the open row of a route a last lodging date."""
    place = folder / "routes.csv"
    lines = place.read_text("utf8").splitlines()
    changed_lines = [
        line.replace("active,2026-06-12,,", f"active,2026-06-12,{last},") if line.startswith(f"{route_id},") else line
        for line in lines
    ]
    assert changed_lines != lines
    place.write_text("\n".join(changed_lines) + "\n", "utf8")


def test_a_newer_row_of_a_route_holds_from_its_date(folder):
    ended(folder, "PACT-SUBS", "2027-12-31")
    law = with_route(folder, "PACT-SUBS", dates=("2026-06-12,2027-12-31,", "2028-01-01,,"), name=("Volgend", "Nieuw"))
    names = [
        next(v.name for v in law.options(case(day)).verdicts if v.route == "PACT-SUBS")
        for day in ("2027-12-31", "2028-01-01")
    ]
    assert names == ["Volgend verzoek", "Nieuw verzoek"]


def test_rows_of_a_route_that_leave_a_gap_are_refused(folder):
    ended(folder, "PACT-SUBS", "2027-12-31")
    with pytest.raises(LawError, match="no row of PACT-SUBS holds between 2027-12-31 and 2028-01-02"):
        with_route(folder, "PACT-SUBS", dates=("2026-06-12,2027-12-31,", "2028-01-02,,"))


def test_rows_of_a_route_that_overlap_are_refused(folder):
    ended(folder, "PACT-SUBS", "2027-12-31")
    with pytest.raises(LawError, match="two rows of PACT-SUBS hold on the same lodging date"):
        with_route(folder, "PACT-SUBS", dates=("2026-06-12,2027-12-31,", "2027-12-31,,"))


def test_a_book_without_a_standard_examination_on_some_date_is_refused(folder):
    ended(folder, "PACT-REG", "2027-12-31")
    with pytest.raises(LawError, match="no standard examination for cases lodged from 2028-01-01"):
        LawBook.load(folder)

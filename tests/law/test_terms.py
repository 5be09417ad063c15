"""Deadlines: as applied, and as later held lawful."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from law_examples import REGISTER, case

from triage.domain.errors import LawError
from triage.domain.facts import FIRST_DAY, LAST_DAY
from triage.law.book import RULES, LawBook
from triage.law.clocks import condition, later

LAW = LawBook.load()


def test_the_extension_of_2024_counts_as_applied_and_not_as_lawful():
    said = LAW.deadlines(case("2024-05-01"), "PRE-S4-AA6")
    assert (said.applied, said.lawful) == (date(2025, 8, 1), date(2024, 11, 1))
    assert "WBV 2023/26" in said.applied_basis and "WBV" not in said.lawful_basis
    assert "C-662/23" in said.lawful_basis and "aanname" in said.lawful_basis


def test_the_extension_of_2022_is_lawful_by_assumption_and_says_so():
    said = LAW.deadlines(case("2022-10-01"), "PRE-S4-AA6")
    assert said.applied == said.lawful == date(2024, 1, 1)
    assert "aanname" in said.lawful_basis


@pytest.mark.parametrize(("lodged", "route"), [("2025-01-01", "PRE-S1-DUBLIN"), ("2026-07-01", "PACT-RESP")])
def test_the_term_has_not_started_while_another_state_may_be_responsible(lodged, route):
    said = LAW.deadlines(case(lodged), route)
    assert said.applied is said.lawful is None
    assert "pas als Nederland verantwoordelijk is" in said.applied_basis


def test_the_border_term_says_that_its_clock_starts_elsewhere():
    assert "gerekend vanaf de indiening" in LAW.deadlines(case(), "PACT-BORDER").applied_basis


def test_a_route_without_term_has_no_deadline():
    assert LAW.deadlines(case(), "PACT-PRIORITY").applied is None


def test_a_deadline_of_an_unknown_route_is_refused():
    with pytest.raises(LawError, match="not in the law book"):
        LAW.deadlines(case(), "PACT-NONE")


def test_working_days_leave_out_weekends_and_holidays():
    assert later(date(2026, 7, 3), 10, "working days") == date(2026, 7, 17)
    assert later(date(2026, 7, 4), 10, "working days") == date(2026, 7, 17)
    assert later(date(2026, 12, 24), 1, "working days") == date(2026, 12, 28)


def test_a_clock_whose_event_has_not_happened_says_so_with_empty_dates():
    clock = next(c for c in LAW.deadlines(case(), "PACT-BORDER").clocks if c.term_id == "APR51")
    assert (clock.start_event, clock.start, clock.ends) == ("registered_on", None, None)


def test_a_term_that_stands_still_has_no_deadline_and_says_since_when():
    said = LAW.deadlines(case("2025-03-10", suspended_from=date(2025, 4, 1)), "PRE-S4-AA6")
    assert said.applied is said.lawful is None
    assert "staat stil vanaf 2025-04-01" in said.applied_basis


def test_an_extension_that_came_too_late_is_named_in_the_lawful_basis():
    said = LAW.deadlines(case("2025-02-10", decided_extension_on=date(2025, 8, 11)), "PRE-S4-AA6")
    assert "na het einde van de termijn meegedeeld" in said.lawful_basis


def test_the_clock_of_the_struck_extension_is_marked_as_not_lawful():
    clocks = {c.term_id: c for c in LAW.deadlines(case("2024-05-01"), "PRE-S4-AA6").clocks}
    assert not clocks["WBV2023-26"].lawful and clocks["VW42-1"].lawful


def clocks_of(route, lodged, **facts):
    return {clock.term_id: clock for clock in LAW.deadlines(case(lodged, **facts), route).clocks}


def test_the_clock_of_an_extension_that_came_too_late_is_marked_as_not_lawful():
    late = clocks_of("PRE-S4-AA6", "2025-02-10", decided_extension_on=date(2025, 8, 11))["VW42-4"]
    assert not late.lawful and "na het einde van de termijn meegedeeld" in late.basis
    assert clocks_of("PRE-S4-AA6", "2025-02-10", decided_extension_on=date(2025, 8, 10))["VW42-4"].lawful


def test_the_twelve_weeks_at_the_border_say_that_the_appeal_is_in_them():
    said = LAW.deadlines(case(registered_on=date(2026, 7, 2)), "PACT-BORDER")
    clock = next(clock for clock in said.clocks if clock.term_id == "APR51")
    assert (
        said.applied_basis
        == said.lawful_basis
        == clock.basis
        == "12 weken (APR art. 51); inclusief beroep; beslis eerder"
    )
    assert "inclusief beroep; beslis eerder" in LAW.deadlines(case(), "PACT-BORDER").lawful_basis


def test_the_deadline_at_the_old_border_names_the_four_weeks_of_the_procedure_itself():
    said = LAW.deadlines(case("2025-03-10"), "PRE-BORDER")
    assert "de procedure zelf duurt hoogstens 4 weken" in said.lawful_basis and "2025-04-07" in said.lawful_basis
    assert "4 weken" not in LAW.deadlines(case("2025-03-10"), "PRE-S4-AA6").lawful_basis


@pytest.mark.parametrize(
    ("route", "lodged", "term", "event"),
    [
        ("PRE-S4-AA6", "2025-03-10", "VW42-5", "decided_extension_on"),
        ("PRE-S4-AA6", "2025-03-10", "VW43", "suspended_from"),
        ("PACT-REG", "2026-07-01", "APR35-7", "suspended_from"),
    ],
)
def test_an_outer_limit_is_shown_only_when_its_event_is_known_and_says_what_it_is(route, lodged, term, event):
    assert term not in clocks_of(route, lodged)
    assert "uiterste grens, alleen als " in clocks_of(route, lodged, **{event: date(2026, 7, 2)})[term].basis


@pytest.mark.parametrize(
    ("route", "facts", "why"),
    [
        ("PRE-S1-DUBLIN", {}, "er loopt geen beslistermijn"),
        ("PRE-S4-AA6", {"suspended_from": date(2025, 4, 1)}, "de beslistermijn staat stil"),
        ("PRE-S4-AA6", {}, "de beslistermijn liep nog tot en met 2025-09-10"),
    ],
)
def test_a_premature_notice_says_why_it_counts_for_nothing(route, facts, why):
    notice = clocks_of(route, "2025-03-10", notice_of_default_on=date(2025, 9, 1), **facts)["IGS"]
    assert notice.start is None and f"te vroeg: {why}" in notice.basis


def test_an_administrative_penalty_that_may_still_come_says_until_when():
    assert "alleen als het begin uiterlijk 2020-07-09 is" in clocks_of("PRE-S4-AA8", "2020-01-01")["DW-ADM"].basis


def test_silence_about_an_event_is_the_same_as_an_event_that_is_not_known():
    unknown = LAW.deadlines(case("2025-02-10", decided_extension_on=None, suspended_from=None), "PRE-S4-AA6")
    assert unknown == LAW.deadlines(case("2025-02-10"), "PRE-S4-AA6")


@pytest.mark.parametrize(
    ("text", "facts", "holds"),
    [
        ("", {}, True),
        ("detained", {"detained": False}, False),
        ("detained", {"detained": None}, False),
        ("detained", {"detained": True}, True),
        ("not detained", {}, True),
        ("interviewed_on by ruling_on", {"interviewed_on": date(2025, 1, 1)}, False),
        ("interviewed_on by ruling_on", dict.fromkeys(["interviewed_on", "ruling_on"], date(2025, 1, 1)), True),
    ],
)
def test_a_condition_holds_only_on_what_is_known(text, facts, holds):
    assert condition(text)(facts) is holds


# Torn and contradictory rows -----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(RULES, tmp_path / "rules"))


def change(folder, file, old, new):
    text = (folder / file).read_text("utf8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("WBV2023-3,Algemene", "WBV2023-4,Algemene", "do not name the same terms"),
        ("Beslistermijn,found_responsible_on", "Beslistermijn,", "never reached"),
        ("suspended_from,lodged,21,months", "suspended_from,lodged,20,months", "VW43 counts 21 months"),
        ("notice_of_default_on,2,weeks,,,atw", "notice_of_default_on,2,weeks,,,maybe", "expected a name_nl"),
        ("registered_on,12,weeks,,,none", "registered_on,13,weeks,,,atw", "moves no term of more than 12 weeks"),
        ("apprehended_on,7,days", "arrested_on,7,days", "arrested_on, which is no fact"),
        ("apprehended_on,7,days", "apprehended_on,seven,days", "impossible value"),
        ("apprehended_on,7,days", ",7,days", "has no start"),
        ("interviewed_on by ruling_on", "interviewed_on by", "fact by fact is expected"),
        ("not hit_received_on,registered_on", "not,registered_on", "fact by fact is expected"),
        (
            "decided_extension_on,,9,months,VW42-1,",
            "decided_extension_on,,9,months,VW42-4,",
            "VW42-4 waits for its own",
        ),
        ("notice_of_default_on,2,weeks,,,atw", "notice_of_default_on,2,weeks,,DW-ADM,atw", "waits for its own end"),
    ],
)
def test_a_torn_row_of_clocks_is_refused_with_its_place(folder, old, new, complaint):
    with pytest.raises(LawError, match=complaint) as refused:
        LawBook.load(change(folder, "clocks.csv", old, new))
    assert "clocks.csv" in str(refused.value)


def test_two_blanket_extensions_on_one_lodging_date_are_refused(folder):
    with pytest.raises(LawError, match="WBV2022-22 and WBV2023-3 both hold for PRE-S4-AA8"):
        LawBook.load(change(folder, "terms.csv", "2022-03-27,2022-12-31", "2022-03-27,2023-01-31"))


def test_the_same_term_twice_on_one_lodging_date_is_refused(folder):
    place = folder / "terms.csv"
    rows = place.read_text("utf8")
    place.write_text(rows + next(row for row in rows.splitlines() if row.startswith("RVT,")) + "\n", "utf8")
    with pytest.raises(LawError, match="RVT and RVT both hold"):
        LawBook.load(folder)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("confirmed,further,,", "confirmed,later,,", "has the role later"),
        ("confirmed,extension,assumed", "confirmed,extension,perhaps", "held_lawful perhaps"),
        ("confirmed,extension,assumed", "confirmed,extension,", "is an extension"),
        ("pact,PACT-BORDER", "pact,PACT-BOARDER", "PACT-BOARDER, which is no route"),
    ],
)
def test_a_term_with_a_loose_end_is_refused(folder, old, new, complaint):
    with pytest.raises(LawError, match=complaint):
        LawBook.load(change(folder, "terms.csv", old, new))


@pytest.mark.parametrize("lodged", ["2010-07-01", "2024-05-01", "2026-07-01"])
@pytest.mark.parametrize("day", [FIRST_DAY, LAST_DAY], ids=str)
def test_every_clock_counts_from_every_day_that_a_fact_can_have(lodged, day):
    dates = [fact.name for fact in REGISTER.facts.values() if fact.kind == "date"]
    for known in (dates, *([name] for name in dates)):
        intake = case(lodged, **dict.fromkeys(known, day))
        assert LAW.options(intake).law_version
        for row in LAW.in_force(intake.lodged):
            said = LAW.deadlines(intake, row.route_id)
            assert said.lawful == LAW.lawful_last_day(intake, row.route_id)


def test_a_term_extension_struck_down_afterwards_is_one_cell(folder):
    row = "2022-03-27,2022-12-31,https://ind.nl/nl/nieuws/maximale-beslistermijn-asielaanvraag-van-6-naar-15-maanden,"
    changed = change(folder, "terms.csv", row + "confirmed,extension,assumed", row + "confirmed,extension,no")
    said = LawBook.load(changed).deadlines(case("2022-10-01"), "PRE-S4-AA6")
    assert (said.applied, said.lawful) == (date(2024, 1, 1), date(2023, 4, 1))


def test_the_other_reading_of_the_european_terms_is_one_cell(folder):
    row = "APR35-3,Beslistermijn versnelde procedure,,lodged,3,months,,,"
    assert LAW.deadlines(case("2026-06-12"), "PACT-ACC").lawful == date(2026, 9, 12)  # a Saturday
    changed = LawBook.load(change(folder, "clocks.csv", row + "none", row + "eu"))
    assert changed.deadlines(case("2026-06-12"), "PACT-ACC").lawful == date(2026, 9, 14)


@given(st.dates(date(2010, 7, 1), date(2030, 1, 1)), st.integers(0, 16))
def test_the_lawful_deadline_is_never_later_than_the_applied_one_and_never_before_lodging(lodged, number):
    rows = LAW.in_force(lodged)
    said = LAW.deadlines(case(str(lodged)), rows[number % len(rows)].route_id)
    assert said.applied is None or lodged < said.lawful <= said.applied

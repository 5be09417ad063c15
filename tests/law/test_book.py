"""The law book: it refuses a torn folder, and never takes silence for an answer."""

import csv
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from law_examples import ORDINARY, REGISTER, case

from triage.domain.case import Depth, Intake, Moment, Verdict
from triage.domain.errors import LawError
from triage.law import criteria
from triage.law.book import RULES, LawBook, read_sentences, shipped_law

LAW = LawBook.load()
READ = sorted(
    {fact for facts in criteria.FACTS_READ.values() for fact in facts} - {"nationality_iso3"} - criteria.EVENTS
)


def answers(name):
    """Possible answers to a fact, without silence."""
    fact = REGISTER.facts[name]
    if fact.kind == "flag":
        return st.booleans()
    if fact.kind == "date":
        return st.dates(date(2024, 1, 1), date(2027, 1, 1))
    return st.sampled_from(fact.values)


ANSWERS = {name: answers(name) for name in READ} | {
    "nationality_iso3": st.sampled_from(["SYR", "MAR", "IND", "GEO", "TUR"])
}
KNOWN = st.fixed_dictionaries({}, optional=ANSWERS)
LODGED = st.dates(date(2010, 7, 1), date(2028, 1, 1))


def verdicts(lodged, facts):
    options = LAW.options(Intake("case-1", lodged, Moment.REGISTERED, facts))
    return {verdict.route: verdict.verdict for verdict in options.verdicts}


@given(LODGED, KNOWN, st.sets(st.sampled_from(sorted(ANSWERS))), st.booleans())
def test_knowing_less_never_turns_open_into_settled(lodged, facts, forgotten, asked):
    less = {k: (None if k in forgotten else v) for k, v in facts.items() if asked or k not in forgotten}
    full, poor = verdicts(lodged, facts), verdicts(lodged, less)
    for route, verdict in poor.items():
        assert verdict in (Verdict.UNKNOWN, full[route])


@given(LODGED, st.sets(st.sampled_from(sorted(ANSWERS))))
def test_of_an_unasked_case_the_law_refuses_and_decides_nothing(lodged, unknown):
    options = LAW.options(Intake("case-1", lodged, Moment.REGISTERED, dict.fromkeys(unknown)))
    assert options.decided is None
    assert Verdict.NOT_MET not in {verdict.verdict for verdict in options.verdicts}


@given(LODGED, KNOWN)
def test_a_decided_route_is_met_and_the_standard_depth_is_always_open(lodged, facts):
    options = LAW.options(Intake("case-1", lodged, Moment.REGISTERED, facts))
    assert options.decided is None or options.decided.verdict is Verdict.MET
    assert Depth.STANDARD in options.depths


@given(LODGED, KNOWN)
def test_no_dormant_or_ended_route_is_ever_named(lodged, facts):
    options = LAW.options(Intake("case-1", lodged, Moment.REGISTERED, facts))
    for verdict in options.verdicts:
        row = LAW.route(verdict.route)
        assert row.status != "dormant" and row.first <= lodged <= row.last


@given(KNOWN, st.sampled_from(list(Moment)))
def test_missing_facts_are_unknown_and_can_be_asked_at_that_moment(facts, moment):
    askable = {fact.name for fact in REGISTER.at(moment)}
    known = {k: v for k, v in facts.items() if k in askable}
    options = LAW.options(Intake("case-1", date(2026, 7, 1), moment, known))
    assert set(options.missing) <= askable - set(known)


@given(LODGED)
def test_the_regime_follows_the_lodging_date(lodged):
    assert LAW.regime(lodged) == ("pact" if lodged >= date(2026, 6, 12) else "pre_pact")
    assert {row.regime for row in LAW.in_force(lodged)} <= {LAW.regime(lodged), "both"}


def test_a_fact_without_answer_is_named_as_missing():
    assert LAW.options(case(eurodac_hit=None)).missing == ("eurodac_hit",)


def test_a_complete_ordinary_case_misses_nothing():
    assert LAW.options(case()).missing == ()


def test_facts_that_cannot_change_the_decided_route_are_not_missing():
    assert LAW.options(case(eurodac_hit="applied", at_border=None)).missing == ()


def test_a_fact_that_only_a_person_can_weigh_is_not_missing():
    assert LAW.options(case(public_order_signal=None)).missing == ()


def test_special_guarantees_are_asked_only_where_a_ground_could_hold():
    assert LAW.options(case(special_guarantees=None)).missing == ()
    assert "special_guarantees" in LAW.options(case(nationality_iso3="IND", special_guarantees=None)).missing


def test_the_old_law_offers_standard_and_heavy_the_pact_three_depths_on_one_route():
    assert LAW.options(case("2025-01-01")).depths == {Depth.STANDARD: "PRE-S4-AA6", Depth.HEAVY: "PRE-S4-AAPLUS9"}
    assert LAW.options(case()).depths == dict.fromkeys(Depth, "PACT-REG")


def test_before_the_six_day_procedure_only_the_standard_depth_is_open():
    assert LAW.options(case("2020-01-01")).depths == {Depth.STANDARD: "PRE-S4-AA8"}


@pytest.mark.parametrize("lodged", ["1899-12-31", "1989-05-01", "2010-06-30"])
def test_a_lodging_date_before_the_oldest_rows_is_refused(lodged):
    with pytest.raises(LawError, match="no examination for a case lodged on"):
        LAW.options(case(lodged))


def test_an_unknown_route_id_is_refused():
    with pytest.raises(LawError, match="not in the law book"):
        LAW.route("PRE-S9")


def test_the_same_rows_have_the_same_version():
    assert LawBook.load().version == LAW.version == shipped_law().version


def test_all_31_routes_and_37_terms_stand_in_the_rules_and_the_four_weeks_at_the_border():
    assert len((RULES / "routes.csv").read_text("utf8").splitlines()) == 32
    assert len((RULES / "terms.csv").read_text("utf8").splitlines()) == 1 + 37 + 1


# A folder of one's own -----------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(RULES, tmp_path / "rules"))


def change(folder, file, old, new):
    text = (folder / file).read_text("utf8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf8")
    return folder


def test_another_folder_has_another_version(folder):
    assert LawBook.load(change(folder, "routes.csv", "Dublin interview", "interview")).version != LAW.version


@pytest.mark.parametrize("file", sorted(path.name for path in RULES.iterdir()))
def test_a_change_to_any_rule_file_shows_in_the_version(folder, file):
    with (folder / file).open("a", encoding="utf8") as rules:
        rules.write("\n")
    assert LawBook.load(folder).version != LAW.version


def test_two_rows_of_a_route_on_one_date_are_refused(folder):
    rows = (folder / "routes.csv").read_text("utf8")
    (folder / "routes.csv").write_text(rows + rows.splitlines()[-1] + "\n", "utf8")
    with pytest.raises(LawError, match="two rows of PACT-PRIORITY"):
        LawBook.load(folder)


def test_a_row_without_source_is_refused(folder):
    with pytest.raises(LawError, match=r"row 1 \(VW42-1\) has no source"):
        LawBook.load(change(folder, "terms.csv", "https://wetten.overheid.nl/BWBR0011823/2026-01-01#Artikel42", ""))


def test_a_criterion_that_does_not_exist_is_refused(folder):
    with pytest.raises(LawError, match="PACT-SUBS names the criterion applied_befor,"):
        LawBook.load(
            change(folder, "routes.csv", ",30,applied_before,,,intake,\nPACT-W", ",30,applied_befor,,,intake,\nPACT-W")
        )


def test_a_criterion_without_sentence_is_refused(folder):
    with pytest.raises(LawError, match="in_detention needs a sentence"):
        LawBook.load(change(folder, "reasons_nl.toml", "[in_detention]", "[other]"))


def test_two_decision_terms_for_one_route_are_refused(folder):
    double = "EXTRA,pact,PACT-REG,nobody,application_lodged,7,months,,2027-01-01,,made up,assumption,decision,yes,\n"
    place = folder / "terms.csv"
    place.write_text(place.read_text("utf8") + double, "utf8")
    with pytest.raises(LawError, match="APR35-4 and EXTRA both decide the term of PACT-REG"):
        LawBook.load(folder)


def test_a_date_that_is_none_is_refused(folder):
    with pytest.raises(LawError, match="are dates such as 2026-06-12"):
        LawBook.load(change(folder, "safe_countries.csv", "2026-06-12", "12 juni"))


def test_a_new_country_is_a_row(folder):
    row = "eu,PER,Peru,yes,2027-01-01,,made up,made up,assumption,\n"
    place = folder / "safe_countries.csv"
    place.write_text(place.read_text("utf8") + row, "utf8")
    law = LawBook.load(folder)
    assert law.options(case("2026-12-31", nationality_iso3="PER")).decided is None
    assert law.options(case("2027-01-01", nationality_iso3="PER")).decided.route == "PACT-ACC"


# Criteria ------------------------------------------------------------------------------------------------------------


def test_every_criterion_reads_facts_of_the_register_and_has_a_docstring_with_its_article():
    for name, criterion in LAW.criteria().items():
        assert "art." in criteria.article_of(criterion), name
        assert "\n" not in criterion.__doc__, name
        assert set(criteria.FACTS_READ[name]) <= set(REGISTER.facts), name


def test_every_criterion_says_unknown_of_a_case_of_which_nothing_is_known():
    nothing = Intake("case-1", date(2026, 7, 1), Moment.REGISTERED, {})
    settled = {"every_case": Verdict.MET, "netherlands_responsible": Verdict.NOT_MET}
    for name, criterion in LAW.criteria().items():
        assert criterion(nothing) is settled.get(name, Verdict.UNKNOWN), name


def test_only_events_of_our_own_have_not_happened_while_their_day_is_not_known():
    nothing = Intake("case-1", date(2026, 7, 1), Moment.REGISTERED, {})
    said_no = {name for name, criterion in LAW.criteria().items() if criterion(nothing) is Verdict.NOT_MET}
    assert {fact for name in said_no for fact in criteria.FACTS_READ[name]} == criteria.EVENTS


def test_every_criterion_is_named_by_a_row():
    used = {name for route in LAW.routes() for name in route.criteria()}
    assert used == set(criteria.CRITERIA) | set(criteria.LIST_CRITERIA.values())


def test_every_sentence_belongs_to_a_criterion_and_is_one_dutch_sentence():
    sentences = read_sentences(RULES / "reasons_nl.toml")
    assert set(sentences) == {"general", *criteria.CRITERIA, *criteria.LIST_CRITERIA.values()}
    for name, said in sentences.items():
        assert all(text.endswith(".") and text.count(".") == 1 for text in said.values()), name


def test_the_rules_never_read_ethnicity_religion_or_sex():
    assert {"ethnicity", "religion", "sex", "motive_group"}.isdisjoint(READ)


def test_the_reason_names_the_ground_that_holds():
    decided = LAW.options(case(misled_authorities=True)).decided
    assert decided.reason == "De aanvrager gaf onjuiste informatie of maakte documenten weg."
    assert "42(1)" in decided.article


def test_the_reason_for_an_open_route_tells_of_this_case_and_not_of_what_a_person_always_weighs():
    def reason(**facts):
        return next(v.reason for v in LAW.options(case(**facts)).verdicts if v.route == "PACT-ACC")

    assert reason(earlier_application="rejected", new_elements=None).startswith(
        "Het is nog niet bekend of de aanvrager"
    )
    assert reason(public_order_signal=True).startswith("Een signaal over openbare orde")
    assert reason().startswith("Er is nog geen bevestigd EU-cijfer")


def test_an_ordinary_case_is_the_test_base():
    assert set(ORDINARY) <= set(REGISTER.facts)


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("routes.csv", ",pact,accelerated", ",treaty,accelerated", "expected a regime"),
        ("routes.csv", "light standard heavy", "light deep", "impossible value"),
        ("routes.csv", ",every_case,,standard", ",every case,,standard", "the name of a criterion is expected"),
        ("routes.csv", ",every_case,,standard", ",every_case |,,standard", "the name of a criterion is expected"),
        ("routes.csv", ",every_case,,standard", ",,,standard", "the name of a criterion is expected"),
        ("routes.csv", "| b: officer_weighs_inconsistency |", "| officer_weighs_inconsistency |", "needs a letter"),
        ("routes.csv", ",dormant,2016", ",asleep,2016", "'asleep' where one of"),
        ("routes.csv", ",priority,APR", ",urgent,APR", "'urgent' where one of"),
        ("method_countries.csv", "short_aa,SYR", "safe,SYR", "expected list short_aa or written"),
        ("reasons_nl.toml", "dormant = ", "asleep = ", "needs a sentence for dormant"),
        ("terms.csv", "application_received,6,months", "application_received,six,months", "impossible value"),
        ("terms.csv", "2022-03-27,2022-12-31", "2022-12-31,2022-03-27", "lies after lodged_to"),
        ("safe_countries.csv", "eu,BGD,Bangladesh,yes", "eu,BGD,Bangladesh,maybe", "holds yes, no, officer"),
        ("reasons_nl.toml", "[general]", "[general", "cannot be read"),
        ("reasons_nl.toml", "{routes}", "{route}", "decides in .general. is no sentence"),
        ("reasons_nl.toml", "[at_border]\n", '[at_border]\nother = " "\n', "other in .at_border. is no sentence"),
        ("routes.csv", ",Volgend verzoek,", ",,", "an empty cell where a name is expected"),
        ("routes.csv", ",pact,accelerated,", ",pact,accelarated,", "'accelarated' where one of"),
        ("routes.csv", ",12,weeks,4,weeks,", ",-12,weeks,4,weeks,", "above nil is expected"),
        ("routes.csv", ",12,weeks,4,weeks,", ",12,fortnights,4,weeks,", "'fortnights' where one of"),
        ("routes.csv", ",30,applied_before,,,intake,\nPACT-W", ",20,applied_before,,,intake,\nPACT-W", "precedence 20"),
        ("routes.csv", "route_id,policy_version", "route_id,source", "two columns of one name"),
        ("terms.csv", "Outer limit; review every 4 months", "Outer limit, review", "has 16 cells where 15"),
        ("terms.csv", "confirmed,limit,,", "confirmed", "has 12 cells where 15"),
        ("terms.csv", ",days minimum,", ",days at least,", "RVT counts days at least"),
        ("terms.csv", ",Vb 2000 art. 3.107b,", ",,", "has no legal_basis"),
        ("safe_countries.csv", ",secondary,", ",probably,", "expected a confidence out of confirmed"),
    ],
)
def test_a_torn_row_is_refused_with_its_place(folder, file, old, new, complaint):
    with pytest.raises(LawError, match=complaint) as refused:
        LawBook.load(change(folder, file, old, new))
    assert file in str(refused.value)


def test_a_list_without_rows_is_refused(folder):
    place = folder / "safe_countries.csv"
    place.write_text(place.read_text("utf8").splitlines()[0] + "\n", "utf8")
    with pytest.raises(LawError, match=r"safe_countries\.csv has no rows"):
        LawBook.load(folder)


def test_the_mark_that_a_spreadsheet_puts_before_a_file_is_no_part_of_it(folder):
    for place in folder.glob("*.csv"):
        place.write_text(place.read_text("utf8"), "utf-8-sig")
    assert LawBook.load(folder).options(case(nationality_iso3="MAR")) == replace(
        LAW.options(case(nationality_iso3="MAR")), law_version=LawBook.load(folder).version
    )


def test_a_folder_without_rules_is_refused(tmp_path):
    with pytest.raises(LawError, match=r"routes\.csv cannot be read"):
        LawBook.load(tmp_path)


def test_a_nationality_code_that_does_not_exist_is_unknown_on_every_list():
    for lodged in ("2020-08-01", "2024-01-01", "2026-07-01"):
        for name in criteria.LIST_CRITERIA.values():
            assert LAW.criteria()[name](case(lodged, nationality_iso3="ZZZ")) is Verdict.UNKNOWN, name
    assert LAW.criteria()["on_eu_list"](case(nationality_iso3="PER")) is Verdict.NOT_MET


def test_no_rule_decides_on_a_late_application_without_knowing_that_the_applicant_was_told():
    late = case("2026-08-03", return_decision_on=date(2026, 7, 1), new_elements=False)
    said = {verdict.route: verdict for verdict in LAW.options(late).verdicts}["PACT-INADM-LATE"]
    assert said.verdict is Verdict.UNKNOWN and "vooraf is gewezen" in said.reason


ENGLISH = re.compile(r"\b(old|hit|working method|case law|Regulation|Reg\.|practice|policy|on art|text|off)\b")


def test_what_an_officer_reads_as_article_is_dutch():
    read = {row.legal_basis for row in LAW.routes()} | {criteria.article_of(c) for c in LAW.criteria().values()}
    for name in ("terms.csv", "penalties.csv"):
        with (RULES / name).open(encoding="utf8", newline="") as file:
            read |= {row["legal_basis"] for row in csv.DictReader(file)}
    assert [text for text in sorted(read) if ENGLISH.search(text)] == []


def test_no_sentence_for_an_officer_holds_an_english_word_or_calls_a_list_her():
    said = [text for texts in read_sentences(RULES / "reasons_nl.toml").values() for text in texts.values()]
    assert [text for text in said if ENGLISH.search(text) or "haar" in text.split()] == []


# Beside the routes ---------------------------------------------------------------------------------------------------


def test_a_lodging_date_in_the_future_is_flagged_and_changes_nothing_else():
    intake = case("2026-12-01")
    early, late = LAW.options(intake, date(2026, 11, 25)), LAW.options(intake, date(2026, 12, 1))
    assert set(early.flags) - set(late.flags) >= {"lodged_in_future"}
    assert early.verdicts == late.verdicts


def test_the_five_grounds_for_minors_and_the_ten_for_all_stand_apart():
    articles = [ground.article for ground in LAW.options(case()).grounds]
    assert [a for a in articles if "42(3)" in a] == [f"APR art. 42(3)({letter})" for letter in "abcde"]
    assert "".join(a.split("42(1)")[1] for a in articles if "42(1)" in a) == "(a)(b)(c)(d)(e)(f)(g)(h),(i)(j)"


def test_the_priority_grounds_are_a_closed_list_of_the_pact():
    assert [v.article for v in LAW.options(case()).priority] == [f"APR art. 34(5)({letter})" for letter in "abcde"]
    assert LAW.options(case("2026-06-11")).priority == ()


def test_the_trace_names_each_criterion_with_its_article_and_sentence():
    lines = [line for line in LAW.trace(case(misled_authorities=True)) if line.route == "PACT-ACC"]
    assert lines[0].criterion == "" and lines[0].verdict is Verdict.MET
    told = {line.criterion: (line.verdict, line.article, line.part) for line in lines}
    assert told["misled_authorities"] == (Verdict.MET, "APR art. 42(1)(c); Vw art. 30b oud", "entry")
    assert told["is_unaccompanied_minor"][2] == "exclusion"
    assert all(line.sentence.endswith(".") for line in lines)


def test_a_need_tells_what_each_answer_would_mean():
    (need,) = LAW.options(case(eurodac_hit=None)).needs
    assert need.fact == "eurodac_hit"
    assert dict(need.answers) == {
        "none": "Dan vervalt: Verantwoordelijkheidsbepaling (AMMR, opvolger Dublin) en Niet-ontvankelijkheid.",
        "applied, irregular_entry": "Dan geldt: Verantwoordelijkheidsbepaling (AMMR, opvolger Dublin).",
        "protection": "Dan geldt: Niet-ontvankelijkheid.",
    }


def test_a_country_has_a_dutch_name():
    assert LAW.country("SYR") == "Syrië" and LAW.country("QQQ") == "QQQ"

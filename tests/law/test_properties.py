"""What must hold of any case: 20,000 made-up ones, and whatever hypothesis thinks of."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from deciding import deciding
from hypothesis import example, given, settings
from hypothesis import strategies as st
from law_examples import REGISTER, case

from triage.domain.calendar import local_date
from triage.domain.case import Intake, Moment, Outcome, Verdict
from triage.jobs.make_cases import make_cases
from triage.law import criteria
from triage.law.book import LawBook
from triage.law.needs import answers_of
from triage.routing.policy import Policy
from triage.routing.suggest import suggest

LAW = LawBook.load()
READ = sorted({fact for facts in criteria.FACTS_READ.values() for fact in facts} - criteria.EVENTS)
SOME = ["SYR", "MAR", "IND", "GEO", "TUR", "XXX"]
MANY = 20_000
#: Misled, so that at the border every other ground is idle; of the rest nothing is known.
BORDER_ON_ONE_GROUND = dict.fromkeys(sorted(set(READ) - {"eurodac_hit", "eu_citizen", "earlier_application"})) | {
    "misled_authorities": True
}
MINOR_WITHOUT_WORD_ON_A_SIGNAL = dict.fromkeys(READ) | {"unaccompanied_minor": True}
EXEMPT_OF_UNKNOWN_NATIONALITY = dict.fromkeys(READ) | {"safe_country_exempt": True}


def values(name):
    """All answers to a fact that the law could tell apart."""
    fact = REGISTER.facts[name]
    if name == "nationality_iso3":
        return SOME
    return [value for _, value in answers_of(fact, date(2026, 7, 1))]


FACTS = st.fixed_dictionaries({}, optional={name: st.sampled_from([None, *values(name)]) for name in READ})
LODGED = st.sampled_from([date(2016, 5, 1), date(2020, 8, 1), date(2025, 2, 3), date(2026, 6, 11), date(2026, 6, 12)])


@pytest.fixture(scope="module")
def intakes():
    """20,000 made-up cases, half of them at identification, with a third of the facts forgotten in every third."""
    rows = make_cases(MANY, 5, None).to_dict("records")
    found = []
    for k, row in enumerate(rows):
        intake = REGISTER.intake(row, Moment.IDENTIFIED if k % 2 else Moment.REGISTERED)
        kept = {
            name: None if k % 3 == 0 and (k + n) % 3 == 0 else v for n, (name, v) in enumerate(intake.facts.items())
        }
        found.append(replace(intake, facts=kept))
    return found


def said(options):
    """The verdict of every route and lettered ground."""
    return {(v.route, v.article): v.verdict for v in all_verdicts(options)}


def all_verdicts(options):
    return (*options.verdicts, *options.grounds, *options.priority)


def test_no_made_up_case_gets_a_route_against_a_rule(intakes):
    now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    wrong = []
    for intake in intakes:
        options = LAW.options(intake)
        route = options.decided.route if options.decided else next(iter(options.depths.values()))
        made = suggest(intake, options, LAW.deadlines(intake, route), None, Policy(), "id", now)
        verdict = {v.route: v.verdict for v in options.verdicts}[made.route]
        row = LAW.route(made.route)
        is_lawful = verdict is Verdict.MET and row.status != "dormant" and row.first <= intake.lodged <= row.last
        if not is_lawful or (made.outcome is Outcome.RULE and options.decided is None):
            wrong.append((intake.case_id, made.route))
    assert wrong == []


def test_more_knowledge_never_makes_a_settled_verdict_of_a_made_up_case_unknown(intakes):
    wrong = []
    for intake in intakes:
        poor = replace(intake, facts={k: None if n % 4 == 0 else v for n, (k, v) in enumerate(intake.facts.items())})
        before, after = LAW.options(poor), LAW.options(intake)
        for old, new in zip(all_verdicts(before), all_verdicts(after), strict=True):  # one lodging date: the same rows
            if old is not new and old.verdict not in (Verdict.UNKNOWN, new.verdict):
                wrong.append((intake.case_id, old.route, new.route))
    assert wrong == []


@given(LODGED, FACTS, st.sampled_from(READ), st.data())
def test_one_more_known_fact_never_makes_a_settled_verdict_unknown(lodged, facts, name, data):
    value = data.draw(st.sampled_from(values(name)))
    poor = Intake("case-1", lodged, Moment.REGISTERED, facts | {name: None})
    rich = Intake("case-1", lodged, Moment.REGISTERED, facts | {name: value})
    before, after = said(LAW.options(poor)), said(LAW.options(rich))
    assert {key for key, verdict in before.items() if verdict not in (Verdict.UNKNOWN, after[key])} == set()


@settings(deadline=None)
@given(LODGED, st.sampled_from(list(Moment)), FACTS)
@example(date(2016, 5, 1), Moment.REGISTERED, BORDER_ON_ONE_GROUND)
@example(date(2026, 6, 12), Moment.REGISTERED, MINOR_WITHOUT_WORD_ON_A_SIGNAL)
@example(date(2026, 6, 12), Moment.REGISTERED, EXEMPT_OF_UNKNOWN_NATIONALITY)
def test_the_facts_named_in_needs_are_exactly_those_that_can_decide(lodged, moment, facts):
    intake = Intake("case-1", lodged, moment, facts)
    options = LAW.options(intake)
    found = {row.route_id: deciding(row, intake, LAW.criteria(), open_answers(facts)) for row in LAW.in_force(lodged)}
    open_ones = [said for said in options.verdicts if said.verdict is Verdict.UNKNOWN]
    assert {said.route: set(said.missing) for said in open_ones} == {
        said.route: found[said.route] for said in open_ones
    }
    askable = {fact.name for fact in REGISTER.at(moment)}
    deciders = {fact for route in undecided(intake, options) for fact in found[route]} & askable
    assert {need.fact for need in options.needs} == set(options.missing) == deciders


def open_answers(facts):
    """All answers to the facts that are still open; what is only asked on a sign of it stays silent until asked."""
    asked = set(READ) - criteria.ASKED_ON_INDICATION | set(facts)
    return {name: values(name) for name in READ if name in asked and facts.get(name) is None}


def undecided(intake, options):
    """The routes that can still change the answer: those that come before the one that a rule decides."""
    ranked = [row.route_id for row in LAW.in_force(intake.lodged) if row.precedence is not None]
    return ranked[: ranked.index(options.decided.route)] if options.decided else ranked


@given(LODGED, FACTS)
def test_once_the_netherlands_is_responsible_no_other_state_is_and_all_else_stays(lodged, facts):
    before = LAW.options(Intake("case-1", lodged, Moment.REGISTERED, facts))
    found = LAW.options(Intake("case-1", lodged, Moment.REGISTERED, facts | {"found_responsible_on": lodged}))
    ours = {row.route_id for row in LAW.in_force(lodged) if row.kind == "responsibility"}
    assert ours and {v.verdict for v in found.verdicts if v.route in ours} == {Verdict.NOT_MET}
    assert {k: v for k, v in said(found).items() if k[0] not in ours} == {
        k: v for k, v in said(before).items() if k[0] not in ours
    }


def test_the_search_finds_a_fact_that_decides_nothing():
    intake = Intake("case-1", date(2016, 5, 1), Moment.REGISTERED, BORDER_ON_ONE_GROUND)
    border = next(row for row in LAW.in_force(intake.lodged) if row.route_id == "PRE-BORDER")
    answers = {name: values(name) for name in ("at_border", "earlier_application", "new_elements")}
    assert deciding(border, intake, LAW.criteria(), answers) == set()
    adult = replace(intake, facts=intake.facts | {"unaccompanied_minor": False, "special_guarantees": False})
    assert deciding(border, adult, LAW.criteria(), answers) == {"at_border"}


def test_a_ground_that_adds_nothing_to_another_one_asks_for_nothing():
    needs = {
        need.fact
        for need in LAW.options(Intake("case-1", date(2016, 5, 1), Moment.REGISTERED, BORDER_ON_ONE_GROUND)).needs
    }
    assert "at_border" in needs and "new_elements" not in needs


@settings(deadline=None)
@given(LODGED, FACTS)
def test_what_a_need_says_of_an_answer_is_what_the_book_says_when_it_comes(lodged, facts):
    intake = Intake("case-1", lodged, Moment.REGISTERED, facts)
    before = LAW.options(intake)
    for need in before.needs:
        if need.fact == "nationality_iso3":
            continue
        told = {text: sentence for texts, sentence in need.answers for text in texts.split(", ")}
        for text, value in answers_of(REGISTER.facts[need.fact], lodged):
            after = LAW.options(replace(intake, facts=facts | {need.fact: value}))
            is_new = after.decided is not None and (
                before.decided is None or after.decided.route != before.decided.route
            )
            assert (told[text] == f"Dan geldt: {after.decided.name}.") if is_new else "Dan geldt" not in told[text]


def test_each_answer_about_the_nationality_is_told_for_all_countries_on_a_list():
    need = LAW.options(case(nationality_iso3=None)).needs[0]
    codes = [code for texts, _ in need.answers for code in texts.split(", ")]
    assert len(set(codes)) == len(codes) and {"MAR", "GEO", "other"} <= set(codes)
    for texts, sentence in need.answers:
        for code in texts.split(", "):
            decided = LAW.options(case(nationality_iso3="PER" if code == "other" else code)).decided
            assert ("Dan geldt" in sentence) == (decided is not None)


def test_an_unknown_nationality_and_a_silent_one_say_the_same_of_the_routes():
    silent, unknown = LAW.options(case(nationality_iso3=None)), LAW.options(case(nationality_iso3="XXX"))
    assert said(silent) == said(unknown)


@given(LODGED, FACTS)
def test_the_trace_says_of_each_route_what_the_options_say(lodged, facts):
    intake = Intake("case-1", lodged, Moment.REGISTERED, facts)
    traced = {line.route: line.verdict for line in LAW.trace(intake) if not line.criterion}
    assert {v.route: v.verdict for v in LAW.options(intake).verdicts}.items() <= traced.items()


@settings(deadline=None, max_examples=20)
@given(LODGED, FACTS)
def test_a_book_that_heard_many_cases_says_what_a_fresh_one_says(lodged, facts):
    intake = Intake("case-1", lodged, Moment.REGISTERED, facts)
    fresh = LawBook.load()
    assert LAW.options(intake) == fresh.options(intake)
    assert LAW.trace(intake) == fresh.trace(intake)


def test_the_regime_follows_the_local_date():
    instant = datetime(2026, 6, 11, 22, 30, tzinfo=UTC)
    assert local_date(instant) == date(2026, 6, 12)
    assert LAW.regime(local_date(instant)) == "pact"
    assert LAW.options(case(str(local_date(instant)))).depths["standard"] == "PACT-REG"


def test_a_signal_changes_no_suggestion_but_asks_for_an_officer():
    calm, signal = LAW.options(case()), LAW.options(case(public_order_signal=True))
    assert (signal.decided, signal.depths) == (calm.decided, calm.depths)
    assert "officer_first" in signal.flags and "officer_first" not in calm.flags


def test_the_modality_is_only_named_never_a_route():
    options = LAW.options(case("2023-06-01", identity_doubt=False))
    assert {v.route for v in options.modality} == {"PRE-WRITTEN"}
    assert "PRE-WRITTEN" not in {v.route for v in options.verdicts}

"""Rules, then model, then margin; every "not sure" with its reason."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.case import Deadlines, Depth, Intake, Moment, Outcome, Prediction
from triage.law.book import LawBook
from triage.routing.policy import DEPTHS, Policy
from triage.routing.suggest import (
    NOT_SURE_CODES,
    advise,
    advise_many,
    chance_late,
    chances_late,
    doubt_flags,
    suggest,
)

LAW = LawBook.load()
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ALL = ("light", "standard", "heavy")
ORDINARY = {
    "nationality_iso3": "SYR",
    "eurodac_hit": "none",
    "vis_hit": False,
    "residence_title_elsewhere": False,
    "eu_citizen": False,
    "safe_third_country": False,
    "earlier_application": "none",
    "at_border": False,
    "detained": False,
    "unaccompanied_minor": False,
    "special_guarantees": False,
    "irrelevant_statements": False,
    "misled_authorities": False,
    "late_claim": False,
    "safe_country_exempt": False,
}


def prediction(*probabilities, set90=("heavy",), known=True, classes=ALL):
    return Prediction(classes, probabilities, 8.0, 20.0, 40.0, 22.0, (5.0, 0.5), set90, known, "model-1")


class Model:
    """Says the same of every case, and counts how often it is asked."""

    def __init__(self, said, unmet=()):
        self.said, self.seldom, self.asked = said, unmet, 0
        self.features = self

    def unmet(self, intake):
        return self.seldom

    def predict_one(self, intake):
        self.asked += 1
        return self.said

    def contributions(self, intake):
        return [("unaccompanied_minor", -0.4), ("special_guarantees", 0.3)]


def case(lodged="2026-07-01", **facts):
    return Intake("case-1", date.fromisoformat(lodged), Moment.REGISTERED, ORDINARY | facts)


def suggestion(intake, model, policy=None):
    options = LAW.options(intake)
    route = options.decided.route if options.decided else options.depths[Depth.STANDARD]
    return suggest(intake, options, LAW.deadlines(intake, route), model, policy or Policy(), "s-1", NOW)


HEAVY = prediction(0.02, 0.08, 0.9)


# The three outcomes --------------------------------------------------------------------------------------------------


def test_where_a_rule_decides_the_model_is_not_called():
    model = Model(HEAVY)
    made = suggestion(case(eurodac_hit="applied"), model)
    assert (made.outcome, made.route, made.depth, made.prediction) == (Outcome.RULE, "PACT-RESP", None, None)
    assert model.asked == 0 and made.model_version is None


def test_heavy_work_before_the_pact_is_suggested_for_the_nine_day_procedure():
    made = suggestion(case("2025-01-01"), Model(HEAVY))
    assert (made.outcome, made.route, made.depth) == (Outcome.SUGGESTION, "PRE-S4-AAPLUS9", Depth.HEAVY)
    assert made.margin_hours > 0.5 and made.alternatives[0][0] == "heavy"


def test_light_work_under_the_pact_is_suggested_a_light_depth_of_the_same_route():
    made = suggestion(case(), Model(prediction(0.95, 0.04, 0.01, set90=("light",))))
    assert (made.route, made.depth) == ("PACT-REG", Depth.LIGHT)


def test_light_is_not_offered_where_the_old_law_has_no_light_route():
    made = suggestion(case("2025-01-01"), Model(prediction(0.95, 0.04, 0.01, set90=("light",))))
    assert made.depth is Depth.STANDARD and "light" not in dict(made.alternatives)


def test_without_a_model_the_product_says_so():
    made = suggestion(case(), None)
    assert (made.outcome, made.reason_codes, made.depth) == (Outcome.NOT_SURE, ("NO_MODEL",), Depth.STANDARD)


@pytest.mark.parametrize(
    ("code", "facts", "said", "policy"),
    [
        ("MARGIN_TOO_SMALL", {}, prediction(0.1, 0.85, 0.05), Policy()),
        ("CAPACITY_USED", {}, HEAVY, Policy(prices={Depth.HEAVY: 100.0})),
        ("REGIME_WITHOUT_LABELS", {}, replace(HEAVY, known_regime=False), Policy()),
        ("KEY_ITEM_MISSING", {"eurodac_hit": None}, HEAVY, Policy()),
        ("OFFICER_FIRST", {"public_order_signal": True}, HEAVY, Policy()),
        ("SET_TOO_WIDE", {}, replace(HEAVY, set90=ALL), Policy(margin_hours=5.0)),
    ],
)
def test_each_doubt_has_its_code(code, facts, said, policy):
    made = suggestion(case(**facts), Model(said), policy)
    assert (made.outcome, made.depth) == (Outcome.NOT_SURE, Depth.STANDARD)
    assert made.reason_codes == (code,)
    assert code in NOT_SURE_CODES


def test_a_value_never_met_in_learning_is_a_doubt():
    made = suggestion(case(), Model(HEAVY, unmet=("documents",)))
    assert made.reason_codes == ("OUT_OF_DISTRIBUTION",)


def test_a_wide_set_alone_does_not_block_a_clear_gain():
    assert suggestion(case(), Model(replace(HEAVY, set90=ALL))).outcome is Outcome.SUGGESTION


def test_a_fact_that_nobody_asked_is_missing_and_blocks_nothing():
    facts = {name: value for name, value in ORDINARY.items() if name != "vis_hit"}
    made = suggestion(Intake("case-1", date(2026, 7, 1), Moment.REGISTERED, facts), Model(HEAVY))
    assert made.missing == ("vis_hit",) and made.outcome is Outcome.SUGGESTION


def test_the_suggestion_carries_the_three_versions():
    made = suggestion(case(), Model(HEAVY))
    assert (made.law_version, made.model_version, made.policy_version) == (LAW.version, "model-1", Policy().version)


def test_lateness_is_that_of_the_lawful_term():
    made = suggestion(case("2024-05-01"), Model(HEAVY))
    assert made.p_late == 1.0  # the term as applied would have been longer


def test_lateness_of_an_open_case_is_told_given_its_age():
    made = suggestion(case("2026-07-01"), Model(HEAVY))
    age, ends = (NOW.date() - date(2026, 7, 1)).days, made.deadlines.lawful
    assert age > 0 and made.p_late == chance_late((5.0, 0.5), date(2026, 7, 1), ends, age)


RULE_FACTS = st.fixed_dictionaries(
    {},
    optional={
        "eurodac_hit": st.sampled_from(["none", "applied", "protection", None]),
        "earlier_application": st.sampled_from(["none", "rejected", None]),
        "nationality_iso3": st.sampled_from(["SYR", "MAR", "IND", None]),
        "unaccompanied_minor": st.sampled_from([True, False, None]),
        "misled_authorities": st.sampled_from([True, False, None]),
        "at_border": st.sampled_from([True, False, None]),
    },
)
SHARES = st.lists(st.floats(0.001, 1), min_size=3, max_size=3).map(lambda w: tuple(x / sum(w) for x in w))


@given(RULE_FACTS, st.sampled_from(["2025-01-01", "2026-06-11", "2026-06-12"]), SHARES)
def test_no_suggestion_goes_against_a_rule(facts, lodged, shares):
    intake, model = case(lodged, **facts), Model(prediction(*shares))
    made, options = suggestion(intake, model), LAW.options(case(lodged, **facts))
    if options.decided:
        assert (made.outcome, made.route, model.asked) == (Outcome.RULE, options.decided.route, 0)
    else:
        assert made.route in options.depths.values() and made.outcome is not Outcome.RULE


@given(SHARES, st.floats(0, 20))
def test_a_suggestion_always_saves_more_than_the_margin_after_the_price(shares, price):
    policy = Policy(prices={Depth.HEAVY: price})
    made = advise(case(), LAW.options(case()), prediction(*shares), policy)
    if made.outcome is Outcome.SUGGESTION:
        assert made.hours[Depth.STANDARD] - made.hours[made.depth] - policy.price(made.depth) > policy.margin_hours
    else:
        assert made.depth is Depth.STANDARD


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6])
def test_two_to_six_classes_get_advice(count):
    classes = tuple(f"k{k}" for k in range(count))
    policy = Policy(hours={name: 10.0 * (k + 1) for k, name in enumerate(classes)})
    said = prediction(*([0.0] * (count - 1) + [1.0]), classes=classes, set90=classes[-1:])
    assert suggestion(case(), Model(said), policy).depth is Depth.HEAVY


# Lateness ------------------------------------------------------------------------------------------------------------


def test_half_of_the_cases_are_late_at_the_median():
    assert chance_late((np.log(100), 0.7), date(2026, 1, 1), date(2026, 4, 11)) == pytest.approx(0.5)


@given(st.integers(0, 170), st.integers(1, 170))
def test_an_open_case_is_later_the_older_it_is(age, more):
    younger, older = (chance_late((5.0, 0.5), date(2026, 1, 1), date(2026, 7, 1), a) for a in (age, age + more))
    assert younger <= older <= 1


def test_an_old_case_is_told_by_the_ratio_of_shares_still_open():
    lodged, mean = date(2026, 1, 1), np.log(100)
    late = chance_late((mean, 0.7), lodged, date(2026, 7, 20), 100)
    assert late == pytest.approx(chance_late((mean, 0.7), lodged, date(2026, 7, 20)) / 0.5)


def test_without_a_term_there_is_no_lateness():
    assert chance_late((5.0, 0.5), date(2026, 1, 1), None) is None


@given(st.floats(1, 8), st.floats(0.1, 2), st.integers(1, 900))
def test_a_longer_term_never_makes_lateness_likelier(mean, sd, days):
    lodged = date(2026, 1, 1)
    ends = [date.fromordinal(lodged.toordinal() + n) for n in (days, days + 30)]
    shorter, longer = (chance_late((mean, sd), lodged, end) for end in ends)
    assert 0 <= longer <= shorter <= 1


def test_deadlines_travel_unchanged():
    deadlines = Deadlines(None, None, "a", "b")
    assert suggest(case(), LAW.options(case()), deadlines, Model(HEAVY), Policy(), "s", NOW).deadlines is deadlines


# Old cases, the price of a plan, the guard, phi = 0 ------------------------------------------------------------------


RESERVED = Policy(
    reserve_share=0.1,
    reserve_after_days=180,
    prices={Depth.HEAVY: 90.0},
    price_table={"registered new": {Depth.HEAVY: 90.0}, "registered old": {Depth.HEAVY: 0.0}},
)


@pytest.mark.parametrize(("age", "code"), [(180, "CAPACITY_USED"), (181, "SAVES_HOURS")])
def test_of_the_cap_a_part_is_kept_for_old_cases(age, code):
    assert advise(case(), LAW.options(case()), HEAVY, RESERVED, age_days=age).codes == (code,)


def test_the_age_of_a_case_is_counted_to_the_day_of_the_suggestion():
    lodged = {"new": "2026-06-12", "old": "2026-05-01"}  # on 24 November 2026: 165 and 207 days
    made = {age: suggestion(case(day), Model(HEAVY), RESERVED) for age, day in lodged.items()}
    assert [made[age].reason_codes for age in ("new", "old")] == [("CAPACITY_USED",), ("SAVES_HOURS",)]
    assert [dict(made[age].prices) for age in ("new", "old")] == [{"heavy": 90.0}, {"heavy": 0.0}]


def test_a_price_of_a_plan_goes_before_that_of_the_policy():
    assert advise(case(), LAW.options(case()), HEAVY, Policy(), prices={Depth.HEAVY: 90.0}).codes == ("CAPACITY_USED",)


def test_a_number_far_from_all_numbers_of_learning_is_a_doubt():
    policy = Policy(met={"evidence_items": (0.0, 20.0)})
    said = {n: suggestion(case(evidence_items=n), Model(HEAVY), policy).reason_codes for n in (30, 31)}
    assert said == {30: ("SAVES_HOURS",), 31: ("OUT_OF_DISTRIBUTION",)}


def test_a_fact_that_learning_never_knew_is_no_doubt():
    policy = Policy(met={"documents": None, "evidence_items": None})
    made = suggestion(case(documents="real", evidence_items=99), Model(HEAVY, unmet=("documents",)), policy)
    assert made.outcome is Outcome.SUGGESTION


@given(SHARES)
def test_where_a_depth_that_does_not_fit_costs_nothing_no_advice_saves_hours(shares):
    made = advise(case(), LAW.options(case()), prediction(*shares), Policy())
    assert made.saved_at_phi_0 == pytest.approx(0.0, abs=1e-9)


# One case and many ---------------------------------------------------------------------------------------------------


@st.composite
def situations(draw):
    count = draw(st.integers(2, 5))
    weights = draw(st.lists(st.floats(0.001, 1), min_size=count, max_size=count))
    classes = tuple(f"k{k}" for k in range(count))
    held = classes if draw(st.booleans()) else classes[:1]
    said = prediction(*(w / sum(weights) for w in weights), set90=held, known=draw(st.booleans()), classes=classes)
    policy = Policy(
        hours={name: draw(st.floats(5, 60)) for name in classes},
        margin_hours=draw(st.sampled_from([0.0, 0.5, 3.0])),
        prices=draw(st.dictionaries(st.sampled_from(list(Depth)), st.floats(0, 8))),
        met={"evidence_items": (0.0, 20.0)},
    )
    facts = {"public_order_signal": draw(st.booleans())} | draw(
        st.sampled_from([{}, {"eurodac_hit": None}, {"evidence_items": 50.0}])
    )
    return case(draw(st.sampled_from(["2025-01-01", "2026-07-01"])), **facts), said, policy


@given(situations())
def test_many_cases_are_advised_as_each_alone(situation):
    intake, said, policy = situation
    options = LAW.options(intake)
    alone = advise(intake, options, said, policy)
    table = advise_many(
        np.array([said.probabilities] * 2),
        np.array([[depth in options.depths for depth in DEPTHS]] * 2),
        np.array([doubt_flags(intake, options, said.known_regime, policy.strange(intake))] * 2),
        np.array([len(said.set90) == len(said.classes) >= 3] * 2),
        np.array([[policy.price(depth) for depth in DEPTHS]] * 2),
        policy,
    )
    saved = alone.margin_hours if alone.outcome is Outcome.SUGGESTION else 0.0
    for row in table.to_dict("records"):
        told = (row["outcome"], row["depth"], tuple(row["reason_codes"].split("|")))
        assert told == (alone.outcome, alone.depth, alone.codes)
        assert row["hours_saved"] == pytest.approx(saved, abs=1e-9)


@given(st.lists(st.tuples(st.floats(1, 8), st.floats(0.1, 2), st.one_of(st.none(), st.integers(-5, 900))), min_size=1))
def test_lateness_of_many_cases_is_that_of_each_alone(rows):
    lodged = date(2026, 1, 1)
    ends = [None if days is None else date.fromordinal(lodged.toordinal() + days) for _, _, days in rows]
    alone = [chance_late((mean, sd), lodged, end) for (mean, sd, _), end in zip(rows, ends, strict=True)]
    mean, sd, days = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    assert chances_late(mean, sd, days) == pytest.approx(np.array(alone, dtype=float), nan_ok=True)

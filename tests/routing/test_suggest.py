"""Rules, then model, then margin; every "not sure" with its reason."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.case import Deadlines, Depth, Intake, Moment, Outcome, Prediction
from triage.domain.errors import BundleError
from triage.law.book import LawBook
from triage.routing.suggest import (
    NOT_SURE_CODES,
    Policy,
    advise,
    chance_late,
    expected_hours,
    fitting_depths,
    hours_table,
    price_for_cap,
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
    assert made.p_late == chance_late((5.0, 0.5), date(2024, 5, 1), date(2024, 11, 1))


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


# Hours ---------------------------------------------------------------------------------------------------------------


def test_a_class_in_its_own_depth_costs_its_own_hours():
    assert np.allclose(np.diag(hours_table(Policy())), list(Policy().hours.values()))


def test_expected_hours_follow_the_formula():
    hours = expected_hours((0.5, 0.3, 0.2), Policy())
    assert hours[Depth.STANDARD] == pytest.approx(0.5 * 10 * 1.15 + 0.3 * 19 + 0.2 * 38 * 1.25)
    assert hours[Depth.LIGHT] == pytest.approx(0.5 * 10 + 0.3 * 19 * 1.25 + 0.2 * 38 * 1.5)


def test_without_loss_of_misfit_every_depth_costs_the_same():
    hours = expected_hours((0.2, 0.3, 0.5), Policy(phi_over=0.0, phi_under=0.0))
    assert len({round(value, 9) for value in hours.values()}) == 1


def test_other_classes_are_spread_over_the_depths_by_rank():
    assert fitting_depths(("a", "b")) == (0.0, 2.0)
    assert fitting_depths(("a", "b", "c", "d")) == pytest.approx((0, 2 / 3, 4 / 3, 2))
    assert fitting_depths(("standard", "heavy")) == (1.0, 2.0)


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6])
def test_two_to_six_classes_get_advice(count):
    classes = tuple(f"k{k}" for k in range(count))
    policy = Policy(hours={name: 10.0 * (k + 1) for k, name in enumerate(classes)})
    said = prediction(*([0.0] * (count - 1) + [1.0]), classes=classes, set90=classes[-1:])
    assert suggestion(case(), Model(said), policy).depth is Depth.HEAVY


def test_a_policy_of_another_model_is_refused():
    with pytest.raises(BundleError, match="knows 2 classes of work, the policy 3"):
        expected_hours((0.5, 0.5), Policy())


# The price of scarce depth -------------------------------------------------------------------------------------------


def test_the_price_keeps_the_heavy_share_within_its_cap_and_is_the_smallest():
    random = np.random.default_rng(1)
    shares = random.dirichlet([1, 1, 1], 400)
    hours = np.array([list(expected_hours(row, Policy()).values()) for row in shares])
    price = price_for_cap(hours, 0.25)

    def share(price):
        return np.mean((hours[:, 2] + price < hours[:, 0]) & (hours[:, 1] - hours[:, 2] - price > 0.5))

    assert share(0) > 0.25 >= share(price) and share(price - 1e-6) > 0.25


def test_a_cap_that_does_not_bind_has_no_price():
    assert price_for_cap(np.array([[10.0, 12.0, 14.0]]), 0.25) == 0.0
    assert price_for_cap(np.empty((0, 3)), 0.25) == 0.0


def test_a_cap_of_nothing_prices_every_case_out():
    assert price_for_cap(np.array([[np.nan, 20.0, 10.0], [np.nan, 20.0, 12.0]]), 0.0) == pytest.approx(9.5)


# Lateness ------------------------------------------------------------------------------------------------------------


def test_half_of_the_cases_are_late_at_the_median():
    assert chance_late((np.log(100), 0.7), date(2026, 1, 1), date(2026, 4, 11)) == pytest.approx(0.5)


def test_without_a_term_there_is_no_lateness():
    assert chance_late((5.0, 0.5), date(2026, 1, 1), None) is None


@given(st.floats(1, 8), st.floats(0.1, 2), st.integers(1, 900))
def test_a_longer_term_never_makes_lateness_likelier(mean, sd, days):
    lodged = date(2026, 1, 1)
    ends = [date.fromordinal(lodged.toordinal() + n) for n in (days, days + 30)]
    shorter, longer = (chance_late((mean, sd), lodged, end) for end in ends)
    assert 0 <= longer <= shorter <= 1


# The policy ----------------------------------------------------------------------------------------------------------


def test_a_policy_survives_json():
    policy = Policy(version="p-2", prices={Depth.HEAVY: 1.25})
    assert Policy.of_dict(json.loads(json.dumps(policy.to_dict()))) == policy


@pytest.mark.parametrize("change", [{"margin_hours": -1}, {"hours": {}}, {"prices": {"deep": 1}}, {"phi_over": "nan"}])
def test_an_impossible_policy_is_refused(change):
    with pytest.raises(BundleError, match="policy"):
        Policy.of_dict(Policy().to_dict() | change)


def test_a_policy_with_a_missing_figure_is_refused():
    with pytest.raises(BundleError, match="caps"):
        Policy.of_dict({"version": "1", "margin_hours": 1})


def test_deadlines_travel_unchanged():
    deadlines = Deadlines(None, None, "a", "b")
    assert suggest(case(), LAW.options(case()), deadlines, Model(HEAVY), Policy(), "s", NOW).deadlines is deadlines

"""The policy: what each depth costs, the price of a scarce one, what was met in learning, and its version."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.routing.routing_model import REGISTER, example

from triage.domain.case import Depth, Intake, Moment
from triage.domain.errors import BundleError
from triage.routing.features import FeatureMap
from triage.routing.policy import (
    Policy,
    expected_hours,
    fitting_depths,
    hours_table,
    in_own_depth,
    open_hours,
    price_for_cap,
    priced,
    ranges_met,
    versioned,
)

# Hours ---------------------------------------------------------------------------------------------------------------


def test_a_class_in_its_own_depth_costs_its_own_hours():
    assert np.allclose(np.diag(hours_table(Policy())), list(Policy().hours.values()))


def test_hours_booked_at_standard_are_what_the_table_says_of_standard():
    booked = {"light": 10.0, "standard": 19.0, "heavy": 38.0}
    own = Policy(hours=in_own_depth(booked, 0.15, 0.25))
    assert np.allclose(hours_table(own)[:, 1], list(booked.values()))
    assert own.hours["heavy"] == pytest.approx(38 / 1.25) and own.hours["light"] == pytest.approx(10 / 1.15)


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

    assert share(0) > 0.25 >= share(price) and share(price - 1e-3) > 0.25


def test_a_cap_that_does_not_bind_has_no_price():
    assert price_for_cap(np.array([[10.0, 12.0, 14.0]]), 0.25) == 0.0
    assert price_for_cap(np.empty((0, 3)), 0.25) == 0.0


def test_a_cap_of_nothing_prices_every_case_out():
    assert price_for_cap(np.array([[np.nan, 20.0, 10.0], [np.nan, 20.0, 12.0]]), 0.0) == pytest.approx(9.5)


def hours_of(seed, spread=1.0):
    random = np.random.default_rng(seed)
    return random.dirichlet([spread] * 3, 400) @ hours_table(Policy())


def test_each_moment_has_the_price_at_which_its_own_share_keeps_to_the_cap():
    hours = {Moment.IDENTIFIED: hours_of(1, 5.0), Moment.REGISTERED: hours_of(2)}
    policy = priced(Policy(), hours)
    early, later = (policy.prices_for(moment)[Depth.HEAVY] for moment in Moment)
    assert (
        early == price_for_cap(hours[Moment.IDENTIFIED], 0.25) < later == price_for_cap(hours[Moment.REGISTERED], 0.25)
    )


def test_new_cases_pay_the_price_of_what_the_reserve_leaves():
    hours = {Moment.REGISTERED: hours_of(3)}
    policy = priced(Policy(reserve_share=0.2, reserve_after_days=100), hours)
    new, old = (policy.prices_for(Moment.REGISTERED, age)[Depth.HEAVY] for age in (100, 101))
    assert new == price_for_cap(hours[Moment.REGISTERED], 0.2) > old == price_for_cap(hours[Moment.REGISTERED], 0.25)


def test_a_policy_without_cap_has_no_price():
    assert priced(Policy(caps={}), {Moment.REGISTERED: hours_of(4)}).prices_for(Moment.REGISTERED)[Depth.HEAVY] == 0.0


def test_a_case_that_a_rule_decides_takes_no_place_of_the_cap():
    made = example()
    intakes = REGISTER.intakes(made.labels.cases.tail(300), Moment.REGISTERED)
    options = [made.law.options(intake) for intake in intakes]
    hours = open_hours(np.full((300, 3), 1 / 3), options, made.policy)
    assert len(hours) == sum(one.decided is None for one in options) < 300
    assert np.isnan(hours).any(axis=1).all()  # before the Pact there is no light depth


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


def test_a_policy_of_before_prices_per_moment_still_reads():
    plain = Policy().to_dict()
    for later in ("reserve_share", "reserve_after_days", "price_table", "met"):
        del plain[later]
    assert Policy.of_dict(plain) == Policy()


def test_a_whole_policy_survives_json():
    policy = Policy(
        reserve_share=0.1,
        price_table={"identified old": {Depth.HEAVY: 1.5}},
        met={"family_size": (1.0, 8.0), "documents": None},
    )
    assert Policy.of_dict(json.loads(json.dumps(policy.to_dict()))) == policy


def test_another_figure_gives_another_version():
    assert versioned(Policy()).version != versioned(Policy(reserve_share=0.1)).version


def test_the_same_figures_give_the_same_version():
    assert versioned(Policy()).version == versioned(Policy()).version


# What was met in learning --------------------------------------------------------------------------------------------


def met_in(**columns):
    cases = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})
    cases = cases.assign(lodged_on=pd.Timestamp("2026-03-01"))
    return ranges_met(FeatureMap.of(REGISTER, cases), cases)


def test_the_range_of_a_number_leaves_a_typing_error_out():
    low, high = met_in(evidence_items=[float(k % 10) for k in range(5000)] + [199.0])["evidence_items"]
    assert (low, high) == (0.0, 9.0)


def test_a_fact_of_which_no_value_was_known_is_marked():
    met = met_in(evidence_items=["unknown", None], documents=["real", "unknown"], identity_doubt=[None, None])
    assert met["evidence_items"] is None and met["identity_doubt"] is None and "documents" not in met


def test_a_date_counts_as_days_before_lodging():
    policy = Policy(met={"return_decision_on": (0.0, 100.0)})
    day = pd.Timestamp("2026-03-01").date()
    intakes = [
        Intake("A-1", day, Moment.REGISTERED, {"return_decision_on": date})
        for date in (pd.Timestamp("2026-01-01").date(), pd.Timestamp("2020-01-01").date())
    ]
    assert [policy.strange(intake) for intake in intakes] == [(), ("return_decision_on",)]


def test_few_later_cases_are_far_from_what_was_met():
    made = example()
    intakes = REGISTER.intakes(made.later, Moment.REGISTERED)
    assert np.mean([bool(made.policy.strange(intake)) for intake in intakes]) < 0.02

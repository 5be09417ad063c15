"""The report on overrides finds the habits that made-up officers have, and is silent where there is too little."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.domain.decision_tables import DECISIONS
from triage.routing.overrides import (
    RARE,
    SHORT,
    alarms,
    arm_differences,
    depth_hours,
    load_bands,
    measure_overrides,
    newcombe,
    not_sure_share,
    reason_counts,
    welch,
    wilson,
)
from triage.routing.policy import Policy
from triage.simulation.officers import Habits, made_up_decisions

POLICY = Policy()
AWAKE = Habits(tired_from=1000)
SEEDS = range(1, 6)


def lines(n=40, **columns):
    """Decisions that follow a heavy advice after a minute, but for what is given."""
    plain = {
        "suggestion_id": [f"s-{k}" for k in range(n)],
        "case_id": [f"c-{k}" for k in range(n)],
        "officer": [f"o-{k % 10}" for k in range(n)],
        "day": "2026-11-24",
        "moment": "registered",
        "arm": "none",
        "had_advice": True,
        "has_model_advice": True,
        "advice": "heavy",
        "advised_route": "R",
        "advised_depth": "heavy",
        "route": "R",
        "depth": "heavy",
        "reason_code": "AGREE",
        "is_last": True,
        "dwell_seconds": 60.0,
        "hours_booked": np.nan,
        "days": np.nan,
    }
    return DECISIONS.check(pd.DataFrame(plain | columns, index=range(n)))


def over_all(decisions, policy=POLICY):
    table = measure_overrides(decisions, policy)
    return table.set_index(["load", "advice"]).loc[("all", "all")]


def first(n, of, then, rest):
    return [then] * n + [rest] * (of - n)


# Rate and direction --------------------------------------------------------------------------------------------------


def test_another_depth_is_an_override_with_its_direction():
    found = over_all(lines(depth=first(10, 40, "light", "heavy")))
    assert (found["override"], found["deeper"], found["lighter"]) == (0.25, 0.0, 0.25)


def test_another_route_without_a_depth_is_an_override_of_its_own_kind():
    found = over_all(lines(route=first(10, 40, "OTHER", "R"), depth=first(10, 40, "", "heavy")))
    assert (found["override"], found["other_route"], found["lighter"]) == (0.25, 0.25, 0.0)


def test_decisions_without_advice_are_no_overrides():
    found = over_all(lines(had_advice=first(20, 40, False, True), depth=first(20, 40, "light", "heavy")))
    assert (found["decisions"], found["override"]) == (20, 0.0)


def test_load_counts_the_decisions_of_one_officer_on_one_day():
    frame = lines(30, officer=first(8, 30, "quiet", "busy"), day=first(8, 30, "2026-11-23", "2026-11-24"))
    assert load_bands(frame).tolist() == first(8, 30, "1-8", "21 and more")


def test_a_slice_of_fewer_than_ten_has_no_figures_and_cannot_be_found_by_subtraction():
    table = measure_overrides(lines(advice=first(4, 40, "light", "heavy")), POLICY)
    rows = table.loc[(table["load"] == "1-8") & table["advice"].isin(["light", "heavy"])]
    assert rows["is_hidden"].all() and rows["override"].isna().all()


@settings(max_examples=20)
@given(st.lists(st.sampled_from(["rule", "light", "not_sure", "heavy"]), min_size=1, max_size=120))
def test_no_figure_rests_on_fewer_than_ten_decisions(advice):
    table = measure_overrides(lines(len(advice), advice=advice), POLICY)
    assert table.loc[table["override"].notna(), "decisions"].ge(10).all()


# Who was right -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "right"), [(9.0, 1.0), (45.0, 0.0)])
def test_right_is_whose_depth_lies_nearer_to_the_booked_hours(hours, right):
    found = over_all(lines(depth="light", hours_booked=hours))
    assert (found["officer_right"], found["judged"]) == (right, 40)


def test_hours_won_are_those_of_the_cost_table():
    found = over_all(lines(depth="light", hours_booked=10.0))
    assert found["hours_won"] == pytest.approx(10 * 2 * POLICY.phi_over)


def test_where_no_depth_costs_anything_nothing_is_won():
    found = over_all(lines(depth="light", hours_booked=10.0), replace(POLICY, phi_over=0.0, phi_under=0.0))
    assert (found["hours_won"], found["officer_right"]) == (0.0, 1.0)


def test_of_a_case_decided_twice_only_the_newest_decision_is_judged():
    found = over_all(lines(depth="light", hours_booked=10.0, is_last=first(20, 40, True, False)))
    assert found["judged"] == 20


def test_open_cases_are_not_judged():
    assert np.isnan(over_all(lines(depth="light"))["officer_right"])


def test_each_depth_has_the_hours_of_the_class_that_fits_it():
    assert depth_hours(POLICY).tolist() == pytest.approx([10.0, 19.0, 38.0])
    four = replace(POLICY, hours={"a": 5.0, "b": 10.0, "c": 20.0, "d": 40.0})
    assert depth_hours(four)[[0, 2]].tolist() == pytest.approx([5.0, 40.0])


@pytest.mark.parametrize("seed", SEEDS)
def test_officers_who_see_more_than_the_model_are_right_more_often(seed):
    skilled = over_all(made_up_decisions(4000, seed, replace(AWAKE, skill=0.9, model_skill=0.5)))
    blind = over_all(made_up_decisions(4000, seed, replace(AWAKE, skill=0.5, model_skill=0.9)))
    assert skilled["officer_right_low"] > 0.5 > blind["officer_right_high"]


# Alarms --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "overrides", "seconds", "alarm"),
    [
        (100, 0, 60.0, RARE),
        (40, 0, 60.0, ""),  # none of 40 is no evidence: at 5 % that comes one time in eight
        (100, 5, 60.0, ""),
        (100, 5, 9.0, SHORT),
        (100, 0, 9.0, f"{RARE}|{SHORT}"),
    ],
)
def test_rubber_stamps_and_short_looks_raise_an_alarm(n, overrides, seconds, alarm):
    found = over_all(lines(n, depth=first(overrides, n, "light", "heavy"), dwell_seconds=seconds))
    assert found["alarm"] == alarm


def test_following_a_rule_is_no_rubber_stamp():
    table = measure_overrides(lines(200, advice="rule", advised_depth="", depth=""), POLICY)
    assert set(table.loc[table["advice"] == "rule", "alarm"]) == {""}


@pytest.mark.parametrize("seed", SEEDS)
def test_officers_who_tire_are_found_at_high_load_and_only_there(seed):
    said = alarms(measure_overrides(made_up_decisions(6000, seed), POLICY))
    assert any("load 21 and more, advice all: overrides below 2 % and median dwell below 10 s" in one for one in said)
    assert not any("load 1-8" in one or "load 9-20" in one for one in said)


@pytest.mark.parametrize("seed", SEEDS)
def test_officers_who_do_not_tire_raise_no_alarm(seed):
    assert not alarms(measure_overrides(made_up_decisions(6000, seed, AWAKE), POLICY))


# Shown against hidden ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_advice_that_pulls_is_found_between_the_arms(seed):
    found = arm_differences(made_up_decisions(6000, seed, replace(AWAKE, pull=0.5)), POLICY)[0]
    assert found.measure == "chosen as advised" and found.low > 0


@pytest.mark.parametrize("chance", [0.05, 0.5, 0.9])
def test_newcombes_interval_holds_no_difference_in_nineteen_of_twenty_looks(chance):
    random = np.random.default_rng(4)
    looks = [newcombe(*(random.random((2, 80)) < chance).astype(float)) for _ in range(2000)]
    assert 0.935 <= np.mean([low <= 0 <= high for low, high in looks]) <= 0.985


def test_an_arm_of_fewer_than_ten_is_not_compared():
    assert arm_differences(lines(arm=first(9, 40, "hidden", "shown")), POLICY) == []


def test_newcombes_interval_is_the_published_one():
    """Newcombe 1998, table II: 56/70 - 48/80 by method 10 is 0.0524 to 0.3339."""
    one, other = np.repeat([1.0, 0.0], [56, 14]), np.repeat([1.0, 0.0], [48, 32])
    assert newcombe(one, other) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_welchs_interval_of_equal_samples_lies_around_nothing():
    low, high = welch(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0]))
    assert low == -high and welch(np.ones(5), np.ones(5)) == (0.0, 0.0)


def test_wilsons_interval_of_nothing_still_has_a_width():
    low, high = wilson(0.0, 30)
    assert low == 0.0 and 0.1 < high < 0.13


# Over all ------------------------------------------------------------------------------------------------------------


def test_reasons_are_counted_of_overrides_and_not_below_ten():
    codes = ["PLANNING"] * 15 + ["FACT_WRONG"] * 3 + ["OTHER"] * 12 + ["AGREE"] * 10
    found = reason_counts(lines(depth=["light"] * 30 + ["heavy"] * 10, reason_code=codes))
    assert found["FACT_WRONG"] is None and "AGREE" not in found
    assert list(found.values()).count(None) >= 2  # one alone would follow from the total


def test_not_sure_is_a_share_of_what_a_model_was_asked():
    advice = ["rule"] * 10 + ["not_sure"] * 15 + ["heavy"] * 15
    frame = lines(advice=advice, has_model_advice=[one != "rule" for one in advice])
    assert not_sure_share(frame) == 0.5 and not_sure_share(lines(9)) is None

"""When open items come, and what to chase first."""

from datetime import date, timedelta
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dossier.dossier_examples import events, planted_waits

from triage.dossier.events import case_events, spells
from triage.dossier.readiness import (
    HORIZON_DAYS,
    PRIOR_WEEKS,
    WEEK_BINS,
    Hazards,
    arrival_chances,
    chance_ready,
    chase_order,
    expected_day,
    hours_per_minute,
    learn_hazards,
    risk_weeks,
)

TODAY = date(2026, 11, 24)
PLANTED = {"quick": 0.45, "slow": 0.08}


def learned(waits, as_of=TODAY, party=lambda item: item):
    hazards = learn_hazards(waits, party, as_of)
    assert hazards is not None
    return hazards


def mean_hazard(counts: pd.DataFrame, item: str) -> float:
    rows = counts[counts["item"] == item]
    return rows["came"].sum() / rows["weeks"].sum()


def test_a_wait_runs_from_the_first_request_to_the_receipt_and_a_second_request_changes_nothing():
    waits = spells(
        events(
            ("a", "eurodac", "requested", "2026-11-02 09:00"),
            ("a", "eurodac", "requested", "2026-11-09"),
            ("a", "eurodac", "chased", "2026-11-10"),
            ("a", "eurodac", "received", "2026-11-16 17:00"),
        )
    )
    assert waits.to_dict("records") == [
        {
            "case_id": "a",
            "item": "eurodac",
            "start": pd.Timestamp("2026-11-02"),
            "end": pd.Timestamp("2026-11-16"),
            "came": True,
        }
    ]


def test_a_waived_item_did_not_come_and_an_open_one_has_no_end():
    waits = spells(
        events(
            ("a", "x", "requested", "2026-11-02"),
            ("a", "x", "waived", "2026-11-04"),
            ("b", "x", "requested", "2026-11-05"),
        )
    )
    assert waits["came"].tolist() == [False, False]
    assert waits["end"].isna().tolist() == [False, True]


def test_asking_again_opens_an_item_that_was_in():
    told = case_events(
        events(
            ("a", "x", "requested", "2026-11-02"),
            ("a", "x", "received", "2026-11-04"),
            ("a", "x", "requested", "2026-11-09"),
            ("a", "x", "chased", "2026-11-20"),
        )
    )["a"]
    assert not told.delivered
    assert (told.items["x"].open_since, told.items["x"].chased) == (date(2026, 11, 9), 1)


@pytest.mark.parametrize("item", PLANTED)
def test_the_hazard_finds_back_what_was_planted_although_many_items_are_still_open(item):
    counts = risk_weeks(planted_waits(PLANTED, 4000, TODAY), TODAY)
    seen = counts.loc[counts["item"] == item, "weeks"].sum()
    error = 3 * np.sqrt(PLANTED[item] * (1 - PLANTED[item]) / seen)
    assert mean_hazard(counts, item) == pytest.approx(PLANTED[item], abs=error)


def test_the_hazard_finds_back_a_change_over_the_weeks_of_waiting():
    random = np.random.default_rng(7)
    start = pd.Timestamp(TODAY) - pd.to_timedelta(random.integers(0, 500, 6000), unit="D")
    week = np.where(random.random(6000) < 0.05, 0, random.geometric(0.3, 6000))  # 5 % in the first week, then 30 %
    end = pd.Series(start + pd.to_timedelta(7 * week + random.integers(0, 7, 6000), unit="D"))
    came = end <= pd.Timestamp(TODAY)
    waits = pd.DataFrame({"item": "x", "start": start, "end": end.where(came), "came": came})
    hazard = learned(waits).of("x", "x")
    assert hazard[0] == pytest.approx(0.05, abs=0.015)
    assert hazard[1:6] == pytest.approx(0.3, abs=0.04)


def test_leaving_out_what_is_still_open_makes_waits_look_short():
    waits = planted_waits({"slow": PLANTED["slow"]}, 4000, TODAY, spread_days=120)
    honest = mean_hazard(risk_weeks(waits, TODAY), "slow")
    naive = mean_hazard(risk_weeks(waits[waits["came"]], TODAY), "slow")
    assert honest == pytest.approx(PLANTED["slow"], abs=0.01)
    assert naive > 1.7 * PLANTED["slow"]


def test_counting_arrivals_of_a_week_that_has_not_ended_would_make_waits_look_short_too():
    waits = planted_waits({"x": 0.3}, 4000, TODAY, spread_days=21)
    whole_weeks = mean_hazard(risk_weeks(waits, TODAY), "x")
    whole = np.floor((pd.Timestamp(TODAY) - waits["start"]).dt.days.to_numpy() / 7)
    ended = np.floor((waits["end"] - waits["start"]).dt.days.to_numpy() / 7)
    weeks = np.where(np.isnan(ended), whole, ended + 1)
    naive = waits["came"].sum() / weeks.sum()
    assert whole_weeks == pytest.approx(0.3, abs=0.03)
    assert naive > 0.36


def test_nothing_after_the_day_is_used():
    waits = planted_waits(PLANTED, 500, TODAY)
    early = TODAY - timedelta(days=100)
    known = waits[waits["start"] <= pd.Timestamp(early)].copy()
    later = known["end"] > pd.Timestamp(early)
    known.loc[later, "end"] = None
    known.loc[later, "came"] = False
    then, now = learned(known, early), learned(waits, early)
    assert all(np.array_equal(then.by_item[item], now.by_item[item]) for item in PLANTED)


def test_an_item_without_history_leans_on_its_third_party_and_a_new_party_on_all():
    hazards = learned(planted_waits(PLANTED, 300, TODAY), party=lambda item: {"quick": "one", "slow": "two"}[item])
    assert np.array_equal(hazards.of("unheard", "two"), hazards.by_party["two"])
    assert np.array_equal(hazards.of("unheard", "unheard"), hazards.pooled)


def test_an_item_seen_once_lies_between_its_own_figure_and_its_third_party():
    one = planted_waits({"quick": 0.45}, 2000, TODAY)
    rare = pd.DataFrame({"case_id": "z", "item": "rare", "start": one["start"][:1], "end": None, "came": False})
    rare["start"] = pd.Timestamp(TODAY) - pd.Timedelta(days=6)  # one whole week, not in
    hazards = learned(pd.concat([one, rare.astype(one.dtypes)], ignore_index=True), party=lambda _: "one")
    above, own = hazards.by_party["one"][0], hazards.by_item["rare"][0]
    assert own == pytest.approx(PRIOR_WEEKS * above / (PRIOR_WEEKS + 1))
    assert 0 < own < above


def test_without_any_history_nothing_is_promised():
    received_only = events(("a", "x", "received", "2026-11-02"))
    asked_today = events(("a", "x", "requested", "2026-11-24"))
    assert learn_hazards(spells(received_only), str, TODAY) is None
    assert learn_hazards(spells(asked_today), str, TODAY) is None


@given(st.floats(0.02, 0.9), st.integers(0, 400))
def test_chances_start_at_nothing_never_fall_and_never_pass_one(hazard, waited):
    daily = (1 - hazard) ** (np.arange(2 * HORIZON_DAYS + 1) / 7)
    chances = arrival_chances(daily, waited)
    assert chances[0] == 0 and (np.diff(chances) >= 0).all() and chances[-1] <= 1


FLAT = Hazards({"x": np.full(len(WEEK_BINS), 0.3)}, {}, np.full(len(WEEK_BINS), 0.1), {}, {})


@given(st.integers(0, 300))
def test_with_one_hazard_for_all_weeks_having_waited_changes_nothing(waited):
    curve = FLAT.still_open("x", "")
    assert arrival_chances(curve, waited)[:50] == pytest.approx(arrival_chances(curve, 0)[:50])
    assert arrival_chances(curve, waited)[7] == pytest.approx(0.3)


def test_the_chance_to_be_ready_is_the_product_and_never_more_than_the_least():
    curves = [1 - 0.9 ** np.arange(HORIZON_DAYS + 1), 1 - 0.97 ** np.arange(HORIZON_DAYS + 1)]
    ready = chance_ready(curves)
    assert ready == pytest.approx(curves[0] * curves[1])
    assert (ready <= np.minimum(*curves)).all()
    assert chance_ready([])[0] == 1


def test_the_expected_day_is_the_first_with_even_chances_and_none_beyond_the_horizon():
    chances = np.minimum(np.arange(HORIZON_DAYS + 1) / 20, 1)
    assert expected_day(chances, TODAY) == TODAY + timedelta(days=10)
    assert expected_day(chances, TODAY, 0.8) == TODAY + timedelta(days=16)
    assert expected_day(np.zeros(HORIZON_DAYS + 1), TODAY) is None


def test_four_hours_saved_with_a_chance_of_a_half_by_ten_minutes_is_a_fifth_of_an_hour_per_minute():
    assert hours_per_minute(0.5, 4.0, 10.0) == pytest.approx(0.2)


ITEM = st.tuples(st.floats(0, 1), st.sampled_from([5.0, 10.0, 15.0, 20.0]))


@given(st.lists(ITEM, min_size=1, max_size=6))
def test_the_order_of_chasing_loses_the_fewest_hours_of_every_order_there_is(items):
    """Hours at stake times the minutes until the item is chased, over all orders by brute force."""

    def lost(order):
        done = np.cumsum([items[k][1] for k in order])
        return float(sum(items[k][0] * 4 * minute for k, minute in zip(order, done, strict=True)))

    ours = chase_order([hours_per_minute(p, 4.0, minutes) for p, minutes in items])
    best = min(lost(order) for order in permutations(range(len(items))))
    assert lost(ours) == pytest.approx(best, abs=1e-9)


def test_the_order_of_chasing_saves_the_most_in_any_time_that_ends_with_an_item():
    items = [(0.9, 20.0), (0.5, 10.0), (0.4, 5.0), (0.2, 15.0), (0.05, 5.0)]
    order = chase_order([hours_per_minute(p, 4.0, m) for p, m in items])
    for count in range(1, len(items) + 1):
        minutes = sum(items[k][1] for k in order[:count])
        saved = sum(items[k][0] for k in order[:count])
        subsets = [s for n in range(len(items) + 1) for s in permutations(range(len(items)), n)]
        best = max(sum(items[k][0] for k in s) for s in subsets if sum(items[k][1] for k in s) <= minutes)
        assert saved == pytest.approx(best)

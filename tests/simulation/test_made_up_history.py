"""Months and nationalities as counted, the queue that capacity follows, the depths of a route, the terms of the law."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.case import Moment
from triage.domain.errors import TableError
from triage.law.book import shipped_law
from triage.simulation import lodgings, pace
from triage.simulation.history import hours_in_depth
from triage.simulation.settings import Settings
from triage.simulation.terms import term_days
from triage.simulation.world import FIRST, LAST, make_world

YEAR = [f"2024-{month:02d}" for month in range(1, 13)]


def counts(persons, nationality="SYR", periods=YEAR, kind="first_application"):
    return pd.DataFrame({"period": periods, "persons": persons, "kind": kind, "nationality_iso3": nationality})


PEAK = pd.concat([counts([10] * 8 + [400] + [10] * 3), counts([10.0] * 12, "ERI")], ignore_index=True)


def test_lodgings_follow_the_months_that_were_counted():
    made = make_world(3000, 1, inflow=PEAK)
    by_month = made.cases.groupby([made.cases["lodged_on"].dt.year, made.cases["lodged_on"].dt.month]).size()
    assert (by_month[2024].idxmax(), by_month[2025].idxmax()) == (9, 9)  # outside the series its months repeat


def test_nationalities_follow_the_month_in_which_they_were_counted():
    made = make_world(6000, 1, inflow=PEAK)
    syrian = made.cases["nationality_iso3"] == "SYR"
    september = made.cases["lodged_on"].dt.month == 9
    assert syrian[september].mean() > 3 * syrian[~september].mean()


def test_nationalities_without_a_series_still_come():
    made = make_world(3000, 1, inflow=PEAK)
    assert {"MAR", "GEO", "XXX"} <= set(made.cases["nationality_iso3"])


def test_a_skipped_month_is_refused():
    with pytest.raises(TableError, match="skips a month"):
        make_world(10, 1, inflow=PEAK[PEAK["period"] != "2024-05"])


def test_counts_of_another_kind_are_refused():
    with pytest.raises(TableError, match="first_application"):
        make_world(10, 1, inflow=counts([10] * 12, kind="family_member_nareis"))


def test_too_few_months_are_refused():
    with pytest.raises(TableError, match="found 3 months"):
        make_world(10, 1, inflow=PEAK[PEAK["period"] < "2024-04"])


def test_a_nationality_outside_the_recipe_counts_among_the_others():
    crowd = pd.concat([counts([100] * 12), counts([900] * 12, "UKR")], ignore_index=True)
    made = make_world(3000, 1, inflow=crowd)
    assert made.cases["nationality_iso3"].eq("SYR").mean() < 0.15


def test_days_keep_their_share_of_the_whole():
    days, weight = lodgings.day_weights(lodgings.months_of(PEAK), FIRST, LAST)
    assert len(days) == len(weight) and weight.sum() == pytest.approx(1.0)


demands = st.lists(st.floats(0.1, 10), min_size=60, max_size=200).map(np.array)


@given(demand=demands, unit=st.floats(0.01, 1000))
def test_the_wait_does_not_depend_on_the_unit_of_work(demand, unit):
    assert np.allclose(pace.waits_of(demand, Settings()), pace.waits_of(demand * unit, Settings()))


@given(demand=demands)
def test_the_wait_never_falls_below_the_shortest(demand):
    assert (pace.waits_of(demand, Settings()) >= 7 * Settings().shortest_wait_weeks - 1e-6).all()


def test_a_wave_of_lodgings_makes_the_weeks_after_it_wait():
    calm = np.ones(150)
    wave = calm.copy()
    wave[80:100] = 2.0
    longer = pace.waits_of(wave, Settings()) - pace.waits_of(calm, Settings())
    assert (longer[:80] == 0).all() and (longer[80:110] > 0).all()


def test_a_lodging_date_has_one_wait_whatever_span_the_world_has():
    whole, part = make_world(4000, 1, inflow=PEAK), make_world(400, 2, date(2025, 3, 1), date(2025, 9, 30), inflow=PEAK)
    waits = whole.truth["wait_days"].groupby(whole.cases["lodged_on"]).first()
    known = part.cases["lodged_on"].isin(waits.index)
    assert np.allclose(part.truth["wait_days"][known], waits[part.cases["lodged_on"][known]])


depths = st.integers(0, 2)


@given(fitting=depths, depth=depths, over=st.floats(0, 1), under=st.floats(0, 1))
def test_no_depth_takes_fewer_hours_than_the_one_that_fits(fitting, depth, over, under):
    one = np.array([20.0]), np.array([fitting])
    best, other = (hours_in_depth(*one, np.array([d]), over, under) for d in (fitting, depth))
    assert other[0] >= best[0] - 1e-9


@given(fitting=depths, depth=depths)
def test_without_effects_the_depth_does_not_matter(fitting, depth):
    assert hours_in_depth(np.array([20.0]), np.array([fitting]), np.array([depth]), 0, 0)[0] == 20.0


def test_the_usual_depth_takes_the_true_hours():
    hours, fitting = np.array([8.0, 20.0, 60.0]), np.array([0, 1, 2])
    assert np.allclose(hours_in_depth(hours, fitting, 1, 0.15, 0.25), hours)


def test_a_heavy_case_costs_a_quarter_more_in_the_usual_depth_than_in_its_own():
    assert hours_in_depth(np.array([50.0]), np.array([2]), 2, 0.15, 0.25)[0] == pytest.approx(40.0)


@pytest.mark.parametrize(
    ("lodged", "applied", "lawful"),
    [
        ("2022-02-01", "2022-08-01", "2022-08-01"),
        ("2023-02-01", "2024-05-01", "2024-05-01"),
        ("2024-02-01", "2025-05-01", "2024-08-01"),
        ("2026-07-01", "2027-01-01", "2027-01-01"),
    ],
)
def test_the_term_is_the_one_of_the_law_book_on_the_lodging_date(lodged, applied, lawful):
    day = pd.Series([pd.Timestamp(lodged)])
    terms = [term_days(day, shipped_law(), is_lawful)[0] for is_lawful in (False, True)]
    assert terms == [(pd.Timestamp(end) - day[0]).days for end in (applied, lawful)]


def test_lateness_under_the_law_comes_true_per_half_year(world):
    terms = term_days(world.cases["lodged_on"], shipped_law())
    said, came = world.optimum(Moment.REGISTERED).late(terms), (world.truth["days_true"] > terms).to_numpy()
    for half in range(2022 * 2, 2026 * 2 + 2):
        lodged = world.cases["lodged_on"]
        rows = (lodged.dt.year * 2 + (lodged.dt.month > 6) == half).to_numpy()
        assert said[rows].mean() == pytest.approx(came[rows].mean(), abs=4 * 0.5 / np.sqrt(rows.sum()))

"""Policies are compared on the same cases with the same hours."""

from dataclasses import replace

import numpy as np
import pytest
from policy_examples import SMALL, knowing, pool_of

from triage.simulation.arrivals import draw_arrivals
from triage.simulation.policies import (
    SAME,
    SELECTIVE,
    TODAY,
    Arm,
    Procedure,
    capacity,
    handled,
    shares_by_depth,
    simulate,
)
from triage.simulation.policy_study import with_phi
from triage.simulation.queue import Rules, work_off

POOL = pool_of()
ADVISORS = knowing(POOL)
A, TRACKS = Arm("A"), Arm("A'", routing=TODAY)
B, C = Arm("B", "perfect", SELECTIVE), Arm("C", "perfect", SAME, True)
D = Arm("D", "perfect", SELECTIVE, True)
ARMS = (A, TRACKS, B, C, D)
ARRIVALS = draw_arrivals(POOL, SMALL.inflow, SMALL.stock_weeks, SMALL.weeks, 1, 0)


def outcomes(cell=SMALL, replication=0):
    return simulate(cell, ARMS, POOL, ADVISORS, 1, replication)


def test_whoever_arrived_is_decided_or_open():
    assert all(o.arrived == o.decided + o.open for o in outcomes().values())


def test_every_arm_sees_the_same_arrivals():
    works = [handled(Procedure(), arm, POOL, ADVISORS, ARRIVALS) for arm in ARMS]
    assert all(np.array_equal(work.arrived, ARRIVALS.week) for work in works)


def test_every_arm_spends_the_same_hours_where_there_is_always_work():
    crowded = replace(SMALL, load=2.0)
    works = [handled(crowded.procedure, arm, POOL, ADVISORS, ARRIVALS) for arm in (A, C)]
    hours = capacity(crowded, POOL)
    spent = [work_off(work, hours, 80, Rules(p)).worked for work, p in zip(works, (False, True), strict=True)]
    assert all(np.allclose(worked, hours) for worked in spent)


def test_the_same_seed_gives_the_same_outcome():
    assert [o.within for o in outcomes().values()] == [o.within for o in outcomes().values()]


def test_a_perfect_class_saves_no_hours_where_a_misfit_costs_none():
    found = outcomes(with_phi(SMALL, "0"))
    assert found[D.name].hours_per_case == pytest.approx(found["A"].hours_per_case, abs=1e-9)


def test_a_perfect_class_saves_the_misfit_where_it_costs_hours():
    work = handled(Procedure(), D, POOL, ADVISORS, ARRIVALS)
    hours, kind = POOL.hours[ARRIVALS.row], POOL.kind[ARRIVALS.row]
    assert np.allclose(work.hours, hours / np.array([1.15, 1.0, 1.25])[kind])


def test_one_route_takes_the_hours_that_history_booked_whatever_phi_is():
    works = [handled(with_phi(SMALL, name).procedure, A, POOL, ADVISORS, ARRIVALS) for name in ("0", "low", "base")]
    assert all(np.allclose(work.hours, POOL.hours[ARRIVALS.row]) for work in works)


def test_more_hours_decide_no_fewer_cases_in_time():
    shares = [outcomes(replace(SMALL, load=load))["A"].within for load in (1.2, 1.05, 1.0, 0.9)]
    assert shares == sorted(shares)


def test_a_case_in_too_light_a_depth_is_decided_three_weeks_later():
    work = handled(Procedure(), A, POOL, ADVISORS, ARRIVALS)
    heavy = POOL.kind[ARRIVALS.row] == 2
    assert (work.tail[heavy] == 4).all() and (work.tail[~heavy] == 1).all()


def test_preparation_and_third_parties_take_their_time_side_by_side():
    work = handled(Procedure(), A, POOL, ADVISORS, ARRIVALS)
    assert np.array_equal(work.ready - work.arrived, np.maximum(4, ARRIVALS.delay))


def test_a_heavy_route_is_due_earlier_because_its_report_takes_longer():
    work = handled(Procedure(), D, POOL, ADVISORS, ARRIVALS)
    heavy = POOL.kind[ARRIVALS.row] == 2
    assert np.array_equal(work.due[heavy], work.arrived[heavy] + 26 - 6)


def test_the_tracks_of_history_are_followed():
    work = handled(Procedure(), TRACKS, POOL, ADVISORS, ARRIVALS)
    assert np.array_equal(work.depth, POOL.today[ARRIVALS.row])


def test_the_specialists_are_divided_by_the_expected_hours_of_the_stock_at_the_start():
    work = handled(Procedure(), D, POOL, ADVISORS, ARRIVALS)
    stock = work.arrived < 0
    hours = [work.expected[stock & (work.depth == depth)].sum() for depth in range(3)]
    assert np.allclose(shares_by_depth(work), np.array(hours) / sum(hours))


def test_less_flexible_staff_never_helps_routing():
    shares = [outcomes(replace(SMALL, flexible=share))[B.name].within for share in (0.0, 1.0)]
    assert shares[0] <= shares[1] + 0.01

"""Waiting cases worked off: never more hours than there are, and the order that was promised."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_examples import work_of

from triage.simulation.queue import NEVER, Rules, work_off

FIFO = Rules(priority=False)
lines = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 30), st.integers(1, 400).map(lambda n: n / 10)), min_size=1, max_size=40
)
rules = st.builds(
    Rules,
    priority=st.booleans(),
    shares=st.sampled_from([(0.0, 1.0, 0.0), (0.2, 0.5, 0.3)]),
    flexible=st.sampled_from([0.0, 0.2, 1.0]),
)


def mixed(cases):
    return work_of(*cases, depth=[number % 3 for number in range(len(cases))])


def test_a_small_queue_by_hand():
    # 10 hours a week. Week 0: first case done (6), second begun (4 of 8). Week 1: second done (4), third done (6).
    # The fourth is ready in week 3 only: week 2 is idle.
    run = work_off(work_of((0, 9, 6), (0, 9, 8), (1, 9, 6), (3, 9, 10)), 10.0, 4, FIFO)
    assert run.finished.tolist() == [0, 1, 1, 3]
    assert run.worked.tolist() == [10.0, 10.0, 0.0, 10.0]


def test_a_case_longer_than_a_week_is_split_over_weeks():
    run = work_off(work_of((0, 9, 25)), 10.0, 2, FIFO)
    assert run.finished.tolist() == [NEVER]
    assert run.remaining.tolist() == [5.0]


def test_first_in_first_out_does_not_look_at_the_term():
    run = work_off(work_of((0, 9, 10), (0, 0, 10)), 10.0, 2, FIFO)
    assert run.finished.tolist() == [0, 1]


def test_least_slack_goes_first():
    run = work_off(work_of((0, 9, 10), (0, 0, 10)), 10.0, 2, Rules(True, reserve=0.0))
    assert run.finished.tolist() == [1, 0]


def test_with_slack_for_all_a_case_that_is_late_already_goes_first():
    run = work_off(work_of((0, 9, 10), (0, -1, 10)), 10.0, 2, Rules(True, reserve=0.0))
    assert run.finished.tolist() == [1, 0]
    assert not run.hurried.any()


def test_where_others_would_become_late_a_case_that_is_late_already_waits():
    run = work_off(work_of((0, -1, 10), (0, 0, 10)), 10.0, 2, Rules(True, reserve=0.0))
    assert run.finished.tolist() == [1, 0]
    assert run.hurried[0]


def test_nobody_waits_longer_than_half_a_year_beyond_the_term_for_others():
    run = work_off(work_of((0, -27, 10), (0, 0, 10)), 10.0, 2, Rules(True, reserve=0.0))
    assert run.finished.tolist() == [0, 1]


def test_the_reserve_goes_to_the_oldest_whatever_the_order():
    run = work_off(work_of((0, -1, 1), (0, 0, 20)), 10.0, 1, Rules(True, reserve=0.1))
    assert run.finished.tolist() == [0, NEVER]


def test_hours_of_specialists_without_a_case_lapse():
    cases = work_of((0, 9, 10), (0, 9, 10), depth=1)
    run = work_off(cases, 10.0, 1, Rules(False, shares=(0.4, 0.6, 0.0), flexible=0.0))
    assert run.worked.tolist() == [6.0]


def test_flexible_hours_serve_any_depth():
    cases = work_of((0, 9, 10), (0, 9, 10), depth=1)
    run = work_off(cases, 10.0, 1, Rules(False, shares=(0.4, 0.6, 0.0), flexible=1.0))
    assert run.worked.tolist() == [10.0]


@given(lines, rules, st.floats(1, 60))
@settings(max_examples=60)
def test_no_week_works_more_than_its_hours(cases, how, hours):
    assert (work_off(mixed(cases), hours, 8, how).worked <= hours + 1e-6).all()


@given(lines, rules, st.floats(1, 60))
@settings(max_examples=60)
def test_work_done_and_work_left_are_all_the_work(cases, how, hours):
    run = work_off(mixed(cases), hours, 8, how)
    assert run.worked.sum() + run.remaining.sum() == pytest.approx(sum(case[2] for case in cases))


@given(lines, rules, st.floats(1, 60))
@settings(max_examples=60)
def test_a_case_is_finished_exactly_where_no_work_remains(cases, how, hours):
    run = work_off(mixed(cases), hours, 8, how)
    assert np.array_equal(run.finished == NEVER, run.remaining > 0)


@given(lines, rules, st.floats(1, 60))
@settings(max_examples=60)
def test_nobody_is_served_before_being_ready(cases, how, hours):
    work = mixed(cases)
    assert (work_off(work, hours, 8, how).finished >= work.ready).all()


@given(lines, st.floats(1, 60), st.floats(0, 30))
@settings(max_examples=60)
def test_more_hours_finish_no_case_later(cases, hours, more):
    work = work_of(*cases)
    few, many = (work_off(work, h, 8, FIFO).finished for h in (hours, hours + more))
    assert (many <= few).all()

"""Who counts as in time, and in which week that is decided."""

import numpy as np
import pytest
from policy_examples import KINDS, work_of

from triage.simulation.arrivals import Arrivals, Pool
from triage.simulation.policy_measures import Outcome, lead_times, measured
from triage.simulation.queue import NEVER, Run

TERM, WEEKS = 26, 156


def outcome(*leads: int | None, arrived: int = 40) -> Outcome:
    """Cases of one week that took these weeks, None while open. The first is light work, the rest heavy."""
    n, none = len(leads), np.zeros(len(leads), dtype=int)
    work = work_of(*[(0, 0, 10)] * n)
    work = type(work)(**(vars(work) | {"arrived": none + arrived}))
    finished = np.array([NEVER if lead is None else arrived + lead for lead in leads])
    remaining = np.where(finished == NEVER, 10.0, 0.0)
    kind = np.array([0, *[2] * (n - 1)])
    pool = Pool(kind, KINDS, kind.astype(float), work.hours, none + 1, none, ("SYR",))
    run = Run(finished, remaining, np.zeros(WEEKS), np.zeros(WEEKS, dtype=bool))
    return measured(work, run, pool, Arrivals(none + arrived, np.arange(n), none, none), TERM, WEEKS)


def test_a_decision_on_the_last_day_of_the_term_is_in_time():
    assert outcome(26).within == 1.0


def test_a_decision_a_week_later_is_not():
    assert outcome(27).within == 0.0


def test_an_open_case_past_its_term_counts_as_late():
    assert outcome(20, None).within == 0.5


def test_cases_that_arrived_before_the_measured_weeks_do_not_count():
    assert outcome(20, arrived=25).ended.sum() == 0 and outcome(20, arrived=26).ended.sum() == 1


def test_cases_whose_term_has_not_expired_at_the_end_do_not_count():
    assert outcome(10, arrived=130).ended.sum() == 0 and outcome(10, arrived=129).ended.sum() == 1


def test_a_class_of_work_without_cases_is_never_the_worst():
    assert outcome(30, 20).within_by_kind.tolist() == [0.0, 1.0, 1.0]


def test_an_open_case_is_older_than_every_decided_one_in_the_lead_times():
    times = lead_times([outcome(*[10] * 8, None)])
    assert times.p90 is None and times.mean == pytest.approx((8 * 10 + 116) / 9)


def test_replications_are_taken_together():
    assert lead_times([outcome(10, 10), outcome(30, 30)]).p90 == 30.0


def test_work_that_is_left_and_cases_past_their_term_are_counted_at_the_end():
    found = outcome(20, None, None)
    assert (found.stock_hours, found.open_past_term, found.oldest_weeks) == (20.0, 2, 116)

"""Arrivals: seeded, one stream per cause, the same for whoever looks."""

import numpy as np
import pytest
from policy_examples import KINDS, pool_of

from triage.domain.errors import TableError
from triage.simulation.arrivals import CAUSES, Inflow, Pool, draw_arrivals, stream

POOL, FEW = pool_of(), Inflow(per_week=20.0)


def test_the_same_seed_and_replication_give_the_same_arrivals():
    one, other = (draw_arrivals(POOL, FEW, 10, 50, 3, 7) for _ in range(2))
    assert all(np.array_equal(getattr(one, name), getattr(other, name)) for name in vars(one))


def test_another_replication_gives_other_arrivals():
    one, other = (draw_arrivals(POOL, FEW, 10, 50, 3, number) for number in (0, 1))
    assert not np.array_equal(one.week, other.week)


def test_a_smaller_start_stock_keeps_the_arrivals_that_come_after():
    large, small = (draw_arrivals(POOL, FEW, stock, 50, 3, 0) for stock in (36, 12))
    kept = large.week >= -12
    assert all(np.array_equal(getattr(large, name)[kept], getattr(small, name)) for name in vars(small))


def test_every_cause_has_a_stream_of_its_own():
    first = [stream(1, 0, cause).random() for cause in CAUSES]
    assert len(set(first)) == len(CAUSES)


def test_longer_delays_leave_who_arrives_as_it_was():
    short, long = (draw_arrivals(POOL, Inflow(20.0, delay_median_weeks=m), 10, 50, 3, 0) for m in (2.0, 6.0))
    assert np.array_equal(short.row, long.row)
    assert (long.delay >= short.delay).all()


def test_inflow_is_on_average_what_was_asked():
    counts = [len(draw_arrivals(POOL, FEW, 0, 156, 5, number)) / 156 for number in range(40)]
    assert np.mean(counts) == pytest.approx(20.0, rel=0.03)


def test_no_third_party_takes_longer_than_the_cut():
    assert draw_arrivals(POOL, Inflow(20.0, delay_most_weeks=9), 0, 100, 1, 0).delay.max() == 9


def test_an_empty_pool_is_refused():
    none = np.empty(0, dtype=int)
    with pytest.raises(TableError, match="empty"):
        Pool(none, KINDS, none, none, none, none, ())


def test_a_stock_longer_than_what_is_drawn_is_refused():
    with pytest.raises(TableError, match="0 to 60"):
        draw_arrivals(POOL, FEW, 61, 50, 1, 0)

"""A small group is not shown, and does not follow from what is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from triage.domain.small_groups import hidden_cells

TABLES = arrays.arrays(np.int64, arrays.array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.integers(0, 40))


def with_totals(counts):
    wide = np.hstack([counts, counts.sum(axis=1, keepdims=True)])
    return np.vstack([wide, wide.sum(axis=0)])


def test_a_group_of_nine_is_hidden_and_one_of_ten_is_shown():
    assert hidden_cells(np.array([[9, 9, 10]]))[0].tolist() == [True, True, False, False]


def test_one_small_group_takes_the_smallest_other_with_it():
    assert hidden_cells(np.array([[3, 30, 20]]))[0].tolist() == [True, False, True, False]


def test_an_empty_group_hides_nobody():
    assert not hidden_cells(np.array([[0, 30], [20, 15]])).any()


@given(TABLES)
def test_no_small_group_is_ever_shown(counts):
    table = with_totals(counts)
    assert hidden_cells(counts)[(table > 0) & (table < 10)].all()


@given(TABLES)
def test_no_line_hides_exactly_one_of_its_cells(counts):
    hidden = hidden_cells(counts)
    assert 1 not in hidden.sum(axis=0) and 1 not in hidden.sum(axis=1)


@given(TABLES)
def test_no_line_gives_fewer_than_ten_away_by_subtraction(counts):
    table, hidden = with_totals(counts), hidden_cells(counts)
    for line, dark in [*zip(table, hidden, strict=True), *zip(table.T, hidden.T, strict=True)]:
        left = line[-1] - line[:-1][~dark[:-1]].sum()
        assert dark[-1] or left == 0 or left >= 10

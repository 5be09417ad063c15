"""Trees: shallow ones are read from arrays, deeper ones by LightGBM; both say the same of one case as of many."""

import numpy as np
import pytest

from triage.routing.trees import Trees, fit_boundaries


def fitted(is_deep: bool) -> tuple[Trees, np.ndarray]:
    random = np.random.default_rng(1)
    rows = np.column_stack([random.integers(0, 5, 2000), random.normal(size=2000)]).astype(float)
    rows[::7, 1] = np.nan
    hard = (rows[:, 0] > 2) ^ (np.nan_to_num(rows[:, 1]) > 0)
    texts = fit_boundaries(rows, hard.astype(int) * 2, np.ones(2000), 3, ["code", "value"], [0], is_deep)
    return Trees(texts, 2), rows


@pytest.mark.parametrize("is_deep", [False, True])
def test_one_row_says_what_many_say(is_deep):
    trees, rows = fitted(is_deep)
    many = trees.raw(rows[:40])
    assert np.allclose([trees.raw_one(row) for row in rows[:40]], many, atol=1e-9)


@pytest.mark.parametrize("is_deep", [False, True])
def test_contributions_sum_to_the_score_at_any_depth(is_deep):
    trees, rows = fitted(is_deep)
    assert np.allclose(trees.contributions(rows[3]).sum(axis=1), trees.raw_one(rows[3]), atol=1e-8)


def test_only_shallow_trees_are_read_from_arrays():
    assert fitted(False)[0]._questions is not None and fitted(True)[0]._questions is None

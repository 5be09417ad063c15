"""Choosing over several splits: equal weights unless another choice is clearly better at all of them."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.routing.folds import CHOICES, Choice, Fold, Said, chosen, folds_of, hours_misfit, level_that_helps
from triage.routing.labels import labels_at
from triage.routing.level import Level

REGISTER = Register.of(
    {
        "classes": {"names": ["short", "long"], "cutoffs_hours": [10]},
        "facts": [
            {"name": "left", "type": "flag", "in_model": "yes"},
            {"name": "right", "type": "flag", "in_model": "yes"},
        ],
    },
    "folds",
)


def fold(trees: float, twin: float, deep: float | None = None, seed: int = 1, n: int = 400) -> Fold:
    """A split at which each learner says the true log-odds times its skill."""
    random = np.random.default_rng(seed)
    true = random.normal(size=(n, 1)) * 1.5
    came = (random.random(n) < 1 / (1 + np.exp(-true[:, 0]))).astype(int)
    hours = np.exp(random.normal(size=n))
    said = Said(
        true * trees, None if deep is None else true * deep, true * twin, np.tile([0.3, 1.0, 3.0], (n, 1)), None
    )
    cases = pd.DataFrame({"label_hours": hours})
    return Fold(date(2026, 1, seed), 1000, cases, came, np.array([0.5, 0.5]), {Moment.IDENTIFIED: said})


def folds(*skills: float | None) -> list[Fold]:
    return [fold(*skills, seed=seed) for seed in (1, 2, 3)]  # type: ignore[arg-type]


def test_equal_weights_are_kept_where_both_learners_are_as_good():
    assert chosen(folds(0.9, 0.9)) == CHOICES[0]


def test_trees_alone_are_taken_where_the_twin_knows_nothing():
    assert chosen(folds(1.0, 0.0)) == Choice(1.0)


def test_the_twin_alone_is_taken_where_the_trees_know_nothing():
    assert chosen(folds(0.0, 1.0)) == Choice(0.0)


def test_depth_is_taken_only_where_it_wins_clearly():
    assert chosen(folds(0.2, 0.2, 1.0)).is_deep and not chosen(folds(0.95, 0.95, 1.0)).is_deep


def test_a_choice_that_loses_at_one_split_is_not_taken():
    assert chosen([fold(1.0, 0.0, seed=1), fold(1.0, 0.0, seed=2), fold(0.0, 1.0, seed=3)]) == CHOICES[0]


def test_without_a_split_the_usual_choice_stands():
    assert chosen([]) == CHOICES[0]


def test_a_level_is_corrected_only_where_earlier_splits_made_later_ones_better():
    assert level_that_helps(folds(1.0, 1.0), CHOICES[0]) == Level()
    assert level_that_helps(folds(2.5, 2.5), CHOICES[0]).slope == pytest.approx(0.45, abs=0.15)


def test_one_split_corrects_nothing():
    assert level_that_helps(folds(2.5, 2.5)[:1], CHOICES[0]) == Level()


def test_the_misfit_of_hours_is_none_where_the_median_is_right():
    shift, wider = hours_misfit(folds(1.0, 1.0))
    assert shift == pytest.approx(0.0, abs=0.1) and 0 <= wider < 0.3


def crossed(n: int = 6000) -> pd.DataFrame:
    """Work is long where exactly one of two flags holds: no weight per fact can say that."""
    random = np.random.default_rng(9)
    left, right = random.random(n) < 0.5, random.random(n) < 0.5
    hours = np.exp(np.where(left ^ right, 2.9, 1.7) + 0.3 * random.normal(size=n))
    lodged = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.sort(random.integers(0, 1500, n)), unit="D")
    cells = pd.DataFrame({"left": left.tolist(), "right": right.tolist()}, dtype=object)
    ids = [f"X-{k}" for k in range(n)]
    return cells.assign(case_id=ids, lodged_on=lodged, hours_booked=hours, decided_on=lodged + pd.Timedelta(days=20))


def test_a_table_of_crossed_facts_is_left_to_the_trees():
    found, _ = folds_of(labels_at(crossed(), REGISTER, date(2024, 6, 1)), REGISTER)
    assert chosen(found).tree_weight == 1.0
    assert len(found) == 3 and all(f.cases["lodged_on"].min() > pd.Timestamp(f.split) for f in found)

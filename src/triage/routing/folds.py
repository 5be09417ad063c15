"""Temporal backtest: the model as it would have been learned on several dates, each judged on cases lodged after it.

At every split the labels are those that were known then. What is chosen (weight of the trees, depth) is chosen over
all splits, and measured at each split with what the earlier splits would have chosen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from triage.domain.case import Moment
from triage.domain.errors import LearningError
from triage.domain.facts import Register
from triage.routing.complexity import ComplexityModel, chances_of
from triage.routing.fitting import FEWEST_LABELS, fit, fit_deep, moments_of
from triage.routing.labels import Labels, classes_at_level, labels_at
from triage.routing.level import Level, fit_level, losses, prior_log_odds, widening
from triage.routing.measures import class_prior, hand_rules_or_none
from triage.routing.trees import Trees

SPLITS = 3
TEST_SHARE, LARGEST_TEST, SMALLEST_FOLD = 0.25, 6_000, 100
FEWEST_FOR_DEPTH = 2_000  # cases learned from before a deeper challenger is tried
MEANINGFUL = 0.002  # nats
MOSTLY = 0.9  # of the labelled cases: where so many are mature, a small table is judged on those too


@dataclass(frozen=True)
class Choice:
    """Share of the trees in the class log-odds, whether they are deep, and how many standard errors it must win by."""

    tree_weight: float = 0.5
    is_deep: bool = False
    errors: float = 1.0

    def mixed(self, said: "Said") -> np.ndarray:
        """Log-odds of trees and twin together, shape (cases, boundaries)."""
        trees = said.deep if self.is_deep and said.deep is not None else said.trees
        return self.tree_weight * trees + (1 - self.tree_weight) * said.twin


#: The first is kept unless another is better at every split, and by its standard errors over all.
CHOICES = (Choice(), Choice(1.0), Choice(0.0), Choice(0.5, True, 2.0), Choice(1.0, True, 2.0))


@dataclass(frozen=True)
class Said:
    """What a model of a split said of the later cases at one moment; log-odds (cases, boundaries)."""

    trees: np.ndarray
    deep: np.ndarray | None
    twin: np.ndarray
    hours: np.ndarray  # (cases, 3): 10 %, 50 % and 90 % quantile in hours
    hand: np.ndarray | None  # class probabilities of the hand rules


@dataclass(frozen=True)
class Fold:
    """One split: what was learned then, and what came of later cases."""

    split: date
    trained_on: int
    cases: pd.DataFrame  # the later cases
    target: np.ndarray  # their class
    prior: np.ndarray  # class prior of the learned cases
    said: dict[Moment, Said]

    @property
    def moments(self) -> list[Moment]:
        """Moments judged."""
        return list(self.said)

    def log_odds(self, choice: Choice, level: Level) -> dict[Moment, np.ndarray]:
        """Per moment, mixed as chosen and at a level."""
        centre = prior_log_odds(self.prior)
        return {m: level.applied(choice.mixed(said), centre) for m, said in self.said.items()}

    def losses(self, choice: Choice, level: Level) -> np.ndarray:
        """Log-loss per case, mean over the moments."""
        return np.mean([losses(odds, self.target) for odds in self.log_odds(choice, level).values()], axis=0)


def folds_of(labels: Labels, register: Register) -> tuple[list[Fold], list[str]]:
    """Up to three splits over the newest quarter of the mature cases, oldest first, and what is worth a word.

    Raises LearningError where too little was lodged before a split, or all of it falls in one class.
    """
    test, flags = _later_cases(labels)
    if len(test) >= SPLITS * SMALLEST_FOLD:
        parts = [test.iloc[rows] for rows in np.array_split(np.arange(len(test)), SPLITS)]
    else:
        parts = [test]
        flags.append("one split instead of three: there are too few later cases")
    return [_fold(labels, register, part, flags) for part in parts], list(dict.fromkeys(flags))


def _later_cases(labels: Labels) -> tuple[pd.DataFrame, list[str]]:
    """The newest labelled cases of mature cohorts; of all labelled ones where the mature are too few. At most 6,000."""
    pool, flags = labels.mature, []
    if len(pool) < min(2 * FEWEST_LABELS, MOSTLY * len(labels.labelled)):
        pool = labels.labelled
        flags.append("measured on closed cases of cohorts that are still open: the easy ones; figures may flatter")
    size = max(int(len(pool) * TEST_SHARE), min(FEWEST_LABELS, len(pool) // 3))
    newest = pool.sort_values("lodged_on", kind="stable").tail(size)
    return newest.iloc[:: -(-len(newest) // LARGEST_TEST)], flags


def _fold(labels: Labels, register: Register, test: pd.DataFrame, flags: list[str]) -> Fold:
    split = (test["lodged_on"].min() - pd.Timedelta(days=1)).date()
    then = labels_at(labels.cases, register, split)
    if len(then.labelled) < FEWEST_LABELS:
        flags.append("labels at a split were too few: trained on earlier lodgings with labels of the snapshot")
        earlier = labels.cases["lodged_on"] <= pd.Timestamp(split)
        then = Labels(labels.cases.loc[earlier].reset_index(drop=True), labels.snapshot)
    if len(then.labelled) < FEWEST_LABELS // 2:
        raise LearningError(
            f"Before the newest {len(test)} labelled cases, only {len(then.labelled)} were lodged. Learning looks back "
            f"and is measured on later cases: take cases lodged over a longer time."
        )
    window, _ = then.window()
    refuse_one_class(window, register, " before the measured cases")
    model = fit(then, window, register, 0.5, (1.0,) * len(register.class_names), with_days=False)
    deep = fit_deep(model, window) if len(window) >= FEWEST_FOR_DEPTH else None
    said = {m: _said(model, deep, test, m, window, register) for m in moments_of(model.features, test)}
    return Fold(split, len(window), test, classes_of(test, register), class_prior(window, register), said)


def _said(
    model: ComplexityModel,
    deep: Trees | None,
    test: pd.DataFrame,
    moment: Moment,
    window: pd.DataFrame,
    register: Register,
) -> Said:
    trees, twin = model.head_log_odds(test, moment)
    deeper = None if deep is None else deep.raw(model.features.matrix(test, moment))
    hours = model.predict(test, moment)[["hours_p10", "hours_p50", "hours_p90"]].to_numpy()
    return Said(trees, deeper, twin, hours, hand_rules_or_none(window, test, register, moment))


def classes_of(cases: pd.DataFrame, register: Register) -> np.ndarray:
    """Class index of labelled cases, by their hours as booked."""
    return classes_at_level(cases["label_hours"].to_numpy(), np.zeros(1), 0.0, register.cutoffs_hours)


def refuse_one_class(labelled: pd.DataFrame, register: Register, which: str = "") -> None:
    """Raise LearningError where all known hours fall in one class."""
    present = np.unique(classes_of(labelled, register))
    if len(present) < 2:
        raise LearningError(
            f"All known hours{which} fall in class {register.class_names[int(present[0])]}. "
            f"Set other cut-offs in the register, or take more cases."
        )


def chosen(folds: Sequence[Fold]) -> Choice:
    """Equal weights of shallow trees and twin, unless another choice is clearly better.

    Clearly: at every split, by more than .002 nats and by one standard error over all of them (two for deep trees).
    One split is noisier than the difference between good choices.
    """
    if not folds:
        return CHOICES[0]
    usual = [fold.losses(CHOICES[0], Level()) for fold in folds]
    best, gained = CHOICES[0], MEANINGFUL
    for choice in CHOICES[1:]:
        if choice.is_deep and any(said.deep is None for fold in folds for said in fold.said.values()):
            continue
        gains = [was - fold.losses(choice, Level()) for was, fold in zip(usual, folds, strict=True)]
        every = np.concatenate(gains)
        error = choice.errors * every.std() / np.sqrt(len(every))
        if min(g.mean() for g in gains) > 0 and every.mean() > max(gained, error):
            best, gained = choice, float(every.mean())
    return best


def level_of(folds: Iterable[Fold], choice: Choice) -> Level:
    """Slope and shift fitted on the later cases of these folds; no correction without folds."""
    parts = [
        (choice.mixed(said), fold.target, np.tile(prior_log_odds(fold.prior), (len(fold.target), 1)))
        for fold in folds
        for said in fold.said.values()
    ]
    return fit_level(*(np.concatenate(column) for column in zip(*parts, strict=True))) if parts else Level()


def level_that_helps(folds: Sequence[Fold], choice: Choice) -> Level:
    """The level of all folds, where levels of earlier folds made later ones better; else no correction."""
    if len(folds) < 2:
        return Level()
    gains = [
        folds[k].losses(choice, Level()) - folds[k].losses(choice, level_of(folds[:k], choice))
        for k in range(1, len(folds))
    ]
    every = np.concatenate(gains)
    return level_of(folds, choice) if every.mean() > every.std() / np.sqrt(len(every)) else Level()


def honest_chances(folds: Sequence[Fold], moment: Moment, levelled: bool) -> np.ndarray:
    """Class probabilities of all later cases at a moment, each fold with the choice and level of the folds before."""
    rows = []
    for k, fold in enumerate(folds):
        choice = chosen(folds[:k])
        level = level_of(folds[:k], choice) if levelled else Level()
        rows.append(chances_of(fold.log_odds(choice, level)[moment]))
    return np.vstack(rows)


def hours_misfit(folds: Iterable[Fold]) -> tuple[float, float]:
    """(level, widening) of the hours in log-hours: median error of the median, and what brings the band to 80 %."""
    low, middle, high, came = (
        np.concatenate(c) for c in zip(*(_logs(f, m) for f in folds for m in f.said), strict=True)
    )
    shift = float(np.median(came - middle))
    return shift, widening(low + shift, high + shift, came)


def _logs(fold: Fold, moment: Moment) -> tuple[np.ndarray, ...]:
    return (*np.log(fold.said[moment].hours).T, np.log(fold.cases["label_hours"].to_numpy()))

"""Learning the work of a case: split by time, labels as known then, measured against a prior and a hand rule table.

The order is always the same: measure on cases lodged after everything the measured model knew, then fit again on
the newest window, set its level by the audit sample, and ship that. What is weak is said in `flags`, never hidden;
what cannot be learned is refused.
"""

from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd

from triage.domain.case import Moment
from triage.domain.errors import LearningError
from triage.domain.facts import Register
from triage.domain.records import Progress, silent
from triage.routing.complexity import ComplexityModel, Facts
from triage.routing.fitting import FEWEST_LABELS, fit, moments_of, versioned
from triage.routing.folds import (
    Choice,
    Fold,
    chosen,
    folds_of,
    honest_chances,
    hours_misfit,
    level_that_helps,
    refuse_one_class,
)
from triage.routing.labels import FEWEST_MATURE, WEIGHTED, Labels, classes_at_level, labels_at
from triage.routing.level import FEWEST_AUDITED, Level, fit_hours_level, fit_intercept, prior_log_odds
from triage.routing.measures import Measured, class_prior, conformal_limits, measure

GOAL_AUDITED = 200
FEWEST_CLOSED = 0.5  # share of all cases below which most labels are not known yet
#: Ranking of heavy work above which facts of an intake are not believed: columns that know what came gave .987.
TOO_GOOD_AUC = 0.97


@dataclass(frozen=True)
class Backtest:
    """The model as it would have been learned at each split, and how it did on later cases."""

    splits: tuple[date, ...]
    trained_on: tuple[int, ...]  # cases, per split
    choice: Choice  # over all splits
    level: Level  # of the classes; slope 1 and shift 0 where a correction did not help
    hours_level: float  # log-hours
    hours_widening: float
    measured: tuple[Measured, ...]  # over all splits, each with what the splits before it chose
    calibration: tuple[np.ndarray, np.ndarray]  # class probabilities and classes that came, both moments
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Learned:
    """The model to ship, the backtest it rests on, and what is worth a word."""

    model: ComplexityModel
    backtest: Backtest
    labels: Labels
    trained_on: int
    audited: int  # audit cases that set the level; 0 where there were too few
    window: str
    flags: tuple[str, ...]


def learn(
    cases: pd.DataFrame,
    register: Register,
    snapshot: date,
    truth: pd.DataFrame | None = None,
    progress: Progress = silent,
    rule: str = WEIGHTED,
) -> Learned:
    """Measure by temporal backtest, then fit on the newest window as known on `snapshot`.

    Parameters
    ----------
    cases : table CASES with facts and outcomes (canonical cells); open cases have empty outcomes and count.
    truth : optimum of a made-up world (case_id, p1_<class>, p2_<class>), for the share of the achievable.
    rule : which labelled cases are learned from; see `Labels.window`.

    Raises LearningError with fewer than 300 labels or one class only; ForbiddenFeatureError for a forbidden fact.
    """
    labels = labels_at(cases, register, snapshot)
    _refuse_thin(labels, register)
    progress("backtest", 0, 2)
    tested = backtest(labels, register, truth)
    progress("fit", 1, 2)
    window, words = labels.window(rule)
    choice = tested.choice
    open_sets = (1.0,) * len(register.class_names)
    plain = fit(labels, window, register, choice.tree_weight, open_sets, choice.is_deep)
    model, audited = levelled(plain, labels, window, register, tested)
    progress("fit", 2, 2)
    return Learned(model, tested, labels, len(window), audited, words, _flags(labels, words, tested, audited, model))


def _refuse_thin(labels: Labels, register: Register) -> None:
    labelled = labels.labelled
    if len(labelled) < FEWEST_LABELS:
        raise LearningError(
            f"On {labels.snapshot} the hours of {len(labelled)} cases are known; {FEWEST_LABELS} are needed. "
            f"Take a later snapshot, or a table with more decided cases."
        )
    refuse_one_class(labelled, register)


def backtest(labels: Labels, register: Register, truth: pd.DataFrame | None = None) -> Backtest:
    """Learn as known at three splits, measure on mature cases lodged after each."""
    folds, flags = folds_of(labels, register)
    target = np.concatenate([fold.target for fold in folds])
    if len(np.unique(target)) < 2:
        refuse_one_class(pd.concat([fold.cases for fold in folds]), register, " of the measured cases")
    choice = chosen(folds)
    level = level_that_helps(folds, choice)
    shift, wider = hours_misfit(folds)
    moments = folds[0].moments
    chances = {m: honest_chances(folds, m, level != Level()) for m in moments}
    measured = tuple(_measured(folds, m, chances[m], target, truth, register) for m in moments)
    flags += [f"no better than the prior at {m.moment}: no signal found" for m in measured if not m.better_than_prior]
    flags += [
        f"AUC {m.auc:.3f} at {m.moment} is too good: a fact may tell what came of the case; find out which before use"
        for m in measured
        if m.auc > TOO_GOOD_AUC
    ]
    return Backtest(
        splits=tuple(fold.split for fold in folds),
        trained_on=tuple(fold.trained_on for fold in folds),
        choice=choice,
        level=level,
        hours_level=shift,
        hours_widening=wider,
        measured=measured,
        calibration=(np.vstack(list(chances.values())), np.tile(target, len(moments))),
        flags=tuple(flags),
    )


def _measured(
    folds: list[Fold],
    moment: Moment,
    chances: np.ndarray,
    target: np.ndarray,
    truth: pd.DataFrame | None,
    register: Register,
) -> Measured:
    cases = pd.concat([fold.cases for fold in folds])
    said = [fold.said[moment] for fold in folds]
    hand = [one.hand for one in said if one.hand is not None]
    best = None
    if truth is not None:
        number = 1 if moment is Moment.IDENTIFIED else 2
        columns = [f"p{number}_{name}" for name in register.class_names]
        best = truth.set_index("case_id").loc[cases["case_id"], columns].to_numpy()
    return measure(
        moment,
        chances,
        np.vstack([one.hours for one in said]),
        target,
        cases["label_hours"].to_numpy(),
        np.vstack([np.tile(fold.prior, (len(fold.target), 1)) for fold in folds]),
        np.vstack(hand) if len(hand) == len(said) else None,
        best,
    )


def levelled(
    plain: ComplexityModel, labels: Labels, window: pd.DataFrame, register: Register, tested: Backtest
) -> tuple[ComplexityModel, int]:
    """The model at its level, with its conformal limits, and how many audit cases set it (0: the backtest did)."""
    centre, audited = prior_log_odds(class_prior(window, register)), labels.audited
    chances, target = tested.calibration
    wider, count = {"hours_widening": tested.hours_widening}, len(audited)
    if count < FEWEST_AUDITED:
        level, count = tested.level, 0
        about = replace(plain.about, slope=level.slope, shifts=level.shifts(centre), hours_level=tested.hours_level)
    else:
        level = replace(tested.level, shift=0.0)
        draft = replace(plain.about, slope=level.slope, shifts=level.shifts(centre))
        about, said, came = _by_audit(plain.with_facts(draft), audited, register, tested)
        chances, target = np.vstack([chances, said]), np.concatenate([target, came])
    limits = conformal_limits(chances, target)
    if labels.share_closed < FEWEST_CLOSED:
        limits = (1.0,) * len(limits)  # too young for a promise: every set holds all classes
    return versioned(plain.with_facts(replace(about, limits=limits, **wider))), count


def _by_audit(
    draft: ComplexityModel, audited: pd.DataFrame, register: Register, tested: Backtest
) -> tuple[Facts, np.ndarray, np.ndarray]:
    """What the audit sample makes of the level, and its class probabilities and classes at both moments."""
    moments = moments_of(draft.features, audited)
    hours, years = audited["label_hours"].to_numpy(), audited["label_years"].to_numpy()
    came = np.tile(classes_at_level(hours, years, draft.about.trend, register.cutoffs_hours), len(moments))
    odds = np.vstack([draft.log_odds_of(audited, moment) for moment in moments])
    intercept = fit_intercept(odds, came, tested.level.shift, len(moments))
    middle = draft.predict(audited, moments[-1])["hours_p50"].to_numpy()
    hours_level = fit_hours_level(np.log(hours / middle), tested.hours_level)
    about = replace(draft.about, intercept=intercept, hours_level=hours_level)
    return about, np.vstack([draft.with_facts(about).chances(audited, m) for m in moments]), came


def hours_per_class(learned: Learned, register: Register) -> dict[str, float]:
    """Mean booked hours per class at the level of the learning date; suspected typing errors left out of means."""
    window, _ = learned.labels.window()
    window = window.loc[~window["case_id"].isin(learned.labels.for_review()["case_id"])]
    hours = window["label_hours"].to_numpy() * np.exp(-learned.model.about.trend * window["label_years"].to_numpy())
    place = np.searchsorted(register.cutoffs_hours, hours, side="right")
    edges = [0.0, *register.cutoffs_hours, 2 * register.cutoffs_hours[-1]]
    middle = [(low + high) / 2 for low, high in pairwise(edges)]  # of a class without cases
    return {
        name: float(hours[place == k].mean()) if (place == k).any() else middle[k]
        for k, name in enumerate(register.class_names)
    }


def _flags(labels: Labels, window: str, tested: Backtest, audited: int, model: ComplexityModel) -> tuple[str, ...]:
    flags = list(tested.flags)
    if not labels.is_dated:
        flags.append(
            "no decision dates: labels of later decisions could not be left out of the measures, "
            "and nothing is known of days until decision"
        )
    if labels.share_closed < FEWEST_CLOSED:
        flags.append(
            f"immature labels: only {labels.share_closed:.0%} of the cases is closed; measures may flatter, "
            f"and the 90 % sets hold every class"
        )
    if len(labels.mature) < FEWEST_MATURE:
        flags.append(
            f"few mature labels: cohorts that are 95 % closed hold {len(labels.mature)} labelled cases, fewer than "
            f"{FEWEST_MATURE}; learned from {window}; prefer not sure"
        )
    if audited and audited < GOAL_AUDITED:
        flags.append(f"a small audit sample: {audited} cases set the level, {GOAL_AUDITED} are the goal")
    for row in labels.regimes().to_dict("records"):
        if row["regime"] not in model.regimes:
            flags.append(
                f"regime {row['regime']}: {row['state']} ({row['labelled']} of {row['cases']} cases); "
                f"its cases are scored and flagged as another regime"
            )
    strange = labels.for_review()
    if len(strange):
        flags.append(f"for review: {len(strange)} cases with hours over 5 times the median and over 100; kept")
    return tuple(flags)

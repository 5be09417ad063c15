"""Learning the work of a case: split by time, labels as known then, measured against a prior and a hand rule table.

The order is always the same: measure on cases lodged after everything the measured model knew, then fit again on
the newest window and ship that. What is weak is said in `flags`, never hidden; what cannot be learned is refused.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from triage.domain.calendar import PACT_START
from triage.domain.case import Moment
from triage.domain.errors import LearningError
from triage.domain.facts import Register
from triage.domain.records import Progress, silent
from triage.routing import scores
from triage.routing.complexity import LEVELS, MEAN_WEIGHTS, ComplexityModel, Facts
from triage.routing.duration import Duration, fit_duration
from triage.routing.features import FeatureMap
from triage.routing.labels import FEWEST_MATURE, Labels, classes_at_level, labels_at, trend_per_year
from triage.routing.measures import Measured, class_chances, conformal_limits, measure
from triage.routing.trees import Trees, fit_boundaries, fit_quantiles
from triage.routing.twin import Design, Twin, fit_twin

FEWEST_LABELS = 300
TEST_SHARE, LARGEST_TEST = 0.2, 6_000
LARGEST_DURATION = 8_000
TREE_WEIGHTS = (0.5, 1.0, 0.0)  # tried in this order; a later one must be better by MEANINGFUL
MEANINGFUL = 0.002  # nats


@dataclass(frozen=True)
class Backtest:
    """A model as it would have been learned at `split`, and how it did on later cases."""

    split: date
    trained_on: int
    tree_weight: float
    chosen_on: int  # cases lodged before the measured ones, on which the tree weight was chosen; 0: on those themselves
    limits: tuple[float, ...]
    measured: tuple[Measured, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Learned:
    """The model to ship, the backtest it rests on, and what is worth a word."""

    model: ComplexityModel
    backtest: Backtest
    labels: Labels
    trained_on: int
    window: str
    flags: tuple[str, ...]


def learn(
    cases: pd.DataFrame,
    register: Register,
    snapshot: date,
    truth: pd.DataFrame | None = None,
    progress: Progress = silent,
) -> Learned:
    """Measure by temporal backtest, then fit on the newest window as known on `snapshot`.

    Parameters
    ----------
    cases : table CASES with facts and outcomes (canonical cells); open cases have empty outcomes and count.
    truth : optimum of a made-up world (case_id, p1_<class>, p2_<class>), for the share of the achievable.

    Raises LearningError with fewer than 300 labels or one class only; ForbiddenFeatureError for a forbidden fact.
    """
    labels = labels_at(cases, register, snapshot)
    _refuse_thin(labels, register)
    progress("backtest", 0, 2)
    tested = backtest(labels, register, truth)
    progress("fit", 1, 2)
    window, words = labels.window()
    model = fit(labels, window, register, tested.tree_weight, tested.limits)
    progress("fit", 2, 2)
    return Learned(model, tested, labels, len(window), words, _flags(labels, words, tested))


def _refuse_thin(labels: Labels, register: Register) -> None:
    labelled = labels.labelled
    if len(labelled) < FEWEST_LABELS:
        raise LearningError(
            f"On {labels.snapshot} the hours of {len(labelled)} cases are known; {FEWEST_LABELS} are needed. "
            f"Take a later snapshot, or a table with more decided cases."
        )
    _refuse_one_class(labelled, register)


def _refuse_one_class(labelled: pd.DataFrame, register: Register, which: str = "") -> None:
    present = np.unique(_classes(labelled, register))
    if len(present) < 2:
        raise LearningError(
            f"All known hours{which} fall in class {register.class_names[int(present[0])]}. "
            f"Set other cut-offs in the register, or take more cases."
        )


def _flags(labels: Labels, window: str, tested: Backtest) -> tuple[str, ...]:
    flags = list(tested.flags)
    if not labels.is_dated:
        flags.append(
            "no decision dates: labels of later decisions could not be left out of the measures, "
            "and nothing is known of days until decision"
        )
    if labels.share_closed < 0.5:
        flags.append(f"immature labels: only {labels.share_closed:.0%} of the cases is closed; measures may flatter")
    if len(labels.mature) < FEWEST_MATURE:
        flags.append(
            f"few mature labels: cohorts that are 95 % closed hold {len(labels.mature)} labelled cases, fewer than "
            f"{FEWEST_MATURE}; learned from {window}; prefer not sure"
        )
    strange = labels.for_review()
    if len(strange):
        flags.append(f"for review: {len(strange)} cases with hours over 5 times the median and over 100; kept")
    return tuple(flags)


def fit(
    labels: Labels, window: pd.DataFrame, register: Register, tree_weight: float, limits: tuple[float, ...]
) -> ComplexityModel:
    """All heads on one window: classes, hours, days."""
    features = FeatureMap.of(register, window)
    rows, hours, years, weights = _stacked(features, window)
    design = Design.of(features, rows)
    dense = design.matrix(rows)
    trend = _trend(labels, features, design)
    target = classes_at_level(hours, years, trend, register.cutoffs_hours)
    names, categorical = features.names, features.categorical
    classes = Trees(fit_boundaries(rows, target, weights, len(register.class_names), names, categorical), features.size)
    level = np.log(hours) - trend * years
    quantiles = Trees(fit_quantiles(rows, level, weights, LEVELS, names, categorical), features.size)
    twin = fit_twin(dense, rows[:, 0], target, weights, len(register.class_names))
    ratio = _mean_ratio(quantiles.raw(rows), hours * np.exp(-trend * years), weights, labels, window)
    facts = Facts(
        version="",
        classes=register.class_names,
        cutoffs_hours=register.cutoffs_hours,
        regimes=_regimes(labels, window),
        learned_on=labels.snapshot.isoformat(),
        tree_weight=tree_weight,
        trend=trend,
        mean_ratio=ratio,
        limits=limits,
    )
    days = _duration(labels, features, design)
    return _versioned(facts, features, design, classes, quantiles, twin, days)


def _stacked(features: FeatureMap, window: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """(rows, hours, years, weights) at both moments, one below the other; at one where the table has no later facts."""
    rows = [features.matrix(window, moment) for moment in _moments(features, window)]
    columns = (window[name].to_numpy() for name in ("label_hours", "label_years", "label_weight"))
    return np.vstack(rows), *(np.tile(column, len(rows)) for column in columns)


def _moments(features: FeatureMap, cases: pd.DataFrame) -> list[Moment]:
    return list(Moment) if features.later & set(cases.columns) else [Moment.IDENTIFIED]


def _trend(labels: Labels, features: FeatureMap, design: Design) -> float:
    mature = labels.mature
    if len(mature) < 1000:
        return 0.0
    dense = design.matrix(features.matrix(mature, _moments(features, mature)[-1]))
    return trend_per_year(dense, mature["label_years"].to_numpy(), np.log(mature["label_hours"].to_numpy()))


def _mean_ratio(raw: np.ndarray, hours: np.ndarray, weights: np.ndarray, labels: Labels, window: pd.DataFrame) -> float:
    """Mean hours over Swanson's mean of the quantiles; suspected typing errors move means, so they stay out here."""
    strange = window["case_id"].isin(labels.for_review()["case_id"]).to_numpy()
    keep = ~np.tile(strange, len(raw) // len(window))
    said = np.exp(np.sort(raw, axis=1)) @ MEAN_WEIGHTS
    return float((hours * weights)[keep].sum() / (said * weights)[keep].sum())


def _regimes(labels: Labels, window: pd.DataFrame) -> tuple[str, ...]:
    """Regimes that the model may speak of: 300 labels in the window, and at least half of their cases closed."""
    enough = min(FEWEST_LABELS, len(window) // 2)
    learned, all_of_it = (_under_pact(cases) for cases in (window, labels.cases))
    closed = labels.cases["label_closed"].to_numpy(dtype=float)
    known = {
        name: (learned == pact).sum() >= enough and closed[all_of_it == pact].mean() >= 0.5
        for name, pact in (("pact", 1.0), ("pre_pact", 0.0))
        if (learned == pact).any()
    }
    return tuple(name for name, is_known in known.items() if is_known)


def _under_pact(cases: pd.DataFrame) -> np.ndarray:
    return (cases["lodged_on"] >= pd.Timestamp(PACT_START)).to_numpy(dtype=float)


def _duration(labels: Labels, features: FeatureMap, design: Design) -> Duration:
    """On all cases, open ones included: an even sample over time of the latest."""
    cases = labels.cases.sort_values("lodged_on", kind="stable")
    step = max(1, len(cases) // LARGEST_DURATION)
    cases = cases.iloc[::step]
    parts = [features.matrix(cases.iloc[k::2], moment) for k, moment in enumerate(_moments(features, cases))]
    if len(parts) == 1:
        parts, order = [features.matrix(cases, Moment.IDENTIFIED)], cases
    else:
        order = pd.concat([cases.iloc[0::2], cases.iloc[1::2]])
    rows = np.vstack(parts)
    return fit_duration(
        design.matrix(rows),
        order["label_years"].to_numpy(),
        _under_pact(order),
        rows[:, 0],
        order["label_days"].to_numpy(),
        order["label_closed"].to_numpy(dtype=bool),
    )


def _versioned(
    facts: Facts, features: FeatureMap, design: Design, classes: Trees, hours: Trees, twin: Twin, days: Duration
) -> ComplexityModel:
    """The model with its version: day of learning and digest of the content, so that equal models have one name."""
    draft = ComplexityModel(facts, features, design, classes, hours, twin, days)
    digest = hashlib.sha256(json.dumps(draft.to_files(), sort_keys=True).encode()).hexdigest()[:10]
    return ComplexityModel(
        replace(facts, version=f"complexity-{facts.learned_on}-{digest}"), features, design, classes, hours, twin, days
    )


def relimited(model: ComplexityModel, tree_weight: float, limits: tuple[float, ...]) -> ComplexityModel:
    """The same heads with another weight of the trees and other conformal limits."""
    about = replace(model.about, tree_weight=tree_weight, limits=limits, version="")
    return _versioned(about, model.features, model._design, model._classes, model._hours, model._twin, model._days)


def backtest(labels: Labels, register: Register, truth: pd.DataFrame | None = None) -> Backtest:
    """Learn as known at the split, measure on the newest mature cases lodged after it."""
    test, flags = _test_cases(labels)
    split = (test["lodged_on"].min() - pd.Timedelta(days=1)).date()
    then = labels_at(labels.cases, register, split)
    if len(then.labelled) < FEWEST_LABELS:
        flags.append("labels at the split were too few: trained on earlier lodgings with labels of the snapshot")
        earlier = labels.cases["lodged_on"] <= pd.Timestamp(split)
        then = Labels(labels.cases.loc[earlier].reset_index(drop=True), labels.snapshot)
    if len(then.labelled) < FEWEST_LABELS // 2:
        raise LearningError(
            f"Before the newest {len(test)} labelled cases, only {len(then.labelled)} were lodged. Learning looks back "
            f"and is measured on later cases: take cases lodged over a longer time."
        )
    window, _ = then.window()
    _refuse_one_class(window, register, " before the measured cases")
    chosen_on, later = _halves(test)
    apart = len(test) - len(later)
    if not apart:
        flags.append(f"fewer than {2 * FEWEST_LABELS} later cases: the tree weight was chosen on the measured ones")
    _refuse_one_class(later, register, " of the measured cases")
    everything = tuple(1.0 for _ in register.class_names)
    model = fit(then, window, register, 0.5, everything)
    moments = _moments(model.features, test)
    model, weight = _best_weight(model, chosen_on, _classes(chosen_on, register), moments)
    limits = conformal_limits(
        np.vstack([class_chances(model.predict(test, m), model) for m in moments]),
        np.tile(_classes(test, register), len(moments)),
    )
    measured = tuple(
        measure(m, model.predict(later, m), model, later, _classes(later, register), window, register, truth)
        for m in moments
    )
    flags += [f"no better than the prior at {m.moment}: no signal found" for m in measured if not m.better_than_prior]
    return Backtest(split, len(window), weight, apart, limits, measured, tuple(flags))


def _test_cases(labels: Labels) -> tuple[pd.DataFrame, list[str]]:
    """The newest labelled cases of mature cohorts; of all labelled ones where the mature are too few."""
    pool, flags = labels.mature, []
    if len(pool) < 2 * FEWEST_LABELS:
        pool = labels.labelled
        flags.append("measured on closed cases of cohorts that are still open: the easy ones; figures may flatter")
    size = min(LARGEST_TEST, max(len(pool) // 5, min(FEWEST_LABELS, len(pool) // 3)))
    return pool.sort_values("lodged_on", kind="stable").tail(size), flags


def _halves(test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(cases to choose the tree weight on, later ones to measure on); all for both where they are too few."""
    half = len(test) // 2
    return (test.iloc[:half], test.iloc[half:]) if half >= FEWEST_LABELS else (test, test)


def _classes(cases: pd.DataFrame, register: Register) -> np.ndarray:
    """Class index of labelled cases, by their hours as booked."""
    return classes_at_level(cases["label_hours"].to_numpy(), np.zeros(1), 0.0, register.cutoffs_hours)


def _best_weight(
    model: ComplexityModel, test: pd.DataFrame, target: np.ndarray, moments: list[Moment]
) -> tuple[ComplexityModel, float]:
    """Equal weights, unless trees or twin alone are meaningfully better on these cases."""
    tried = [relimited(model, weight, model.about.limits) for weight in TREE_WEIGHTS]
    best, lowest = tried[0], np.inf
    for one in tried:
        loss = np.mean([scores.log_loss(class_chances(one.predict(test, m), one), target) for m in moments])
        if loss < lowest - MEANINGFUL:
            best, lowest = one, loss
    return best, best.about.tree_weight

"""All heads on one window of labelled cases: classes, hours, days. Deterministic: equal cases give equal models."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pandas as pd

from triage.domain.calendar import PACT_START
from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.routing.complexity import LEVELS, MEAN_WEIGHTS, ComplexityModel, Facts
from triage.routing.duration import Duration, fit_duration
from triage.routing.features import FeatureMap
from triage.routing.labels import AUDITED_REGIME, Labels, classes_at_level, trend_per_year
from triage.routing.trees import Trees, fit_boundaries, fit_quantiles
from triage.routing.twin import Design, fit_line, fit_twin

FEWEST_LABELS = 300
LARGEST_DURATION = 20_000


def fit(
    labels: Labels,
    window: pd.DataFrame,
    register: Register,
    tree_weight: float,
    limits: tuple[float, ...],
    is_deep: bool = False,
    with_days: bool = True,
) -> ComplexityModel:
    """All heads on one window, without a correction of their level. `with_days` False leaves the days at nothing."""
    features = FeatureMap.of(register, window)
    rows, hours, years, weights = _stacked(features, window)
    design = Design.of(features, rows)
    trend = _trend(labels, features, design)
    target = classes_at_level(hours, years, trend, register.cutoffs_hours)
    count, names, categorical = len(register.class_names), features.names, features.categorical
    classes = Trees(fit_boundaries(rows, target, weights, count, names, categorical, is_deep), features.size)
    level = np.log(hours) - trend * years
    dense = design.matrix(rows)
    line = fit_line(dense, rows[:, 0], level, weights)
    straight = line.at(dense, rows[:, 0])
    quantiles = Trees(fit_quantiles(rows, level - straight, weights, LEVELS, names, categorical), features.size)
    twin = fit_twin(dense, rows[:, 0], target, weights, count)
    facts = Facts(
        version="",
        classes=register.class_names,
        cutoffs_hours=register.cutoffs_hours,
        regimes=known_regimes(labels, window),
        learned_on=labels.snapshot.isoformat(),
        tree_weight=tree_weight,
        trend=trend,
        mean_ratio=_mean_ratio(quantiles.raw(rows) + straight[:, None], np.exp(level), weights, labels, window),
        limits=limits,
    )
    days = duration_of(labels, features, design) if with_days else Duration.none(design.size)
    return versioned(ComplexityModel(facts, features, design, classes, quantiles, twin, days, line))


def fit_deep(model: ComplexityModel, window: pd.DataFrame) -> Trees:
    """The deeper challenger of the model's class trees, on the same cases, features and trend."""
    rows, hours, years, weights = _stacked(model.features, window)
    target = classes_at_level(hours, years, model.about.trend, model.about.cutoffs_hours)
    names, categorical = model.features.names, model.features.categorical
    texts = fit_boundaries(rows, target, weights, len(model.classes), names, categorical, is_deep=True)
    return Trees(texts, model.features.size)


def moments_of(features: FeatureMap, cases: pd.DataFrame) -> list[Moment]:
    """The moments that a table knows: only the first where it has no later facts."""
    return list(Moment) if features.later & set(cases.columns) else [Moment.IDENTIFIED]


def _stacked(features: FeatureMap, window: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """(rows, hours, years, weights) at both moments, one below the other; at one where the table has no later facts."""
    rows = [features.matrix(window, moment) for moment in moments_of(features, window)]
    columns = (window[name].to_numpy() for name in ("label_hours", "label_years", "label_weight"))
    return np.vstack(rows), *(np.tile(column, len(rows)) for column in columns)


def _trend(labels: Labels, features: FeatureMap, design: Design) -> float:
    mature = labels.mature
    if len(mature) < 1000:
        return 0.0
    dense = design.matrix(features.matrix(mature, moments_of(features, mature)[-1]))
    return trend_per_year(dense, mature["label_years"].to_numpy(), np.log(mature["label_hours"].to_numpy()))


def _mean_ratio(raw: np.ndarray, hours: np.ndarray, weights: np.ndarray, labels: Labels, window: pd.DataFrame) -> float:
    """Mean hours over Swanson's mean of the quantiles; suspected typing errors move means, so they stay out here."""
    strange = window["case_id"].isin(labels.for_review()["case_id"]).to_numpy()
    keep = ~np.tile(strange, len(raw) // len(window))
    said = np.exp(np.sort(raw, axis=1)) @ MEAN_WEIGHTS
    return float((hours * weights)[keep].sum() / (said * weights)[keep].sum())


def known_regimes(labels: Labels, window: pd.DataFrame) -> tuple[str, ...]:
    """Regimes that the model may speak of: 300 labels in the window and half of the cases closed, or 200 audited."""
    enough = min(FEWEST_LABELS, len(window) // 2)
    learned, all_of_it, audit = (under_pact(cases) for cases in (window, labels.cases, labels.audited))
    closed = labels.cases["label_closed"].to_numpy(dtype=float)
    known = {
        name: ((learned == pact).sum() >= enough and closed[all_of_it == pact].mean() >= 0.5)
        or (audit == pact).sum() >= AUDITED_REGIME
        for name, pact in (("pact", 1.0), ("pre_pact", 0.0))
        if (learned == pact).any()
    }
    return tuple(name for name, is_known in known.items() if is_known)


def under_pact(cases: pd.DataFrame) -> np.ndarray:
    """1 for a case lodged under the Pact, 0 for an older one."""
    return (cases["lodged_on"] >= pd.Timestamp(PACT_START)).to_numpy(dtype=float)


def duration_of(labels: Labels, features: FeatureMap, design: Design) -> Duration:
    """On all cases in normal handling, open ones included: an even sample over time."""
    audit = labels.cases["label_audit"]
    cases = labels.cases.loc[~audit | audit.all()].sort_values("lodged_on", kind="stable")
    step = max(1, len(cases) // LARGEST_DURATION)
    cases = cases.iloc[::step]
    moments = moments_of(features, cases)
    parts = [features.matrix(cases.iloc[k :: len(moments)], moment) for k, moment in enumerate(moments)]
    order = pd.concat([cases.iloc[k :: len(moments)] for k in range(len(moments))])
    rows = np.vstack(parts)
    return fit_duration(
        design.matrix(rows),
        order["label_years"].to_numpy(),
        under_pact(order),
        rows[:, 0],
        order["label_days"].to_numpy(),
        order["label_closed"].to_numpy(dtype=bool),
    )


def versioned(model: ComplexityModel) -> ComplexityModel:
    """The model with its version: day of learning and digest of the content, so that equal models have one name."""
    draft = model.with_facts(replace(model.about, version=""))
    digest = hashlib.sha256(json.dumps(draft.to_files(), sort_keys=True).encode()).hexdigest()[:10]
    return model.with_facts(replace(model.about, version=f"complexity-{model.about.learned_on}-{digest}"))

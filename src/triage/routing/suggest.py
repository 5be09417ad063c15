"""Rules, then model, then margin; else "standard, not sure".

Three outcomes, each logged: a rule decides (the model is not called), a suggestion saves more hours than the
margin after the price of scarce capacity, or the standard depth with the reasons why we are not sure.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

import numpy as np
import pandas as pd
from scipy.special import ndtr

from triage.domain.calendar import local_date
from triage.domain.case import Deadlines, Depth, Intake, Outcome, Prediction, Reason, RouteOptions, Suggestion
from triage.routing.explain import reasons_for
from triage.routing.policy import (
    DEPTHS,
    Policy,
    Prices,
    expected_hours,
    hours_table,
    refuse_other_model,
    without_loss,
)

RULE_DECIDES = "RULE_DECIDES"
SAVES_HOURS = "SAVES_HOURS"
NO_MODEL = "NO_MODEL"
MODEL_TOO_OLD = "MODEL_TOO_OLD"
#: All that an officer is told where the advice is not shown, whatever the cause: see routing/audit_sample.py.
NO_ADVICE = "NO_ADVICE"
OFFICER_FIRST = "OFFICER_FIRST"
REGIME_WITHOUT_LABELS = "REGIME_WITHOUT_LABELS"
KEY_ITEM_MISSING = "KEY_ITEM_MISSING"
OUT_OF_DISTRIBUTION = "OUT_OF_DISTRIBUTION"
CAPACITY_USED = "CAPACITY_USED"
SET_TOO_WIDE = "SET_TOO_WIDE"
MARGIN_TOO_SMALL = "MARGIN_TOO_SMALL"
#: Doubts that hold whatever the hours say.
DOUBT_CODES = (OFFICER_FIRST, REGIME_WITHOUT_LABELS, KEY_ITEM_MISSING, OUT_OF_DISTRIBUTION)
#: Every doubt, in the order in which it is told.
CHECKED_CODES = (*DOUBT_CODES, SET_TOO_WIDE, CAPACITY_USED, MARGIN_TOO_SMALL)
#: There is no advice: nothing of a model stands in the suggestion.
SILENT_CODES = (NO_MODEL, MODEL_TOO_OLD, NO_ADVICE)
NOT_SURE_CODES = (*SILENT_CODES, *CHECKED_CODES)
REASON_CODES = (RULE_DECIDES, SAVES_HOURS, *NOT_SURE_CODES)

NEARLY_NONE = 1e-12  # least share still open at an age: beyond it the days of learning say nothing
#: Columns of the depths with standard first, so that of equally good ones standard is taken, then light.
BEST_FIRST = np.array([1, 0, 2])


class KnownValues(Protocol):
    """What a model met in learning."""

    def unmet(self, intake: Intake) -> tuple[str, ...]:
        """Facts whose value was never met in learning."""
        ...


class WorkModel(Protocol):
    """What a suggestion asks of a model; ComplexityModel is one."""

    @property
    def features(self) -> KnownValues: ...

    def predict_one(self, intake: Intake) -> Prediction:
        """The work expected of one intake."""
        ...

    def contributions(self, intake: Intake) -> list[tuple[str, float]]:
        """What each fact adds to the log-odds of heavier work."""
        ...


@dataclass(frozen=True)
class Advice:
    """What a prediction and a policy make of the depths that the law leaves open."""

    outcome: Outcome
    depth: Depth
    codes: tuple[str, ...]
    hours: Mapping[Depth, float]  # expected handling hours per open depth, without price
    margin_hours: float  # expected hours saved against standard by the depth that looked best
    saved_at_phi_0: float  # the same where a depth that does not fit would cost nothing
    prices: Mapping[Depth, float]  # hours on top per scarce depth, as weighed


def chance_late(log_days: tuple[float, float], lodged: date, last_day: date | None, age_days: int = 0) -> float | None:
    """P(decided after `last_day` | open at `age_days`) = S(L) / S(age), with S(t) = 1 - Phi((ln t - mu) / sigma).

    L is the term in days from lodging; None without a term, 1 once it has passed. Age 0: as it stood at lodging.
    """
    if last_day is None:
        return None
    days = (last_day - lodged).days
    if days <= max(age_days, 0):
        return 1.0
    return min(1.0, _share_open(days, log_days) / max(_share_open(age_days, log_days), NEARLY_NONE))


def _share_open(days: int, log_days: tuple[float, float]) -> float:
    mean, sd = log_days
    if days <= 0 or sd <= 0:
        return 1.0 if days <= 0 or math.log(days) < mean else 0.0
    return 0.5 * math.erfc((math.log(days) - mean) / (sd * math.sqrt(2)))


def chances_late(log_days: np.ndarray, sd: np.ndarray, days: np.ndarray) -> np.ndarray:
    """As `chance_late`, for many cases: mean of ln days, its spread, and the term in days (nan without a term)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = (np.log(np.maximum(days, 0.0)) - log_days) / sd
        certain = np.where(np.log(np.maximum(days, 0.0)) < log_days, 1.0, 0.0)
    return np.where(np.isnan(days), np.nan, np.where(days <= 0, 1.0, np.where(sd > 0, ndtr(-steps), certain)))


def advise(
    intake: Intake,
    options: RouteOptions,
    prediction: Prediction,
    policy: Policy,
    unmet: Sequence[str] = (),
    prices: Prices | None = None,
    age_days: int = 0,
) -> Advice:
    """Weigh the open depths by expected hours plus price; standard where any doubt holds.

    Call it only where no rule decides. `advise_many` says the same of a table of cases.

    Parameters
    ----------
    unmet : facts whose value the model never met in learning.
    prices : hours on top per scarce depth, where a plan says them; else those of the policy.
    age_days : days since lodging at the moment of advice: of each cap a part is kept for old cases.
    """
    prices = policy.prices_for(intake.moment, age_days) if prices is None else prices
    every = expected_hours(prediction.probabilities, policy)
    hours = {depth: every[depth] for depth in DEPTHS if depth in options.depths}
    priced = {depth: value + prices.get(depth, 0.0) for depth, value in hours.items()}
    best = min(priced, key=lambda depth: (priced[depth], depth is not Depth.STANDARD))
    cheapest = min(hours, key=lambda depth: (hours[depth], depth is not Depth.STANDARD))
    gain = priced[Depth.STANDARD] - priced[best]
    codes = doubts(intake, options, prediction, policy.strange(intake, unmet))
    if len(prediction.set90) >= len(prediction.classes) >= 3 and _is_thin(gain, policy):
        codes.append(SET_TOO_WIDE)
    if gain <= policy.margin_hours:
        unpriced = hours[Depth.STANDARD] - hours[cheapest]
        codes.append(CAPACITY_USED if unpriced > policy.margin_hours else MARGIN_TOO_SMALL)
    flat = expected_hours(prediction.probabilities, without_loss(policy))
    saved, saved_flat = (table[Depth.STANDARD] - table[best] for table in (hours, flat))
    outcome, depth = (Outcome.NOT_SURE, Depth.STANDARD) if codes else (Outcome.SUGGESTION, best)
    return Advice(outcome, depth, tuple(codes) or (SAVES_HOURS,), hours, saved, saved_flat, dict(prices))


def advise_many(
    chances: np.ndarray,
    open_depths: np.ndarray,
    doubted: np.ndarray,
    is_wide: np.ndarray,
    prices: np.ndarray,
    policy: Policy,
) -> pd.DataFrame:
    """As `advise`, for many cases at once; one and many say the same.

    Parameters
    ----------
    chances : class probabilities, shape (cases, classes).
    open_depths : which depths are open, shape (cases, 3) of booleans, light first; standard always.
    doubted : which doubts of DOUBT_CODES hold, shape (cases, 4) of booleans.
    is_wide : whether the 90 % set holds all classes, of at least three; shape (cases,).
    prices : hours on top per depth, shape (cases, 3).

    Returns
    -------
    outcome, depth, reason_codes (| between); hours_saved and hours_saved_phi0 (h) by the depth advised against
    standard, 0 where that is standard.
    """
    refuse_other_model(chances.shape[1], policy)
    hours = np.where(open_depths, chances @ hours_table(policy), np.inf)[:, BEST_FIRST]
    priced = hours + prices[:, BEST_FIRST]
    best, rows = priced.argmin(axis=1), np.arange(len(hours))
    gain = priced[:, 0] - priced[rows, best]
    thin = (gain > policy.margin_hours) & (gain < 2 * policy.margin_hours)
    small = gain <= policy.margin_hours
    used = small & (hours[:, 0] - hours.min(axis=1) > policy.margin_hours)
    held = np.column_stack([doubted, is_wide & thin, used, small & ~used])
    best = np.where(held.any(axis=1), 0, best)
    flat = (chances @ hours_table(without_loss(policy)))[:, BEST_FIRST]
    return pd.DataFrame(
        {
            "outcome": np.where(held.any(axis=1), Outcome.NOT_SURE.value, Outcome.SUGGESTION.value),
            "depth": np.array([DEPTHS[k].value for k in BEST_FIRST])[best],
            "reason_codes": _code_texts(held),
            "hours_saved": hours[:, 0] - hours[rows, best],
            "hours_saved_phi0": flat[:, 0] - flat[rows, best],
        }
    )


def _code_texts(held: np.ndarray) -> np.ndarray:
    """The codes of each row with | between; SAVES_HOURS where none holds."""
    numbers = held @ (1 << np.arange(len(CHECKED_CODES)))
    texts = {
        int(n): "|".join(code for k, code in enumerate(CHECKED_CODES) if int(n) >> k & 1) or SAVES_HOURS
        for n in np.unique(numbers)
    }
    return np.array([texts[int(n)] for n in numbers], dtype=object)


def _is_thin(gain: float, policy: Policy) -> bool:
    """Whether a gain is above the margin, and yet so small that a set of all classes speaks against it.

    A 90 % set holds nearly all classes for most cases, even at the optimum (2.5 of 4), so width alone would
    block almost every advice. It counts only where all classes are in the set and the gain, though above the
    margin, is less than twice the margin: then the advice rests on a small tilt of a nearly flat prediction.
    """
    return policy.margin_hours < gain < 2 * policy.margin_hours


def doubts(intake: Intake, options: RouteOptions, prediction: Prediction, strange: Sequence[str]) -> list[str]:
    """Doubts of DOUBT_CODES that hold whatever the hours say."""
    flags = doubt_flags(intake, options, prediction.known_regime, strange)
    return [code for code, holds in zip(DOUBT_CODES, flags, strict=True) if holds]


def doubt_flags(
    intake: Intake, options: RouteOptions, known_regime: bool, strange: Sequence[str]
) -> tuple[bool, bool, bool, bool]:
    """Whether each doubt of DOUBT_CODES holds, in that order."""
    facts = intake.facts
    # A fact that was asked and awaits its answer could still bring the case under a rule. One that nobody asked
    # stands among the missing facts, but blocks nothing: many case tables do not know it at all.
    awaited = any(fact in facts for fact in options.missing)
    return facts.get("public_order_signal") is True, not known_regime, awaited, bool(strange)


def suggest(
    intake: Intake,
    options: RouteOptions,
    deadlines: Deadlines,
    model: WorkModel | None,
    policy: Policy,
    suggestion_id: str,
    made_at: datetime,
    prices: Prices | None = None,
) -> Suggestion:
    """What the product says of one intake. `deadlines` are those of the decided, else of the standard route.

    Where a rule decides the model is not called. `prices` are those of a plan; without them the policy's hold.
    Raises MomentError for facts of a later moment.
    """
    base = Suggestion(
        suggestion_id=suggestion_id,
        case_id=intake.case_id,
        made_at=made_at,
        moment=intake.moment,
        outcome=Outcome.NOT_SURE,
        route=options.depths[Depth.STANDARD],
        depth=Depth.STANDARD,
        alternatives=(),
        margin_hours=None,
        prediction=None,
        p_late=None,
        reason_codes=(NO_MODEL,),
        reasons=(),
        verdicts=options.verdicts,
        missing=options.missing,
        deadlines=deadlines,
        law_version=options.law_version,
        model_version=None,
        policy_version=policy.version,
        needs=options.needs,
        grounds=options.grounds,
        priority=options.priority,
        modality=options.modality,
        flags=options.flags,
    )
    if options.decided is not None:
        rule = options.decided.route
        return replace(base, outcome=Outcome.RULE, route=rule, depth=None, reason_codes=(RULE_DECIDES,))
    return base if model is None else _with_model(base, intake, options, model, policy, prices)


def _with_model(
    base: Suggestion, intake: Intake, options: RouteOptions, model: WorkModel, policy: Policy, prices: Prices | None
) -> Suggestion:
    prediction, age = model.predict_one(intake), (local_date(base.made_at) - intake.lodged).days
    advice = advise(intake, options, prediction, policy, model.features.unmet(intake), prices, age)
    reasons: tuple[Reason, ...] = reasons_for(model.contributions(intake), intake, advice.depth)
    return replace(
        base,
        outcome=advice.outcome,
        route=options.depths[advice.depth],
        depth=advice.depth,
        alternatives=tuple(sorted(((str(d), h) for d, h in advice.hours.items()), key=lambda pair: pair[1])),
        margin_hours=advice.margin_hours,
        saved_at_phi_0=advice.saved_at_phi_0,
        prices=tuple((str(depth), hours) for depth, hours in advice.prices.items()),
        prediction=prediction,
        p_late=chance_late(prediction.log_days, intake.lodged, base.deadlines.lawful, age),
        reason_codes=advice.codes,
        reasons=reasons,
        model_version=prediction.model_version,
    )

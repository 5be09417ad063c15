"""Rules, then model, then margin; else "standard, not sure".

Three outcomes, each logged: a rule decides (the model is not called), a suggestion saves more hours than the
margin after the price of scarce capacity, or the standard depth with the reasons why we are not sure.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol

import numpy as np

from triage.domain.case import Deadlines, Depth, Intake, Outcome, Prediction, Reason, RouteOptions, Suggestion
from triage.domain.errors import BundleError
from triage.routing.explain import reasons_for

DEPTHS = (Depth.LIGHT, Depth.STANDARD, Depth.HEAVY)

RULE_DECIDES = "RULE_DECIDES"
SAVES_HOURS = "SAVES_HOURS"
NO_MODEL = "NO_MODEL"
OFFICER_FIRST = "OFFICER_FIRST"
REGIME_WITHOUT_LABELS = "REGIME_WITHOUT_LABELS"
KEY_ITEM_MISSING = "KEY_ITEM_MISSING"
OUT_OF_DISTRIBUTION = "OUT_OF_DISTRIBUTION"
CAPACITY_USED = "CAPACITY_USED"
SET_TOO_WIDE = "SET_TOO_WIDE"
MARGIN_TOO_SMALL = "MARGIN_TOO_SMALL"
NOT_SURE_CODES = (
    NO_MODEL,
    OFFICER_FIRST,
    REGIME_WITHOUT_LABELS,
    KEY_ITEM_MISSING,
    OUT_OF_DISTRIBUTION,
    CAPACITY_USED,
    SET_TOO_WIDE,
    MARGIN_TOO_SMALL,
)
REASON_CODES = (RULE_DECIDES, SAVES_HOURS, *NOT_SURE_CODES)


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
class Policy:
    """How a prediction becomes advice; the version stands on every suggestion.

    `hours` holds the expected handling hours of each class in the depth that fits it, lightest first.
    `phi_over` and `phi_under` are the share of hours lost per step too deep or too shallow: assumed, no effect
    of routing on hours has been measured. `prices` are hours added to a scarce depth (the dual of its cap).
    """

    version: str = "2026-11-24"
    margin_hours: float = 0.5
    caps: Mapping[Depth, float] = field(default_factory=lambda: {Depth.HEAVY: 0.25})
    prices: Mapping[Depth, float] = field(default_factory=lambda: {Depth.HEAVY: 0.0})
    hours: Mapping[str, float] = field(default_factory=lambda: {"light": 10.0, "standard": 19.0, "heavy": 38.0})
    phi_over: float = 0.15
    phi_under: float = 0.25

    def price(self, depth: Depth) -> float:
        """Hours that a scarce depth costs on top."""
        return self.prices.get(depth, 0.0)

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON; keeps the order of the classes."""
        plain = asdict(self)
        return plain | {key: {str(k): v for k, v in plain[key].items()} for key in ("caps", "prices", "hours")}

    @classmethod
    def of_dict(cls, values: Mapping[str, Any]) -> "Policy":
        """From plain values. Raises BundleError for a missing or impossible one."""
        try:
            policy = cls(
                version=str(values["version"]),
                margin_hours=float(values["margin_hours"]),
                caps={Depth(k): float(v) for k, v in values["caps"].items()},
                prices={Depth(k): float(v) for k, v in values["prices"].items()},
                hours={str(k): float(v) for k, v in values["hours"].items()},
                phi_over=float(values["phi_over"]),
                phi_under=float(values["phi_under"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleError(
                f"The policy does not have the expected shape ({error}). Learn the model again."
            ) from error
        numbers = [policy.margin_hours, policy.phi_over, policy.phi_under]
        numbers += [*policy.caps.values(), *policy.prices.values(), *policy.hours.values()]
        if not policy.hours or not all(math.isfinite(number) and number >= 0 for number in numbers):
            raise BundleError("The policy holds a figure that is negative or not a number. Learn the model again.")
        return policy


@dataclass(frozen=True)
class Advice:
    """What a prediction and a policy make of the depths that the law leaves open."""

    outcome: Outcome
    depth: Depth
    codes: tuple[str, ...]
    hours: Mapping[Depth, float]  # expected handling hours per open depth, without price
    margin_hours: float  # expected hours saved against standard by the depth that looked best


def fitting_depths(classes: Sequence[str]) -> tuple[float, ...]:
    """Place of each class on the scale of depths: light 0, standard 1, heavy 2.

    Classes named as depths have the place of their name. Others are spread by rank, lightest first: of four
    classes the places are 0, 2/3, 4/3 and 2.
    """
    names = [str(depth) for depth in DEPTHS]
    if set(classes) <= set(names):
        return tuple(float(names.index(name)) for name in classes)
    return tuple(2.0 * rank / (len(classes) - 1) for rank in range(len(classes)))


def hours_table(policy: Policy) -> np.ndarray:
    """Hours of each class in each depth, shape (classes, 3): own hours, plus the loss per step of misfit."""
    place = np.array(fitting_depths(tuple(policy.hours)))[:, None]
    depth = np.arange(3.0)[None, :]
    misfit = policy.phi_over * np.maximum(depth - place, 0) + policy.phi_under * np.maximum(place - depth, 0)
    return np.array(list(policy.hours.values()))[:, None] * (1 + misfit)


def expected_hours(probabilities: Sequence[float], policy: Policy) -> dict[Depth, float]:
    """E[hours | depth] = sum over classes of p * h * (1 + phi_over * steps too deep + phi_under * too shallow).

    `probabilities` stand in the order of `policy.hours`. Raises BundleError where they are not as many: the
    policy then belongs to another model. Source: docs/explanation/rules-first.md.
    """
    table = _table(tuple(policy.hours.items()), policy.phi_over, policy.phi_under)
    if len(probabilities) != len(table):
        raise BundleError(
            f"The model knows {len(probabilities)} classes of work, the policy {len(table)}. "
            f"Use the policy that came with the model."
        )
    return {
        depth: sum(p * row[k] for p, row in zip(probabilities, table, strict=True)) for k, depth in enumerate(DEPTHS)
    }


@cache
def _table(hours: tuple[tuple[str, float], ...], phi_over: float, phi_under: float) -> list[list[float]]:
    """The hours table as plain floats: one case needs no arrays."""
    return hours_table(Policy(hours=dict(hours), phi_over=phi_over, phi_under=phi_under)).tolist()


def price_for_cap(hours_by_depth: np.ndarray, cap: float, margin_hours: float = 0.5) -> float:
    """Smallest price of the heavy depth at which at most a share `cap` of recent cases is advised it.

    Parameters
    ----------
    hours_by_depth : shape (cases, 3), expected hours light, standard, heavy; NaN where a depth is not open.
    cap : largest share, 0 to 1.
    margin_hours : hours that the advice must save against standard.

    Returns
    -------
    Price in hours, 0 where the cap does not bind. Found by bisection: the share only falls with the price.
    """
    if not len(hours_by_depth) or _heavy_share(hours_by_depth, 0.0, margin_hours) <= cap:
        return 0.0
    low, high = 0.0, float(np.nanmax(hours_by_depth)) + 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _heavy_share(hours_by_depth, middle, margin_hours) <= cap:
            high = middle
        else:
            low = middle
    return high


def _heavy_share(hours: np.ndarray, price: float, margin_hours: float) -> float:
    light, standard, heavy = np.where(np.isnan(hours), np.inf, hours).T
    return float(np.mean((heavy + price < light) & (standard - heavy - price > margin_hours)))


def chance_late(log_days: tuple[float, float], lodged: date, last_day: date | None) -> float | None:
    """P(decided after `last_day`) of a case as it stood at lodging: 1 - Phi((ln L - mu) / sigma).

    L is the term in days from lodging; None without a term.
    """
    if last_day is None:
        return None
    days = (last_day - lodged).days
    mean, sd = log_days
    if days <= 0 or sd <= 0:
        return 1.0 if days <= 0 or math.log(days) < mean else 0.0
    return 0.5 * math.erfc((math.log(days) - mean) / (sd * math.sqrt(2)))


def advise(
    intake: Intake, options: RouteOptions, prediction: Prediction, policy: Policy, unmet: Sequence[str] = ()
) -> Advice:
    """Weigh the open depths by expected hours plus price; standard where any doubt holds.

    Call it only where no rule decides. `unmet` names facts whose value the model never met in learning.
    """
    every = expected_hours(prediction.probabilities, policy)
    hours = {depth: every[depth] for depth in DEPTHS if depth in options.depths}
    priced = {depth: value + policy.price(depth) for depth, value in hours.items()}
    best = min(priced, key=lambda depth: (priced[depth], depth is not Depth.STANDARD))
    cheapest = min(hours, key=lambda depth: (hours[depth], depth is not Depth.STANDARD))
    gain = priced[Depth.STANDARD] - priced[best]
    codes = _doubts(intake, options, prediction, unmet)
    if _is_too_wide(prediction, gain, policy):
        codes.append(SET_TOO_WIDE)
    if gain <= policy.margin_hours:
        unpriced = hours[Depth.STANDARD] - hours[cheapest]
        codes.append(CAPACITY_USED if unpriced > policy.margin_hours else MARGIN_TOO_SMALL)
    saved = hours[Depth.STANDARD] - hours[best]
    if codes:
        return Advice(Outcome.NOT_SURE, Depth.STANDARD, tuple(codes), hours, saved)
    return Advice(Outcome.SUGGESTION, best, (SAVES_HOURS,), hours, saved)


def _doubts(intake: Intake, options: RouteOptions, prediction: Prediction, unmet: Sequence[str]) -> list[str]:
    """Doubts that hold whatever the hours say."""
    # A fact that was asked and awaits its answer could still bring the case under a rule. One that nobody asked
    # stands among the missing facts, but blocks nothing: many case tables do not know it at all.
    awaited = [fact for fact in options.missing if fact in intake.facts]
    doubts = {
        OFFICER_FIRST: intake.facts.get("public_order_signal") is True,
        REGIME_WITHOUT_LABELS: not prediction.known_regime,
        KEY_ITEM_MISSING: bool(awaited),
        OUT_OF_DISTRIBUTION: bool(unmet),
    }
    return [code for code, holds in doubts.items() if holds]


def _is_too_wide(prediction: Prediction, gain: float, policy: Policy) -> bool:
    """Whether the 90 % set says nothing and the gain is thin.

    A 90 % set holds nearly all classes for most cases, even at the optimum (2.5 of 4), so width alone would
    block almost every advice. It counts only where all classes are in the set and the gain, though above the
    margin, is less than twice the margin: then the advice rests on a small tilt of a nearly flat prediction.
    """
    holds_all = len(prediction.set90) >= len(prediction.classes) >= 3
    return holds_all and policy.margin_hours < gain < 2 * policy.margin_hours


def suggest(
    intake: Intake,
    options: RouteOptions,
    deadlines: Deadlines,
    model: WorkModel | None,
    policy: Policy,
    suggestion_id: str,
    made_at: datetime,
) -> Suggestion:
    """What the product says of one intake. `deadlines` are those of the decided, else of the standard route.

    Where a rule decides the model is not called. Raises MomentError for facts of a later moment.
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
    return base if model is None else _with_model(base, intake, options, model, policy)


def _with_model(
    base: Suggestion, intake: Intake, options: RouteOptions, model: WorkModel, policy: Policy
) -> Suggestion:
    prediction = model.predict_one(intake)
    advice = advise(intake, options, prediction, policy, model.features.unmet(intake))
    reasons: tuple[Reason, ...] = reasons_for(model.contributions(intake), intake, advice.depth)
    return replace(
        base,
        outcome=advice.outcome,
        route=options.depths[advice.depth],
        depth=advice.depth,
        alternatives=tuple(sorted(((str(d), h) for d, h in advice.hours.items()), key=lambda pair: pair[1])),
        margin_hours=advice.margin_hours,
        prediction=prediction,
        p_late=chance_late(prediction.log_days, intake.lodged, base.deadlines.lawful),
        reason_codes=advice.codes,
        reasons=reasons,
        model_version=prediction.model_version,
    )

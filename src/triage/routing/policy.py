"""How a prediction becomes advice: the cost table, the margin, and the price of a scarce depth. Versioned as one.

A case in a depth that does not fit it is assumed to take longer (`phi_over`, `phi_under`): nobody measured that, and
at phi = 0 every depth takes the same hours. A scarce depth has a price in hours, the smallest at which its share of
recent cases stays within its cap; a plan may give a price of its own. Part of the cap is kept for old cases: newer
ones pay the price of what is left.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from triage.domain.case import Depth, Intake, Moment, RouteOptions
from triage.domain.errors import BundleError
from triage.routing.features import UNKNOWN, FeatureMap

DEPTHS = (Depth.LIGHT, Depth.STANDARD, Depth.HEAVY)
NEW, OLD = "new", "old"
#: Of the known values, this share on either side may be a typing error and says nothing of what was met.
STRANGE_SHARE = 0.001
Prices = Mapping[Depth, float]
Range = tuple[float, float]


@dataclass(frozen=True)
class Policy:
    """How a prediction becomes advice; the version stands on every suggestion.

    `hours` holds the expected handling hours of each class in the depth that fits it, lightest first.
    `phi_over` and `phi_under` are the share of hours lost per step too deep or too shallow: assumed, no effect
    of routing on hours has been measured. `prices` are hours added to a scarce depth (the dual of its cap);
    `price_table` refines them by moment and age: "identified new", "registered old".
    Of each cap, `reserve_share` is kept for cases lodged more than `reserve_after_days` ago: they pay the price of
    the whole cap, newer ones that of the rest. `met` holds per number the lowest and highest value of learning, and
    None for any fact of which learning knew no value.
    """

    version: str = "2026-11-24"
    margin_hours: float = 0.5
    caps: Mapping[Depth, float] = field(default_factory=lambda: {Depth.HEAVY: 0.25})
    prices: Prices = field(default_factory=lambda: {Depth.HEAVY: 0.0})
    hours: Mapping[str, float] = field(default_factory=lambda: {"light": 10.0, "standard": 19.0, "heavy": 38.0})
    phi_over: float = 0.15
    phi_under: float = 0.25
    reserve_share: float = 0.0
    reserve_after_days: int = 180
    price_table: Mapping[str, Prices] = field(default_factory=dict)
    met: Mapping[str, Range | None] = field(default_factory=dict)

    def price(self, depth: Depth) -> float:
        """Hours that a scarce depth costs on top."""
        return self.prices.get(depth, 0.0)

    def prices_for(self, moment: Moment, age_days: int = 0) -> Prices:
        """Hours on top per scarce depth, for a case of this age in days at the moment of advice."""
        age = OLD if age_days > self.reserve_after_days else NEW
        return self.price_table.get(f"{moment} {age}", self.prices)

    def strange(self, intake: Intake, unmet: Sequence[str] = ()) -> tuple[str, ...]:
        """Facts unlike anything of learning: a number far from all numbers, or a value (`unmet`) that it never met.

        Far is more than half of their whole range below the lowest or above the highest. A fact of which learning
        knew no value at all does not count: the model has no weight for it, and says the same as without it.
        """
        found = [fact for fact in unmet if self.met.get(fact, ()) is not None]
        for fact, met in self.met.items():
            value = intake.facts.get(fact)
            if value is None or met is None:
                continue
            low, high = met
            slack = (high - low) / 2
            if not low - slack <= as_number(value, intake.lodged) <= high + slack:
                found.append(fact)
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON; keeps the order of the classes."""
        plain = asdict(self)
        plain["price_table"] = {key: _plain(prices) for key, prices in self.price_table.items()}
        plain["met"] = {fact: None if met is None else list(met) for fact, met in self.met.items()}
        return plain | {key: _plain(plain[key]) for key in ("caps", "prices", "hours")}

    @classmethod
    def of_dict(cls, values: Mapping[str, Any]) -> "Policy":
        """From plain values; what older policies did not hold has its default. Raises BundleError for the rest."""
        try:
            policy = _policy_of(values)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleError(
                f"The policy does not have the expected shape ({error}). Learn the model again."
            ) from error
        numbers = [policy.margin_hours, policy.phi_over, policy.phi_under, policy.reserve_share]
        numbers += [policy.reserve_after_days, *policy.caps.values(), *policy.prices.values(), *policy.hours.values()]
        numbers += [price for prices in policy.price_table.values() for price in prices.values()]
        if not policy.hours or not all(math.isfinite(number) and number >= 0 for number in numbers):
            raise BundleError("The policy holds a figure that is negative or not a number. Learn the model again.")
        if policy.reserve_share > 1:
            raise BundleError("The policy keeps more than the whole cap for old cases. Give a share from 0 to 1.")
        return policy


def _plain(mapping: Mapping[Any, float]) -> dict[str, float]:
    return {str(key): value for key, value in mapping.items()}


def _policy_of(values: Mapping[str, Any]) -> Policy:
    return Policy(
        version=str(values["version"]),
        margin_hours=float(values["margin_hours"]),
        caps=_by_depth(values["caps"]),
        prices=_by_depth(values["prices"]),
        hours={str(k): float(v) for k, v in values["hours"].items()},
        phi_over=float(values["phi_over"]),
        phi_under=float(values["phi_under"]),
        reserve_share=float(values.get("reserve_share", 0.0)),
        reserve_after_days=int(values.get("reserve_after_days", 180)),
        price_table={str(k): _by_depth(v) for k, v in values.get("price_table", {}).items()},
        met={
            str(k): None if met is None else (float(met[0]), float(met[1])) for k, met in values.get("met", {}).items()
        },
    )


def _by_depth(values: Mapping[str, Any]) -> dict[Depth, float]:
    return {Depth(k): float(v) for k, v in values.items()}


def as_number(value: Any, lodged: date) -> float:
    """A number as it is; a date as days before lodging."""
    return float((lodged - value).days) if isinstance(value, date) else float(value)


# What each depth costs -----------------------------------------------------------------------------------------------


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


def in_own_depth(booked: Mapping[str, float], phi_over: float, phi_under: float) -> dict[str, float]:
    """Hours of each class in the depth that fits it, from hours booked while everybody took the standard depth.

    Without this the loss that a fitting depth would save is counted twice: 15 % too much for light work, and 25 %
    for heavy.
    """
    at_standard = hours_table(Policy(hours=dict.fromkeys(booked, 1.0), phi_over=phi_over, phi_under=phi_under))[:, 1]
    return {name: hours / float(loss) for (name, hours), loss in zip(booked.items(), at_standard, strict=True)}


def without_loss(policy: Policy) -> Policy:
    """The same policy where a depth that does not fit costs nothing (phi = 0)."""
    return replace(policy, phi_over=0.0, phi_under=0.0)


def expected_hours(probabilities: Sequence[float], policy: Policy) -> dict[Depth, float]:
    """E[hours | depth] = sum over classes of p * h * (1 + phi_over * steps too deep + phi_under * too shallow).

    `probabilities` stand in the order of `policy.hours`. Raises BundleError where they are not as many: the
    policy then belongs to another model. Source: docs/explanation/rules-first.md.
    """
    refuse_other_model(len(probabilities), policy)
    table = _table(tuple(policy.hours.items()), policy.phi_over, policy.phi_under)
    return {
        depth: sum(p * row[k] for p, row in zip(probabilities, table, strict=True)) for k, depth in enumerate(DEPTHS)
    }


def refuse_other_model(classes: int, policy: Policy) -> None:
    """Raise BundleError where a model knows another number of classes than the policy."""
    if classes != len(policy.hours):
        raise BundleError(
            f"The model knows {classes} classes of work, the policy {len(policy.hours)}. "
            f"Use the policy that came with the model."
        )


@cache
def _table(hours: tuple[tuple[str, float], ...], phi_over: float, phi_under: float) -> list[list[float]]:
    """The hours table as plain floats: one case needs no arrays."""
    return hours_table(Policy(hours=dict(hours), phi_over=phi_over, phi_under=phi_under)).tolist()


# What a scarce depth costs -------------------------------------------------------------------------------------------


def price_for_cap(hours_by_depth: np.ndarray, cap: float, margin_hours: float = 0.5) -> float:
    """Smallest price of the heavy depth at which at most a share `cap` of recent cases is advised it.

    Parameters
    ----------
    hours_by_depth : shape (cases, 3), expected hours light, standard, heavy; NaN where a depth is not open.
    cap : largest share, 0 to 1.
    margin_hours : hours that the advice must save against standard.

    Returns
    -------
    Price in hours, 0 where the cap does not bind. Found by bisection: the share only falls with the price. Rounded
    up to a thousandth, so that the last bit of a sum does not decide over the case at the edge.
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
    return math.ceil(1000 * high) / 1000


def _heavy_share(hours: np.ndarray, price: float, margin_hours: float) -> float:
    light, standard, heavy = np.where(np.isnan(hours), np.inf, hours).T
    return float(np.mean((heavy + price < light) & (standard - heavy - price > margin_hours)))


def priced(policy: Policy, hours: Mapping[Moment, np.ndarray]) -> Policy:
    """The policy with the smallest prices at which the heavy depth keeps to its cap on recent cases.

    What is known at identification tells cases less apart, so each moment has a price of its own: with one price
    the early moment would use a part of the cap only.

    Parameters
    ----------
    hours : expected hours of recent cases of which no rule decides, per moment, shape (cases, 3), light first; nan
        where a depth is not open. See `open_hours`.
    """
    cap = policy.caps.get(Depth.HEAVY)
    if cap is None or not hours:
        return versioned(policy)
    shares = {NEW: cap * (1 - policy.reserve_share), OLD: cap}
    table = {
        f"{moment} {age}": {Depth.HEAVY: price_for_cap(expected, share, policy.margin_hours)}
        for moment, expected in hours.items()
        for age, share in shares.items()
    }
    latest = max(hours, key=list(Moment).index)
    return versioned(replace(policy, prices=table[f"{latest} {NEW}"], price_table=table))


def open_hours(chances: np.ndarray, options: Sequence[RouteOptions], policy: Policy) -> np.ndarray:
    """Expected hours per depth of the cases of which no rule decides, nan where the law does not open a depth."""
    undecided = np.array([one.decided is None for one in options], dtype=bool)
    is_open = np.array([[depth in one.depths for depth in DEPTHS] for one in options], dtype=bool).reshape(-1, 3)
    return np.where(is_open, chances @ hours_table(policy), np.nan)[undecided]


def versioned(policy: Policy) -> Policy:
    """The policy named after its content, behind the day that its version starts with."""
    digest = hashlib.sha256(json.dumps(policy.to_dict() | {"version": ""}, sort_keys=True).encode()).hexdigest()[:8]
    return replace(policy, version=f"{policy.version}-{digest}")


def ranges_met(features: FeatureMap, cases: pd.DataFrame) -> dict[str, Range | None]:
    """Per number of the learned cases (table CASES) its lowest and highest value; None where no value was known.

    The outer .1 % on either side is left out: a typing error must not stretch what was met. Facts that are no
    number stand in it only where no value was known: of the others the model itself knows each value it met.
    """
    moment = Moment.REGISTERED if features.later & set(cases.columns) else Moment.IDENTIFIED
    rows = features.matrix(cases, moment)
    met: dict[str, Range | None] = {}
    for column in features.columns:
        is_known = rows[:, column.at] > UNKNOWN
        if not is_known.any():
            met[column.fact] = None
        elif column.is_measured:
            low, high = np.quantile(rows[is_known, column.at + 1], [STRANGE_SHARE, 1 - STRANGE_SHARE])
            met[column.fact] = (float(low), float(high))
    return met

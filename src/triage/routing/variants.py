"""What would be said of a case if some of its facts were otherwise: many small changes of one case at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

import numpy as np

from triage.domain.case import Depth, FactValue, Intake, Outcome, RouteOptions
from triage.routing.features import FeatureMap
from triage.routing.policy import DEPTHS, Policy, Prices
from triage.routing.suggest import advise_many, doubt_flags

Changes = Mapping[str, FactValue]


class VariantModel(Protocol):
    """What variants ask of a model; ComplexityModel is one."""

    @property
    def features(self) -> FeatureMap: ...

    @property
    def regimes(self) -> tuple[str, ...]: ...

    def predict_rows(self, rows: np.ndarray, lodged: date) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Class probabilities, mean hours, and the 90 % sets of vectors."""
        ...


@dataclass(frozen=True)
class Ground:
    """What advice on one case rests on. `options_of` asks the law about a variant of the case."""

    intake: Intake
    options: RouteOptions
    options_of: Callable[[Intake], RouteOptions]
    law_reads: frozenset[str]  # facts that a rule reads: a change of any other leaves the law's answer as it is
    model: VariantModel
    policy: Policy
    prices: Prices


@dataclass(frozen=True)
class Said:
    """What would be said of one variant: chance of the heaviest class, expected hours, and the advice."""

    share: float
    hours: float
    outcome: Outcome
    route: str
    depth: Depth | None

    @property
    def advice(self) -> tuple[Outcome, str, Depth | None]:
        """The advice alone, to see whether it changed."""
        return self.outcome, self.route, self.depth


def said_of(ground: Ground, variants: Sequence[Changes]) -> list[Said]:
    """What would be said of the case with each set of changes; no change at all is what is said now."""
    if not variants:
        return []
    intakes = [replace(ground.intake, facts={**ground.intake.facts, **changes}) for changes in variants]
    options = [
        ground.options if ground.law_reads.isdisjoint(changes) else ground.options_of(intake)
        for intake, changes in zip(intakes, variants, strict=True)
    ]
    rows = np.stack([ground.model.features.vector(intake) for intake in intakes])
    chances, hours, held = ground.model.predict_rows(rows, ground.intake.lodged)
    advice = _advice(ground, intakes, options, chances, held)
    return [Said(float(p[-1]), float(h), *said) for p, h, said in zip(chances, hours, advice, strict=True)]


def _advice(
    ground: Ground, intakes: Sequence[Intake], options: Sequence[RouteOptions], chances: np.ndarray, held: np.ndarray
) -> list[tuple[Outcome, str, Depth | None]]:
    """(outcome, route, depth) of each variant, by the very rules that advise on a table of cases."""
    doubted = [_doubted(ground, intake, one) for intake, one in zip(intakes, options, strict=True)]
    table = advise_many(
        chances,
        np.array([[depth in one.depths for depth in DEPTHS] for one in options], dtype=bool),
        np.array(doubted, dtype=bool),
        held.all(axis=1) & (held.shape[1] >= 3),
        np.tile([ground.prices.get(depth, 0.0) for depth in DEPTHS], (len(options), 1)),
        ground.policy,
    )
    return [
        (Outcome.RULE, one.decided.route, None)
        if one.decided
        else (Outcome(outcome), one.depths[Depth(depth)], Depth(depth))
        for one, outcome, depth in zip(options, table["outcome"], table["depth"], strict=True)
    ]


def _doubted(ground: Ground, intake: Intake, options: RouteOptions) -> tuple[bool, ...]:
    strange = ground.policy.strange(intake, ground.model.features.unmet(intake))
    return doubt_flags(intake, options, options.regime in ground.model.regimes, strange)

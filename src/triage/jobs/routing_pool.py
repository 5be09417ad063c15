"""The cases and the advice that the policy simulator draws from: a made-up world, a model learned as known then.

The model is learned on what was known on a snapshot and advises on cases lodged after it, with the policy that an
officer would meet. Nationality serves the guardrails only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from triage.domain.calendar import PACT_START
from triage.domain.case import Depth, Moment, RouteOptions
from triage.domain.errors import TableError
from triage.domain.facts import Register
from triage.domain.records import Progress, silent
from triage.routing.complexity import ComplexityModel, regime_of
from triage.routing.learning import hours_per_class, learn
from triage.routing.policy import (
    DEPTHS,
    Policy,
    fitting_depths,
    hours_table,
    in_own_depth,
    price_for_cap,
    priced,
    ranges_met,
)
from triage.routing.suggest import advise_many, doubt_flags
from triage.simulation.arrivals import Pool
from triage.simulation.history import HEAVY_BEFORE, hours_in_depth
from triage.simulation.policy_study import AUCS, MODEL, ORACLE, PERFECT, PHI, SMALLEST_GROUP
from triage.simulation.predictors import (
    FORCED,
    GRID,
    SELECTIVE,
    Advisor,
    chances_on_grid,
    forced_depths,
    slope_for_auc,
    weight_on_grid,
)
from triage.simulation.world import World, make_world

FIRST, SNAPSHOT = date(2022, 1, 1), date(2025, 6, 30)
LARGEST_POOL_DAYS = 365
RECENT = 3_000  # latest lodgings on which the price of the heavy depth is set


@dataclass(frozen=True)
class Material:
    """What the simulator draws from, and how it came about."""

    pool: Pool
    advisors: Mapping[str, Advisor]
    about: Mapping[str, object]  # for the report
    lodged: date  # of the middle case: its term is the term


def make_material(
    number: int,
    seed: int,
    phi: str,
    register: Register,
    usual: Policy,
    bundle: tuple[ComplexityModel, Policy] | None = None,
    progress: Progress = silent,
) -> Material:
    """A made-up world of `number` cases, a model (learned here, or the one of a bundle) and all other predictors.

    usual : margin and caps of the advice, where no bundle brings its own policy.
    phi : what the service believes that a depth that does not fit loses; with "0" it believes what the policy says.

    Raises LearningError where too little is known on the snapshot, TableError where no later case is left.
    """
    snapshot = date.fromisoformat(bundle[0].about.learned_on) if bundle else SNAPSHOT
    until = _until(snapshot)
    progress("make a world", 0, 1)
    world = make_world(number, seed, FIRST, until)
    progress("make a world", 1, 1)
    model, policy = bundle or _learned(world, register, snapshot, usual, progress)
    policy = _believing(policy, phi)
    known, later = world.cases_at(snapshot), world.cases["lodged_on"] > pd.Timestamp(snapshot)
    cases, truth = (frame.loc[later].reset_index(drop=True) for frame in (world.cases, world.truth))
    if cases.empty:
        raise TableError(f"No made-up case was lodged after {snapshot}. Take more cases.")
    pool = _pool(cases, truth, model.classes)
    recent = known.sort_values("lodged_on", kind="stable").tail(RECENT)
    priced_policy = priced(policy, {m: _hours(model, recent, m, policy) for m in Moment})
    advisors = {f"{MODEL}_{m}": _model_advisor(model, cases, m, priced_policy, register, pool) for m in Moment}
    advisors |= {name: _score_advisor(name, auc, pool, policy) for name, auc in AUCS.items()}
    advisors |= _knowing(pool, policy)
    about = {"made_up_cases": number, "snapshot": snapshot.isoformat(), "model_version": model.version}
    about |= _about_policy(priced_policy) | _about_pool(cases, pool, advisors)
    return Material(pool, advisors, about, cases["lodged_on"].iloc[len(cases) // 2].date())


def _about_policy(policy: Policy) -> dict[str, object]:
    return {
        "policy_version": policy.version,
        "believed_phi": {"over": policy.phi_over, "under": policy.phi_under},
        "cap_heavy": policy.caps.get(Depth.HEAVY, 1.0),
        "margin_hours": policy.margin_hours,
    }


def _about_pool(cases: pd.DataFrame, pool: Pool, advisors: Mapping[str, Advisor]) -> dict[str, object]:
    """What the pool holds, and what our model advises on it at both moments."""
    advised = {name: one.depths[SELECTIVE] for name, one in advisors.items() if name.startswith(MODEL)}
    return {
        "pool_cases": len(cases),
        "pool_lodged": f"{cases['lodged_on'].min():%Y-%m-%d} to {cases['lodged_on'].max():%Y-%m-%d}",
        "shares_of_classes": dict(zip(pool.kinds, pool.shares.tolist(), strict=True)),
        "advised_depths": {name: _mix(depth) for name, depth in advised.items()},
        "two_steps_off": {name: float(np.mean(np.abs(depth - pool.fit) >= 2)) for name, depth in advised.items()},
    }


def _until(snapshot: date) -> date:
    """Last lodging date of the pool: a year after the snapshot, in the legal regime of the snapshot."""
    year = snapshot + timedelta(days=LARGEST_POOL_DAYS)
    return min(year, PACT_START - timedelta(days=1)) if snapshot < PACT_START - timedelta(days=90) else year


def _learned(
    world: World, register: Register, snapshot: date, usual: Policy, progress: Progress
) -> tuple[ComplexityModel, Policy]:
    learned = learn(world.cases_at(snapshot), register, snapshot, progress=progress)
    window, _ = learned.labels.window()
    hours = in_own_depth(hours_per_class(learned, register), usual.phi_over, usual.phi_under)
    return learned.model, replace(usual, hours=hours, met=ranges_met(learned.model.features, window))


def _believing(policy: Policy, phi: str) -> Policy:
    over, under = PHI[phi]
    return replace(policy, phi_over=over, phi_under=under) if under else policy


def _pool(cases: pd.DataFrame, truth: pd.DataFrame, classes: Sequence[str]) -> Pool:
    kind = truth["class_true"].to_numpy()
    nationality = cases["nationality_iso3"].to_numpy(dtype=str)
    names, counts = np.unique(nationality, return_counts=True)
    small = names[counts < SMALLEST_GROUP * len(nationality)]
    groups, group = np.unique(np.where(np.isin(nationality, small), "other", nationality), return_inverse=True)
    return Pool(
        kind=kind,
        kinds=tuple(classes),
        fit=np.array(fitting_depths(classes))[kind],
        hours=truth["hours_true"].to_numpy(),
        today=np.where(cases["route_followed"] == HEAVY_BEFORE, 2, 1),
        group=group,
        groups=tuple(map(str, groups)),
    )


def _chances(said: pd.DataFrame, classes: Sequence[str]) -> np.ndarray:
    return said[[f"p_{name}" for name in classes]].to_numpy()


def _hours(model: ComplexityModel, cases: pd.DataFrame, moment: Moment, policy: Policy) -> np.ndarray:
    return _chances(model.predict(cases, moment), model.classes) @ hours_table(policy)


def _model_advisor(
    model: ComplexityModel, cases: pd.DataFrame, moment: Moment, policy: Policy, register: Register, pool: Pool
) -> Advisor:
    """Our model's real advice at one moment: with its doubts, its margin and the price of the heavy depth."""
    said = model.predict(cases, moment)
    chances = _chances(said, model.classes)
    is_wide = said["set90"].str.split("|").str.len().to_numpy() >= max(len(model.classes), 3)
    advice = _advised(chances, _doubted(model, cases, said, moment, policy, register), is_wide, policy, moment)
    depths = {SELECTIVE: advice, FORCED: _by_rank(chances, np.full(len(chances), 1 / len(chances)), pool)}
    return Advisor(f"{MODEL}_{moment}", depths, chances @ hours_table(policy), _too_light(chances, pool))


def _doubted(
    model: ComplexityModel, cases: pd.DataFrame, said: pd.DataFrame, moment: Moment, policy: Policy, register: Register
) -> np.ndarray:
    """Which doubts hold per case; the law is taken to leave every depth open."""
    flags = []
    for row, is_known in zip(cases.to_dict("records"), said["known_regime"], strict=True):
        intake = register.intake(row, moment)
        options = RouteOptions(regime_of(intake.lodged), "", (), None, {d: d.value for d in DEPTHS}, ())
        flags.append(doubt_flags(intake, options, bool(is_known), policy.strange(intake, model.features.unmet(intake))))
    return np.array(flags, dtype=bool)


def _advised(
    chances: np.ndarray, doubted: np.ndarray, is_wide: np.ndarray, policy: Policy, moment: Moment
) -> np.ndarray:
    """Depth per case, 0 light to 2 heavy, as the product advises it."""
    every = np.ones((len(chances), len(DEPTHS)), dtype=bool)
    prices = np.array([policy.prices_for(moment).get(depth, 0.0) for depth in DEPTHS])
    advice = advise_many(chances, every, doubted, is_wide, np.tile(prices, (len(chances), 1)), policy)
    number = {depth.value: k for k, depth in enumerate(DEPTHS)}
    return np.array([number[depth] for depth in advice["depth"]])


def _score_advisor(name: str, auc: float, pool: Pool, policy: Policy) -> Advisor:
    """A calibrated classifier of a known quality, advising by the same policy; it has no doubts and no sets."""
    slope = slope_for_auc(pool.shares, auc)
    chances, weight = chances_on_grid(pool.shares, slope), weight_on_grid(pool.shares, slope)
    hours = chances @ hours_table(policy)
    usual = np.repeat(hours, np.rint(weight * RECENT).astype(int), axis=0)
    cap = policy.caps.get(Depth.HEAVY, 1.0)
    price = {Depth.HEAVY: price_for_cap(usual, cap, policy.margin_hours)}
    sure = np.zeros((len(GRID), 4), dtype=bool)
    advice = _advised(chances, sure, sure[:, 0], replace(policy, prices=price, price_table={}), Moment.REGISTERED)
    quotas = _quotas(pool)
    depths = {SELECTIVE: advice, FORCED: forced_depths(GRID, weight, quotas)}
    return Advisor(name, depths, hours, _too_light(chances, pool), slope)


def _knowing(pool: Pool, policy: Policy) -> dict[str, Advisor]:
    """Who knows the class of work, and who knows the hours: every case in the depth that fits, no cap."""
    chances = np.eye(len(pool.kinds))[pool.kind]
    depth = np.rint(pool.fit).astype(int)
    depths, too_light = {SELECTIVE: depth, FORCED: depth}, _too_light(chances, pool)
    true = np.column_stack(
        [hours_in_depth(pool.hours, pool.fit, k, policy.phi_over, policy.phi_under) for k in range(len(DEPTHS))]
    )
    return {
        PERFECT: Advisor(PERFECT, depths, chances @ hours_table(policy), too_light),
        ORACLE: Advisor(ORACLE, depths, true, too_light),
    }


def _by_rank(chances: np.ndarray, weight: np.ndarray, pool: Pool) -> np.ndarray:
    return forced_depths(chances @ np.arange(chances.shape[1]), weight, _quotas(pool))


def _quotas(pool: Pool) -> np.ndarray:
    """Share of the cases that each depth fits."""
    return np.bincount(np.rint(pool.fit).astype(int), minlength=3) / len(pool.fit)


def _too_light(chances: np.ndarray, pool: Pool) -> np.ndarray:
    """P(the depth is too light), per case and depth."""
    return chances @ (np.array(fitting_depths(pool.kinds))[:, None] > np.arange(len(DEPTHS))[None, :])


def _mix(depth: np.ndarray) -> dict[str, float]:
    return dict(zip(map(str, DEPTHS), (np.bincount(depth, minlength=3) / len(depth)).tolist(), strict=True))

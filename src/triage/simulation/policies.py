"""Routing policies on common random numbers, at equal capacity in hours.

An arm says who gets which depth and in which order the waiting cases are served. All arms have the same weekly
hours: what history's way of working (everybody standard) needs at the average inflow, over the load.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from triage.simulation.arrivals import Arrivals, Inflow, Pool, draw_arrivals
from triage.simulation.history import hours_in_depth
from triage.simulation.policy_measures import Outcome, measured
from triage.simulation.predictors import FORCED, SELECTIVE, Advisor
from triage.simulation.queue import Rules, Work, work_off

LIGHT, STANDARD, HEAVY = 0, 1, 2
SAME, TODAY = "same", "today"


@dataclass(frozen=True)
class Procedure:
    """Weeks that a depth takes beside the work, and the hours lost by a depth that does not fit. Assumptions.

    preparation, tail : weeks before and after the work, for light, standard and heavy. reroute_weeks: for a case in
    too light a depth. phi_over, phi_under: share of hours lost per step too deep or too shallow.
    """

    term_weeks: int = 26
    preparation: tuple[int, int, int] = (3, 4, 8)
    tail: tuple[int, int, int] = (1, 1, 6)
    reroute_weeks: int = 3
    phi_over: float = 0.15
    phi_under: float = 0.25


@dataclass(frozen=True)
class Cell:
    """One setting of the factors: load (work over capacity), start stock in weeks of inflow, procedure, pools."""

    load: float = 1.0
    stock_weeks: int = 24
    procedure: Procedure = field(default_factory=Procedure)
    flexible: float = 0.2
    inflow: Inflow = field(default_factory=Inflow)
    weeks: int = 156


@dataclass(frozen=True)
class Arm:
    """A policy: A same route, A' today's tracks, B routing, C order, D routing and order."""

    letter: str
    predictor: str = ""
    routing: str = SAME
    priority: bool = False

    @property
    def name(self) -> str:
        """Letter, predictor and way of routing: what stands in tables."""
        way = [self.routing] if self.routing in (FORCED, SELECTIVE) else []
        return " ".join([self.letter, *([self.predictor] if self.predictor else []), *way])


def simulate(
    cell: Cell, arms: tuple[Arm, ...], pool: Pool, advisors: Mapping[str, Advisor], seed: int, replication: int
) -> dict[str, Outcome]:
    """One replication: the same arrivals through every arm. Outcomes by the name of the arm."""
    arrivals = draw_arrivals(pool, cell.inflow, cell.stock_weeks, cell.weeks, seed, replication)
    return {arm.name: run_arm(cell, arm, pool, advisors, arrivals) for arm in arms}


def run_arm(cell: Cell, arm: Arm, pool: Pool, advisors: Mapping[str, Advisor], arrivals: Arrivals) -> Outcome:
    """What becomes of the arrivals under one policy."""
    work = handled(cell.procedure, arm, pool, advisors, arrivals)
    rules = Rules(arm.priority, shares_by_depth(work), cell.flexible)
    run = work_off(work, capacity(cell, pool), cell.weeks, rules)
    return measured(work, run, pool, arrivals, cell.procedure.term_weeks, cell.weeks)


def capacity(cell: Cell, pool: Pool) -> float:
    """Hours a week, the same for every arm: the hours that average inflow takes in the standard depth, over load."""
    return cell.inflow.per_week * float(pool.hours.mean()) / cell.load


def handled(procedure: Procedure, arm: Arm, pool: Pool, advisors: Mapping[str, Advisor], arrivals: Arrivals) -> Work:
    """The arrivals with the depth, the weeks and the hours that the arm gives them.

    `pool.hours` are hours in the standard depth, since that is what history booked.
    """
    depth, expected, risk = _depths(arm, pool, advisors, arrivals)
    fit = pool.fit[arrivals.row]
    over, under = procedure.phi_over, procedure.phi_under
    preparation, tail = np.array(procedure.preparation)[depth], np.array(procedure.tail)[depth]
    return Work(
        arrived=arrivals.week,
        ready=arrivals.week + np.maximum(preparation, arrivals.delay),
        due=arrivals.week + procedure.term_weeks - tail - np.rint(procedure.reroute_weeks * risk).astype(int),
        tail=tail + procedure.reroute_weeks * (depth < fit),
        depth=depth,
        hours=hours_in_depth(pool.hours[arrivals.row], fit, depth, over, under, STANDARD),
        expected=expected,
        is_rerouted=depth < fit,
    )


def _depths(
    arm: Arm, pool: Pool, advisors: Mapping[str, Advisor], arrivals: Arrivals
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(depth, expected hours, chance that the depth is too light) of every arrival."""
    everybody = np.full(len(arrivals), STANDARD)
    if not arm.predictor:
        depth = pool.today[arrivals.row] if arm.routing == TODAY else everybody
        return depth, np.full(len(arrivals), float(pool.hours.mean())), np.zeros(len(arrivals))
    advisor = advisors[arm.predictor]
    keys = advisor.keys(arrivals, pool)
    depth = everybody if arm.routing == SAME else advisor.depths[arm.routing][keys]
    return depth, advisor.hours[keys, depth], advisor.too_light[keys, depth]


def shares_by_depth(work: Work) -> tuple[float, ...]:
    """Share of the expected hours per depth, of the cases in stock at the start: how specialists are divided."""
    stock = work.arrived < 0 if (work.arrived < 0).any() else np.ones(len(work.arrived), dtype=bool)
    hours = np.bincount(work.depth[stock], work.expected[stock], minlength=3)
    return tuple((hours / hours.sum()).tolist())

"""What a policy did to the cases: in time or not, how long, who waited, what it cost in hours."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from triage.simulation.arrivals import Arrivals, Pool
from triage.simulation.queue import Run, Work

FIRST_COHORT, LAST_COHORT = 26, 130


@dataclass(frozen=True)
class Outcome:
    """Figures of one run. Shares are 0 to 1, times in weeks, work in hours; lists follow the pool's names.

    Cohort figures are of cases that arrived in weeks 26 to 130 and whose term had expired at the end: before it the
    start decides, after it the end does. A case of the cohort that is still open counts as late.
    """

    within: float
    within_by_kind: np.ndarray
    within_by_group: np.ndarray
    ended: np.ndarray  # by weeks watched: cases of the cohort that were decided or seen last then
    ended_decided: np.ndarray  # those of them that were decided
    stock_hours: float  # work left at the end
    open_past_term: int
    oldest_weeks: int
    hours_per_case: float
    rerouted: float
    by_depth: np.ndarray
    hurried: float  # share of weeks in which cases that were late already had to wait
    arrived: int
    decided: int
    open: int
    weekly_within: np.ndarray  # by week of arrival, 0 to weeks - 1, whatever came of it before the end


def measured(work: Work, run: Run, pool: Pool, arrivals: Arrivals, term_weeks: int, weeks: int) -> Outcome:
    """All figures of a run; see Outcome."""
    decided_in = run.finished.astype(float) + work.tail
    is_decided, age = decided_in < weeks, weeks - work.arrived
    lead = np.where(is_decided, decided_in - work.arrived, age).astype(int)
    in_time, is_open = is_decided & (lead <= term_weeks), ~is_decided
    cohort = (work.arrived >= FIRST_COHORT) & (work.arrived <= min(LAST_COHORT, weeks - 1 - term_weeks))
    kind, group = pool.kind[arrivals.row], pool.group[arrivals.row]
    longest = int(age.max(initial=0)) + 1
    return Outcome(
        within=_mean(in_time[cohort]),
        within_by_kind=_shares(in_time[cohort], kind[cohort], len(pool.kinds)),
        within_by_group=_shares(in_time[cohort], group[cohort], len(pool.groups)),
        ended=np.bincount(lead[cohort], minlength=longest),
        ended_decided=np.bincount(lead[cohort & is_decided], minlength=longest),
        stock_hours=float(run.remaining.sum()),
        open_past_term=int((is_open & (age > term_weeks)).sum()),
        oldest_weeks=int(age[is_open].max(initial=0)),
        hours_per_case=_mean(work.hours[cohort]),
        rerouted=_mean(work.is_rerouted[cohort]),
        by_depth=np.bincount(work.depth[cohort], minlength=3) / max(cohort.sum(), 1),
        hurried=float(run.hurried.mean()),
        arrived=len(work.arrived),
        decided=int(is_decided.sum()),
        open=int(is_open.sum()),
        weekly_within=_weekly(in_time, work.arrived, weeks),
    )


def _mean(values: np.ndarray) -> float:
    """Mean; 0 of nothing."""
    return float(values.mean()) if len(values) else 0.0


def _shares(in_time: np.ndarray, label: np.ndarray, count: int) -> np.ndarray:
    """Share in time per label; 1 where nobody has the label, so that it never is the worst."""
    whole = np.bincount(label, minlength=count)
    return np.where(whole > 0, np.bincount(label, in_time, minlength=count) / np.maximum(whole, 1), 1.0)


def _weekly(in_time: np.ndarray, arrived: np.ndarray, weeks: int) -> np.ndarray:
    """Share in time by week of arrival; a week without arrivals repeats the one before."""
    counted = arrived >= 0
    whole = np.bincount(arrived[counted], minlength=weeks)
    share = np.bincount(arrived[counted], in_time[counted], minlength=weeks) / np.maximum(whole, 1)
    return share[np.maximum.accumulate(np.where(whole > 0, np.arange(weeks), 0))]


@dataclass(frozen=True)
class LeadTimes:
    """Weeks from arrival to decision of a cohort, open cases included. None: so many were not decided in time."""

    mean: float  # up to the longest time watched
    p90: float | None
    p99: float | None


def lead_times(outcomes: Sequence[Outcome]) -> LeadTimes:
    """Lead times of the cases of all replications together, by Kaplan and Meier."""
    ended, decided = (np.sum([getattr(o, name) for o in outcomes], axis=0) for name in ("ended", "ended_decided"))
    alive = kaplan_meier(ended, decided)
    return LeadTimes(float(alive[:-1].sum()), _reached(alive, 0.9), _reached(alive, 0.99))


def kaplan_meier(ended: np.ndarray, decided: np.ndarray) -> np.ndarray:
    """Share still open just after each whole week: the product over weeks of 1 - decided / at risk.

    ended : cases last watched in week 0, 1, 2 …; decided : those of them that were decided then; the others were
    open when watching ended (censored). Source: Kaplan and Meier, JASA 53 (1958).
    """
    at_risk = ended.sum() - np.concatenate([[0], np.cumsum(ended)[:-1]])
    return np.cumprod(1 - decided / np.maximum(at_risk, 1))


def _reached(alive: np.ndarray, share: float) -> float | None:
    """First week by which `share` is decided; None where watching ended before."""
    reached = np.flatnonzero(alive <= 1 - share + 1e-12)
    return float(reached[0]) if len(reached) else None

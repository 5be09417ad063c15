"""Cases that arrive week by week, drawn from a pool; one stream of random numbers per cause.

Every policy sees the same arrivals, hours, delays and classifier noise (common random numbers), so that a
difference between two policies is the policy's and not luck's.
"""

from dataclasses import dataclass

import numpy as np

from triage.domain.errors import TableError

CAUSES = ("arrivals", "cases", "delays", "scores")
MOST_STOCK_WEEKS = 60


@dataclass(frozen=True)
class Pool:
    """Made-up cases to draw from, row by row.

    Parameters
    ----------
    kind : (n,) index of the class of work by true hours; `kinds` names them, lightest first.
    fit : (n,) depth that fits the case: 0 light, 1 standard, 2 heavy; between two where there are more classes.
    hours : (n,) true handling hours in the standard depth, as history booked them.
    today : (n,) depth in which the case was handled in history.
    group, groups : (n,) index of a nationality group, and the names; for the guardrails only.
    """

    kind: np.ndarray
    kinds: tuple[str, ...]
    fit: np.ndarray
    hours: np.ndarray
    today: np.ndarray
    group: np.ndarray
    groups: tuple[str, ...]

    def __post_init__(self) -> None:
        if not len(self.hours):
            raise TableError("The pool of cases is empty. Take an earlier snapshot, or a larger world.")

    @property
    def shares(self) -> np.ndarray:
        """Share of each class of work."""
        return np.bincount(self.kind, minlength=len(self.kinds)) / len(self.kind)


@dataclass(frozen=True)
class Inflow:
    """How many cases arrive and what holds them up outside the service. All figures are assumptions.

    Weekly counts are Poisson around per_week * (1 + season * cos) * exp(AR(1) noise); noise of one week is
    `noise_memory` times that of the week before, and week `peak_week` stands at the top of the season. External delays
    are log-normal, in weeks, and cut at `delay_most_weeks`: then the case goes on without the third party.
    """

    per_week: float = 460.0
    season: float = 0.2
    peak_week: int = 27
    noise_sd: float = 0.08
    noise_memory: float = 0.9
    delay_median_weeks: float = 3.0
    delay_log_sd: float = 1.05
    delay_most_weeks: int = 52


@dataclass(frozen=True)
class Arrivals:
    """One replication: a row per case, in order of arrival. Weeks before 0 are the start stock."""

    week: np.ndarray
    row: np.ndarray  # in the pool
    delay: np.ndarray  # whole weeks that a third party takes
    noise: np.ndarray  # of a classifier, standard normal

    def __len__(self) -> int:
        return len(self.week)


def stream(seed: int, replication: int, cause: str) -> np.random.Generator:
    """The random numbers of one cause in one replication."""
    return np.random.default_rng([seed, replication, CAUSES.index(cause)])


def draw_arrivals(pool: Pool, inflow: Inflow, stock_weeks: int, weeks: int, seed: int, replication: int) -> Arrivals:
    """Arrivals of weeks -stock_weeks to weeks - 1.

    Another start stock cuts the same arrivals elsewhere, so that stocks too are compared on common numbers.
    Raises TableError for a stock of more than 60 weeks.
    """
    if not 0 <= stock_weeks <= MOST_STOCK_WEEKS:
        raise TableError(f"A start stock of {stock_weeks} weeks was asked; give 0 to {MOST_STOCK_WEEKS}.")
    counts = _weekly_counts(inflow, MOST_STOCK_WEEKS + weeks, stream(seed, replication, "arrivals"))
    week = np.repeat(np.arange(-MOST_STOCK_WEEKS, weeks), counts)
    row = stream(seed, replication, "cases").integers(0, len(pool.hours), len(week))
    normal = stream(seed, replication, "delays").standard_normal(len(week))
    weeks_away = inflow.delay_median_weeks * np.exp(inflow.delay_log_sd * normal)
    delay = np.ceil(np.minimum(weeks_away, inflow.delay_most_weeks)).astype(int)
    noise = stream(seed, replication, "scores").standard_normal(len(week))
    kept = week >= -stock_weeks
    return Arrivals(week[kept], row[kept], delay[kept], noise[kept])


def _weekly_counts(inflow: Inflow, weeks: int, random: np.random.Generator) -> np.ndarray:
    shocks = random.standard_normal(weeks) * inflow.noise_sd
    shocks[1:] *= np.sqrt(1 - inflow.noise_memory**2)
    noise = np.empty(weeks)
    noise[0] = shocks[0]
    for t in range(1, weeks):
        noise[t] = inflow.noise_memory * noise[t - 1] + shocks[t]
    season = 1 + inflow.season * np.cos(2 * np.pi * (np.arange(weeks) - MOST_STOCK_WEEKS - inflow.peak_week) / 52)
    return random.poisson(inflow.per_week * season * np.exp(noise - inflow.noise_sd**2 / 2))

"""Differences between policies on paired replications: intervals, and no more certainty than many looks allow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

PRECISE_POINTS, MOST_REPLICATIONS, BATCH = 0.5, 200, 10


@dataclass(frozen=True)
class Difference:
    """A mean of paired differences with its 95 % t interval and two-sided p."""

    mean: float
    low: float
    high: float
    p: float

    @property
    def half_width(self) -> float:
        """Half of the interval."""
        return (self.high - self.low) / 2


def paired(one: Sequence[float], other: Sequence[float]) -> Difference:
    """Mean of one - other over replications. With equal differences the interval has no width.

    Raises ValueError for fewer than two replications: they have no spread.
    """
    differences = np.asarray(one, dtype=float) - np.asarray(other, dtype=float)
    if len(differences) < 2:
        raise ValueError("A paired interval needs two replications or more.")
    mean, error = float(differences.mean()), float(differences.std(ddof=1) / np.sqrt(len(differences)))
    if error < 1e-12:
        return Difference(mean, mean, mean, 1.0 if abs(mean) < 1e-12 else 0.0)
    half = float(stats.t.ppf(0.975, len(differences) - 1)) * error
    p = 2 * float(stats.t.sf(abs(mean) / error, len(differences) - 1))
    return Difference(mean, mean - half, mean + half, p)


def holm(ps: Sequence[float]) -> list[float]:
    """Adjusted p values in the order given: below .05 holds for all of them together at 5 %.

    Source: Holm, Scandinavian Journal of Statistics 6 (1979).
    """
    order = np.argsort(ps, kind="stable")
    steps = np.array(ps, dtype=float)[order] * (len(ps) - np.arange(len(ps)))
    adjusted = np.empty(len(ps))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted.tolist()


def is_precise(difference: Difference) -> bool:
    """Whether a difference in percentage points is known to half a point: then more replications tell nothing new."""
    return difference.half_width <= PRECISE_POINTS

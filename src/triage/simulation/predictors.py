"""Classifiers whose quality is known: a score that is normal around the class of work, at a chosen AUC.

The score of a case is slope * class + noise. Everything that follows from a score (class chances, and through them
advice) is tabled on a grid of scores once, and read off per case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import root_scalar
from scipy.special import ndtr

from triage.domain.errors import TableError
from triage.simulation.arrivals import Arrivals, Pool

STEP, HALF = 0.05, 400  # scores from -20 to 20
GRID = STEP * np.arange(-HALF, HALF + 1)
MOST_SLOPE = 8.0
FORCED, SELECTIVE = "forced", "selective"


@dataclass(frozen=True)
class Advisor:
    """What a predictor advises, per key: a row of the pool, or a cell of the grid of scores.

    `depths` holds the advised depth (keys,) per way of advising: forced or selective. `hours` (keys, 3) is the work
    that it expects in each depth, `too_light` (keys, 3) the chance that a depth is too light. `slope` is None where the
    keys are rows of the pool.
    """

    name: str
    depths: Mapping[str, np.ndarray]
    hours: np.ndarray
    too_light: np.ndarray
    slope: float | None = None

    def keys(self, arrivals: Arrivals, pool: Pool) -> np.ndarray:
        """The key of every arrival."""
        if self.slope is None:
            return arrivals.row
        score = self.slope * pool.kind[arrivals.row] + arrivals.noise
        return np.clip(np.rint(score / STEP).astype(int) + HALF, 0, 2 * HALF)


def auc(shares: np.ndarray, slope: float) -> float:
    """P(score of a heavier case > score of a lighter one), over pairs of cases of different classes."""
    kinds = np.arange(len(shares))
    apart = kinds[None, :] - kinds[:, None]
    pairs = np.outer(shares, shares) * (apart > 0)
    return float((pairs * ndtr(slope * apart / np.sqrt(2))).sum() / pairs.sum())


@cache
def _slope(shares: tuple[float, ...], wanted: float) -> float:
    found = root_scalar(lambda slope: auc(np.array(shares), slope) - wanted, bracket=(0.0, MOST_SLOPE))
    return float(found.root)


def slope_for_auc(shares: np.ndarray, wanted: float) -> float:
    """Distance between neighbouring classes, in standard deviations of the noise, that gives an AUC.

    Raises TableError below .5 or above .999.
    """
    if not 0.5 <= wanted <= 0.999:
        raise TableError(f"An AUC of {wanted} was asked; give one from 0.5 to 0.999.")
    return 0.0 if wanted == 0.5 else _slope(tuple(map(float, shares)), wanted)


def chances_on_grid(shares: np.ndarray, slope: float) -> np.ndarray:
    """P(class | score) for every cell of the grid, shape (cells, classes): a calibrated classifier."""
    log = np.log(np.maximum(shares, 1e-12)) - 0.5 * (GRID[:, None] - slope * np.arange(len(shares))) ** 2
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)


def weight_on_grid(shares: np.ndarray, slope: float) -> np.ndarray:
    """Share of all cases per cell of the grid."""
    density = np.exp(-0.5 * (GRID[:, None] - slope * np.arange(len(shares))) ** 2) @ shares
    return density / density.sum()


def forced_depths(score: np.ndarray, weight: np.ndarray, quotas: np.ndarray) -> np.ndarray:
    """Everybody to a depth by rank of the score: the lowest quotas[0] light, the highest quotas[2] heavy.

    score, weight : (keys,); quotas : shares of light, standard, heavy. No "not sure", no cost: the naive use.
    """
    order = np.argsort(score, kind="stable")
    middle = np.empty(len(score))
    middle[order] = np.cumsum(weight[order]) - weight[order] / 2
    return np.searchsorted(np.cumsum(quotas)[:2], middle / weight.sum(), side="right")

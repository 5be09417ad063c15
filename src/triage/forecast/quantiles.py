"""Quantile levels of the protocol, and draws read off quantiles."""

import numpy as np
from scipy.stats import norm

LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
NAMES = ("q05", "q10", "q25", "q50", "q75", "q90", "q95")


def quantiles_of(paths: np.ndarray) -> np.ndarray:
    """The seven quantiles over the paths (first axis), sorted, clipped at 0; the levels come last."""
    return np.maximum(np.moveaxis(np.quantile(paths, LEVELS, axis=0), 0, -1), 0)


def draws_of(quantiles: np.ndarray, draws: int) -> np.ndarray:
    """`draws` values that ascend along the first axis, read off seven quantiles (7 x series x horizon).

    Levels (k + .5) / draws, linear in the normal score, and linear beyond the ends.
    """
    values = np.sort(quantiles, axis=0)
    score, knots = norm.ppf((np.arange(draws) + 0.5) / draws), norm.ppf(LEVELS)
    left = np.clip(np.searchsorted(knots, score) - 1, 0, len(knots) - 2)
    share = ((score - knots[left]) / (knots[left + 1] - knots[left]))[:, None, None]
    return values[left] + share * (values[left + 1] - values[left])

"""Quantile levels of the protocol, and the way back from quantiles to joint paths (Schaake shuffle)."""

import numpy as np
from scipy.stats import norm

LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
NAMES = ("q05", "q10", "q25", "q50", "q75", "q90", "q95")
LARGEST_LOG_TAIL = 2.5  # beyond the outer quantile, in logs


def quantiles_of(paths: np.ndarray) -> np.ndarray:
    """The seven quantiles over the paths (first axis), sorted, clipped at 0; the levels come last."""
    return np.maximum(np.moveaxis(np.quantile(paths, LEVELS, axis=0), 0, -1), 0)


def paths_from_quantiles(logs: np.ndarray, template: np.ndarray, offset: float) -> np.ndarray:
    """Joint paths whose quantiles are `logs` and whose ranks are those of `template`.

    Levels (k + .5) / S are read off the seven quantiles, linear in the normal score and linear beyond the
    ends; each series and horizon is then put in the order of the template, which holds what goes together.

    Parameters
    ----------
    logs : 7 x series x horizon, log(y + offset).
    template : paths x series x horizon.

    Returns
    -------
    paths x series x horizon (persons), zero or more.
    """
    draws = template.shape[0]
    sorted_logs = np.sort(logs, axis=0)
    values = _read_off(sorted_logs, (np.arange(draws) + 0.5) / draws)
    values = np.minimum(values, sorted_logs[-1] + LARGEST_LOG_TAIL)
    ranks = template.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    return np.maximum(np.exp(np.take_along_axis(values, ranks, axis=0)) - offset, 0)


def _read_off(logs: np.ndarray, levels: np.ndarray) -> np.ndarray:
    score, knots = norm.ppf(levels), norm.ppf(LEVELS)
    left = np.clip(np.searchsorted(knots, score) - 1, 0, len(knots) - 2)
    share = ((score - knots[left]) / (knots[left + 1] - knots[left]))[:, None, None]
    return logs[left] + share * (logs[left + 1] - logs[left])

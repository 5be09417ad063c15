"""Nationalities and routes add up to the total, on every path, while the total keeps its own distribution.

Summing joint paths of the parts gives too narrow a total, and projecting them (WLS, MinT) does the same.
Pairing by rank and scaling is exactly coherent and leaves the total as calibrated as its own forecast.
"""

import numpy as np

SMALLEST = 1e-6


def reconcile(paths: np.ndarray) -> np.ndarray:
    """Coherent paths: paths x series x horizon in, the same shape out, the total in the last series (persons).

    Total paths and sums of parts are ranked by their sum over the horizon and paired by rank; every part is
    multiplied month by month by T_h / B_h. On each draw the total is then the sum of its parts.
    """
    bottom, total = paths[:, :-1], paths[:, -1]
    sums = bottom.sum(axis=1)
    order = np.argsort(sums.sum(axis=1), kind="stable")
    paired = np.empty_like(total)
    paired[order] = total[np.argsort(total.sum(axis=1), kind="stable")]
    is_empty = sums < SMALLEST
    scaled = bottom * np.where(is_empty, 0, paired / np.maximum(sums, SMALLEST))[:, None]
    # Parts that are all zero cannot be scaled up to a positive total: they share it as on the other paths.
    scaled += np.where(is_empty, paired, 0)[:, None] * _shares(bottom)
    return np.concatenate([scaled, scaled.sum(axis=1, keepdims=True)], axis=1)


def _shares(bottom: np.ndarray) -> np.ndarray:
    """Mean share of each part per month, over all paths; equal where all are zero: series x horizon."""
    means = bottom.mean(axis=0)
    whole = means.sum(axis=0)
    return np.where(whole > 0, means / np.where(whole > 0, whole, 1), 1 / len(means))

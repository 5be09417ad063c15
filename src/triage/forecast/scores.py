"""How good a forecast was: the frozen public protocol.

Arrays: `q` origins x horizon x series x 7 (persons, levels LEVELS), `y` origins x horizon x series, not a number
where the outcome is not known yet; such cells are left out of every mean. e = y - median.
"""

from dataclasses import dataclass

import numpy as np

from triage.forecast.quantiles import LEVELS

MEDIAN = 3
#: alpha -> (place of the lower, place of the upper quantile) in LEVELS.
BANDS = {0.5: (2, 4), 0.2: (1, 5), 0.1: (0, 6)}

DEFINITIONS = {
    "rel_wis": "Weighted interval score over that of seasonal naive, per series; geometric mean over a group. "
    "Below 1 is better than seasonal naive.",
    "wis": "Weighted interval score: half the absolute error and the interval scores at 50, 80 and 90 %, weighted "
    "(persons).",
    "rwis": "Sum of WIS over the sum of outcomes.",
    "swis": "Mean of WIS over the mean seasonal change of the training window.",
    "wape": "Sum of absolute errors of the median over the sum of outcomes.",
    "mase": "Mean absolute error over the mean seasonal change of the training window.",
    "rmsse": "Root mean squared error over the root mean squared seasonal change, mean over origins and series.",
    "bias": "Sum of (median - outcome) over the sum of outcomes; positive is too high.",
    "pinball": "Mean pinball loss over the seven levels, over the mean seasonal change.",
    "coverage_50": "Share of outcomes inside the 50 % band.",
    "coverage_80": "Share of outcomes inside the 80 % band.",
    "coverage_90": "Share of outcomes inside the 90 % band.",
    "width_90": "Sum of the widths of the 90 % band over the sum of outcomes.",
    "sum_rel_wis": "As rel_wis, for the sum over the first year ahead; empty where the horizon is shorter than a year.",
    "sum_coverage_50": "Share of yearly sums inside their 50 % band; only sums of which every month is known.",
    "sum_coverage_80": "Share of yearly sums inside their 80 % band.",
    "sum_coverage_90": "Share of yearly sums inside their 90 % band.",
    "es": "Energy score of the joint months of a path, over the mean seasonal change; origins with all outcomes known.",
    "seconds": "Seconds per series and origin; they depend on the machine.",
}


@dataclass(frozen=True)
class Scale:
    """Seasonal change of the training window per origin and series (persons, at least 1): mean, root mean square."""

    mean: np.ndarray
    square: np.ndarray


def scale_of(values: np.ndarray, m: int) -> Scale:
    """s = max(mean D, 1), s2 = max(sqrt(mean D^2), 1) with D = |y_t - y_(t-m)|, for one training window T x n."""
    change = np.abs(values[m:] - values[:-m])
    return Scale(np.maximum(change.mean(axis=0), 1), np.maximum(np.sqrt((change**2).mean(axis=0)), 1))


def wis(q: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weighted interval score per cell: (|y - median| / 2 + sum of alpha / 2 * IS_alpha) / 3.5, in persons."""
    total = np.abs(y - q[..., MEDIAN]) / 2
    for alpha, (low, high) in BANDS.items():
        lower, upper = q[..., low], q[..., high]
        missed = np.maximum(lower - y, 0) + np.maximum(y - upper, 0)
        total = total + alpha / 2 * (upper - lower + 2 / alpha * missed)
    return total / 3.5


def pinball(q: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Mean over the levels of max(a (y - q_a), (a - 1)(y - q_a)) per cell, in persons."""
    above = y[..., None] - q
    return np.maximum(LEVELS * above, (LEVELS - 1) * above).mean(axis=-1)


def coverage(q: np.ndarray, y: np.ndarray, alpha: float) -> float:
    """Share of known outcomes within the band of 1 - alpha, its ends included."""
    known = ~np.isnan(y)
    low, high = BANDS[alpha]
    inside = (q[..., low] <= y) & (y <= q[..., high])
    return float(inside[known].mean()) if known.any() else float("nan")


def energy_score(paths: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Per series: mean over paths of rms_h(x - y), minus half the mean of rms_h over pairs of paths (persons).

    `paths` paths x series x horizon, `y` horizon x series. A path is scored whole: not a number where one of its
    months is not known yet, since a part of a path has another typical error than the whole.
    """
    if np.isnan(y).any(axis=0).all():
        return np.full(y.shape[1], np.nan)  # nothing to score: spare the work
    even = paths[: len(paths) // 2 * 2 : 2]
    return _rms(paths - y.T).mean(axis=0) - _rms(even - paths[1::2]).mean(axis=0) / 2


def known_mean(x: np.ndarray, axis: int | tuple[int, ...] | None = None) -> np.ndarray:
    """Mean of what is known along `axis`; not a number where nothing is."""
    known = ~np.isnan(x)
    count = known.sum(axis=axis)
    total = np.where(known, x, 0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _rms(x: np.ndarray) -> np.ndarray:
    return np.sqrt((x**2).mean(axis=-1))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")


def _geometric(ratios: np.ndarray) -> float:
    usable = ratios[np.isfinite(ratios) & (ratios > 0)]
    return float(np.exp(np.log(usable).mean())) if len(usable) else float("nan")


def relative_wis(q: np.ndarray, reference: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Per series: mean WIS over all origins and horizons, over the same mean of the reference."""
    axes = tuple(range(y.ndim - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return known_mean(wis(q, y), axis=axes) / known_mean(wis(reference, y), axis=axes)


def group_scores(q: np.ndarray, reference: np.ndarray, y: np.ndarray, scale: Scale) -> dict[str, float]:
    """All measures of one group of series (bottom, total or one series); see DEFINITIONS."""
    score, error = wis(q, y), y - q[..., MEDIAN]
    s, s2 = scale.mean[:, None], scale.square
    known = ~np.isnan(y)
    outcome = float(y[known].sum())
    squared = known_mean(error**2, axis=1)
    return {
        "rel_wis": _geometric(relative_wis(q, reference, y)),
        "wis": float(known_mean(score)),
        "rwis": _ratio(np.nansum(score), outcome),
        "swis": float(known_mean(score / s)),
        "wape": _ratio(np.nansum(np.abs(error)), outcome),
        "mase": float(known_mean(np.abs(error) / s)),
        "rmsse": float(known_mean(np.sqrt(squared) / s2)),
        "bias": -float(np.nansum(error)) / outcome if outcome > 0 else float("nan"),
        "pinball": float(known_mean(pinball(q, y) / s)),
        **{f"coverage_{100 - round(100 * a)}": coverage(q, y, a) for a in BANDS},
        "width_90": _ratio(float((q[..., 6] - q[..., 0])[known].sum()), outcome),
    }


def sum_scores(q: np.ndarray, reference: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Measures of the yearly sum of one group: `q` origins x series x 7, `y` origins x series."""
    if np.isnan(y).all():
        return {name: float("nan") for name in ("sum_rel_wis", "sum_coverage_50", "sum_coverage_80", "sum_coverage_90")}
    covered = {f"sum_coverage_{100 - round(100 * a)}": coverage(q, y, a) for a in BANDS}
    return {"sum_rel_wis": _geometric(relative_wis(q, reference, y)), **covered}


def scaled_difference(q: np.ndarray, reference: np.ndarray, y: np.ndarray, scale: Scale) -> np.ndarray:
    """d per origin: mean over series and horizons of sWIS of the model minus that of the reference."""
    return known_mean((wis(q, y) - wis(reference, y)) / scale.mean[:, None], axis=(1, 2))


def diebold_mariano(d: np.ndarray) -> float:
    """mean(d) / sqrt(v / n) with v = g_0 + 2 sum_(l=1..3) (1 - l/4) g_l; below -2 is better than chance."""
    n = len(d)
    centred = d - d.mean()
    g = [float(centred[lag:] @ centred[: n - lag]) / n for lag in range(min(4, n))]
    v = g[0] + 2 * sum((1 - lag / 4) * g[lag] for lag in range(1, len(g)))
    return float(d.mean() / np.sqrt(v / n)) if v > 0 else float("nan")


def block_interval(d: np.ndarray, block: int = 4, draws: int = 2000, seed: int = 7) -> tuple[float, float]:
    """95 % interval of mean(d) by a moving-block bootstrap over origins."""
    n = len(d)
    block = min(block, n)
    starts = np.random.default_rng(seed).integers(0, n - block + 1, size=(draws, int(np.ceil(n / block))))
    means = d[(starts[:, :, None] + np.arange(block)).reshape(draws, -1)[:, :n]].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)

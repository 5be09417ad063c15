"""The plain members of the path models: point forecasts at many past origins at once.

Notation: z is T x n on the scale of transform.py (T periods, n series, the total is one of them); m periods a year;
an origin is a number of visible periods L, only z[:L] enters its forecast. `lengths` (S origins) ascend. Every
member returns S x H x n.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from triage.forecast.ridge import ridge_forecasts

ALPHAS = np.array([0.2, 0.35, 0.5, 0.7, 0.9])
TREND_STEPS = np.array([0.05, 0.15, 0.3])
DAMPING = 0.85  # of a trend, per period
DISCOUNT = 0.98  # of a one-step error, per period


@dataclass(frozen=True)
class Past:
    """What all members look at: history, origins, season length and horizon."""

    z: np.ndarray
    lengths: np.ndarray
    m: int
    horizon: int

    @cached_property
    def seasons(self) -> np.ndarray:
        """Seasonal pattern at every origin, by position counted from its end: S x m x n."""
        return np.stack([season(self.z[:length], self.m) for length in self.lengths])

    @cached_property
    def ahead(self) -> np.ndarray:
        """The season of each step ahead: S x H x n."""
        return self.seasons[:, np.arange(self.horizon) % self.m]  # position of step h is (h - 1) mod m

    def without_season(self, k: int, on: slice) -> np.ndarray:
        """z[k] less the season that each origin of `on` knows: origins x n."""
        seen = self.lengths[on]
        return self.z[k] - self.seasons[on][np.arange(len(seen)), (k - seen) % self.m]


def season(z: np.ndarray, m: int) -> np.ndarray:
    """Seasonal pattern by position counted from the end of `z` (T x n): m x n, centred on zero.

    Per position the median over the years, shrunk to the pooled pattern: w = v / (v + noise), where v is the
    variance of the pattern beyond what noise explains. Zero with less than three full years.
    """
    k = len(z) // m
    if k < 3:
        return np.zeros((m, z.shape[1]))
    years = z[len(z) - k * m :].reshape(k, m, -1)
    years = years - years.mean(axis=1, keepdims=True)
    middle = np.median(years, axis=0)
    noise = np.mean((1.48 * np.median(np.abs(years - middle), axis=0)) ** 2 / k, axis=0)
    extra = np.maximum(middle.var(axis=0) - noise, 0)
    w = extra / np.maximum(extra + noise, 1e-12)
    shape = w * middle + (1 - w) / 2 * middle.mean(axis=1, keepdims=True)
    return shape - shape.mean(axis=0)


def smoothed(past: Past) -> np.ndarray:
    """Simple exponential smoothing of z less its season, plus the season: S x H x n.

    Starts at the mean of the first three; alpha per series and origin by one-step absolute error, discounted
    .98 a period.
    """
    level = np.repeat(_first_level(past), len(ALPHAS), axis=1)
    loss = np.zeros_like(level)
    for k in range(3, int(past.lengths[-1])):
        on = _running(past, k)
        error = past.without_season(k, on)[:, None, :] - level[on]
        loss[on] = DISCOUNT * loss[on] + np.abs(error)
        level[on] += ALPHAS[:, None] * error
    return _of_best(level, loss)[:, None] + past.ahead


def last_value(past: Past) -> np.ndarray:
    """z at the origin, without a season: S x H x n."""
    return np.repeat(past.z[past.lengths - 1][:, None], past.horizon, axis=1)


def mean_of_year(past: Past) -> np.ndarray:
    """Mean of the last year plus the season: the pull back to the mean. S x H x n."""
    years = [past.z[max(length - past.m, 0) : length].mean(axis=0) for length in past.lengths]
    return np.stack(years)[:, None] + past.ahead


def damped_trend(past: Past) -> np.ndarray:
    """Damped trend (phi .85) on z less its season: S x H x n; alpha and beta by discounted one-step error."""
    alphas = np.repeat(ALPHAS, len(TREND_STEPS))[:, None]
    betas = np.tile(TREND_STEPS, len(ALPHAS))[:, None]
    level = np.repeat(_first_level(past), len(alphas), axis=1)
    trend, loss = np.zeros_like(level), np.zeros_like(level)
    for k in range(3, int(past.lengths[-1])):
        on = _running(past, k)
        expected = level[on] + DAMPING * trend[on]
        error = past.without_season(k, on)[:, None, :] - expected
        loss[on] = DISCOUNT * loss[on] + np.abs(error)
        level[on] = expected + alphas * error
        trend[on] = DAMPING * trend[on] + alphas * betas * error
    reach = np.cumsum(DAMPING ** np.arange(1, past.horizon + 1))[:, None]
    return _of_best(level, loss)[:, None] + reach * _of_best(trend, loss)[:, None] + past.ahead


def ridge(past: Past) -> np.ndarray:
    """Pooled direct ridge over all series and earlier origins: S x H x n."""
    return ridge_forecasts(past.z, past.lengths, past.m, past.horizon)


def _first_level(past: Past) -> np.ndarray:
    """Mean of the first three values less their season: S x 1 x n."""
    every = slice(None)
    return np.mean([past.without_season(k, every) for k in range(3)], axis=0)[:, None, :]


def _running(past: Past, k: int) -> slice:
    """Origins that see period k: lengths ascend, so they are the last ones."""
    return slice(int(np.searchsorted(past.lengths, k, side="right")), None)


def _of_best(values: np.ndarray, loss: np.ndarray) -> np.ndarray:
    """The values of the setting with the least loss, per origin and series: S x n."""
    return np.take_along_axis(values, loss.argmin(axis=1)[:, None, :], axis=1)[:, 0]


FAST = (smoothed, last_value, mean_of_year)
ENSEMBLE = (smoothed, mean_of_year, damped_trend, ridge)


def equal_mean(members: Sequence[Callable[[Past], np.ndarray]], past: Past) -> np.ndarray:
    """Equal mean of members: S x H x n. Weights learned from 100 months would be noise."""
    return np.mean([member(past) for member in members], axis=0)

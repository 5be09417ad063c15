"""Nareis as an echo of earlier grants: expected entries = ratio per nationality x lagged drivers, lags pooled.

    nareis_(i,t) = r_i * sum_k w_k * driver_(i,t-k),   w in five free groups of lags over 6 to 36 months, w >= 0

The driver should be grants per month and nationality. These are not public; the first applications of the same
nationalities stand in, so that w and r hold the grant rate too. Whoever has a table of grants gives that as driver.
The model is not in MODELS: it needs a driver, and on the public series it does not pass the ablation gate.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from triage.domain.errors import ForecastError
from triage.forecast.archive import archive_of
from triage.forecast.members import Past
from triage.forecast.series import Panel, check_horizon, check_length

LAGS = ((6, 11), (12, 17), (18, 23), (24, 29), (30, 36))  # months, both ends inside
LONGEST = LAGS[-1][1]
FEWEST_ROWS = 6  # months with all lags known, before the lags are learned
ROUNDS = 4  # of weights and ratios in turn
DISCOUNT = 0.98  # of a month's squared error, per month
SHRINKAGE = 3  # months in which a nationality is taken to follow the pooled ratio
ANCHOR = 0.9  # what a month leaves of the gap between the last quarter and what the lags say


@dataclass(frozen=True)
class LagModel:
    """`drivers` are persons (or grants) per month for the same series; `capacity` caps entries a month (persons).

    What stands above the capacity waits and comes in later months. As a Model: `fit`, then `sample`.
    """

    drivers: Panel
    capacity: float | None = None

    def fit(self, panel: Panel) -> "FittedLag":
        """Align the drivers and forget what came after the panel's last month. Raises ForecastError."""
        if panel.season != 12 or self.drivers.season != 12:
            raise ForecastError("The lag model knows months only. Give monthly series and drivers.")
        if panel.names != self.drivers.names:
            raise ForecastError("The drivers need the same series as the panel. Give one driver per nationality.")
        end = self.drivers.length_at(panel.periods[-1])
        start = panel.first - self.drivers.first
        if start < 0:
            raise ForecastError(f"The drivers start after {panel.periods[0]}. Give them from that month or earlier.")
        return FittedLag(check_length(panel), self.drivers.values[:end], start, self.capacity)


@dataclass(frozen=True)
class FittedLag:
    """The history, and drivers (rows x n) of which row `start` is the panel's first month."""

    panel: Panel
    drivers: np.ndarray
    start: int
    capacity: float | None

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint paths x n x horizon (persons); the errors are those that the same model made at past origins."""
        power = self.panel.power
        archive = archive_of(power.forward(self.panel.values), 12, check_horizon(horizon), self._forecasts)
        return power.back(archive.sample(horizon, paths, rng))

    def _forecasts(self, past: Past) -> np.ndarray:
        """S x H x n on the scale of the errors; the last value while too little is known to learn lags."""
        found = [self.expected(int(length), past.horizon) for length in past.lengths]
        return self.panel.power.forward(np.stack(found))

    def expected(self, length: int, horizon: int) -> np.ndarray:
        """Persons expected after `length` months: horizon x n. Nothing after that month enters."""
        y = self.panel.values[:length]
        seen = self.drivers[: self.start + length]
        x = lagged(np.vstack([seen, np.tile(seen[-12:].mean(axis=0), (horizon, 1))]))[self.start :]
        known = ~np.isnan(x[:length]).any(axis=(1, 2))
        if known.sum() < FEWEST_ROWS:
            return np.tile(y[-1], (horizon, 1))
        weights, ratios = lag_weights(x[:length][known], y[known])
        said = np.maximum(x[length - 3 :] @ weights * ratios, 0)
        gap = np.log((y[-3:].mean(axis=0) + 1) / (np.nanmean(said[:3], axis=0) + 1))
        anchored = (said[3:] + 1) * np.exp(gap * ANCHOR ** np.arange(1, horizon + 1)[:, None]) - 1
        return _within(np.maximum(anchored, 0), self.capacity)


def lagged(drivers: np.ndarray) -> np.ndarray:
    """Mean driver of each group of lags: T x n in, T x n x 5 out, not a number where a lag lies before the data."""
    T, n = drivers.shape
    out = np.full((T, n, len(LAGS)), np.nan)
    sums = np.vstack([np.zeros(n), np.cumsum(drivers, axis=0)])
    for g, (low, high) in enumerate(LAGS):
        t = np.arange(high, T)
        out[t, :, g] = (sums[t - low + 1] - sums[t - high]) / (high - low + 1)
    return out


def lag_weights(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (5, zero or more, pooled) and ratios (n) from lagged drivers T x n x 5 and entries T x n.

    Each series counts by its own size, later months more; ratios are shrunk to one for all.
    """
    size = y.mean(axis=0) + 5
    recent = np.sqrt(DISCOUNT ** np.arange(len(y))[::-1])[:, None]
    ratios = np.ones(y.shape[1])
    weights = np.zeros(x.shape[2])
    for _ in range(ROUNDS):
        rows = x * (ratios / size * recent)[:, :, None]
        weights = nnls(rows.reshape(-1, x.shape[2]), (y / size * recent).ravel())[0]
        echo = (x @ weights).sum(axis=0)
        borrowed = SHRINKAGE * echo / len(y) + 1
        ratios = (y.sum(axis=0) + borrowed) / (echo + borrowed)
    return weights, ratios


def _within(persons: np.ndarray, capacity: float | None) -> np.ndarray:
    """Entries of horizon x n under a cap on the sum of the parts; who cannot come in waits. The total is last."""
    if capacity is None:
        return persons
    out, waiting = np.empty_like(persons), np.zeros(persons.shape[1])
    for h, new in enumerate(persons):
        asked = new + waiting
        parts = asked[:-1].sum()
        share = np.append(np.full(len(new) - 1, min(1, capacity / max(parts, 1e-9))), 0)
        share[-1] = min(1, capacity / max(asked[-1], 1e-9))
        out[h] = asked * share
        waiting = asked - out[h]
    return out

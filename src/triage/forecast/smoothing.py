"""Exponential smoothing of statsmodels on logs, with joint paths."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from triage.forecast.archive import CAP
from triage.forecast.series import Panel, check_horizon, check_length

FORMS = ((None, None), ("add", None), (None, "add"), ("add", "add"))  # (damped trend, season)
LONGEST_SEASON = 24  # more seasonal states than that cannot be told from noise


@dataclass(frozen=True)
class Ets:
    """Exponential smoothing of statsmodels on log(y + c): the best of four forms by AICc, joint normal errors."""

    def fit(self, panel: Panel) -> "FittedEts":
        """Four forms per series; the best by AICc."""
        z, m = check_length(panel).logs, panel.season
        fits = tuple(_best(z[:, i], m) for i in range(z.shape[1]))
        return FittedEts(fits, _root(np.column_stack([f.resid for f in fits])), z, panel.offset)


@dataclass(frozen=True)
class FittedEts:
    """Fits per series, the root of their shrunk error correlation, history in logs and the log offset."""

    fits: tuple[Any, ...]
    root: np.ndarray
    logs: np.ndarray
    offset: float

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Paths by `simulate`, its errors drawn at the same dates for all series; capped so that none explodes."""
        noise = rng.standard_normal((check_horizon(horizon), paths, len(self.fits))) @ self.root.T
        out = np.stack([_simulated(f, noise[:, :, i]) for i, f in enumerate(self.fits)], axis=1)
        ceiling = self.logs.max(axis=0)[:, None] + CAP
        return np.maximum(np.exp(np.clip(out, None, ceiling)) - self.offset, 0)


def _best(z: np.ndarray, m: int) -> Any:
    """The fit of least AICc. A constant series has no likelihood, so it gets a trace of noise."""
    if np.ptp(z) < 1e-9:
        z = z + 1e-4 * np.cos(np.arange(len(z)) * 2.4)
    forms = [f for f in FORMS if f[1] is None or (len(z) >= 2 * m + 2 and 1 < m <= LONGEST_SEASON)]
    fits = [_fit(z, trend, season, m) for trend, season in forms]
    usable = [f for f in fits if np.isfinite(f.aicc)]
    return min(usable or fits, key=lambda f: f.aicc)


def _fit(z: np.ndarray, trend: str | None, season: str | None, m: int) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence: a poor form loses on AICc
        model = ETSModel(
            z, error="add", trend=trend, damped_trend=trend is not None, seasonal=season, seasonal_periods=m
        )
        return model.fit(disp=False, maxiter=200)


def _root(residuals: np.ndarray) -> np.ndarray:
    """Cholesky root of the error correlation, halfway to independence: n x n from T residuals is noisy."""
    spread = residuals.std(axis=0)
    scaled = (residuals - residuals.mean(axis=0)) / np.maximum(spread, 1e-9)
    correlation = scaled.T @ scaled / len(scaled)
    mixed = correlation / 2
    np.fill_diagonal(mixed, 1)
    return np.linalg.cholesky(mixed)


def _simulated(fit: Any, noise: np.ndarray) -> np.ndarray:
    """paths x horizon in logs, from standard normal `noise` (horizon x paths)."""
    sigma = np.sqrt(fit.scale) if np.isfinite(fit.scale) else 0.0
    drawn = fit.simulate(len(noise), anchor="end", repetitions=noise.shape[1], random_errors=noise * sigma)
    return np.nan_to_num(np.asarray(drawn, float).reshape(noise.shape).T, nan=float(fit.model.endog[-1]))

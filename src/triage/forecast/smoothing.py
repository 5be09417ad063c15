"""Exponential smoothing of statsmodels on the fourth-root scale, with joint paths."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from triage.forecast.level import MEMORY_YEARS, joint_noise
from triage.forecast.series import Panel, check_horizon, check_length

FORMS = ((None, None), ("add", None), (None, "add"), ("add", "add"))  # (damped trend, season)
LONGEST_SEASON = 24  # more seasonal states than that cannot be told from noise


@dataclass(frozen=True)
class Ets:
    """Exponential smoothing of statsmodels on fourth roots: the best of four forms by AICc, joint errors."""

    def fit(self, panel: Panel) -> "FittedEts":
        """Four forms per series; the best by AICc."""
        z = check_length(panel).power.forward(panel.values)
        return FittedEts(panel, tuple(_best(z[:, i], panel.season) for i in range(z.shape[1])))


@dataclass(frozen=True)
class FittedEts:
    """The panel, and the fit of each series."""

    panel: Panel
    fits: tuple[Any, ...]

    def draws(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Paths by `simulate` on the fourth-root scale, its errors drawn at the same dates for all series."""
        memory = 0.5 ** (1 / (MEMORY_YEARS * self.panel.season))
        errors = np.nan_to_num(np.column_stack([fit.resid for fit in self.fits]))
        noise = joint_noise(errors, memory, check_horizon(horizon), paths, rng)
        return np.stack([_simulated(fit, noise[:, i]) for i, fit in enumerate(self.fits)], axis=1)

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint paths in persons."""
        return self.panel.power.back(self.draws(horizon, paths, rng))


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
        # Heuristic start values: estimating a dozen seasonal states as well takes eight times as long and gains little.
        model = ETSModel(
            z,
            error="add",
            trend=trend,
            damped_trend=trend is not None,
            seasonal=season,
            seasonal_periods=m,
            initialization_method="heuristic",
        )
        return model.fit(disp=False, maxiter=200)


def _simulated(fit: Any, noise: np.ndarray) -> np.ndarray:
    """paths x horizon, from errors (paths x horizon)."""
    drawn = fit.simulate(noise.shape[1], anchor="end", repetitions=len(noise), random_errors=noise.T)
    return np.nan_to_num(np.asarray(drawn, float).reshape(noise.T.shape).T, nan=float(fit.model.endog[-1]))

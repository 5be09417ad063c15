"""A local level per series: exponential smoothing that drifts back to the year's mean, with bands of its own.

Where the path models borrow errors from other series, this one trusts each series alone; that is what a total
needs, which has no sisters. The two make different mistakes, so that their mean is better than either.
"""

from dataclasses import dataclass

import numpy as np

from triage.forecast.members import season
from triage.forecast.series import Panel, check_horizon, check_length

ALPHAS = np.linspace(0.1, 0.9, 9)
MEMORY_YEARS = 2.0  # half-life of what an old one-step error says about the smoothing and the size of errors
RETURN_YEARS = 1.0  # half of the distance to the year's mean is gone after that


@dataclass(frozen=True)
class LocalLevel:
    """Seasonal local level with reversion, one smoothing and one error size per series."""

    def fit(self, panel: Panel) -> "FittedLevel":
        """Smooth every series; alpha by discounted one-step error."""
        power, m = check_length(panel).power, panel.season
        z = power.forward(panel.values)
        pattern = season(z, m)
        x = z - pattern[(np.arange(len(z)) - len(z)) % m]
        level, alpha, errors = _smoothed(x, 0.5 ** (1 / (MEMORY_YEARS * m)))
        return FittedLevel(panel, pattern, level, alpha, x[-m:].mean(axis=0), errors)


@dataclass(frozen=True)
class FittedLevel:
    """Season (m x n), level, smoothing and year's mean (n), one-step errors (T x n), all on the fourth-root scale."""

    panel: Panel
    pattern: np.ndarray
    level: np.ndarray
    alpha: np.ndarray
    year: np.ndarray
    errors: np.ndarray

    def draws(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint paths x n x horizon on the fourth-root scale."""
        m = self.panel.season
        memory = 0.5 ** (1 / (MEMORY_YEARS * m))
        noise = joint_noise(self.errors, memory, horizon, paths, rng)
        back = 1 - 0.5 ** (1 / (RETURN_YEARS * m))
        level = np.repeat(self.level[None], paths, axis=0)
        for h in range(check_horizon(horizon)):
            step = noise[:, :, h] * self.alpha
            noise[:, :, h] += level + self.pattern[h % m]
            level += step - back * (level - self.year)
        return noise

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint paths in persons."""
        return self.panel.power.back(self.draws(horizon, paths, rng))


def joint_noise(errors: np.ndarray, memory: float, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
    """Errors to come: paths x n x horizon, as large as `errors` (T x n) were, old ones counting less.

    Half of the variance is what all series missed on one and the same past date, half is each series' own normal
    noise: as much that goes together as was measured, halved, since a correlation from few dates is noisy itself.
    """
    weights = memory ** np.arange(len(errors))[::-1]
    weights /= weights.sum()
    centred = errors - weights @ errors  # a growth of the past is no drift of the future
    size = np.sqrt(weights @ errors**2)
    dates = rng.choice(len(errors), size=(paths, horizon), p=weights)
    noise = rng.standard_normal((paths, errors.shape[1], horizon))
    noise *= size[:, None]
    for path, when in enumerate(dates):  # one path at a time: all at once would be a second array of this size
        noise[path] += centred[when].T
    noise /= np.sqrt(2)
    return noise


def _smoothed(x: np.ndarray, memory: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Last level (n), alpha (n) and one-step errors (T - 3 x n); the first three periods only start the level."""
    level = np.repeat(x[:3].mean(axis=0)[None], len(ALPHAS), axis=0)
    loss, errors = np.zeros_like(level), np.empty((len(x) - 3, *level.shape))
    for k, row in enumerate(x[3:]):
        errors[k] = row - level
        loss = memory * loss + np.abs(errors[k])
        level = level + ALPHAS[:, None] * errors[k]
    best, series = loss.argmin(axis=0), np.arange(x.shape[1])
    return level[best, series], ALPHAS[best], errors[:, best, series]

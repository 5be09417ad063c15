"""Pooled LightGBM quantiles: one model per level over all series, past origins and horizons."""

from dataclasses import dataclass

import lightgbm
import numpy as np

from triage.forecast.archive import archive_of
from triage.forecast.quantiles import LEVELS, paths_from_quantiles
from triage.forecast.series import Panel, check_horizon, check_length

TREES = 120
LARGEST_ROWS = 200_000
SETTINGS = {
    "objective": "quantile",
    "num_leaves": 8,
    "learning_rate": 0.05,
    "min_data_in_leaf": 40,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "feature_fraction": 0.8,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": 12345,
    "verbose": -1,
}


@dataclass(frozen=True)
class LgbmQuantiles:
    """Pooled LightGBM quantiles (7 levels, the horizon as a feature), joined to paths by error ranks of path_fast."""

    def fit(self, panel: Panel) -> "FittedLgbmQuantiles":
        """Keep the panel: which rows can be learned from depends on the horizon asked for."""
        return FittedLgbmQuantiles(check_length(panel))


@dataclass(frozen=True)
class FittedLgbmQuantiles:
    """The history; trees are grown for the horizon asked for."""

    panel: Panel

    def log_quantiles(self, horizon: int) -> np.ndarray:
        """Sorted quantiles of log(y + c): 7 x series x horizon.

        Beyond the history at hand (horizon of more periods than there are past origins) the last horizon
        that can be learned is carried on.
        """
        z, m = self.panel.logs, self.panel.season
        first = earliest(len(z), m)
        longest = min(check_horizon(horizon), max(1, len(z) - first - 1))
        x, y = _training(z, m, first, longest)
        now, base = features(z, m, len(z), longest)
        flat = now.reshape(-1, now.shape[-1])
        grown = [np.asarray(_grow(x, y, level).predict(flat)) for level in LEVELS]
        logs = np.sort(np.asarray(grown, float), axis=0).reshape(len(LEVELS), z.shape[1], longest) + base[:, None]
        return np.concatenate([logs, np.repeat(logs[:, :, -1:], horizon - longest, axis=2)], axis=2)

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint paths: the quantiles of the trees in the order of path_fast's error paths."""
        template = archive_of(self.panel.logs, self.panel.season, horizon, self.panel.offset)
        logs = self.log_quantiles(horizon)
        return paths_from_quantiles(logs, template.errors(horizon, paths, rng), self.panel.offset)


def earliest(length: int, m: int) -> int:
    """Visible periods of the first origin to learn from: two years, one when the history is short."""
    return 2 * m if length >= 3 * m else min(m + 1, length - 2)


def features(z: np.ndarray, m: int, length: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Features (series x horizon x 12) and w3 (series) at an origin with `length` visible periods.

    w3 is the mean of the last three; all are differences of means on logs, so that small and large series
    can be pooled. Windows that reach before the data are cut short.
    """
    past = z[:length]
    w3, before = past[-3:].mean(axis=0), past[-6:-3].mean(axis=0)
    year, previous = past[-m:].mean(axis=0), past[-2 * m : -m]
    previous = previous.mean(axis=0) if len(previous) else year
    change = np.abs(np.diff(past[-2 * m - 1 :], axis=0)).mean(axis=0)
    momentum = w3 - before
    fixed = [past[-1] - w3, past[-1] - past[-2], momentum, w3 - year, year - previous, change, w3]
    fixed.append(np.full(len(w3), momentum.mean()))
    step = np.arange(horizon)
    same_month = past[length - m + step % m].T - year[:, None] if length >= m else np.zeros((len(w3), horizon))
    angle = 2 * np.pi * ((length + step) % m) / m
    moving = [np.broadcast_to(a, same_month.shape) for a in (step + 1, np.sin(angle), np.cos(angle))]
    wide = [np.repeat(a[:, None], horizon, axis=1) for a in fixed]
    return np.stack([*wide, same_month, *moving], axis=-1), w3


def _training(z: np.ndarray, m: int, first: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of every origin whose outcome is known today: target z_(t+h) - w3."""
    step = max(1, (len(z) - first) * z.shape[1] * horizon // LARGEST_ROWS)
    xs, ys = [], []
    for length in range(len(z) - 1, first - 1, -step):
        known = min(horizon, len(z) - length)
        x, w3 = features(z, m, length, known)
        xs.append(x.reshape(-1, x.shape[-1]))
        ys.append((z[length : length + known].T - w3[:, None]).ravel())
    return np.concatenate(xs), np.concatenate(ys)


def _grow(x: np.ndarray, y: np.ndarray, level: float) -> lightgbm.Booster:
    # A short history has few rows; a leaf must then be smaller, or no tree would split at all.
    settings = SETTINGS | {"alpha": float(level), "min_data_in_leaf": int(min(40, max(5, len(y) // 20)))}
    return lightgbm.train(settings, lightgbm.Dataset(x, y), num_boost_round=TREES)

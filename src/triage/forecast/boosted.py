"""Pooled LightGBM quantiles: one model per level over all series, past origins and horizons."""

from dataclasses import dataclass

import lightgbm
import numpy as np

from triage.forecast.archive import archive_of
from triage.forecast.ensemble import in_order_of
from triage.forecast.features import earliest, features
from triage.forecast.members import FAST, equal_mean
from triage.forecast.quantiles import LEVELS, draws_of
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

    def quantiles(self, horizon: int) -> np.ndarray:
        """Sorted quantiles on the fourth-root scale: 7 x series x horizon.

        Beyond the history at hand (horizon of more periods than there are past origins) the last horizon
        that can be learned is carried on.
        """
        z, m = self.panel.power.forward(self.panel.values), self.panel.season
        first = earliest(len(z), m)
        longest = min(check_horizon(horizon), max(1, len(z) - first - 1))
        x, y = _training(z, m, first, longest)
        now, base = _rows(z, m, len(z), longest)
        grown = [np.asarray(_grow(x, y, level).predict(now)) for level in LEVELS]
        found = np.sort(np.asarray(grown, float), axis=0).reshape(len(LEVELS), z.shape[1], longest) + base[:, None]
        return np.concatenate([found, np.repeat(found[:, :, -1:], horizon - longest, axis=2)], axis=2)

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint paths: the quantiles of the trees in the order of path_fast's error paths."""
        panel = self.panel
        z = panel.power.forward(panel.values)
        archive = archive_of(z, panel.season, check_horizon(horizon), lambda past: equal_mean(FAST, past))
        ordered = draws_of(self.quantiles(horizon), paths)
        return panel.power.back(in_order_of(archive.errors(horizon, paths, rng), ordered))


def _rows(z: np.ndarray, m: int, length: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Features with the step ahead beside them ((n * H) x 12), and the base (n)."""
    x, base = features(z, m, length, horizon)
    step = np.broadcast_to(np.arange(1.0, horizon + 1)[:, None], (*x.shape[:2], 1))
    return np.concatenate([x, step], axis=2).reshape(-1, x.shape[2] + 1), base


def _training(z: np.ndarray, m: int, first: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of every origin whose outcome is known today: target z_(t+h) - base."""
    step = max(1, (len(z) - first) * z.shape[1] * horizon // LARGEST_ROWS)
    xs, ys = [], []
    for length in range(len(z) - 1, first - 1, -step):
        known = min(horizon, len(z) - length)
        x, base = _rows(z, m, length, known)
        xs.append(x)
        ys.append((z[length : length + known].T - base[:, None]).ravel())
    return np.concatenate(xs), np.concatenate(ys)


def _grow(x: np.ndarray, y: np.ndarray, level: float) -> lightgbm.Booster:
    # A short history has few rows; a leaf must then be smaller, or no tree would split at all.
    settings = SETTINGS | {"alpha": float(level), "min_data_in_leaf": int(min(40, max(5, len(y) // 20)))}
    return lightgbm.train(settings, lightgbm.Dataset(x, y), num_boost_round=TREES)

"""The forecast models. Each has `fit(panel) -> fitted`; `fitted.sample(horizon, paths, rng)` gives joint paths.

Paths are an array paths x series x horizon in persons: finite, zero or more, the same for the same seed. A model
receives all series together, the total as the last one, and nothing after the panel's last period.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from triage.forecast.archive import Archive, archive_of
from triage.forecast.boosted import LgbmQuantiles
from triage.forecast.quantiles import LEVELS, paths_from_quantiles
from triage.forecast.reconcile import reconcile
from triage.forecast.series import Panel, check_horizon, check_length
from triage.forecast.smoothing import Ets

REFERENCE = "seasonal_naive"


class Fitted(Protocol):
    """A model that has seen its history."""

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint paths: paths x series x horizon (persons)."""
        ...


class Model(Protocol):
    """What stands in MODELS: made without arguments."""

    def fit(self, panel: Panel) -> Fitted:
        """Learn from the panel and nothing else."""
        ...


@dataclass(frozen=True)
class SeasonalNaive:
    """The same month last year with normal noise, months independent: the reference that every model must beat."""

    def fit(self, panel: Panel) -> "FittedSeasonalNaive":
        """Mean y_(t-m+h); sigma = sqrt(mean (y_t - y_(t-m))^2) per series."""
        y, m = check_length(panel).values, panel.season
        return FittedSeasonalNaive(y[-m:], np.sqrt(np.mean((y[m:] - y[:-m]) ** 2, axis=0)))


@dataclass(frozen=True)
class FittedSeasonalNaive:
    """Last year m x n, and sigma n (persons)."""

    year: np.ndarray
    sigma: np.ndarray

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Normal draws, sigma times sqrt(floor((h - 1) / m) + 1), clipped at 0."""
        step, m = np.arange(check_horizon(horizon)), len(self.year)
        spread = self.sigma[:, None] * np.sqrt(step // m + 1)
        noise = rng.standard_normal((paths, len(self.sigma), horizon))
        return np.maximum(self.year[step % m].T + spread * noise, 0)


@dataclass(frozen=True)
class Naive:
    """The last value with cumulative normal steps as large as the changes were: hard to beat on nareis."""

    def fit(self, panel: Panel) -> "FittedNaive":
        """Standard deviation of the first differences, per series."""
        y = check_length(panel).values
        return FittedNaive(y[-1], np.diff(y, axis=0).std(axis=0))


@dataclass(frozen=True)
class FittedNaive:
    """Last value and step size, n each (persons)."""

    last: np.ndarray
    step: np.ndarray

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Random walks from the last value, clipped at 0."""
        noise = rng.standard_normal((paths, len(self.last), check_horizon(horizon)))
        return np.maximum(self.last[:, None] + np.cumsum(self.step[:, None] * noise, axis=2), 0)


@dataclass(frozen=True)
class PathFast:
    """Smoothing, last value and last year's mean on logs, with error paths pooled over series and past origins."""

    def fit(self, panel: Panel) -> "FittedPathFast":
        """Keep the panel: the archive of errors depends on the horizon asked for."""
        return FittedPathFast(check_length(panel))


@dataclass(frozen=True)
class FittedPathFast:
    """The history; `archive` makes forecast and errors for a horizon."""

    panel: Panel

    def archive(self, horizon: int) -> Archive:
        """Point forecast and errors of past origins, for a horizon of 1 to 60 periods."""
        return archive_of(self.panel.logs, self.panel.season, check_horizon(horizon), self.panel.offset)

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint paths; the total is forecast on its own, so that it need not be the sum of its parts."""
        return self.archive(horizon).sample(horizon, paths, rng)


@dataclass(frozen=True)
class PathFastReconciled:
    """The paths of path_fast made coherent: on every draw the total is the sum of its parts."""

    def fit(self, panel: Panel) -> "FittedReconciled":
        """As path_fast."""
        return FittedReconciled(PathFast().fit(panel))


@dataclass(frozen=True)
class FittedReconciled:
    """A fitted model whose paths are reconciled."""

    inner: Fitted

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint, coherent paths."""
        return reconcile(self.inner.sample(horizon, paths, rng))


@dataclass(frozen=True)
class PathLgbm:
    """Equal mean of path_fast and lgbm_quantiles per quantile level, on logs: the best of the two worlds on nareis."""

    def fit(self, panel: Panel) -> "FittedPathLgbm":
        """Fit both."""
        return FittedPathLgbm(panel, PathFast().fit(panel))


@dataclass(frozen=True)
class FittedPathLgbm:
    """Both members; the error paths of path_fast are the template of what goes together."""

    panel: Panel
    fast: FittedPathFast

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Quantiles averaged on logs, brought back to joint paths in the order of path_fast's paths."""
        template = self.fast.sample(horizon, paths, rng)
        trees = LgbmQuantiles().fit(self.panel).log_quantiles(horizon)
        levels = np.log(np.quantile(template, LEVELS, axis=0) + self.panel.offset)
        return paths_from_quantiles((levels + trees) / 2, template, self.panel.offset)


MODELS: dict[str, type[Model]] = {
    REFERENCE: SeasonalNaive,
    "naive": Naive,
    "path_fast": PathFast,
    "path_fast_rec": PathFastReconciled,
    "lgbm_quantiles": LgbmQuantiles,
    "path_lgbm": PathLgbm,
    "ets": Ets,
}

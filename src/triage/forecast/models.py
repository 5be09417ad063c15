"""The forecast models. Each has `fit(panel) -> fitted`; `fitted.sample(horizon, paths, rng)` gives joint paths.

Paths are an array paths x series x horizon in persons: finite, zero or more, the same for the same seed. A model
receives all series together, the total as the last one, and nothing after the panel's last period.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from triage.forecast.archive import archive_of
from triage.forecast.boosted import FittedLgbmQuantiles, LgbmQuantiles
from triage.forecast.ensemble import averaged
from triage.forecast.level import LocalLevel
from triage.forecast.members import ENSEMBLE, FAST, Past, equal_mean
from triage.forecast.quantiles import draws_of
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
class PathModel:
    """Equal mean of plain members, with error paths pooled over series and past origins."""

    members: tuple[Callable[[Past], np.ndarray], ...]

    def fit(self, panel: Panel) -> "FittedPaths":
        """Keep the panel: the archive of errors depends on the horizon asked for."""
        return FittedPaths(check_length(panel), self.members)


@dataclass(frozen=True)
class FittedPaths:
    """The history; the archive of errors is made for a horizon."""

    panel: Panel
    members: tuple[Callable[[Past], np.ndarray], ...]

    def draws(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint paths on the fourth-root scale, for a horizon of 1 to 60 periods."""
        z = self.panel.power.forward(self.panel.values)
        archive = archive_of(z, self.panel.season, check_horizon(horizon), partial(equal_mean, self.members))
        return archive.sample(horizon, paths, rng)

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint paths in persons; the total is forecast on its own, so that it need not be the sum of its parts."""
        return self.panel.power.back(self.draws(horizon, paths, rng))


@dataclass(frozen=True)
class Reconciled:
    """A model whose paths are made coherent: on every draw the total is the sum of its parts."""

    inner: Model

    def fit(self, panel: Panel) -> "FittedReconciled":
        """As the model inside."""
        return FittedReconciled(self.inner.fit(panel))


@dataclass(frozen=True)
class FittedReconciled:
    """A fitted model whose paths are reconciled."""

    inner: Fitted

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint, coherent paths."""
        return reconcile(self.inner.sample(horizon, paths, rng))


@dataclass(frozen=True)
class Ensemble:
    """Equal mean of the distributions of other models; the first is the template of what goes together."""

    members: tuple[Model, ...]

    def fit(self, panel: Panel) -> "FittedEnsemble":
        """Fit all."""
        return FittedEnsemble(panel, tuple(member.fit(panel) for member in self.members))


@dataclass(frozen=True)
class FittedEnsemble:
    """The fitted members."""

    panel: Panel
    members: tuple[Any, ...]

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint paths in persons: averaged on the fourth-root scale, where a member far too wide is left out."""
        return self.panel.power.back(self.draws(horizon, paths, rng))

    def draws(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint paths on the fourth-root scale."""
        drawn = [_draws(member, horizon, paths, rng) for member in self.members]
        return averaged(drawn, drawn[0])


def _draws(member: Any, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of a member on the fourth-root scale, or read off its quantiles where it has only these."""
    if isinstance(member, FittedLgbmQuantiles):
        return draws_of(member.quantiles(horizon), paths)
    return member.draws(horizon, paths, rng)


def path_fast() -> Model:
    """Smoothing, last value and the year's mean, with error paths pooled over series and past origins."""
    return PathModel(FAST)


def path_fast_rec() -> Model:
    """The paths of path_fast made coherent: on every draw the total is the sum of its parts."""
    return Reconciled(path_fast())


def path_ens() -> Model:
    """As path_fast, from smoothing, the year's mean, a damped trend and a pooled ridge."""
    return PathModel(ENSEMBLE)


def path_level() -> Model:
    """Equal mean of path_ens and local_level, coherent: one borrows errors from other series, one trusts each alone."""
    return Reconciled(Ensemble((path_ens(), LocalLevel())))


def ens_card2() -> Model:
    """Equal mean of path_fast, path_ens, lgbm_quantiles and ets, without a member whose band is far too wide."""
    return Ensemble((path_fast(), path_ens(), LgbmQuantiles(), Ets()))


#: Every model by name, the cheap ones first; calling one makes it anew. Its docstring says what it does.
MODELS: dict[str, Callable[[], Model]] = {
    REFERENCE: SeasonalNaive,
    "naive": Naive,
    "path_fast": path_fast,
    "path_fast_rec": path_fast_rec,
    "path_ens": path_ens,
    "local_level": LocalLevel,
    "path_level": path_level,
    "lgbm_quantiles": LgbmQuantiles,
    "ets": Ets,
    "ens_card2": ens_card2,
}
#: Used while no champion stands.
BEST = "path_level"

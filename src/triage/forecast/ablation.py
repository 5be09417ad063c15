"""The ablation gate: a feature or a model enters the forecast only with a paired gain on the public protocol.

Both sides forecast from the same origins with the same random numbers; what differs is the feature alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from triage.domain.errors import ForecastError, TableError
from triage.forecast.archive import archive_of
from triage.forecast.backtest import DRAWS, SEED, outcomes, scales
from triage.forecast.members import Past
from triage.forecast.models import Model
from triage.forecast.quantiles import quantiles_of
from triage.forecast.ridge import ridge_forecasts
from triage.forecast.scores import (
    Scale,
    block_interval,
    diebold_mariano,
    known_mean,
    scaled_difference,
    wis,
)
from triage.forecast.series import CALENDARS, TOTAL, Panel, number_of

LEAST_GAIN = 0.01  # of relWIS: smaller gains are not worth a source that can fall away
ONE_SIDED = -1.64  # Diebold-Mariano, 5 %
PUBLICATION_LAG = 2  # months; detections of a month are published six to eight weeks later


@dataclass(frozen=True)
class Ruling:
    """What the gate found: the candidate against the same forecast without it, over one group of series.

    `ratio` is the relWIS of the candidate over that of the reference (geometric mean over the series); `mean`,
    `low` and `high` the difference in scaled WIS with its 95 % interval by block bootstrap, `diebold_mariano` its
    test; `better` the share of origins where the candidate was the better one.
    """

    name: str
    ratio: float
    mean: float
    low: float
    high: float
    diebold_mariano: float
    better: float
    origins: int

    @property
    def passes(self) -> bool:
        """A gain that is large enough, and more than chance by one of the two tests."""
        is_beyond_chance = self.diebold_mariano < ONE_SIDED or self.high < 0
        return bool(self.mean < 0 and self.ratio <= 1 - LEAST_GAIN and is_beyond_chance)

    @property
    def sentence(self) -> str:
        """The ruling with its figures, for people."""
        verdict = "passes" if self.passes else "does not pass"
        return (
            f"{self.name} {verdict}: relWIS {100 * (self.ratio - 1):+.1f} % ({100 * LEAST_GAIN:.0f} % better is "
            f"asked), scaled WIS {self.mean:+.3f} (95 % {self.low:+.3f} to {self.high:+.3f}), Diebold-Mariano "
            f"{self.diebold_mariano:+.2f}, better at {100 * self.better:.0f} % of {self.origins} origins."
        )


def judge(name: str, candidate: np.ndarray, reference: np.ndarray, y: np.ndarray, scale: Scale) -> Ruling:
    """Rule on quantiles of two forecasts (origins x H x series x 7, persons) of one group, outcomes `y`.

    Raises ForecastError with fewer than 8 origins that have an outcome: no test means anything there.
    """
    d = scaled_difference(candidate, reference, y, scale)
    d = d[np.isfinite(d)]
    if len(d) < 8:
        raise ForecastError(f"The gate needs 8 origins with outcomes; there are {len(d)}. Give a longer history.")
    ratios = known_mean(wis(candidate, y), axis=(0, 1)) / np.maximum(known_mean(wis(reference, y), axis=(0, 1)), 1e-9)
    low, high = block_interval(d)
    dm = diebold_mariano(d) if np.ptp(d) > 0 else 0.0  # two equal forecasts: no difference, no test
    ratio = float(np.exp(np.log(np.maximum(ratios, 1e-9)).mean()))
    return Ruling(name, ratio, float(d.mean()), low, high, dm, float((d < 0).mean()), len(d))


def judge_parts(
    name: str, candidate: np.ndarray, reference: np.ndarray, panel: Panel, origins: Sequence[str]
) -> dict[str, Ruling]:
    """The same on the series apart ("bottom", which decides) and on the total."""
    y, scale = outcomes(panel, list(origins), candidate.shape[1]), scales(panel, list(origins))
    groups = {"bottom": slice(0, -1), TOTAL: slice(-1, None)}
    return {
        group: judge(
            name, candidate[:, :, s], reference[:, :, s], y[:, :, s], Scale(scale.mean[:, s], scale.square[:, s])
        )
        for group, s in groups.items()
    }


def trial_of(model: Model, panel: Panel, origins: Sequence[str], horizon: int, seed: int = SEED) -> np.ndarray:
    """Quantiles of any model at all origins, O x H x n x 7 (persons), with the streams of the backtest."""
    found = []
    for origin in origins:
        fitted = model.fit(panel.until(panel.length_at(origin)))
        rng = np.random.default_rng([seed, number_of(origin, panel.calendar)])
        found.append(quantiles_of(fitted.sample(horizon, DRAWS, rng)).swapaxes(0, 1))
    return np.stack(found)


@dataclass(frozen=True)
class FeatureRidge:
    """The pooled ridge with error paths, with `extra` features (T x n x k, as known at each period) or without."""

    extra: np.ndarray | None = None

    def fit(self, panel: Panel) -> "FittedFeatureRidge":
        """Keep the panel, and of the features only what was known at its last period."""
        return FittedFeatureRidge(panel, None if self.extra is None else self.extra[: len(panel.values)])


@dataclass(frozen=True)
class FittedFeatureRidge:
    """The history with its features."""

    panel: Panel
    extra: np.ndarray | None

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint paths x n x horizon (persons)."""
        power = self.panel.power
        forecasts = partial(_ridge, extra=self.extra)
        archive = archive_of(power.forward(self.panel.values), self.panel.season, horizon, forecasts)
        return power.back(archive.sample(horizon, paths, rng))


def _ridge(past: Past, extra: np.ndarray | None) -> np.ndarray:
    return ridge_forecasts(past.z, past.lengths, past.m, past.horizon, extra)


def leading_indicator(
    frame: pd.DataFrame, column: str, panel: Panel, lag: int = PUBLICATION_LAG
) -> tuple[np.ndarray, int]:
    """Two features per series from an indicator by month and nationality: T x n x 2, and the periods known.

    Log of the mean of three months against the year before them, and against the same months a year earlier. At
    month t nothing after t - `lag` is used: a figure that was not published yet is not known. Rows of one month and
    nationality (routes) are summed; the total takes the sum of the nationalities.

    Periods from the returned number on have no features: leave their origins out.

    Raises TableError for a missing column or no number, ForecastError for a nationality without rows.
    """
    absent = [name for name in ("month", "nationality_iso3", column) if name not in frame]
    if absent:
        raise TableError(f"Indicator: no column named {absent[0]}. Give month, nationality_iso3 and {column}.")
    if panel.calendar.name != "month":
        raise ForecastError("The indicator is monthly. Give monthly series.")
    grid, first = _by_month(frame, column, panel.names[:-1])
    grid = np.log1p(np.column_stack([grid, grid.sum(axis=1)]))
    newest = panel.first + np.arange(len(panel.values)) - lag - first  # row of the newest month known
    usable = int((newest < len(grid)).sum())
    if newest[0] < 14:
        raise ForecastError("The indicator starts too late: it needs 15 months before the first month, and the lag.")
    out = np.zeros((len(panel.values), len(panel.names), 2))
    for t in range(usable):
        last3, k = grid[newest[t] - 2 : newest[t] + 1].mean(axis=0), newest[t]
        out[t] = np.column_stack(
            [last3 - grid[k - 14 : k - 2].mean(axis=0), last3 - grid[k - 14 : k - 11].mean(axis=0)]
        )
    return out, usable


def _by_month(frame: pd.DataFrame, column: str, names: Sequence[str]) -> tuple[np.ndarray, int]:
    """Sums by month (rows, from the first one on without gaps) and nationality; an absent pair is nobody."""
    values = np.asarray(pd.to_numeric(frame[column], errors="coerce"), dtype=float)
    is_good = (values >= 0) & np.isfinite(values)
    if not is_good.all():
        row = int(is_good.argmin()) + 1
        raise TableError(f"Indicator: row {row}, column {column}: expected a number of 0 or more. Correct the row.")
    numbers = np.array([number_of(str(month), CALENDARS[0]) for month in frame["month"]])
    lacking = sorted(set(names) - set(frame["nationality_iso3"]))
    if lacking:
        raise ForecastError(f"The indicator has no rows of {', '.join(lacking)}. Leave the series out, or add them.")
    grid = np.zeros((int(np.ptp(numbers)) + 1, len(names)))
    for place, name in enumerate(names):
        is_of = (frame["nationality_iso3"] == name).to_numpy()
        np.add.at(grid[:, place], numbers[is_of] - numbers.min(), values[is_of])
    return grid, int(numbers.min())

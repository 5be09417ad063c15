"""One forecast against two truths: the value that was reported first, and the one that stands now."""

from dataclasses import dataclass
from itertools import takewhile

import numpy as np
import pandas as pd

from triage.forecast.models import BEST, MODELS
from triage.forecast.quantiles import quantiles_of
from triage.forecast.scores import coverage, known_mean, wis
from triage.forecast.series import Panel, fewest_periods, panel_of

STEP = 3  # periods between origins
DRAWS, SEED = 400, 12345


@dataclass(frozen=True)
class ReleaseScores:
    """WIS (persons) and coverage of the 80 % band over the same forecasts, against the first and the latest value.

    The model saw the first vintage, cut at each origin: the nearest to what was known then that two vintages give.
    """

    model: str
    origins: tuple[str, ...]
    wis_first: float
    wis_latest: float
    coverage_80_first: float
    coverage_80_latest: float


def scores_on_releases(cells: pd.DataFrame, model: str = BEST) -> ReleaseScores | None:
    """Score a model a year ahead on both values of every cell (a frame of `vintages.releases`), summed per period.

    Only months before the first hole count. None where no origin has a year of outcomes in both.
    """
    sums = pd.DataFrame(cells.groupby("period")[["first", "latest"]].sum())
    panel = _unbroken(dict(zip(sums.index, sums["first"].to_numpy(float), strict=True)))
    if panel is None:
        return None
    m = panel.season
    lengths = list(range(fewest_periods(m), len(panel.values) - m + 1, STEP))
    if not lengths:
        return None
    latest = sums.loc[list(panel.periods), "latest"].to_numpy(float)
    q = np.stack([_quantiles(panel.until(length), model) for length in lengths])
    first, last = (np.stack([v[k : k + m] for k in lengths])[:, :, None] for v in (panel.values[:, -1], latest))
    figures = [
        float(known_mean(wis(q, first))),
        float(known_mean(wis(q, last))),
        *(coverage(q, y, 0.2) for y in (first, last)),
    ]
    return ReleaseScores(model, tuple(panel.periods[length - 1] for length in lengths), *figures)


def _unbroken(counts: dict[str, float]) -> Panel | None:
    """The counts up to the first missing month, as a panel; None where these are too few."""
    months = pd.period_range(min(counts), max(counts), freq="M").astype(str)
    known = list(takewhile(lambda month: month in counts, months))
    if len(known) < fewest_periods(12):
        return None
    return panel_of(pd.DataFrame({"period": known, "persons": [counts[month] for month in known]}))


def _quantiles(seen: Panel, model: str) -> np.ndarray:
    """Quantiles of the total a year ahead: H x 1 x 7."""
    paths = MODELS[model]().fit(seen).sample(seen.season, DRAWS, np.random.default_rng([SEED, len(seen.values)]))
    return quantiles_of(paths[:, -1:]).swapaxes(0, 1)

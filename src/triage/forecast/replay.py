"""Replays: a past forecast once more, with and without a registered event, against what came."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from triage.forecast.events import Event, overlay
from triage.forecast.models import MODELS
from triage.forecast.quantiles import quantiles_of
from triage.forecast.reconcile import reconcile
from triage.forecast.scores import wis
from triage.forecast.series import Panel, number_of

BREAK = 0.5  # a year sum that falls to half or less of the year before


@dataclass(frozen=True)
class Replay:
    """Mean WIS of one series over the outcomes (persons), base and overlaid."""

    origin: str
    series: str
    months: int
    base: float
    overlaid: float

    @property
    def gain(self) -> float:
        """Share of the WIS that the overlay takes off; negative where it costs."""
        return 1 - self.overlaid / self.base

    @property
    def sentence(self) -> str:
        """For a report."""
        return (
            f"{self.series}, origin {self.origin}, {self.months} months: WIS {self.base:.0f} without the overlay, "
            f"{self.overlaid:.0f} with it ({-100 * self.gain:+.0f} %)"
        )


def replay(
    panel: Panel,
    events: Sequence[Event],
    origin: str,
    series: str,
    model: str = "path_fast_rec",
    horizon: int = 12,
    paths: int = 400,
    seed: int = 12345,
) -> Replay:
    """Forecast from `origin` with nothing later visible, lay the events over it, score both on `series`."""
    base, laid = replayed_paths(panel, events, origin, model, horizon, paths, seed)
    length, place = panel.length_at(origin), panel.names.index(series)
    y = panel.values[length : length + horizon, place]
    base_wis, laid_wis = (float(wis(quantiles_of(x)[place, : len(y)], y).mean()) for x in (base, laid))
    return Replay(origin, series, len(y), base_wis, laid_wis)


def replayed_paths(
    panel: Panel, events: Sequence[Event], origin: str, model: str, horizon: int, paths: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """(base, overlaid) as they would have been made at `origin`; nothing later is visible."""
    seen = panel.until(panel.length_at(origin))
    base = reconcile(MODELS[model]().fit(seen).sample(horizon, paths, np.random.default_rng(seed)))
    return base, overlay(base, seen, events, np.random.default_rng([seed, 2]))


def moved(event: Event, panel: Panel, periods: int) -> Event:
    """The same event that many periods later (or earlier): what it would have cost in a year in which it was wrong."""
    calendar = panel.calendar
    first, last = (calendar.text(number_of(p, calendar) + periods) if p else "" for p in (event.first, event.last))
    return replace(event, first=first, last=last)


def falls(panel: Panel, until: str) -> np.ndarray:
    """Ratios of a year sum to that of the year before, of every fall by half or more known at `until`.

    Over all series and origins, without the total. The rule by which a range is registered that nobody knows yet:
    from the least to the largest of them.
    """
    seen = panel.until(panel.length_at(until)).values[:, :-1]
    m = panel.season
    sums = np.cumsum(np.vstack([np.zeros(seen.shape[1]), seen]), axis=0)
    years = sums[m:] - sums[:-m]
    ratios = years[m:] / np.maximum(years[:-m], 1)
    return np.sort(ratios[ratios <= BREAK])

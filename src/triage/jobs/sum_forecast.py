"""The sum of a published forecast over any window, read off its joint paths."""

from dataclasses import dataclass

import numpy as np

from triage.adapters.store import Store
from triage.domain.errors import ForecastError, NotFoundError
from triage.domain.records import Publication


@dataclass(frozen=True)
class WindowSum:
    """Quantiles of a sum (persons). The quantiles of single months do not add up to these."""

    series: str
    first: str
    last: str
    periods: int
    p10: float
    p50: float
    p90: float


def paths_of(store: Store, forecast: Publication) -> Publication:
    """The PATHS that were published with a FORECAST: same label, nearest in time. Raises NotFoundError."""
    same = [p for p in store.publications("PATHS") if p.label == forecast.label]
    if not same:
        raise NotFoundError("No paths were published with this forecast. Publish it again with paths.")
    return min(same, key=lambda p: abs((p.published_at - forecast.published_at).total_seconds()))


def sum_forecast(
    forecast_id: int, store: Store, series: str, first: str | None = None, last: str | None = None
) -> WindowSum:
    """The sum of `series` from period `first` to `last`, both inside; empty means from the start, to the end.

    Raises NotFoundError for an unknown forecast, series or period, ForecastError for a window that ends
    before it begins.
    """
    publication, _ = store.published(forecast_id)
    if publication.table != "FORECAST":
        raise NotFoundError("No forecast stands under this id. See /v1/inflow-forecasts.")
    _, paths = store.published(paths_of(store, publication).publication_id)
    rows = paths[paths["series"] == series]
    if rows.empty:
        raise NotFoundError("The forecast has no such series. See its rows for the series it has.")
    months = sorted(rows["month"].unique())
    first, last = first or months[0], last or months[-1]
    if first not in months or last not in months:
        raise NotFoundError("The forecast has no such period. See its rows for the periods it has.")
    if first > last:
        raise ForecastError("The window ends before it begins. Give from before to.")
    within = rows[rows["month"].between(first, last)]
    sums = within.groupby("draw")["persons"].sum().to_numpy()
    p10, p50, p90 = np.quantile(sums, [0.1, 0.5, 0.9]).tolist()
    return WindowSum(series, first, last, int(within["month"].nunique()), p10, p50, p90)

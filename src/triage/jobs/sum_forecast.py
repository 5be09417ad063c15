"""The sum of a published forecast over any window and any group of series, with its band and the baseline beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from triage.adapters.forecasts import ForecastHead, forecast_of, head_of, paths_number
from triage.adapters.store import Store
from triage.domain.errors import NotFoundError
from triage.forecast.hindsight import QUANTILES
from triage.forecast.series import TOTAL
from triage.forecast.sums import Cube, cube_of, group_of, naive_sum, sum_quantiles, window_of

NAIVE = ("naive_p10", "naive_p50", "naive_p90")


@dataclass(frozen=True)
class ForecastSum:
    """One sum with its quantiles, and seasonal naive's beside it (persons)."""

    head: ForecastHead
    series: tuple[str, ...]
    first: str
    last: str
    periods: int
    ahead: int  # place of `first` among the periods ahead, from 1
    p05: float
    p10: float
    p25: float
    p50: float
    p75: float
    p90: float
    p95: float
    naive_p10: float
    naive_p50: float
    naive_p90: float


def sum_forecast(
    store: Store, number: int, series: Sequence[str] = (TOTAL,), first: str | None = None, last: str | None = None
) -> ForecastSum:
    """Sum forecast `number` over the series of a group and the periods `first` to `last` (None: to its ends).

    Raises NotFoundError where no forecast, paths, series or period stand there, ForecastError for a window turned
    round or a group that counts somebody twice.
    """
    publication, rows = forecast_of(store, number)
    cube = _cube(store, paths_number(store, publication))
    group = group_of(cube.names, series)
    if not {first, last} <= {None, *cube.months}:
        raise NotFoundError(f"The forecast has no such period. It runs from {cube.months[0]} to {cube.months[-1]}.")
    window = window_of(cube.months, first or cube.months[0], last or cube.months[-1])
    return ForecastSum(
        head=head_of(store, number),
        series=tuple(group),
        first=window[0],
        last=window[-1],
        periods=len(window),
        ahead=cube.months.index(window[0]) + 1,
        **dict(zip(QUANTILES, map(float, sum_quantiles(cube, group, window)), strict=True)),
        **dict(zip(NAIVE, naive_sum(rows, group, window), strict=True)),
    )


@lru_cache(maxsize=8)
def _cube(store: Store, number: int) -> Cube:
    """Paths of one publication, kept: unpacking them takes longer than any sum."""
    return cube_of(store.published(number)[1])

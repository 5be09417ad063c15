"""The national estimate, ready to be shown: the published nationalities and a forecast of all others, per quarter."""

from dataclasses import dataclass
from functools import lru_cache

from triage.adapters.forecasts import newest_number
from triage.adapters.store import Store
from triage.forecast.series import TOTAL
from triage.forecast.sums import cube_of, sum_quantiles

BAND = [1, 3, 5]  # places of 10, 50 and 90 % among the levels


@dataclass(frozen=True)
class NationalQuarter:
    """One quarter: p10, p50, p90 of all nationalities, and of those without a monthly series (persons)."""

    quarter: str
    total: tuple[float, ...]
    others: tuple[float, ...]


@dataclass(frozen=True)
class ShownNational:
    """The newest national estimate of one kind. `made_on` is the last month of the published nationalities."""

    made_on: str
    quarters: tuple[NationalQuarter, ...]


def show_national(store: Store, kind: str, made_on: str) -> ShownNational | None:
    """The estimate that belongs to the forecast made on `made_on`; None where there is none, or an older one."""
    number = newest_number(store, "PATHS", f"{kind} (national)")
    found = None if number is None else _shown(store, number)
    return found if found and found.made_on == made_on else None


@lru_cache(maxsize=8)
def _shown(store: Store, number: int) -> ShownNational:
    paths = store.published(number)[1]
    cube = cube_of(paths)
    bands = {
        name: [tuple(map(float, sum_quantiles(cube, [name], [quarter])[BAND])) for quarter in cube.months]
        for name in (TOTAL, "OTH")
    }
    quarters = tuple(map(NationalQuarter, cube.months, bands[TOTAL], bands["OTH"]))
    return ShownNational(str(paths["made_on"].iloc[0]), quarters)

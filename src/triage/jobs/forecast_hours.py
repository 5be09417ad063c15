"""Hours of work ahead: the newest forecast of each kind times a norm mix, published as HOURS_AHEAD."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from triage.adapters.forecasts import newest_rows
from triage.adapters.store import Store
from triage.domain.errors import ForecastError, NotFoundError
from triage.domain.inflow_tables import NORM_MIX
from triage.forecast.hours import ALL_KINDS, hour_paths, hours_table, sum_of_hours
from triage.forecast.sums import Cube, cube_of

LABEL = "hours"
QUALITIES = ("assumption", "norm", "measured")  # weakest first


@dataclass(frozen=True)
class HoursAhead:
    """HOURS_AHEAD as published, the sum over all months per kind (p10, p50, p90 in hours), and notes."""

    table: pd.DataFrame
    sums: dict[str, tuple[float, float, float]]
    notes: tuple[str, ...]


def forecast_hours(mix: pd.DataFrame, kinds: Sequence[str], store: Store, label: str = LABEL) -> HoursAhead:
    """Hours per month of each kind with a forecast, and of all together; published under `label`.

    Raises NotFoundError where no kind was forecast yet, ForecastError where forecasts end at different months or a
    nationality has no norm, TableError for a mix that is none.
    """
    checked = NORM_MIX.check(mix)
    paths = {kind: rows for kind in kinds if (rows := newest_rows(store, "PATHS", kind)) is not None}
    if not paths:
        raise NotFoundError("No forecast was published for these kinds. Run triage forecast first.")
    made_on = _one({str(rows["made_on"].iloc[0]) for rows in paths.values()})
    cubes = {kind: cube_of(rows) for kind, rows in paths.items()}
    months = _shared_months(cubes)
    hours = {kind: hour_paths(cube, checked, kind)[:, : len(months)] for kind, cube in cubes.items()}
    quality = _weakest(checked.loc[checked["kind"].isin(list(hours))])
    table = hours_table(hours, months, made_on).assign(quality=quality)
    store.publish("HOURS_AHEAD", table, label)
    sums = {kind: sum_of_hours(x) for kind, x in hours.items()}
    if len(hours) > 1:
        fewest = min(map(len, hours.values()))
        sums[ALL_KINDS] = sum_of_hours(np.sum([x[:fewest] for x in hours.values()], axis=0))
    return HoursAhead(table, sums, _notes(quality, set(kinds) - set(paths)))


def _one(made_on: set[str]) -> str:
    if len(made_on) > 1:
        raise ForecastError(f"The kinds were forecast from {' and '.join(sorted(made_on))}. Forecast both again.")
    return made_on.pop()


def _shared_months(cubes: dict[str, Cube]) -> list[str]:
    """The months that every kind has; all start at the same one."""
    fewest = min((cube.months for cube in cubes.values()), key=len)
    if any(cube.months[: len(fewest)] != fewest for cube in cubes.values()):
        raise ForecastError("The kinds were forecast at different frequencies. Forecast all of them monthly.")
    return list(fewest)


def _weakest(mix: pd.DataFrame) -> str:
    return min(mix["quality"], key=QUALITIES.index)


def _notes(quality: str, absent: set[str]) -> tuple[str, ...]:
    notes = ["Hours stand in the month of entry; the work itself may fall later. The band is that of the inflow."]
    if quality == "assumption":
        notes.append("The norm mix is an assumption: give measured shares and hours with --mix.")
    if absent:
        notes.append(f"Not forecast yet, so not in the hours: {', '.join(sorted(absent))}.")
    return tuple(notes)

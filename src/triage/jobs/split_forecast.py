"""Divide the newest forecast over locations, routes or another label, by shares learned from a table of counts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from triage.adapters.forecasts import newest_rows
from triage.adapters.store import Store
from triage.domain.errors import ForecastError, NotFoundError
from triage.forecast.series import TOTAL
from triage.forecast.shares import WINDOW, shares_of, split
from triage.forecast.sums import Cube, cube_of

BAND = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class SplitForecast:
    """`table`: made_on, nationality_iso3 (total for all together), the label, month, p10, p50, p90 (persons)."""

    table: pd.DataFrame
    label: str  # name under which the paths per label were published
    notes: tuple[str, ...]


def split_forecast(
    counts: pd.DataFrame, by: str, kind: str, store: Store, months: int = WINDOW, seed: int = 12345
) -> SplitForecast:
    """Bands per nationality and label, and publish the joint paths per label as PATHS under "KIND (per LABEL)".

    `counts` as in `shares_of`; where it has a column kind, only rows of `kind` are used. On every path the labels
    add up to the total of the forecast.

    Raises NotFoundError where nothing was forecast yet, TableError and ForecastError for counts that cannot be used.
    """
    paths = newest_rows(store, "PATHS", kind)
    if paths is None:
        raise NotFoundError("No forecast was published for this kind. Run triage forecast first.")
    cube, made_on = cube_of(paths), str(paths["made_on"].iloc[0])
    names = [name for name in cube.names if name != TOTAL]
    rows = counts.loc[counts["kind"] == kind] if "kind" in counts else counts
    if rows.empty:
        raise ForecastError(f"The shares hold no rows of kind {kind}. Give counts of that kind.")
    shares = shares_of(rows, by, names, made_on, months)
    parts = split(_parts(cube, names), shares, np.random.default_rng([seed, 4]))
    per_label = parts.sum(axis=1)
    label = f"{kind} (per {by})"
    version = f"{paths['model_version'].iloc[0]}, shares of {months} months"
    store.publish("PATHS", _paths_table(per_label, shares.labels, cube.months, made_on, version), label)
    table = _bands(np.concatenate([parts, per_label[:, None]], axis=1), [*names, TOTAL], shares.labels, by, cube.months)
    table.insert(0, "made_on", made_on)
    return SplitForecast(table, label, shares.notes)


def _parts(cube: Cube, names: list[str]) -> np.ndarray:
    return cube.values[:, [cube.names.index(name) for name in names]]


def _bands(
    parts: np.ndarray, names: list[str], labels: tuple[str, ...], by: str, months: tuple[str, ...]
) -> pd.DataFrame:
    n, k, h = (a.ravel() for a in np.indices(parts.shape[1:]))
    low, middle, high = (q.ravel() for q in np.quantile(parts, BAND, axis=0))
    return pd.DataFrame(
        {
            "nationality_iso3": np.array(names, dtype=object)[n],
            by: np.array(labels, dtype=object)[k],
            "month": np.array(months, dtype=object)[h],
            "p10": low,
            "p50": middle,
            "p90": high,
        }
    )


def _paths_table(
    per_label: np.ndarray, labels: tuple[str, ...], months: tuple[str, ...], made_on: str, version: str
) -> pd.DataFrame:
    """PATHS with one series per label, and the total."""
    cube = np.concatenate([per_label, per_label.sum(axis=1, keepdims=True)], axis=1)
    d, s, h = (a.ravel() for a in np.indices(cube.shape))
    return pd.DataFrame(
        {
            "made_on": made_on,
            "series": np.array([*labels, TOTAL], dtype=object)[s],
            "month": np.array(months, dtype=object)[h],
            "draw": d,
            "persons": cube.ravel(),
            "model_version": version,
        }
    )

"""Sums of a published forecast over any window and any group of series, read off its joint paths.

Quantiles of months do not add up, and neither do those of nationalities; sums of paths do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from triage.domain.errors import ForecastError, NotFoundError
from triage.forecast.quantiles import LEVELS
from triage.forecast.series import TOTAL


@dataclass(frozen=True)
class Cube:
    """Joint paths as one array: draws x series x months (persons)."""

    values: np.ndarray
    names: tuple[str, ...]
    months: tuple[str, ...]


def cube_of(paths: pd.DataFrame) -> Cube:
    """PATHS as an array. Raises ForecastError where a draw lacks a series or a month."""
    names, months = sorted(paths["series"].unique()), sorted(paths["month"].unique())
    draws = paths["draw"].unique()
    if len(paths) != len(draws) * len(names) * len(months):
        raise ForecastError("The paths are not whole: a draw lacks a series or a month. Forecast again.")
    ordered = paths.sort_values(["draw", "series", "month"])["persons"].to_numpy(float)
    return Cube(ordered.reshape(len(draws), len(names), len(months)), tuple(names), tuple(months))


def window_of(months: Sequence[str], first: str, last: str) -> list[str]:
    """The months from `first` to `last`, both inside. Raises ForecastError for a window outside, or turned round."""
    if first not in months or last not in months:
        raise ForecastError(f"The window lies outside the forecast, {months[0]} to {months[-1]}. Choose one inside.")
    start, end = months.index(first), months.index(last)
    if start > end:
        raise ForecastError("The window ends before it begins. Turn from and to round.")
    return list(months[start : end + 1])


def group_of(names: Sequence[str], asked: Sequence[str]) -> list[str]:
    """The series asked for, each once. The total stands alone: with a part it would count twice.

    Raises NotFoundError for a series that is not there, ForecastError for a group that counts somebody twice.
    """
    if not set(asked) <= set(names):
        raise NotFoundError(f"The forecast has no such series. Known are {', '.join(sorted(names))}.")
    if len(set(asked)) != len(asked):
        raise ForecastError("A series stands twice in the group. Name each once.")
    if TOTAL in asked and len(asked) > 1:
        raise ForecastError("The total holds the other series already. Ask for the total alone, or for parts.")
    return list(asked)


def sum_quantiles(cube: Cube, series: Sequence[str], months: Sequence[str]) -> np.ndarray:
    """The seven quantiles (5 to 95 %) of the sum over `series` and `months`, over the paths (persons)."""
    s = [cube.names.index(name) for name in series]
    m = [cube.months.index(month) for month in months]
    return np.quantile(cube.values[:, s][:, :, m].sum(axis=(1, 2)), LEVELS)


def naive_sum(forecast: pd.DataFrame, series: Sequence[str], months: Sequence[str]) -> tuple[float, float, float]:
    """p10, p50, p90 of the same sum by seasonal naive, which takes months and series as independent (persons).

    That is how the baseline is usually summed, and why its band is too narrow: it is what has to be beaten.
    """
    rows = forecast.loc[forecast["series"].isin(series) & forecast["month"].isin(months)]
    low, middle, high = rows[["naive_p10", "naive_p50", "naive_p90"]].to_numpy(float).T
    whole = float(middle.sum())
    below, above = (float(np.sqrt((half**2).sum())) for half in (middle - low, high - middle))
    return max(whole - below, 0.0), whole, whole + above

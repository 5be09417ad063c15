"""The MPP (Meerjaren Productie Prognose): its editions, laid over our forecast, placed in it and scored.

The MPP gives min, medio and max of a calendar year without probabilities; min and max are read as its 10 and 90 %
quantiles, an assumption. It counts more than our series do, so every comparison states its bridge or is withheld.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import norm

from triage.domain.calendar import add_months, month_text
from triage.domain.errors import ForecastError, TableError
from triage.domain.inflow_tables import MPP
from triage.forecast.series import Panel

ALPHA = 0.2  # of the interval score: min to max is read as an 80 % band
WIDTH_80 = 2.563  # standard deviations between the 10 and the 90 % quantile of a normal
OUTER = [0.1, 0.5, 0.9]
SERIES_GIVEN, NATIONAL = "sum of the series given, not national inflow", "national"


@dataclass(frozen=True)
class Edition:
    """What one edition of the MPP says of one year (persons)."""

    edition: str  # when it was issued: 2025-09, 2025-spring
    year: int
    low: float
    middle: float | None
    high: float
    definition: str
    source: str

    @property
    def known_until(self) -> str:
        """Last month that its makers can have known. Spring editions are taken to come in April, as that of 2023."""
        year, _, part = self.edition.partition("-")
        return month_text(add_months(date(int(year), int(part) if part.isdigit() else 4, 1), -1))


@dataclass(frozen=True)
class Outcome:
    """What came, under the MPP's definition: between `low` and `high` (persons), as far as is known, and why so."""

    year: int
    low: float
    high: float
    bridge: str


@dataclass(frozen=True)
class EditionScore:
    """Interval score at alpha .2 (persons, lower is better); None where the bridge leaves it open, and the reason."""

    edition: Edition
    score: float | None
    outcome: Outcome | None
    reason: str


def editions_of(frame: pd.DataFrame) -> tuple[Edition, ...]:
    """The rows of MPP. Raises TableError where min, medio and max do not ascend."""
    rows = MPP.check(frame)
    for number, (low, middle, high) in enumerate(rows[["min", "medio", "max"]].to_numpy(float), 1):
        if not low <= (low if np.isnan(middle) else middle) <= high:
            raise TableError(f"MPP: row {number}: expected min <= medio <= max. Correct the row and offer all again.")
    return tuple(
        Edition(
            edition=str(row["edition"]),
            year=int(row["year"]),
            low=float(row["min"]),
            middle=None if pd.isna(row["medio"]) else float(row["medio"]),
            high=float(row["max"]),
            definition=str(row["definition"]),
            source=str(row["source"]),
        )
        for row in rows.to_dict("records")
    )


def year_sums(panel: Panel, paths: np.ndarray) -> dict[int, np.ndarray]:
    """Sum per calendar year, for years that known and coming periods together cover: {year: paths x series}.

    Periods known already are added as known. A year that the forecast does not finish, or whose beginning is not in
    the data, is left out: a part of a year is no year.
    """
    return {year: _known(panel, year) + paths[:, :, ahead].sum(axis=2) for year, ahead in _years(panel, paths.shape[2])}


def _years(panel: Panel, horizon: int) -> list[tuple[int, slice]]:
    """(year, its places among the periods ahead) of every whole year that holds a period ahead."""
    start, number = panel.first + len(panel.values), panel.calendar.number
    end = start + horizon
    found = []
    for year in range(int(panel.calendar.text(start)[:4]), int(panel.calendar.text(end - 1)[:4]) + 1):
        first, after = number(year, 1), number(year + 1, 1)
        if panel.first <= first and after <= end:
            found.append((year, slice(max(first - start, 0), after - start)))
    return found


def _known(panel: Panel, year: int) -> np.ndarray:
    """Sum of the periods of a year that are in the data, per series (persons)."""
    first, after = (panel.calendar.number(y, 1) - panel.first for y in (year, year + 1))
    return panel.values[max(first, 0) : max(after, 0)].sum(axis=0)


def full_years(panel: Panel) -> dict[int, float]:
    """Total of every calendar year that the data hold in full (persons)."""
    number, end = panel.calendar.number, panel.first + len(panel.values)
    years = {int(text[:4]) for text in (panel.periods[0], panel.periods[-1])}
    span = range(min(years), max(years) + 1)
    whole = [y for y in span if panel.first <= number(y, 1) and number(y + 1, 1) <= end]
    return {year: float(_known(panel, year)[-1]) for year in whole}


def share_of_total(panel: Panel, totals: Mapping[int, float]) -> tuple[int, float]:
    """The bridge: (year, share of our series in the national total), of the last year in which both are known.

    Raises ForecastError where no year is. The share moves from year to year, so that a bridged figure is a rough one.
    """
    ours = full_years(panel)
    common = [year for year in ours if totals.get(year, 0) > 0]
    if not common:
        raise ForecastError(
            "The data hold no full year of which the national total is known, so that the MPP cannot be bridged. "
            "Leave the mpp scenario out."
        )
    return max(common), ours[max(common)] / totals[max(common)]


def mpp_overlay(paths: np.ndarray, panel: Panel, editions: Sequence[Edition], share: float) -> np.ndarray:
    """Our paths, scaled per path so that the sum of each year follows an edition, times `share` (the bridge).

    The year sum with rank u becomes exp(mu + sigma * Phi^-1(u)), mu = (ln min + ln max) / 2 and sigma =
    (ln max - ln min) / 2.563. Ranks stay, and so do the months' pattern and the series' shares. Of a year under way
    only the periods ahead change, and never below zero. Years without an edition stay as they are.
    """
    changed = paths.copy()
    by_year = {one.year: one for one in editions}
    for year, ahead in _years(panel, paths.shape[2]):
        if year in by_year:
            factor = _factor(paths[:, -1, ahead].sum(axis=1), _known(panel, year)[-1], by_year[year], share)
            changed[:, :-1, ahead] *= factor[:, None, None]
            changed[:, -1, ahead] = changed[:, :-1, ahead].sum(axis=1)
    return changed


def _factor(coming: np.ndarray, known: float, edition: Edition, share: float) -> np.ndarray:
    """Multiplier per path of the periods ahead; a path on which nobody comes stays empty."""
    rank = (coming.argsort(kind="stable").argsort(kind="stable") + 0.5) / len(coming)
    low, high = np.log(edition.low * share), np.log(edition.high * share)
    wanted = np.exp((low + high) / 2 + (high - low) / WIDTH_80 * norm.ppf(rank))
    return np.where(coming > 0, np.maximum(wanted - known, 0) / np.where(coming > 0, coming, 1), 1)


def mpp_form(
    panel: Panel, paths: np.ndarray, kind: str, remainder: Callable[[int, np.ndarray], np.ndarray | None] | None = None
) -> pd.DataFrame:
    """The forecast in the MPP's own form: year, kind, scope, min, medio, max (10, 50, 90 % of the year sum, persons).

    `remainder(year, sums)` gives the year sum of all other nationalities on the same draws as our `sums`, or None
    where it knows none; with it there is a national row too. Without it only the sum of the series given, which is
    not national inflow. `known_periods` says how many periods of the year are counted and not forecast.
    """
    rows = []
    for year, sums in year_sums(panel, paths).items():
        head = {"year": year, "kind": kind, "known_periods": _known_periods(panel, year)}
        rows.append({**head, "scope": SERIES_GIVEN, **_min_medio_max(sums[:, -1])})
        others = remainder(year, sums[:, -1]) if remainder else None
        if others is not None:
            rows.append({**head, "scope": NATIONAL, **_min_medio_max(sums[:, -1] + others)})
    return pd.DataFrame(rows, columns=["year", "kind", "scope", "known_periods", "min", "medio", "max"])


def _known_periods(panel: Panel, year: int) -> int:
    first, after = (panel.calendar.number(y, 1) - panel.first for y in (year, year + 1))
    return int(np.clip(len(panel.values) - first, 0, after - first))


def _min_medio_max(sums: np.ndarray) -> dict[str, float]:
    return dict(zip(("min", "medio", "max"), map(float, np.quantile(sums, OUTER)), strict=True))


def places(edition: Edition, sums: np.ndarray, share: float = 1.0) -> dict[str, float | None]:
    """Where min, medio and max lie in our distribution of that year: share of our draws at or below each, in [0, 1]."""
    points = {"min": edition.low, "medio": edition.middle, "max": edition.high}
    return {name: None if x is None else float((sums <= x * share).mean()) for name, x in points.items()}


def interval_score(low: float, high: float, outcome: float) -> float:
    """Width, plus 2 / alpha times the distance by which the outcome lies outside (persons); alpha .2."""
    return high - low + 2 / ALPHA * (max(low - outcome, 0) + max(outcome - high, 0))


def score_edition(edition: Edition, outcome: Outcome | None) -> EditionScore:
    """The interval score of an edition, only where it is the same at both ends of the outcome's bridge."""
    if outcome is None:
        return EditionScore(edition, None, None, "No outcome under this definition is known yet.")
    ends = {interval_score(edition.low, edition.high, value) for value in (outcome.low, outcome.high)}
    if len(ends) == 1:
        return EditionScore(edition, ends.pop(), outcome, outcome.bridge)
    reason = f"Withheld: between {min(ends):.0f} and {max(ends):.0f}, as the bridge goes. {outcome.bridge}"
    return EditionScore(edition, None, outcome, reason)

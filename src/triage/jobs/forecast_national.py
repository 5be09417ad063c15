"""The national figure: the published forecast of the nationalities, and a forecast of the remainder beside it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from triage.adapters.forecasts import newest_rows
from triage.adapters.store import Store
from triage.domain.errors import ForecastError, NotFoundError
from triage.forecast.remainder import MODEL, National, national_paths, national_year_sums, remainder_of
from triage.forecast.series import TOTAL, panel_of
from triage.forecast.sums import cube_of

LABELS = {
    "first_application": "NL first applications, seven nationalities + remainder",
    "family_member_nareis": "NL nareis, seven nationalities + remainder",
}
BAND = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class NationalForecast:
    """What was found. `quarters`: quarter, part, p10, p50, p90, status; `years`: year, min, medio, max, status."""

    label: str
    made_on: str  # last month of the nationalities
    last_official: str  # last quarter with an official national total
    rank_relation: float
    quarters: pd.DataFrame
    years: pd.DataFrame
    notes: tuple[str, ...]


def forecast_national(
    frame: pd.DataFrame,
    kind: str,
    totals: pd.Series,
    years: pd.Series | None,
    store: Store,
    model: str = MODEL,
    rank_relation: float | None = None,
    seed: int = 12345,
) -> NationalForecast:
    """Add the remainder to the newest forecast of `kind`, publish the joint paths and say what is official.

    Parameters
    ----------
    frame : the inflow rows that the forecast was made of (INFLOW).
    totals : official national totals per quarter (persons, index 2018Q1 …).
    years : yearly national totals beyond them (index 2025), or None.

    Returns
    -------
    NationalForecast : p10, p50 and p90 in persons; of a calendar year they are the min, medio and max.

    Raises NotFoundError where nothing was forecast yet, ForecastError where totals and series do not fit.
    """
    paths = newest_rows(store, "PATHS", kind)
    if paths is None:
        raise NotFoundError("No forecast was published for this kind. Run triage forecast first.")
    cube, made_on = cube_of(paths), str(paths["made_on"].iloc[0])
    panel = panel_of(frame, kind=kind)
    if panel.calendar.name != "month":
        raise ForecastError("The national figure is made of months. Forecast monthly series first.")
    known = panel.until(panel.length_at(made_on))
    remainder = remainder_of(known, totals)
    ahead = cube.values[:, cube.names.index(TOTAL)]
    rng = np.random.default_rng([seed, 5])
    national = national_paths(remainder, known, ahead, rng, model, years, rank_relation)
    store.publish("PATHS", _paths_table(national, made_on, model), f"{kind} (national)")
    notes = (*_reach(remainder.last, made_on), *national.notes)
    return NationalForecast(
        label=LABELS.get(kind, f"NL {kind}, published series + remainder"),
        made_on=made_on,
        last_official=remainder.last,
        rank_relation=national.rank_relation,
        quarters=_quarters(national),
        years=_years(national, totals),
        notes=notes,
    )


def _paths_table(national: National, made_on: str, model: str) -> pd.DataFrame:
    """PATHS per quarter: the published nationalities as one series, OTH, and their sum."""
    cube = np.stack([national.seven, national.others, national.total], axis=1)
    d, s, q = (a.ravel() for a in np.indices(cube.shape))
    return pd.DataFrame(
        {
            "made_on": made_on,
            "series": np.array(["published", "OTH", TOTAL], dtype=object)[s],
            "month": np.array(national.quarters, dtype=object)[q],
            "draw": d,
            "persons": cube.ravel(),
            "model_version": model,
        }
    )


def _quarters(national: National) -> pd.DataFrame:
    """Bands per quarter of the published nationalities, of OTH and of their sum, and what of it is counted."""
    is_counted = np.ptp(national.seven, axis=0) == 0
    parts = {"published": national.seven, "OTH": national.others, TOTAL: national.total}
    frames = []
    for part, paths in parts.items():
        low, middle, high = np.quantile(paths, BAND, axis=0)
        status = np.where(is_counted, "counted" if part == "published" else "remainder forecast", "forecast")
        rows = {"quarter": national.quarters, "part": part, "p10": low, "p50": middle, "p90": high, "status": status}
        frames.append(pd.DataFrame(rows))
    return pd.concat(frames, ignore_index=True)


def _years(national: National, totals: pd.Series) -> pd.DataFrame:
    """Calendar years as min, medio, max: the 10, 50 and 90 % quantiles of the sum over the paths."""
    sums = national_year_sums(national.quarters, national.total, totals)
    is_met = (sums["p90"] - sums["p10"]).abs() < 1
    named = sums.rename(columns={"p10": "min", "p50": "medio", "p90": "max"})
    return named.assign(status=np.where(is_met, "yearly total known", "forecast"))


def _reach(last: str, made_on: str) -> tuple[str, ...]:
    return (
        f"Official national totals per quarter end at {last}, the published nationalities at {made_on}: "
        "the remainder is forecast further ahead, and its band is wider for it.",
    )

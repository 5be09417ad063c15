"""The newest forecast of one kind, ready to be shown: charts, rows, sums, and how good the model was so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from triage.adapters.forecasts import (
    forecast_of,
    head_of,
    newest_number,
    paths_number,
)
from triage.adapters.store import Store
from triage.domain.errors import NotFoundError
from triage.domain.records import Publication
from triage.forecast.charts import TOTAL_NOTE_NL, fan_chart_svg, label_of
from triage.forecast.hindsight import history_of
from triage.forecast.series import TOTAL
from triage.forecast.sums import Cube, cube_of, sum_quantiles

SHOWN_YEARS = 4
TITLES = {"first_application": "Eerste asielaanvragen", "family_member_nareis": "Nareis"}
#: Nationalities by their country, as officers read them; another code is shown as it is.
COUNTRIES = {
    "AFG": "Afghanistan",
    "ERI": "Eritrea",
    "IRQ": "Irak",
    "SOM": "Somalië",
    "SYR": "Syrië",
    "TUR": "Turkije",
    "YEM": "Jemen",
    "OTH": "Overige nationaliteiten",
}


@dataclass(frozen=True)
class WindowSum:
    """The sum of one series over a window of periods, both ends inside, with its 80 % band (persons)."""

    series: str
    first: str
    last: str
    p10: float
    p50: float
    p90: float


@dataclass(frozen=True)
class ShownSeries:
    """One series: its Dutch label, chart as SVG text, rows of FORECAST, sum over the first year, and score."""

    series: str
    label: str
    chart: str
    rows: tuple[Mapping[str, Any], ...]
    year: WindowSum
    score: Mapping[str, Any] | None  # row of SCORES of the model that made the forecast


@dataclass(frozen=True)
class ShownForecast:
    """A published forecast of one kind. `total_note` belongs beside every figure of the total."""

    publication: Publication
    kind: str
    title: str
    made_on: str
    vintage: str  # report date of the counts; empty where not known
    model_version: str
    total_note: str
    series: tuple[ShownSeries, ...]  # the total first
    scores: tuple[Mapping[str, Any], ...]  # rows of SCORES of the groups: bottom and total, every model
    last_known: tuple[str, float] | None  # newest period with a count of the total, and that count (persons)


def show_forecast(store: Store, kind: str) -> ShownForecast:
    """The newest forecast of `kind` with its history, sums and scores. Raises NotFoundError where there is none."""
    forecast = newest_number(store, "FORECAST", kind)
    if forecast is None:
        raise NotFoundError("No forecast was published for this kind. Run triage forecast first.")
    scores = newest_number(store, "SCORES", kind)
    return _shown(store, forecast, newest_number(store, "INFLOW", "inflow"), scores)


def series_title(series: str) -> str:
    """Name of a series in Dutch: a country, or the total with its note."""
    return label_of(series) if series == TOTAL else COUNTRIES.get(series, series)


@lru_cache(maxsize=8)
def _shown(store: Store, forecast_id: int, inflow_id: int | None, scores_id: int | None) -> ShownForecast:
    """Kept by publication number: what is published never changes, and drawing takes a second or two."""
    head, (publication, forecast) = head_of(store, forecast_id), forecast_of(store, forecast_id)
    history = history_of(store.published(inflow_id)[1] if inflow_id else None, head.kind)
    scores = store.published(scores_id)[1] if scores_id else pd.DataFrame(columns=["series", "model"])
    cube = cube_of(store.published(paths_number(store, publication))[1])
    sums = {one.series: one for one in _sums(cube, list(cube.months[:12]))}
    title = TITLES.get(head.kind, head.kind)
    model = head.model_version.rsplit("-", 1)[0]
    names = sorted(forecast["series"].unique(), key=lambda name: (name != TOTAL, name))
    return ShownForecast(
        publication=publication,
        kind=head.kind,
        title=title,
        made_on=head.made_on,
        vintage=head.vintage,
        model_version=head.model_version,
        total_note=TOTAL_NOTE_NL,
        series=tuple(
            _series(name, title, forecast, history, sums[name], _score(scores, name, model)) for name in names
        ),
        scores=_plain(scores.loc[scores["series"].isin(["bottom", TOTAL])]),
        last_known=_last_known(history),
    )


def _last_known(history: pd.DataFrame) -> tuple[str, float] | None:
    return (str(history.index[-1]), float(history[TOTAL].iloc[-1])) if TOTAL in history else None


def _series(
    name: str,
    title: str,
    forecast: pd.DataFrame,
    history: pd.DataFrame,
    year: WindowSum,
    score: Mapping[str, Any] | None,
) -> ShownSeries:
    rows = forecast.loc[forecast["series"] == name].reset_index(drop=True)
    past, after = _past_and_after(history, name, str(rows["made_on"].iloc[0]))
    drawn = rows.assign(actual=[after.get(month, np.nan) for month in rows["month"]])
    heading = title if name == TOTAL else f"{title}, {series_title(name)}"
    chart = fan_chart_svg(past, drawn, name, heading)
    return ShownSeries(name, series_title(name), chart, _plain(rows), year, score)


def _past_and_after(history: pd.DataFrame, name: str, made_on: str) -> tuple[pd.DataFrame, dict[str, float]]:
    """History up to the forecast, the last years of it, and the outcomes that came since."""
    if name not in history or made_on not in history.index:
        return pd.DataFrame({"period": [], "persons": []}), {}
    place = list(history.index).index(made_on) + 1
    column = history[name]
    past = column.iloc[max(0, place - 12 * SHOWN_YEARS) : place]
    after = {str(k): float(v) for k, v in column.iloc[place:].items()}
    return pd.DataFrame({"period": past.index, "persons": past.to_numpy()}), after


def _score(scores: pd.DataFrame, series: str, model: str) -> Mapping[str, Any] | None:
    return next(iter(_plain(scores.loc[(scores["series"] == series) & (scores["model"] == model)])), None)


def _plain(frame: pd.DataFrame) -> tuple[Mapping[str, Any], ...]:
    """Rows as mappings, None where a figure is not known."""
    plain = frame.astype(object).where(frame.notna(), None)
    return tuple({str(k): v for k, v in row.items()} for row in plain.to_dict("records"))


def _sums(cube: Cube, months: list[str]) -> tuple[WindowSum, ...]:
    """The sum of each series apart; places 1, 3 and 5 of the levels are 10, 50 and 90 %."""
    found = ((name, sum_quantiles(cube, [name], months)) for name in cube.names)
    return tuple(WindowSum(name, months[0], months[-1], *map(float, q[[1, 3, 5]])) for name, q in found)

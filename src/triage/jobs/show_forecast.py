"""The newest forecast of one kind, ready to be shown: charts, rows, sums, and how good the model was so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from triage.adapters.store import Store
from triage.domain.errors import ForecastError, NotFoundError, TriageError
from triage.domain.records import Publication
from triage.forecast.charts import TOTAL_NOTE_NL, fan_chart_svg, label_of
from triage.forecast.series import TOTAL, panel_of

SHOWN_YEARS = 4
TITLES = {"first_application": "Eerste asielaanvragen", "family_member_nareis": "Nareis"}


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
    model_version: str
    total_note: str
    series: tuple[ShownSeries, ...]  # the total first
    scores: tuple[Mapping[str, Any], ...]  # rows of SCORES of the groups: bottom and total, every model


def show_forecast(store: Store, kind: str) -> ShownForecast:
    """The newest forecast of `kind` with its history, sums and scores. Raises NotFoundError where there is none."""
    forecast = _newest(store, "FORECAST", kind)
    if forecast is None:
        raise NotFoundError("No forecast was published for this kind. Run triage forecast first.")
    return _shown(store, forecast, _newest(store, "INFLOW", "inflow"), _newest(store, "SCORES", kind))


def sums_of(store: Store, publication_id: int, window: tuple[str, str]) -> tuple[WindowSum, ...]:
    """Sum over the periods `window` (first, last; both inside) of every series, read off the joint paths.

    Quantiles of months do not add up; sums of paths do. Raises NotFoundError where no FORECAST has that number
    or no paths belong to it, ForecastError for a window outside the forecast.
    """
    publication, forecast = store.published(publication_id)
    if publication.table != "FORECAST":
        raise NotFoundError("No forecast stands under this number. See the list of forecasts.")
    months = list(dict.fromkeys(forecast["month"]))
    if not set(window) <= set(months) or months.index(window[0]) > months.index(window[1]):
        raise ForecastError(f"The window lies outside the forecast, {months[0]} to {months[-1]}. Choose one inside.")
    chosen = months[months.index(window[0]) : months.index(window[1]) + 1]
    return _sums(_paths(store, publication), chosen)


def _newest(store: Store, table: str, label: str | None) -> int | None:
    return next((p.publication_id for p in store.publications(table) if label in (None, p.label)), None)


@lru_cache(maxsize=8)
def _shown(store: Store, forecast_id: int, inflow_id: int | None, scores_id: int | None) -> ShownForecast:
    """Kept by publication number: what is published never changes, and drawing takes a second or two."""
    publication, forecast = store.published(forecast_id)
    history = _history(store.published(inflow_id)[1], publication.label) if inflow_id else pd.DataFrame()
    scores = store.published(scores_id)[1] if scores_id else pd.DataFrame(columns=["series", "model"])
    months = list(dict.fromkeys(forecast["month"]))[:12]
    sums = {s.series: s for s in _sums(_paths(store, publication), months)}
    head = forecast.iloc[0]
    title = TITLES.get(publication.label, publication.label)
    model = str(head["model_version"]).rsplit("-", 1)[0]
    names = sorted(forecast["series"].unique(), key=lambda name: (name != TOTAL, name))
    return ShownForecast(
        publication=publication,
        kind=publication.label,
        title=title,
        made_on=str(head["made_on"]),
        model_version=str(head["model_version"]),
        total_note=TOTAL_NOTE_NL,
        series=tuple(
            _series(name, title, forecast, history, sums[name], _score(scores, name, model)) for name in names
        ),
        scores=_plain(scores.loc[scores["series"].isin(["bottom", TOTAL])]),
    )


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
    heading = title if name == TOTAL else f"{title}, {name}"
    chart = fan_chart_svg(past, drawn, name, heading)
    return ShownSeries(name, label_of(name), chart, _plain(rows), year, score)


def _history(inflow: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Counts by period (index) and series; empty where the inflow in the store does not hold this kind."""
    try:
        panel = panel_of(inflow, "nationality_iso3", kind)
    except TriageError:
        return pd.DataFrame()
    return pd.DataFrame(panel.values, index=list(panel.periods), columns=list(panel.names))


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


def _paths(store: Store, forecast: Publication) -> pd.DataFrame:
    """The PATHS from which a FORECAST was read: the last of its label published before it."""
    earlier = (p for p in store.publications("PATHS") if p.label == forecast.label)
    found = next((p for p in earlier if p.publication_id < forecast.publication_id), None)
    if found is None:
        raise NotFoundError("No paths were published with this forecast. Forecast again.")
    return store.published(found.publication_id)[1]


def _sums(paths: pd.DataFrame, months: list[str]) -> tuple[WindowSum, ...]:
    inside = paths[paths["month"].isin(months)]
    by_draw = inside.pivot_table(index="series", columns="draw", values="persons", aggfunc="sum")
    low, middle, high = np.quantile(by_draw.to_numpy(), [0.1, 0.5, 0.9], axis=1)
    return tuple(
        WindowSum(str(name), months[0], months[-1], *map(float, band))
        for name, *band in zip(by_draw.index, low, middle, high, strict=True)
    )

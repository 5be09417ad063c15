"""The pictures of a backtest report, as SVG text: do bands keep their promise, when was it hard, what was said."""

from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from triage.forecast.backtest import Trial
from triage.forecast.charts import ENGLISH, chart_svg, fan_chart_svg
from triage.forecast.quantiles import LEVELS
from triage.forecast.scores import BANDS, MEDIAN, coverage, known_mean, wis
from triage.forecast.series import TOTAL, Panel

YEARS_BACK = 4
BLUE = "#154273"


def coverage_chart(trial: Trial, y: np.ndarray) -> str:
    """Coverage of the 50, 80 and 90 % bands of one model by horizon, series without the total, beside the promise."""
    said = {f"{100 - round(100 * a)} %": a for a in BANDS}
    rows = [
        {"h": h + 1, "model": name, "share": coverage(trial.quantiles[:, h, :-1], y[:, h, :-1], a)}
        for name, a in said.items()
        for h in range(y.shape[1])
    ]
    lines = _lines(rows, "h:O", "share:Q", "periods ahead", "share inside the band", alt.Scale(domain=[0, 1]))
    aria = f"Share of outcomes inside the bands of {trial.model}, by periods ahead. Dashed lines are the promises."
    promised = _promises([1 - a for a in BANDS])
    return chart_svg(alt.layer(lines, promised), f"Coverage of {trial.model} by horizon", aria, ENGLISH)


def coverage_80_chart(trials: list[Trial], y: np.ndarray) -> str:
    """Coverage of the 80 % band by horizon for several models, series without the total."""
    rows = [
        {"h": h + 1, "model": t.model, "share": coverage(t.quantiles[:, h, :-1], y[:, h, :-1], 0.2)}
        for t in trials
        for h in range(y.shape[1])
    ]
    lines = _lines(rows, "h:O", "share:Q", "periods ahead", "share inside the 80 % band", alt.Scale(domain=[0, 1]))
    aria = "Share of outcomes inside the 80 % band, by periods ahead and model. The dashed line is the promise, 0.8."
    title = "Coverage of the 80 % band by horizon, by model"
    return chart_svg(alt.layer(lines, _promises([0.8])), title, aria, ENGLISH)


def origin_chart(trials: list[Trial], y: np.ndarray, origins: list[str]) -> str:
    """Mean WIS per origin, series without the total."""
    rows = []
    for trial in trials:
        score = wis(trial.quantiles, y)[:, :, :-1].reshape(len(origins), -1)
        known = np.flatnonzero((~np.isnan(score)).any(axis=1))
        means = known_mean(score[known], axis=1)
        told = [origins[k] for k in known]
        rows += [{"o": o, "model": trial.model, "wis": float(v)} for o, v in zip(told, means, strict=True)]
    lines = _lines(rows, "o:O", "wis:Q", "origin", "mean WIS (persons)", alt.Scale(zero=True))
    aria = "Mean weighted interval score per origin and model, in persons. Peaks are breaks that no series foretold."
    return chart_svg(lines, "WIS by origin", aria, ENGLISH)


def pit_chart(model: str, q: np.ndarray, y: np.ndarray, of: str) -> str:
    """Where outcomes fell between the quantiles, against where they should: 1 in every bar is calibrated.

    `q` origins x horizon x series x 7 and `y` origins x horizon x series of the group that `of` names.
    """
    place = (y[..., None] > q).sum(axis=-1)[~np.isnan(y)]
    found = np.bincount(place, minlength=len(LEVELS) + 1) / max(len(place), 1)
    edges = [0, *LEVELS, 1]
    labels = [f"{100 * a:.0f}-{100 * b:.0f}" for a, b in pairwise(edges)]
    rows = [{"bin": b, "ratio": float(v)} for b, v in zip(labels, found / np.diff(edges), strict=True)]
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("bin:N", sort=labels, title="between the quantiles (%)", axis=alt.Axis(labelAngle=-40)),
            y=alt.Y("ratio:Q", title="found / expected", scale=alt.Scale(zero=True)),
        )
    )
    aria = f"Where outcomes fell within the forecasts of {model}, {of}; a calibrated forecast has 1 everywhere."
    return chart_svg(alt.layer(bars, _promises([1])), f"{model}, {of}", aria, ENGLISH, width=320, height=180)


def fan(trial: Trial, naive: Trial, panel: Panel, origin: str, o: int, i: int, y: np.ndarray) -> str:
    """Fan chart of series `i` from origin number `o`, with what came since."""
    length, name = panel.length_at(origin), panel.names[i]
    first = max(0, length - YEARS_BACK * panel.season)
    seen, q = panel.until(length), trial.quantiles[o, :, i]
    ahead = pd.DataFrame(q[:, 1:6], columns=["p10", "p25", "p50", "p75", "p90"])
    ahead = ahead.assign(month=seen.ahead(len(q)), naive_p50=naive.quantiles[o, :, i, MEDIAN], actual=y[o, :, i])
    past = pd.DataFrame({"period": seen.periods[first:], "persons": seen.values[first:, i]})
    title = f"{name.capitalize() if name == TOTAL else name}, from {origin}"
    return fan_chart_svg(past, ahead, name, title, ENGLISH)


def _promises(shares: list[float]) -> alt.Chart:
    return alt.Chart(alt.Data(values=[{"y": s} for s in shares])).mark_rule(strokeDash=[4, 4]).encode(y="y:Q")


def _lines(rows: list[dict[str, Any]], x: str, y: str, x_title: str, y_title: str, scale: alt.Scale) -> alt.Chart:
    column = y.partition(":")[0]
    usable = [row for row in rows if np.isfinite(row[column])]
    return (
        alt.Chart(alt.Data(values=usable))
        .mark_line(point=True)
        .encode(
            x=alt.X(x, title=x_title, axis=alt.Axis(labelOverlap=True)),
            y=alt.Y(y, title=y_title, scale=scale),
            color=alt.Color("model:N", title=None),
            strokeDash=alt.StrokeDash("model:N", title=None),
        )
    )

"""One self-contained page of a backtest, for the analyst: scores with their definitions, and what went wrong.

Nothing is fetched from outside; charts stand in the page as SVG.
"""

import math
from html import escape
from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from triage.forecast.backtest import Trial, outcomes, scales
from triage.forecast.charts import ENGLISH, chart_svg, fan_chart_svg
from triage.forecast.models import REFERENCE
from triage.forecast.quantiles import LEVELS
from triage.forecast.scores import BANDS, DEFINITIONS, MEDIAN, coverage, known_mean, wis
from triage.forecast.series import TOTAL, Panel

COLUMNS = (
    "rel_wis",
    "wis",
    "rwis",
    "swis",
    "mase",
    "rmsse",
    "wape",
    "bias",
    "pinball",
    "coverage_50",
    "coverage_80",
    "coverage_90",
    "width_90",
    "sum_rel_wis",
    "sum_coverage_80",
    "sum_coverage_90",
    "es",
    "seconds",
)
SHORT = ("rel_wis", "wape", "mase", "bias", "coverage_50", "coverage_80", "coverage_90", "sum_rel_wis")
GROUP_TITLES = {
    "bottom": "All series without the total",
    "total": "Total (sum of the series given, not national inflow)",
}
STYLE = """body{font:16px/1.5 system-ui,Arial,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums;font-size:.85rem}
th,td{padding:.25rem .5rem;text-align:right;border-bottom:1px solid #ccc}th:first-child,td:first-child{text-align:left}
.wide{overflow-x:auto}svg{max-width:52rem;height:auto;display:block;margin:1rem 0}
caption{text-align:left;font-weight:600}dt{font-weight:600}"""


def score_table(scores: dict[str, dict]) -> str:
    """The scores that decide, as lines for a terminal: per group and model."""
    lines = []
    for group, title in GROUP_TITLES.items():
        lines += [title, "model".ljust(16) + "".join(name.rjust(13) for name in SHORT)]
        lines += [f"{m:<16}" + "".join(_cell(s[group][n]).rjust(13) for n in SHORT) for m, s in scores.items()]
        lines.append("")
    return "\n".join(lines).rstrip()


SUM = "sum_"
#: Names of scores in files that others read.
OUTSIDE = {"rel_wis": "relWIS", "wis": "WIS", "rwis": "rWIS", "swis": "sWIS", "wape": "WAPE", "mase": "MASE"}
OUTSIDE |= {"rmsse": "RMSSE", "es": "ES"}


def scores_document(
    scores: dict[str, dict], panel: Panel, origins: list[str], horizon: int, seed: int
) -> dict[str, Any]:
    """What scores.json holds: protocol, definitions, and per model `series` (each, and total), `total` and `overall`.

    Overall is all series without the total: the two are never mixed. A set of scores has relWIS, WIS, WAPE, MASE,
    RMSSE, bias, coverage50/80/90, seconds and more, and `sums` (relWIS, coverage50/80/90) for the sum over the first
    year, null where the horizon is shorter than a year. A model has `seconds` (per series and origin) besides.
    """
    protocol = {
        "series": list(panel.names),
        "first_period": panel.periods[0],
        "last_period": panel.periods[-1],
        "periods_a_year": panel.season,
        "origins": origins,
        "horizon": horizon,
        "log_offset": panel.offset,
        "seed": seed,
        "total": "sum of the series given, not national inflow",
        "notes": list(panel.notes),
    }
    definitions = {_outside(name): text for name, text in DEFINITIONS.items()}
    models = {model: _model_scores(found) for model, found in scores.items()}
    plain = _without_nan({"protocol": protocol, "definitions": definitions, "models": models})
    return plain | {"best": best_model(scores)}


def _model_scores(found: dict[str, Any]) -> dict[str, Any]:
    series = {name: _named(one) for name, one in found["series"].items()}
    whole = {"overall": _named(found["bottom"]), "total": _named(found["total"]), "series": series}
    whole["seconds"] = found["bottom"]["seconds"]
    return whole | {"against_seasonal_naive": found["against_seasonal_naive"]}


def _named(scores: dict[str, float]) -> dict[str, Any]:
    """Scores under the names of the files' contract, those of the yearly sum together."""
    months = {_outside(name): value for name, value in scores.items() if not name.startswith(SUM)}
    return months | {"sums": {_outside(n.removeprefix(SUM)): v for n, v in scores.items() if n.startswith(SUM)}}


def _outside(name: str) -> str:
    """rel_wis -> relWIS, coverage_80 -> coverage80, sum_rel_wis -> sums.relWIS."""
    if name.startswith(SUM):
        return f"sums.{_outside(name.removeprefix(SUM))}"
    return OUTSIDE.get(name, name.replace("_", ""))


def _without_nan(value: Any) -> Any:
    """JSON has no "not a number": what is not known becomes null."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def report_html(scores: dict[str, dict], trials: list[Trial], panel: Panel, origins: list[str], horizon: int) -> str:
    """The page: tables, significance, charts of calibration and error, fan charts of the newest origin."""
    best = best_model(scores)
    shown = next(t for t in trials if t.model == best)
    y = outcomes(panel, origins, horizon)
    parts = [
        f"<h1>Backtest of the inflow forecast</h1><p>{escape(_about(panel, origins, horizon))}</p>",
        *(f"<p>{escape(note)}</p>" for note in panel.notes),
        *(_table(scores, group, title) for group, title in GROUP_TITLES.items()),
        _significance_table(scores),
        f"<h2>Definitions</h2><dl>{_definitions()}</dl>",
        "<h2>Do bands keep their promise?</h2>",
        _coverage_chart(trials, y),
        _pit_chart(shown, y),
        f"<h2>When was it hard?</h2>{_origin_chart(trials, y, origins)}",
        _worst(shown, panel, origins, y),
        f"<h2>Newest origin, {escape(best)}</h2>",
        *_fans(shown, trials, panel, origins, y),
    ]
    head = f'<meta charset="utf-8"><title>Backtest of the inflow forecast</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><main>{"".join(parts)}</main></body></html>'


def best_model(scores: dict[str, dict]) -> str:
    """Name with the lowest rel_wis over the series without the total; seasonal naive only when it is alone."""
    rivals = {m: s["bottom"]["rel_wis"] for m, s in scores.items() if m != REFERENCE}
    known = {m: value for m, value in rivals.items() if value is not None and np.isfinite(value)}
    return min(known, key=lambda m: known[m]) if known else REFERENCE


def model_card(model: str, version: str, kind: str, scores: dict[str, dict], panel: Panel) -> str:
    """Card of a learned version, Markdown: what it says, on what, how good it was, and its limits."""
    bottom, total = scores[model]["bottom"], scores[model]["total"]
    return f"""# Card: {version}

Forecasts {kind} per nationality and their sum, in persons per {panel.calendar.name}. For capacity only; it never reaches a case.

- Learned from {len(panel.names) - 1} series, {panel.periods[0]} to {panel.periods[-1]}. The model is fitted anew on the newest data at every forecast.
- relWIS over the series {_cell(bottom["rel_wis"])}, of the total {_cell(total["rel_wis"])} (seasonal naive 1; lower is better).
- The 80 % band held {_cell(bottom["coverage_80"])} of the outcomes, of the total {_cell(total["coverage_80"])}; of the yearly sums {_cell(bottom["sum_coverage_80"])}.
- Bias {_cell(bottom["bias"])} (positive is too high). The model was picked on these scores: expect a little less.
- The total is the sum of the series given, not national inflow. Breaks are not foreseen.
"""  # noqa: E501 - a card has one line per statement


def _about(panel: Panel, origins: list[str], horizon: int) -> str:
    return (
        f"{len(panel.names) - 1} series and their total, {panel.periods[0]} to {panel.periods[-1]}; {len(origins)} "
        f"origins from {origins[0]} to {origins[-1]}, 1 to {horizon} {panel.calendar.name}s ahead. At each origin a "
        "model saw what was known then and nothing after it. A model that is picked on these scores will do a little "
        "worse on new months than they say. No claim without the test beside it."
    )


def _cell(value: float | None) -> str:
    return "-" if value is None or not np.isfinite(value) else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def _table(scores: dict[str, dict], group: str, title: str) -> str:
    head = "".join(f"<th scope=col>{name}</th>" for name in ("model", *COLUMNS))
    rows = "".join(
        f"<tr><td>{escape(m)}</td>" + "".join(f"<td>{_cell(s[group].get(n))}</td>" for n in COLUMNS) + "</tr>"
        for m, s in scores.items()
    )
    return f"<div class=wide><table><caption>{escape(title)}</caption><tr>{head}</tr>{rows}</table></div>"


def _significance_table(scores: dict[str, dict]) -> str:
    rows = "".join(
        f"<tr><td>{escape(m)}</td>" + "".join(f"<td>{_cell(s['against_seasonal_naive'][n])}</td>" for n in names)
        for m, s in scores.items()
        for names in [("mean", "low", "high", "diebold_mariano")]
        if s["against_seasonal_naive"]
    )
    head = "".join(f"<th scope=col>{n}</th>" for n in ("model", "difference", "2.5 %", "97.5 %", "Diebold-Mariano"))
    title = "Scaled WIS minus that of seasonal naive, all series with the total; block bootstrap over origins"
    return f"<div class=wide><table><caption>{title}</caption><tr>{head}</tr>{rows}</table></div>"


def _definitions() -> str:
    return "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in DEFINITIONS.items())


def _coverage_chart(trials: list[Trial], y: np.ndarray) -> str:
    """Coverage of the 80 % band by horizon, series without the total."""
    rows = [
        {"h": h + 1, "model": t.model, "share": coverage(t.quantiles[:, h, :-1], y[:, h, :-1], 0.2)}
        for t in trials
        for h in range(y.shape[1])
    ]
    lines = _lines(rows, "h:O", "share:Q", "periods ahead", "share inside the 80 % band", alt.Scale(domain=[0, 1]))
    promise = alt.Chart(alt.Data(values=[{"y": 0.8}])).mark_rule(strokeDash=[4, 4]).encode(y="y:Q")
    aria = "Share of outcomes inside the 80 % band, by periods ahead and model. The dashed line is the promise, 0.8."
    return chart_svg(alt.layer(lines, promise), "Coverage of the 80 % band by horizon", aria, ENGLISH)


def _origin_chart(trials: list[Trial], y: np.ndarray, origins: list[str]) -> str:
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


def _pit_chart(trial: Trial, y: np.ndarray) -> str:
    """Where outcomes fell between the quantiles, against where they should: 1 in every bar is calibrated."""
    q, known = trial.quantiles[:, :, :-1], ~np.isnan(y[:, :, :-1])
    place = (y[:, :, :-1][..., None] > q).sum(axis=-1)[known]
    found = np.bincount(place, minlength=len(LEVELS) + 1) / max(len(place), 1)
    edges = [0, *LEVELS, 1]
    labels = [f"{100 * a:.0f}-{100 * b:.0f} %" for a, b in pairwise(edges)]
    rows = [{"bin": b, "ratio": float(v)} for b, v in zip(labels, found / np.diff(edges), strict=True)]
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(color="#154273")
        .encode(
            x=alt.X("bin:N", sort=labels, title="between the quantiles", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("ratio:Q", title="found / expected"),
        )
    )
    promise = alt.Chart(alt.Data(values=[{"y": 1}])).mark_rule(strokeDash=[4, 4]).encode(y="y:Q")
    aria = "Histogram of where outcomes fell within the forecast distribution; a calibrated forecast has 1 everywhere."
    return chart_svg(alt.layer(bars, promise), f"Calibration of {trial.model} (PIT)", aria, ENGLISH)


def _worst(trial: Trial, panel: Panel, origins: list[str], y: np.ndarray) -> str:
    """The three cells with the largest scaled score, one per period: what we missed."""
    score = np.nan_to_num(wis(trial.quantiles, y) / scales(panel, origins).mean[:, None])[:, :, :-1]
    rows, told = [], set()
    for flat in np.argsort(score, axis=None)[::-1]:
        o, h, s = np.unravel_index(flat, score.shape)
        period = panel.periods[min(panel.length_at(origins[o]) + h, len(panel.values) - 1)]
        if (period, s) in told or len(rows) == 3:
            continue
        told.add((period, s))
        low, high = trial.quantiles[o, h, s, list(BANDS[0.1])]
        figures = (f"{low:.0f} to {high:.0f}", f"{trial.quantiles[o, h, s, MEDIAN]:.0f}", f"{y[o, h, s]:.0f}")
        rows.append((panel.names[s], period, origins[o], *figures))
    head = "".join(f"<th scope=col>{n}</th>" for n in ("series", "period", "origin", "90 % band", "median", "outcome"))
    body = "".join("<tr>" + "".join(f"<td>{escape(str(c))}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><caption>What we missed: the worst three (persons)</caption><tr>{head}</tr>{body}</table>"


def _fans(trial: Trial, trials: list[Trial], panel: Panel, origins: list[str], y: np.ndarray) -> list[str]:
    """Fan chart of every series from the newest origin, with what came since."""
    naive = next(t for t in trials if t.model == REFERENCE)
    length = panel.length_at(origins[-1])
    seen = panel.until(length)
    first = max(0, length - 4 * panel.season)
    charts = []
    for i, name in enumerate(panel.names):
        q = trial.quantiles[-1, :, i]
        ahead = pd.DataFrame(q[:, 1:6], columns=["p10", "p25", "p50", "p75", "p90"])
        ahead = ahead.assign(month=seen.ahead(len(q)), naive_p50=naive.quantiles[-1, :, i, MEDIAN], actual=y[-1, :, i])
        past = pd.DataFrame({"period": seen.periods[first:], "persons": seen.values[first:, i]})
        charts.append(
            fan_chart_svg(
                past, ahead, name, f"{name.capitalize() if name == TOTAL else name}, from {origins[-1]}", ENGLISH
            )
        )
    return charts

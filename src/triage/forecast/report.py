"""One self-contained page of a backtest, for the analyst: scores with their definitions, and what went wrong.

Nothing is fetched from outside; charts stand in the page as SVG.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from triage.forecast.backtest import DRAWS, SEED, Trial, best_model, outcomes
from triage.forecast.models import MODELS, REFERENCE
from triage.forecast.report_charts import coverage_80_chart, coverage_chart, fan, origin_chart, pit_chart
from triage.forecast.scores import BANDS, DEFINITIONS, MEDIAN, wis
from triage.forecast.series import Panel

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
table.text th,table.text td{text-align:left}
.wide{overflow-x:auto}svg{max-width:52rem;height:auto;display:block;margin:1rem 0}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1rem}
caption{text-align:left;font-weight:600}dt{font-weight:600}"""


#: Keys of score_trials with a difference to another model, and how they are told.
DIFFERENCES = {
    "against_seasonal_naive": "of the reference",
    "against_best": "of the best model",
    "against_champion": "of the champion",
}
#: Lines in one picture, beside seasonal naive; more cannot be told apart.
MOST_LINES = 5
MOST_FANS = 12
WORST = 3


def score_table(scores: dict[str, dict]) -> str:
    """The scores that decide, as lines for a terminal: per group and model, and the test beside every difference."""
    lines = []
    for group, title in GROUP_TITLES.items():
        lines += [title, "model".ljust(16) + "".join(name.rjust(13) for name in SHORT)]
        lines += [f"{m:<16}" + "".join(_cell(s[group][n]).rjust(13) for n in SHORT) for m, s in scores.items()]
        lines.append("")
    for key, title in DIFFERENCES.items():
        lines += _difference_lines(scores, key, title)
    return "\n".join(lines).rstrip()


def _difference_lines(scores: dict[str, dict], key: str, title: str) -> list[str]:
    found = {model: s[key] for model, s in scores.items() if s.get(key)}
    if not found:
        return []
    head = [f"Scaled WIS minus that {title} ({next(iter(found.values()))['model']}), all series with the total"]
    head.append("model".ljust(16) + "".join(name.rjust(13) for name in ("difference", "2.5 %", "97.5 %", "DM")))
    figures = ("mean", "low", "high", "diebold_mariano")
    return [*head, *(f"{m:<16}" + "".join(_cell(d[n]).rjust(13) for n in figures) for m, d in found.items()), ""]


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
    return whole | {key: found[key] for key in DIFFERENCES if key in found}


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


def report_html(
    scores: dict[str, dict], trials: list[Trial], panel: Panel, origins: list[str], horizon: int, seed: int = SEED
) -> str:
    """The page: tables, tests, calibration and error in pictures, the worst months in words, fan charts, settings."""
    named = {trial.model: trial for trial in trials}
    best = named[best_model(scores)]
    y = outcomes(panel, origins, horizon)
    lines = [named[model] for model in _shown(scores)]
    parts = [
        f"<h1>Backtest of the inflow forecast</h1><p>{escape(_about(panel, origins, horizon))}</p>",
        *(f"<p>{escape(note)}</p>" for note in panel.notes),
        *(_table(scores, group, title) for group, title in GROUP_TITLES.items()),
        "<h2>Is a difference more than chance?</h2>",
        *(_significance_table(scores, key, title) for key, title in DIFFERENCES.items()),
        "<h2>Do bands keep their promise?</h2>",
        coverage_chart(best, y),
        coverage_80_chart(lines, y),
        f"<h3>Calibration (PIT)</h3><p>{PIT_HELP}</p><div class=grid>{_pits(lines, best, y)}</div>",
        f"<h2>When was it hard?</h2>{origin_chart(lines, y, origins)}",
        _worst(best, named[REFERENCE], panel, origins, y),
        f"<h2>Newest origin, {escape(best.model)}</h2>",
        *(fan(best, named[REFERENCE], panel, origins[-1], -1, i, y) for i in _largest(panel)),
        f"<h2>What was tried</h2>{_tried(scores)}{_settings(panel, origins, horizon, seed)}",
        f"<h2>Definitions</h2><dl>{_definitions()}</dl>",
    ]
    head = f'<meta charset="utf-8"><title>Backtest of the inflow forecast</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><main>{"".join(parts)}</main></body></html>'


PIT_HELP = (
    "How often outcomes fell between two quantiles, over how often they should: 1 in every bar is calibrated. High "
    "bars at both ends are bands that are too narrow; a high bar at one end is a forecast that leans to the other side."
)


def _shown(scores: dict[str, dict]) -> list[str]:
    """Seasonal naive and the best models, in the order of the scores: what fits in one picture."""
    rank = {m: s["bottom"]["rel_wis"] for m, s in scores.items() if m != REFERENCE}
    known = sorted((m for m in rank if np.isfinite(rank[m])), key=lambda m: rank[m])[:MOST_LINES]
    return [m for m in scores if m == REFERENCE or m in known]


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


def _rows(head: tuple[str, ...], rows: list[tuple[str, ...]], caption: str, look: str = "figures") -> str:
    """A table of text cells; `look` is "text" where words stand in it."""
    top = "".join(f"<th scope=col>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class=wide><table class={look}><caption>{escape(caption)}</caption><tr>{top}</tr>{body}</table></div>"


def _significance_table(scores: dict[str, dict], key: str, title: str) -> str:
    found = {model: s[key] for model, s in scores.items() if s.get(key)}
    if not found:
        return ""
    rows = [
        (m, *(_cell(d[n]) for n in ("mean", "low", "high", "diebold_mariano")), _verdict(d)) for m, d in found.items()
    ]
    other = next(iter(found.values()))["model"]
    caption = f"Scaled WIS minus that {title} ({other}), all series with the total; below 0 is better"
    return _rows(("model", "difference", "2.5 %", "97.5 %", "Diebold-Mariano", "so"), rows, caption)


def _verdict(difference: Mapping[str, Any]) -> str:
    """What the interval of the block bootstrap allows to say."""
    if difference["high"] < 0:
        return "better"
    return "worse" if difference["low"] > 0 else "no difference shown"


def _definitions() -> str:
    return "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in DEFINITIONS.items())


def _pits(lines: list[Trial], best: Trial, y: np.ndarray) -> str:
    """Histograms of every model shown over the series, and of the best one for the total."""
    each = [pit_chart(t.model, t.quantiles[:, :, :-1], y[:, :, :-1], "series without the total") for t in lines]
    return "".join([*each, pit_chart(best.model, best.quantiles[:, :, -1:], y[:, :, -1:], "total")])


def _largest(panel: Panel) -> list[int]:
    """The series with the most persons in the last year, in their own order, and the total: what fits on one page."""
    size = panel.values[-panel.season :, :-1].sum(axis=0)
    return [*sorted(int(i) for i in np.argsort(size)[::-1][:MOST_FANS]), len(size)]


@dataclass(frozen=True)
class Miss:
    """The worst cell of a month: number of the origin, horizon (from 0) and series."""

    origin: int
    step: int
    series: int


def worst_months(trial: Trial, panel: Panel, origins: list[str], y: np.ndarray) -> list[Miss]:
    """Of the three months with the largest mean WIS (persons, series without the total), the worst cell of each."""
    score = np.nan_to_num(wis(trial.quantiles, y))[:, :, :-1]
    starts = np.array([panel.length_at(origin) for origin in origins])
    month = starts[:, None] + np.arange(score.shape[1])
    counted = {int(k): float(score[month == k].sum(axis=1).mean()) for k in np.unique(month[month < len(panel.values)])}
    worst = sorted(counted, key=lambda k: counted[k], reverse=True)[:WORST]
    cells = [np.where((month == k)[:, :, None], score, -1) for k in worst]
    return [Miss(*map(int, np.unravel_index(cell.argmax(), cell.shape))) for cell in cells]


def in_words(trial: Trial, panel: Panel, origins: list[str], y: np.ndarray, miss: Miss) -> str:
    """One sentence: what was forecast, what came, and how far outside the 90 % band it lay (persons)."""
    o, h, i = miss.origin, miss.step, miss.series
    low, high = trial.quantiles[o, h, i, list(BANDS[0.1])]
    came, middle = y[o, h, i], trial.quantiles[o, h, i, MEDIAN]
    period = panel.until(panel.length_at(origins[o])).ahead(h + 1)[-1]
    outside = "inside it" if low <= came <= high else f"{max(low - came, came - high):,.0f} {_side(came, low)} it"
    return (
        f"{panel.names[i]} in {period}: from {origins[o]}, {h + 1} {panel.calendar.name}{'s' if h else ''} before, "
        f"{trial.model} expected {middle:,.0f} with 90 % between {low:,.0f} and {high:,.0f}; "
        f"{came:,.0f} came, {outside}."
    )


def _side(came: float, low: float) -> str:
    return "below" if came < low else "above"


def _worst(trial: Trial, naive: Trial, panel: Panel, origins: list[str], y: np.ndarray) -> str:
    """What we missed: the worst three months in words, each with the forecast it was."""
    misses = worst_months(trial, panel, origins, y)
    told = "".join(f"<li>{escape(in_words(trial, panel, origins, y, miss))}</li>" for miss in misses)
    where = dict.fromkeys((miss.origin, miss.series) for miss in misses)  # two months may be one forecast
    fans = "".join(fan(trial, naive, panel, origins[o], o, i, y) for o, i in where)
    return f"<h2>What we missed: the worst three {panel.calendar.name}s</h2><ol>{told}</ol>{fans}"


def _tried(scores: dict[str, dict]) -> str:
    """Every model that was scored, what it is, and the scores it would be chosen by."""
    names = ("rel_wis", "coverage_80", "sum_rel_wis")
    rows = [
        (m, *(_cell(s["bottom"][n]) for n in names), _cell(s["total"]["rel_wis"]), _said_of(m))
        for m, s in scores.items()
    ]
    head = ("model", *names, "total rel_wis", "what it is")
    return _rows(head, rows, "Models; scores without the word total are over all series without the total", "text")


def _said_of(model: str) -> str:
    said = (MODELS[model].__doc__ or "").strip() if model in MODELS else ""
    return said.splitlines()[0] if said else "-"


def _settings(panel: Panel, origins: list[str], horizon: int, seed: int) -> str:
    told = {
        "origins": f"{origins[0]} to {origins[-1]}, {len(origins)}",
        "horizon": f"{horizon} {panel.calendar.name}s",
        "draws": f"{DRAWS} paths; one stream of random numbers per origin, seed {seed}, the same for all models",
        "log offset": f"{panel.offset:g} (5 where every count is a multiple of 5, else 1)",
        "bands": "50, 80 and 90 %, from the quantiles 5, 10, 25, 50, 75, 90 and 95 %",
        "test": "Diebold-Mariano (Bartlett weights, 3 lags); moving-block bootstrap over origins, block 4, 2,000 draws",
    }
    return _rows(("setting", "value"), list(told.items()), "Settings, the same for every model", "text")

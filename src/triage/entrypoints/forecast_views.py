"""What the pages of the forecast show, in Dutch words: results of the jobs -> values for the templates."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from triage.adapters.forecasts import ForecastHead
from triage.entrypoints.pages import dutch_month, dutch_number
from triage.entrypoints.texts import texts
from triage.jobs.compare_scenarios import ComparedScenarios, PlacedEdition, ShownScenario, YearSum
from triage.jobs.judge_forecast import Accuracy, Hindsight, Judgement, SeriesScore, own_scores
from triage.jobs.show_forecast import ShownForecast, ShownSeries, series_title
from triage.jobs.show_national import ShownNational
from triage.jobs.sum_forecast import ForecastSum

TOTAL = "total"
GROUPS = {TOTAL: "Totaal van deze reeksen", "bottom": "Per nationaliteit"}
LEVELS = (("p05", "5%"), ("p10", "10%"), ("p25", "25%"), ("p50", "50%"), ("p75", "75%"), ("p90", "90%"), ("p95", "95%"))
PROMISE = 0.8
NEAR = 0.05  # how far coverage may lie from the promise before we call it broken


def head_view(head: ForecastHead) -> dict[str, Any]:
    """What a forecast says of itself."""
    return {
        "made_on": dutch_month(head.made_on),
        "published": head.publication.published_at,
        "vintage": head.vintage,
        "model": head.model_version,
        "scenario": head.scenario,
        "number": head.publication.publication_id,
    }


def overview_view(shown: ShownForecast, judged: Judgement) -> dict[str, Any]:
    """One kind on the overview: what came last, the next month and year, and how good we were, in a sentence."""
    total = shown.series[0]
    ahead = total.rows[0]
    return {
        "kind": shown.kind,
        "title": shown.title,
        "head": head_view(judged.head),
        "chart": _chart(total),
        "last": _last(shown),
        "next": (dutch_month(str(ahead["month"])), *_band(ahead)),
        "first": dutch_month(total.year.first),
        "until": dutch_month(total.year.last),
        "sum": _band(vars(total.year)),
        "tried": coverage_sentence(judged.review.tried),
    }


def _last(shown: ShownForecast) -> tuple[str, str] | None:
    return (dutch_month(shown.last_known[0]), dutch_number(shown.last_known[1])) if shown.last_known else None


def kind_view(shown: ShownForecast) -> dict[str, Any]:
    """All series of one kind: charts, rows and sums over the first year."""
    return {"series": [_series_view(one) for one in shown.series]}


def _series_view(one: ShownSeries) -> dict[str, Any]:
    return {
        "name": one.series,
        "label": series_label(one.series),
        "is_total": one.series == TOTAL,
        "chart": _chart(one),
        "rows": [
            (dutch_month(str(row["month"])), *_band(row), dutch_number(float(row["naive_p50"]))) for row in one.rows
        ],
        "first": dutch_month(one.year.first),
        "last": dutch_month(one.year.last),
        "sum": _band(vars(one.year)),
    }


def series_label(name: str) -> str:
    """A series as said in a sentence or a table; the total never as national inflow."""
    return GROUPS.get(name) or series_title(name)


def _chart(one: ShownSeries) -> Markup:
    return Markup(one.chart)  # noqa: S704 - drawn by ourselves; labels are escaped there


def _band(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return dutch_number(float(row["p10"])), dutch_number(float(row["p50"])), dutch_number(float(row["p90"]))


def national_view(shown: ShownNational | None) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """(quarter, all nationalities, those without a monthly series) per quarter; nothing where there is no estimate."""
    quarters = shown.quarters if shown else ()
    return [(quarter_text(one.quarter), _texts(one.total), _texts(one.others)) for one in quarters]


def quarter_text(quarter: str) -> str:
    """2026Q1 -> 1e kwartaal 2026."""
    year, _, part = quarter.partition("Q")
    return f"{part}e kwartaal {year}"


# Sums


def sum_view(found: ForecastSum, accuracy: Accuracy) -> dict[str, Any]:
    """One sum in words and figures, with the baseline and how good we were beside it."""
    is_one = found.periods == 1
    figures = vars(found)
    return {
        "what": " en ".join(series_label(name) for name in found.series),
        "is_total": found.series == (TOTAL,),
        "when": dutch_month(found.first)
        if is_one
        else f"{dutch_month(found.first)} tot en met {dutch_month(found.last)}",
        "periods": found.periods,
        "band": _band(figures),
        "levels": [(name, dutch_number(figures[level])) for level, name in LEVELS],
        "naive": _band({name: figures[f"naive_{name}"] for name in ("p10", "p50", "p90")}),
        "sentences": accuracy_sentences(accuracy, is_one),
    }


def accuracy_sentences(accuracy: Accuracy, is_month: bool) -> list[str]:
    """How good we were so far, in plain Dutch; an honest sentence where nothing is known."""
    what = "maanden" if is_month else "sommen over 12 maanden"
    tried, came = accuracy.backtest_coverage_80, accuracy.published_coverage_80
    return [
        "Voor deze reeksen is nog geen proef op het verleden gepubliceerd."
        if tried is None
        else f"In de proef op het verleden vielen {of_ten(tried)} {what} binnen de band van 80%"
        f"{_counted(accuracy.backtest_outcomes)}. {bias_sentence(accuracy.backtest_bias)}".strip(),
        "Van de prognoses die we publiceerden is nog geen maand voorbij."
        if came is None
        else f"Van de prognoses die we publiceerden vielen {of_ten(came)} maanden binnen de band"
        f"{_counted(accuracy.published_outcomes)}.",
    ]


def _counted(outcomes: int) -> str:
    return f" (gemeten op {dutch_number(outcomes)} uitkomsten)" if outcomes else ""


def of_ten(share: float) -> str:
    """A share in plain Dutch: 8 van de 10; finer the test cannot tell."""
    tenths = round(10 * share)
    return "bijna alle" if tenths == 10 else "bijna geen van de" if tenths == 0 else f"{tenths} van de 10"


def bias_sentence(bias: float | None) -> str:
    """On which side we erred."""
    if bias is None:
        return ""
    if abs(bias) < 0.02:
        return "We zaten gemiddeld niet te hoog en niet te laag."
    return f"We zaten gemiddeld {dutch_number(abs(bias) * 100)}% te {'hoog' if bias > 0 else 'laag'}."


def coverage_sentence(found: Hindsight | None) -> str:
    """In 8 van de 10 maanden ..., and whether that is what we promised. Empty where nothing is known."""
    if found is None:
        return ""
    return f"In {of_ten(found.coverage_80)} maanden lag het aantal binnen onze band van 80%. {_kept(found.coverage_80)}"


def _kept(share: float) -> str:
    if abs(share - PROMISE) <= NEAR:
        return "Dat is wat we beloven."
    return "We beloven 8 van de 10: onze band was te smal." if share < PROMISE else "Onze band was iets te breed."


# Looking back


def look_back_view(judged: Judgement) -> dict[str, Any]:
    """How good we were, what we missed, and how each published forecast turned out so far."""
    found = judged.review
    years = (("Per nationaliteit", found.year_sums), ("Totaal van deze reeksen", found.year_sums_total))
    return {
        "tried": coverage_sentence(found.tried),
        "bias": bias_sentence(found.tried.bias if found.tried else None),
        "outcomes": dutch_number(found.tried.months) if found.tried else "0",
        "stretches": [_stretch(*one) for one in found.stretches],
        "total": [_stretch(*one) for one in found.total_stretches],
        "years": [{"group": name} | _figures(one) for name, one in years if one],
        "missed": [miss_sentence(row) for row in found.missed],
        "issued": coverage_sentence(found.issued),
        "issued_outcomes": dutch_number(found.issued.months) if found.issued else "0",
        "own": [_own(one) for one in own_scores(judged)],
        "scores": [_score(row) for row in _groups(judged.scores)],
    }


def _stretch(first: int, last: int, found: Hindsight) -> dict[str, str]:
    ahead = f"{first} maand vooruit" if first == last else f"{first} tot en met {last} maanden vooruit"
    return {"ahead": ahead} | _figures(found)


def _figures(found: Hindsight) -> dict[str, str]:
    return {
        "held": f"{of_ten(found.coverage_80).capitalize()} ({percent(found.coverage_80)})",
        "bias": signed(found.bias),
        "error": figure(found.wape),
        "outcomes": dutch_number(found.months),
    }


def _own(one: SeriesScore) -> dict[str, str]:
    return {"series": series_label(one.series)} | _figures(one.found)


def miss_sentence(row: Mapping[str, Any]) -> dict[str, str]:
    """One miss in words: what came, what we said, when we said it."""
    came, low, middle, high = (dutch_number(float(row[name])) for name in ("actual", "p10", "p50", "p90"))
    origin = dutch_month(str(row.get("origin") or row.get("made_on")))
    side = "laag" if row["actual"] > row["p50"] else "hoog"
    months = "1 maand" if row["h"] == 1 else f"{row['h']} maanden"
    return {
        "title": f"{series_label(str(row['series']))}, {dutch_month(str(row['month']))}",
        "text": f"Er kwamen {came} personen. De prognose van {origin}, {months} eerder, zei {middle}, "
        f"met 80% kans tussen {low} en {high}. Dat was te {side}.",
    }


def _groups(scores: pd.DataFrame) -> list[dict[str, Any]]:
    rows = scores.loc[scores["series"].isin(["bottom", TOTAL])]
    plain = rows.astype(object).where(rows.notna(), None)
    return [{str(k): v for k, v in row.items()} for row in plain.to_dict("records")]


def _score(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "group": GROUPS.get(row["series"], str(row["series"])),
        "model": "zoals vorig jaar" if row["model"] == "seasonal_naive" else str(row["model"]),
        "rel_wis": figure(row.get("rel_wis")),
        "error": figure(row.get("wape")),
        "held": percent(row.get("coverage_80")),
    }


def figure(value: float | None) -> str:
    """0,79; a dash where it is not known."""
    return "–" if value is None else dutch_number(value, 2)


def percent(share: float | None) -> str:
    """A share in whole percents; a dash where it is not known."""
    return "–" if share is None else f"{dutch_number(100 * share)}%"


def signed(value: float | None) -> str:
    """+6% is too high, -6% too low."""
    if value is None:
        return "–"
    size = dutch_number(100 * abs(value))
    return "0%" if size == "0" else f"{'+' if value > 0 else '−'}{size}%"


# Scenarios


def scenarios_view(compared: ComparedScenarios) -> dict[str, Any]:
    """Base beside each scenario, with who laid it there and why."""
    return {
        "first": dutch_month(compared.first),
        "until": dutch_month(compared.last),
        "scenarios": [_scenario(one) for one in compared.scenarios],
        "mpp": [_placed(one) for one in compared.mpp],
        "older": [(head.scenario, dutch_month(head.made_on)) for head in compared.older],
    }


def _scenario(one: ShownScenario) -> dict[str, Any]:
    return {
        "id": one.head.scenario,
        "published": one.head.publication.published_at,
        "note": one.note,
        "chart": Markup(one.chart),  # noqa: S704 - drawn by ourselves; labels are escaped there
        "years": [(series_label(y.series), _texts(y.base), _texts(y.scenario), _change(y)) for y in one.years],
        "rows": [(dutch_month(month), _texts(base), _texts(own)) for month, own, base in one.rows],
        "events": [event_view(row) for row in one.events],
        "found": [(name, _figures(f)) for name, f in (("Scenario", one.found), ("Basis", one.base_found)) if f],
    }


def _placed(one: PlacedEdition) -> dict[str, Any]:
    """An edition of the MPP in our distribution: each figure with the share of our draws that lies below it."""
    figures = (("min", one.edition.low), ("medio", one.edition.middle), ("max", one.edition.high))
    return {
        "edition": one.edition.edition,
        "year": one.edition.year,
        "cells": [_place(value, one.places[name]) for name, value in figures],
        "ours": f"{dutch_number(one.ours[1])} ({dutch_number(one.ours[0])} tot {dutch_number(one.ours[2])})",
        "bridge": f"Onze reeksen waren {percent(one.share)} van eerste aanvragen en nareis samen in {one.share_year}",
    }


def _place(value: float | None, place: float | None) -> tuple[str, str]:
    if value is None or place is None:
        return "–", ""
    return dutch_number(value), "boven alles" if place == 1 else "onder alles" if place == 0 else f"op {percent(place)}"


def _texts(values: Sequence[float]) -> tuple[str, ...]:
    return tuple(dutch_number(value) for value in values)


def _change(year: YearSum) -> str:
    return signed(year.scenario[1] / year.base[1] - 1) if year.base[1] > 0 else "–"


def event_view(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """An event as registered, in words: (what, value). Free text stands as its author wrote it."""
    words, values = texts()["events"], texts()["event_values"]
    until = f"tot en met {dutch_month(str(row['last']))}" if row["last"] else "zonder bekend einde"
    told = {
        "event_id": str(row["event_id"]),
        "nationalities": ", ".join(values.get(one, series_label(one)) for one in str(row["nationalities"]).split()),
        "window": f"{dutch_month(str(row['first']))} {until}, {values[str(row['shape'])]}",
        "factor": f"keer {dutch_number(row['low'], 2)} tot keer {dutch_number(row['high'], 2)}",
        "probability": percent(row["probability"]),
        **{name: str(row[name]) for name in ("reason", "known", "assumed", "author", "source", "registered_on")},
    }
    return [(words[name], value) for name, value in told.items()]

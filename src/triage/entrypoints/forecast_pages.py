"""Pages of the forecast: overview, one kind, sums, scenarios, looking back, definitions, and files to take along."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from triage.adapters.forecasts import newest_number
from triage.domain.errors import ForecastError, NotFoundError
from triage.entrypoints.forecast_views import (
    head_view,
    kind_view,
    look_back_view,
    national_view,
    overview_view,
    scenarios_view,
    series_label,
    sum_view,
)
from triage.entrypoints.pages import dutch_month, render
from triage.entrypoints.texts import texts
from triage.entrypoints.tools import Tools
from triage.jobs.compare_scenarios import compare_scenarios
from triage.jobs.export_forecast import forecast_csv, forecast_workbook
from triage.jobs.judge_forecast import Judgement, accuracy_of, judge_forecast
from triage.jobs.show_forecast import TITLES, ShownForecast, show_forecast
from triage.jobs.show_national import show_national
from triage.jobs.sum_forecast import sum_forecast

Handler = Callable[[Request], Awaitable[Response]]
KINDS = ("first_application", "family_member_nareis")
TOTAL = "total"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WRONG_WINDOW = "De laatste maand ligt voor de eerste. Draai ze om."
WRONG_CHOICE = "Deze maand of reeks hoort niet bij de prognose. Kies hieronder opnieuw."


def forecast_pages(tools: Tools) -> list[tuple[str, Handler, list[str]]]:
    """(path, handler, methods) of every page of the forecast."""
    pages: list[tuple[str, Callable[[Tools, Request], Response]]] = [
        ("/prognose", _overview),
        ("/prognose/begrippen", _words),
        ("/prognose/{kind}", _kind),
        ("/prognose/{kind}/sommen", _sums),
        ("/prognose/{kind}/scenarios", _scenarios),
        ("/prognose/{kind}/terugblik", _look_back),
        ("/prognose/{kind}/export.xlsx", _workbook),
        ("/prognose/{kind}/export.csv", _csv),
    ]
    return [(path, _in_thread(tools, page), ["GET"]) for path, page in pages]


def _in_thread(tools: Tools, page: Callable[[Tools, Request], Response]) -> Handler:
    async def handler(request: Request) -> Response:
        return await run_in_threadpool(page, tools, request)

    return handler


def draw_forecasts(tools: Tools) -> None:
    """Draw every chart once; they are kept, so that nobody waits for them later."""
    for kind in _published(tools):
        show_forecast(tools.store, kind)
        compare_scenarios(tools.store, kind)


def _published(tools: Tools) -> list[str]:
    return [kind for kind in KINDS if newest_number(tools.store, "FORECAST", kind) is not None]


def _asked(tools: Tools, request: Request) -> str:
    """The kind of the address; one that was never forecast stands nowhere."""
    kind = request.path_params["kind"]
    if kind not in _published(tools):
        raise NotFoundError("No forecast was published for this kind. Run triage forecast first.")
    return kind


def _shown(tools: Tools, kind: str) -> tuple[ShownForecast, Judgement]:
    shown = show_forecast(tools.store, kind)
    return shown, judge_forecast(tools.store, shown.publication.publication_id)


def _page(name: str, tab: str, kind: str, judged: Judgement, **values: Any) -> Response:
    """A page of one kind, with what all of them have."""
    title = TITLES.get(kind, kind)
    page = render(name, here="prognose", tab=tab, kind=kind, title=title, head=head_view(judged.head), **values)
    return HTMLResponse(page)


def _overview(tools: Tools, _: Request) -> Response:
    """Both kinds side by side, never added up."""
    kinds = [overview_view(*_shown(tools, kind)) for kind in _published(tools)]
    return HTMLResponse(render("prognose.html", here="prognose", kinds=kinds))


def _words(_tools: Tools, _: Request) -> Response:
    """What the words mean; each figure leads here."""
    return HTMLResponse(render("prognose_begrippen.html", here="prognose", definitions=texts()["definitions"]))


def _kind(tools: Tools, request: Request) -> Response:
    """Total and nationalities of one kind."""
    kind = _asked(tools, request)
    shown, judged = _shown(tools, kind)
    national = national_view(show_national(tools.store, kind, shown.made_on))
    return _page("prognose_soort.html", "reeksen", kind, judged, national=national, **kind_view(shown))


def _sums(tools: Tools, request: Request) -> Response:
    """The sum over any window and group, chosen in a form that needs no script."""
    kind = _asked(tools, request)
    shown, judged = _shown(tools, kind)
    months = [str(row["month"]) for row in shown.series[0].rows]
    names = [one.series for one in shown.series if one.series != TOTAL]
    asked = request.query_params
    first, last = asked.get("van") or months[0], asked.get("tot") or months[min(11, len(months) - 1)]
    group = list(dict.fromkeys(asked.getlist("reeks"))) or [TOTAL]
    found, wrong, status = None, "", 200
    try:
        made = sum_forecast(tools.store, shown.publication.publication_id, group, first, last)
        found = sum_view(made, accuracy_of(judged, made.series, made.periods, made.ahead))
    except (ForecastError, NotFoundError) as error:
        wrong, status = (WRONG_CHOICE, 404) if isinstance(error, NotFoundError) else (WRONG_WINDOW, 400)
    page = _page(
        "prognose_sommen.html",
        "sommen",
        kind,
        judged,
        months=[(month, dutch_month(month)) for month in months],
        names=[(name, series_label(name)) for name in names],
        chosen={"first": first, "last": last, "group": group},
        presets=_presets(months),
        found=found,
        wrong=wrong,
    )
    page.status_code = status
    return page


def _presets(months: Sequence[str]) -> list[tuple[str, str, str]]:
    """(label, first, last) of windows that are often asked for: the next months, and each whole year or rest of it."""
    ahead = [(f"Komende {n} maanden", months[0], months[n - 1]) for n in (3, 6, 12) if n <= len(months)]
    years = list(dict.fromkeys(month[:4] for month in months))
    spans = [(year, [month for month in months if month.startswith(year)]) for year in years]
    return ahead + [(year if len(span) == 12 else f"Deel van {year}", span[0], span[-1]) for year, span in spans]


def _scenarios(tools: Tools, request: Request) -> Response:
    """Base beside each scenario."""
    kind = _asked(tools, request)
    _, judged = _shown(tools, kind)
    return _page(
        "prognose_scenarios.html", "scenarios", kind, judged, **scenarios_view(compare_scenarios(tools.store, kind))
    )


def _look_back(tools: Tools, request: Request) -> Response:
    """How good we were, and what we missed."""
    kind = _asked(tools, request)
    _, judged = _shown(tools, kind)
    return _page("prognose_terugblik.html", "terugblik", kind, judged, **look_back_view(judged))


def _workbook(tools: Tools, request: Request) -> Response:
    """The forecast as XLSX, with definitions and sources."""
    kind = _asked(tools, request)
    return _file(forecast_workbook(tools.store, kind), f"prognose-{kind}.xlsx", XLSX)


def _csv(tools: Tools, request: Request) -> Response:
    """The forecast as CSV; each row names its source."""
    kind = _asked(tools, request)
    return _file(forecast_csv(tools.store, kind), f"prognose-{kind}.csv", "text/csv; charset=utf-8")


def _file(content: bytes, name: str, media: str) -> Response:
    """A file to save; the name is ours, made of a known kind."""
    return Response(content, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'})

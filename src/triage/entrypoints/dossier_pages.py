"""The page Dossiers: what to chase first, every file with what is missing, and the figures of the bedrijfsbureau."""

import re
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from triage.entrypoints.pages import coarse_percent, dutch_number, render
from triage.entrypoints.tools import Tools, chase_rules
from triage.jobs.list_dossiers import (
    Chase,
    Figures,
    chase_list,
    dossier_figures,
    every_dossier,
    is_made_up,
    list_dossiers,
)
from triage.jobs.show_dossier import Dossier, OpenItem

Handler = Callable[[Request], Awaitable[Response]]
CODE = re.compile(r"[A-Za-z0-9._:-]{1,64}")
PAGE = 25
MOST_CHASES = 10
#: Most files that the page looks through for what to chase first; `triage dossiers` looks through all.
MOST_FILES = 500


def dossier_pages(tools: Tools) -> list[tuple[str, Handler, list[str]]]:
    """(path, handler, methods) of the page."""

    async def dossiers(request: Request) -> Response:
        """Every file that is open."""
        after = request.query_params.get("na")
        if after is not None and not CODE.fullmatch(after):
            raise HTTPException(404)
        return HTMLResponse(await run_in_threadpool(_page, tools, after))

    return [("/dossiers", dossiers, ["GET"])]


def _page(tools: Tools, after: str | None) -> str:
    today, rules = tools.today, chase_rules(tools.settings)
    files, following = list_dossiers(tools.store, tools.law, today, PAGE, after, rules)
    every = every_dossier(tools.store, tools.law, today, rules, MOST_FILES) if after is None else []
    return render(
        "dossiers.html",
        here="dossiers",
        today=today,
        files=[_file_view(one, today) for one in files],
        following=following,
        is_first=after is None,
        chases=[_chase_view(one) for one in chase_list(every, MOST_CHASES)],
        counted=len(every),
        is_cut=len(every) >= MOST_FILES,
        figures=_figures_view(dossier_figures(tools.store, today)) if after is None else None,
        lost_hours=dutch_number(rules.cancelled_hours, 1).removesuffix(",0"),
        assumed_days=rules.days_to_interview,
        made_up=is_made_up(tools.store, today),
    )


def _file_view(one: Dossier, today: date) -> dict[str, Any]:
    return {
        "case_id": one.case_id,
        "share": _percent(one.completeness),
        "ready": one.ready,
        "has_list": one.completeness is not None,
        "missing": [_item_text(item) for item in one.items if item.certain and item.blocking],
        "later": [item.name for item in one.items if item.certain and not item.blocking],
        "unsure": [item.sentence for item in one.items if not item.certain and item.blocking],
        "interview_on": one.interview_on,
        "expected_on": one.expected_on,
        "chance": coarse_percent(one.p_ready) if one.p_ready is not None and not one.ready else "",
        "is_past": one.interview_on is not None and one.interview_on < today,
    }


def _item_text(item: OpenItem) -> str:
    return item.name if item.asked else f"{item.name} (nog niet aangevraagd)"


def _percent(share: float | None) -> str:
    """A share rounded down to whole per cents: only a file that lacks nothing is 100 %."""
    return "–" if share is None else f"{int(share * 100 + 1e-9)}%"


def _chase_view(one: Chase) -> dict[str, Any]:
    item = one.item
    per_hour = (item.hours_per_minute or 0.0) * 60
    return {
        "case_id": one.case_id,
        "name": _item_text(item),
        "party": item.party,
        "interview_on": one.interview_on,
        "expected_on": item.expected_on,
        "missing": coarse_percent(item.p_missing) if item.p_missing is not None else "–",
        "saved": dutch_number(per_hour, 1),
        "chased": item.chased,
    }


def _figures_view(figures: Figures) -> dict[str, Any]:
    ready = figures.ready_at_start
    return {
        "first": figures.first,
        "last": figures.last,
        "ready": f"{ready.part} van {ready.whole}" if ready.whole else "nog niets bekend",
        "cancelled": [(cause, share.part, share.whole) for cause, share in figures.cancelled],
        "waiting": [(w.third_party, w.items, dutch_number(w.median_days), w.longest_days) for w in figures.waiting],
        "chasing": [(c.third_party, c.times, dutch_number(c.minutes)) for c in figures.chasing],
        "definitions": figures.definitions,
    }

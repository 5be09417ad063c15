"""Pages for officers: server-made HTML, Dutch, no scripts. Forms are plain posts; after one the browser is redirected.

Following the suggestion and deviating from it take the same steps: nothing is filled in beforehand.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from secrets import token_urlsafe
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse

from triage.domain.case import Depth, Verdict
from triage.domain.errors import (
    ConflictError,
    FactError,
    IdempotencyError,
    LawError,
    NotFoundError,
    TriageError,
)
from triage.domain.records import Receipt, StoredSuggestion, WorkItem
from triage.entrypoints.access import Sessions, enter, login_page, refuse_forged
from triage.entrypoints.dossier_pages import dossier_pages
from triage.entrypoints.forecast_pages import forecast_pages
from triage.entrypoints.guard import is_api
from triage.entrypoints.pages import error_page, render
from triage.entrypoints.problems import STATUS_OF, correlation_of, log, on_http
from triage.entrypoints.texts import REASON_CODES
from triage.entrypoints.tools import Tools
from triage.entrypoints.views import case_view, line_view
from triage.jobs.record_decision import reasons_to_choose, record_decision
from triage.jobs.show_case import show_case
from triage.jobs.suggest_route import suggest_route

CODE = re.compile(r"[A-Za-z0-9._:-]{1,64}")
PAGE = 50
STEP = 100
MOST_FIELDS = 20
TAKEN = "Iemand anders legde al een route vast. Hieronder ziet u welke. Uw keuze is niet opgeslagen."
STALE = "Er is nog niets vastgelegd. Na dit voorstel kwamen nieuwe gegevens binnen. Vraag eerst een nieuw voorstel."
INCOMPLETE = "Er is nog niets vastgelegd. Kies een route en een reden."
CLOSED = "Er is nog niets vastgelegd. {name} kan niet bij deze zaak. {reason} Zie {article}. Kies een andere route."
MISFIT = "Er is nog niets vastgelegd. De reden past niet bij deze route. Kies een andere reden, of licht de reden toe."

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Said:
    """What a page tells after a form: a sentence, how it looks, and the status of the answer."""

    sentence: str
    look: str = "warn"
    status: int = 400


@dataclass(frozen=True)
class Filled:
    """What the officer filled in, to show again when something was missing."""

    choice: str = ""
    reason_code: str = ""
    reason_text: str = field(default="", repr=False)


def add_pages(app: FastAPI, tools: Tools, sessions: Sessions) -> None:
    """All pages on `app`, and Dutch pages for their errors."""
    for kind in (TriageError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, on_error)
    app.router.add_route("/", _home, methods=["GET"])
    for path, handler, methods in (*_doors(sessions), *_work(tools), *dossier_pages(tools), *forecast_pages(tools)):
        app.router.add_route(path, handler, methods=methods)


async def on_error(request: Request, error: Exception) -> Response:
    """Any error as a calm Dutch page, without a word of what was sent."""
    if is_api(request.scope):  # the bare /v1, which no call of the API has
        return await on_http(request, error)
    status = getattr(error, "status_code", 500)
    if isinstance(error, TriageError):
        status = next(status for kind, status in STATUS_OF if isinstance(error, kind))
    if status >= 500:
        log.error("%s on a page", correlation_of(request.scope), exc_info=error)
    return HTMLResponse(error_page(status, correlation_of(request.scope)), status)


async def _home(_: Request) -> Response:
    return RedirectResponse("/vandaag", 303)


def _doors(sessions: Sessions) -> list[tuple[str, Handler, list[str]]]:
    async def come_in(request: Request) -> Response:
        """The printed link brings the token; without one there is a form."""
        token = request.query_params.get("token")
        return login_page(200) if token is None else enter(sessions, token)

    async def sign_in(request: Request) -> Response:
        """The form with the token."""
        return enter(sessions, (await form(request)).get("token", ""))

    return [("/inloggen", come_in, ["GET"]), ("/inloggen", sign_in, ["POST"])]


def _work(tools: Tools) -> list[tuple[str, Handler, list[str]]]:
    async def today(request: Request) -> Response:
        """The officer's work list."""
        shown = request.query_params.get("toon", "alle")
        shown = shown if shown in ("open", "gekozen") else "alle"
        after = request.query_params.get("na")
        if after is not None and not CODE.fullmatch(after):
            raise HTTPException(404)
        items, following = await run_in_threadpool(_page_of, tools, shown, after)
        day = tools.today
        lines = [line_view(item, tools, day) for item in items]
        page = render("vandaag.html", here="vandaag", today=day, shown=shown, lines=lines, following=following)
        return HTMLResponse(page)

    async def case(request: Request) -> Response:
        """One case."""
        return await run_in_threadpool(_case_page, tools, request)

    async def suggest(request: Request) -> Response:
        """The officer asks for a suggestion."""
        refuse_forged(request.scope, (await form(request)).get("form_token", ""))
        return await run_in_threadpool(_suggest, tools, request)

    async def decide(request: Request) -> Response:
        """The officer's route."""
        fields = await form(request)
        refuse_forged(request.scope, fields.get("form_token", ""))
        return await run_in_threadpool(_decide, tools, request, fields)

    return [
        ("/vandaag", today, ["GET"]),
        ("/zaken/{case_id}", case, ["GET"]),
        ("/zaken/{case_id}/voorstel", suggest, ["POST"]),
        ("/zaken/{case_id}/besluit", decide, ["POST"]),
    ]


def _page_of(tools: Tools, shown: str, after: str | None) -> tuple[list[WorkItem], str | None]:
    """A page of the work list after the filter, and the cursor of the next one."""
    found: list[WorkItem] = []
    while True:
        items = tools.store.work_list(STEP, after)
        found += [item for item in items if shown == "alle" or _is_decided(item) == (shown == "gekozen")]
        if len(found) > PAGE:
            return found[:PAGE], found[PAGE - 1].intake.case_id
        if len(items) < STEP:
            return found, None
        after = items[-1].intake.case_id


def _is_decided(item: WorkItem) -> bool:
    return bool(item.stored and item.stored.decision)


def _case_page(tools: Tools, request: Request, said: Said | None = None, filled: Filled | None = None) -> Response:
    """The page of a case; that a suggestion was shown is logged before the page leaves."""
    now = show_case(_case_id(request), tools.law, tools.store, tools.clock)
    stored = now.stored
    if stored is None and now.options is None:
        return HTMLResponse(render("zonder_regels.html", here="", intake=now.intake))
    if stored and stored.decision is None:
        tools.store.mark_shown(stored.suggestion.suggestion_id, request.scope["triage.actor"])
    page = render(
        "zaak.html",
        here="",
        said=said,
        filled=filled or Filled(),
        key=token_urlsafe(24),
        form_token=request.scope["triage.form_token"],
        reason_codes=_reasons_to_choose(stored),
        **case_view(now, tools),
    )
    return HTMLResponse(page, said.status if said else 200)


def _reasons_to_choose(stored: StoredSuggestion | None) -> list[tuple[str, str]]:
    """The officer's reasons with their sentence, without those that do not fit this suggestion."""
    codes = reasons_to_choose(stored.suggestion) if stored else ()
    return [(code, text) for code, text in REASON_CODES if code in codes]


def _case_id(request: Request) -> str:
    """The case id of the address; what cannot be one stands nowhere."""
    case_id = request.path_params["case_id"]
    if not CODE.fullmatch(case_id):
        raise HTTPException(404)
    return case_id


def _suggest(tools: Tools, request: Request) -> Response:
    intake = tools.store.intake(_case_id(request))
    actor = request.scope["triage.actor"]
    newest = next(iter(tools.store.suggestions_of(intake.case_id)), None)
    if newest is None or newest.is_stale or newest.suggestion.law_version != tools.law.version:
        made_by = (tools.law, tools.complexity, tools.policy, tools.store, tools.clock, actor)
        suggest_route(intake, *made_by, beside=tools.beside)
    return RedirectResponse(f"/zaken/{intake.case_id}", 303)


def _decide(tools: Tools, request: Request, fields: dict[str, str]) -> Response:
    filled = Filled(fields.get("choice", ""), fields.get("reason_code", ""), clean(fields.get("reason_text", "")))
    stored = _stored(tools, request, fields.get("suggestion_id", ""))
    route, _, depth = filled.choice.partition("|")
    if not route or filled.reason_code not in dict(REASON_CODES) or depth not in ("", *Depth):
        return _case_page(tools, request, Said(INCOMPLETE, "bad"), filled)
    version = fields.get("version", "")
    asked = repr(sorted(fields.items())).encode()
    receipt = Receipt(f"page-{fields.get('key', '')}"[:128], hashlib.sha256(asked).hexdigest(), "")
    sent_before = tools.store.receipt(receipt.key)
    done = RedirectResponse(f"/zaken/{stored.suggestion.case_id}", 303)
    if sent_before and sent_before.fingerprint == receipt.fingerprint:  # a double click: it was recorded
        return done
    if stored.is_stale and not stored.decision:
        return _case_page(tools, request, Said(STALE, "warn", 409), filled)
    try:
        record_decision(
            stored.suggestion.suggestion_id,
            route,
            Depth(depth) if depth else None,
            request.scope["triage.actor"],
            filled.reason_code,
            filled.reason_text,
            int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0,
            tools.store,
            tools.clock,
            receipt,
        )
    except (ConflictError, IdempotencyError):
        return _case_page(tools, request, Said(TAKEN, "warn", 409))
    except (FactError, LawError) as error:
        sentence = MISFIT if isinstance(error, FactError) else _why_closed(stored, route)
        return _case_page(tools, request, Said(sentence, "bad"), filled)
    return done


def _why_closed(stored: StoredSuggestion, route: str) -> str:
    """What the law said of a route that cannot be chosen, with its article; a general sentence for no route at all."""
    said = next((row for row in stored.suggestion.verdicts if row.route == route), None)
    if said is None or said.verdict is not Verdict.NOT_MET:
        return INCOMPLETE
    return CLOSED.format(name=said.name, reason=said.reason, article=said.article)


def _stored(tools: Tools, request: Request, suggestion_id: str) -> StoredSuggestion:
    """The suggestion a form is about; it must belong to the case of the address."""
    if not CODE.fullmatch(suggestion_id):
        raise HTTPException(400)
    stored = tools.store.suggestion(suggestion_id)
    if stored.suggestion.case_id != _case_id(request):
        raise NotFoundError("No suggestion of this case stands under this id.")
    return stored


async def form(request: Request) -> dict[str, str]:
    """The fields of a form. Raises 400 where it cannot be read; the edge took care of size and encoding."""
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(400) from error
    return dict(pairs)


def clean(text: str) -> str:
    """An officer's note without control characters, at most 500 long."""
    return "".join(sign for sign in text if sign in "\n\t" or sign.isprintable()).strip()[:500]

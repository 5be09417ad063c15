"""The doors put together: the API under /v1, the pages beside it, the edge around both. And the server."""

import logging
import threading
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import click
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from triage.adapters.settings import Settings
from triage.domain.errors import TriageError
from triage.entrypoints.access import Access, Sessions, refuse_outside
from triage.entrypoints.case_calls import case_calls, json_answer
from triage.entrypoints.description import describe
from triage.entrypoints.dossier_calls import dossier_calls
from triage.entrypoints.forecast_calls import forecast_calls
from triage.entrypoints.forecast_pages import draw_forecasts
from triage.entrypoints.guard import BodyGuard, Edge
from triage.entrypoints.messages import HealthAnswer, Wire
from triage.entrypoints.problems import (
    FIELDS,
    ProblemError,
    on_http,
    on_problem,
    on_triage,
    on_unforeseen,
    problem,
)
from triage.entrypoints.tools import Tools, open_tools
from triage.entrypoints.web import add_pages

HERE = Path(__file__).parent


def create_app(tools: Tools, token: str | None = None) -> FastAPI:
    """API and pages over these tools. Without `token` a random one is made, which nobody then knows."""
    sessions = Sessions(token or token_urlsafe(32))
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.mount("/v1", create_api(tools))  # first: the stateless prediction is the path that must be quick
    add_pages(app, tools, sessions)
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    # The last one added is the outermost: Edge, then Access, then BodyGuard.
    app.add_middleware(BodyGuard, settings=tools.settings)
    app.add_middleware(Access, sessions=sessions)
    app.add_middleware(Edge, settings=tools.settings)
    return app


def create_api(tools: Tools) -> FastAPI:
    """The API alone, without its edge; mounted at /v1, so that no path holds a version."""
    wire = Wire(tools.register, tools.settings.max_batch_cases)
    api = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    add_handlers(api)
    api.include_router(case_calls(tools, wire))
    api.include_router(dossier_calls(tools))
    api.include_router(forecast_calls(tools))
    _add_health(api, tools)
    description: dict[str, Any] = {}

    @api.get("/openapi.json", include_in_schema=False)
    async def read_description() -> dict[str, Any]:
        """The API description, made once."""
        if not description:
            description.update(describe(api, wire.inbound))
        return description

    return api


def add_handlers(api: FastAPI) -> None:
    """Every error of the API becomes a problem document, here."""
    api.add_exception_handler(ProblemError, on_problem)
    api.add_exception_handler(TriageError, on_triage)
    api.add_exception_handler(HTTPException, on_http)
    api.add_exception_handler(RequestValidationError, on_parameter)
    api.add_exception_handler(Exception, on_unforeseen)


async def on_parameter(request: Request, error: Exception) -> Response:
    """A query or path parameter that does not fit: which of ours, never what was sent."""
    names = {str(one["loc"][-1]) for one in getattr(error, "errors", list)()}
    if "forecastId" in names:
        return problem(request.scope, 404)
    known = sorted(names & FIELDS)
    return problem(request.scope, 400, "parameter-invalid", errors=[{"field": name} for name in known])


def _add_health(api: FastAPI, tools: Tools) -> None:
    @api.get("/health/live", tags=["health"], operation_id="isLive", responses={200: {"model": HealthAnswer}})
    async def is_live() -> Response:
        """Whether the process answers."""
        return json_answer(HealthAnswer(status="live"))

    @api.get("/health/ready", tags=["health"], operation_id="isReady", responses={200: {"model": HealthAnswer}})
    async def is_ready() -> Response:
        """Whether the store answers, and which model is in use; without a model the rules still speak."""
        await run_in_threadpool(tools.store.check)
        version = tools.complexity.version if tools.complexity else None
        return json_answer(HealthAnswer(status="ready", complexity_model=version))


def serve(settings: Settings) -> None:
    """Serve pages and API on loopback until stopped. Raises AccessError for an address others can reach."""
    refuse_outside(settings.host)
    token = settings.token or token_urlsafe(32)
    tools = open_tools(settings)
    app = create_app(tools, token)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    click.echo(f"Pages:  http://{host}:{settings.port}/inloggen?token={token}")
    click.echo(f"API:    http://{host}:{settings.port}/v1/openapi.json  (Authorization: Bearer with the same token)")
    click.echo("Development mode: made-up cases, this machine only. Stop with Ctrl-C.")
    # Drawing the charts takes seconds the first time; they are kept, so draw them before somebody waits.
    threading.Thread(target=draw_forecasts, args=(tools,), daemon=True).start()
    logging.getLogger("triage").setLevel(logging.INFO)
    uvicorn.run(
        app,
        host=settings.host.strip("[]"),
        port=settings.port,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=32 * 1024,
    )

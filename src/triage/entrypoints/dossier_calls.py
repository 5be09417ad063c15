"""Handler for dossiers: the list, in pages."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.concurrency import run_in_threadpool

from triage.entrypoints.case_calls import json_answer
from triage.entrypoints.dossier_messages import DossierAnswer, DossierPage, OpenItemAnswer
from triage.entrypoints.tools import Tools, chase_rules
from triage.jobs.list_dossiers import list_dossiers, rounded
from triage.jobs.show_dossier import Dossier, OpenItem


def dossier_calls(tools: Tools) -> APIRouter:
    """The router with the calls on dossiers."""
    router = APIRouter()

    @router.get("/dossiers", tags=["dossiers"], operation_id="listDossiers", responses={200: {"model": DossierPage}})
    async def read_dossiers(
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        after: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9._:-]{1,64}$")] = None,
    ) -> Response:
        """Files, oldest lodging first, in pages: completeness, ready, expected day, and what to chase first."""
        rules = chase_rules(tools.settings)
        files, following = await run_in_threadpool(
            list_dossiers, tools.store, tools.law, tools.today, limit, after, rules
        )
        return json_answer(DossierPage(dossiers=[dossier_answer(one) for one in files], next=following))

    return router


def dossier_answer(one: Dossier) -> DossierAnswer:
    """A file on the wire."""
    figures = {"completeness": rounded(one.completeness), "p_ready": rounded(one.p_ready)}
    items = [_item_answer(item) for item in one.items]
    return DossierAnswer.model_validate(vars(one) | figures | {"items": items})


def _item_answer(item: OpenItem) -> OpenItemAnswer:
    figures = {"p_missing": rounded(item.p_missing), "hours_per_minute": rounded(item.hours_per_minute)}
    return OpenItemAnswer.model_validate(vars(item) | figures)

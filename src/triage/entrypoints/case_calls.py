"""Handlers for cases: expected work, suggested route, decision, intake and work list. Thin: each calls a job.

Messages are read by hand (`request.body()` and pydantic's own JSON parser): that keeps the stateless prediction
within a millisecond. Calls that reach the store run in a thread.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool

from triage.domain.calendar import local_date
from triage.domain.case import Depth, Intake
from triage.domain.errors import ConflictError, IdempotencyError
from triage.domain.records import Receipt
from triage.entrypoints.answers import case_answer, case_line, suggestion_answer, work_of
from triage.entrypoints.description import ETAG, IDEMPOTENCY, IF_MATCH, LOCATION, body_of
from triage.entrypoints.explanation_views import explanation_answer
from triage.entrypoints.messages import (
    EXPLAINS,
    MOST_EXPLAINED,
    BatchAnswer,
    CaseAnswer,
    CasePage,
    DecisionMessage,
    SuggestionAnswer,
    Wire,
    WorkAnswer,
)
from triage.entrypoints.problems import ProblemError, refusal
from triage.entrypoints.tools import Tools
from triage.jobs.explain_advice import explain_advice
from triage.jobs.open_model import ComplexityModel
from triage.jobs.predict_work import predict_work
from triage.jobs.receive_cases import receive_intakes
from triage.jobs.record_decision import record_decision
from triage.jobs.show_case import show_case
from triage.jobs.suggest_route import suggest_route

KEY = re.compile(r"[A-Za-z0-9._:-]{8,128}")
Explained = Annotated[bool, Query(alias="withExplanation", description=f"Also {EXPLAINS}; costs time.")]
VERSION = re.compile(r'"([0-9]{1,9})"')


def json_answer(answer: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer as JSON, without a second look at it by the framework."""
    return Response(answer.model_dump_json(by_alias=True), status, headers, "application/json")


def case_calls(tools: Tools, wire: Wire) -> APIRouter:
    """The router with all calls on cases."""
    router = APIRouter()
    _add_predictions(router, tools, wire)
    _add_suggestions(router, tools, wire)
    _add_cases(router, tools, wire)
    return router


def _add_predictions(router: APIRouter, tools: Tools, wire: Wire) -> None:
    @router.post(
        "/predictions/complexity",
        tags=["routing"],
        operation_id="predictComplexity",
        openapi_extra=body_of("OneCase", "Batch"),
        responses={200: {"model": WorkAnswer | BatchAnswer}},
    )
    async def predict_complexity(request: Request) -> Response:
        """Expected work of one case, or of a batch at one moment. Nothing is kept."""
        model = tools.complexity
        if model is None:
            raise ProblemError(503, "model-missing", "No complexity model is in use. Learn one and promote it.")
        message, batch = _one_or_many(await request.body(), wire)
        if not batch:
            intakes = [wire.intake_of("", message, message.moment)]
            if message.with_explanation:
                return json_answer((await run_in_threadpool(_works, tools, model, intakes, message))[0])
            return json_answer(_works(tools, model, intakes, message)[0])
        intakes = [wire.intake_of(row.case_id, row, message.moment) for row in message.cases]
        if message.with_explanation and len(intakes) > MOST_EXPLAINED:
            raise ProblemError(400, "explanation-too-large", f"Ask an explanation of {MOST_EXPLAINED} cases at most.")
        answers = await run_in_threadpool(_works, tools, model, intakes, message)
        return json_answer(BatchAnswer(predictions=answers, model_version=model.version))

    def _one_or_many(body: bytes, wire: Wire) -> tuple[Any, bool]:
        try:
            return wire.one_case.model_validate_json(body), False
        except ValidationError as error:
            if not any(one["type"] == "extra_forbidden" and one["loc"] == ("cases",) for one in error.errors()):
                raise refusal(error, wire.register) from error
        return read(wire.batch, body, wire), True


def _works(tools: Tools, model: ComplexityModel, intakes: list[Intake], message: Any) -> list[WorkAnswer]:
    """The expected work of each case, with what stands behind it where that was asked for."""
    works = predict_work(intakes, model, tools.law, message.with_reasons)
    if not message.with_explanation or tools.policy is None:
        return [work_of(work) for work in works]
    found = [
        explain_advice(intake, tools.register, tools.law, model, tools.policy, tools.neighbours) for intake in intakes
    ]
    return [work_of(work, explanation_answer(one, tools.law)) for work, one in zip(works, found, strict=True)]


def _add_suggestions(router: APIRouter, tools: Tools, wire: Wire) -> None:
    @router.post(
        "/route-suggestions",
        status_code=201,
        tags=["routing"],
        operation_id="suggestRoute",
        openapi_extra=body_of("IntakeMessage") | {"parameters": [IDEMPOTENCY]},
        responses={201: {"model": SuggestionAnswer, "headers": {"ETag": ETAG, "Location": LOCATION}}},
    )
    async def create_suggestion(request: Request, with_explanation: Explained = False) -> Response:
        """Take in what is known of one application, suggest a route and log it. The officer decides."""
        body = await request.body()
        receipt = receipt_of(request, body)
        message: Any = read(wire.intake, body, wire)
        intake = wire.intake_of(message.case_id, message, message.moment)
        actor = request.scope["triage.actor"]
        return await run_in_threadpool(_suggest, tools, intake, receipt, actor, with_explanation)

    @router.get(
        "/route-suggestions/{suggestionId}",
        tags=["routing"],
        operation_id="readSuggestion",
        responses={200: {"model": SuggestionAnswer, "headers": {"ETag": ETAG}}},
        openapi_extra={"parameters": [_path_code("suggestionId")]},
    )
    async def read_suggestion(request: Request, with_explanation: Explained = False) -> Response:
        """One suggestion as logged, with the decision where there is one."""
        stored = await run_in_threadpool(tools.store.suggestion, _code(request, "suggestionId"))
        answer = await run_in_threadpool(suggestion_answer, stored, tools, tools.today, with_explanation)
        return json_answer(answer, headers={"ETag": f'"{stored.version}"'})

    @router.post(
        "/route-suggestions/{suggestionId}/decision",
        status_code=201,
        tags=["routing"],
        operation_id="decideRoute",
        openapi_extra=body_of("DecisionMessage") | {"parameters": [_path_code("suggestionId"), IDEMPOTENCY, IF_MATCH]},
        responses={201: {"model": SuggestionAnswer, "headers": {"ETag": ETAG, "Location": LOCATION}}},
    )
    async def create_decision(request: Request) -> Response:
        """Record the officer's route: followed or another one, with a reason. Once per suggestion."""
        body = await request.body()
        receipt = receipt_of(request, body)
        version = _expected_version(request)
        message = read(DecisionMessage, body, wire)
        identity = _code(request, "suggestionId")
        return await run_in_threadpool(
            _decide, tools, identity, message, version, receipt, request.scope["triage.actor"]
        )


def _suggest(tools: Tools, intake: Intake, receipt: Receipt, actor: str, with_explanation: bool) -> Response:
    def work() -> str:
        model, policy, store = tools.complexity, tools.policy, tools.store
        made = suggest_route(intake, tools.law, model, policy, store, tools.clock, actor, receipt, True, tools.beside)
        return made.suggestion_id

    identity = once(tools, receipt, work)
    # As it was when made, also when asked again after a decision or after midnight.
    first = replace(tools.store.suggestion(identity), version=1, decision=None)
    answer = suggestion_answer(first, tools, local_date(first.suggestion.made_at), with_explanation)
    return json_answer(answer, 201, {"ETag": '"1"', "Location": f"/v1/route-suggestions/{identity}"})


def _decide(
    tools: Tools, identity: str, message: DecisionMessage, version: int, receipt: Receipt, actor: str
) -> Response:
    def work() -> str:
        if tools.store.suggestion(identity).version != version:
            raise ProblemError(412)
        depth = Depth(message.depth) if message.depth else None
        record_decision(
            identity,
            message.route,
            depth,
            actor,
            message.reason_code,
            message.reason_text,
            version,
            tools.store,
            tools.clock,
            receipt,
        )
        return identity

    once(tools, receipt, work)
    stored = tools.store.suggestion(identity)
    decided = stored.decision.decided_at if stored.decision else tools.clock()
    answer = suggestion_answer(stored, tools, local_date(decided))
    headers = {"ETag": f'"{stored.version}"', "Location": f"/v1/route-suggestions/{identity}"}
    return json_answer(answer, 201, headers)


def _add_cases(router: APIRouter, tools: Tools, wire: Wire) -> None:
    @router.post(
        "/cases",
        status_code=201,
        tags=["cases"],
        operation_id="receiveCase",
        openapi_extra=body_of("IntakeMessage") | {"parameters": [IDEMPOTENCY]},
        responses={201: {"model": CaseAnswer, "headers": {"Location": LOCATION}}},
    )
    async def receive_case(request: Request) -> Response:
        """Take in what is known of one application. Later facts are appended; nothing is overwritten."""
        body = await request.body()
        receipt = receipt_of(request, body)
        message: Any = read(wire.intake, body, wire)
        intake = wire.intake_of(message.case_id, message, message.moment)
        return await run_in_threadpool(_receive, tools, intake, receipt, request.scope["triage.actor"])

    @router.get("/cases", tags=["cases"], operation_id="listCases", responses={200: {"model": CasePage}})
    async def list_cases(
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        after: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9._:-]{1,64}$")] = None,
    ) -> Response:
        """The work list, oldest lodging first, in pages."""
        items = await run_in_threadpool(tools.store.work_list, limit + 1, after)
        page = items[:limit]
        following = page[-1].intake.case_id if len(items) > limit else None
        return json_answer(CasePage(cases=[case_line(item) for item in page], next=following))

    @router.get(
        "/cases/{caseId}",
        tags=["cases"],
        operation_id="readCase",
        responses={200: {"model": CaseAnswer}},
        openapi_extra={"parameters": [_path_code("caseId")]},
    )
    async def read_case(request: Request) -> Response:
        """One case as known now: facts, deadlines and its newest suggestion."""
        return json_answer(await run_in_threadpool(_case, tools, _code(request, "caseId")))


def _case(tools: Tools, case_id: str) -> CaseAnswer:
    return case_answer(show_case(case_id, tools.law, tools.store, tools.clock), tools)


def _receive(tools: Tools, intake: Intake, receipt: Receipt, actor: str) -> Response:
    def work() -> str:
        answer = replace(receipt, answer=intake.case_id)
        receive_intakes([intake], tools.law, tools.store, tools.clock, actor, answer)
        return intake.case_id

    once(tools, receipt, work)
    _suggest_again(tools, intake.case_id, actor)
    return json_answer(_case(tools, intake.case_id), 201, {"Location": f"/v1/cases/{intake.case_id}"})


def _suggest_again(tools: Tools, case_id: str, actor: str) -> None:
    """A changed fact asks for a new suggestion; the old one stays. The first one is asked for by somebody."""
    newest = next(iter(tools.store.suggestions_of(case_id)), None)
    if newest is not None and newest.is_stale:
        intake = tools.store.intake(case_id)
        made_by = (tools.law, tools.complexity, tools.policy, tools.store, tools.clock, actor)
        suggest_route(intake, *made_by, beside=tools.beside)


def read(model: type[BaseModel], body: bytes, wire: Wire) -> Any:
    """A message of `model`, or the problem that says which field is wrong."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise refusal(error, wire.register) from error


def receipt_of(request: Request, body: bytes) -> Receipt:
    """The key of a call with an effect, with the digest of what it asks. Raises 400 without a usable key."""
    keys = request.headers.getlist("Idempotency-Key")
    if len(keys) != 1 or not KEY.fullmatch(keys[0]):
        raise ProblemError(
            400, "idempotency-key-missing", "Send one Idempotency-Key: 8 to 128 letters, digits, . _ : -"
        )
    asked = f"{request.method} {request.url.path} {request.headers.get('If-Match', '')}\n".encode() + body
    return Receipt(keys[0], hashlib.sha256(asked).hexdigest(), "")


def once(tools: Tools, receipt: Receipt, work: Callable[[], str]) -> str:
    """The answer that stands under the key, or that of `work`, which writes the receipt in its own transaction.

    Two callers with one key race to the store; the one who loses reads the other's answer.
    """
    standing = _standing(tools, receipt)
    if standing is not None:
        return standing
    try:
        return work()
    except (IdempotencyError, ConflictError):
        standing = _standing(tools, receipt)
        if standing is None:
            raise
        return standing


def _standing(tools: Tools, receipt: Receipt) -> str | None:
    found = tools.store.receipt(receipt.key)
    if found is not None and found.fingerprint != receipt.fingerprint:
        raise ProblemError(422)
    return found.answer if found else None


def _expected_version(request: Request) -> int:
    tags = request.headers.getlist("If-Match")
    if not tags:
        raise ProblemError(428)
    match = VERSION.fullmatch(tags[0]) if len(tags) == 1 else None
    if match is None:  # `*` and weak tags must not pass: they say nothing of what the officer saw
        raise ProblemError(412)
    return int(match[1])


def _path_code(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
    }


def _code(request: Request, name: str) -> str:
    """A code from the path; anything else stands nowhere."""
    code = request.path_params[name]
    if not re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", code):
        raise ProblemError(404)
    return code

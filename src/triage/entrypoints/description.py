"""The API description: OpenAPI 3.1 to the NLGov API Design Rules, version 2.

FastAPI writes most of it; here come the messages that handlers read by hand, the `API-Version` header on every
answer, and problem documents on every error.
"""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from triage.entrypoints.guard import API_VERSION
from triage.entrypoints.messages import ProblemDocument
from triage.entrypoints.problems import MEDIA, PLAIN

ABOUT = (
    "Predicts the work of an asylum application (hours, class), suggests a route within what the law leaves open, and "
    "forecasts the inflow. It never predicts the outcome of a case, and an officer decides. Facts: null is unknown "
    "(asked, no answer); leave out what was not asked. Calls with an effect need an Idempotency-Key; a decision needs "
    "If-Match as well. Errors are RFC 9457 problem documents and never repeat what was sent."
)
CONTACT = {
    "name": "The triage developers",
    "url": "https://example.org/triage",
    "email": "triage@example.org",
}
TAGS = [
    {"name": "cases", "description": "Intake and work list."},
    {"name": "routing", "description": "Expected work, suggested route, the officer's decision."},
    {"name": "dossiers", "description": "How complete files are, when they will be, and what to chase first."},
    {"name": "inflow", "description": "Published forecasts of the inflow."},
    {"name": "models", "description": "Models in use, their measures and cards."},
    {"name": "health", "description": "Probes."},
]
VERSION_HEADER = {
    "description": "Full version of the API.",
    "schema": {"type": "string", "example": API_VERSION},
}
ETAG = {"description": "Version of the resource, for If-Match.", "schema": {"type": "string", "example": '"1"'}}
LOCATION = {"description": "Address of what was made.", "schema": {"type": "string", "format": "uri-reference"}}
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A key of your own per intended effect; the same key with the same message gives the same answer.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{8,128}$"},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "ETag of the suggestion as you saw it; * is refused.",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
}


def body_of(*names: str) -> dict[str, Any]:
    """`openapi_extra` for a handler that reads one of these messages by hand."""
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    schema = refs[0] if len(refs) == 1 else {"oneOf": refs}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def describe(app: FastAPI, inbound: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """The whole description of `app`, with the messages it reads by hand."""
    made = get_openapi(
        title="triage",
        version=API_VERSION,
        openapi_version="3.1.0",
        description=ABOUT,
        routes=app.routes,
        tags=TAGS,
        servers=[{"url": "/v1", "description": "This server."}],
        contact=CONTACT,
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    models = [(model, "validation") for model in (*inbound, ProblemDocument)]
    schemas |= models_json_schema(models, ref_template="#/components/schemas/{model}")[1].get("$defs", {})  # pyright: ignore[reportArgumentType]
    made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, methods in made["paths"].items():
        for operation in methods.values():
            _complete(operation, path)
    return made


def _complete(operation: dict[str, Any], path: str) -> None:
    """Headers on what went well, problem documents for what can go wrong."""
    answers = operation["responses"]
    answers.pop("422", None)
    for status, answer in answers.items():
        if status.startswith(("2", "3")):
            answer.setdefault("headers", {})["API-Version"] = VERSION_HEADER
    for status in _errors(operation, path):
        answers[str(status)] = {
            "description": PLAIN[status][1],
            "headers": {"API-Version": VERSION_HEADER},
            "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }
    if not path.startswith("/health"):
        operation["security"] = [{"token": []}]


def _errors(operation: dict[str, Any], path: str) -> list[int]:
    errors = {400, 414, 431, 500, 503}
    if not path.startswith("/health"):
        errors.add(401)
    if "{" in path:
        errors.add(404)
    if "requestBody" in operation:
        errors |= {408, 413, 415}
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    if "Idempotency-Key" in names:
        errors |= {409, 422}
    if "If-Match" in names:
        errors |= {412, 428}
    return sorted(errors)

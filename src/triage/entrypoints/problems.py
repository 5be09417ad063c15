"""Every error answer, in one place: RFC 9457 `application/problem+json`, calm, and never an echo of what was sent.

What a problem may name is ours: a field of a message, a code, a limit. Keys, values and paths of the sender stay out.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from secrets import token_hex
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from triage.domain.errors import (
    AccessError,
    BundleError,
    ConflictError,
    FactError,
    ForecastError,
    IdempotencyError,
    LawError,
    MomentError,
    NotFoundError,
    StoreError,
    TriageError,
)
from triage.domain.facts import Register

log = logging.getLogger("triage.api")
MEDIA = "application/problem+json"
TYPE = "urn:triage:problem:"
MOST_ERRORS = 20

#: status -> (code, title, detail) for what the edge and the router refuse themselves.
PLAIN: Mapping[int, tuple[str, str, str]] = {
    400: ("request-invalid", "The request is not valid", "Check the request against /v1/openapi.json."),
    401: ("access-denied", "Not signed in", "Send the access token as Authorization: Bearer, or sign in at /inloggen."),
    403: ("origin-refused", "Not sent from our own page", "Open the page again and send the form from there."),
    404: ("not-found", "Not found", "Nothing stands under this address."),
    405: ("method-refused", "Method not allowed", "This address does not answer to that method."),
    408: ("body-too-slow", "The message took too long", "Send the whole message at once."),
    409: ("conflict", "Somebody was earlier", "Fetch the newest version and decide again."),
    412: ("version-stale", "The version is not the newest", "Fetch the resource and send its ETag as If-Match."),
    413: ("body-too-large", "The message is too large", "Send a smaller message, or several."),
    414: ("address-too-long", "The address is too long", "Send a shorter address."),
    415: ("media-type-refused", "Media type not supported", "Send application/json in UTF-8, not compressed."),
    422: ("idempotency-key-reused", "The key came with another message", "Use a new Idempotency-Key."),
    428: ("precondition-required", "A precondition is missing", "Send If-Match with the ETag of the resource."),
    431: ("headers-too-large", "The headers are too large", "Send at most 16 KiB of headers."),
    500: ("unforeseen", "Something went wrong that we did not foresee", "Try again, and quote the correlation id."),
    503: ("busy", "Not available now", "Try again after the time in Retry-After."),
}

#: Which of our own errors has which status; the first match counts.
STATUS_OF: tuple[tuple[type[TriageError], int], ...] = (
    (NotFoundError, 404),
    (IdempotencyError, 422),
    (ConflictError, 409),
    (AccessError, 401),
    (BundleError, 503),
    (StoreError, 503),
    (FactError, 400),
    (LawError, 400),
    (TriageError, 400),
)

#: Errors whose sentence is written for the receiver and names only what is ours.
SPOKEN = (FactError, MomentError, LawError, ForecastError, NotFoundError, ConflictError, IdempotencyError)


def correlation_of(scope: Scope) -> str:
    """The id that ties an answer to the log; made once per request."""
    return scope.setdefault("triage.correlation", token_hex(8))


def document(
    scope: Scope, status: int, code: str | None = None, detail: str | None = None, title: str | None = None, **more: Any
) -> dict[str, Any]:
    """The problem document of a status; code, detail and title replace the standing ones."""
    standing_code, standing_title, standing_detail = PLAIN.get(status, PLAIN[400 if status < 500 else 500])
    return {
        "type": TYPE + (code or standing_code),
        "title": title or standing_title,
        "status": status,
        "detail": detail or standing_detail,
        "code": code or standing_code,
        "correlationId": correlation_of(scope),
        **more,
    }


def problem(
    scope: Scope, status: int, code: str | None = None, detail: str | None = None, title: str | None = None, **more: Any
) -> Response:
    """A problem as answer; 503 carries Retry-After, 401 says how to sign in."""
    headers = {503: {"Retry-After": "2"}, 401: {"WWW-Authenticate": "Bearer"}}.get(status, {})
    body = json.dumps(document(scope, status, code, detail, title, **more), ensure_ascii=False)
    return Response(body, status, headers, MEDIA)


class ProblemError(Exception):
    """A problem that a handler raises by hand: a status, and what replaces its standing code and detail."""

    def __init__(self, status: int, code: str | None = None, detail: str | None = None, **more: Any):
        super().__init__(code or str(status))
        self.status, self.code, self.detail, self.more = status, code, detail, more


async def on_problem(request: Request, error: Exception) -> Response:
    """ProblemError -> problem document."""
    assert isinstance(error, ProblemError)  # noqa: S101 - registered for this type only
    return problem(request.scope, error.status, error.code, error.detail, **error.more)


async def on_http(request: Request, error: Exception) -> Response:
    """404 and 405 of the router, without its own text."""
    status = getattr(error, "status_code", 500)
    answer = problem(request.scope, status)
    allow = (getattr(error, "headers", None) or {}).get("Allow")
    if allow:
        answer.headers["Allow"] = allow
    return answer


async def on_triage(request: Request, error: Exception) -> Response:
    """Our own errors: the sentence travels only where it holds nothing but our own words."""
    assert isinstance(error, TriageError)  # noqa: S101 - registered for this type only
    status = next(status for kind, status in STATUS_OF if isinstance(error, kind))
    detail = str(error) if isinstance(error, SPOKEN) else None
    if status >= 500:
        log.error("%s %s", correlation_of(request.scope), type(error).__name__, exc_info=error)
    return problem(request.scope, status, error.code, detail)


async def on_unforeseen(request: Request, error: Exception) -> Response:
    """Anything else: a calm 500. The log holds where, the answer does not."""
    log.error("%s unforeseen", correlation_of(request.scope), exc_info=error)
    return problem(request.scope, 500)


def refusal(error: ValidationError, register: Register) -> ProblemError:
    """A message that does not fit its schema: which of *our* fields is wrong, and what was expected.

    A forbidden name (protected trait, or a word for the outcome) gets a code of its own.
    """
    found = error.errors(include_url=False, include_context=False, include_input=False)
    forbidden = sorted({name for one in found if (name := _forbidden(one, register))})
    if forbidden:
        return ProblemError(
            400,
            "feature-forbidden",
            f"{', '.join(forbidden)} may not be sent here: it is a protected trait, a legal clock or tells an outcome. "
            "Leave it out.",
            fields=forbidden,
        )
    errors = [{"field": field_of(one["loc"], register), "expected": _expected(one, register)} for one in found]
    distinct = [one for number, one in enumerate(errors) if one not in errors[:number]][:MOST_ERRORS]
    return ProblemError(400, "message-invalid", "Correct the fields named in errors and send again.", errors=distinct)


def _squeezed(name: object) -> str:
    return str(name).lower().replace("_", "").replace("-", "")[:60]


def _forbidden(one: Mapping[str, Any], register: Register) -> str | None:
    """Our own spelling of a forbidden name, where the sender used one."""
    if one["type"] != "extra_forbidden":
        return None
    never = {fact.name for fact in register.facts.values() if fact.in_model == "never"}
    ours = {_squeezed(name): name for name in sorted(register.forbidden | never)}
    return ours.get(_squeezed(one["loc"][-1]))


#: Names of message fields that may stand in an answer; the facts of the register come on top.
FIELDS = frozenset(
    {"moment", "lodgedOn", "caseId", "facts", "cases", "withReasons", "route", "depth", "reasonCode", "reasonText"}
    | {"from", "to", "series", "limit", "after", "kind", "scenario", "label"}
)


def field_of(location: Iterable[object], register: Register) -> str:
    """A location in our own words: known names and row numbers; anything else is "unknown field"."""
    known = FIELDS | {camel(name) for name in register.facts}
    words = [part for part in location if not (isinstance(part, str) and part in ("OneCase", "Batch"))]
    text = ""
    for part in words:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part in known:
            text += f".{part}" if text else str(part)
        else:
            return f"{text}: unknown field" if text else "unknown field"
    return text or "message"


def camel(name: str) -> str:
    """snake_case -> camelCase, as messages say it."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


_EXPECTED = {
    "missing": "this field is required",
    "extra_forbidden": "a field that the schema knows",
    "json_invalid": "well-formed JSON",
    "string_pattern_mismatch": "letters, digits and . _ : -, at most 64 long",
    "date_from_datetime_parsing": "a date such as 2026-11-24",
    "date_parsing": "a date such as 2026-11-24",
    "date_type": "a date such as 2026-11-24",
    "too_long": "fewer items",
    "too_short": "at least one item",
}


def _expected(one: Mapping[str, Any], register: Register) -> str:
    facts = {camel(fact.name): fact for fact in register.facts.values()}
    fact = facts.get(one["loc"][-1]) if one["loc"] else None
    if fact is not None and one["type"] != "extra_forbidden":
        return fact.expected().replace(" or unknown", "") + ", or null for unknown"
    return _EXPECTED.get(one["type"], "another value; see /v1/openapi.json")

"""The edge: two pure ASGI layers around pages and API.

`Edge` looks at what costs nothing to look at (Host, headers, how busy we are) and puts our headers on every
answer, also on errors. `BodyGuard` takes a message in whole, within size and time, and refuses what a JSON parser
may stumble over before one sees it. Neither knows a route.
"""

import asyncio
import json
import logging
import math
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from triage.adapters.settings import Settings
from triage.entrypoints.pages import error_page
from triage.entrypoints.problems import correlation_of, problem

log = logging.getLogger("triage.api")
API_VERSION = "1.0.0"
MAX_HEADER_BYTES = 16 * 1024
MAX_ADDRESS_BYTES = 4 * 1024
MAX_DEPTH = 32
MAX_DIGITS = 19
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
JSON_TYPES = frozenset({b"application/json", b"application/json;charset=utf-8"})
FORM_TYPES = frozenset({b"application/x-www-form-urlencoded", b"application/x-www-form-urlencoded;charset=utf-8"})

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: On every answer. Referrer-Policy is same-origin, not no-referrer: the latter makes browsers send `Origin: null`
#: with our own forms, and the origin check would refuse them.
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"api-version", API_VERSION.encode()),
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
NO_STORE = (b"cache-control", b"no-store")

#: A string (closed or running to the end), or one bracket. One pass, no second tries: linear on any input.
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


class RefusedError(Exception):
    """The edge refuses; becomes a problem document."""

    def __init__(self, status: int, code: str | None = None, detail: str | None = None):
        super().__init__(code or str(status))
        self.status, self.code, self.detail = status, code, detail


def is_api(scope: Scope) -> bool:
    """Whether an address belongs to the API; the rest are pages."""
    return scope["path"] == "/v1" or scope["path"].startswith("/v1/")


def header(scope: Scope, name: bytes) -> bytes | None:
    """The only header of that name. Raises RefusedError where it stands twice: two readers might each take another."""
    found = [value for key, value in scope["headers"] if key == name]
    if len(found) > 1:
        raise RefusedError(400, "header-repeated", "A header stands twice. Send it once.")
    return found[0] if found else None


def told(scope: Scope, error: RefusedError) -> Response:
    """A refusal as a problem document, or as a page for who came to a page."""
    if is_api(scope):
        return problem(scope, error.status, error.code, error.detail)
    headers = {"Retry-After": "2"} if error.status == 503 else {}
    return HTMLResponse(error_page(error.status, correlation_of(scope)), error.status, headers)


class Edge:
    """Host, header size, address size, requests in flight; our headers on every answer; no traceback leaves."""

    def __init__(self, app: ASGIApp, settings: Settings):
        self.app = app
        self.hosts = frozenset(host.strip().encode() for host in settings.allowed_hosts.split(",") if host.strip())
        self.most = settings.max_in_flight
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, count, pass on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        answer = Answer(scope, send)
        self.in_flight += 1
        try:
            self._check(scope)
            await self.app(scope, receive, answer)
        except RefusedError as error:
            await told(scope, error)(scope, receive, answer)
        except Exception:  # the last door: whatever it was, the answer is a calm 500 and the log holds where
            log.exception("%s unforeseen", correlation_of(scope))
            if not answer.started:
                await told(scope, RefusedError(500))(scope, receive, answer)
        finally:
            self.in_flight -= 1

    def _check(self, scope: Scope) -> None:
        host = header(scope, b"host")
        if host is None or _name_of(host) not in self.hosts:
            raise RefusedError(400, "host-refused", "This host name is not served here.")
        if sum(len(key) + len(value) for key, value in scope["headers"]) > MAX_HEADER_BYTES:
            raise RefusedError(431)
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_ADDRESS_BYTES:
            raise RefusedError(414)
        if self.in_flight > self.most:
            raise RefusedError(503)


def _name_of(host: bytes) -> bytes:
    """A Host header without its port; [::1]:8321 -> [::1]."""
    name, _, port = host.rpartition(b":")
    return (name if name and port.isdigit() else host).lower()


class Answer:
    """`send`, with our headers on the answer; remembers whether it began."""

    def __init__(self, scope: Scope, send: Send):
        self.scope, self.send, self.started = scope, send, False

    async def __call__(self, message: Message) -> None:
        """Pass one message on."""
        if message["type"] == "http.response.start":
            self.started = True
            headers = list(message.get("headers", ()))
            cached = any(key == b"cache-control" for key, _ in headers)
            extra = HEADERS if cached else (*HEADERS, NO_STORE)
            message = {**message, "headers": [*headers, *extra]}
        await self.send(message)


class BodyGuard:
    """Takes the whole message within its limits; JSON for the API, a form for the pages."""

    def __init__(self, app: ASGIApp, settings: Settings):
        self.app, self.most, self.seconds = app, settings.max_body_bytes, settings.body_deadline_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, check, hand the bytes on as one message."""
        if scope["type"] != "http" or scope["method"] not in WRITES:
            await self.app(scope, receive, send)
            return
        body = await self._body(scope, receive)
        if body or scope["method"] == "POST":  # the router answers other methods
            check = check_json if is_api(scope) else check_form
            check(scope, body)
        await self.app(scope, Replay(body, receive), send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        if header(scope, b"content-encoding") is not None:
            raise RefusedError(415)
        length = header(scope, b"content-length")
        if length is not None and (not length.isdigit() or len(length) > MAX_DIGITS or int(length) > self.most):
            raise RefusedError(413)
        try:
            async with asyncio.timeout(self.seconds):
                return await self._take(receive)
        except TimeoutError as error:
            raise RefusedError(408) from error

    async def _take(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RefusedError(400, "body-incomplete", "The message broke off. Send it again.")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self.most:
                raise RefusedError(413)
            if not message.get("more_body", False):
                return b"".join(parts)


class Replay:
    """`receive`, with the message that was read already; after it, the connection itself."""

    def __init__(self, body: bytes, receive: Receive):
        self.body: bytes | None = body
        self.receive = receive

    async def __call__(self) -> Message:
        """The message once, then what the connection says (that it closed)."""
        if self.body is None:
            return await self.receive()
        body, self.body = self.body, None
        return {"type": "http.request", "body": body, "more_body": False}


def _media(scope: Scope) -> bytes:
    return (header(scope, b"content-type") or b"").lower().replace(b" ", b"").replace(b'"', b"")


def check_form(scope: Scope, body: bytes) -> None:
    """Refuse a page's form that is not urlencoded UTF-8."""
    if _media(scope) not in FORM_TYPES:
        raise RefusedError(415, None, "Send the form of the page.")
    _text(body)


def check_json(scope: Scope, body: bytes) -> None:
    """Refuse JSON that is deep, doubled, not UTF-8, or holds numbers that do not survive the journey."""
    if _media(scope) not in JSON_TYPES:
        raise RefusedError(415)
    refuse_deep(body)
    try:
        json.loads(
            _text(body),
            object_pairs_hook=_once,
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_constant,
        )
    except ValueError as error:
        raise RefusedError(400, "json-invalid", "Send well-formed JSON.") from error


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(400, "encoding-invalid", "Send the message in UTF-8.") from error


def refuse_deep(body: bytes) -> None:
    """Refuse brackets nested deeper than 32, before a parser goes down them."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for match in _TOKENS.finditer(body):
        token = match[0]
        depth += (token in (b"[", b"{")) - (token in (b"]", b"}"))
        if depth > MAX_DEPTH:
            raise RefusedError(400, "json-too-deep", f"Nest at most {MAX_DEPTH} levels.")


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    pairs = list(pairs)
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RefusedError(400, "key-repeated", "A name stands twice in one object. Send it once.")
    return found


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise RefusedError(400, "number-invalid", f"Send whole numbers of at most {MAX_DIGITS} digits.")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise RefusedError(400, "number-invalid", "Send numbers that are finite.")
    return number


def _constant(_: str) -> NoReturn:
    raise RefusedError(400, "number-invalid", "NaN and Infinity are not JSON. Send null for unknown.")

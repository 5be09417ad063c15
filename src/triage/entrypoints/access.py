"""Who may open which door: the development mode.

Without an identity provider the product listens on loopback only, behind one random token per start. The API
takes it as a bearer token; the pages take it once and give a session cookie. Cases are made up, and every page
says so. A session holds a token of its own for forms, and a form must come from our own page.
"""

import hmac
import ipaddress
import time
from collections import OrderedDict
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from secrets import token_urlsafe
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from triage.domain.errors import AccessError
from triage.entrypoints.guard import WRITES, RefusedError, header, is_api
from triage.entrypoints.pages import render
from triage.entrypoints.problems import problem

COOKIE = "triage_session"
SESSION_SECONDS = 8 * 3600
MOST_SESSIONS = 100
OFFICER = "development-officer"  # one role until an identity provider says who is who
SERVICE = "development-api"
#: Who may see forecasts that are not official: who holds the API's token started the product, on his own machine.
ANALYSTS = frozenset({SERVICE})
#: Open to all: probes, the published API description, the style sheet and the door itself.
OPEN = frozenset({"/v1/health/live", "/v1/health/ready", "/v1/openapi.json", "/static/triage.css", "/inloggen"})


def refuse_outside(host: str) -> None:
    """Raise AccessError for any address that others can reach; there is no identity provider yet."""
    try:
        inside = host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise AccessError(
            "In development mode the product listens on loopback only. Use --host 127.0.0.1; "
            "to reach it from elsewhere, put it behind a proxy that signs people in."
        )


@dataclass(frozen=True)
class Session:
    """One browser that knew the token."""

    form_token: str
    until: float  # time.monotonic, seconds


class Sessions:
    """The token of this start, and the browsers that gave it. In memory: a restart signs everybody out."""

    def __init__(self, token: str):
        self._token = token.encode()
        self._open: OrderedDict[str, Session] = OrderedDict()

    def knows(self, token: bytes) -> bool:
        """Whether this is the token of this start; takes equally long for every wrong one."""
        return hmac.compare_digest(token, self._token)

    def begin(self) -> str:
        """A new session's id; the oldest goes when there are too many."""
        key = token_urlsafe(32)
        self._open[key] = Session(token_urlsafe(32), time.monotonic() + SESSION_SECONDS)
        if len(self._open) > MOST_SESSIONS:
            self._open.popitem(last=False)
        return key

    def find(self, key: str) -> Session | None:
        """The session of a cookie, unless it ended."""
        session = self._open.get(key)
        return session if session and session.until > time.monotonic() else None


class Access:
    """Pure ASGI: lets a request through with `scope["triage.actor"]`, or answers 401."""

    def __init__(self, app: ASGIApp, sessions: Sessions):
        self.app, self.sessions = app, sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Bearer token for the API, cookie for the pages."""
        if scope["type"] != "http" or scope["path"] in OPEN:
            if scope["type"] == "http" and scope["method"] in WRITES:
                refuse_foreign(scope)
            await self.app(scope, receive, send)
        elif is_api(scope):
            await self._api(scope, receive, send)
        else:
            await self._page(scope, receive, send)

    async def _api(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, _, token = (header(scope, b"authorization") or b"").partition(b" ")
        if kind.lower() == b"bearer" and self.sessions.knows(token):
            scope["triage.actor"] = SERVICE
            await self.app(scope, receive, send)
        else:
            await problem(scope, 401)(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = self.sessions.find(_cookie(scope))
        if session is None:
            await login_page(401)(scope, receive, send)
            return
        if scope["method"] in WRITES:
            refuse_foreign(scope)
        scope["triage.actor"], scope["triage.form_token"] = OFFICER, session.form_token
        await self.app(scope, receive, send)


def login_page(status: int, wrong: bool = False) -> HTMLResponse:
    """The small page that asks for the token."""
    return HTMLResponse(render("inloggen.html", wrong=wrong), status)


def enter(sessions: Sessions, token: str) -> HTMLResponse | RedirectResponse:
    """Sign in: a cookie and on to the work list, or the page again. The token leaves the address bar."""
    if not sessions.knows(token.encode()):
        return login_page(401, wrong=True)
    answer = RedirectResponse("/vandaag", 303)
    # Not Secure: the development mode is plain http on loopback. Lax, so that the printed link works.
    answer.set_cookie(COOKIE, sessions.begin(), max_age=SESSION_SECONDS, httponly=True, samesite="lax")
    return answer


def refuse_foreign(scope: Scope) -> None:
    """Refuse a write that another site's page sent: by Sec-Fetch-Site, and by Origin against Host."""
    site = header(scope, b"sec-fetch-site")
    origin = header(scope, b"origin")
    host = (header(scope, b"host") or b"").decode("latin-1")
    foreign = origin is not None and urlsplit(origin.decode("latin-1")).netloc != host
    if foreign or (site is not None and site not in (b"same-origin", b"none")):
        raise RefusedError(403)


def refuse_forged(scope: Scope, token: str) -> None:
    """Refuse a form without the token of its session."""
    expected = scope["triage.form_token"].encode()
    if not hmac.compare_digest(token.encode(), expected):
        raise RefusedError(403, "form-token-refused", "The page is too old. Open it again.")


def _cookie(scope: Scope) -> str:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load((header(scope, b"cookie") or b"").decode("latin-1"))
    except CookieError:
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""

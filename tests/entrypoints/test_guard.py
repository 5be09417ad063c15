"""The edge, around a tiny application: what it lets through, what it refuses, and what it says then."""

import asyncio
import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response

from triage.adapters.settings import Settings
from triage.entrypoints.guard import HEADERS, BodyGuard, Edge, RefusedError, check_json, refuse_deep

JSON = {"content-type": "application/json"}
CANARY = "kanarie-7741"


async def tiny(scope, receive, send):
    """Answers with the body it got."""
    message = await receive()
    if scope["path"] == "/v1/broken":
        raise RuntimeError(CANARY)
    await Response(message["body"], 200)(scope, receive, send)


def call(method="POST", path="/v1/x", app=tiny, settings=None, **request) -> httpx.Response:
    settings = settings or Settings()
    edge = Edge(BodyGuard(app, settings), settings)

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(edge)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, **request)

    return asyncio.run(run())


def send(body: bytes | str, **headers) -> httpx.Response:
    return call(content=body, headers=JSON | headers)


def test_plain_json_passes_unchanged():
    assert send('{"a": [1, 2.5, null]}').content == b'{"a": [1, 2.5, null]}'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"a": 1', "json-invalid"),
        ("", "json-invalid"),
        ("[" * 33 + "]" * 33, "json-too-deep"),
        ('{"a":' * 60_000, "body-too-large"),
        ('{"a":' * 10_000, "json-too-deep"),
        ('{"a": NaN}', "number-invalid"),
        ('{"a": Infinity}', "number-invalid"),
        ('{"a": 1e999}', "number-invalid"),
        ('{"a": ' + "9" * 20 + "}", "number-invalid"),
        ('{"a": 1, "a": 2}', "key-repeated"),
        ('{"a": {"b": 1, "b": 2}}', "key-repeated"),
        (b'{"a": "\xff"}', "encoding-invalid"),
        (b"\xef\xbb\xbf{}", "json-invalid"),
        ("x" * 1_000_000, "body-too-large"),
    ],
)
def test_hostile_json_is_refused_with_a_problem(body, code):
    answer = send(body)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 400),
        ({"host": "127.0.0.1:99:1"}, 400),
        ({"x-big": "a" * 17_000}, 431),
        ({"content-encoding": "gzip"}, 415),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/json; charset=latin-1"}, 415),
        ({"content-length": "abc"}, 413),
    ],
)
def test_hostile_headers_are_refused(headers, status):
    assert call(content="{}", headers=JSON | headers).status_code == status


def test_brackets_inside_a_text_are_not_depth():
    assert send(json.dumps({"a": "[" * 500 + '"'})).status_code == 200


def test_many_cases_beside_each_other_are_not_depth():
    assert send(json.dumps([{"a": [k]} for k in range(200)])).status_code == 200


def test_an_address_of_kilobytes_is_refused():
    assert call("GET", "/v1/" + "a" * 5000).status_code == 414


def test_an_unforeseen_error_is_a_calm_500_without_its_text():
    answer = call(path="/v1/broken", content="{}", headers=JSON)
    assert answer.status_code == 500
    assert CANARY not in answer.text


@pytest.mark.parametrize("path", ["/v1/x", "/v1/broken", "/page"])
def test_every_answer_carries_our_headers(path):
    answer = call(path=path, content="{}", headers=JSON)
    assert {name.decode() for name, _ in HEADERS} <= set(answer.headers)


def test_more_requests_than_allowed_get_503_with_retry_after():
    answer = call(content="{}", headers=JSON, settings=Settings(max_in_flight=0))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"


def test_a_message_that_does_not_arrive_is_given_up():
    settings = Settings(body_deadline_seconds=0.05)
    sent = []

    async def run():
        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/x",
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        }

        async def once():
            if once.given:
                await asyncio.Event().wait()
            once.given = True
            return {"type": "http.request", "body": b"{", "more_body": True}

        once.given = False
        await Edge(BodyGuard(tiny, settings), settings)(scope, once, send)

    asyncio.run(run())
    assert sent[0]["status"] == 408


@given(st.binary(max_size=300))
def test_any_bytes_are_passed_or_refused_and_never_crash(body):
    scope = {"headers": [(b"content-type", b"application/json")]}
    try:
        check_json(scope, body)
    except RefusedError as error:
        assert 400 <= error.status < 500
    else:
        json.loads(body)


@given(st.recursive(st.none() | st.text('[]{}"\\'), lambda inner: st.lists(inner, max_size=3), max_leaves=40))
def test_depth_counts_brackets_outside_texts_only(value):
    def depth(one) -> int:
        return 1 + max(map(depth, one), default=0) if isinstance(one, list) else 0

    text = json.dumps([value] * 40).encode()
    try:
        refuse_deep(text)
        refused = False
    except RefusedError:
        refused = True
    assert refused == (depth(value) + 1 > 32)


def test_a_long_unclosed_text_takes_no_quadratic_time():
    refuse_deep(b"[]" * 40 + b'"' + b'\\"' * 30_000)

"""Hostile messages on every POST: always 4xx, always a problem document, never an echo."""

import json

import pytest

CANARY = "kanarie7741"
GOOD = {"moment": "registered", "lodgedOn": "2026-03-02", "facts": {"documents": "none"}}
POSTS = {
    "/v1/predictions/complexity": GOOD,
    "/v1/route-suggestions": GOOD | {"caseId": "H-1"},
    "/v1/cases": GOOD | {"caseId": "H-1"},
    "/v1/route-suggestions/SUGGESTION/decision": {"route": "PACT-REG", "depth": "standard", "reasonCode": "AGREE"},
}


def dumped(**changes):
    return lambda good: json.dumps(good | changes)


def with_facts(facts):
    return lambda good: json.dumps(good | {"facts": facts})


BODIES = {
    "nothing": lambda _: "",
    "half": lambda good: json.dumps(good)[:-1],
    "trailing": lambda good: json.dumps(good) + "]",
    "scalar": lambda _: "7",
    "text": lambda _: f'"{CANARY}"',
    "null": lambda _: "null",
    "list": lambda good: json.dumps([good]),
    "deep": lambda _: '{"facts":' * 1000 + "1" + "}" * 1000,
    "deep list": lambda _: "[" * 100_000,
    "nan": lambda good: json.dumps(good)[:-1] + ',"x": NaN}',
    "infinity": lambda good: json.dumps(good)[:-1] + ',"x": -Infinity}',
    "overflow": lambda good: json.dumps(good)[:-1] + ',"x": 1e400}',
    "long number": lambda good: json.dumps(good)[:-1] + ',"x": ' + "9" * 5000 + "}",
    "repeated": lambda good: json.dumps(good)[:-1] + "," + json.dumps(good)[1:],
    "not utf-8": lambda good: json.dumps(good).encode() + b"\xff",
    "utf-16": lambda good: json.dumps(good).encode("utf-16"),
    "surrogate": lambda good: json.dumps(good)[:-1] + ',"\\ud800": "\\udfff"}',
    "nul": dumped(caseId="a\x00b", route="a\x00b"),
    "megabyte": lambda good: json.dumps(good | {"x": "a" * 1_000_000}),
    "unknown key": dumped(**{CANARY: CANARY}),
    "prototype": dumped(__proto__={"a": 1}, constructor=1),
    "wrong type": dumped(caseId=7, lodgedOn=20260302, route=[], moment=1),
    "long code": dumped(caseId="a" * 65, route="a" * 65),
    "markup": dumped(caseId="<script>" + CANARY, route="<script>" + CANARY),
    "path": dumped(caseId="../" + CANARY, route="../" + CANARY),
    "sql": dumped(caseId=f"' OR 1=1 -- {CANARY}", route=f"' OR 1=1 -- {CANARY}"),
    "empty": lambda _: "{}",
}
FACTS = {
    "unknown fact": {CANARY: CANARY},
    "value not allowed": {"documents": CANARY},
    "text for a number": {"familySize": "3"},
    "truth for a number": {"familySize": True},
    "number for a truth": {"identityDoubt": 1},
    "text for a truth": {"identityDoubt": "true"},
    "out of range": {"familySize": 21},
    "huge": {"familySize": 9_999_999_999_999_999_999},
    "list": {"familySize": [3]},
    "object": {"documents": {"a": CANARY}},
    "no date": {"returnDecisionOn": CANARY},
    "impossible date": {"returnDecisionOn": "2026-02-30"},
    "date as number": {"returnDecisionOn": 1},
    "snake case": {"family_size": 3},
    "long text": {"language": "a" * 41},
    "control sign": {"language": "a\u0007b"},
    "religion": {"religion": CANARY},
    "no object": [CANARY],
    "nothing": None,
}


def refused(answer) -> None:
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "correlationId"} <= set(answer.json())
    assert answer.json()["status"] == answer.status_code
    assert CANARY not in answer.text
    assert CANARY not in str(answer.headers)
    assert len(answer.content) < 4096


def post(api, tools, url: str, body, **headers):
    made = tools.store.work_list(1)[0].stored.suggestion.suggestion_id
    headers = {"Content-Type": "application/json", "Idempotency-Key": "key-hostile", "If-Match": '"1"'} | headers
    return api.post(url.replace("SUGGESTION", made), content=body, headers=headers)


@pytest.mark.parametrize("url", POSTS)
def test_every_hostile_message_is_refused_calmly(api, tools, url):
    for name, make in BODIES.items():
        answer = post(api, tools, url, make(POSTS[url]))
        assert answer.status_code < 500, (name, answer.text)
        refused(answer)
    assert not tools.store.receipt("key-hostile")


@pytest.mark.parametrize("url", [url for url in POSTS if "decision" not in url])
def test_every_hostile_fact_is_refused_calmly(api, tools, url):
    for facts in FACTS.values():
        refused(post(api, tools, url, json.dumps(POSTS[url] | {"facts": facts})))


@pytest.mark.parametrize("url", POSTS)
def test_every_hostile_header_is_refused_calmly(api, tools, url):
    body = json.dumps(POSTS[url])
    for headers in (
        {"Host": f"{CANARY}.example"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Encoding": "gzip"},
        {"X-Big": CANARY * 2000},
        {"Authorization": f"Bearer {CANARY}"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer ünïcode".encode("latin-1")},
    ):
        refused(post(api, tools, url, body, **headers))


@pytest.mark.parametrize(
    "value", ["", "short", "a" * 129, "spaced key 1", CANARY + "<>", "naïve-key-1".encode("latin-1")]
)
def test_a_hostile_key_is_refused(api, tools, value):
    refused(post(api, tools, "/v1/cases", json.dumps(POSTS["/v1/cases"]), **{"Idempotency-Key": value}))


@pytest.mark.parametrize("value", ["", "*", '""', '"999999999999999999999"', '"-1"', f'"{CANARY}"', '"1", "2"'])
def test_a_hostile_version_is_refused(api, tools, value):
    url = "/v1/route-suggestions/SUGGESTION/decision"
    refused(post(api, tools, url, json.dumps(POSTS[url]), **{"If-Match": value}))


@pytest.mark.parametrize(
    "address",
    [
        f"/v1/{CANARY}",
        "/v1/cases/",
        f"/v1/cases/{CANARY}",
        f"/v1/cases/%2e%2e%2f{CANARY}",
        "/v1/cases/%00",
        "/v1/cases/%ff",
        f"/v1/cases?limit={CANARY}",
        "/v1/cases?limit=0",
        "/v1/cases?limit=99999999999999999999",
        f"/v1/cases?after={CANARY}",
        "/v1/cases?after=%00",
        f"/v1/route-suggestions/{CANARY}",
        f"/v1/models/{CANARY}",
        "/v1/models/..%2f..%2fetc",
        "/v1/inflow-forecasts?limit=1.5",
        f"/v1/inflow-forecasts/{CANARY}/sums",
        "/v1",
        "/v1/",
    ],
)
def test_a_hostile_address_is_refused(api, address):
    refused(api.get(address))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_method_that_is_not_there_is_405(api, method):
    answer = api.request(method, "/v1/cases")
    refused(answer)
    assert answer.status_code == 405


@pytest.mark.parametrize(
    "lodged",
    ["1989-12-31", "2100-01-01", "2026-13-01", "2026-03-02T00:00:00Z", "02-03-2026", 20260302, None, "2099-01-01"],
)
def test_an_impossible_lodging_date_is_refused(api, tools, lodged):
    url = "/v1/route-suggestions"
    refused(post(api, tools, url, json.dumps(POSTS[url] | {"lodgedOn": lodged})))


def test_more_cases_than_allowed_are_refused(api, tools):
    rows = [{"caseId": f"c{k}", "lodgedOn": "2026-03-02", "facts": {}} for k in range(201)]
    refused(post(api, tools, "/v1/predictions/complexity", json.dumps({"moment": "identified", "cases": rows})))


def test_a_wrong_row_is_named_by_its_number_and_field(api, tools):
    rows = [{"caseId": f"c{k}", "lodgedOn": "2026-03-02", "facts": {}} for k in range(9)]
    rows[7]["facts"] = {"documents": CANARY}
    answer = post(api, tools, "/v1/predictions/complexity", json.dumps({"moment": "identified", "cases": rows}))
    refused(answer)
    assert answer.json()["errors"][0]["field"] == "cases[7].facts.documents"

"""What the tests of the API send: made-up messages, and the calls that most of them begin with."""

from dataclasses import replace
from datetime import datetime

from starlette.testclient import TestClient
from tests.entrypoints.world import TOKEN

from triage.entrypoints.api import create_app

FACTS = {"documents": "none", "familySize": 3, "identityDoubt": None}
CASE = {"moment": "registered", "lodgedOn": "2026-03-02", "facts": FACTS}
INTAKE = CASE | {"caseId": "T-1"}
PACT = {"lodgedOn": "2026-07-01"}


def key(text: str = "key-00000001") -> dict[str, str]:
    return {"Idempotency-Key": text}


def suggest(api, **changes):
    return api.post("/v1/route-suggestions", json=INTAKE | changes, headers=key())


def decide(api, made, headers=None, **changes):
    body = {"route": made["route"], "depth": made["depth"], "reasonCode": "AGREE"} | changes
    headers = key("key-decision") | {"If-Match": '"1"'} | (headers or {})
    return api.post(f"/v1/route-suggestions/{made['suggestionId']}/decision", json=body, headers=headers)


def at(tools, instant: str) -> TestClient:
    """The API at an instant."""
    moment = datetime.fromisoformat(instant)
    app = create_app(replace(tools, clock=lambda: moment), TOKEN)
    return TestClient(app, base_url="http://127.0.0.1", headers={"Authorization": f"Bearer {TOKEN}"})

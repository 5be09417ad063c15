"""The audit sample behind every door: nobody can tell whose advice is hidden, from any page, answer or log line."""

import logging
import re
from dataclasses import replace
from datetime import UTC, datetime

from starlette.testclient import TestClient
from tests.entrypoints.calls import key
from tests.entrypoints.world import TOKEN

from triage.domain.case import Depth, Prediction
from triage.domain.records import Arm
from triage.entrypoints.api import create_app
from triage.jobs.open_model import Policy
from triage.jobs.suggest_route import BesideModel
from triage.routing.audit_sample import AuditSample

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SAMPLE = AuditSample(b"0123456789abcdef0123456789abcdef", 0.025)
NAMES = [f"Z-{number:05d}" for number in range(3000)]
CLASSES = ("light", "standard", "heavy")
SAYS_HEAVY, SAYS_NOTHING = (0.02, 0.08, 0.9), (0.1, 0.85, 0.05)
FACTS = {"eurodacHit": "none", "familySize": 3, "unaccompaniedMinor": False}
INTAKE = {"moment": "registered", "lodgedOn": "2026-07-01", "facts": FACTS}


class Model:
    """A learned model that says the same of every case."""

    def __init__(self, learned, probabilities):
        self.learned, self.probabilities = learned, probabilities

    def __getattr__(self, name):
        return getattr(self.learned, name)

    def predict_one(self, intake):
        hours, days = (8.0, 20.0, 40.0, 22.0), (5.0, 0.5)
        return Prediction(CLASSES, self.probabilities, *hours, days, ("heavy",), True, self.version)


def an_id(kind: str) -> str:
    def of(name):
        return "cover" if SAMPLE.covers(name) else SAMPLE.arm(name).value

    return next(name for name in NAMES if of(name) == kind)


def house(tools, probabilities, sample=SAMPLE):
    """The doors of a house with this model at a fixed time, signed in."""
    model = Model(tools.complexity, probabilities)
    with_model = replace(tools, complexity=model, policy=Policy(), clock=lambda: NOW, beside=BesideModel(sample))
    door = TestClient(create_app(with_model, TOKEN), base_url="http://127.0.0.1", raise_server_exceptions=False)
    door.get(f"/inloggen?token={TOKEN}")
    return door


def api_of(door, method, path, **more):
    headers = {"Authorization": f"Bearer {TOKEN}"} | more.pop("headers", {})
    return door.request(method, path, headers=headers, **more)


def without_ids(text: str, case_id: str) -> str:
    """What is said, without ids of the case, of suggestion and decision, and of the form."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r'name="(form_token|key)" value="[^"]*"', r'name="\1"', text)
    return text.replace(case_id, "CASE")


def seen(tools, kind: str, probabilities) -> dict[str, str]:
    """Everything that any door says of one case, from the suggestion to after the decision."""
    case_id, door = an_id(kind), house(tools, probabilities)
    body = INTAKE | {"caseId": case_id}
    made = api_of(door, "POST", "/v1/route-suggestions", json=body, headers=key(f"key-{case_id}"))
    path = f"/v1/route-suggestions/{made.json()['suggestionId']}"
    answers = {"suggested": made}

    def look(when):
        answers[f"{when} suggestion"] = api_of(door, "GET", f"{path}?withExplanation=true")
        answers[f"{when} case"] = api_of(door, "GET", f"/v1/cases/{case_id}")
        answers[f"{when} page"] = door.get(f"/zaken/{case_id}")
        before = _before(tools, case_id)
        answers[f"{when} line"] = api_of(door, "GET", f"/v1/cases?limit=1{before and f'&after={before}'}")
        answers[f"{when} today"] = door.get(f"/vandaag{before and f'?na={before}'}")
        answers[f"{when} dossier"] = api_of(door, "GET", f"/v1/dossiers?limit=1{before and f'&after={before}'}")

    look("open")
    decision = {"route": "PACT-REG", "depth": "heavy", "reasonCode": "KNOWS_MORE_ABOUT_CASE"}
    headers = key(f"key-decision-{case_id}") | {"If-Match": '"1"'}
    answers["decided"] = api_of(door, "POST", f"{path}/decision", json=decision, headers=headers)
    look("decided")
    assert {answer.status_code for answer in answers.values()} == {200, 201}
    return {name: f"{a.status_code} {_headers(a)} {_said(name, a.text, case_id)}" for name, a in answers.items()}


def _said(name: str, text: str, case_id: str) -> str:
    """All that is said; of the work list the line of this case, for what follows it is another case."""
    if name.endswith("today"):
        text = next(row for row in text.split("<tr>") if f"/zaken/{case_id}" in row).split("</tr>")[0]
    return without_ids(text, case_id)


def _headers(answer) -> list[tuple[str, str]]:
    own = ("correlation", "content-length", "location", "set-cookie")
    return sorted((n, v) for n, v in answer.headers.items() if not any(word in n.lower() for word in own))


def _before(tools, case_id: str) -> str:
    """The cursor of the page of the work list on which this case comes first; empty where it is the first of all."""
    names = ["", *(item.intake.case_id for item in tools.store.work_list(1000))]
    return names[names.index(case_id) - 1]


def test_a_hidden_case_is_byte_for_byte_like_one_outside_the_sample_without_advice(tools):
    """Heavy work of which the advice is hidden, and a case outside the sample of which nothing was to be said."""
    hidden, cover = seen(tools, "hidden", SAYS_HEAVY), seen(tools, "cover", SAYS_NOTHING)
    assert [name for name in hidden if hidden[name] != cover[name]] == []


def test_a_case_that_is_advised_does_look_otherwise(tools):
    hidden, advised = seen(tools, "hidden", SAYS_HEAVY), seen(tools, "none", SAYS_HEAVY)
    assert hidden["suggested"] != advised["suggested"] and hidden["open page"] != advised["open page"]


def test_the_shown_arm_is_byte_for_byte_like_a_case_outside_the_sample(tools):
    shown, outside = seen(tools, "shown", SAYS_HEAVY), seen(tools, "none", SAYS_HEAVY)
    assert shown == outside


def test_the_page_of_a_hidden_case_says_to_decide_oneself_and_steers_to_no_route(tools):
    page = seen(tools, "hidden", SAYS_HEAVY)["open page"]
    assert "Nog geen advies: beslis zelf" in page and "voorgesteld</span>" not in page
    assert "Ik ben het eens met het voorstel" not in page and "Ik kies zelf: er was geen advies" in page


def test_after_the_decision_page_and_answer_say_that_advice_was_not_used(tools):
    answers = seen(tools, "hidden", SAYS_HEAVY)
    assert "Gekozen zonder advies" in answers["decided page"]
    assert '"hadAdvice":false' in answers["decided case"]


def test_no_log_line_and_no_audit_event_tells_the_arm(tools, caplog):
    with caplog.at_level(logging.DEBUG):
        hidden, outside = seen(tools, "hidden", SAYS_HEAVY), seen(tools, "none", SAYS_HEAVY)
    assert hidden and outside and not re.search(r"hidden|audit|\barm\b", caplog.text.lower())
    events = {kind: _actions(tools, an_id(kind)) for kind in ("hidden", "none")}
    assert events["hidden"] == events["none"]


def _actions(tools, case_id: str) -> list[str]:
    of_case = {case_id} | {one.suggestion.suggestion_id for one in tools.store.suggestions_of(case_id)}
    return [event.action for event in tools.store.audit_events(1000) if event.subject in of_case]


def test_what_was_hidden_is_logged_whole(tools):
    seen(tools, "hidden", SAYS_HEAVY)
    line = next(one for one in tools.store.advice_log() if one.shown.case_id == an_id("hidden"))
    assert (line.arm, line.whole.depth) == (Arm.HIDDEN, Depth.HEAVY)
    assert line.whole.prediction is not None and line.whole.model_version == tools.complexity.version
    assert line.decision is not None and line.decision.had_advice is False


def test_new_facts_do_not_bring_the_advice_out(tools):
    case_id, door = an_id("hidden"), house(tools, SAYS_HEAVY)
    for number, documents in enumerate(["none", "copy", None]):
        body = INTAKE | {"caseId": case_id, "facts": FACTS | {"documents": documents}}
        answer = api_of(door, "POST", "/v1/route-suggestions", json=body, headers=key(f"key-again-{number}")).json()
        assert (answer["reasonCodes"], answer["work"], answer["alternatives"]) == (["NO_ADVICE"], None, [])


def test_without_a_model_every_arm_looks_the_same(tools):
    def said(kind):
        case_id = an_id(kind)
        no_model = replace(tools, complexity=None, policy=None, clock=lambda: NOW, beside=BesideModel(SAMPLE))
        door = TestClient(create_app(no_model, TOKEN), base_url="http://127.0.0.1")
        body = INTAKE | {"caseId": case_id}
        answer = api_of(door, "POST", "/v1/route-suggestions", json=body, headers=key(f"key-{case_id}"))
        return without_ids(answer.text, case_id)

    assert said("hidden") == said("shown") == said("cover") == said("none")

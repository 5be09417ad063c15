"""Intake and work list over the API."""

from datetime import date

import pytest
from tests.entrypoints.calls import INTAKE, key, suggest

from triage.domain.case import Intake, Moment


def test_a_case_keeps_known_unknown_and_not_asked_apart(api):
    api.post("/v1/cases", json=INTAKE, headers=key())
    case = api.get("/v1/cases/T-1").json()
    assert case["known"] == {"documents": "none", "familySize": 3.0}
    assert case["unknown"] == ["identityDoubt"]
    assert "ageDispute" in case["notAsked"]


def test_the_same_intake_twice_is_one_event(api, tools):
    events = len(tools.store.audit_events(1000))
    for _ in range(2):
        assert api.post("/v1/cases", json=INTAKE, headers=key()).status_code == 201
    assert len(tools.store.audit_events(1000)) == events + 1


def test_the_work_list_can_be_walked_in_pages(api, tools):
    seen, after = [], None
    while True:
        page = api.get("/v1/cases", params={"limit": 4} | ({"after": after} if after else {})).json()
        seen += [line["caseId"] for line in page["cases"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [item.intake.case_id for item in tools.store.work_list(100)]


def test_a_motive_is_in_no_answer(api):
    made = suggest(api, facts={"motiveGroup": "conversion", "evidenceItems": 9})
    assert "conversion" not in made.text
    assert "motive" not in made.text.lower()
    assert "conversion" not in api.get("/v1/cases/T-1").text


def test_a_case_names_what_changed_since_its_newest_suggestion(api):
    suggest(api, facts={"documents": "copy"})
    newer = INTAKE | {"facts": {"documents": "real"}}
    case = api.post("/v1/cases", json=newer, headers=key("key-newer-3")).json()
    assert [(row["fact"], row["afterValue"]) for row in case["changedFacts"]] == [("documents", "real")]


def test_a_stored_case_without_rules_is_answered_with_a_flag(api, tools):
    tools.store.receive([Intake("too-old", date(1995, 1, 1), Moment.REGISTERED, {"documents": "none"})], "test")
    answer = api.get("/v1/cases/too-old")
    case = answer.json()
    assert answer.status_code == 200 and [flag["code"] for flag in case["flags"]] == ["no_rules"]
    assert case["deadlines"] is None and case["lawVersion"] is None and case["known"] == {"documents": "none"}


@pytest.mark.parametrize("lodged", ["2009-12-31", "1995-01-01", "2099-01-01"])
@pytest.mark.parametrize("path", ["/v1/cases", "/v1/route-suggestions"])
def test_a_lodging_date_without_rules_is_refused_and_nothing_is_kept(api, tools, path, lodged):
    before = len(tools.store.work_list(100))
    answer = api.post(path, json=INTAKE | {"lodgedOn": lodged}, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (400, "law-invalid")
    assert len(tools.store.work_list(100)) == before


@pytest.mark.parametrize("change", [{"moment": "identified"}, {"lodgedOn": "2026-08-01"}])
def test_a_case_never_goes_back(api, change):
    assert api.post("/v1/cases", json=INTAKE, headers=key()).status_code == 201
    answer = api.post("/v1/cases", json=INTAKE | change, headers=key("key-00000002"))
    assert answer.status_code == 409
    assert api.get("/v1/cases/T-1").json()["moment"] == "registered"


def test_a_key_used_for_another_case_is_refused(api):
    api.post("/v1/cases", json=INTAKE, headers=key())
    assert api.post("/v1/cases", json=INTAKE | {"caseId": "T-2"}, headers=key()).status_code == 422

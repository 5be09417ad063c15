"""Expected work over the API, on a learned model."""

import pytest
from tests.entrypoints.calls import CASE, suggest


def test_a_prediction_says_class_hours_and_lateness(api):
    answer = api.post("/v1/predictions/complexity", json=CASE).json()
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert answer["hours"]["p10"] <= answer["hours"]["p50"] <= answer["hours"]["p90"]
    assert 0 <= answer["probabilityLate"] <= 1


def test_a_batch_answers_in_the_order_sent_and_as_one_by_one(api):
    rows = [{"caseId": f"B-{k}", "lodgedOn": "2026-03-02", "facts": {"familySize": k}} for k in (3, 1, 2)]
    many = api.post("/v1/predictions/complexity", json={"moment": "identified", "cases": rows}).json()
    single = api.post(
        "/v1/predictions/complexity",
        json={"moment": "identified", "lodgedOn": "2026-03-02", "facts": {"familySize": 1}},
    ).json()
    assert [one["caseId"] for one in many["predictions"]] == ["B-3", "B-1", "B-2"]
    assert many["predictions"][1]["hours"] == single["hours"]


def test_reasons_come_only_when_asked_for(api):
    assert api.post("/v1/predictions/complexity", json=CASE).json()["reasons"] is None
    assert api.post("/v1/predictions/complexity", json=CASE | {"withReasons": True}).json()["reasons"]


def test_unknown_and_not_asked_are_different_questions(api):
    asked = api.post("/v1/predictions/complexity", json=CASE).json()
    left_out = api.post("/v1/predictions/complexity", json=CASE | {"facts": {"documents": "none", "familySize": 3}})
    assert asked["probabilities"] != left_out.json()["probabilities"]


def test_without_a_model_a_prediction_is_503_and_the_rules_still_speak(without_model):
    refused = without_model.post("/v1/predictions/complexity", json=CASE)
    assert (refused.status_code, refused.json()["code"]) == (503, "model-missing")
    assert suggest(without_model).json()["reasonCodes"] == ["NO_MODEL"]


@pytest.mark.parametrize(
    "name", ["nationalityIso3", "religion", "ethnicity", "sex", "granted", "hours_booked", "Outcome"]
)
def test_a_forbidden_name_is_refused_in_a_prediction_with_a_code_of_its_own(api, name):
    answer = api.post("/v1/predictions/complexity", json=CASE | {"facts": {name: "x"}})
    assert (answer.status_code, answer.json()["code"]) == (400, "feature-forbidden")


def test_a_fact_of_the_later_moment_is_refused_at_the_earlier_one(api):
    answer = api.post("/v1/predictions/complexity", json=CASE | {"moment": "identified", "facts": {"evidenceItems": 1}})
    assert (answer.status_code, answer.json()["code"]) == (400, "moment-invalid")

"""The officer's decision over the API: once per suggestion, on the version that was seen."""

import pytest
from tests.entrypoints.calls import FACTS, INTAKE, decide, key, suggest


def test_following_is_derived_and_closes_the_suggestion(api):
    made = suggest(api).json()
    answer = decide(api, made)
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"2"'
    assert answer.json()["decision"]["followed"] is True


def test_another_depth_is_a_deviation(api):
    made = suggest(api, lodgedOn="2026-07-01").json()
    other = "heavy" if made["depth"] != "heavy" else "light"
    answer = decide(api, made, depth=other, reasonCode="KNOWS_MORE_ABOUT_CASE")
    assert answer.json()["decision"]["followed"] is False


def test_a_retried_decision_gives_the_same_answer_and_one_event(api, tools):
    made = suggest(api).json()
    assert decide(api, made).content == decide(api, made).content
    assert [e.action for e in tools.store.audit_events()].count("decision-recorded") == 1


@pytest.mark.parametrize(("tag", "status"), [('"7"', 412), ("*", 412), ('W/"1"', 412), ("1", 412)])
def test_a_stale_or_vague_version_is_refused(api, tag, status):
    assert decide(api, suggest(api).json(), {"If-Match": tag}).status_code == status


def test_a_decision_without_if_match_is_refused(api):
    made = suggest(api).json()
    body = {"route": made["route"], "reasonCode": "AGREE"}
    url = f"/v1/route-suggestions/{made['suggestionId']}/decision"
    assert api.post(url, json=body, headers=key("key-decision")).status_code == 428


def test_a_second_decision_is_refused_whatever_version_it_names(api):
    made = suggest(api).json()
    decide(api, made)
    assert decide(api, made, key("key-second-1")).status_code == 412
    assert decide(api, made, key("key-second-2") | {"If-Match": '"2"'}).status_code == 409


def test_a_route_that_the_law_closes_cannot_be_chosen(api):
    made = suggest(api, facts={"eurodacHit": "none", "euCitizen": False}).json()
    closed = next(v["route"] for v in made["verdicts"] if v["verdict"] == "not_met")
    assert decide(api, made, route=closed, depth=None, reasonCode="PLANNING").status_code == 400


def test_a_decision_on_a_suggestion_that_newer_facts_overtook_is_refused(api):
    made = suggest(api).json()
    newer = INTAKE | {"facts": FACTS | {"eurodacHit": "protection"}}
    assert api.post("/v1/cases", json=newer, headers=key("key-newer-1")).status_code == 201
    assert decide(api, made).status_code == 409

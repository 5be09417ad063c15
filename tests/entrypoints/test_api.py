"""The API through the real application, on a learned model and a real store."""

import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime

import pytest
from starlette.testclient import TestClient
from tests.entrypoints.world import PRIVATE, TOKEN

from triage.domain.case import Intake, Moment
from triage.entrypoints.api import create_app

FACTS = {"documents": "none", "familySize": 3, "identityDoubt": None}
CASE = {"moment": "registered", "lodgedOn": "2026-03-02", "facts": FACTS}
INTAKE = CASE | {"caseId": "T-1"}


def key(text: str = "key-00000001") -> dict[str, str]:
    return {"Idempotency-Key": text}


def suggest(api, **changes):
    return api.post("/v1/route-suggestions", json=INTAKE | changes, headers=key())


def decide(api, made, headers=None, **changes):
    body = {"route": made["route"], "depth": made["depth"], "reasonCode": "AGREE"} | changes
    headers = key("key-decision") | {"If-Match": '"1"'} | (headers or {})
    return api.post(f"/v1/route-suggestions/{made['suggestionId']}/decision", json=body, headers=headers)


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


@pytest.mark.parametrize("name", ["religion", "ethnicity", "sex", "statusGranted"])
def test_a_protected_name_is_refused_in_a_suggestion_too(api, name):
    assert suggest(api, facts={name: "x"}).json()["code"] == "feature-forbidden"


def test_a_rule_may_read_the_nationality(api):
    assert suggest(api, facts={"nationalityIso3": "SYR"}).status_code == 201


def test_a_fact_of_the_later_moment_is_refused_at_the_earlier_one(api):
    answer = api.post("/v1/predictions/complexity", json=CASE | {"moment": "identified", "facts": {"evidenceItems": 1}})
    assert (answer.status_code, answer.json()["code"]) == (400, "moment-invalid")


def test_a_suggestion_is_logged_and_can_be_read_back(api):
    made = suggest(api)
    assert made.status_code == 201
    again = api.get(made.headers["Location"])
    assert again.headers["ETag"] == made.headers["ETag"] == '"1"'
    assert again.json() == made.json()


def test_the_same_key_gives_the_same_answer_and_one_event(api, tools):
    first, second = suggest(api), suggest(api)
    assert first.content == second.content
    assert len(tools.store.suggestions_of("T-1")) == 1


def test_the_same_key_with_another_message_is_refused(api):
    suggest(api)
    answer = suggest(api, lodgedOn="2026-03-03")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")


def test_a_call_with_an_effect_needs_a_key(api):
    answer = api.post("/v1/route-suggestions", json=INTAKE)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")


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


def test_a_case_keeps_known_unknown_and_not_asked_apart(api):
    api.post("/v1/cases", json=INTAKE, headers=key())
    case = api.get("/v1/cases/T-1").json()
    assert case["known"] == {"documents": "none", "familySize": 3.0}
    assert case["unknown"] == ["identityDoubt"]
    assert "ageDispute" in case["notAsked"]


def test_the_same_intake_twice_is_one_event(api, tools):
    for _ in range(2):
        assert api.post("/v1/cases", json=INTAKE, headers=key()).status_code == 201
    assert [e.action for e in tools.store.audit_events()].count("intake-received") == 1 + 14


def test_the_work_list_can_be_walked_in_pages(api):
    seen, after = [], None
    while True:
        page = api.get("/v1/cases", params={"limit": 4} | ({"after": after} if after else {})).json()
        seen += [line["caseId"] for line in page["cases"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 14


def test_a_motive_is_in_no_answer(api):
    made = suggest(api, facts={"motiveGroup": "conversion", "evidenceItems": 9})
    assert "conversion" not in made.text
    assert "motive" not in made.text.lower()
    assert "conversion" not in api.get("/v1/cases/T-1").text


def at(tools, instant: str) -> TestClient:
    """The API at an instant."""
    moment = datetime.fromisoformat(instant)
    app = create_app(replace(tools, clock=lambda: moment), TOKEN)
    return TestClient(app, base_url="http://127.0.0.1", headers={"Authorization": f"Bearer {TOKEN}"})


PACT = {"lodgedOn": "2026-07-01"}


def test_a_suggestion_says_of_every_route_what_the_law_says_and_on_which_article(api, tools):
    made = suggest(api, **PACT, facts={"eurodacHit": "none", "unaccompaniedMinor": False}).json()
    said = {row["verdict"] for row in made["verdicts"]}
    assert said == {"met", "not_met", "unknown"}
    assert all(row["article"] and row["reason"] for row in (*made["verdicts"], *made["grounds"], *made["priority"]))
    assert made["lawVersion"] == tools.law.version


def test_a_missing_fact_says_what_each_answer_would_mean(api):
    made = suggest(api, **PACT, facts={"eurodacHit": None}).json()
    need = next(need for need in made["needs"] if need["fact"] == "eurodacHit")
    assert need["label"] == "Antwoord van Eurodac"
    assert {"protection"} < {v for a in need["answers"] for v in a["value"].split(", ")}
    assert all(answer["text"].startswith("Dan ") for answer in need["answers"])
    assert [need["fact"] for need in made["needs"]] == made["missing"]


def test_days_left_are_counted_from_the_local_date(tools):
    made = suggest(at(tools, "2026-07-01T10:00:00+00:00"), **PACT).json()
    url = f"/v1/route-suggestions/{made['suggestionId']}"
    late_evening = at(tools, "2026-11-24T23:30:00+00:00").get(url).json()["deadlines"]
    assert late_evening["asOf"] == "2026-11-25"  # it is past midnight in The Hague
    assert late_evening["lawful"] == "2027-01-01" and late_evening["daysLeftLawful"] == 37
    assert at(tools, "2027-01-02T11:00:00+00:00").get("/v1/cases/T-1").json()["deadlines"]["daysLeftApplied"] == -1


@pytest.mark.parametrize(("facts", "ends"), [({"noticeOfDefaultOn": "2026-10-01"}, "2026-10-15"), ({}, None)])
def test_a_clock_runs_from_its_own_event_and_waits_without_it(api, facts, ends):
    clocks = suggest(api, facts=facts).json()["deadlines"]["clocks"]
    notice = next(clock for clock in clocks if clock["startEvent"] == "noticeOfDefaultOn")
    assert notice["startLabel"] == "Datum van de ingebrekestelling"
    assert notice["ends"] == ends and (notice["daysLeft"] is None) == (ends is None)


def test_facts_that_do_not_fit_are_a_warning_and_stop_nothing(api):
    made = suggest(api, **PACT, facts={"ageYears": 34, "unaccompaniedMinor": True})
    assert made.status_code == 201
    for answer in (made.json(), api.get("/v1/cases/T-1").json()):
        assert [warning["code"] for warning in answer["contradictions"]] == ["MINOR_OF_AGE"]
        assert "18 jaar of ouder" in answer["contradictions"][0]["text"]


def test_a_changed_fact_is_named_and_the_older_suggestion_stays_as_it_was(api):
    first = suggest(api, facts={"documents": "copy", "visHit": None}).json()
    newer = INTAKE | {"facts": {"documents": "real", "atBorder": False}}
    second = api.post("/v1/route-suggestions", json=newer, headers=key("key-newer-2")).json()
    assert first["changedFacts"] == []
    assert {row["fact"]: (row["before"], row["beforeValue"], row["after"], row["afterValue"])
            for row in second["changedFacts"]} == {
        "atBorder": ("not_asked", None, "known", False),
        "documents": ("known", "copy", "known", "real"),
        "visHit": ("unknown", None, "not_asked", None),
    }  # fmt: skip
    assert api.get(f"/v1/route-suggestions/{first['suggestionId']}").json()["changedFacts"] == []


def test_a_case_names_what_changed_since_its_newest_suggestion(api):
    suggest(api, facts={"documents": "copy"})
    newer = INTAKE | {"facts": {"documents": "real"}}
    case = api.post("/v1/cases", json=newer, headers=key("key-newer-3")).json()
    assert [(row["fact"], row["afterValue"]) for row in case["changedFacts"]] == [("documents", "real")]


def test_a_changed_motive_is_in_no_answer(api):
    suggest(api, facts={"motiveGroup": "conversion"})
    newer = INTAKE | {"facts": {"motiveGroup": "politics"}}
    answer = api.post("/v1/route-suggestions", json=newer, headers=key("key-newer-4"))
    assert answer.json()["changedFacts"] == []
    assert "motive" not in answer.text.lower() and "politics" not in answer.text


def test_a_signal_on_public_order_goes_to_an_officer_first(api):
    made = suggest(api, **PACT, facts={"publicOrderSignal": True}).json()
    flag = next(flag for flag in made["flags"] if flag["code"] == "officer_first")
    assert "medewerker" in flag["text"] and made["outcome"] != "rule"


def test_what_the_file_still_needs_is_named_in_dutch(api):
    items = suggest(api, **PACT, facts={}).json()["missingItems"]
    assert items and all(item["name"] and item["text"].endswith(".") for item in items)
    assert any(item["blocking"] for item in items)


def test_asking_again_gives_the_same_answer_after_midnight_and_after_a_decision(tools):
    first = suggest(at(tools, "2026-11-24T10:00:00+00:00"))
    decided = decide(at(tools, "2026-11-24T11:00:00+00:00"), first.json())
    assert decided.status_code == 201
    assert suggest(at(tools, "2026-11-27T10:00:00+00:00")).content == first.content
    assert decide(at(tools, "2026-11-27T10:00:00+00:00"), first.json()).content == decided.content


def test_a_stored_case_without_rules_is_answered_with_a_flag(api, tools):
    tools.store.receive([Intake("too-old", date(1995, 1, 1), Moment.REGISTERED, {"documents": "none"})], "test")
    answer = api.get("/v1/cases/too-old")
    case = answer.json()
    assert answer.status_code == 200 and [flag["code"] for flag in case["flags"]] == ["no_rules"]
    assert case["deadlines"] is None and case["lawVersion"] is None and case["known"] == {"documents": "none"}


def test_intake_and_suggestion_come_in_together(api, tools):
    events = len(tools.store.audit_events(1000))
    suggest(api)
    assert [e.action for e in tools.store.audit_events(2)] == ["suggestion-made", "intake-received"]
    assert len(tools.store.audit_events(1000)) == events + 2
    assert not tools.store.suggestions_of("T-1")[0].is_stale


def forecast_id(api) -> int:
    """The newest base forecast."""
    return api.get("/v1/inflow-forecasts?kind=first_application&scenario=base").json()["forecasts"][0]["forecastId"]


def test_the_list_says_of_what_each_forecast_is_and_how_good_it_was(api):
    lines = api.get("/v1/inflow-forecasts").json()["forecasts"]
    assert [(one["kind"], one["scenario"]) for one in lines[:2]] == [
        ("first_application", "grens-dicht"),
        ("first_application", "base"),
    ]
    assert lines[1]["madeOn"] == "2026-10" and lines[1]["modelVersion"]
    accuracy = lines[1]["accuracy"]
    assert accuracy["backtestOutcomes"] > 100 and 0 <= accuracy["backtestCoverage80"] <= 1
    assert accuracy["publishedOutcomes"] == 12  # four months of three series came since the older forecast


def test_the_list_can_be_asked_for_one_kind_or_one_scenario(api):
    kinds = api.get("/v1/inflow-forecasts?kind=family_member_nareis").json()["forecasts"]
    assert [one["kind"] for one in kinds] == ["family_member_nareis"]
    scenarios = api.get("/v1/inflow-forecasts?scenario=grens-dicht").json()["forecasts"]
    assert [one["scenario"] for one in scenarios] == ["grens-dicht"]
    assert api.get("/v1/inflow-forecasts?kind=unheard_of").json() == {"forecasts": [], "next": None}


def private_id(tools) -> int:
    return next(p.publication_id for p in tools.store.publications("FORECAST") if p.label == PRIVATE)


def test_a_private_forecast_is_only_for_who_asks_by_its_name(api, tools):
    number = private_id(tools)
    assert number not in [one["forecastId"] for one in api.get("/v1/inflow-forecasts").json()["forecasts"]]
    for tail in ("", "/sums", "/scores"):
        assert api.get(f"/v1/inflow-forecasts/{number}{tail}").status_code == 404
        assert api.get(f"/v1/inflow-forecasts/{number}{tail}?label=first_application").status_code == 404
    asked = {"label": PRIVATE}
    assert [one["forecastId"] for one in api.get("/v1/inflow-forecasts", params=asked).json()["forecasts"]] == [number]
    assert api.get(f"/v1/inflow-forecasts/{number}", params=asked).status_code == 200
    assert api.get(f"/v1/inflow-forecasts/{number}/sums", params=asked).status_code == 200


@pytest.mark.parametrize("query", ["kind=Syrians", "scenario=%00", "label=", "limit=0"])
def test_a_filter_that_cannot_be_is_a_problem_that_names_it(api, query):
    answer = api.get(f"/v1/inflow-forecasts?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["errors"] == [{"field": query.partition("=")[0]}]


def test_a_forecast_lists_its_series_and_periods(api):
    answer = api.get(f"/v1/inflow-forecasts/{forecast_id(api)}").json()
    assert {row["series"] for row in answer["forecast"]} == {"ERI", "SYR", "TUR", "total"}
    assert all(row["p10"] <= row["p50"] <= row["p90"] for row in answer["forecast"])


def test_a_window_is_summed_on_the_paths(api):
    url = f"/v1/inflow-forecasts/{forecast_id(api)}"
    window = api.get(f"{url}/sums", params={"from": "2026-12", "to": "2027-02", "series": "SYR"}).json()
    months = [r for r in api.get(url).json()["forecast"] if r["series"] == "SYR"][1:4]
    assert window["periods"] == 3
    assert window["p90"] - window["p10"] < sum(r["p90"] - r["p10"] for r in months)


def test_a_group_is_summed_on_the_paths_and_all_parts_are_the_total(api):
    url = f"/v1/inflow-forecasts/{forecast_id(api)}/sums"
    parts = api.get(url, params={"series": "SYR,ERI,TUR"}).json()
    total = api.get(url).json()
    levels = ["p05", "p10", "p25", "p50", "p75", "p90", "p95"]
    assert [parts[level] for level in levels] == pytest.approx([total[level] for level in levels])
    assert parts["series"] == ["SYR", "ERI", "TUR"]


def test_one_month_of_one_series_is_its_row(api):
    url = f"/v1/inflow-forecasts/{forecast_id(api)}"
    row = next(r for r in api.get(url).json()["forecast"] if (r["series"], r["month"]) == ("SYR", "2027-01"))
    one = api.get(f"{url}/sums", params={"from": "2027-01", "to": "2027-01", "series": "SYR"}).json()
    names = ("p05", "p50", "p95", "naiveP50", "naiveP90")
    assert {name: one[name] for name in names} == pytest.approx({name: row[name] for name in names})


def test_how_good_we_were_stands_beside_a_sum(api):
    url = f"/v1/inflow-forecasts/{forecast_id(api)}/sums"
    year = api.get(url, params={"to": "2027-10"}).json()["accuracy"]
    assert year["basis"] == "year_sums" and year["backtestOutcomes"] == 5  # origins with all twelve months known
    month = api.get(url, params={"from": "2026-12", "to": "2026-12", "series": "SYR"}).json()["accuracy"]
    assert month["basis"] == "months" and month["backtestOutcomes"] == 8  # one per origin, two months ahead


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("series=XYZ", 404),
        ("series=SYR,XYZ", 404),
        ("series=SYR,SYR", 400),
        ("series=total,SYR", 400),
        ("series=", 400),
        ("from=2020-01", 404),
        ("from=2027-02&to=2026-12", 400),
        ("from=nu", 400),
        ("series=%00", 400),
    ],
)
def test_a_window_that_is_not_there_is_told(api, query, status):
    answer = api.get(f"/v1/inflow-forecasts/{forecast_id(api)}/sums?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert "XYZ" not in answer.text


@pytest.mark.parametrize("number", ["0", "-1", "999", "99999999999999999999", "x", "1"])
def test_a_forecast_that_is_not_there_is_404(api, number):
    assert api.get(f"/v1/inflow-forecasts/{number}").status_code == 404


def test_scores_belong_to_the_kind_of_the_forecast(api):
    scores = api.get(f"/v1/inflow-forecasts/{forecast_id(api)}/scores").json()["scores"]
    assert {row["series"] for row in scores} == {"total", "bottom"}


def test_a_model_in_use_shows_measures_and_card(api, tools):
    assert api.get("/v1/models").json()["models"][0]["version"] == tools.complexity.version
    assert api.get("/v1/models/complexity").json()["measures"]
    assert api.get("/v1/models/complexity/card").json()["card"].startswith("#")
    assert api.get("/v1/models/unheard-of").status_code == 404


def test_ready_says_which_model_is_in_use(door, tools):
    assert door.get("/v1/health/live").json()["status"] == "live"
    assert door.get("/v1/health/ready").json() == {"status": "ready", "complexityModel": tools.complexity.version}


def test_the_api_starts_without_what_takes_seconds():
    code = "import sys, triage.entrypoints.api; print([m for m in ('mlflow', 'statsmodels') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


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


def test_a_decision_on_a_suggestion_that_newer_facts_overtook_is_refused(api):
    made = suggest(api).json()
    newer = INTAKE | {"facts": FACTS | {"eurodacHit": "protection"}}
    assert api.post("/v1/cases", json=newer, headers=key("key-newer-1")).status_code == 201
    assert decide(api, made).status_code == 409


def test_forecasts_come_in_pages(api):
    seen, after = [], ""
    while after is not None:
        page = api.get(f"/v1/inflow-forecasts?limit=1{after and f'&after={after}'}").json()
        assert len(page["forecasts"]) == 1
        seen += [one["forecastId"] for one in page["forecasts"]]
        after = page["next"]
    assert seen == [one["forecastId"] for one in api.get("/v1/inflow-forecasts").json()["forecasts"]]
    assert len(seen) == 4


def test_a_forecast_is_scored_on_the_months_that_came_since(api):
    older = api.get("/v1/inflow-forecasts").json()["forecasts"][-1]
    assert older["madeOn"] == "2026-06"
    rows = {
        row["series"]: row for row in api.get(f"/v1/inflow-forecasts/{older['forecastId']}/scores").json()["published"]
    }
    assert set(rows) == {"bottom", "total", "ERI", "SYR", "TUR"}
    assert rows["bottom"]["outcomes"] == 12 and rows["total"]["outcomes"] == 4
    assert api.get(f"/v1/inflow-forecasts/{forecast_id(api)}/scores").json()["published"] == []


def test_scores_published_after_a_forecast_are_not_its_scores(api, tools):
    number = forecast_id(api)
    before = api.get(f"/v1/inflow-forecasts/{number}/scores").json()
    publication, frame = tools.store.newest("SCORES")
    tools.store.publish("SCORES", frame.assign(wape=0.9), publication.label)
    assert api.get(f"/v1/inflow-forecasts/{number}/scores").json() == before

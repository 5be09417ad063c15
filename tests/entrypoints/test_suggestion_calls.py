"""Route suggestions over the API: what stands in one, and that asking twice makes one."""

import pytest
from tests.entrypoints.calls import INTAKE, PACT, at, decide, key, suggest


@pytest.mark.parametrize("name", ["religion", "ethnicity", "sex", "statusGranted"])
def test_a_protected_name_is_refused_in_a_suggestion_too(api, name):
    assert suggest(api, facts={name: "x"}).json()["code"] == "feature-forbidden"


def test_a_rule_may_read_the_nationality(api):
    assert suggest(api, facts={"nationalityIso3": "SYR"}).status_code == 201


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


def test_a_date_that_does_not_fit_is_told_by_its_name(api):
    made = suggest(api, **PACT, facts={"interviewedOn": "2026-01-02"}).json()
    assert [(one["code"], one["text"]) for one in made["contradictions"]] == [
        (
            "EVENT_BEFORE_LODGING",
            "Datum van het laatste gehoor: deze datum ligt voor de indiening, maar kan pas daarna zijn.",
        )
    ]


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


def test_intake_and_suggestion_come_in_together(api, tools):
    events = len(tools.store.audit_events(1000))
    suggest(api)
    assert [e.action for e in tools.store.audit_events(2)] == ["suggestion-made", "intake-received"]
    assert len(tools.store.audit_events(1000)) == events + 2
    assert not tools.store.suggestions_of("T-1")[0].is_stale

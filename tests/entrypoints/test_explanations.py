"""What stands behind an advice, over the API and on the page: on request, within bounds, and nothing of the motive."""

import re
from dataclasses import replace

import pytest
from tests.entrypoints.calls import CASE, FACTS, INTAKE, PACT, key, suggest

from triage.domain.case import Counterfactual, Depth, Explanation, OpenFact, Outcome
from triage.entrypoints.explanation_views import counterfactual_text, explanation_answer, explanation_view
from triage.entrypoints.texts import texts
from triage.law.book import shipped_law
from triage.routing.audit_sample import without_advice
from triage.routing.counterfactuals import CORRECTABLE

LAW = shipped_law()
MOTIVE = OpenFact("motive_group", True, (10, 40), (12, 30), True)
PAPERS = OpenFact("documents", False, (20, 65), (14, 27), True)
COUNTER = Counterfactual((("documents", "real"),), Outcome.NOT_SURE, "PRE-S4-AA6", Depth.STANDARD)


def predicted(api, **changes):
    return api.post("/v1/predictions/complexity", json=CASE | changes)


def explained(api):
    return predicted(api, withExplanation=True).json()["explanation"]


def test_an_explanation_comes_only_when_asked_for(api):
    assert predicted(api).json()["explanation"] is None and explained(api)["missing"]


def test_every_missing_fact_has_its_range_in_steps_of_five_and_whole_hours(api):
    for item in explained(api)["missing"]:
        percent, hours = item["heavyPercent"], item["hours"]
        assert (
            percent["lowest"] % 5 == percent["highest"] % 5 == 0 and 0 <= percent["lowest"] <= percent["highest"] <= 100
        )
        assert isinstance(hours["lowest"], int) and hours["lowest"] <= hours["highest"]


def test_a_fact_that_was_asked_without_an_answer_is_told_apart(api):
    asked = {item["fact"]: item["wasAsked"] for item in explained(api)["missing"]}
    assert asked["identityDoubt"] and not asked["ageDispute"] and "documents" not in asked


def test_the_answer_comes_to_lie_within_the_range(api):
    item = next(item for item in explained(api)["missing"] if item["fact"] == "identityDoubt")
    for answer in (True, False):
        said = predicted(api, facts=FACTS | {"identityDoubt": answer}).json()
        assert item["hours"]["lowest"] <= said["hours"]["mean"] <= item["hours"]["highest"]
        heavy = 100 * said["probabilities"]["heavy"]
        assert item["heavyPercent"]["lowest"] <= heavy <= item["heavyPercent"]["highest"]


def test_five_closed_cases_are_told_by_their_hours_only(api):
    hours = explained(api)["nearestHours"]
    assert len(hours) == 5 and hours == sorted(hours) and all(isinstance(one, int) for one in hours)


def test_a_batch_is_explained_as_each_case_alone(api):
    row = {"caseId": "B-1", "lodgedOn": CASE["lodgedOn"], "facts": FACTS}
    body = {"moment": "registered", "cases": [row], "withExplanation": True}
    many = api.post("/v1/predictions/complexity", json=body).json()
    assert many["predictions"][0]["explanation"] == explained(api)


def test_a_batch_that_asks_too_many_explanations_is_refused(api):
    row = {"lodgedOn": CASE["lodgedOn"], "facts": {}}
    rows = [row | {"caseId": f"B-{k}"} for k in range(51)]
    body = {"moment": "registered", "cases": rows, "withExplanation": True}
    answer = api.post("/v1/predictions/complexity", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "explanation-too-large")


# Suggestions ---------------------------------------------------------------------------------------------------------


def test_a_suggestion_is_explained_when_asked_for(api):
    plain = suggest(api).json()
    told = api.post("/v1/route-suggestions?withExplanation=true", json=INTAKE, headers=key()).json()
    again = api.get(f"/v1/route-suggestions/{plain['suggestionId']}?withExplanation=true").json()
    assert plain["explanation"] is None
    assert told["explanation"]["missing"] and again["explanation"] == told["explanation"]


def test_a_suggestion_shows_the_gain_with_and_without_the_assumption_and_the_price(api):
    made = suggest(api).json()
    hours = {row["depth"]: row["hours"] for row in made["alternatives"]}
    assert made["marginHours"] == pytest.approx(hours["standard"] - min(hours.values()), abs=20)
    assert made["marginHoursAtPhiZero"] == pytest.approx(0.0, abs=1e-9)
    assert [price["depth"] for price in made["prices"]] == ["heavy"] and made["prices"][0]["hours"] >= 0


def test_a_route_by_rule_has_nothing_to_explain(api):
    facts = FACTS | {"euCitizen": True}
    body = INTAKE | PACT | {"caseId": "T-rule", "facts": facts}
    made = api.post("/v1/route-suggestions?withExplanation=true", json=body, headers=key("key-of-a-rule")).json()
    assert made["outcome"] == "rule"
    assert made["explanation"] == {"missing": [], "counterfactuals": [], "nearestHours": []}


# The page ------------------------------------------------------------------------------------------------------------


def advised(tools):
    """A case of which no rule decides, with a suggestion that still stands."""
    items = tools.store.work_list(100)
    found = next(i for i in items if i.stored and i.stored.suggestion.depth and not i.stored.is_stale)
    return found.intake.case_id, found.stored


def test_the_page_tells_what_is_missing_and_hours_of_closed_cases(api, pages):
    suggest(api)
    text = pages.get("/zaken/T-1").text
    assert "Vijf afgesloten zaken die hierop lijken" in text and "Wat ontbreekt en wat het kan veranderen" in text


def test_no_percentage_on_the_page_is_finer_than_five(api, pages):
    suggest(api)
    text = re.sub(r"<[^>]+>", " ", pages.get("/zaken/T-1").text)
    found = [int(n) for n in re.findall(r"(\d+)\s?%", text)]
    assert found and all(n % 5 == 0 for n in found)


def test_a_suggestion_of_another_model_is_shown_without_an_explanation(tools, pages):
    case_id, stored = advised(tools)
    made = replace(stored.suggestion, suggestion_id="of-another-model", model_version="complexity-older")
    tools.store.append_suggestion(made, "test", rests_on=tools.store.intake(case_id))
    text = pages.get(f"/zaken/{case_id}").text
    assert "complexity-older" in text and "Vijf afgesloten zaken" not in text


def test_the_page_tells_both_gains_of_a_suggestion(tools, pages):
    case_id, stored = advised(tools)
    made = replace(
        stored.suggestion,
        suggestion_id="saves-hours",
        outcome=Outcome.SUGGESTION,
        margin_hours=6.2,
        saved_at_phi_0=0.0,
        prices=(("heavy", 4.5),),
    )
    tools.store.append_suggestion(made, "test", rests_on=tools.store.intake(case_id))
    text = pages.get(f"/zaken/{case_id}").text
    assert "6,2 uur met standaard" in text and "Zonder die aanname is het 0,0 uur." in text and "4,5 uur extra" in text


def test_advice_that_is_hidden_has_no_explanation_either(tools, pages):
    case_id, stored = advised(tools)
    hidden = without_advice(replace(stored.suggestion, suggestion_id="hidden"), stored.suggestion.route)
    tools.store.append_suggestion(hidden, "test", rests_on=tools.store.intake(case_id))
    text = pages.get(f"/zaken/{case_id}").text
    assert "Vijf afgesloten zaken" not in text and "Wat ontbreekt en wat het kan veranderen" not in text


# What no door tells --------------------------------------------------------------------------------------------------


def test_nothing_is_told_of_the_motive():
    found = Explanation(missing=(MOTIVE, PAPERS))
    assert [item.fact for item in explanation_answer(found, LAW).missing] == ["documents"]
    assert [row["label"] for row in explanation_view(found, LAW)["missing"]] == ["Identiteitsdocumenten"]


def test_a_fact_that_changes_nothing_is_left_off_the_page():
    still = OpenFact("documents", False, (20, 20), (14, 14), False)
    assert explanation_view(Explanation(missing=(still,)), LAW)["missing"] == []


@pytest.mark.parametrize("fact", sorted(CORRECTABLE))
def test_every_correction_has_a_sentence(fact):
    for value in {answer for answers in CORRECTABLE[fact].into.values() for answer in answers}:
        assert f"{fact}.{value}" in texts()["corrections"]


def test_a_counterfactual_is_one_dutch_sentence():
    assert counterfactual_text(COUNTER, LAW) == (
        "Als de documenten echt blijken, dan zou het voorstel zijn: "
        f"{LAW.route('PRE-S4-AA6').name_nl}, standaard (niet zeker)."
    )


def test_announced_pieces_that_are_in_have_a_sentence():
    one = replace(COUNTER, changes=(("missing_items", 0.0), ("evidence_items", 7.0)))
    assert counterfactual_text(one, LAW).startswith("Als de aangekondigde stukken binnen zijn, dan")

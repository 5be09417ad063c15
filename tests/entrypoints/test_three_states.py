"""Known, unknown and not asked stay apart on every hop: message, intake, store, features, answer, page."""

import json
import re

import numpy as np
import pytest

from triage.adapters.documents import facts_document, facts_of
from triage.domain.case import Intake, Moment
from triage.entrypoints.messages import Wire
from triage.entrypoints.problems import camel
from triage.entrypoints.texts import fact_label
from triage.routing.features import NOT_ASKED, UNKNOWN, FeatureMap

MESSAGE = {
    "caseId": "three-1",
    "moment": "registered",
    "lodgedOn": "2026-07-01",
    "facts": {"documents": "copy", "identityDoubt": None, "returnDecisionOn": "2025-03-01", "medicalAdvice": None},
}
FACTS = ("documents", "identity_doubt", "age_dispute")  # known, unknown, not asked


def key(text):
    return {"Idempotency-Key": f"three-{text}"}


def intake_of(tools) -> Intake:
    wire = Wire(tools.register, 10)
    message = wire.intake.model_validate_json(json.dumps(MESSAGE))
    return wire.intake_of(message.case_id, message, message.moment)


def test_a_message_becomes_an_intake_with_the_three_states(tools):
    facts = intake_of(tools).facts
    assert facts["documents"] == "copy" and facts["identity_doubt"] is None and "age_dispute" not in facts


def test_the_document_of_the_store_keeps_them(tools):
    intake = intake_of(tools)
    assert facts_of(json.loads(json.dumps(facts_document(intake.facts)))) == intake.facts
    tools.store.receive([intake], "officer")
    assert tools.store.intake("three-1") == intake


@pytest.mark.parametrize("moment", Moment)
def test_every_fact_of_the_model_has_a_code_per_state(tools, moment):
    features = FeatureMap.of(tools.register)
    for column in features.columns:
        if column.later and moment is Moment.IDENTIFIED:
            continue
        of = intake_of(tools).lodged
        silent = features.vector(Intake("a", of, moment, {}))
        unknown = features.vector(Intake("a", of, moment, {column.fact: None}))
        assert (silent[column.at], unknown[column.at]) == (NOT_ASKED, UNKNOWN), column.fact
        assert not np.array_equal(silent, unknown, equal_nan=True)


def test_the_answer_names_them_apart(api):
    answer = api.post("/v1/cases", json=MESSAGE, headers=key("case-1")).json()
    names = [camel(name) for name in FACTS]
    assert [name in answer["known"] for name in names] == [True, False, False]
    assert [name in answer["unknown"] for name in names] == [False, True, False]
    assert [name in answer["notAsked"] for name in names] == [False, False, True]


def test_the_page_shows_them_apart(api, pages):
    api.post("/v1/cases", json=MESSAGE, headers=key("case-1"))
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", pages.get("/zaken/three-1").text))
    known, unknown, silent = (text.index(fact_label(name)) for name in FACTS)
    heads = [text.index(head) for head in ("Wat we weten", "Gevraagd, geen antwoord", "Niet gevraagd")]
    assert heads[0] < known < heads[1] < unknown < heads[2] < silent


def test_a_changed_fact_gives_a_new_suggestion_and_the_old_one_stays(api, tools):
    first = api.post("/v1/route-suggestions", json=MESSAGE, headers=key("suggest")).json()
    changed = MESSAGE | {"facts": MESSAGE["facts"] | {"identityDoubt": True}}
    api.post("/v1/cases", json=changed, headers=key("case-2"))
    api.post("/v1/cases", json=changed, headers=key("case-2"))  # sent again: no second event
    newest, oldest = tools.store.suggestions_of("three-1")
    assert oldest.suggestion.suggestion_id == first["suggestionId"] and oldest.is_stale
    assert not newest.is_stale and newest.intake_seq == tools.store.intake_log("three-1")[-1].seq


def test_a_case_without_a_suggestion_gets_none_by_itself(api, tools):
    api.post("/v1/cases", json=MESSAGE, headers=key("case-1"))
    assert tools.store.suggestions_of("three-1") == []


def test_the_motive_stands_on_no_page_and_in_no_answer(api, pages):
    told = MESSAGE | {"facts": MESSAGE["facts"] | {"motiveGroup": "conversion"}}
    answer = api.post("/v1/cases", json=told, headers=key("case-3"))
    assert "motiveGroup" not in answer.text and "conversion" not in answer.text
    suggestion = api.post("/v1/route-suggestions", json=told, headers=key("suggest"))
    assert "motiveGroup" not in suggestion.text and "conversion" not in suggestion.text
    page = pages.get("/zaken/three-1").text
    assert "conversion" not in page and fact_label("motive_group") not in page

"""Who sees what: the facts register says it, and every door holds to it (Vb 2000 art. 3.108d(5))."""

from dataclasses import replace

import pytest

from triage.domain.case import Reason
from triage.domain.facts import AUDIENCES, DECIDING, ROUTING, Register
from triage.entrypoints.answers import reasons_of
from triage.entrypoints.audience import HIDDEN, MOTIVES, shown_reasons

REGISTER = Register.load()
MOTIVE = Reason("REGISTRATION_MORE", "motive_group", 0.5, True)
FAMILY = Reason("FAMILY_SIZE_MORE", "family_size", 0.3, True)


@pytest.fixture
def case(tools) -> str:
    """A case with a suggestion that rests on the motive too."""
    item = tools.store.work_list(1)[0]
    made = replace(item.stored.suggestion, suggestion_id="rests-on-motive", reasons=(MOTIVE, FAMILY))
    tools.store.append_suggestion(made, "test", rests_on=item.intake)
    return item.intake.case_id


@pytest.mark.parametrize("fact", REGISTER.facts.values(), ids=lambda fact: fact.name)
def test_a_fact_is_shown_only_where_both_kinds_of_officer_may_see_it(fact):
    assert (fact.name in HIDDEN) == (not {ROUTING, DECIDING} <= fact.audiences)
    assert (fact.name in MOTIVES) == (ROUTING in fact.audiences and DECIDING not in fact.audiences)
    assert fact.audiences <= set(AUDIENCES)


def test_the_motive_is_hidden():
    assert {"motive_group"} == MOTIVES


def test_a_reason_that_rests_on_the_motive_is_shown_to_nobody():
    assert shown_reasons([MOTIVE, FAMILY]) == [FAMILY]
    assert [one.fact for one in reasons_of([MOTIVE, FAMILY])] == ["familySize"]


def test_page_and_api_give_the_same_reasons(case, api, pages):
    given = api.get("/v1/route-suggestions/rests-on-motive").json()["reasons"]
    of_case = api.get(f"/v1/cases/{case}").json()["suggestion"]["reasons"]
    page = pages.get(f"/zaken/{case}").text
    assert [one["code"] for one in given] == [one["code"] for one in of_case] == ["FAMILY_SIZE_MORE"]
    assert given[0]["text"] in page and "De melding bij registratie vraagt meer tijd." not in page

"""Dossiers through the doors: API, page, command line."""

import csv
import json
import re
from dataclasses import replace
from datetime import date

from click.testing import CliRunner
from starlette.testclient import TestClient
from tests.entrypoints.world import TOKEN

from triage.entrypoints.api import create_app
from triage.entrypoints.cli import cli
from triage.entrypoints.pages import coarse_percent


def every(api, limit=3):
    found, after = [], None
    while True:
        page = api.get("/v1/dossiers", params={"limit": limit} | ({"after": after} if after else {})).json()
        found += page["dossiers"]
        after = page["next"]
        if after is None:
            return found


def test_pages_of_the_api_hold_every_case_once(api, tools):
    cases = [item.intake.case_id for item in tools.store.work_list(100)]
    assert [one["caseId"] for one in every(api)] == cases


def test_an_answer_has_shares_and_chances_between_0_and_1_and_dates(api):
    for one in every(api):
        assert 0 <= one["completeness"] <= 1 and (one["pReady"] is None or 0 <= one["pReady"] <= 1)
        assert date.fromisoformat(one["reckonedOn"]) and one["checklistVersion"].startswith("2026-06-12-")
        assert one["ready"] == (not [item for item in one["items"] if item["blocking"]])
        worth = [item["hoursPerMinute"] or 0 for item in one["items"]]
        assert worth == sorted(worth, reverse=True)


def test_only_a_case_before_the_registration_interview_misses_it(api, tools):
    moments = {i.intake.case_id: i.intake.moment for i in tools.store.work_list(100)}
    missing = {one["caseId"] for one in every(api) if "registration_interview" in {i["item"] for i in one["items"]}}
    assert missing and {moments[case] for case in missing} == {"identified"}


def test_a_case_names_what_to_chase_first_by_the_same_settings_as_the_list(tools):
    orders = []
    for days in (1, 60):
        settings = replace(tools.settings, days_to_interview=days)
        app = create_app(replace(tools, settings=settings), TOKEN)
        door = TestClient(app, base_url="http://127.0.0.1", headers={"Authorization": f"Bearer {TOKEN}"})
        listed = {one["caseId"]: [item["item"] for item in one["items"]] for one in every(door)}
        shown = {case: door.get(f"/v1/cases/{case}").json()["missingItems"] for case in listed}
        assert {case: [item["item"] for item in items] for case, items in shown.items()} == listed
        orders.append(listed)
    assert orders[0] != orders[1]


def test_a_wrong_limit_and_an_unknown_cursor_are_problems(api):
    wrong = api.get("/v1/dossiers?limit=1000")
    assert (wrong.status_code, wrong.headers["content-type"]) == (400, "application/problem+json")
    assert wrong.json()["errors"] == [{"field": "limit"}]
    unknown = api.get("/v1/dossiers?after=never-heard-of")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not-found")
    assert "never-heard-of" not in unknown.text


def test_dossiers_need_the_token(door):
    assert door.get("/v1/dossiers").status_code == 401
    assert door.get("/dossiers").status_code == 401


def test_the_page_shows_every_file_with_what_is_missing_in_dutch(pages, tools):
    page = pages.get("/dossiers").text
    for item in tools.store.work_list(100):
        assert f'/zaken/{item.intake.case_id}"' in page
    assert "Eerst navragen" in page and "De gebeurtenissen zijn verzonnen." in page
    assert page.count("Niet klaar") > 0


def test_the_page_and_the_api_agree_on_what_is_ready(pages, api):
    ready = sum(one["ready"] for one in every(api))
    assert pages.get("/dossiers").text.count(">Klaar</span>") == ready


def test_the_page_tells_what_was_assumed_and_shows_no_code_or_empty_value(pages):
    page = pages.get("/dossiers").text
    assert "4 uur" in page and "over 21 dagen" in page
    text = re.sub(r"<[^>]+>", " ", page)
    assert not re.search(r"\b(None|nan|medical_advice|legal_aid_council)\b", text)
    assert "motief" not in text.lower()


def test_the_page_can_be_read_on_after_a_case_and_knows_no_other_cursor(pages, tools):
    cases = [item.intake.case_id for item in tools.store.work_list(100)]
    page = pages.get("/dossiers", params={"na": cases[9]}).text
    assert f'/zaken/{cases[10]}"' in page and f'/zaken/{cases[9]}"' not in page
    assert pages.get("/dossiers?na=%3Cscript%3E").status_code == 404
    assert pages.get("/dossiers?na=unheard").status_code == 404


def test_a_chance_on_the_page_is_coarse():
    assert coarse_percent(0.512) == "ongeveer 50%"


def ran(home, *words):
    done = CliRunner().invoke(cli, ["--home", str(home), *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_lists_every_file_and_writes_it_down(home, tools, tmp_path):
    said = ran(home, "dossiers", "--out", str(tmp_path / "dossiers.csv"))
    cases = [item.intake.case_id for item in tools.store.work_list(100)]
    assert all(case in said for case in cases) and "Chase first:" in said
    with (tmp_path / "dossiers.csv").open(encoding="utf8") as file:
        assert [row["case_id"] for row in csv.DictReader(file)] == cases


def test_the_command_as_json_is_one_object_with_files_what_to_chase_and_figures(home):
    found = json.loads(ran(home, "dossiers", "--json", "--open", "--chases", "2"))
    assert set(found) == {"dossiers", "chaseFirst", "figures"}
    assert len(found["chaseFirst"]) == 2 and not any(one["ready"] for one in found["dossiers"])


def test_events_can_be_brought_in_by_the_command_and_change_the_list(home, tools, tmp_path):
    one = next(one for one in json.loads(ran(home, "dossiers", "--json"))["dossiers"] if not one["ready"])
    rows = [f"{one['caseId']},{item['item']},received,2026-01-02,desk-1" for item in one["items"]]
    late = [f"{one['caseId']},{item['item']},waived,{tools.today},desk-1" for item in one["items"]]
    (tmp_path / "events.csv").write_text("\n".join(["case_id,item,event,at,by", *rows, *late]) + "\n", encoding="utf8")
    assert "0 added" not in ran(home, "import", "dossier-events", str(tmp_path / "events.csv"))
    after = {d["caseId"]: d for d in json.loads(ran(home, "dossiers", "--json"))["dossiers"]}
    assert after[one["caseId"]]["ready"]

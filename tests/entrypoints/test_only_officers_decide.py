"""No way leads from a suggestion to a route but an officer's decision: over all code, and over every door."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.entrypoints.calls import CASE, INTAKE, decide, key
from tests.entrypoints.world import TOKEN

import triage
from triage.adapters.settings import Settings
from triage.entrypoints.api import create_app
from triage.entrypoints.cli import COMMANDS
from triage.jobs.record_decision import OFFICER_REASONS

HOUSE = Path(triage.__file__).parent
TREES = {str(path.relative_to(HOUSE)): ast.parse(path.read_text(encoding="utf8")) for path in HOUSE.rglob("*.py")}
#: Who may make, keep and ask for a decision. Each new name here is a new way to decide: think twice.
MAKES = {"jobs/record_decision.py"}
KEEPS = {"adapters/store.py"}
ASKS = {("entrypoints/web.py", "_decide"), ("entrypoints/case_calls.py", "work")}


def calls(name: str) -> set[tuple[str, str]]:
    """(file, innermost function) of every call of a function or method of that name."""
    found: set[tuple[str, str]] = set()

    def walk(node: ast.AST, file: str, within: str) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            within = node.name
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == name:
                found.add((file, within))
        for child in ast.iter_child_nodes(node):
            walk(child, file, within)

    for file, tree in TREES.items():
        walk(tree, file, "")
    return found


def inserts_into(table: str) -> set[str]:
    """Files that put a row in a table: by `insert` of it, whatever the function is called."""
    return {
        file
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and "insert" in ast.unparse(node.func)
        if any(isinstance(one, ast.Name) and one.id == table for one in node.args)
    }


def test_a_decision_is_made_in_one_place_and_kept_in_one_place():
    assert {file for file, _ in calls("Decision")} == MAKES
    assert inserts_into("decisions") == KEEPS


def test_only_the_doors_of_officers_ask_for_a_decision():
    kept = {("jobs/record_decision.py", "record_decision")}
    assert calls("record_decision") == ASKS | kept


@pytest.mark.parametrize(
    ("file", "actor"), [("entrypoints/web.py", 'request.scope["triage.actor"]'), ("entrypoints/case_calls.py", "actor")]
)
def test_every_door_hands_over_who_signed_in(file, actor):
    call = next(
        node for node in ast.walk(TREES[file])
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "record_decision"
    )  # fmt: skip
    assert ast.unparse(call.args[3]).replace("'", '"') == actor


def test_no_setting_no_command_and_no_reason_accepts_by_itself():
    names = {field.name for field in fields(Settings)} | set(COMMANDS) | {code.lower() for code in OFFICER_REASONS}
    assert not {name for name in names if any(word in name for word in ("auto", "accept", "approve", "default_route"))}


def test_no_call_of_the_api_but_the_decision_leaves_one(api, tools):
    """Every operation with an effect that the description lists is tried; only one of them decides."""
    paths = api.get("/v1/openapi.json").json()["paths"]
    effects = {(method, path) for path, ways in paths.items() for method in ways if method != "get"}
    decides = {(method, path) for method, path in effects if path.endswith("/decision")}
    answers = [
        api.request(method, f"/v1{path.removeprefix('/v1')}", json=_message(path), headers=key(f"key-effect-{number}"))
        for number, (method, path) in enumerate(sorted(effects - decides))
    ]
    assert len(decides) == 1 and {answer.status_code for answer in answers} == {200, 201}
    assert _decided(tools) == []
    made = api.post("/v1/route-suggestions", json=INTAKE, headers=key("key-suggest-1")).json()
    decide(api, made)
    assert [(one.suggestion_id, one.officer) for one in _decided(tools)] == [(made["suggestionId"], "development-api")]


def _message(path: str) -> dict:
    return CASE if "predictions" in path else INTAKE


def test_no_look_and_no_form_of_the_pages_but_the_decision_leaves_one(pages, tools):
    case_id = tools.store.work_list(1)[0].intake.case_id
    page = pages.get(f"/zaken/{case_id}").text
    token = page.split('name="form_token" value="')[1].split('"')[0]
    pages.post(f"/zaken/{case_id}/voorstel", data={"form_token": token})
    pages.get("/vandaag")
    assert _decided(tools) == []


def test_nobody_who_did_not_sign_in_decides(tools):
    stranger = TestClient(create_app(tools, TOKEN), base_url="http://127.0.0.1")
    made = tools.store.work_list(1)[0].stored.suggestion
    path = f"/v1/route-suggestions/{made.suggestion_id}/decision"
    body = {"route": made.route, "reasonCode": "AGREE"}
    answers = [
        stranger.post(path, json=body, headers=key("key-stranger") | {"If-Match": '"1"'}).status_code,
        stranger.post(f"/zaken/{made.case_id}/besluit", data=body, follow_redirects=False).status_code,
    ]
    assert all(status in (303, 401, 403) for status in answers) and _decided(tools) == []


def test_facts_stand_before_the_advice_on_the_page(pages, tools):
    page = pages.get(f"/zaken/{tools.store.work_list(1)[0].intake.case_id}").text
    assert page.index('id="gegevens"') < page.index('id="voorstel"') < page.index('id="kiezen"')


def test_following_and_deviating_take_the_same_fields(pages, tools):
    """One form for both: a choice, a reason, a button; nothing is filled in beforehand."""
    page = pages.get(f"/zaken/{tools.store.work_list(1)[0].intake.case_id}").text
    form = page.split('id="kiezen"')[1]
    assert form.count("<form") == form.count('<button type="submit"') == 1
    assert "checked" not in form and " selected" not in form


def _decided(tools):
    return [line.decision for line in tools.store.advice_log() if line.decision is not None]

"""`triage explain-law`, through the real command line."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from triage.adapters.settings import Settings
from triage.adapters.store import Store
from triage.domain.calendar import utc_now
from triage.domain.case import Intake, Moment, Verdict
from triage.entrypoints.cli import main
from triage.jobs.record_decision import record_decision
from triage.jobs.suggest_route import suggest_route
from triage.law.book import LawBook

FACTS = {"eurodac_hit": "protection", "documents": None}


class Ended(NamedTuple):
    """How the command line ended."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """The command line in this process; starting one for every question would cost seconds each."""

    def of(*words: str, home: Path | None = None) -> Ended:
        with pytest.raises(SystemExit) as end:
            main([*(("--home", str(home)) if home else ()), "explain-law", *words])
        return Ended(int(end.value.code or 0), *capsys.readouterr())

    return of


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(FACTS), encoding="utf8")
    return path


def test_a_file_of_facts_is_explained_criterion_by_criterion(run, facts):
    said = run("--facts", str(facts), "--lodged", "2026-07-01").stdout
    assert "Route PACT-INADM: decided by a rule." in said
    assert "ALLOWED  PACT-INADM" in said and "EXCLUDED  PACT-RESP" in said
    assert "if     holds_protection_elsewhere: yes." in said and "APR art. 38(1)(c)" in said
    assert "Decide by, as applied:" in said and "Decide by, as lawful:" in said


def test_the_lodging_date_chooses_the_law(run, facts):
    older = run("--facts", str(facts), "--lodged", "2026-06-11", "--json")
    newer = run("--facts", str(facts), "--lodged", "2026-06-12", "--json")
    assert [json.loads(answer.stdout)["regime"] for answer in (older, newer)] == ["pre_pact", "pact"]


def test_the_trace_as_json_holds_every_criterion_of_every_row_in_force(run, facts):
    said = json.loads(run("--facts", str(facts), "--lodged", "2026-07-01", "--json").stdout)
    assert {row["id"] for row in said["routes"]} <= {line["route"] for line in said["trace"]}
    assert all(line["article"] and line["sentence"] for line in said["trace"])
    assert said["law_version"] and said["deadlines"]["as_of"] and said["needs"] == []


def test_a_case_of_the_store_is_explained_as_it_is_known_now(run, home):
    store = Store.open(Settings(home=str(home)).store_url)
    intake = store.work_list(1)[0].intake
    store.close()
    said = json.loads(run(intake.case_id, "--json", home=home).stdout)
    assert said["lodged_on"] == intake.lodged.isoformat()


def test_an_extension_that_nobody_announced_starts_with_no_event(run, tmp_path):
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"registered_on": "2025-06-01"}), encoding="utf8")
    lines = run("--facts", str(path), "--lodged", "2025-06-01").stdout.splitlines()
    extension = next(line for line in lines if "Verlenging van de beslistermijn" in line)
    assert "does not run. 9 maanden" in extension and "starts with" not in extension
    notice = next(line for line in lines if "notice_of_default_on" in line)
    assert "does not run; starts with notice_of_default_on" in notice


def test_a_running_clock_says_how_long_it_runs_and_whether_that_held(run, tmp_path):
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"notice_of_default_on": "2026-06-01"}), encoding="utf8")
    lines = run("--facts", str(path), "--lodged", "2024-05-01").stdout.splitlines()
    notice = next(line for line in lines if "Twee weken na de ingebrekestelling" in line)
    assert "from notice_of_default_on 2026-06-01. 2 weken" in notice and "not lawful" not in notice
    extension = next(line for line in lines if "Algemene verlenging 2024" in line)
    assert "9 maanden bovenop de beslistermijn" in extension and extension.endswith("Later held not lawful.")


def test_a_date_that_does_not_fit_is_told_by_its_name(run, tmp_path):
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"interviewed_on": "2026-01-02"}), encoding="utf8")
    words = ("--facts", str(path), "--lodged", "2026-07-01")
    said = "Datum van het laatste gehoor: deze datum ligt voor de indiening"
    assert said in run(*words).stdout
    assert json.loads(run(*words, "--json").stdout)["contradictions"][0]["sentence"].startswith(said)


def test_the_deadlines_of_a_decided_case_are_those_of_the_officers_route(run, home):
    store = Store.open(Settings(home=str(home)).store_url)
    store.receive([Intake("decided", date(2026, 7, 1), Moment.REGISTERED, {"misled_authorities": True})], "test")
    law, intake = LawBook.load(), store.intake("decided")
    made = suggest_route(intake, law, None, None, store, utc_now, "test")
    route = next(row.route for row in made.verdicts if row.verdict is not Verdict.NOT_MET and row.route != made.route)
    record_decision(made.suggestion_id, route, None, "test", "PLANNING", "", 1, store, utc_now)
    store.close()
    said = json.loads(run("decided", "--json", home=home).stdout)
    assert (said["route"], said["chosen_by_officer"]) == (route, True)
    assert said["deadlines"]["lawful_basis"] == law.deadlines(intake, route).lawful_basis
    assert f"Route {route}: chosen by the officer." in run("decided", home=home).stdout


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("no-such-case",),
        ("T-1", "--facts", "FACTS", "--lodged", "2026-07-01"),
        ("--facts", "FACTS"),
        ("--facts", "FACTS", "--lodged", "1995-01-01"),
        ("--facts", "FACTS", "--lodged", "2099-01-01"),
        ("--facts", "FACTS", "--lodged", "yesterday"),
    ],
    ids=" ".join,
)
def test_a_question_that_cannot_be_answered_gets_one_calm_sentence(run, words, facts, home):
    answer = run(*(str(facts) if word == "FACTS" else word for word in words), home=home)
    assert answer.code == 2 and answer.stdout == ""
    assert len(answer.stderr.strip().splitlines()) == 1 and "Traceback" not in answer.stderr


@pytest.mark.parametrize("content", ["{", "[1]", '{"eurodac_hit": "maybe"}', '{"colour": "red"}', "[" * 100_000])
def test_a_file_that_holds_no_facts_is_refused_without_an_echo(run, content, tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(content, encoding="utf8")
    answer = run("--facts", str(path), "--lodged", "2026-07-01")
    assert answer.code == 2 and len(answer.stderr.strip().splitlines()) == 1
    assert "maybe" not in answer.stderr and "colour" not in answer.stderr

"""`triage explain-law`, through the real command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from triage.adapters.settings import Settings
from triage.adapters.store import Store
from triage.entrypoints.cli import main

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

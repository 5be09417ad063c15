"""The report on intake quality as its reader meets it: from the store, from a file, and from both."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from triage.adapters.store import Store
from triage.domain.case import Intake, Moment

TRIAGE = Path(sys.executable).with_name("triage")


@pytest.fixture
def home(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'triage.db'}")
    store.upgrade()
    facts = {"location": "terapel", "documents": None}
    store.receive([Intake(f"s{k}", date(2026, 11, 16), Moment.REGISTERED, facts) for k in range(12)], "officer")
    store.close()
    return tmp_path


@pytest.fixture
def cases_file(tmp_path):
    path = tmp_path / "cases.csv"
    rows = [f"c{k},2026-11-16,terapel,real" for k in range(11)] + ["s0,2026-11-16,terapel,real"]
    path.write_text("\n".join(["case_id,lodged_on,location,documents", *rows]) + "\n", encoding="utf8")
    return path


def run(home, *words):
    command = [TRIAGE, "--home", str(home), "report-intake-quality", *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)


def known_documents(said):
    rows = json.loads(said.stdout)["figures"]
    return next(
        (row["part"], row["whole"])
        for row in rows
        if (row["figure"], row["name"], row["location"], row["week"]) == ("known", "documents", "(all)", "(all)")
    )


def test_without_a_file_the_cases_of_the_store_are_reported(home):
    assert known_documents(run(home, "--json")) == (0, 12)


def test_a_file_is_reported_without_the_store(home, cases_file):
    assert known_documents(run(home, "--data", str(cases_file), "--json")) == (12, 12)


def test_of_a_case_in_file_and_store_the_store_counts(home, cases_file):
    assert known_documents(run(home, "--data", str(cases_file), "--with-stored", "--json")) == (11, 23)


def test_the_table_for_people_names_facts_contradictions_and_definitions(home, cases_file):
    said = run(home, "--data", str(cases_file)).stdout
    assert "documents                            100 %" in said
    assert "Contradictions, in cases:" in said and "known: Cases of which the fact has a value" in said


def test_an_empty_store_is_nothing_to_do(tmp_path):
    said = run(tmp_path / "empty")
    assert said.returncode == 3 and "Send cases" in said.stderr


def test_options_of_a_file_need_a_file(home):
    said = run(home, "--with-stored")
    assert said.returncode == 2 and "--data" in said.stderr

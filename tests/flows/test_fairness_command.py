"""triage evaluate fairness: from files to a report, with the exit code of the gate. Outcomes leave no trace."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from triage.adapters.files import read_table, write_table
from triage.domain.case import Moment
from triage.domain.case_tables import FAIRNESS
from triage.domain.facts import Register
from triage.entrypoints.cli import cli
from triage.jobs.measure_fairness import made_up_history, measure_fairness
from triage.simulation.world import make_world

SPLIT, REGISTER = date(2025, 6, 30), Register.load()
WORLD = make_world(4000, 4)


def right_scores(cases: pd.DataFrame) -> pd.DataFrame:
    """Chances that are right: the optimum of the made-up world."""
    truth = WORLD.truth.set_index("case_id").loc[cases["case_id"]].reset_index()
    columns = {f"p_{name}": truth[f"p2_{name}"] for name in REGISTER.class_names}
    return pd.DataFrame({"case_id": truth["case_id"], **columns, "hours_mean": truth["hours2"]})


def biased(scores: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    """The same, with chances of heavy work made far too small in `rows`."""
    moved = scores["p_heavy"] * 0.8 * rows
    return scores.assign(p_heavy=scores["p_heavy"] - moved, p_standard=scores["p_standard"] + moved)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """cases, right scores, biased scores and groups, as files."""
    folder = tmp_path_factory.mktemp("files")
    cases = WORLD.cases.loc[WORLD.cases["lodged_on"].lt(pd.Timestamp("2025-03-01"))].reset_index(drop=True)
    write_table(cases, folder / "cases.parquet")
    scores, member = right_scores(cases), np.arange(len(cases)) % 5 == 0
    write_table(scores, folder / "scores.csv")
    write_table(biased(scores, member), folder / "biased.csv")
    granted = WORLD.truth.set_index("case_id").loc[cases["case_id"], "granted"].astype(bool).to_numpy()
    groups = pd.DataFrame({"case_id": cases["case_id"], "district": np.where(member, "north", "south")})
    write_table(groups.assign(granted=granted), folder / "groups.csv")
    return folder


def run(home: Path, *words: object) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["--home", str(home), "evaluate", "fairness", *map(str, words)])
    return done.exit_code, done.output + (str(done.exception) if done.exception else "")


@pytest.fixture(scope="module")
def biased_run(files, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    given = ("--cases", files / "cases.parquet", "--scores", files / "biased.csv", "--groups", files / "groups.csv")
    return *run(out / "home", *given, "--out", out / "audit"), out / "audit"


def test_a_biased_group_ends_with_1_and_is_named(biased_run):
    code, text, _ = biased_run
    assert code == 1 and "district north: gap -" in text.split("Gates that do not hold")[1]


def test_the_table_is_the_declared_one(biased_run):
    table = FAIRNESS.check(read_table(biased_run[2] / "fairness.parquet"))
    assert {"nationality", "sex", "age", "language", "location", "district"} <= set(table["dimension"])


def test_the_outcome_is_no_group_and_stands_per_case_nowhere(biased_run):
    folder = biased_run[2]
    assert "granted" not in set(read_table(folder / "fairness.csv")["dimension"])
    assert not [path for path in folder.rglob("*") if path.is_file() and "M-0000" in path.read_text("latin-1")]


def test_the_stand_in_test_is_told_with_its_benchmark(biased_run):
    told = json.loads((biased_run[2] / "audit.json").read_text())["stand_in"]
    assert told["benchmark"] == "work learned anew from hours" and told["telltale"] == []


def test_what_nationality_would_add_is_told(biased_run):
    assert "Nationality among the facts would lower the log-loss by" in biased_run[1]


def test_right_scores_hold_for_every_group_but_that_of_a_location_that_books_otherwise(files, tmp_path):
    cases = read_table(files / "cases.parquet")
    audit = measure_fairness(cases, right_scores(cases), REGISTER, Moment.REGISTERED)
    assert not [failed for failed in audit.failed if "location" not in failed]


def test_scores_without_cases_are_wrong_use(files, tmp_path):
    code, text = run(tmp_path, "--scores", files / "scores.csv")
    assert code == 2 and "--cases and --scores together" in text


def test_an_odd_cell_of_granted_is_refused_without_its_value(files, tmp_path):
    groups = read_table(files / "groups.csv").assign(granted="perhaps")
    write_table(groups, tmp_path / "odd.csv")
    given = ("--cases", files / "cases.parquet", "--scores", files / "scores.csv", "--groups", tmp_path / "odd.csv")
    code, text = run(tmp_path / "home", *given, "--out", tmp_path / "audit")
    assert code != 0 and "column granted: expected true, false" in text and "perhaps" not in text
    assert not (tmp_path / "audit").exists()


def test_the_planted_bias_trial_tells_power_and_false_alarms(tmp_path):
    code, text = run(tmp_path, "--power", "--reports", 40, "--seeds", 1)
    assert code in (0, 1) and "10 points in one of 40 groups (n = 400, base 30%)" in text and "alike (hardest)" in text


def test_the_made_up_history_shows_no_model_what_comes_later():
    known, later, groups = made_up_history(2000, 1, Moment.REGISTERED, SPLIT)
    assert known["lodged_on"].max() <= pd.Timestamp(SPLIT) < later["lodged_on"].min()
    assert known["decided_on"].max() <= pd.Timestamp(SPLIT) and "granted" not in known
    assert groups["case_id"].tolist() == later["case_id"].tolist()


@pytest.mark.slow
def test_without_files_a_model_is_learned_and_audited_on_the_made_up_world(tmp_path):
    code, text = run(tmp_path, "--number", 8000, "--out", tmp_path / "audit")
    assert code in (0, 1) and "the optimum" in text and (tmp_path / "audit" / "report.html").exists()

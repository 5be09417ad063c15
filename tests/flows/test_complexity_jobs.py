"""Make cases, learn, log, promote, score: end to end on made-up cases."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from triage.adapters.bundles import read_bundle
from triage.adapters.contracts import contract
from triage.adapters.files import read_cases, write_table
from triage.adapters.registry import Registry
from triage.adapters.store import Store
from triage.domain.case import Moment
from triage.domain.errors import FactError, LearningError
from triage.domain.facts import Register
from triage.jobs.learn_complexity import failed_gates, learn_complexity
from triage.jobs.make_cases import make_cases, make_cases_and_truth
from triage.jobs.open_model import check_register, open_bundle, open_champion, open_model
from triage.jobs.score_cases import score_cases
from triage.law.book import LawBook
from triage.routing.served import of_served, to_served

REGISTER = Register.load()
ROOT, BIN = Path(__file__).parents[2], Path(sys.executable).parent
OTHER = Register.of(
    {
        "classes": {"names": ["short", "long"], "cutoffs_hours": [14.0]},
        "facts": [{"name": "evidence_items", "type": "number", "in_model": "yes"}],
    },
    "other.toml",
)
SNAPSHOT = date(2026, 11, 24)


@pytest.fixture(scope="module")
def cases():
    return make_cases(3000, 1)


@pytest.fixture(scope="module")
def day(tmp_path_factory, cases):
    home = tmp_path_factory.mktemp("home")
    store = Store.open(f"sqlite:///{home / 'triage.db'}")
    store.upgrade()
    registry = Registry(f"sqlite:///{home / 'mlflow.db'}", home / "mlartifacts")
    learned = learn_complexity(cases, REGISTER, SNAPSHOT, None, registry=registry, store=store, home=home, promote=True)
    return home, store, registry, learned


def test_made_up_cases_survive_a_file(tmp_path):
    made = make_cases(60, 1, tmp_path / "cases.csv")
    read = read_cases(tmp_path / "cases.csv", REGISTER)
    for name in ("documents", "identity_doubt", "evidence_items", "medical_advice"):
        assert [None if c is None else c for c in read[name]] == list(made[name])


def test_the_first_model_that_beats_the_prior_becomes_champion(day):
    home, store, registry, learned = day
    champion = store.champion("complexity")
    assert learned.promoted and champion.version == learned.version
    assert open_model(store, home)[0].version == learned.version
    assert {"champion", "challenger"} <= set(registry.history("complexity")[0]["aliases"])


def test_the_report_shows_model_prior_and_hand_rules(day):
    text = day[3].text
    assert "class prior" in text and "hand rules" in text and "ECE" in text and "identified" in text


def test_the_bundle_holds_model_policy_measures_and_card(day):
    files = read_bundle(day[3].folder)
    model, policy = open_bundle(files)
    assert tuple(policy.hours) == model.classes and list(policy.hours.values()) == sorted(policy.hours.values())
    assert json.loads(files["metrics.json"])["log_loss_registered"] > 0
    assert "never predicts an outcome" in files["card.md"]


def test_the_index_of_closed_cases_stands_beside_the_bundle_and_never_in_the_record(day):
    home, store, _, learned = day
    assert open_champion(store, home)[2] is not None
    assert "neighbours.json" not in read_bundle(learned.folder)
    assert not [path for path in (home / "mlartifacts").rglob("*") if "neighbours" in path.name]


def test_learning_twice_from_the_same_cases_gives_the_same_version(day, cases, tmp_path):
    assert learn_complexity(cases, REGISTER, SNAPSHOT, tmp_path / "bundle").version == day[3].version


def test_learning_without_a_place_for_the_bundle_is_refused(cases):
    with pytest.raises(LearningError):
        learn_complexity(cases, REGISTER, SNAPSHOT, None)


def test_a_newcomer_that_is_worse_than_the_champion_fails_the_gate(day):
    failed = failed_gates(day[3].measured, contract("complexity")["gate"], {"registered": 0.9})
    assert any("champion" in words for words in failed)


@pytest.mark.parametrize("moment", Moment)
def test_every_case_is_scored_with_one_of_three_outcomes(day, cases, moment):
    model, policy = open_bundle(read_bundle(day[3].folder))
    scores = score_cases(cases.tail(300), model, REGISTER, moment, LawBook.load(), policy)
    assert list(scores["case_id"]) == list(cases.tail(300)["case_id"])
    assert set(scores["outcome"]) <= {"rule", "suggestion", "not_sure"}
    assert np.allclose(scores.filter(regex="^p_(light|standard|heavy)$").sum(axis=1), 1)
    advised = scores[scores["outcome"] != "rule"]
    assert set(advised["route"]) <= {"light", "standard", "heavy"} and scores["p_late"].dropna().between(0, 1).all()
    assert (scores["reason_codes"] != "").all()


def test_without_law_no_rule_decides_and_no_term_is_known(day, cases):
    model, policy = open_bundle(read_bundle(day[3].folder))
    scores = score_cases(cases.head(200), model, REGISTER, Moment.REGISTERED, None, policy)
    assert "rule" not in set(scores["outcome"]) and scores["p_late"].isna().all()
    assert (scores["outcome"] == "suggestion").any()


@pytest.mark.parametrize("moment", Moment)
def test_the_served_table_says_the_same_as_the_cases(day, cases, moment):
    model, _ = open_bundle(read_bundle(day[3].folder))
    back, same = of_served(to_served(cases, model.features, moment), model.features)
    assert same is moment
    pd.testing.assert_frame_equal(model.predict(back, moment), model.predict(cases, moment))


def test_the_served_copy_predicts_what_the_product_predicts(day, cases):
    import mlflow

    home, _, _, learned = day
    model, _ = open_bundle(read_bundle(learned.folder))
    mlflow.set_tracking_uri(f"sqlite:///{home / 'mlflow.db'}")
    copy = mlflow.pyfunc.load_model(learned.model_uri)
    some = cases.tail(1000)
    theirs = copy.predict(to_served(some, model.features, Moment.REGISTERED))
    ours = model.predict(some, Moment.REGISTERED)
    pd.testing.assert_frame_equal(theirs.reset_index(drop=True), ours.reset_index(drop=True), check_dtype=False)


def test_a_bundle_is_held_to_the_register_it_was_learned_with(day):
    files = read_bundle(day[3].folder)
    check_register(files, REGISTER)
    with pytest.raises(FactError, match="--register FILE"):
        check_register(files, OTHER)


def test_a_model_of_another_register_cannot_become_champion(cases, tmp_path):
    with pytest.raises(LearningError, match="shipped facts register"):
        learn_complexity(cases, OTHER, SNAPSHOT, tmp_path / "bundle", promote=True)
    assert not (tmp_path / "bundle").exists()


def test_the_truth_of_made_up_cases_holds_every_one_of_them():
    cases, truth = make_cases_and_truth(300, 1)
    assert set(cases["case_id"]) <= set(truth["case_id"]) and cases.equals(make_cases(300, 1))


@pytest.fixture(scope="module")
def noise(tmp_path_factory, cases):
    """Cases whose hours have nothing to do with their facts, as a file."""
    closed = cases[cases["hours_booked"].notna()].head(1500)
    mixed = np.random.default_rng(3).permutation(closed["hours_booked"].to_numpy())
    path = tmp_path_factory.mktemp("noise") / "cases.csv"
    write_table(closed.assign(hours_booked=mixed), path)
    return path


@pytest.mark.parametrize(
    "command",
    [
        [str(BIN / "triage"), "--home", "home", "learn", "complexity", "--promote", "--cases"],
        [
            sys.executable,
            str(ROOT / "training/retrain_complexity.py"),
            "--home",
            "home",
            "--snapshot",
            "2026-11-24",
            "--cases",
        ],
    ],
)
def test_a_promotion_that_the_gate_refuses_prints_the_report_and_ends_in_one(command, noise, tmp_path):
    answer = subprocess.run(
        [*command, str(noise)], check=False, capture_output=True, text=True, cwd=tmp_path, timeout=200
    )
    assert answer.returncode == 1 and "not promoted" in answer.stdout, answer.stderr[-2000:]

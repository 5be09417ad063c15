"""evaluate routing: the question answered end to end on made-up cases, small."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from triage.domain.case import Moment
from triage.domain.errors import SettingsError
from triage.domain.facts import Register
from triage.jobs.evaluate_routing import Question, evaluate_routing, lawful_weeks
from triage.jobs.routing_pool import SNAPSHOT, make_material
from triage.law.book import LawBook
from triage.routing.policy import Policy
from triage.simulation.policy_statistics import MOST_REPLICATIONS
from triage.simulation.predictors import FORCED, SELECTIVE

REGISTER, LAW = Register.load(), LawBook.load()
BIN = Path(sys.executable).parent
SMALL = Question(replications=2, number=4000, predictors=("model_registered", "perfect"), main_only=True)


@pytest.fixture(scope="module")
def material():
    return make_material(4000, 1, "base", REGISTER, Policy())


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    out = tmp_path_factory.mktemp("routing")
    return out, evaluate_routing(SMALL, LAW, REGISTER, out, workers=1)


def test_it_writes_a_page_and_figures(answer):
    out, found = answer
    assert (out / "report.html").read_text(encoding="utf8").startswith("<!doctype html>")
    assert json.loads((out / "routing.json").read_text(encoding="utf8")) == json.loads(json.dumps(found.document))


@pytest.mark.slow
def test_two_processes_find_what_one_finds(answer):
    assert evaluate_routing(SMALL, LAW, REGISTER, workers=2).document == answer[1].document


def test_the_model_learned_before_the_cases_that_it_advises_on(material):
    assert material.about["snapshot"] == SNAPSHOT.isoformat()
    assert material.about["pool_lodged"][:10] > SNAPSHOT.isoformat()


def test_the_heavy_depth_keeps_to_its_cap_on_later_cases(material):
    for name in ("model_identified", "model_registered"):
        assert 0.05 < (material.advisors[name].depths[SELECTIVE] == 2).mean() <= 0.30


def test_forced_use_sends_as_many_to_a_depth_as_it_fits(material):
    depth = material.advisors["model_registered"].depths[FORCED]
    assert np.allclose(np.bincount(depth, minlength=3) / len(depth), material.pool.shares, atol=0.01)


def test_a_coin_advises_nobody_to_another_depth(material):
    assert (material.advisors["noise"].depths[SELECTIVE] == 1).all()


def test_who_knows_the_class_sends_every_case_to_the_depth_that_fits(material):
    assert np.array_equal(material.advisors["perfect"].depths[SELECTIVE], material.pool.fit)


def test_nationality_is_a_group_and_small_groups_are_one(material):
    counts = np.bincount(material.pool.group)
    small = [name for name, n in zip(material.pool.groups, counts, strict=True) if n < 0.02 * counts.sum()]
    assert set(small) <= {"other"}


def test_the_term_is_what_the_law_says_before_the_pact(material):
    assert material.lodged < date(2026, 6, 12) and lawful_weeks(LAW, material) == 26


@pytest.mark.parametrize(
    "wrong", [{"phi": "high"}, {"replications": 1}, {"load": float("nan")}, {"predictors": ("x",)}]
)
def test_an_impossible_question_is_refused_before_anything_is_made(wrong, tmp_path):
    with pytest.raises(SettingsError):
        evaluate_routing(replace(SMALL, **wrong), LAW, REGISTER, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_it_stops_where_the_difference_is_known_to_half_a_point():
    in_time = replace(SMALL, load=0.9, term_weeks=104, until_precise=True)  # nobody is late, whatever is done
    assert evaluate_routing(in_time, LAW, REGISTER, workers=2).document["settings"]["replications_run"] == 2


@pytest.mark.slow
def test_it_goes_on_until_the_difference_is_known_to_half_a_point():
    calm = replace(SMALL, load=0.92, until_precise=True)  # two replications leave three points of doubt
    found = evaluate_routing(calm, LAW, REGISTER, workers=2).document
    gain = found["contrasts"][0]["difference"]
    assert 2 < found["settings"]["replications_run"] < MOST_REPLICATIONS and gain["high"] - gain["low"] <= 1.0


@pytest.mark.slow
@pytest.mark.parametrize("other", [{"phi": "0"}, {"stock_weeks": 0}, {"moment": Moment.IDENTIFIED}, {"term_weeks": 13}])
def test_another_question_is_answered_too(other, tmp_path):
    evaluate_routing(replace(SMALL, main_only=False, **other), LAW, REGISTER, tmp_path, workers=2)
    assert "nan" not in (tmp_path / "report.html").read_text(encoding="utf8").lower().split("</style>")[1]


@pytest.mark.slow
def test_the_command_prints_one_json_object_and_writes_its_folder(tmp_path):
    words = ["evaluate", "routing", "--replications", "2", "--number", "4000", "--predictor", "perfect", "--main-only"]
    answer = subprocess.run(
        [BIN / "triage", "--home", tmp_path / "home", *words, "--out", tmp_path / "out", "--json"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["made_up"] is True
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"report.html", "routing.json"}

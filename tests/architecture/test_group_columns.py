"""Group columns (nationality, sex, language, location) are for law, planning and audit; no path leads to the model."""

import ast
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import triage
from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.jobs.score_cases import score_cases
from triage.law.book import LawBook
from triage.routing.learning import learn
from triage.routing.suggest import Policy
from triage.simulation.world import make_world

HOUSE = Path(triage.__file__).parent
AUDIT = {"groups", "judged", "fairness", "fairness_report", "standin"}
AUDIT_PATH = {"jobs/measure_fairness.py", *(f"routing/{name}.py" for name in AUDIT)}
GROUP_FACTS = {"nationality_iso3", "sex", "language", "location", "ethnicity", "religion"}
MODEL_PATH = sorted(path for path in (HOUSE / "routing").glob("*.py") if path.stem not in AUDIT)
REGISTER, SNAPSHOT = Register.load(), date(2026, 3, 31)
WORLD = make_world(1500, 5)


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf8"))
    return {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", sorted(HOUSE.rglob("*.py")), ids=lambda p: str(p.relative_to(HOUSE)))
def test_only_the_audit_imports_the_audit(path: Path):
    if str(path.relative_to(HOUSE)) not in AUDIT_PATH:
        assert not imported(path) & {f"triage.routing.{name}" for name in AUDIT}


@pytest.mark.parametrize("path", MODEL_PATH, ids=lambda p: p.stem)
def test_no_module_of_the_model_names_a_group_column(path: Path):
    tree = ast.parse(path.read_text(encoding="utf8"))
    assert not {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value in GROUP_FACTS}


def test_the_register_gives_no_group_column_to_the_model():
    assert not GROUP_FACTS & {fact.name for fact in REGISTER.model_facts()}


def scrambled(cases):
    """The same cases with every group column shuffled over them."""
    random = np.random.default_rng(3)
    return cases.assign(**{name: random.permutation(cases[name]) for name in GROUP_FACTS & set(cases)})


@pytest.fixture(scope="module")
def model():
    return learn(WORLD.cases_at(SNAPSHOT), REGISTER, SNAPSHOT).model


def test_a_model_learned_on_scrambled_group_columns_is_the_same_model(model):
    assert learn(scrambled(WORLD.cases_at(SNAPSHOT)), REGISTER, SNAPSHOT).model.version == model.version


def test_scores_and_advice_are_the_same_on_scrambled_group_columns(model):
    one, other = (
        score_cases(cases, model, REGISTER, Moment.REGISTERED, None, Policy())
        for cases in (WORLD.cases.head(200), scrambled(WORLD.cases.head(200)))
    )
    assert one.drop(columns="p_late").equals(other.drop(columns="p_late"))


def test_with_the_law_too_only_the_law_reads_a_group_column(model):
    one, other = (
        score_cases(cases, model, REGISTER, Moment.REGISTERED, LawBook.load(), Policy())
        for cases in (WORLD.cases.head(200), scrambled(WORLD.cases.head(200)))
    )
    said = ["p_light", "p_standard", "p_heavy", "hours_p10", "hours_p50", "hours_p90", "hours_mean", "set90"]
    assert one[said].equals(other[said])
    free = one["outcome"].ne("rule") & other["outcome"].ne("rule")
    assert one.loc[free, "route"].equals(other.loc[free, "route"]) and free.sum() > 50

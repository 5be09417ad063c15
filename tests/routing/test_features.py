"""Intake -> numbers: three states apart, one order, nothing forbidden."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from routing_intakes import LODGED, REGISTER, intakes

from triage.domain.case import Intake, Moment
from triage.domain.errors import ForbiddenFeatureError, MomentError, TableError
from triage.domain.facts import Register
from triage.routing.features import FeatureMap

FEATURES = FeatureMap.of(REGISTER)


def frame(intake: Intake) -> pd.DataFrame:
    cells = {f.name: None for f in REGISTER.model_facts()}
    cells |= {name: "unknown" if value is None else value for name, value in intake.facts.items()}
    row = {"case_id": intake.case_id} | cells
    return pd.DataFrame([row], dtype=object).assign(lodged_on=pd.Timestamp(intake.lodged))


def intake(moment=Moment.REGISTERED, **facts) -> Intake:
    return Intake("A-1", LODGED, moment, facts)


@given(intakes())
def test_vector_and_matrix_agree_for_any_intake(any_intake):
    one, many = FEATURES.vector(any_intake), FEATURES.matrix(frame(any_intake), any_intake.moment)[0]
    assert np.array_equal(one, many, equal_nan=True)


@pytest.mark.parametrize("fact", [f.name for f in REGISTER.model_facts()])
def test_unknown_and_not_asked_differ_for_every_fact(fact):
    unknown, not_asked = FEATURES.vector(intake(**{fact: None})), FEATURES.vector(intake())
    assert not np.array_equal(unknown, not_asked, equal_nan=True)


def test_only_facts_of_the_model_become_columns():
    assert {c.fact for c in FEATURES.columns} == {f.name for f in REGISTER.model_facts()}


@pytest.mark.parametrize("name", ["nationality_iso3", "religion", "sex", "late", "granted"])
def test_a_forbidden_feature_is_refused_by_name(name):
    fact = {"name": name, "type": "flag", "in_model": "yes"}
    raw = {"classes": {"names": ["light", "heavy"], "cutoffs_hours": [10]}, "facts": [fact]}
    with pytest.raises(ForbiddenFeatureError, match=name):
        FeatureMap.of(Register.of(raw, "test"))


def test_facts_the_model_does_not_read_change_nothing():
    with_nationality = FEATURES.vector(intake(nationality_iso3="SYR", documents="real"))
    assert np.array_equal(with_nationality, FEATURES.vector(intake(documents="real")), equal_nan=True)


def test_a_registration_fact_at_identification_is_refused():
    with pytest.raises(MomentError, match="medical_advice"):
        FEATURES.vector(intake(Moment.IDENTIFIED, medical_advice="fit"))


def test_a_registered_table_without_registration_facts_is_refused():
    table = pd.DataFrame({"documents": ["real"], "lodged_on": [pd.Timestamp(LODGED)]})
    with pytest.raises(MomentError):
        FEATURES.matrix(table, Moment.REGISTERED)


def test_a_table_without_any_model_fact_is_refused():
    with pytest.raises(TableError):
        FEATURES.matrix(pd.DataFrame({"lodged_on": [pd.Timestamp(LODGED)]}), Moment.IDENTIFIED)


def test_later_facts_count_as_not_asked_at_identification():
    both = frame(intake(documents="real", medical_advice="fit"))
    early = FEATURES.vector(intake(Moment.IDENTIFIED, documents="real"))
    assert np.array_equal(FEATURES.matrix(both, Moment.IDENTIFIED)[0], early, equal_nan=True)


def test_a_category_not_met_in_learning_is_flagged():
    cases = pd.DataFrame({"documents": ["real"] * 30}, dtype=object)
    assert FeatureMap.of(REGISTER, cases).unmet(intake(documents="copy")) == ("documents",)


def test_a_column_that_is_empty_in_learning_still_has_its_place():
    cases = pd.DataFrame({"documents": [None] * 30}, dtype=object)
    assert FeatureMap.of(REGISTER, cases).size == FEATURES.size


def test_the_map_survives_its_text():
    assert FeatureMap.of_text(FEATURES.to_text()).columns == FEATURES.columns

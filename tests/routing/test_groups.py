"""Who is who in an audit: unknown is a group, and no small group follows from what is shown."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.case import Moment
from triage.domain.errors import TableError
from triage.domain.facts import Register
from triage.routing.groups import groups_of, slices_of

REGISTER = Register.load()
OTHER = Register.of(
    {
        "classes": {"names": ["short", "long"], "cutoffs_hours": [10]},
        "facts": [
            {"name": "pages", "type": "number", "in_model": "yes"},
            {"name": "office", "type": "category", "values": ["*"], "in_model": "no"},
            {"name": "appeal", "type": "flag", "in_model": "yes"},
        ],
    },
    "other",
)


def cases(**columns) -> pd.DataFrame:
    frame = pd.DataFrame(columns, dtype=object)
    days = pd.to_datetime(["2026-06-11", "2026-06-12"] * len(frame))[: len(frame)]
    return frame.assign(case_id=[f"M-{k}" for k in range(len(frame))], lodged_on=days)


def test_unknown_and_not_asked_are_groups_of_their_own():
    groups = groups_of(cases(sex=["female", "unknown", None]), REGISTER)
    assert groups["sex"].tolist() == ["female", "unknown", "not asked"]


def test_an_unknown_nationality_is_a_group():
    assert groups_of(cases(nationality_iso3=["SYR", "XXX"]), REGISTER)["nationality"].tolist() == ["SYR", "XXX"]


def test_a_fact_known_only_later_makes_no_group_of_early_scores():
    motives = cases(sex=["female", "male"], motive_group=["politics", "conflict"])
    assert "motive" not in groups_of(motives, REGISTER, moment=Moment.IDENTIFIED)
    assert "motive" in groups_of(motives, REGISTER, moment=Moment.REGISTERED)


def test_ages_and_families_come_in_bands():
    groups = groups_of(cases(age_years=[17.0, 18.0, "unknown"], family_size=[1.0, 3.0, 4.0]), REGISTER)
    assert groups["age"].tolist() == ["0-17", "18-29", "unknown"]
    assert groups["family"].tolist() == ["alone", "2-3 persons", "4 or more"]


def test_the_regime_is_that_of_the_lodging_date():
    assert groups_of(cases(sex=["female", "male"]), REGISTER)["regime"].tolist() == ["pre_pact", "pact"]


def test_the_groups_of_another_register_are_what_its_model_does_not_read():
    assert list(groups_of(cases(pages=[1.0], office=["a"], appeal=[True]), OTHER)) == ["office"]


def test_a_column_of_the_service_becomes_a_dimension_and_an_empty_cell_is_unknown():
    own = pd.DataFrame({"case_id": ["M-1", "M-0"], "district": [None, "north"]})
    assert groups_of(cases(sex=["female", "male"]), REGISTER, own)["district"].tolist() == ["north", "unknown"]


@pytest.mark.parametrize(
    "own,words",
    [
        (pd.DataFrame({"case": ["M-0"]}), "column case_id is missing"),
        (pd.DataFrame({"case_id": ["M-0", "M-0"]}), "row 2 repeats"),
        (pd.DataFrame({"case_id": ["M-0"]}), "1 cases have no row"),
    ],
)
def test_groups_that_do_not_fit_the_cases_are_refused(own, words):
    with pytest.raises(TableError, match=words):
        groups_of(cases(sex=["female", "male"]), REGISTER, own)


def test_a_free_text_is_no_group():
    own = pd.DataFrame({"case_id": [f"M-{k}" for k in range(61)], "remark": [f"text {k}" for k in range(61)]})
    with pytest.raises(TableError, match="more than 60 groups"):
        groups_of(cases(sex=["female"] * 61), REGISTER, own)


def test_everybody_in_one_group_is_no_dimension():
    assert slices_of(pd.DataFrame({"sex": ["male"] * 200})) == []


def test_a_pair_needs_150_cases():
    sex = np.repeat(["female", "male"], 300)
    age = np.tile(np.repeat(["young", "old"], [151, 149]), 2)
    pairs = [
        group for dimension, group, _, _ in slices_of(pd.DataFrame({"sex": sex, "age": age})) if " & " in dimension
    ]
    assert pairs == ["female & young", "male & young"]


SIZES = st.lists(st.integers(0, 330), min_size=6, max_size=6)


@given(SIZES)
def test_neither_a_group_nor_a_difference_of_1_to_9_cases_can_be_read(sizes):
    """Two dimensions of 2 and 3 groups: shown groups and pairs, subtracted from each other in every line."""
    rows = np.repeat([0, 0, 0, 1, 1, 1], sizes)
    columns = np.repeat([0, 1, 2, 0, 1, 2], sizes)
    groups = pd.DataFrame({"one": [f"r{k}" for k in rows], "other": [f"c{k}" for k in columns]})
    shown = {group: int(member.sum()) for _, group, member, hidden in slices_of(groups) if not hidden}
    singles = {group: n for group, n in shown.items() if " & " not in group}
    left = [len(groups) - sum(n for g, n in singles.items() if g[0] == letter) for letter in "rc"]
    for group, n in singles.items():
        left.append(n - sum(m for pair, m in shown.items() if group in pair.split(" & ") and " & " in pair))
    assert not [n for n in [*shown.values(), *left] if 0 < n < 10]

"""The same measures per group: a planted bias is named, a level is told once, a small group stays out of sight."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.domain.case_tables import FAIRNESS
from triage.domain.errors import LearningError, TableError
from triage.domain.facts import Register
from triage.routing.evidence import ALPHA_GATE
from triage.routing.fairness import failed_slices, level_of, measure_groups, number_of_tests
from triage.routing.fairness_report import Audit, audit_html, audit_text
from triage.routing.judged import Judged, judged
from triage.routing.scores import ranked_probability_score

REGISTER, AFTER = Register.load(), date(2026, 11, 24)
HOURS = np.array([8.0, 20.0, 40.0])  # of a light, a standard and a heavy case


def history(n: int = 1200, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Decided cases and scores that are right of them: classes drawn from the chances that are said."""
    random = np.random.default_rng(seed)
    chances = random.dirichlet([3.0, 4.0, 2.0], n)
    came = (random.random(n)[:, None] > chances.cumsum(axis=1)).sum(axis=1)
    lodged = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 300, n), unit="D")
    ids = [f"M-{k}" for k in range(n)]
    cases = pd.DataFrame({"case_id": ids, "lodged_on": lodged, "hours_booked": HOURS[came]})
    cases = cases.assign(decided_on=lodged + pd.to_timedelta(random.integers(100, 400, n), unit="D"))
    scores = pd.DataFrame(chances, columns=["p_light", "p_standard", "p_heavy"]).assign(case_id=ids)
    scores = scores.assign(
        hours_mean=chances @ HOURS, set90="light|standard|heavy", outcome="not_sure", route="standard"
    )
    return cases, scores


def groups_with(n: int, **biased: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"one": np.arange(n) % 4, "other": np.arange(n) % 3} | biased).astype(str)


def planted(points: float, rows: int, n: int = 4000) -> tuple[Judged, pd.DataFrame]:
    """A model that says 30 % heavy for all; in group yes of `rows` cases it comes more often."""
    random = np.random.default_rng(7)
    member = np.arange(n) < rows
    heavy = random.random(n) < 0.3 + points * member
    figures = pd.DataFrame({"said": 0.3, "heavy": heavy.astype(float)})
    figures = figures.assign(calibration_gap=figures["said"] - figures["heavy"])
    mixed = random.permutation(n) % 5
    return Judged(pd.DataFrame(index=range(n)), figures, ()), pd.DataFrame({"new": member, "office": mixed}).astype(str)


def test_a_planted_bias_is_named_and_fails_the_gate():
    table = measure_groups(*planted(0.15, 400))
    assert failed_slices(table)[["dimension", "group"]].to_numpy().tolist() == [["new", "True"]]


def test_a_right_model_fails_nothing():
    cases, scores = history()
    found = judged(cases, scores, REGISTER, AFTER)
    assert failed_slices(measure_groups(found, groups_with(len(found.cases)))).empty


def test_the_gate_asks_for_300_cases_but_the_alarm_does_not():
    table = measure_groups(*planted(0.3, 200))
    assert failed_slices(table).empty and table["is_alarm"].any()


def test_a_level_that_is_off_is_told_once_and_no_group_is_blamed_for_it():
    one, groups = planted(0.0, 400)
    figures = one.figures.assign(said=0.22, calibration_gap=0.22 - one.figures["heavy"])
    table = measure_groups(Judged(one.cases, figures, ()), groups)
    assert level_of(table) == pytest.approx(-0.08, abs=0.02)
    assert not (table["is_alarm"] & table["measure"].eq("group_gap")).any()


def test_a_group_that_differs_is_found_beyond_a_level_that_is_off():
    one, groups = planted(0.2, 400)
    figures = one.figures.assign(said=0.22, calibration_gap=0.22 - one.figures["heavy"])
    table = measure_groups(Judged(one.cases, figures, ()), groups)
    beyond = table.loc[table["measure"].eq("group_gap") & table["is_alarm"]]
    assert ("new", "True") in set(beyond[["dimension", "group"]].itertuples(index=False, name=None))


def test_the_number_of_tests_is_that_of_the_groups():
    assert number_of_tests(measure_groups(*planted(0.0, 400))) == (7, 5)  # 2 + 5 groups; 5 pairs of 150 cases and more


def test_every_group_says_what_could_have_been_seen():
    table = measure_groups(*planted(0.0, 400))
    few, many = (table.loc[table["group"].eq(g) & table["dimension"].eq("new")].iloc[0] for g in ("True", "False"))
    assert 0.07 < few["detectable"] < 0.11 and many["detectable"] < 0.05


def test_the_figure_of_everybody_is_the_score_that_the_model_is_judged_by():
    cases, scores = history()
    found = judged(cases, scores, REGISTER, AFTER)
    target = np.searchsorted(REGISTER.cutoffs_hours, found.cases["label_hours"], side="right")
    said = scores.set_index("case_id").loc[found.cases["case_id"], ["p_light", "p_standard", "p_heavy"]].to_numpy()
    assert found.figures["rps"].mean() == pytest.approx(ranked_probability_score(said, target))


def test_an_officer_who_overrides_one_group_more_is_seen():
    cases, scores = history(1500)
    member = np.arange(1500) % 2 == 0
    random = np.random.default_rng(2)
    decisions = cases[["case_id"]].assign(followed=random.random(1500) > np.where(member, 0.3, 0.1))
    found = judged(cases, scores, REGISTER, AFTER, decisions)
    table = measure_groups(
        found, pd.DataFrame({"new": member[[int(i[2:]) for i in found.cases["case_id"]]]}).astype(str)
    )
    override = table.loc[table["measure"].eq("override") & table["group"].eq("True")].iloc[0]
    assert override["is_alarm"] and override["value"] == pytest.approx(0.3, abs=0.05)


def test_a_group_that_waits_longer_at_equal_work_is_seen():
    cases, scores = history(1500)
    member = np.arange(1500) % 2 == 0
    late = cases.assign(decided_on=cases["decided_on"] + pd.to_timedelta(np.where(member, 60, 0), unit="D"))
    found = judged(late, scores, REGISTER, AFTER)
    table = measure_groups(
        found, pd.DataFrame({"new": member[[int(i[2:]) for i in found.cases["case_id"]]]}).astype(str)
    )
    assert table.loc[table["measure"].eq("wait_days") & table["group"].eq("True"), "is_alarm"].all()


def test_advising_light_counts_as_false_only_where_the_case_was_heavier():
    cases, scores = history()
    found = judged(cases, scores.assign(outcome="suggestion", route="light"), REGISTER, AFTER)
    assert found.figures["false_light"].dropna().eq(1).all()
    assert found.figures["false_light"].notna().sum() == (found.cases["label_hours"] > 10).sum()


def test_a_case_that_a_rule_decides_had_no_advice():
    cases, scores = history()
    figures = judged(cases, scores.assign(outcome="rule", route="PRE-S1-DUBLIN"), REGISTER, AFTER).figures
    assert figures[["false_light", "false_heavy", "not_sure"]].isna().all().all() and figures["said"].notna().all()


def test_the_latest_closed_cases_are_left_out_while_their_cohort_is_open():
    cases, scores = history(2000)
    found = judged(cases, scores, REGISTER, date(2024, 12, 31))
    assert found.cases["lodged_on"].max() < cases["lodged_on"].max() - pd.Timedelta(days=60) or found.notes


def test_too_few_known_cases_are_refused():
    cases, scores = history(200)
    with pytest.raises(LearningError, match="300 are needed"):
        judged(cases, scores, REGISTER, AFTER)


@pytest.mark.parametrize(
    "spoil,words",
    [
        (lambda s: s.drop(columns="p_heavy"), "column p_heavy is missing"),
        (lambda s: s.assign(p_heavy=s["p_heavy"] + 0.1), "row 1: the chances"),
        (lambda s: s.assign(p_heavy=np.nan), "row 1: the chances"),
        (lambda s: pd.concat([s, s.head(1)], ignore_index=True), "row 1201 repeats"),
    ],
)
def test_scores_that_cannot_be_are_refused(spoil, words):
    cases, scores = history()
    with pytest.raises(TableError, match=words):
        judged(cases, spoil(scores), REGISTER, AFTER)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 25), min_size=3, max_size=5).filter(sum), st.integers(0, 5))
def test_no_figure_of_a_small_group_is_ever_in_the_table(sizes, seed):
    small = np.repeat([f"g{k}" for k in range(len(sizes))], sizes)
    whole = np.concatenate([small, np.repeat("rest", 400 - len(small))])
    one, _ = planted(0.0, 10, 400)
    table = FAIRNESS.check(measure_groups(one, pd.DataFrame({"new": whole}), seed))
    figures = table.drop(columns=["dimension", "group", "measure", "is_alarm", "is_hidden"])
    assert figures.loc[table["is_hidden"]].isna().all().all()
    assert (table.loc[~table["is_hidden"], "cases"] >= 10).all()


@pytest.fixture(scope="module")
def audit():
    return Audit(measure_groups(*planted(0.15, 400)), {"measured cases": 4000, "seed": 1})


def test_the_text_names_the_failing_group_the_number_of_tests_and_what_could_be_seen(audit):
    text = audit_text(audit)
    assert "new True: gap -0." in text.splitlines()[-1]
    assert f"7 calibration gaps of groups tested together at {ALPHA_GATE:.1%} (Holm)" in text and "seen" in text


def test_the_page_fetches_nothing(audit):
    page = audit_html(audit)
    assert "<svg" in page and "src=" not in page and "<script" not in page and "@import" not in page


def test_a_group_name_cannot_become_part_of_the_page():
    one, groups = planted(0.0, 400)
    page = audit_html(Audit(measure_groups(one, groups.replace("True", "<script>alert(1)</script>")), {}))
    assert "<script>" not in page

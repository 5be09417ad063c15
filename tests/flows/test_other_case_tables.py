"""Any service's case table, through the file check and the jobs: it is learned from, or refused in a sentence."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage.adapters.bundles import read_bundle
from triage.adapters.files import read_cases
from triage.domain.case import Moment
from triage.domain.errors import FactError, ForbiddenFeatureError, LearningError, MomentError, TableError, TriageError
from triage.domain.facts import Register
from triage.jobs.learn_complexity import LearnedComplexity, learn_complexity
from triage.jobs.open_model import open_bundle
from triage.jobs.score_cases import score_cases

SNAPSHOT = date(2026, 12, 1)
ROWS = 400
FACTS = [
    {"name": "pages", "type": "number", "in_model": "yes"},
    {"name": "appeal", "type": "flag", "in_model": "yes"},
    {"name": "office", "type": "category", "values": ["*"], "in_model": "yes"},
    {"name": "hearing_pages", "type": "number", "moment": "registered", "in_model": "yes"},
]
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def register(*more: dict, classes: tuple[str, ...] = ("short", "mid", "long"), cutoffs=(8.0, 14.0)) -> Register:
    raw = {"classes": {"names": list(classes), "cutoffs_hours": list(cutoffs)}, "facts": [*FACTS, *more]}
    return Register.of(raw, "other")


def extra(kind: str, name: str = "more") -> dict:
    return {"name": name, "type": kind, "in_model": "yes"} | ({"values": ["*"]} if kind == "category" else {})


def table(n: int = ROWS, signal: float = 1.0, seed: int = 3) -> pd.DataFrame:
    """Cases of no service at all, as cells of a file; work follows the pages at both moments."""
    random = np.random.default_rng(seed)
    pages, hearing = (random.integers(1, 60, n).astype(float) for _ in range(2))
    lodged = pd.Timestamp("2016-01-01") + pd.to_timedelta(np.sort(random.integers(0, 3000, n)), unit="D")
    hours = np.exp(2.3 + signal * (0.015 * (pages - 30) + 0.02 * (hearing - 30)) + 0.3 * random.normal(size=n))
    return pd.DataFrame(
        {
            "case_id": [f"O-{k}" for k in range(n)],
            "lodged_on": lodged.strftime("%Y-%m-%d"),
            "hours_booked": hours.round(2),
            "decided_on": (lodged + pd.to_timedelta(np.ceil(20 + 2 * hours), unit="D")).strftime("%Y-%m-%d"),
            "pages": pages,
            "appeal": random.choice(["true", "false", "unknown", ""], n),
            "office": random.choice(list("abc"), n),
            "hearing_pages": hearing,
        }
    )


def read(frame: pd.DataFrame, facts: Register, folder: Path, name: str = "cases") -> pd.DataFrame:
    path = folder / f"{name}.csv"
    frame.to_csv(path, index=False)
    return read_cases(path, facts)


def learned(frame: pd.DataFrame, facts: Register, folder: Path, snapshot: date = SNAPSHOT) -> LearnedComplexity:
    return learn_complexity(read(frame, facts, folder), facts, snapshot, folder / "bundle")


def scored(frame: pd.DataFrame, facts: Register, folder: Path, moment: Moment = Moment.REGISTERED) -> pd.DataFrame:
    model, policy = open_bundle(read_bundle(folder / "bundle"))
    return score_cases(read(frame, facts, folder, "scored"), model, facts, moment, None, policy)


def whole(scores: pd.DataFrame, facts: Register) -> bool:
    """Whether every score is a number, the chances sum to 1 and the hours rise."""
    chances = scores[[f"p_{name}" for name in facts.class_names]].to_numpy()
    hours = scores[["hours_p10", "hours_p50", "hours_p90"]].to_numpy()
    rise = (np.diff(hours, axis=1) >= 0).all() and np.isfinite(hours).all() and (hours > 0).all()
    return bool(rise and np.allclose(chances.sum(axis=1), 1) and (chances >= 0).all())


TABLES = {
    "300 rows": (lambda t: t.head(300), register()),
    "two classes": (lambda t: t, register(classes=("a", "b"), cutoffs=(10.0,))),
    "six classes": (lambda t: t, register(classes=tuple("abcdef"), cutoffs=(5.0, 7.0, 9.0, 12.0, 16.0))),
    "classes without a case": (lambda t: t, register(classes=tuple("abcd"), cutoffs=(8.0, 14.0, 900.0))),
    "an empty number": (lambda t: t.assign(more=""), register(extra("number"))),
    "an empty category": (lambda t: t.assign(more=""), register(extra("category"))),
    "an empty date": (lambda t: t.assign(more=""), register(extra("date"))),
    "all unknown": (lambda t: t.assign(more="unknown"), register(extra("flag"))),
    "a constant": (lambda t: t.assign(more=5), register(extra("number"))),
    "a date": (lambda t: t.assign(more="1990-02-28"), register(extra("date"))),
    "a date after lodging": (lambda t: t.assign(more="2035-01-01"), register(extra("date"))),
    "a number first asked late": (lambda t: t.assign(more=np.where(t.index < 350, "", "7")), register(extra("number"))),
    "a code per case": (lambda t: t.assign(more=t["case_id"]), register(extra("category"))),
    "huge numbers": (lambda t: t.assign(pages=t["pages"] * 1e12), register()),
    "numbers below nothing": (lambda t: t.assign(pages=-t["pages"]), register()),
    "zero hours": (lambda t: t.assign(hours_booked=t["hours_booked"].where(t.index % 4 > 0, 0)), register()),
    "equal rows": (lambda t: pd.concat([t, t.assign(case_id="again-" + t["case_id"])]), register()),
    "no decision dates": (lambda t: t.drop(columns="decided_on"), register()),
    "every case audited": (lambda t: t.assign(audit_sample="true"), register()),
    "an empty audit sample": (lambda t: t.assign(audit_sample=""), register()),
    "two days": (lambda t: t.assign(lodged_on=np.where(t.index < 200, "2016-01-01", "2016-02-01")), register()),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_an_odd_table_is_learned_from_and_scored_without_a_gap(name, tmp_path):
    change, facts = TABLES[name]
    odd = change(table())
    learned(odd, facts, tmp_path)
    assert whole(scored(odd, facts, tmp_path), facts)


def test_values_never_met_in_learning_are_scored(tmp_path):
    learned(table(), register(), tmp_path)
    strange = table().assign(office="elsewhere", pages=1e9, appeal="")
    assert whole(scored(strange, register(), tmp_path), register())


NONE = pd.Series([""] * ROWS)
REFUSED = {
    "no outcome at all": (lambda t: t.assign(hours_booked=NONE, decided_on=NONE), LearningError, "0 cases are known"),
    "no hours": (lambda t: t.drop(columns="hours_booked"), LearningError, "0 cases are known"),
    "no rows": (lambda t: t.head(0), LearningError, "0 cases are known"),
    "too few rows": (lambda t: t.head(299), LearningError, "299 cases"),
    "equal hours": (lambda t: t.assign(hours_booked=7.0), LearningError, "class short"),
    "one day": (lambda t: t.assign(lodged_on="2016-01-01", decided_on="2016-03-01"), LearningError, "longer time"),
    "9,999 hours": (lambda t: t.assign(hours_booked=t["hours_booked"].where(t.index != 7, 9999)), TableError, "row 8"),
    "a case twice": (lambda t: pd.concat([t, t.head(1)]), TableError, f"row {ROWS + 1} repeats"),
    "decided before lodged": (lambda t: t.assign(decided_on="2015-01-01"), TableError, "row 1, column decided_on"),
    "a column that the register does not know": (lambda t: t.assign(surprise=1), TableError, "column 9"),
    "a word for a number": (lambda t: t.assign(pages="many"), TableError, "row 1, column pages"),
    "none of the facts": (lambda t: t[["case_id", "lodged_on", "hours_booked", "decided_on"]], TableError, "no column"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_learned_is_refused_in_a_sentence_and_leaves_nothing_behind(name, tmp_path):
    change, error, words = REFUSED[name]
    with pytest.raises(error, match=words):
        learned(change(table()), register(), tmp_path)
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize(
    "name", ["nationality", "sex", "hours_booked", "decided_on", "late", "granted", "audit_sample"]
)
def test_a_trait_or_an_outcome_offered_as_a_fact_of_the_model_is_refused_by_name(name):
    with pytest.raises(ForbiddenFeatureError, match=name):
        register(extra("number", name))


def test_a_snapshot_before_all_lodgings_is_refused(tmp_path):
    with pytest.raises(LearningError, match="2010-01-01"):
        learned(table(), register(), tmp_path, date(2010, 1, 1))


def test_facts_of_the_first_moment_are_not_scored_as_the_second(tmp_path):
    learned(table(), register(), tmp_path)
    with pytest.raises(MomentError):
        scored(table().drop(columns="hearing_pages"), register(), tmp_path)


def test_a_table_of_one_moment_is_learned_from_and_scored_at_that_moment(tmp_path):
    first = table().drop(columns="hearing_pages")
    learned(first, register(), tmp_path)
    assert whole(scored(first, register(), tmp_path, Moment.IDENTIFIED), register())


def test_where_there_is_no_signal_it_is_said_and_the_model_is_hardly_worse_than_the_prior(tmp_path):
    found = learned(table(1500, signal=0.0), register(), tmp_path)
    assert any("no signal" in flag for flag in found.flags)
    assert all(m.log_loss < m.log_loss_prior + 0.02 for m in found.measured)


def test_labels_that_are_mostly_not_known_yet_are_flagged_and_promise_nothing(tmp_path):
    young = table(2500)
    days = pd.to_datetime(young["lodged_on"]) + pd.to_timedelta(120 * young["hours_booked"], unit="D")
    found = learned(young.assign(decided_on=days.dt.strftime("%Y-%m-%d")), register(), tmp_path, date(2020, 1, 1))
    scores = scored(young, register(), tmp_path)
    assert any("immature" in flag for flag in found.flags)
    assert (scores["set90"] == "short|mid|long").all() and (scores["outcome"] == "not_sure").all()


def test_the_label_states_and_the_cleaning_list_stand_beside_the_bundle(tmp_path):
    odd = table()
    odd.loc[5, "hours_booked"] = 1200.0
    learned(odd, register(), tmp_path)
    states = pd.read_csv(tmp_path / "bundle-labels.csv")
    review = pd.read_csv(tmp_path / "bundle-review.csv")
    assert len(states) == ROWS and set(states["state"]) == {"known"} and list(review["case_id"]) == ["O-5"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(st.sampled_from(["", "unknown", "1", "-3", "1e9", "0.5"]), min_size=ROWS, max_size=ROWS),
    dates=st.lists(st.sampled_from(["", "unknown", "1999-01-01", "2030-12-31"]), min_size=ROWS, max_size=ROWS),
    shares=st.integers(1, 9),
    seed=st.integers(0, 999),
)
def test_whatever_the_cells_are_it_is_scored_whole_or_refused_by_name(cells, dates, shares, seed, tmp_path):
    facts = register(extra("number"), extra("date", "day"))
    odd = table(seed=seed).assign(more=cells, day=dates)
    undecided = odd.index % 10 >= shares
    odd.loc[undecided, ["hours_booked", "decided_on"]] = None
    try:
        learned(odd, facts, tmp_path)
    except TriageError as error:
        assert isinstance(error, (LearningError, FactError, TableError)) and str(error).endswith(".")
    else:
        assert whole(scored(odd, facts, tmp_path), facts)

"""What was known on a date: states, the audit sample, regimes, the cleaning list."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from triage.domain.facts import Register
from triage.routing.labels import CLOSED, MATURE, Labels, labels_at

REGISTER = Register.of(
    {
        "classes": {"names": ["short", "long"], "cutoffs_hours": [10]},
        "facts": [{"name": "pages", "type": "number", "in_model": "yes"}],
    },
    "labels",
)
DAY = date(2026, 7, 1)


def table(rows: list[tuple], **columns: object) -> pd.DataFrame:
    """Cases from (lodged, hours, decided)."""
    lodged, hours, decided = zip(*rows, strict=True)
    frame = pd.DataFrame({"lodged_on": pd.to_datetime(lodged), "hours_booked": hours})
    frame["decided_on"] = pd.to_datetime(pd.Series(decided, dtype=object))
    return frame.assign(case_id=[f"A-{k}" for k in range(len(rows))], **columns)


def grown(n: int = 3000, audit: float = 0.05, seed: int = 4) -> pd.DataFrame:
    """Cases lodged over four years; long work stays open longer, audit cases are decided within weeks."""
    random = np.random.default_rng(seed)
    lodged = pd.Timestamp("2022-07-01") + pd.to_timedelta(np.sort(random.integers(0, 1460, n)), unit="D")
    hours = np.exp(2.3 + 0.6 * random.normal(size=n))
    is_audit = random.random(n) < audit
    days = np.where(is_audit, 30, 20 + 15 * hours).astype(int)
    decided = lodged + pd.to_timedelta(days, unit="D")
    cells = pd.Series(is_audit.tolist(), dtype=object)
    ids = [f"G-{k}" for k in range(n)]
    frame = pd.DataFrame({"case_id": ids, "lodged_on": lodged, "hours_booked": hours, "decided_on": decided})
    return frame.assign(audit_sample=cells, pages=1.0)


@pytest.mark.parametrize(
    ("hours", "decided", "state"),
    [(12.0, "2026-05-01", "known"), (3.0, None, "partial"), (np.nan, None, "unknown"), (9.0, "2026-08-01", "unknown")],
)
def test_every_case_has_a_label_state(hours, decided, state):
    others = ("2026-01-05", 8.0, "2026-02-01")
    states = labels_at(table([("2026-01-01", hours, decided), others]), REGISTER, DAY).states()
    assert states["state"][0] == state and (state == "known") == pd.notna(states["known_on"][0])


def test_hours_of_a_decision_that_lies_ahead_are_not_told():
    rows = [("2026-01-01", 9.0, "2026-08-01"), ("2026-01-05", 8.0, "2026-02-01")]
    assert labels_at(table(rows), REGISTER, DAY).states()["hours"].isna()[0]


def test_audit_cases_are_learned_from_as_they_are():
    window, _ = labels_at(grown(), REGISTER, DAY).window()
    assert (window.loc[window["label_audit"], "label_weight"] == 1.0).all() and window["label_audit"].any()
    assert window.loc[~window["label_audit"], "label_weight"].max() > 1.0


def test_young_audit_cases_are_learned_from_where_others_are_too_young():
    window, _ = labels_at(grown(), REGISTER, DAY).window()
    newest = window.groupby("label_audit")["lodged_on"].max()
    assert newest[True] > newest[False]


def test_an_audit_month_speaks_only_when_nearly_all_of_it_is_closed():
    audited = labels_at(grown(), REGISTER, DAY).audited
    assert len(audited) >= 50 and audited["lodged_on"].max() < pd.Timestamp("2026-06-01")


def test_priority_does_not_shorten_what_is_learned_of_label_delay():
    with_audit, without = (labels_at(grown(audit=share), REGISTER, DAY) for share in (0.3, 0.0))
    heavy = [w.loc[~w["label_audit"]].pipe(_heavy) for w in (with_audit.window()[0], without.window()[0])]
    assert heavy[0] == pytest.approx(heavy[1], abs=0.06)


def _heavy(window: pd.DataFrame) -> float:
    return float(np.average(window["label_hours"] >= 10, weights=window["label_weight"]))


def test_a_regime_without_labels_is_a_state():
    rows = [("2025-01-01", 8.0, "2025-03-01"), ("2026-06-20", np.nan, None)]
    states = labels_at(table(rows), REGISTER, DAY).regimes().set_index("regime")["state"]
    assert states["pre_pact"] == "labels" and states["pact"] == "no labels yet"


def test_a_regime_of_which_only_the_easy_ones_are_closed_is_a_state():
    rows = [("2025-01-01", 8.0, "2025-03-01"), ("2026-06-13", 2.0, "2026-06-20"), *[("2026-06-20", np.nan, None)] * 3]
    states = labels_at(table(rows), REGISTER, DAY).regimes().set_index("regime")["state"]
    assert states["pact"] == "few labels, and the easy ones"


def test_the_cleaning_list_names_what_it_was_compared_with():
    rows = [("2025-01-01", 8.0, "2025-03-01")] * 9 + [("2025-01-02", 900.0, "2025-03-01")]
    listed = labels_at(table(rows), REGISTER, DAY).review_list()
    assert listed[["case_id", "hours", "median_hours"]].to_dict("records") == [
        {"case_id": "A-9", "hours": 900.0, "median_hours": 8.0}
    ]


@pytest.mark.parametrize("rule", [MATURE, CLOSED])
def test_other_rules_for_the_window_weigh_nothing(rule):
    labels: Labels = labels_at(grown(), REGISTER, DAY)
    assert (labels.window(rule)[0]["label_weight"] == 1.0).all()

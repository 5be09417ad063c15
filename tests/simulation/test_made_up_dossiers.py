"""Made-up events of dossiers."""

from datetime import date, timedelta

import pandas as pd
import pytest

from triage.domain.case_tables import DOSSIER_EVENTS
from triage.domain.errors import TableError
from triage.simulation.dossiers import MADE_UP, WEEKLY, make_dossier_events

UNTIL = date(2026, 11, 24)


def needs(count=400, party="medical_adviser", closed=None) -> pd.DataFrame:
    rows = [
        {
            "case_id": f"M-{n}",
            "item": "medical_advice",
            "third_party": party,
            "blocking": True,
            "since": UNTIL - timedelta(days=10 + n % 300),
            "closed": closed,
        }
        for n in range(count)
    ]
    return pd.DataFrame(rows)


def test_the_same_seed_gives_the_same_events_and_another_one_others():
    one, same, other = (make_dossier_events(needs(), seed, UNTIL) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    assert not one.equals(other)


def test_every_event_is_marked_made_up_and_none_lies_after_the_last_day():
    made = DOSSIER_EVENTS.check(make_dossier_events(needs(), 1, UNTIL))
    assert set(made["by"]) == {MADE_UP}
    assert made["at"].max() < pd.Timestamp(UNTIL) + pd.Timedelta(days=1)
    assert made["at"].is_monotonic_increasing


def test_the_share_that_comes_in_the_first_week_is_the_planted_one():
    made = make_dossier_events(needs(4000, "intake_desk"), 1, date(2028, 1, 1))
    waits = made[made["item"] == "medical_advice"].groupby("case_id")["at"].agg(["min", "max"])
    first = ((waits["max"].dt.normalize() - waits["min"].dt.normalize()).dt.days < 7).mean()
    assert first == pytest.approx(WEEKLY["intake_desk"][0], abs=0.025)


def test_nothing_stays_open_once_a_case_is_decided():
    made = make_dossier_events(needs(closed=UNTIL - timedelta(days=5)), 1, UNTIL)
    asked = made[made["event"] == "requested"]["case_id"]
    done = made[made["event"].isin(["received", "waived"])]["case_id"]
    assert set(asked) <= set(done)


def test_some_interviews_are_cancelled_because_something_was_missing():
    made = make_dossier_events(needs(party="document_experts"), 1, UNTIL)
    causes = made.loc[made["event"] == "cancelled", "cause"].value_counts()
    assert causes.idxmax() == "medical_advice" and causes.max() > 50


def test_without_needs_there_is_nothing_to_make():
    with pytest.raises(TableError, match="at least one item"):
        make_dossier_events(needs(0), 1, UNTIL)

"""The event register, the overlay as a mixture, replays of a past break, and intake control."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from forecast_examples import CALENDAR, panel, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.adapters.sources import shipped_events, shipped_inflow
from triage.domain.errors import ForecastError, TableError
from triage.forecast.events import Event, events_of, notes_on, overlay, shape_of
from triage.forecast.replay import falls, moved, replay, replayed_paths
from triage.forecast.series import panel_of
from triage.forecast.surprises import surprises

EVENT = Event(
    event_id="one",
    scenario="test",
    kind="first_application",
    nationalities=("N0",),
    first="2019-02",
    last="2019-04",
    shape="step",
    low=0.2,
    high=0.8,
    probability=1.0,
    author="a test",
    registered_on=date(2018, 12, 1),
)
KNOWN = panel(48)  # 2015-01 to 2018-12: the first period ahead is 2019-01
ROW = {
    "event_id": "one",
    "scenario": "test",
    "kind": "first_application",
    "nationalities": "SYR",
    "first": "2026-01",
    "last": "2026-06",
    "shape": "pulse",
    "low": 0.5,
    "high": 2.0,
    "probability": 0.5,
    "author": "a test",
    "reason": "to test",
    "known": "nothing",
    "assumed": "all",
    "source": "none",
    "registered_on": "2025-12-01",
}


def coherent(draws: int = 50, horizon: int = 6, seed: int = 3) -> np.ndarray:
    parts = np.random.default_rng(seed).gamma(2.0, 20.0, (draws, 3, horizon))
    return np.concatenate([parts, parts.sum(axis=1, keepdims=True)], axis=1)


def laid(event: Event, paths: np.ndarray, seed: int = 1) -> np.ndarray:
    return overlay(paths, KNOWN, [event], np.random.default_rng([seed, 2]))


def register(*changes: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([ROW | {"event_id": f"e{k}"} | change for k, change in enumerate(changes)])


events = st.builds(
    replace,
    st.just(EVENT),
    nationalities=st.sampled_from([("N0",), ("N1", "N2"), ("*",), ("ZZZ",)]),
    shape=st.sampled_from(["pulse", "step", "decay"]),
    low=st.floats(0.01, 1),
    high=st.floats(1, 100),
    probability=st.floats(0, 1),
)


@given(event=events, seed=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_an_event_of_probability_zero_leaves_every_bit_as_it_was(event: Event, seed: int):
    base = coherent(seed=seed)
    assert laid(replace(event, probability=0.0), base, seed).tobytes() == base.tobytes()


@given(event=events, seed=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_an_event_outside_the_window_leaves_every_bit_as_it_was(event: Event, seed: int):
    base = coherent(seed=seed)
    assert laid(replace(event, first="2021-01", last="2021-06"), base, seed).tobytes() == base.tobytes()


@given(pair=st.tuples(events, events), seed=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_overlaid_paths_are_finite_not_negative_and_add_up(pair: tuple[Event, Event], seed: int):
    two = [pair[0], replace(pair[1], event_id="two")]
    found = overlay(coherent(seed=seed), KNOWN, two, np.random.default_rng([seed, 2]))
    assert np.isfinite(found).all() and (found >= 0).all()
    np.testing.assert_allclose(found[:, -1], found[:, :-1].sum(axis=1), rtol=1e-12)


@given(event=events)
@settings(max_examples=60, deadline=None)
def test_the_multiplier_stays_between_one_and_the_registered_range(event: Event):
    base = coherent()
    ratio = laid(event, base)[:, :-1] / base[:, :-1]
    assert ratio.min() >= event.low - 1e-9 and ratio.max() <= event.high + 1e-9


def test_only_the_series_and_months_named_change():
    base = coherent()
    changed = laid(EVENT, base) != base
    assert changed[:, 0, 1:4].all() and changed[:, -1, 1:4].all()
    assert not changed[:, 1:3].any() and not changed[:, :, [0, 4, 5]].any()


def test_the_event_happens_on_as_many_paths_as_its_probability_says():
    base = coherent(draws=4000)
    is_hit = (laid(replace(EVENT, probability=0.3), base) != base)[:, 0, 1]
    assert 0.27 < is_hit.mean() < 0.33


def test_the_multiplier_is_log_uniform_so_that_its_middle_is_the_geometric_mean():
    base = coherent(draws=4000)
    ratio = (laid(replace(EVENT, low=0.25, high=4.0), base) / base)[:, 0, 1]
    assert np.median(ratio) == pytest.approx(1, abs=0.08)
    assert np.quantile(ratio, 0.25) == pytest.approx(0.5, abs=0.05)


def test_two_events_of_one_scenario_multiply():
    base = coherent()
    halved = replace(EVENT, low=0.5, high=0.5)
    found = overlay(base, KNOWN, [halved, replace(halved, event_id="two")], np.random.default_rng(1))
    np.testing.assert_allclose(found[:, 0, 1], base[:, 0, 1] / 4)


def test_the_order_of_the_register_changes_nothing():
    both = [EVENT, replace(EVENT, event_id="two", nationalities=("N1",), low=1, high=3)]
    one, other = (overlay(coherent(), KNOWN, e, np.random.default_rng(1)) for e in (both, both[::-1]))
    assert one.tobytes() == other.tobytes()


def test_a_decay_begins_in_full_and_ends_at_five_percent():
    start = CALENDAR["month"].number(2019, 1)
    shape = shape_of(replace(EVENT, shape="decay"), CALENDAR["month"], start, 6)
    np.testing.assert_allclose(shape, [0, 1, 0.05**0.5, 0.05, 0, 0])


def test_a_step_without_an_end_holds_to_the_last_period_ahead():
    start = CALENDAR["month"].number(2019, 1)
    assert shape_of(replace(EVENT, last=""), CALENDAR["month"], start, 6).tolist() == [0, 1, 1, 1, 1, 1]


def test_a_window_in_another_frequency_than_the_forecast_is_refused():
    with pytest.raises(ForecastError, match="in quarters"):
        shape_of(EVENT, CALENDAR["quarter"], CALENDAR["quarter"].number(2019, 1), 4)


@pytest.mark.parametrize(
    "change,said",
    [
        ({"probability": 1.2}, "row 1, column probability"),
        ({"probability": -0.1}, "row 1, column probability"),
        ({"low": 2.0, "high": 0.5}, "row 1, column low"),
        ({"low": 0.0}, "row 1, column low"),
        ({"first": "2026-06", "last": "2026-01"}, "row 1, column last: the window ends before it begins"),
        ({"last": "2026Q2"}, "row 1, column last: expected a month"),
        ({"last": None}, "only a step may have no end"),
        ({"first": "2026-13"}, "row 1, column first"),
        ({"nationalities": "SYR SYR"}, "stands twice"),
        ({"nationalities": "Syrie"}, "row 1, column nationalities"),
        ({"shape": "spike"}, "row 1, column shape"),
        ({"scenario": "base"}, "row 1, column scenario"),
        ({"scenario": "mpp-2025"}, "row 1, column scenario"),
        ({"author": " "}, "row 1, column author"),
        ({"registered_on": "2026-02-31"}, "row 1, column registered_on"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_by_row_and_column(change: dict[str, object], said: str):
    with pytest.raises(TableError, match=said):
        events_of(register(change))


def test_the_same_event_under_two_names_is_refused():
    with pytest.raises(TableError, match="row 2, column nationalities: e0 has the same"):
        events_of(register({}, {"nationalities": "ERI SYR"}))


def test_events_of_two_scenarios_may_overlap():
    assert len(events_of(register({}, {"scenario": "other"}))) == 2


@pytest.mark.parametrize(
    "registered,hindsight",
    [("2025-12-31", "none"), ("2026-01-31", "none"), ("2026-02-01", "part"), ("2026-07-01", "whole")],
)
def test_a_registration_after_the_window_began_is_hindsight(registered: str, hindsight: str):
    assert events_of(register({"registered_on": registered}))[0].hindsight == hindsight


def test_the_notes_name_hindsight_a_window_outside_and_series_that_are_not_there():
    late = replace(EVENT, registered_on=date(2019, 3, 1))
    past = replace(EVENT, event_id="past", first="2018-01", last="2018-06")
    begun = replace(EVENT, event_id="begun", first="2018-11")
    other = replace(EVENT, event_id="other", nationalities=("ZZZ",))
    said = " ".join(notes_on([late, past, begun, other], KNOWN, 6))
    for words in ("Hindsight: one", "past lies outside", "begun began before", "other names no series"):
        assert words in said
    assert notes_on([EVENT], KNOWN, 6) == ()


# The shipped register, and the Syrian break


@pytest.fixture(scope="module")
def dutch():
    return panel_of(shipped_inflow(), kind="first_application")


@pytest.fixture(scope="module")
def syria():
    return next(event for event in events_of(shipped_events()) if event.event_id == "syria-2024")


def test_every_shipped_event_has_a_reason_a_source_facts_and_assumptions_apart():
    frame = shipped_events()
    assert (frame[["author", "reason", "source", "known", "assumed"]].map(len) > 5).all(axis=None)
    wanted = {"covid-2020", "kabul-2021", "queue-2022", "syria-2024", "eritrea-2025", "pact-2026"}
    assert set(frame["scenario"]) == wanted and len(events_of(frame)) == len(frame)


def test_every_shipped_event_is_flagged_as_hindsight():
    assert {event.hindsight for event in events_of(shipped_events())} == {"part", "whole"}


def test_the_range_of_the_syrian_event_is_that_of_earlier_falls(dutch, syria):
    known = falls(dutch, "2024-12")
    assert len(known) > 20
    assert (syria.low, syria.high) == (round(known.min(), 2), round(known.max(), 2))


def test_earlier_falls_do_not_look_beyond_their_date(dutch):
    changed = dutch.values.copy()
    changed[dutch.length_at("2024-12") :] = 0
    np.testing.assert_array_equal(falls(replace(dutch, values=changed), "2024-12"), falls(dutch, "2024-12"))


def test_the_syrian_replay_cuts_the_wis_of_the_year_after_by_thirty_percent_or_more(dutch, syria):
    found = replay(dutch, [syria], "2024-12", "SYR")
    print(found.sentence)
    assert found.months == 12 and found.gain >= 0.30


def test_the_same_overlay_costs_in_a_year_in_which_it_was_wrong(dutch, syria):
    found = replay(dutch, [moved(syria, dutch, -24)], "2022-12", "SYR")
    print(found.sentence)
    assert found.months == 12 and found.gain < 0


def test_a_replay_without_probability_gains_nothing(dutch, syria):
    found = replay(dutch, [replace(syria, probability=0.0)], "2024-12", "SYR", paths=50)
    assert found.base == found.overlaid


def test_a_replay_sees_nothing_after_its_origin(dutch, syria):
    changed = dutch.values.copy()
    changed[dutch.length_at("2024-12") :] *= 3
    made = (
        replayed_paths(p, [syria], "2024-12", "path_fast", 12, 50, 1) for p in (dutch, replace(dutch, values=changed))
    )
    for then, now in zip(*made, strict=True):
        assert then.tobytes() == now.tobytes()


# Intake control


def test_a_last_count_ten_times_as_large_as_usual_is_shown_to_a_person():
    counts = {"N0": [100.0, 110.0] * 24, "N1": [60.0, 50.0] * 24}
    counts["N0"][-1] = 1100.0
    found = {one.series: one for one in surprises(panel_of(rows(counts)))}
    assert "N0" in found and "N1" not in found
    assert found["N0"].error > 4 and found["N0"].persons == 1100 and 90 < found["N0"].expected < 120
    assert "used as it stands" in found["N0"].sentence


def test_a_last_count_as_always_is_no_surprise():
    assert surprises(panel_of(rows({"N0": [100.0, 110.0] * 24, "N1": [60.0, 50.0] * 24}))) == ()


def test_intake_control_deletes_nothing():
    given_panel = panel_of(rows({"N0": [100.0] * 47 + [5000.0]}))
    before = given_panel.values.copy()
    surprises(given_panel)
    np.testing.assert_array_equal(given_panel.values, before)

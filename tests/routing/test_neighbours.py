"""The five closed cases that the model treats most alike: hours only, and no hours of one case alone."""

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.routing.routing_model import REGISTER, before_the_pact, example, neighbours

from triage.domain.case import Moment
from triage.domain.errors import BundleError
from triage.routing.neighbours import FEWEST, SHARED_BY, SHOWN, TREES, Neighbours, shared_hours

HOURS = st.integers(SHARED_BY, 300).flatmap(lambda n: arrays(float, n, elements=st.floats(0.5, 500)))


@given(HOURS)
def test_every_figure_is_shared_by_ten_cases_or_more(hours):
    assert min(Counter(shared_hours(hours).tolist()).values()) >= SHARED_BY


@given(HOURS)
def test_shared_figures_keep_the_order_of_the_hours(hours):
    assert (np.diff(shared_hours(hours)[np.argsort(hours, kind="stable")]) >= 0).all()


@pytest.mark.parametrize("moment", Moment)
def test_five_hours_are_shown_lowest_first(moment):
    found = neighbours().nearest(before_the_pact(1, moment)[0], example().model)
    assert len(found) == SHOWN and list(found) == sorted(found) and set(found) <= set(neighbours().hours.tolist())


def test_near_cases_say_more_of_the_work_than_far_ones():
    closed = example().labels.labelled.tail(800)
    half = Neighbours.of(example().model, closed.iloc[:600])
    asked = closed.iloc[600:]
    near = [np.median(half.nearest(one, example().model)) for one in REGISTER.intakes(asked, Moment.REGISTERED)]
    hours = asked["label_hours"].to_numpy()
    assert np.abs(near - hours).mean() < np.abs(np.median(half.hours) - hours).mean()


def test_the_index_survives_its_text():
    again = Neighbours.of_text(neighbours().to_text())
    assert np.array_equal(again.hours, neighbours().hours) and again.every == neighbours().every > 1
    assert all(np.array_equal(again.leaves[moment], neighbours().leaves[moment]) for moment in Moment)


def test_the_index_holds_hours_and_leaves_and_nothing_else():
    plain = json.loads(neighbours().to_text())
    assert set(plain) == {"hours", "every", "leaves"} and set(plain["leaves"]) == set(Moment)


def test_the_index_keeps_no_more_trees_than_it_needs():
    assert all(TREES <= leaves.shape[1] < 2 * TREES for leaves in neighbours().leaves.values())


def test_too_few_closed_cases_give_no_index():
    assert Neighbours.of(example().model, example().labels.labelled.tail(FEWEST - 1)) is None


@pytest.mark.parametrize(
    "text", ["", "{}", '{"hours": [1], "every": 1, "leaves": {"identified": {"trees": 2, "bytes": "AAAA"}}}']
)
def test_a_torn_index_is_refused(text):
    with pytest.raises(BundleError, match="neighbours"):
        Neighbours.of_text(text)


def test_an_index_never_unpacks_to_more_than_it_says():
    plain = json.loads(neighbours().to_text())
    plain["leaves"]["identified"]["trees"] = 3
    assert Neighbours.of_text(json.dumps(plain)).leaves[Moment.IDENTIFIED].shape == (len(plain["hours"]), 3)

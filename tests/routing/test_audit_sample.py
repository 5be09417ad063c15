"""The audit sample: random, keyed, one arm per case for ever; it hides what the model says and never the law."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, kstest

from triage.domain.case import Depth, Intake, Moment, Outcome, Prediction
from triage.domain.records import Arm
from triage.law.book import LawBook
from triage.routing.audit_sample import AuditSample, drawn, without_advice
from triage.routing.policy import Policy
from triage.routing.suggest import NO_ADVICE, suggest

LAW = LawBook.load()
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = b"0123456789abcdef0123456789abcdef"
SAMPLE = AuditSample(KEY, 0.025)
IDS = [f"A-{number:06d}" for number in range(20_000)]
CHANCE = 1e-4  # of one count outside its bounds while all is well
#: A whole suggestion of each kind: a depth is advised, or nothing is.
SAYS_HEAVY, SAYS_NOTHING = (0.02, 0.08, 0.9), (0.1, 0.85, 0.05)


class Model:
    """Says the same of every case."""

    def __init__(self, probabilities):
        self.features, self.probabilities = self, probabilities

    def unmet(self, intake):
        return ()

    def predict_one(self, intake):
        classes = ("light", "standard", "heavy")
        return Prediction(classes, self.probabilities, 8.0, 20.0, 40.0, 22.0, (5.0, 0.5), ("heavy",), True, "model-1")

    def contributions(self, intake):
        return [("family_size", 0.4)]


def case(case_id="case-1", **facts):
    return Intake(case_id, date(2026, 7, 1), Moment.REGISTERED, {"eurodac_hit": "none", "family_size": 3} | facts)


def whole(model, intake=None):
    intake = intake or case()
    options = LAW.options(intake)
    deadlines = LAW.deadlines(intake, options.standing_route)
    return suggest(intake, options, deadlines, model, Policy(), "s-1", NOW), options.depths


def an_id(kind: str) -> str:
    """A case that is hidden, shown, cover or none of these."""
    kinds = {name: (SAMPLE.covers(name) and "cover") or SAMPLE.arm(name).value for name in IDS[:2000]}
    return next(name for name, found in kinds.items() if found == kind)


def shown(kind, probabilities, **facts):
    return drawn(*whole(Model(probabilities), case(an_id(kind), **facts)), SAMPLE)


# Who is in it --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.02, 0.025, 0.03])
@pytest.mark.parametrize("key", [KEY, b"f" * 32, b"another key of thirty-two signs!!"])
def test_arms_have_their_shares_of_20_000_cases_within_binomial_bounds(key, share):
    sample = AuditSample(key, share)
    arms = [sample.arm(name) for name in IDS]
    for arm, chance in ((Arm.HIDDEN, share / 2), (Arm.SHOWN, share / 2), (Arm.NONE, 1 - share)):
        low, high = binom.ppf([CHANCE / 2, 1 - CHANCE / 2], len(IDS), chance)
        assert low <= arms.count(arm) <= high, (arm, arms.count(arm))


def test_places_of_consecutive_case_ids_are_even():
    assert kstest([SAMPLE._place(name) for name in IDS], "uniform").pvalue > CHANCE


def test_neighbouring_case_ids_are_drawn_apart():
    places = np.array([SAMPLE._place(name) for name in IDS])
    assert abs(np.corrcoef(places[:-1], places[1:])[0, 1]) < 4 / np.sqrt(len(IDS))


@given(st.text(min_size=1, max_size=64), st.floats(0, 0.5), st.binary(min_size=32, max_size=64))
def test_a_case_has_one_arm_for_ever_and_cover_is_never_in_the_sample(case_id, share, key):
    sample = AuditSample(key, share)
    assert sample.arm(case_id) is AuditSample(bytes(key), share).arm(case_id)
    assert not (sample.covers(case_id) and sample.arm(case_id) is not Arm.NONE)


def test_facts_and_moment_do_not_change_the_arm():
    first = drawn(*whole(Model(SAYS_HEAVY), case(an_id("hidden"))), SAMPLE)[1]
    later = drawn(*whole(Model(SAYS_NOTHING), case(an_id("hidden"), documents="none")), SAMPLE)[1]
    assert first.arm is later.arm is Arm.HIDDEN


def test_another_key_draws_another_sample():
    other = AuditSample(b"another key of thirty-two signs!!", 0.025)
    mine, theirs = ({name for name in IDS if s.arm(name) is not Arm.NONE} for s in (SAMPLE, other))
    both = len(mine & theirs)
    assert both <= binom.ppf(1 - CHANCE, len(IDS), 0.025**2) and SAMPLE.key_id != other.key_id


def test_a_share_of_nothing_draws_nobody():
    sample = AuditSample(KEY, 0.0)
    assert not any(sample.covers(name) or sample.arm(name) is not Arm.NONE for name in IDS[:2000])


def test_the_key_stands_in_no_text_of_the_sample():
    assert KEY.decode() not in f"{SAMPLE!r}{SAMPLE.key_id}" and KEY.hex() not in SAMPLE.key_id


# What is hidden ------------------------------------------------------------------------------------------------------


def test_hidden_advice_leaves_exactly_what_a_case_without_a_model_has():
    made, depths = whole(Model(SAYS_HEAVY), case())
    without, _ = whole(None, case())
    assert made.outcome is Outcome.SUGGESTION
    assert without_advice(made, depths[Depth.STANDARD]) == replace(without, reason_codes=(NO_ADVICE,))


@pytest.mark.parametrize("kind", ["hidden", "cover"])
def test_hidden_and_cover_look_the_same_whatever_the_model_says(kind):
    made, _ = shown(kind, SAYS_NOTHING)
    hidden, _ = shown("hidden", SAYS_HEAVY)
    assert replace(made, case_id="") == replace(hidden, case_id="")


def test_the_whole_advice_is_logged_where_it_is_hidden():
    made, log = shown("hidden", SAYS_HEAVY)
    assert (made.prediction, made.model_version, made.reasons) == (None, None, ())
    assert log.whole.depth is Depth.HEAVY and log.whole.prediction is not None and log.whole.reasons


@pytest.mark.parametrize("kind", ["shown", "none", "cover"])
def test_advice_of_a_depth_is_never_held_back_outside_the_hidden_arm(kind):
    made, log = shown(kind, SAYS_HEAVY)
    assert made.outcome is Outcome.SUGGESTION and log.whole is None


@pytest.mark.parametrize("kind", ["hidden", "cover"])
def test_what_a_rule_decides_is_shown_in_every_arm(kind):
    made, log = shown(kind, SAYS_HEAVY, eurodac_hit="applied", unaccompanied_minor=False)
    assert made.outcome is Outcome.RULE and log.whole is None


def test_without_a_model_there_is_nothing_to_hide():
    made, log = drawn(*whole(None, case(an_id("hidden"))), SAMPLE)
    assert made.reason_codes == ("NO_MODEL",) and (log.arm, log.whole) == (Arm.HIDDEN, None)


def test_without_a_sample_all_is_shown_and_no_arm_is_logged():
    made, log = drawn(*whole(Model(SAYS_HEAVY)), None)
    assert made.prediction is not None and (log.arm, log.key_id) == (Arm.NONE, "")


def test_most_cases_that_look_hidden_are_not_in_the_sample():
    """Of four cases not sure to one advised, as on the made-up world: who sees the look should guess no."""
    looks = [(SAMPLE.arm(name), number % 5 == 0) for number, name in enumerate(IDS)]
    hidden = sum(arm is Arm.HIDDEN for arm, _ in looks)
    cover = sum(SAMPLE.covers(name) and not advised for name, (_, advised) in zip(IDS, looks, strict=True))
    assert cover > hidden

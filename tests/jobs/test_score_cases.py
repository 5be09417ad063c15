"""Scoring a table: as each case alone, with the terms of its own where no law speaks, and quick enough."""

import time
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from tests.routing.routing_model import REGISTER, example

from triage.domain.case import Depth, Moment, Outcome
from triage.domain.facts import Register
from triage.jobs.predict_work import predict_work
from triage.jobs.score_cases import score_cases
from triage.routing.policy import Policy
from triage.routing.suggest import advise, chance_late

MADE = example()
SOME = pd.concat([MADE.labels.cases.tail(300), MADE.later.head(100)]).reset_index(drop=True)
OTHER = Register.of({"classes": {"names": ["light", "standard", "heavy"], "cutoffs_hours": [14.0, 26.0]}, "facts": [
    {"name": fact.name, "type": fact.kind, "moment": str(fact.moment), "values": list(fact.values), "in_model": "yes"}
    for fact in REGISTER.model_facts()
]}, "other.toml")  # fmt: skip


def scored(cases=SOME, moment=Moment.REGISTERED, register=REGISTER, law=MADE.law, policy=MADE.policy, **more):
    return score_cases(cases, MADE.model, register, moment, law, policy, **more)


@pytest.mark.parametrize("moment", Moment)
def test_every_case_of_a_table_is_scored_as_it_is_alone(moment):
    intakes, scores = REGISTER.intakes(SOME, moment), scored(moment=moment)
    for intake, row in zip(intakes, scores.to_dict("records"), strict=True):
        options = MADE.law.options(intake)
        ends = MADE.law.deadlines(intake, options.standing_route).lawful
        prediction = MADE.model.predict_one(intake)
        late = chance_late(prediction.log_days, intake.lodged, ends)
        assert row["p_late"] == pytest.approx(np.nan if late is None else late, nan_ok=True)
        if options.decided:
            assert (row["outcome"], row["route"], row["law_route"]) == (Outcome.RULE, *[options.decided.route] * 2)
            continue
        said = advise(intake, options, prediction, MADE.policy, MADE.model.features.unmet(intake))
        assert (row["outcome"], row["route"]) == (said.outcome, said.depth)
        assert row["law_route"] == options.depths[said.depth] and row["reason_codes"] == "|".join(said.codes)


def test_all_three_outcomes_occur_among_these_cases():
    assert set(scored()["outcome"]) == set(Outcome)


def test_hours_are_saved_only_where_another_depth_is_advised():
    scores = scored()
    saves = scores["outcome"] == "suggestion"
    assert (scores.loc[saves, "hours_saved"] > MADE.policy.margin_hours).all()
    assert (scores.loc[~saves, "hours_saved"] == 0).all()


def test_at_phi_0_no_advice_saves_hours():
    assert scored()["hours_saved_phi0"].abs().max() < 1e-9


def test_only_a_term_that_is_not_known_leaves_a_cell_empty():
    assert list(scored().columns[scored().isna().any()]) in ([], ["p_late"])


@pytest.mark.parametrize(
    ("columns", "days"),
    [({"term_ends": 100}, 100), ({"term_ends": 100, "term_ends_lawful": 60}, 60), ({"term_ends": -3}, -3)],
)
def test_without_law_the_term_is_that_of_the_table_the_lawful_one_first(columns, days):
    own = SOME.assign(**{name: SOME["lodged_on"] + timedelta(n) for name, n in columns.items()})
    scores, said = scored(own, register=OTHER, law=None), MADE.model.predict(own, Moment.REGISTERED)
    mean, sd = said["log_days_mean"].iloc[0], said["log_days_sd"].iloc[0]
    lodged = own["lodged_on"].iloc[0].date()
    assert scores["p_late"].iloc[0] == pytest.approx(chance_late((mean, sd), lodged, lodged + timedelta(days)))
    assert scores["p_late"].between(0, 1).all()


def test_a_case_without_a_lawful_term_has_that_of_the_applied_one():
    ends = SOME["lodged_on"] + timedelta(100)
    both = SOME.assign(term_ends=ends, term_ends_lawful=pd.NaT)
    pd.testing.assert_frame_equal(
        scored(both, register=OTHER, law=None), scored(SOME.assign(term_ends=ends), register=OTHER, law=None)
    )


def test_without_law_and_without_terms_nothing_is_said_of_lateness():
    assert scored(register=OTHER, law=None)["p_late"].isna().all()


def test_old_cases_pay_the_price_of_the_whole_cap():
    today = date(2027, 6, 1)
    new, old = (scored(on=on)["route"].eq("heavy").sum() for on in (None, today))
    prices = [MADE.policy.prices_for(Moment.REGISTERED, age)[Depth.HEAVY] for age in (0, 365)]
    assert prices[0] > prices[1] and old >= new


def test_a_price_of_a_plan_goes_before_that_of_the_policy():
    assert not scored(prices={Depth.HEAVY: 1000.0})["route"].eq("heavy").any()


def test_a_plan_may_give_each_case_a_price_of_its_own():
    dear = np.arange(len(SOME)) % 2 == 0
    scores = scored(prices=pd.DataFrame({"heavy": np.where(dear, 1000.0, 0.0)}, index=SOME.index))
    free = scored(prices={Depth.HEAVY: 0.0})
    assert not scores.loc[dear, "route"].eq("heavy").any()
    pd.testing.assert_frame_equal(scores.loc[~dear], free.loc[~dear])


def test_the_order_of_the_cases_does_not_matter():
    back = scored(SOME.iloc[::-1]).iloc[::-1]
    pd.testing.assert_frame_equal(back, scored(), check_exact=False)


def test_an_empty_table_gives_an_empty_answer():
    assert list(scored(SOME.head(0)).columns) == list(scored().columns) and len(scored(SOME.head(0))) == 0


def test_a_table_is_scored_much_quicker_than_case_by_case():
    cases = pd.concat([SOME] * 5).reset_index(drop=True)
    scored(cases)  # what the law has heard before it answers at once, in both
    start = time.process_time()
    scored(cases)
    table = time.process_time() - start
    intakes = REGISTER.intakes(cases, Moment.REGISTERED)
    start = time.process_time()
    predict_work(intakes, MADE.model, MADE.law)
    assert table < (time.process_time() - start) / 1.5


def test_a_policy_of_another_model_is_refused():
    with pytest.raises(Exception, match="knows 3 classes of work, the policy 2"):
        scored(policy=Policy(hours={"short": 10.0, "long": 30.0}))

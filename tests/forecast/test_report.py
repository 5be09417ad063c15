"""The report says in words what went wrong, and stands alone."""

import re

import numpy as np
import pytest
from forecast_examples import panel_of, rows

from triage.forecast.backtest import outcomes, run_trial, score_trials
from triage.forecast.report import in_words, report_html, score_table, scores_document, worst_months

ORIGINS = ["2017-06", "2017-09", "2017-12"]


@pytest.fixture(scope="module")
def scored():
    """Two quiet series, of which the second explodes in March 2018."""
    quiet = [40.0 + 3 * (k % 4) for k in range(48)]
    loud = [*quiet[:38], 900.0, *quiet[39:]]
    history = panel_of(rows({"AAA": quiet, "BBB": loud}))
    trials = [run_trial(m, history, ORIGINS, 6) for m in ("seasonal_naive", "naive", "path_fast")]
    return history, trials, score_trials(trials, history, ORIGINS, 6, champion="naive")


def test_the_worst_month_is_told_with_what_was_forecast_and_what_came(scored):
    history, trials, _ = scored
    y = outcomes(history, ORIGINS, 6)
    worst = worst_months(trials[2], history, ORIGINS, y)
    said = in_words(trials[2], history, ORIGINS, y, worst[0])
    assert len(worst) == 3
    assert re.match(r"BBB in 2018-03: from 2017-\d\d, [36] months before, path_fast expected \d+ with 90 %", said)
    assert re.search(r"900 came, [\d,]+ above it\.$", said)


def test_no_month_is_told_twice(scored):
    history, trials, _ = scored
    y = outcomes(history, ORIGINS, 6)
    worst = worst_months(trials[1], history, ORIGINS, y)
    assert len({history.length_at(ORIGINS[m.origin]) + m.step for m in worst}) == 3


def test_the_page_has_every_picture_and_fetches_nothing(scored):
    history, trials, scores = scored
    page = report_html(scores, trials, history, ORIGINS, 6)
    for title in ("Coverage of", "Calibration (PIT)", "WIS by origin", "What we missed", "What was tried", "Settings"):
        assert title in page
    assert len(re.findall(r"BBB in 2018-03: from", page)) == 1
    assert not re.search(r"<script|src=|@import|url\(|href=.?https?:", page)


def test_the_test_stands_beside_every_difference_on_the_terminal(scored):
    _, _, scores = scored
    told = score_table(scores)
    for name in ("the reference (seasonal_naive)", "the best model", "the champion (naive)"):
        assert f"minus that of {name}" in told
    assert told.count("97.5 %") == 3


def test_scores_of_a_file_hold_no_number_that_is_none(scored):
    history, _, scores = scored
    document = scores_document(scores, history, ORIGINS, 6, 12345)
    assert {"against_seasonal_naive", "against_best", "against_champion"} <= set(document["models"]["path_fast"])
    assert document["models"]["path_fast"]["overall"]["sums"]["relWIS"] is None  # six months are no year


def test_a_month_that_is_not_known_is_never_the_worst(scored):
    history, _, _ = scored
    late = ["2018-08", "2018-10"]
    trial = run_trial("naive", history, late, 6)
    y = outcomes(history, late, 6)
    assert all(np.isfinite(y[m.origin, m.step, m.series]) for m in worst_months(trial, history, late, y))

"""The study says beforehand what is compared, and counts no gain that somebody else pays for."""

from dataclasses import replace

import numpy as np
import pytest
from policy_examples import SMALL, knowing, pool_of

from triage.simulation.policies import simulate
from triage.simulation.policy_charts import shown_arms
from triage.simulation.policy_document import claim, document, label, table_text
from triage.simulation.policy_report import report_html
from triage.simulation.policy_study import (
    MAIN,
    answers,
    broken_guardrails,
    contrasts,
    decomposition,
    goals,
    points,
    share_of_perfect,
    study_of,
    with_phi,
)

POOL = pool_of()
MODEL = "model_registered"
CROWDED = replace(SMALL, load=1.1)
STUDY = study_of(CROWDED, MODEL, (MODEL, "perfect"))
ABOUT = {
    "made_up_cases": 300,
    "snapshot": "2025-06-30",
    "pool_lodged": "2025-07-01 to 2026-06-11",
    "pool_cases": 300,
    "model_version": "m",
    "policy_version": "p",
    "cap_heavy": 0.25,
    "margin_hours": 0.5,
    "believed_phi": {"over": 0.15, "under": 0.25},
}


@pytest.fixture(scope="module")
def results():
    known = knowing(POOL)["perfect"]
    advisors = {MODEL: known, "perfect": known}
    found = {name: {arm.name: [] for arm in arms} for name, arms in STUDY.arms.items()}
    for number in range(3):
        for name, arms in STUDY.arms.items():
            for arm, outcome in simulate(STUDY.cells[name], arms, POOL, advisors, 1, number).items():
                found[name][arm].append(outcome)
    return found


@pytest.fixture(scope="module")
def told(results):
    return document(STUDY, results, POOL, {"seed": 1}, ABOUT)


@pytest.fixture(scope="module")
def page(results, told):
    return report_html(STUDY, results, POOL, told)


def test_the_first_contrast_is_the_goal():
    first = contrasts(STUDY)[0]
    assert (first.arm, first.against, first.cell) == (STUDY.best, "A", MAIN)


def test_every_contrast_names_arms_that_are_run():
    names = {cell: {arm.name for arm in arms} for cell, arms in STUDY.arms.items()}
    assert all({c.arm, c.against} <= names[c.cell] for c in contrasts(STUDY))


@pytest.mark.parametrize("main", [replace(SMALL, load=0.95), with_phi(SMALL, "0"), replace(SMALL, stock_weeks=12)])
def test_another_main_setting_leaves_no_contrast_without_its_setting(main):
    study = study_of(main, MODEL)
    assert {c.cell for c in contrasts(study)} <= set(study.cells) and contrasts(study)[0].cell == MAIN


def test_the_main_setting_alone_has_its_own_contrasts_only():
    study = study_of(SMALL, MODEL, main_only=True)
    assert set(study.cells) == {MAIN} == {c.cell for c in contrasts(study)}


def test_every_setting_differs_from_the_main_one_in_one_factor():
    for name, cell in STUDY.cells.items():
        factors = ("load", "stock_weeks", "flexible", "procedure")
        assert sum(getattr(cell, f) != getattr(CROWDED, f) for f in factors) == (name != MAIN)


def test_a_class_of_work_that_loses_more_than_two_points_breaks_the_guardrail(results):
    base = results[MAIN]["A"]
    fallen = [replace(o, within_by_kind=o.within_by_kind - np.array([0, 0, 0.03])) for o in base]
    assert broken_guardrails(fallen, base, POOL.kinds, POOL.groups) == ("heavy -3.0 points",)


def test_a_nationality_group_that_loses_more_than_two_points_breaks_it_too(results):
    base = results[MAIN]["A"]
    fallen = [replace(o, within_by_group=o.within_by_group - np.array([0, 0.03])) for o in base]
    assert broken_guardrails(fallen, base, POOL.kinds, POOL.groups) == ("XXX -3.0 points",)


@pytest.mark.parametrize("decided_at_last", [False, True])
def test_parking_one_in_fifty_cases_breaks_the_guardrail_on_age(results, decided_at_last):
    base = results[MAIN]["A"]
    parked = []
    for o in base:
        ended, decided, count = o.ended.copy(), o.ended_decided.copy(), int(o.ended.sum() * 0.02)
        at = int(np.argmax(decided))
        ended[at], decided[at] = ended[at] - count, decided[at] - count
        ended[-1] += count
        decided[-1] += count * decided_at_last
        parked.append(replace(o, ended=ended, ended_decided=decided))
    assert broken_guardrails(parked, base, POOL.kinds, POOL.groups) == ("99 % decided more than 26 weeks later",)


def test_a_gain_with_a_broken_guardrail_is_not_counted(results):
    better = [replace(o, within=o.within + 0.2 + 0.001 * k, within_by_kind=o.within_by_kind - 0.1) for k, o in
              enumerate(results[MAIN]["A"])]  # fmt: skip
    bent = {name: dict(arms) for name, arms in results.items()}
    bent[MAIN][STUDY.best] = better
    assert answers(STUDY, bent, POOL.kinds, POOL.groups)[0].verdict == "not counted: a guardrail fell"


def test_an_arm_against_itself_differs_by_nothing(results):
    found = points(results[MAIN]["A"], results[MAIN]["A"])
    assert (found.mean, found.low, found.high) == (0.0, 0.0, 0.0)


def test_who_knows_as_much_as_the_perfect_class_has_all_of_its_gain(results):
    main = results[MAIN]
    assert share_of_perfect(main[STUDY.best], main["A"], main[STUDY.perfect]) == pytest.approx(1.0)


def test_where_there_is_nothing_to_gain_no_share_is_told(results):
    base = results[MAIN]["A"]
    assert share_of_perfect(base, base, base) is None


def test_hours_saved_and_order_add_up_to_the_gain(results):
    parts = decomposition(STUDY, results)
    assert parts.hours.mean + parts.order.mean == pytest.approx(parts.whole.mean)


def test_the_figure_without_savings_is_reported_and_not_judged(results):
    assert [g.is_reached for g in goals(STUDY, results)][-1] is None


def test_a_goal_that_is_missed_is_told_as_missed(results):
    bent = {name: dict(arms) for name, arms in results.items()}
    bent[MAIN][STUDY.best] = bent[MAIN]["A"]
    assert goals(STUDY, bent)[0].is_reached is False


def test_the_claim_gives_the_gain_with_its_interval_and_the_gain_without_savings(results):
    gain = points(results[MAIN][STUDY.best], results[MAIN]["A"])
    said = claim(STUDY, results)
    assert f"{gain.mean:+.1f} [{gain.low:.1f}, {gain.high:.1f}]" in said and "saves no hours" in said


def test_the_document_says_that_all_is_made_up(told):
    assert told["made_up"] is True and any("made up" in line for line in told["assumptions"])


def test_the_terminal_shows_every_arm_and_every_goal(told):
    text = table_text(told)
    assert all(name in text for name in told["cells"][MAIN]["arms"])
    assert all(g["goal"] in text for g in told["goals"])


def test_the_page_needs_nothing_from_outside(page):
    links = page.replace("http://www.w3.org/2000/svg", "").replace("http://www.w3.org/1999/xlink", "")
    assert "http" not in links and "<script" not in page and page.count("<svg") >= 5


def test_the_page_says_what_is_assumed_and_names_every_arm(page, told):
    assert all(line.replace("'", "&#x27;") in page for line in told["assumptions"])
    assert all(label(name) in page.replace("&#x27;", "'") for name in told["cells"][MAIN]["arms"])


def test_pictures_show_one_route_first_and_the_perfect_class_last(results):
    shown = shown_arms(results[MAIN], ("B", "C", "D"), MODEL)
    assert shown[0] == "A" and shown[-1] == STUDY.perfect

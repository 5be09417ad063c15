"""What stands beside the model, through the jobs: the sample, the age of the model, and what a decision keeps."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from click.testing import CliRunner
from tests.flows.heavy_model import Model

from triage.adapters.settings import Settings
from triage.adapters.store import Store
from triage.domain.case import Depth, Intake, Moment, Outcome
from triage.domain.case_tables import CASES
from triage.domain.errors import FactError, NothingToDoError
from triage.domain.records import Arm
from triage.entrypoints.commands.tables import export
from triage.jobs.mark_audit_sample import mark_audit_sample
from triage.jobs.open_beside import has_policy_in_force, open_beside
from triage.jobs.record_decision import OFFICER_REASONS, reasons_to_choose, record_decision
from triage.jobs.report_overrides import decisions_of, report_overrides
from triage.jobs.suggest_route import BesideModel, suggest_route
from triage.law.book import LawBook
from triage.routing.audit_sample import AuditSample
from triage.routing.policy import Policy

LAW = LawBook.load()
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = date(2026, 11, 24)
SAMPLE = AuditSample(b"0123456789abcdef0123456789abcdef", 0.025)


@pytest.fixture
def store(tmp_path):
    opened = Store.open(f"sqlite:///{tmp_path / 'triage.db'}", lambda: NOW)
    opened.upgrade()
    return opened


def an_id(arm: Arm) -> str:
    return next(name for name in (f"C-{k:05d}" for k in range(3000)) if SAMPLE.arm(name) is arm)


def suggested(store, case_id="case-1", beside=None, at=NOW, **facts):
    intake = Intake(case_id, date(2026, 7, 1), Moment.REGISTERED, {"family_size": 3} | facts)
    store.receive([intake], "officer-1")
    return suggest_route(intake, LAW, Model(), None, store, lambda: at, "officer-1", beside=beside)


def decided(store, made, depth=Depth.HEAVY, code="KNOWS_MORE_ABOUT_CASE", officer="officer-1", at=NOW):
    return record_decision(made.suggestion_id, made.route, depth, officer, code, "", 1, store, lambda: at)


# The age of the model ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "code"), [(0, "SAVES_HOURS"), (-1, "MODEL_TOO_OLD")])
def test_a_model_advises_up_to_its_last_day_and_then_the_rules_speak_alone(store, days, code):
    made = suggested(store, beside=BesideModel(last_day=TODAY + timedelta(days=days)))
    assert made.reason_codes == (code,)
    assert (made.prediction is None) == (code == "MODEL_TOO_OLD")


def test_a_model_with_another_policy_than_the_one_in_force_does_not_advise(store):
    made = suggested(store, beside=BesideModel(has_policy_in_force=False))
    assert (made.outcome, made.depth, made.reason_codes) == (Outcome.NOT_SURE, Depth.STANDARD, ("MODEL_TOO_OLD",))


def test_a_rule_decides_whatever_the_age_of_the_model(store):
    old = BesideModel(last_day=date(2020, 1, 1))
    made = suggested(store, beside=old, eurodac_hit="applied", unaccompanied_minor=False)
    assert (made.outcome, made.reason_codes) == (Outcome.RULE, ("RULE_DECIDES",))


def test_the_last_day_counts_from_the_snapshot_of_learning(tmp_path):
    class Learned:
        class about:  # noqa: N801 - stands in for the model's own description
            learned_on = "2026-11-01"

    settings = Settings(home=str(tmp_path), model_max_age_days=10)
    assert open_beside(settings, Learned(), None).last_day == date(2026, 11, 11)


def test_a_policy_holds_while_it_has_the_figures_of_the_contract():
    holds = Policy(reserve_share=0.05, reserve_after_days=180)
    assert has_policy_in_force(holds) and not has_policy_in_force(replace(holds, phi_over=0.2))


def test_a_share_of_nothing_opens_no_sample_and_makes_no_key(tmp_path):
    assert open_beside(Settings(home=str(tmp_path), audit_share=0), None, None) == BesideModel()
    assert not list(tmp_path.iterdir())


# What a decision keeps -----------------------------------------------------------------------------------------------


def test_a_decision_keeps_when_the_advice_was_shown_and_how_long_it_lay_there(store, tmp_path):
    made = suggested(store)
    Store.open(f"sqlite:///{tmp_path / 'triage.db'}", lambda: NOW).mark_shown(made.suggestion_id, "officer-1")
    decision = decided(store, made, at=NOW + timedelta(seconds=90))
    assert (decision.shown_at, decision.dwell_seconds, decision.had_advice) == (NOW, 90.0, True)
    assert store.suggestion(made.suggestion_id).decision == decision


def test_a_decision_without_a_look_keeps_no_time(store):
    decision = decided(store, suggested(store))
    assert (decision.shown_at, decision.dwell_seconds) == (None, None)


def test_what_another_officer_looked_at_is_no_look_of_this_one(store):
    made = suggested(store)
    store.mark_shown(made.suggestion_id, "another")
    assert decided(store, made).shown_at is None


def test_a_decision_without_advice_is_logged_as_one_without(store):
    made = suggested(store, an_id(Arm.HIDDEN), BesideModel(SAMPLE))
    assert decided(store, made, code="OWN_CHOICE").had_advice is False


@pytest.mark.parametrize("officer", ["", "  "])
def test_a_decision_without_a_name_is_refused(store, officer):
    with pytest.raises(FactError, match="needs the officer"):
        decided(store, suggested(store), officer=officer)


def test_who_had_advice_cannot_say_there_was_none(store):
    with pytest.raises(FactError, match="OWN_CHOICE does not fit"):
        decided(store, suggested(store), code="OWN_CHOICE")


def test_following_and_deviating_have_the_same_number_of_reasons_to_choose_from(store):
    with_advice = reasons_to_choose(suggested(store))
    without = reasons_to_choose(suggested(store, an_id(Arm.HIDDEN), BesideModel(SAMPLE)))
    assert len(with_advice) == len(without) == len(OFFICER_REASONS) - 1
    assert ("AGREE" in without, "OWN_CHOICE" in with_advice) == (False, False)


# What evaluation reads -----------------------------------------------------------------------------------------------


def test_the_decision_log_has_what_was_advised_also_where_it_was_hidden(store):
    hidden, shown = (suggested(store, an_id(arm), BesideModel(SAMPLE)) for arm in (Arm.HIDDEN, Arm.SHOWN))
    decided(store, hidden, depth=Depth.STANDARD, code="OWN_CHOICE")
    decided(store, shown)
    lines = decisions_of(store, None).set_index("arm")
    assert lines.loc["hidden", ["advice", "advised_depth", "depth"]].tolist() == ["heavy", "heavy", "standard"]
    assert lines["had_advice"].to_dict() == {"hidden": False, "shown": True}


def test_booked_hours_come_from_the_cases_and_only_of_closed_ones(store):
    names = [an_id(Arm.HIDDEN), an_id(Arm.SHOWN)]
    for name in names:
        decided(store, suggested(store, name))
    columns = {"lodged_on": ["2026-07-01"] * 2, "hours_booked": [20.0, 7.0], "decided_on": ["2026-07-31", None]}
    lines = decisions_of(store, CASES.check(pd.DataFrame({"case_id": names} | columns))).set_index("case_id")
    assert lines.loc[names[0], ["hours_booked", "days"]].tolist() == [20.0, 30.0]
    assert lines.loc[names[1], ["hours_booked", "days"]].isna().all()


def test_without_decisions_there_is_nothing_to_report(store):
    with pytest.raises(NothingToDoError):
        report_overrides(decisions_of(store, None), Policy())


def test_with_a_few_decisions_the_report_says_that_it_is_too_few(store):
    decided(store, suggested(store))
    report = report_overrides(decisions_of(store, None), Policy())
    assert "fewer than 10 decisions with advice in every slice" in report.text
    assert "fewer than 10 decided cases in an arm" in report.text
    assert report.counts["decisions"] is None


def test_cases_for_learning_carry_the_audit_sample_and_no_other_export_does(store, tmp_path):
    names = [an_id(arm) for arm in Arm]
    for name in names:
        suggested(store, name, BesideModel(SAMPLE))
    frame = CASES.check(pd.DataFrame({"case_id": [*names, "not-in-log"], "lodged_on": ["2026-07-01"] * 4}))
    marked = mark_audit_sample(frame, store)
    assert marked["audit_sample"].tolist() == [False, True, True, None]
    store.publish("CASES", marked, "cases")
    for words, has_it in (([], False), (["--for-learning"], True)):
        out = tmp_path / f"{has_it}.csv"
        ran = CliRunner().invoke(export, ["CASES", *words, "--out", str(out)], obj=Settings(home=str(tmp_path)))
        assert ran.exit_code == 0 and ("audit_sample" in pd.read_csv(out).columns) == has_it


def test_the_key_stands_nowhere_in_the_store(tmp_path):
    settings = Settings(home=str(tmp_path))
    opened = Store.open(settings.store_url, lambda: NOW)
    opened.upgrade()
    suggested(opened, beside=open_beside(settings, None, None))
    opened.close()
    key = (tmp_path / "audit.key").read_text().strip().encode()
    files = [path for path in tmp_path.iterdir() if path.name != "audit.key"]
    assert len(key) == 64 and files and not any(key in path.read_bytes() for path in files)

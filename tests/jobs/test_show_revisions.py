"""Revisions are shown per step and per cell, from the store or from the shipped pair."""

import json

import pytest
from click.testing import CliRunner

from triage.adapters.settings import Settings
from triage.adapters.sources import shipped_vintages
from triage.entrypoints.commands.nowcast import nowcast, revisions
from triage.jobs.show_revisions import show_revisions


def test_the_dutch_pair_shows_one_step_and_its_largest_cells():
    found = show_revisions([shipped_vintages()])
    assert found["vintages"] == ["2018-01-31", "2019-06-30"]
    (step,) = found["steps"]
    assert (step["changed"], step["cells"], step["largest"]) == (22, 70, 135)
    assert found["largest"][0]["percent"] == pytest.approx(9.6, abs=0.1)


def test_both_commands_give_one_json_object(tmp_path):
    settings = Settings(home=str(tmp_path))
    first = CliRunner().invoke(revisions, ["--json"], obj=settings)
    second = CliRunner().invoke(nowcast, ["--json", "--draws", "200"], obj=settings)
    assert json.loads(first.stdout)["steps"][0]["changed"] == 22
    assert json.loads(second.stdout)["months"][-1]["status"] == "running"


def test_one_forecast_is_scored_on_the_first_and_on_the_latest_values():
    scored = show_revisions([shipped_vintages()])["releases"]
    assert scored["origins"][-1] <= "2015-12"  # January 2017 is missing from the first vintage
    assert scored["wis_first"] > 0 and scored["wis_first"] != scored["wis_latest"]

"""The control tower's first day, as a newcomer runs it, in a fresh folder."""

import os
import resource
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from triage.adapters.store import Store

ROOT = Path(__file__).parents[2]
TRIAGE = Path(sys.executable).with_name("triage")


def first_day(home: Path) -> tuple[subprocess.CompletedProcess[str], float]:
    start = time.perf_counter()
    answer = subprocess.run(
        [TRIAGE, "--home", home, "demo", "--no-serve"], check=False, capture_output=True, text=True, timeout=600
    )
    return answer, time.perf_counter() - start


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    home = tmp_path_factory.mktemp("demo")
    answer, seconds = first_day(home)
    return home, answer, seconds


def test_the_first_day_ends_well_and_says_what_it_did(day):
    _, answer, seconds = day
    assert answer.returncode == 0, answer.stderr
    for step in ("Inflow series", "Made-up cases", "Complexity model", "Forecast", "Route suggestions"):
        assert step in answer.stdout
    print(f"first day: {seconds:.0f} s; peak memory of children {_peak_megabytes():.0f} MB")


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def test_the_first_day_fits_in_two_gigabytes(day):
    assert _peak_megabytes() < 2048


def test_a_second_day_reuses_all_that_stands(day):
    home, first, _ = day
    answer, _ = first_day(home)
    assert answer.returncode == 0
    steps = [line for line in answer.stdout.splitlines() if "stands already" in line]
    done = [line for line in first.stdout.splitlines() if line.rstrip().endswith(" s)")]
    assert len(steps) == len(done)


def test_the_days_forecast_has_a_band_and_a_naive_baseline_beside_it(day):
    store = Store.open(f"sqlite:///{day[0] / 'triage.db'}")
    _, forecast = store.newest("FORECAST", "first_application")
    assert (forecast["p10"] <= forecast["p50"]).all() and (forecast["p50"] <= forecast["p90"]).all()
    assert (forecast["naive_p10"] <= forecast["naive_p90"]).all()


def test_every_case_of_the_day_has_a_logged_suggestion_with_its_versions(day):
    store = Store.open(f"sqlite:///{day[0] / 'triage.db'}")
    items = store.work_list(limit=200)
    assert items and all(item.stored for item in items)
    for item in items:
        said = item.stored.suggestion
        assert said.law_version and said.policy_version
        without_model = said.outcome == "rule" or "NO_ADVICE" in said.reason_codes  # hidden for the audit sample
        assert (said.prediction is None) == without_model


def test_the_file_with_the_days_store_is_not_readable_by_others(day):
    assert os.stat(day[0] / "triage.db").st_mode & 0o007 == 0 or os.stat(day[0]).st_mode & 0o007 == 0


def tutorial_commands() -> list[list[str]]:
    """The `triage` lines of docs/tutorial.md that end by themselves, in their order."""
    lines = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf8").splitlines()
    commands = [shlex.split(line) for line in lines if line.startswith("triage ")]
    return [words for words in commands if not {"serve", "demo"} & {words[1], words[-1]} and "--no-serve" not in words]


def test_the_tutorial_is_true_to_the_letter(day, tmp_path):
    commands = tutorial_commands()
    assert len(commands) >= 8
    for words in commands:
        answer = subprocess.run(
            [TRIAGE, *[str(day[0]) if word == "demo" else word for word in words[1:]]],
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
            cwd=tmp_path,
        )
        assert answer.returncode == 0, (words, answer.stderr)
        assert "Traceback" not in answer.stderr

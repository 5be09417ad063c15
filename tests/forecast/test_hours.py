"""Hours are the paths times the norm mix, path by path."""

import numpy as np
import pandas as pd
import pytest

from triage.adapters.files import read_table
from triage.adapters.sources import shipped_file
from triage.domain.errors import ForecastError, TableError
from triage.domain.inflow_tables import HOURS_AHEAD, NORM_MIX
from triage.forecast.hours import hour_paths, hours_a_person, hours_table, sum_of_hours
from triage.forecast.sums import Cube

MONTHS = ("2026-01", "2026-02")


def mix(*rows) -> pd.DataFrame:
    columns = ["kind", "nationality_iso3", "work_class", "share", "hours"]
    return pd.DataFrame(rows, columns=columns).assign(quality="norm", source="a test")


def cube(seed: int = 1, draws: int = 200) -> Cube:
    parts = np.random.default_rng(seed).gamma(4, 20, size=(draws, 2, 2))
    return Cube(np.concatenate([parts, parts.sum(axis=1, keepdims=True)], axis=1), ("ERI", "SYR", "total"), MONTHS)


def test_hours_are_persons_times_the_mix_on_every_path():
    norms = mix(("a", "ERI", "light", 0.5, 10), ("a", "ERI", "heavy", 0.5, 30), ("a", "ALL", "one", 1, 8))
    paths = cube()
    expected = paths.values[:, 0] * 20 + paths.values[:, 1] * 8
    np.testing.assert_allclose(hour_paths(paths, norms, "a"), expected)


def test_all_kinds_together_are_read_off_joint_paths_not_added_quantiles():
    a, b = (
        hour_paths(cube(1), mix(("a", "ALL", "one", 1, 8)), "a"),
        hour_paths(cube(2), mix(("b", "ALL", "x", 1, 8)), "b"),
    )
    table = HOURS_AHEAD.check(hours_table({"a": a, "b": b}, MONTHS, "2025-12").assign(quality="norm"))
    p90 = table.set_index(["kind", "month"])["p90"]
    assert p90["all", "2026-01"] < p90["a", "2026-01"] + p90["b", "2026-01"]
    assert p90["all", "2026-01"] == pytest.approx(np.quantile((a + b)[:, 0], 0.9))
    low, middle, high = sum_of_hours(a)
    assert low < middle < high


def test_a_nationality_without_a_norm_is_refused_not_left_out():
    with pytest.raises(ForecastError, match="SYR"):
        hour_paths(cube(), mix(("a", "ERI", "one", 1, 8)), "a")
    with pytest.raises(ForecastError, match="kind b"):
        hour_paths(cube(), mix(("a", "ALL", "one", 1, 8)), "b")


def test_shares_that_do_not_add_up_are_refused():
    with pytest.raises(TableError, match=r"0\.900"):
        hours_a_person(mix(("a", "ALL", "light", 0.5, 8), ("a", "ALL", "heavy", 0.4, 30)), "a")


def test_the_shipped_mix_is_whole_and_says_that_it_is_an_assumption():
    shipped = NORM_MIX.check(read_table(shipped_file("norm_mix.csv")))
    assert set(shipped["quality"]) == {"assumption"}
    assert hours_a_person(shipped, "first_application") == {"ALL": pytest.approx(18.16)}
    assert hours_a_person(shipped, "family_member_nareis") == {"ALL": 6.0}

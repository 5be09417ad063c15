"""What follows from a published forecast: the national figure, hours and groups, published with their notes."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from triage.adapters.national_totals import quarterly_totals, yearly_totals
from triage.adapters.sources import shipped_file, shipped_inflow
from triage.adapters.store import Store
from triage.domain.errors import ForecastError, NotFoundError
from triage.forecast.sums import cube_of
from triage.jobs.forecast_hours import forecast_hours
from triage.jobs.forecast_inflow import forecast_inflow
from triage.jobs.forecast_national import forecast_national
from triage.jobs.split_forecast import split_forecast

KINDS = ("first_application", "family_member_nareis")
PLACES = ("budel", "ter apel")


@pytest.fixture(scope="module")
def forecast_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with a small forecast of both kinds."""
    folder = tmp_path_factory.mktemp("store")
    opened = Store.open(f"sqlite:///{folder / 'store.db'}", lambda: datetime(2026, 11, 25, 12, 0, tzinfo=UTC))
    opened.upgrade()
    for kind in KINDS:
        forecast_inflow(shipped_inflow(), kind, 12, 60, opened, model_name="path_fast")
    return opened


def cube(store: Store, label: str):
    found = store.newest("PATHS", label)
    assert found is not None
    return cube_of(found[1])


def test_the_national_figure_is_published_with_its_parts_and_says_how_far_each_is_known(forecast_store):
    kind = KINDS[0]
    result = forecast_national(shipped_inflow(), kind, quarterly_totals(kind), yearly_totals(kind), forecast_store)
    paths = cube(forecast_store, f"{kind} (national)")
    parts = {name: paths.values[:, k] for k, name in enumerate(paths.names)}
    assert np.abs(parts["total"] - parts["OTH"] - parts["published"]).max() <= 1e-6
    assert "seven nationalities + remainder" in result.label
    assert (result.last_official, result.made_on) == ("2024Q2", "2025-12")
    assert "2024Q2" in result.notes[0] and "2025-12" in result.notes[0]
    years = result.years.set_index("year")
    assert years.loc["2025", "status"] == "yearly total known" and years.loc["2026", "status"] == "forecast"
    assert years.loc["2026", "min"] < years.loc["2026", "medio"] < years.loc["2026", "max"]
    status = result.quarters.set_index(["part", "quarter"])["status"]
    assert status["published", "2025Q4"] == "counted" and status["total", "2025Q4"] == "remainder forecast"


def test_hours_of_both_kinds_are_published_and_marked_as_an_assumption(forecast_store):
    result = forecast_hours(pd.read_csv(shipped_file("norm_mix.csv")), KINDS, forecast_store)
    published = forecast_store.newest("HOURS_AHEAD", "hours")
    assert published is not None and len(published[1]) == 3 * 12
    assert set(published[1]["quality"]) == {"assumption"} and any("assumption" in note for note in result.notes)
    mean = cube(forecast_store, KINDS[1]).values[:, -1].sum(axis=1) * 6
    assert result.sums[KINDS[1]] == pytest.approx(np.quantile(mean, (0.1, 0.5, 0.9)))


def test_the_split_adds_up_to_the_forecast_on_every_draw(forecast_store):
    kind = KINDS[0]
    before = cube(forecast_store, kind)
    rng = np.random.default_rng(1)
    rows = [
        (f"{y}-{m:02d}", n, p, int(rng.poisson(40)))
        for y in (2024, 2025)
        for m in range(1, 13)
        for n in before.names[:-2]
        for p in PLACES
    ]
    counts = pd.DataFrame(rows, columns=["month", "nationality_iso3", "location", "persons"])
    result = split_forecast(counts, "location", kind, forecast_store)
    after = cube(forecast_store, result.label)
    assert after.names == (*PLACES, "total")
    total = before.values[:, before.names.index("total")]
    assert np.abs(after.values[:, :2].sum(axis=1) - total).max() <= 1e-6 * total.max()
    borrowed = before.names[-2]  # the one nationality without counts
    assert any("pooled" in note and borrowed in note for note in result.notes)
    assert set(result.table["nationality_iso3"]) == set(before.names)


def test_without_a_forecast_there_is_nothing_to_follow_from(store):
    with pytest.raises(NotFoundError, match="triage forecast"):
        forecast_national(shipped_inflow(), KINDS[0], quarterly_totals(KINDS[0]), None, store)
    with pytest.raises(NotFoundError, match="triage forecast"):
        forecast_hours(pd.read_csv(shipped_file("norm_mix.csv")), KINDS, store)
    with pytest.raises(NotFoundError, match="triage forecast"):
        split_forecast(pd.DataFrame(), "location", KINDS[0], store)


def test_totals_of_another_kind_are_refused(forecast_store):
    with pytest.raises(ForecastError, match="more than the national total"):
        forecast_national(shipped_inflow(), KINDS[0], quarterly_totals(KINDS[1]), None, forecast_store)


def test_a_remainder_of_an_unknown_model_is_refused_by_name(forecast_store):
    with pytest.raises(ForecastError, match="Known are"):
        forecast_national(
            shipped_inflow(), KINDS[0], quarterly_totals(KINDS[0]), None, forecast_store, model="no_such_model"
        )

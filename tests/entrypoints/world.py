"""A small made-up world behind the real doors: a learned model, a SQLite store with cases and a forecast.

Run as a script it serves the pages for the browser test: `python tests/entrypoints/world.py HOME PORT`.
"""

import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import uvicorn

from triage.adapters.settings import Settings
from triage.adapters.store import Store
from triage.domain.calendar import utc_now
from triage.domain.case import Intake, Moment
from triage.domain.facts import Register
from triage.entrypoints.api import create_app
from triage.entrypoints.tools import Tools, open_tools
from triage.forecast.backtest import origins_of, quantile_rows, run_trial, sum_rows
from triage.forecast.series import panel_of
from triage.jobs.forecast_inflow import forecast_inflow
from triage.jobs.learn_complexity import learn_complexity
from triage.jobs.make_cases import make_cases
from triage.jobs.make_dossiers import make_dossiers
from triage.jobs.receive_cases import receive_cases
from triage.jobs.suggest_route import suggest_route
from triage.law.book import LawBook

TOKEN = "test-token-0123456789abcdef"
SERIES = ("ERI", "SYR", "TUR")
KIND = "first_application"
NAREIS = "family_member_nareis"
PRIVATE = f"{KIND} (eigen bestand)"
MODEL = "path_fast"
CASES = 3000
#: A case with facts that do not fit and facts that changed since its suggestion.
CHANGED = "case-changed"
BEFORE = {"documents": "copy", "age_years": 34, "identity_doubt": None, "unaccompanied_minor": False}
AFTER = {"documents": "real", "age_years": 34, "unaccompanied_minor": True, "interviewed_on": date(2026, 1, 2)}
EVENT = {
    "event_id": "border-closed",
    "scenario": "grens-dicht",
    "kind": KIND,
    "nationalities": "SYR TUR",
    "first": "2026-12",
    "last": "2027-05",
    "shape": "pulse",
    "low": 0.4,
    "high": 0.7,
    "probability": 0.6,
    "author": "een verzonnen analist",
    "reason": "Een verzonnen grens gaat dicht",
    "known": "niets",
    "assumed": "alles",
    "source": "verzonnen",
    "registered_on": "2026-11-01",
}


def settings_of(home: Path | str, **given) -> Settings:
    """Settings of this world: nobody in the audit sample, and a model that never gets too old."""
    return Settings(**({"home": str(home), "audit_share": 0.0, "model_max_age_days": 100_000} | given))


def make_home(home: Path) -> Settings:
    """Learn a small model once, and publish a made-up forecast."""
    home.mkdir(parents=True, exist_ok=True)
    settings = settings_of(home)
    store = Store.open(settings.store_url)
    store.upgrade()
    cases = make_cases(CASES, 5)
    learned = learn_complexity(cases, Register.load(), date(2026, 11, 1), None, home=home)
    store.promote("complexity", learned.version, f"bundles/{learned.version}", "", 0)
    publish_forecasts(store)
    newest = cases.sort_values("lodged_on").tail(14)
    for some, moment in ((newest.head(7), Moment.IDENTIFIED), (newest.tail(7), Moment.REGISTERED)):
        receive_cases(some, Register.load(), moment, LawBook.load(), store, utc_now, "test")
    receive_changed(store, BEFORE, newest["lodged_on"].iloc[3].date())
    make_dossiers(cases, store, LawBook.load(), Register.load(), utc_now)
    return settings


def suggest_all(tools: Tools) -> None:
    """A suggestion for every case but the last; after that, other facts of one case."""
    for item in tools.store.work_list(100)[:-1]:
        suggest_route(item.intake, tools.law, tools.complexity, tools.policy, tools.store, utc_now, "test")
    receive_changed(tools.store, AFTER, tools.store.intake(CHANGED).lodged)


def receive_changed(store: Store, facts: dict, lodged: date) -> None:
    """What is known of the case that changes."""
    store.receive([Intake(CHANGED, lodged, Moment.REGISTERED, facts)], "test")


def publish_forecasts(store: Store) -> None:
    """Counts of two kinds, an older forecast that can be judged, the newest with a scenario, and a private one."""
    inflow = made_up_inflow()
    store.publish("INFLOW", inflow, "inflow")
    store.publish("INFLOW_EVENTS", pd.DataFrame([EVENT]), "events")
    publish_backtest(store, inflow)
    known = inflow[inflow["period"] <= "2026-06"]
    forecast_inflow(known, KIND, 12, 100, store, model_name=MODEL)
    forecast_inflow(inflow, NAREIS, 18, 200, store, model_name=MODEL)
    forecast_inflow(inflow, KIND, 18, 200, store, model_name=MODEL, label=PRIVATE)
    forecast_inflow(inflow, KIND, 18, 200, store, model_name=MODEL, scenarios=[EVENT["scenario"]])


def made_up_inflow() -> pd.DataFrame:
    """Five years of months for three nationalities and two kinds, with a season and a break in 2025."""
    draws = np.random.default_rng(3)
    months = [str(m) for m in pd.period_range("2021-11", "2026-10", freq="M")]
    rows = []
    for kind, size in ((KIND, 300), (NAREIS, 120)):
        for k, series in enumerate(SERIES):
            season = 1 + 0.2 * np.sin(np.arange(len(months)) / 12 * 2 * np.pi)
            level = np.where(np.arange(len(months)) < 40, 1.6 if series == "SYR" else 1, 1)
            counts = (size * (k + 1) * season * level * np.exp(draws.normal(0, 0.1, len(months)))).round()
            head = {"kind": kind, "nationality_iso3": series, "destination_iso3": "NLD", "source": "made up"}
            rows += [head | {"period": m, "persons": c} for m, c in zip(months, counts, strict=True)]
    return pd.DataFrame(rows)


def publish_backtest(store: Store, inflow: pd.DataFrame) -> None:
    """What learning publishes: the origins themselves, and a few scores."""
    panel = panel_of(inflow, "nationality_iso3", KIND)
    origins = origins_of("2024-10:2026-07:3", panel)
    trial = run_trial(MODEL, panel, origins, 12)
    store.publish("BACKTEST", quantile_rows([trial], panel, origins, 12), KIND)
    store.publish("BACKTEST_SUMS", sum_rows([trial], panel, origins, 12), KIND)
    scores = [
        {"series": s, "model": model, "rel_wis": 0.9, "wis": 50.0, "wape": 0.2, "bias": 0.01}
        | {"coverage_50": 0.52, "coverage_80": 0.79, "coverage_90": 0.91, "sum_coverage_80": 0.77}
        for s in ("total", "bottom")
        for model in (MODEL, "seasonal_naive")
    ]
    store.publish("SCORES", pd.DataFrame(scores), KIND)


if __name__ == "__main__":
    settings = settings_of(sys.argv[1], port=int(sys.argv[2]))
    uvicorn.run(create_app(open_tools(settings), TOKEN), host="127.0.0.1", port=settings.port, log_level="warning")

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
from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.entrypoints.api import create_app
from triage.entrypoints.tools import Tools, open_tools
from triage.jobs.learn_complexity import learn_complexity
from triage.jobs.make_cases import make_cases
from triage.jobs.receive_cases import receive_cases
from triage.jobs.suggest_route import suggest_route
from triage.law.book import LawBook

TOKEN = "test-token-0123456789abcdef"
SERIES = ("ERI", "SYR", "TUR")
KIND = "first_application"
CASES = 3000


def make_home(home: Path) -> Settings:
    """Learn a small model once, and publish a made-up forecast."""
    home.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=str(home))
    store = Store.open(settings.store_url)
    store.upgrade()
    cases = make_cases(CASES, 5)
    learned = learn_complexity(cases, Register.load(), date(2026, 11, 1), home / "bundles" / "small")
    store.promote("complexity", learned.version, "bundles/small", "", 0)
    publish_forecast(store)
    newest = cases.sort_values("lodged_on").tail(14)
    for some, moment in ((newest.head(7), Moment.IDENTIFIED), (newest.tail(7), Moment.REGISTERED)):
        receive_cases(some, Register.load(), moment, LawBook.load(), store, utc_now, "test")
    return settings


def suggest_all(tools: Tools) -> None:
    """A suggestion for every case but the last."""
    for item in tools.store.work_list(100)[:-1]:
        suggest_route(item.intake, tools.law, tools.complexity, tools.policy, tools.store, utc_now, "test")


def publish_forecast(store: Store) -> None:
    """Twelve months of history and eighteen ahead, on two hundred paths."""
    draws = np.random.default_rng(3)
    months = [str(m) for m in pd.period_range("2026-11", periods=18, freq="M")]
    paths = {s: 300 * (k + 1) * np.exp(draws.normal(0, 0.2, (200, 18)).cumsum(1) / 2) for k, s in enumerate(SERIES)}
    paths = {s: values.round() for s, values in paths.items()}
    paths["total"] = sum(paths.values())
    long = [
        {"made_on": "2026-10", "series": s, "month": m, "draw": d, "persons": v[d, k], "model_version": "made-up"}
        for s, v in paths.items()
        for k, m in enumerate(months)
        for d in range(200)
    ]
    levels = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
    rows = []
    for s, v in paths.items():
        for k, m in enumerate(months):
            q = {f"p{int(level * 100):02d}": float(np.quantile(v[:, k], level)) for level in levels}
            naive = {"naive_p10": q["p05"], "naive_p50": q["p50"], "naive_p90": q["p95"]}
            rows.append({"made_on": "2026-10", "series": s, "month": m, **q, **naive, "model_version": "made-up"})
    scores = [
        {"series": s, "model": model, "rel_wis": 0.9, "wis": 50.0, "wape": 0.2, "bias": 0.01}
        | {"coverage_50": 0.52, "coverage_80": 0.79, "coverage_90": 0.91}
        for s in ("total", "bottom")
        for model in ("made-up", "seasonal_naive")
    ]
    history = [
        {"period": str(m), "persons": 300.0 * (k + 1), "kind": KIND, "nationality_iso3": s, "destination_iso3": "NLD"}
        | {"source": "made up"}
        for m in pd.period_range("2024-01", "2026-10", freq="M")
        for k, s in enumerate(SERIES)
    ]
    store.publish("INFLOW", pd.DataFrame(history), "inflow")
    store.publish("PATHS", pd.DataFrame(long), KIND)
    store.publish("SCORES", pd.DataFrame(scores), KIND)
    store.publish("FORECAST", pd.DataFrame(rows), KIND)


if __name__ == "__main__":
    settings = Settings(home=sys.argv[1], port=int(sys.argv[2]))
    uvicorn.run(create_app(open_tools(settings), TOKEN), host="127.0.0.1", port=settings.port, log_level="warning")

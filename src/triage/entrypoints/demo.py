"""The control tower's first day: the jobs one after the other, each only where its result does not stand yet."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from time import perf_counter

import pandas as pd

from triage.adapters.dossiers import dossier_publications
from triage.adapters.national_totals import quarterly_totals, yearly_totals
from triage.adapters.registry import Registry
from triage.adapters.settings import Settings
from triage.adapters.sources import SHIPPED_VINTAGE, shipped_inflow
from triage.adapters.store import Store
from triage.domain.calendar import PACT_START, utc_now
from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.domain.records import Progress
from triage.jobs.forecast_inflow import forecast_inflow
from triage.jobs.forecast_national import forecast_national
from triage.jobs.import_inflow import import_inflow
from triage.jobs.learn_complexity import learn_complexity
from triage.jobs.learn_inflow import learn_inflow
from triage.jobs.make_cases import make_cases
from triage.jobs.make_dossiers import make_dossiers
from triage.jobs.open_beside import open_beside
from triage.jobs.open_model import open_model
from triage.jobs.receive_cases import receive_cases
from triage.jobs.suggest_route import suggest_route
from triage.law.book import LawBook

KINDS = ("first_application", "family_member_nareis")
#: Every fourth origin of the public protocol: enough to choose a champion on a first day. `triage backtest` runs all.
DEMO_ORIGINS = "2018-12:2025-09:9"
#: The cheap models; `triage learn inflow` scores the slow ones too.
DEMO_MODELS = ["naive", "path_fast", "path_ens", "local_level", "path_level"]
#: Laid over the first forecast, so that there is a scenario to look at.
DEMO_SCENARIOS = {"first_application": ["pact-2026"]}
MADE_UP_CASES = 20_000
#: On the first day's list: half lodged last under the Pact, half still open under the old law (the run-off).
TODAYS_CASES = 40
LABEL = "made-up"
ACTOR = "triage demo"


@dataclass
class Day:
    """What the day has to work with, and what it did: (step, what happened, seconds)."""

    settings: Settings
    store: Store
    registry: Registry
    progress: Progress
    done: list[tuple[str, str, float]] = field(default_factory=list)

    def step(self, name: str, stands: bool, work: Callable[[], str]) -> None:
        """Do a step unless its result stands already, and write down what happened."""
        start = perf_counter()
        said = "stands already" if stands else work()
        self.done.append((name, said, perf_counter() - start))


def first_day(day: Day) -> list[tuple[str, str, float]]:
    """Load, learn, forecast, suggest. A second day reuses all that stands in the store."""
    store = day.store
    day.step("Inflow series", store.newest("INFLOW", "inflow") is not None, lambda: _load_inflow(store))
    day.step("Made-up cases", store.newest("CASES", LABEL) is not None, lambda: _make_cases(store))
    day.step("Complexity model", store.champion("complexity") is not None, lambda: _learn_complexity(day))
    for kind in KINDS:
        name = kind.replace("_", " ")
        day.step(f"Inflow model, {name}", store.champion(f"inflow-{kind}") is not None, lambda k=kind: _learn(day, k))
        day.step(f"Forecast, {name}", store.newest("FORECAST", kind) is not None, lambda k=kind: _forecast(day, k))
    day.step("Route suggestions", bool(store.work_list(limit=1)), lambda: _suggest(day))
    day.step("Dossiers", bool(dossier_publications(store)), lambda: _dossiers(day))
    return day.done


def _load_inflow(store: Store) -> str:
    report = import_inflow(shipped_inflow(), "inflow", SHIPPED_VINTAGE, store)
    return f"{report.rows} months of real series (CBS), published"


def _make_cases(store: Store) -> str:
    cases = make_cases(MADE_UP_CASES, 1, None)
    store.publish("CASES", cases, LABEL)
    return f"{len(cases)} made-up cases, nobody real"


def _cases(store: Store) -> pd.DataFrame:
    found = store.newest("CASES", LABEL)
    assert found is not None, "the step before published them"  # noqa: S101
    return found[1]


def _learn_complexity(day: Day) -> str:
    learned = learn_complexity(
        _cases(day.store),
        Register.load(),
        utc_now().date(),
        None,
        registry=day.registry,
        store=day.store,
        home=day.settings.folder,
        promote=True,
        margin_hours=day.settings.margin_hours,
        heavy_cap_share=day.settings.heavy_cap_share,
        progress=day.progress,
    )
    return learned.headline


def _learn(day: Day, kind: str) -> str:
    frame = day.store.newest("INFLOW", "inflow")
    assert frame is not None, "the step before published it"  # noqa: S101
    result = learn_inflow(
        frame[1],
        kind,
        day.store,
        day.registry,
        day.settings.folder,
        origins=DEMO_ORIGINS,
        models=DEMO_MODELS,
        workers=day.settings.workers,
        progress=day.progress,
    )
    return str(result["headline"])


def _forecast(day: Day, kind: str) -> str:
    frame = day.store.newest("INFLOW", "inflow")
    assert frame is not None, "the step before published it"  # noqa: S101
    table = forecast_inflow(
        frame[1],
        kind,
        day.settings.forecast_months,
        day.settings.forecast_paths,
        day.store,
        scenarios=DEMO_SCENARIOS.get(kind, []),
        progress=day.progress,
    )
    forecast_national(frame[1], kind, quarterly_totals(kind), yearly_totals(kind), day.store)
    year = table[(table["series"] == "total") & (table["scenario"] == "base")].iloc[11]
    return (
        f"{day.settings.forecast_months} months ahead; {year['month']}: {year['p50']:.0f} persons "
        f"(80 % band {year['p10']:.0f} to {year['p90']:.0f}), sum of the seven nationalities"
    )


def _suggest(day: Day) -> str:
    register, law = Register.load(), LawBook.load()
    opened = open_model(day.store, day.settings.folder)
    model, policy = opened if opened else (None, None)
    beside = open_beside(day.settings, model, policy)
    cases = _todays_cases(_cases(day.store))
    intakes = receive_cases(cases, register, Moment.REGISTERED, law, day.store, utc_now, ACTOR)
    counts: dict[str, int] = {}
    for number, intake in enumerate(intakes, 1):
        suggestion = suggest_route(intake, law, model, policy, day.store, utc_now, ACTOR, beside=beside)
        counts[suggestion.outcome] = counts.get(suggestion.outcome, 0) + 1
        day.progress("Suggesting routes", number, len(intakes))
    return f"{len(intakes)} cases: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def _dossiers(day: Day) -> str:
    report = make_dossiers(_cases(day.store), day.store, LawBook.load(), Register.load(), utc_now)
    return f"{report.new} made-up events of dossiers"


def _todays_cases(cases: pd.DataFrame) -> pd.DataFrame:
    """The last lodged under the Pact, and the last still open under the law before it."""
    waiting = cases.loc[cases["decided_on"].isna()].sort_values("lodged_on")
    is_pact = waiting["lodged_on"] >= pd.Timestamp(PACT_START)
    half = TODAYS_CASES // 2
    return pd.concat([waiting.loc[~is_pact].tail(half), waiting.loc[is_pact].tail(half)])


def summary(done: list[tuple[str, str, float]], home: Path) -> str:
    """What the day did, in lines for a terminal."""
    lines = [f"  {name:<38} {said}  ({seconds:.1f} s)" for name, said, seconds in done]
    total = sum(seconds for _, _, seconds in done)
    return "\n".join(
        [
            f"The control tower's first day, {date.today()}",
            *lines,
            "",
            f"Computed in {total:.0f} s. Store, models and the MLflow record are in {home}/ .",
            f"  MLflow:  mlflow ui --backend-store-uri sqlite:///{home}/mlflow.db",
            "  Models:  triage --home " + f"{home} models",
        ]
    )

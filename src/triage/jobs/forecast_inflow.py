"""Forecast the inflow: the champion samples joint paths, they are made coherent, the bands are read off them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from triage.adapters.registers import keep_register, registered_events, registered_mpp
from triage.adapters.sources import national_totals
from triage.adapters.store import Store
from triage.domain.errors import ForecastError
from triage.domain.records import Progress, silent
from triage.forecast.completion import NOTHING, Completion, completion_of, sample_completed
from triage.forecast.events import events_of
from triage.forecast.models import BEST, MODELS, REFERENCE
from triage.forecast.mpp import editions_of
from triage.forecast.quantiles import quantiles_of
from triage.forecast.reconcile import reconcile
from triage.forecast.scenarios import BASE, Scenario, chosen, laid_over, scenarios_of
from triage.forecast.series import Panel, check_horizon, panel_of

#: Used while no champion stands.
DEFAULT_MODEL = BEST
LEVEL_NAMES = ("p05", "p10", "p25", "p50", "p75", "p90", "p95")
NAIVE_NAMES = {"naive_p10": 1, "naive_p50": 3, "naive_p90": 5}  # place among the levels
LARGEST_DRAWS = 20_000


@dataclass(frozen=True)
class Made:
    """What every table of one forecast says of itself."""

    version: str
    vintage: str = ""
    scenario: str = BASE
    note: str = ""


def forecast_inflow(
    frame: pd.DataFrame,
    kind: str,
    months: int,
    paths: int,
    store: Store,
    model_name: str | None = None,
    seed: int = 12345,
    progress: Progress = silent,
    label: str | None = None,
    scenarios: Sequence[str] = (),
    history: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Forecast one kind of inflow per nationality and in total, and publish PATHS and FORECAST under `kind`.

    With `label` they are published under that name instead: a forecast of somebody's own file is not the official
    one, which the pages show. Every scenario named is laid over the base and published beside it, under
    "label/scenario"; the base is always published too, so that both can be scored.

    On every path the total is the sum of its parts; FORECAST is read off PATHS, so the two agree. The seasonal
    naive baseline stands beside it. Where nothing was promoted yet, DEFAULT_MODEL is used.

    Parameters
    ----------
    frame : tidy inflow rows (INFLOW, or a file with month, quarter or week).
    months : periods to look ahead, 1 to 60.
    paths : joint draws, 2 to 20,000.
    model_name : a name in MODELS instead of the champion.
    scenarios : names in the event register, or mpp-EDITION.
    history : every value reported so far (a triangle); young counts are then drawn as they may turn out, before the
        model is fitted. None, or too short a history, takes the counts as they are.

    Returns
    -------
    FORECAST : persons per series and period; of the base, then of each scenario (column `scenario`).

    Raises TableError and ForecastError for input that cannot be forecast; nothing is then published.
    """
    horizon, draws = check_horizon(months), _check_draws(paths)
    name, version = _model(store, kind, model_name)
    asked = _scenarios(store, scenarios, kind)
    panel = panel_of(frame, "nationality_iso3", kind)
    progress("Sampling the inflow", 0, 2)
    completion = _completion(history, kind)
    streams = np.random.default_rng(seed), np.random.default_rng([seed, 3])
    sampled = reconcile(sample_completed(MODELS[name](), panel, completion, horizon, draws, *streams))
    # The baseline has a stream of its own, so that another baseline never changes the forecast.
    naive = MODELS[REFERENCE]().fit(panel).sample(horizon, draws, np.random.default_rng([seed, 1]))
    base = Made(version, _vintage(frame, kind), note="" if completion.is_empty else completion.note)
    made = [(base, sampled), *_overlays(asked, base, sampled, panel, seed)]
    progress("Publishing the forecast", 1, 2)
    _keep_registers(store, asked)
    tables = [_publish(store, panel, one, drawn, naive, label or kind) for one, drawn in made]
    progress("Published the forecast", 2, 2)
    return pd.concat(tables, ignore_index=True)


def _check_draws(paths: int) -> int:
    if not 2 <= paths <= LARGEST_DRAWS:
        raise ForecastError(f"Expected 2 to {LARGEST_DRAWS} paths. Set forecast_paths within that.")
    return int(paths)


def _model(store: Store, kind: str, asked: str | None) -> tuple[str, str]:
    """(name in MODELS, version as published). Only a champion's version has a digest after it."""
    champion = store.champion(f"inflow-{kind}")
    version = asked or (champion.version if champion else DEFAULT_MODEL)
    name = asked or version.rsplit("-", 1)[0]
    if name not in MODELS:
        raise ForecastError(f"No forecast model has that name. Known are {', '.join(MODELS)}.")
    return name, version


def _completion(history: pd.DataFrame | None, kind: str) -> Completion:
    if history is None:
        return NOTHING
    return completion_of(history, str(history["reported"].max()), "nationality_iso3", kind)


def _scenarios(store: Store, names: Sequence[str], kind: str) -> list[Scenario]:
    if not names:
        return []
    known = scenarios_of(events_of(registered_events(store)), editions_of(registered_mpp(store)))
    return chosen(known, names, kind)


def _vintage(frame: pd.DataFrame, kind: str) -> str:
    """Report date of the counts, where the rows carry one; empty where they do not."""
    if "vintage" not in frame:
        return ""
    rows = frame.loc[frame["kind"] == kind] if "kind" in frame else frame
    dates = {str(cell) for cell in rows["vintage"].tolist() if pd.notna(cell)}
    return dates.pop() if len(dates) == 1 else ""


def _overlays(
    asked: Sequence[Scenario], base: Made, sampled: np.ndarray, panel: Panel, seed: int
) -> list[tuple[Made, np.ndarray]]:
    """Each scenario from the same stream: what one scenario draws never depends on which others were asked for."""
    totals = national_totals() if any(one.editions for one in asked) else {}
    made = []
    for one in asked:
        drawn, notes = laid_over(one, sampled, panel, np.random.default_rng([seed, 2]), totals)
        said = " ".join(filter(None, [base.note, *notes]))
        made.append((Made(base.version, base.vintage, one.name, said), drawn))
    return made


def _keep_registers(store: Store, asked: Sequence[Scenario]) -> None:
    if any(one.events for one in asked):
        keep_register(store, "INFLOW_EVENTS", registered_events(store))
    if any(one.editions for one in asked):
        keep_register(store, "MPP", registered_mpp(store))


def _publish(store: Store, panel: Panel, made: Made, drawn: np.ndarray, naive: np.ndarray, label: str) -> pd.DataFrame:
    """Publish PATHS and FORECAST of the base or of one scenario; the FORECAST."""
    name = label if made.scenario == BASE else f"{label}/{made.scenario}"
    table = forecast_table(panel, drawn, naive, made)
    store.publish("PATHS", paths_table(panel, drawn, made), name)
    store.publish("FORECAST", table, name)
    return table


def forecast_table(panel: Panel, sampled: np.ndarray, naive: np.ndarray, made: Made) -> pd.DataFrame:
    """FORECAST from paths of the model and of the baseline, each paths x series x horizon (persons)."""
    months = panel.ahead(sampled.shape[2])
    levels = quantiles_of(sampled).reshape(-1, len(LEVEL_NAMES))
    base = quantiles_of(naive).reshape(-1, len(LEVEL_NAMES))
    return pd.DataFrame(
        {
            "made_on": panel.periods[-1],
            "series": np.repeat(panel.names, len(months)),
            "month": months * len(panel.names),
            **dict(zip(LEVEL_NAMES, levels.T, strict=True)),
            **{name: base[:, place] for name, place in NAIVE_NAMES.items()},
            "model_version": made.version,
            "scenario": made.scenario,
            "vintage": made.vintage,
            "note": made.note,
        }
    )


def paths_table(panel: Panel, sampled: np.ndarray, made: Made) -> pd.DataFrame:
    """PATHS, one row per series, period and draw."""
    draws, n, horizon = sampled.shape
    return pd.DataFrame(
        {
            "made_on": panel.periods[-1],
            "series": np.tile(np.repeat(panel.names, horizon), draws),
            "month": panel.ahead(horizon) * (draws * n),
            "draw": np.repeat(np.arange(draws), n * horizon),
            "persons": sampled.ravel(),
            "model_version": made.version,
            "scenario": made.scenario,
            "vintage": made.vintage,
        }
    )

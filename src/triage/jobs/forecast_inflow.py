"""Forecast the inflow: the champion samples joint paths, they are made coherent, the bands are read off them."""

import numpy as np
import pandas as pd

from triage.adapters.store import Store
from triage.domain.errors import ForecastError
from triage.domain.records import Progress, silent
from triage.forecast.models import MODELS, REFERENCE
from triage.forecast.quantiles import quantiles_of
from triage.forecast.reconcile import reconcile
from triage.forecast.series import Panel, check_horizon, panel_of

#: Used while no champion stands.
DEFAULT_MODEL = "path_fast"
LEVEL_NAMES = ("p05", "p10", "p25", "p50", "p75", "p90", "p95")
NAIVE_NAMES = {"naive_p10": 1, "naive_p50": 3, "naive_p90": 5}  # place among the levels
LARGEST_DRAWS = 20_000


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
) -> pd.DataFrame:
    """Forecast one kind of inflow per nationality and in total, and publish PATHS and FORECAST under `kind`.

    With `label` they are published under that name instead: a forecast of somebody's own file is not the official
    one, which the pages show.

    On every path the total is the sum of its parts; FORECAST is read off PATHS, so the two agree. The seasonal
    naive baseline stands beside it. Where nothing was promoted yet, path_fast is used.

    Parameters
    ----------
    frame : tidy inflow rows (INFLOW, or a file with month, quarter or week).
    months : periods to look ahead, 1 to 60.
    paths : joint draws, 2 to 20,000.
    model_name : a name in MODELS instead of the champion.

    Returns
    -------
    FORECAST : persons per series and period.

    Raises TableError and ForecastError for input that cannot be forecast; nothing is then published.
    """
    horizon, draws = check_horizon(months), _check_draws(paths)
    name, version = _model(store, kind, model_name)
    panel = panel_of(frame, "nationality_iso3", kind)
    progress("Sampling the inflow", 0, 2)
    sampled = reconcile(MODELS[name]().fit(panel).sample(horizon, draws, np.random.default_rng(seed)))
    # The baseline has a stream of its own, so that another baseline never changes the forecast.
    naive = MODELS[REFERENCE]().fit(panel).sample(horizon, draws, np.random.default_rng([seed, 1]))
    progress("Publishing the forecast", 1, 2)
    table = forecast_table(panel, sampled, naive, version)
    store.publish("PATHS", paths_table(panel, sampled, version), label or kind)
    store.publish("FORECAST", table, label or kind)
    progress("Published the forecast", 2, 2)
    return table


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


def forecast_table(panel: Panel, sampled: np.ndarray, naive: np.ndarray, version: str) -> pd.DataFrame:
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
            "model_version": version,
        }
    )


def paths_table(panel: Panel, sampled: np.ndarray, version: str) -> pd.DataFrame:
    """PATHS, one row per series, period and draw."""
    draws, n, horizon = sampled.shape
    return pd.DataFrame(
        {
            "made_on": panel.periods[-1],
            "series": np.tile(np.repeat(panel.names, horizon), draws),
            "month": panel.ahead(horizon) * (draws * n),
            "draw": np.repeat(np.arange(draws), n * horizon),
            "persons": sampled.ravel(),
            "model_version": version,
        }
    )

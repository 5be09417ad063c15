"""Rolling origin: at every origin a model sees what was known then and nothing after it."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pandas as pd

from triage.domain.errors import ForecastError
from triage.forecast.models import MODELS, REFERENCE
from triage.forecast.quantiles import NAMES, quantiles_of
from triage.forecast.reconcile import reconcile
from triage.forecast.scores import (
    Scale,
    block_interval,
    diebold_mariano,
    energy_score,
    group_scores,
    known_mean,
    scale_of,
    scaled_difference,
    sum_scores,
)
from triage.forecast.series import Panel, check_horizon, check_length, fewest_periods, number_of

DRAWS = 400
SEED = 12345


@dataclass(frozen=True)
class Trial:
    """What one model said at all origins: quantiles O x H x n x 7, of yearly sums O x n x 7, energy score O x n.

    `paths` (O x draws x n x H) only where they were asked for; coherent.
    """

    model: str
    quantiles: np.ndarray
    sums: np.ndarray
    energy: np.ndarray
    seconds: float
    paths: np.ndarray | None = None


PROTOCOL = "2018-12:2025-09:3"
PROTOCOL_FIRST, PROTOCOL_LAST = "2018-12", "2025-09"
MOST_USUAL = 20  # origins, where the protocol does not fit


def origins_of(text: str, panel: Panel) -> list[str]:
    """Origins as text from `first:last:step`, such as 2018-12:2025-09:3 (a single period is one origin).

    Raises ForecastError for another form, or an origin outside the data or with too short a history.
    """
    parts = text.strip().split(":")
    if len(parts) > 3 or not all(p.strip() for p in parts) or (len(parts) == 3 and not _is_step(parts[2])):
        raise ForecastError(
            "Expected --origins as first:last:step, for example 2018-12:2025-09:3. Write them like that."
        )
    calendar = panel.calendar
    first = number_of(parts[0], calendar)
    last = number_of(parts[1], calendar) if len(parts) > 1 else first
    step = int(parts[2]) if len(parts) == 3 else 1
    if last < first:
        raise ForecastError("The last of --origins lies before the first. Turn them round.")
    if (last - first) // step > 2000:
        raise ForecastError("More than 2,000 origins. Choose a larger step in --origins.")
    origins = [calendar.text(k) for k in range(first, last + 1, step)]
    for origin in (origins[0], origins[-1]):
        panel.length_at(origin)
    check_length(panel.until(panel.length_at(origins[0])))
    return origins


def usual_origins(panel: Panel) -> list[str]:
    """The origins of the public protocol where the data hold them, else about twenty over the last third."""
    fewest = fewest_periods(panel.season)
    if panel.season == 12 and {PROTOCOL_FIRST, PROTOCOL_LAST} <= set(panel.periods[fewest - 1 :]):
        return origins_of(PROTOCOL, panel)
    first, last = max(fewest - 1, 2 * len(panel.periods) // 3), len(panel.periods) - 2
    if last < first:
        raise ForecastError(
            f"The series hold {len(panel.periods)} {panel.calendar.name}s; a backtest needs more than {fewest}. "
            "Give a longer history."
        )
    step = -(-(last - first + 1) // MOST_USUAL)
    return origins_of(f"{panel.periods[first]}:{panel.periods[last]}:{step}", panel)


def check_outcomes(panel: Panel, origins: list[str]) -> list[str]:
    """The origins, when one of them at least has an outcome to be scored against. Raises ForecastError."""
    if all(panel.length_at(origin) == len(panel.values) for origin in origins):
        raise ForecastError(
            f"The data end at the origin, {panel.periods[-1]}, so that no outcome can be scored. "
            f"Choose --origins up to {panel.periods[-2]}."
        )
    return origins


def year_sum(x: np.ndarray, season: int) -> np.ndarray:
    """Sum over the first year of the last axis (periods); not a number where that axis is shorter than a year."""
    return x[..., :season].sum(axis=-1) if x.shape[-1] >= season else np.full(x.shape[:-1], np.nan)


def _is_step(text: str) -> bool:
    return text.strip().isdigit() and int(text) > 0


def outcomes(panel: Panel, origins: list[str], horizon: int) -> np.ndarray:
    """y: origins x horizon x series, not a number where the data end before."""
    padded = np.vstack([panel.values, np.full((horizon, panel.values.shape[1]), np.nan)])
    return np.stack([padded[t : t + horizon] for t in map(panel.length_at, origins)])


def scales(panel: Panel, origins: list[str]) -> Scale:
    """Seasonal change of each origin's training window: origins x series."""
    each = [scale_of(panel.values[: panel.length_at(o)], panel.season) for o in origins]
    return Scale(np.stack([e.mean for e in each]), np.stack([e.square for e in each]))


def run_trial(
    model: str,
    panel: Panel,
    origins: list[str],
    horizon: int,
    seed: int = SEED,
    keep_paths: int = 0,
    coherent: bool = False,
) -> Trial:
    """Forecast from every origin in order, with one stream of random numbers per model.

    `keep_paths` draws are kept besides, reconciled; they come from a stream of their own, so that asking for
    them changes no score. `coherent` scores the paths as they are published, reconciled; seasonal naive, the
    reference, stays as the protocol has it.
    """
    rng, other = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    horizon = check_horizon(horizon)
    y = outcomes(panel, origins, horizon)
    quantiles, sums, energy, kept, seconds = [], [], [], [], 0.0
    for place, origin in enumerate(origins):
        seen = panel.until(panel.length_at(origin))
        start = perf_counter()
        fitted = MODELS[model]().fit(seen)
        paths = fitted.sample(horizon, DRAWS, rng)
        if coherent and model != REFERENCE:
            paths = reconcile(paths)
        quantiles.append(quantiles_of(paths).swapaxes(0, 1))
        sums.append(quantiles_of(year_sum(paths, panel.season)))
        seconds += perf_counter() - start
        energy.append(energy_score(paths, y[place]))
        if keep_paths:
            kept.append(reconcile(fitted.sample(horizon, keep_paths, other)))
    stacked = np.stack(kept) if kept else None
    return Trial(model, np.stack(quantiles), np.stack(sums), np.stack(energy), seconds, stacked)


def score_trials(trials: list[Trial], panel: Panel, origins: list[str], horizon: int) -> dict[str, dict]:
    """Scores per model: {"bottom": …, "total": …, "series": {name: …}}; seasonal naive must be among the trials."""
    y, scale = outcomes(panel, origins, horizon), scales(panel, origins)
    sums = year_sum(y.swapaxes(1, 2), panel.season)  # not a number when one month is not known: all are needed
    reference = next(t for t in trials if t.model == REFERENCE)
    groups = {"bottom": slice(0, -1), "total": slice(-1, None)}
    groups |= {f"series/{name}": slice(i, i + 1) for i, name in enumerate(panel.names)}
    result = {}
    for trial in trials:
        found = {g: _group(trial, reference, y, sums, scale, s) for g, s in groups.items()}
        each = {name: found[f"series/{name}"] for name in panel.names}
        result[trial.model] = {"bottom": found["bottom"], "total": found["total"], "series": each}
        result[trial.model]["against_seasonal_naive"] = _significance(trial, reference, y, scale)
    return result


def _group(trial: Trial, reference: Trial, y: np.ndarray, sums: np.ndarray, scale: Scale, s: slice) -> dict:
    part = Scale(scale.mean[:, s], scale.square[:, s])
    scores = group_scores(trial.quantiles[:, :, s], reference.quantiles[:, :, s], y[:, :, s], part)
    scores |= sum_scores(trial.sums[:, s], reference.sums[:, s], sums[:, s])
    scores["es"] = float(known_mean(trial.energy[:, s] / part.mean))
    scores["seconds"] = trial.seconds / trial.energy.size
    return scores


def _significance(trial: Trial, reference: Trial, y: np.ndarray, scale: Scale) -> dict[str, float]:
    """Difference in scaled WIS to seasonal naive over all series, with its test and 95 % interval."""
    if trial.model == REFERENCE:
        return {}
    d = scaled_difference(trial.quantiles, reference.quantiles, y, scale)
    d = d[np.isfinite(d)]
    if not len(d):
        return {}
    low, high = block_interval(d)
    return {"mean": float(d.mean()), "diebold_mariano": diebold_mariano(d), "low": low, "high": high}


def quantile_rows(trials: list[Trial], panel: Panel, origins: list[str], horizon: int) -> pd.DataFrame:
    """Long table: origin, series, period, h, model, q05 … q95, actual (empty while not known)."""
    y = outcomes(panel, origins, horizon)
    calendar = panel.calendar
    shape = (len(origins), horizon, len(panel.names))
    o, h, s = (a.ravel() for a in np.indices(shape))
    starts = np.array([number_of(origin, calendar) for origin in origins])
    numbers = starts[o] + h + 1
    texts = {k: calendar.text(int(k)) for k in np.unique(numbers)}
    base = {
        "origin": np.array(origins, dtype=object)[o],
        "series": np.array(panel.names, dtype=object)[s],
        "period": [texts[k] for k in numbers],
        "h": h + 1,
    }
    frames = [_with_levels(base, t.model, t.quantiles.reshape(-1, len(NAMES)), y.ravel()) for t in trials]
    return pd.concat(frames, ignore_index=True)


def sum_rows(trials: list[Trial], panel: Panel, origins: list[str], horizon: int) -> pd.DataFrame:
    """Long table of the sums over the first year ahead: origin, series, model, q05 … q95, actual.

    Empty where the horizon is shorter than a year.
    """
    y = year_sum(outcomes(panel, origins, horizon).swapaxes(1, 2), panel.season)
    o, s = (a.ravel() for a in np.indices(y.shape))
    base = {"origin": np.array(origins, dtype=object)[o], "series": np.array(panel.names, dtype=object)[s]}
    frames = [_with_levels(base, t.model, t.sums.reshape(-1, len(NAMES)), y.ravel()) for t in trials]
    return pd.concat(frames, ignore_index=True)


def _with_levels(base: dict, model: str, levels: np.ndarray, actual: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({**base, "model": model, **dict(zip(NAMES, levels.T, strict=True)), "actual": actual})


def path_rows(paths: np.ndarray, names: tuple[str, ...], periods: list[str]) -> pd.DataFrame:
    """Long table of paths x series x horizon: series, period, draw, persons."""
    d, s, h = (a.ravel() for a in np.indices(paths.shape))
    return pd.DataFrame(
        {
            "draw": d,
            "series": np.array(names, dtype=object)[s],
            "period": np.array(periods, dtype=object)[h],
            "persons": paths.ravel(),
        }
    )

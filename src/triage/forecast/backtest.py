"""Rolling origin: at every origin a model sees what was known then and nothing after it.

A cell is one model at one origin. Cells share nothing: each gets the panel as it was then and a stream of random
numbers of its own, so that they can run in any order, in other processes, and be kept for a next run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from triage.domain.errors import ForecastError, TriageError
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
class Cell:
    """One model at one origin: `seen` ends at that origin; `actual` (H x n, persons) serves the energy score alone."""

    model: str
    seen: Panel
    actual: np.ndarray

    @property
    def origin(self) -> str:
        """The last period that the model knows."""
        return self.seen.periods[-1]


@dataclass(frozen=True)
class OriginResult:
    """What one model said at one origin: quantiles H x n x 7, of yearly sums n x 7 (persons), energy score n.

    `paths` (draws x n x H) only where they were asked for; coherent.
    """

    quantiles: np.ndarray
    sums: np.ndarray
    energy: np.ndarray
    seconds: float
    paths: np.ndarray | None = None


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


def cells_of(models: Sequence[str], panel: Panel, origins: Sequence[str], horizon: int) -> list[Cell]:
    """Every model at every origin, model by model in the order given; cells of one origin share one panel."""
    y = outcomes(panel, list(origins), check_horizon(horizon))
    seen = [panel.until(panel.length_at(origin)) for origin in origins]
    return [Cell(model, known, actual) for model in models for known, actual in zip(seen, y, strict=True)]


def run_origin(cell: Cell, horizon: int, seed: int = SEED, keep_paths: int = 0, coherent: bool = False) -> OriginResult:
    """Forecast from one origin, with the stream `default_rng([seed, number of the origin])`, the same for all models.

    `keep_paths` draws are kept besides, reconciled; they come from a stream of their own, so that asking for
    them changes no score. `coherent` scores the paths as they are published, reconciled; seasonal naive, the
    reference, stays as the protocol has it.

    Raises ForecastError, with model and origin, where the model fails or says what is no count.
    """
    try:
        return _run(cell, check_horizon(horizon), seed, keep_paths, coherent)
    except TriageError as error:
        raise type(error)(f"{cell.model} at origin {cell.origin}: {error}") from error
    except (ArithmeticError, ValueError, LookupError, RuntimeError, np.linalg.LinAlgError) as error:
        raise ForecastError(
            f"{cell.model} at origin {cell.origin}: could not be fitted ({type(error).__name__}: {error}). "
            "Leave this model out with --model, or choose other --origins."
        ) from error


def _run(cell: Cell, horizon: int, seed: int, keep_paths: int, coherent: bool) -> OriginResult:
    stream = [seed, number_of(cell.origin, cell.seen.calendar)]
    start = perf_counter()
    fitted = MODELS[cell.model]().fit(cell.seen)
    paths = _checked(fitted.sample(horizon, DRAWS, np.random.default_rng(stream)))
    if coherent and cell.model != REFERENCE:
        paths = reconcile(paths)
    quantiles, sums = quantiles_of(paths).swapaxes(0, 1), quantiles_of(year_sum(paths, cell.seen.season))
    seconds = perf_counter() - start
    kept = None
    if keep_paths:
        kept = reconcile(_checked(fitted.sample(horizon, keep_paths, np.random.default_rng([*stream, 1]))))
    return OriginResult(quantiles, sums, energy_score(paths, cell.actual), seconds, kept)


def _checked(paths: np.ndarray) -> np.ndarray:
    if not np.isfinite(paths).all() or paths.min() < 0:
        raise ForecastError("expected finite counts of 0 or more on every path. Leave this model out with --model.")
    return paths


def stack(model: str, results: Sequence[OriginResult]) -> Trial:
    """The results of one model, in the order of the origins, as one Trial; seconds add up."""
    kept = [r.paths for r in results if r.paths is not None]
    return Trial(
        model,
        np.stack([r.quantiles for r in results]),
        np.stack([r.sums for r in results]),
        np.stack([r.energy for r in results]),
        sum(r.seconds for r in results),
        np.stack(kept) if kept else None,
    )


def stack_all(models: Sequence[str], results: Sequence[OriginResult]) -> list[Trial]:
    """One Trial per model, from the results of `cells_of` in its order."""
    each = len(results) // len(models)
    return [stack(model, results[k * each : (k + 1) * each]) for k, model in enumerate(models)]


def run_trial(
    model: str,
    panel: Panel,
    origins: Sequence[str],
    horizon: int,
    seed: int = SEED,
    keep_paths: int = 0,
    coherent: bool = False,
) -> Trial:
    """One model at all origins, here and now; see run_origin."""
    cells = cells_of([model], panel, origins, horizon)
    return stack(model, [run_origin(cell, horizon, seed, keep_paths, coherent) for cell in cells])


def score_trials(
    trials: list[Trial], panel: Panel, origins: list[str], horizon: int, champion: str | None = None
) -> dict[str, dict]:
    """Scores per model: {"bottom": …, "total": …, "series": {name: …}}; seasonal naive must be among the trials.

    Beside them stand the differences to `against_seasonal_naive` and `against_best` (the lowest rel_wis over the
    series without the total) and, where a champion is named, `against_champion`: each with its test and interval.
    """
    y, scale = outcomes(panel, origins, horizon), scales(panel, origins)
    sums = year_sum(y.swapaxes(1, 2), panel.season)  # not a number when one month is not known: all are needed
    named = {trial.model: trial for trial in trials}
    reference = named[REFERENCE]
    groups = {"bottom": slice(0, -1), "total": slice(-1, None)}
    groups |= {f"series/{name}": slice(i, i + 1) for i, name in enumerate(panel.names)}
    result = {}
    for trial in trials:
        found = {g: _group(trial, reference, y, sums, scale, s) for g, s in groups.items()}
        each = {name: found[f"series/{name}"] for name in panel.names}
        result[trial.model] = {"bottom": found["bottom"], "total": found["total"], "series": each}
    others = {"against_seasonal_naive": REFERENCE, "against_best": best_model(result)}
    others |= {"against_champion": champion} if champion else {}
    for trial in trials:
        result[trial.model] |= {key: significance(trial, named[other], y, scale) for key, other in others.items()}
    return result


def best_model(scores: dict[str, dict]) -> str:
    """Name with the lowest rel_wis over the series without the total; seasonal naive only when it is alone."""
    rivals = {m: s["bottom"]["rel_wis"] for m, s in scores.items() if m != REFERENCE}
    known = {m: value for m, value in rivals.items() if value is not None and np.isfinite(value)}
    return min(known, key=lambda m: known[m]) if known else REFERENCE


def origin_scores(trial: Trial, reference: Trial, panel: Panel, origins: list[str]) -> list[dict[str, float]]:
    """Scores of each origin on its own (WIS, rel_wis, coverage …): those of `bottom`, and with total_ those of TOT.

    At an origin of which no outcome is known they are not a number.
    """
    y, scale = outcomes(panel, origins, trial.quantiles.shape[1]), scales(panel, origins)
    return [
        _at(trial, reference, y, scale, o, slice(0, -1))
        | {f"total_{name}": v for name, v in _at(trial, reference, y, scale, o, slice(-1, None)).items()}
        for o in range(len(origins))
    ]


def _at(trial: Trial, reference: Trial, y: np.ndarray, scale: Scale, o: int, s: slice) -> dict[str, float]:
    one = slice(o, o + 1)
    part = Scale(scale.mean[one, s], scale.square[one, s])
    return group_scores(trial.quantiles[one, :, s], reference.quantiles[one, :, s], y[one, :, s], part)


def _group(trial: Trial, reference: Trial, y: np.ndarray, sums: np.ndarray, scale: Scale, s: slice) -> dict:
    part = Scale(scale.mean[:, s], scale.square[:, s])
    scores = group_scores(trial.quantiles[:, :, s], reference.quantiles[:, :, s], y[:, :, s], part)
    scores |= sum_scores(trial.sums[:, s], reference.sums[:, s], sums[:, s])
    scores["es"] = float(known_mean(trial.energy[:, s] / part.mean))
    scores["seconds"] = trial.seconds / trial.energy.size
    return scores


def significance(trial: Trial, other: Trial, y: np.ndarray, scale: Scale) -> dict[str, Any]:
    """Difference in scaled WIS to another model over all series, with its test and 95 % interval; empty to itself."""
    if trial.model == other.model:
        return {}
    d = scaled_difference(trial.quantiles, other.quantiles, y, scale)
    d = d[np.isfinite(d)]
    if not len(d):
        return {}
    low, high = block_interval(d)
    found = {"mean": float(d.mean()), "diebold_mariano": diebold_mariano(d), "low": low, "high": high}
    return {"model": other.model} | found


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
    rows = pd.concat(frames, ignore_index=True)
    return rows if horizon >= panel.season else rows.iloc[:0]


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

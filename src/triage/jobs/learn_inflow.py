"""Learn the inflow: score every model on past origins, log each run, and propose the best as champion."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from triage.adapters.bundles import write_bundle
from triage.adapters.contracts import contract
from triage.adapters.parallel import run_all
from triage.adapters.registry import LoggedRun, Registry, RunRecord
from triage.adapters.store import Store
from triage.domain.errors import ForecastError
from triage.domain.records import Champion, Progress, silent
from triage.forecast.backtest import DRAWS, SEED, Trial, check_outcomes, origins_of, run_trial, score_trials
from triage.forecast.models import MODELS, REFERENCE
from triage.forecast.report import best_model, model_card, report_html, score_table, scores_document
from triage.forecast.series import Panel, panel_of

SCORE_COLUMNS = ("rel_wis", "wis", "wape", "bias", "coverage_50", "coverage_80", "coverage_90")
MORE_COLUMNS = ("mase", "rmsse", "sum_rel_wis", "sum_coverage_80", "sum_coverage_90")


@dataclass(frozen=True)
class Candidate:
    """The model that is proposed, the gates of models/inflow.toml that it fails, and where its bundle stands."""

    model: str
    version: str
    failed: tuple[str, ...]
    location: str = ""  # relative to the folder given


def learn_inflow(
    frame: pd.DataFrame,
    kind: str,
    store: Store,
    registry: Registry,
    out_folder: Path,
    origins: str = "2018-12:2025-09:3",
    progress: Progress = silent,
    models: list[str] | None = None,
    workers: int = 2,
) -> dict[str, Any]:
    """Backtest all of MODELS, log one run per model, publish SCORES under `kind`, and propose the best.

    The best has the lowest rel_wis over the series without the total, among the models that hold the contract
    in models/inflow.toml. It becomes champion where none stands, or where every gate holds against the champion;
    else it is registered as challenger, and the text says why.

    Parameters
    ----------
    frame : tidy inflow rows. `out_folder` : home; the bundle goes in bundles/ under it.
    models : names in MODELS; None for all. Seasonal naive is always among them.

    Returns
    -------
    kind, model, version, promoted, is_champion, failed, run_id, location, scores, headline and text.

    Raises TableError and ForecastError for input that cannot be scored, ConflictError where somebody promoted in
    the meantime.
    """
    if set(models or ()) - set(MODELS):
        raise ForecastError(f"No forecast model has that name. Known are {', '.join(MODELS)}.")
    panel = panel_of(frame, "nationality_iso3", kind)
    starts = check_outcomes(panel, origins_of(origins, panel))
    champion = store.champion(f"inflow-{kind}")
    standing = [name for name in [_model_of(champion)] if name in MODELS]  # always scored: it is what must be beaten
    names = list(dict.fromkeys([REFERENCE, *(models or MODELS), *standing]))
    # What is published is coherent, so that is what is scored here.
    trial = partial(run_trial, panel=panel, origins=starts, horizon=panel.season, coherent=True)
    # MODELS lists cheap models first; the slow ones start first, so that no process waits for the last.
    trials = run_all(trial, names[::-1], workers, progress, "Backtesting models")[::-1]
    scores = score_trials(trials, panel, starts, panel.season)
    chosen = _chosen(scores, champion, panel, kind, origins)
    chosen = replace(chosen, location=f"bundles/inflow-{kind}-{chosen.version}")
    bundle = out_folder / chosen.location
    write_bundle(bundle, _bundle(chosen, kind, scores, panel, origins))
    progress("Logging the runs", 0, len(names))
    logged = _log(registry, chosen, kind, trials, scores, panel, starts, bundle)
    store.publish("SCORES", scores_table(scores), kind)
    promoted = _promote(store, registry, chosen, kind, champion, logged)
    progress("Logged the runs", len(names), len(names))
    return _result(chosen, kind, scores, champion, promoted, logged)


def scores_table(scores: Mapping[str, dict]) -> pd.DataFrame:
    """SCORES: one row per model and series, the total and the group bottom among them."""
    rows = []
    for model, found in scores.items():
        groups = {"bottom": found["bottom"], **found["series"]}  # the total is the last of the series
        for series, figures in groups.items():
            values = {name: figures[name] for name in (*SCORE_COLUMNS, *MORE_COLUMNS)}
            rows.append({"series": series, "model": model, **values})
    return pd.DataFrame(rows)


def _chosen(scores: dict[str, dict], champion: Champion | None, panel: Panel, kind: str, origins: str) -> Candidate:
    """The best of those that hold the contract; the best of all where none does."""
    gate = contract("inflow")["gate"]
    holding = {m: s for m, s in scores.items() if not _broken(gate, s)}
    model = best_model(holding or scores)
    failed = _broken(gate, scores[model]) + against_champion(gate, model, scores, champion)
    return Candidate(model, f"{model}-{_version_digest(model, panel, kind, origins)}", failed)


def _model_of(champion: Champion | None) -> str:
    """Name in MODELS of a champion: its version begins with it. Empty where none stands."""
    return champion.version.rsplit("-", 1)[0] if champion else ""


def _broken(gate: Mapping[str, Any], scores: Mapping[str, dict]) -> tuple[str, ...]:
    """Gates on the model alone that do not hold; a score that is not known holds none."""
    bottom, total = scores["bottom"], scores["total"]
    held = {
        "rel_wis_at_most": bottom["rel_wis"] <= gate["rel_wis_at_most"],
        "total_rel_wis_at_most": total["rel_wis"] <= gate["total_rel_wis_at_most"],
        "coverage_80_at_least": bottom["coverage_80"] >= gate["coverage_80_at_least"],
        "coverage_80_at_most": bottom["coverage_80"] <= gate["coverage_80_at_most"],
    }
    return tuple(name for name, holds in held.items() if not holds)


def against_champion(
    gate: Mapping[str, Any], model: str, scores: Mapping[str, dict], champion: Champion | None
) -> tuple[str, ...]:
    """Another model must be better than the champion's on the same origins; the same model with newer data may stay."""
    standing = _model_of(champion)
    if standing == model or standing not in scores:
        return ()
    gain = 1 - scores[model]["bottom"]["rel_wis"] / scores[standing]["bottom"]["rel_wis"]
    return () if gain >= gate["gain_over_other_champion_at_least"] else ("gain_over_other_champion_at_least",)


def panel_digest(panel: Panel) -> str:
    """SHA-256 of the counts with their names and first period: the data a run learned from, without the data."""
    digest = hashlib.sha256("|".join([*panel.names, panel.periods[0]]).encode())
    digest.update(panel.values.tobytes())
    return digest.hexdigest()


def _version_digest(model: str, panel: Panel, kind: str, origins: str) -> str:
    said = json.dumps([model, kind, origins, DRAWS, SEED, panel_digest(panel)])
    return hashlib.sha256(said.encode()).hexdigest()[:10]


def _bundle(chosen: Candidate, kind: str, scores: dict[str, dict], panel: Panel, origins: str) -> dict[str, str]:
    """The champion as text: a model here is its recipe, which is fitted anew on the newest data at each forecast."""
    figures = {g: _finite(scores[chosen.model][g]) for g in ("bottom", "total")}
    model = {
        "format": "triage-inflow-1",
        "model": chosen.model,
        "version": chosen.version,
        "kind": kind,
        "settings": {"draws": DRAWS, "seed": SEED, "periods_a_year": panel.season, "log_offset": panel.offset},
        "origins": origins,
        "learned_until": panel.periods[-1],
        "data_digest": panel_digest(panel),
        "gates_failed": list(chosen.failed),
    }
    card = model_card(chosen.model, chosen.version, kind, scores, panel)
    return {
        "model.json": json.dumps(model, indent=1),
        "metrics.json": json.dumps(figures, indent=1),
        "card.md": card,
    }


def _finite(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in figures.items() if math.isfinite(value)}


def _log(
    registry: Registry,
    chosen: Candidate,
    kind: str,
    trials: list[Trial],
    scores: dict[str, dict],
    panel: Panel,
    origins: list[str],
    bundle: Path,
) -> LoggedRun:
    """One run per model; that of the chosen one carries its bundle and is registered. That run."""
    document = json.dumps(scores_document(scores, panel, origins, panel.season, SEED), indent=1, allow_nan=False)
    report = report_html(scores, trials, panel, origins, panel.season)
    found: LoggedRun | None = None
    for model, found_scores in scores.items():
        is_chosen = model == chosen.model
        run = registry.log(
            RunRecord(
                experiment=f"inflow-{kind}",
                name=model,
                parameters=_parameters(model, kind, panel, origins),
                metrics=_metrics(found_scores),
                tags={"data_digest": panel_digest(panel)}
                | ({"version": chosen.version, "location": chosen.location} if is_chosen else {}),
                texts={"scores.json": document, "report.html": report} if is_chosen else {"scores.json": document},
                bundle=bundle if is_chosen else None,
                registered_name=f"inflow-{kind}" if is_chosen else None,
            )
        )
        found = run if is_chosen else found
    assert found is not None  # noqa: S101 - the chosen model is one of those scored
    return found


def _parameters(model: str, kind: str, panel: Panel, origins: list[str]) -> dict[str, Any]:
    return {
        "model": model,
        "kind": kind,
        "origins": f"{origins[0]} to {origins[-1]}, {len(origins)}",
        "horizon": panel.season,
        "coherent": True,
        "draws": DRAWS,
        "seed": SEED,
        "series": len(panel.names) - 1,
        "last_period": panel.periods[-1],
    }


def _metrics(scores: Mapping[str, dict]) -> dict[str, float]:
    return {f"{g}_{name}": v for g in ("bottom", "total") for name, v in _finite(scores[g]).items()}


def _promote(
    store: Store, registry: Registry, chosen: Candidate, kind: str, champion: Champion | None, logged: LoggedRun
) -> bool:
    """Whether the chosen version is now champion. The store decides; MLflow's alias mirrors it."""
    name = f"inflow-{kind}"
    stands = champion is not None and champion.version == chosen.version
    promoted = not stands and (champion is None or not chosen.failed)
    if promoted:
        sequence = champion.sequence if champion else 0
        store.promote(name, chosen.version, chosen.location, logged.run_id, sequence)
    if logged.version is not None:
        registry.alias(name, logged.version, "champion" if promoted or stands else "challenger")
    return promoted


def _result(
    chosen: Candidate,
    kind: str,
    scores: dict[str, dict],
    champion: Champion | None,
    promoted: bool,
    logged: LoggedRun,
) -> dict[str, Any]:
    figures = scores[chosen.model]["bottom"]
    headline = (
        f"{chosen.model}: relWIS {figures['rel_wis']:.3f} (seasonal naive 1), "
        f"80 % band held {figures['coverage_80']:.0%}; {_standing(chosen, champion, promoted)}"
    )
    return {
        "kind": kind,
        "model": chosen.model,
        "version": chosen.version,
        "promoted": promoted,
        "is_champion": promoted or bool(champion and champion.version == chosen.version),
        "failed": list(chosen.failed),
        "run_id": logged.run_id,
        "registered_version": logged.version,
        "location": chosen.location,
        "scores": {m: {g: _finite(s[g]) for g in ("bottom", "total")} for m, s in scores.items()},
        "headline": headline,
        "text": f"{score_table(scores)}\n\n{headline}",
    }


def _standing(chosen: Candidate, champion: Champion | None, promoted: bool) -> str:
    """What became of it, and why."""
    if promoted and chosen.failed:
        return f"champion, because none stood yet; it does not hold {', '.join(chosen.failed)}"
    if promoted:
        return "champion"
    if champion and champion.version == chosen.version:
        return "champion already, on the same data"
    return f"challenger: gates not passed are {', '.join(chosen.failed)}"

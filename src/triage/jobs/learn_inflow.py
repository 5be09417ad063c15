"""Learn the inflow: score every model on past origins, log each run, and propose the best as champion."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from triage.adapters.bundles import write_bundle
from triage.adapters.contracts import contract
from triage.adapters.registry import LoggedRun, Registry, RunRecord
from triage.adapters.store import Store
from triage.domain.errors import ForecastError, TriageError
from triage.domain.records import Champion, Progress, silent
from triage.forecast.backtest import (
    DRAWS,
    SEED,
    Trial,
    check_outcomes,
    origin_scores,
    origins_of,
    quantile_rows,
    score_trials,
    sum_rows,
    usual_origins,
)
from triage.forecast.models import MODELS, REFERENCE
from triage.forecast.report import model_card, report_html, score_table, scores_document
from triage.forecast.series import Panel, panel_of
from triage.jobs.run_cells import Run, panel_digest, run_cells

SCORE_COLUMNS = ("rel_wis", "wis", "wape", "bias", "coverage_50", "coverage_80", "coverage_90")
MORE_COLUMNS = ("mase", "rmsse", "sum_rel_wis", "sum_coverage_80", "sum_coverage_90")
#: Of an origin, in its own run.
ORIGIN_SCORES = ("wis", "rel_wis", "swis", "bias", "coverage_50", "coverage_80", "coverage_90")
#: Runs of single origins; one costs some 40 milliseconds. With more, only what is proposed and what it must beat.
MOST_ORIGIN_RUNS = 400


@dataclass(frozen=True)
class Candidate:
    """The model that is proposed, the gates of models/inflow.toml that it fails, and where its bundle stands."""

    model: str
    version: str
    failed: tuple[str, ...]
    location: str = ""  # relative to the folder given


@dataclass(frozen=True)
class Lesson:
    """What was learned, for those who log it: the subject, every trial, and the scores."""

    kind: str
    label: str  # the kind, or the name of somebody's own file
    panel: Panel
    origins: list[str]
    trials: list[Trial]
    scores: dict[str, dict]

    @property
    def name(self) -> str:
        """Name of the experiment and of the registered model."""
        return f"inflow-{self.label}"

    @property
    def told(self) -> str:
        """The origins in words."""
        return f"{self.origins[0]} to {self.origins[-1]}, {len(self.origins)}"


def learn_inflow(
    frame: pd.DataFrame,
    kind: str,
    store: Store,
    registry: Registry,
    out_folder: Path,
    origins: str | None = None,
    progress: Progress = silent,
    models: list[str] | None = None,
    workers: int = 2,
    label: str | None = None,
) -> dict[str, Any]:
    """Backtest all of MODELS, log one run per model and origin, publish SCORES under the label, propose the best.

    The best has the lowest rel_wis over the series without the total, among the models that hold the contract
    in models/inflow.toml. It becomes champion where none stands, or where every gate holds against the champion;
    else it is registered as challenger, and the text says why. Under another label than the kind (see own_label)
    it is always a challenger: only official counts choose the official model.

    Parameters
    ----------
    frame : tidy inflow rows. `out_folder` : home; the bundle goes in bundles/ under it.
    origins : first:last:step; None for the public protocol where the data hold it, else about twenty.
    models : names in MODELS; None for all. Seasonal naive and the champion are always among them.

    Returns
    -------
    kind, label, model, version, promoted, is_champion, failed, run_id, location, scores, headline and text.

    Raises TableError and ForecastError for input that cannot be scored, ConflictError where somebody promoted in
    the meantime.
    """
    if set(models or ()) - set(MODELS):
        raise ForecastError(f"No forecast model has that name. Known are {', '.join(MODELS)}.")
    panel = panel_of(frame, "nationality_iso3", kind)
    starts = check_outcomes(panel, usual_origins(panel) if origins is None else origins_of(origins, panel))
    champion = store.champion(f"inflow-{kind}")
    standing = next((name for name in [_model_of(champion)] if name in MODELS), None)
    # The champion is always scored: it is what must be beaten.
    wanted: list[str] = [REFERENCE, *(models or MODELS), *([standing] if standing else [])]
    names = list(dict.fromkeys(wanted))
    # What is published is coherent, so that is what is scored here.
    trials, _ = run_cells(names, panel, starts, Run(panel.season, coherent=True, workers=workers), progress)
    scores = score_trials(trials, panel, starts, panel.season, champion=standing)
    lesson = Lesson(kind, label or kind, panel, starts, trials, scores)
    chosen = _chosen(lesson, champion)
    bundle = out_folder / chosen.location
    write_bundle(bundle, _bundle(chosen, lesson))
    logged = _log(registry, chosen, lesson, standing, bundle, progress)
    store.publish("SCORES", scores_table(scores), lesson.label)
    # Outcome by outcome, of the models that a forecast may be made with: the pages tell from it what was missed.
    told = [one for one in trials if one.model in (chosen.model, standing)]
    store.publish("BACKTEST", quantile_rows(told, panel, starts, panel.season), lesson.label)
    store.publish("BACKTEST_SUMS", sum_rows(told, panel, starts, panel.season), lesson.label)
    promoted = _promote(store, registry, chosen, lesson, champion, logged)
    return _result(chosen, lesson, champion, promoted, logged)


def own_label(frame: pd.DataFrame, kind: str, official: Sequence[pd.DataFrame]) -> str | None:
    """Name for what is learned from a file: none (the kind) where it holds the same counts as one of `official`."""
    digest = panel_digest(panel_of(frame, "nationality_iso3", kind))
    return None if digest in {_digest_of(one, kind) for one in official} else f"{kind} (eigen bestand)"


def _digest_of(frame: pd.DataFrame, kind: str) -> str:
    try:
        return panel_digest(panel_of(frame, "nationality_iso3", kind))
    except TriageError:  # official counts without this kind: nothing to be equal to
        return ""


def scores_table(scores: Mapping[str, dict]) -> pd.DataFrame:
    """SCORES: one row per model and series, the total and the group bottom among them."""
    rows = []
    for model, found in scores.items():
        groups = {"bottom": found["bottom"], **found["series"]}  # the total is the last of the series
        for series, figures in groups.items():
            values = {name: figures[name] for name in (*SCORE_COLUMNS, *MORE_COLUMNS)}
            rows.append({"series": series, "model": model, **values})
    return pd.DataFrame(rows)


def _chosen(lesson: Lesson, champion: Champion | None) -> Candidate:
    """The one to propose of those that hold the contract; of all where none does."""
    gate, scores = contract("inflow")["gate"], lesson.scores
    holding = {m: s for m, s in scores.items() if not _broken(gate, s)}
    model = proposed(holding or scores, gate["cheapest_within"])
    failed = _broken(gate, scores[model]) + against_champion(gate, model, scores, champion)
    version = f"{model}-{_version_digest(model, lesson)}"
    return Candidate(model, version, failed, f"bundles/inflow-{lesson.kind}-{version}")


def proposed(scores: Mapping[str, dict], within: float) -> str:
    """The first, which is the cheapest, of the models whose score lies within a share of the best.

    The score is the geometric mean of rel_wis of the series and of their total, each once: planning uses both. Less
    than `within` is noise, and then the model that costs least is right. Seasonal naive only when it is alone.
    """
    means = {m: math.sqrt(s["bottom"]["rel_wis"] * s["total"]["rel_wis"]) for m, s in scores.items() if m != REFERENCE}
    known = {m: mean for m, mean in means.items() if math.isfinite(mean)}
    if not known:
        return REFERENCE
    cheap_first = sorted(known, key=list(MODELS).index)
    return next(m for m in cheap_first if known[m] <= (1 + within) * min(known.values()))


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
    """Another model must be better than the champion's on the same origins, and more than by chance.

    By chance is judged on paired differences in scaled WIS: Diebold-Mariano, or the bootstrap interval below 0. The
    same model with newer data may stay.
    """
    standing = _model_of(champion)
    if standing == model or standing not in scores:
        return ()
    gain = 1 - scores[model]["bottom"]["rel_wis"] / scores[standing]["bottom"]["rel_wis"]
    paired = scores[model].get("against_champion") or {"high": math.inf, "diebold_mariano": math.inf}
    is_beyond_chance = paired["high"] < 0 or paired["diebold_mariano"] < gate["diebold_mariano_below"]
    held = {
        "gain_over_other_champion_at_least": gain >= gate["gain_over_other_champion_at_least"],
        "diebold_mariano_below": is_beyond_chance,
    }
    return tuple(name for name, holds in held.items() if not holds)


def _version_digest(model: str, lesson: Lesson) -> str:
    said = json.dumps([model, lesson.label, lesson.told, DRAWS, SEED, panel_digest(lesson.panel)])
    return hashlib.sha256(said.encode()).hexdigest()[:10]


def _bundle(chosen: Candidate, lesson: Lesson) -> dict[str, str]:
    """The champion as text: a model here is its recipe, which is fitted anew on the newest data at each forecast."""
    panel, scores = lesson.panel, lesson.scores
    figures = {g: _finite(scores[chosen.model][g]) for g in ("bottom", "total")}
    model = {
        "format": "triage-inflow-1",
        "model": chosen.model,
        "version": chosen.version,
        "kind": lesson.kind,
        "settings": {"draws": DRAWS, "seed": SEED, "periods_a_year": panel.season, "log_offset": panel.offset},
        "origins": lesson.told,
        "learned_until": panel.periods[-1],
        "data_digest": panel_digest(panel),
        "gates_failed": list(chosen.failed),
    }
    card = model_card(chosen.model, chosen.version, lesson.kind, scores, panel)
    return {
        "model.json": json.dumps(model, indent=1),
        "metrics.json": json.dumps(figures, indent=1),
        "card.md": card,
    }


def _finite(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in figures.items() if math.isfinite(value)}


def _log(
    registry: Registry, chosen: Candidate, lesson: Lesson, standing: str | None, bundle: Path, progress: Progress
) -> LoggedRun:
    """One run per model with one below it per origin; that of the chosen one carries its bundle. That run."""
    scores, panel, origins = lesson.scores, lesson.panel, lesson.origins
    document = json.dumps(scores_document(scores, panel, origins, panel.season, SEED), indent=1, allow_nan=False)
    report = report_html(scores, lesson.trials, panel, origins, panel.season)
    # With few origins every model shows each of them; else the proposed, the champion and the reference.
    shown = {chosen.model, standing, REFERENCE} if len(scores) * len(origins) > MOST_ORIGIN_RUNS else set(scores)
    found: LoggedRun | None = None
    for done, model in enumerate(scores):
        progress("Logging the runs", done, len(scores))
        is_chosen = model == chosen.model
        texts = {"scores.json": document, "report.html": report} if is_chosen else {"scores.json": document}
        run = registry.log(_record(model, lesson, texts, chosen if is_chosen else None, bundle))
        if model in shown:
            registry.log_parts(lesson.name, run.run_id, _origin_records(model, lesson))
        found = run if is_chosen else found
    progress("Logged the runs", len(scores), len(scores))
    assert found is not None  # noqa: S101 - the chosen model is one of those scored
    return found


def _record(model: str, lesson: Lesson, texts: Mapping[str, str], chosen: Candidate | None, bundle: Path) -> RunRecord:
    """The run of one model; with `chosen` it is the one that is proposed."""
    tags = {"data_digest": panel_digest(lesson.panel)}
    return RunRecord(
        experiment=lesson.name,
        name=model,
        parameters=_parameters(model, lesson),
        metrics=_metrics(lesson.scores[model]),
        tags=tags | ({"version": chosen.version, "location": chosen.location} if chosen else {}),
        texts=texts,
        bundle=bundle if chosen else None,
        registered_name=lesson.name if chosen else None,
    )


def _origin_records(model: str, lesson: Lesson) -> list[RunRecord]:
    """A small run per origin: what was scored there."""
    named = {trial.model: trial for trial in lesson.trials}
    each = origin_scores(named[model], named[REFERENCE], lesson.panel, lesson.origins)
    wanted = [*ORIGIN_SCORES, *(f"total_{name}" for name in ORIGIN_SCORES)]
    return [
        RunRecord(
            experiment=lesson.name,
            name=f"{model} {origin}",
            parameters={"model": model, "kind": lesson.kind, "origin": origin},
            metrics=_finite({name: found[name] for name in wanted}),
        )
        for origin, found in zip(lesson.origins, each, strict=True)
    ]


def _parameters(model: str, lesson: Lesson) -> dict[str, Any]:
    return {
        "model": model,
        "kind": lesson.kind,
        "origins": lesson.told,
        "horizon": lesson.panel.season,
        "coherent": True,
        "draws": DRAWS,
        "seed": SEED,
        "series": len(lesson.panel.names) - 1,
        "last_period": lesson.panel.periods[-1],
    }


def _metrics(scores: Mapping[str, dict]) -> dict[str, float]:
    return {f"{g}_{name}": v for g in ("bottom", "total") for name, v in _finite(scores[g]).items()}


def _promote(
    store: Store, registry: Registry, chosen: Candidate, lesson: Lesson, champion: Champion | None, logged: LoggedRun
) -> bool:
    """Whether the chosen version is now champion. The store decides; MLflow's alias mirrors it."""
    stands = champion is not None and champion.version == chosen.version
    promoted = lesson.label == lesson.kind and not stands and (champion is None or not chosen.failed)
    if promoted:
        sequence = champion.sequence if champion else 0
        store.promote(lesson.name, chosen.version, chosen.location, logged.run_id, sequence)
    if logged.version is not None:
        registry.alias(lesson.name, logged.version, "champion" if promoted or stands else "challenger")
    return promoted


def _result(
    chosen: Candidate, lesson: Lesson, champion: Champion | None, promoted: bool, logged: LoggedRun
) -> dict[str, Any]:
    scores = lesson.scores
    figures = scores[chosen.model]["bottom"]
    headline = (
        f"{chosen.model}: relWIS {figures['rel_wis']:.3f} (seasonal naive 1), "
        f"80 % band held {figures['coverage_80']:.0%}; {_standing(chosen, lesson, champion, promoted)}"
    )
    return {
        "kind": lesson.kind,
        "label": lesson.label,
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


def _standing(chosen: Candidate, lesson: Lesson, champion: Champion | None, promoted: bool) -> str:
    """What became of it, and why."""
    failed = f"gates not passed are {', '.join(chosen.failed)}" if chosen.failed else "all gates passed"
    if lesson.label != lesson.kind:
        return f"challenger under {lesson.label}, {failed}; only official counts choose the official model"
    if promoted and chosen.failed:
        return f"champion, because none stood yet; it does not hold {', '.join(chosen.failed)}"
    if promoted:
        return "champion"
    if champion and champion.version == chosen.version:
        return "champion already, on the same data"
    return f"challenger: {failed}"

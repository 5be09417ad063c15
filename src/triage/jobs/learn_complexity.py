"""Learn the work of a case: split by time, measure, fit again on the newest window, write, log, and propose."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from triage.adapters.bundles import read_bundle, write_bundle
from triage.adapters.contracts import contract
from triage.adapters.files import write_table
from triage.adapters.registry import LoggedRun, Registry, RunRecord
from triage.adapters.store import Store
from triage.domain.case import Depth, Moment
from triage.domain.errors import BundleError, LawError, LearningError
from triage.domain.facts import Register
from triage.domain.records import Champion, Progress, silent
from triage.jobs.open_model import index_beside
from triage.law.book import shipped_law
from triage.routing.card import calibration_plot, card, figures, report
from triage.routing.learning import Learned, hours_per_class, learn
from triage.routing.measures import Measured
from triage.routing.neighbours import NEIGHBOURS_FILE, Neighbours
from triage.routing.policy import Policy, hours_table, in_own_depth, open_hours, priced, ranges_met
from triage.routing.served import served_columns

NAME = "complexity"
SERVED_CODE = Path(__file__).with_name("served_copy.py")
RECENT = 3_000  # latest lodgings on which the price of the heavy route is set


@dataclass(frozen=True)
class LearnedComplexity:
    """What learning gave: the version, its measures, the folder of its bundle, and whether it became champion."""

    version: str
    metrics: Mapping[str, float]
    text: str
    folder: Path
    flags: tuple[str, ...]
    failed: tuple[str, ...]  # gates that did not hold
    promoted: bool = False
    run_id: str = ""
    registered_version: str | None = None
    model_uri: str | None = None
    measured: tuple[Measured, ...] = field(default=(), repr=False)

    @property
    def headline(self) -> str:
        """One line for a list of steps."""
        said = ", ".join(f"{m.moment} {m.log_loss:.3f} (prior {m.log_loss_prior:.3f})" for m in self.measured)
        return f"{self.version}: log-loss {said}; {'champion' if self.promoted else 'challenger'}"

    def summary(self) -> dict[str, Any]:
        """For machines."""
        return {
            "version": self.version,
            "bundle": str(self.folder),
            "promoted": self.promoted,
            "gates_failed": list(self.failed),
            "flags": list(self.flags),
            "run_id": self.run_id,
            "metrics": dict(self.metrics),
        }


def learn_complexity(
    cases: pd.DataFrame,
    register: Register,
    snapshot: date,
    out: Path | None,
    registry: Registry | None = None,
    store: Store | None = None,
    home: Path | None = None,
    promote: bool = False,
    margin_hours: float = 0.5,
    heavy_cap_share: float = 0.25,
    truth: pd.DataFrame | None = None,
    progress: Progress = silent,
) -> LearnedComplexity:
    """Learn from what was known on `snapshot`, and write a bundle in `out` or under `home`.

    Beside `out` two lists are written, for people who may see cases; a bundle travels, and holds none: OUT-labels.csv
    says per case whether its hours are unknown, partial or known, and since when; OUT-review.csv, where there are any,
    lists hours that look like typing errors. With `registry` the run is logged (measures and digests, no rows of
    cases) and registered as challenger. With `promote`, `store` and `home` it becomes champion where none stands and
    it beats the prior, or where every gate of models/complexity.toml holds.

    Raises LearningError with too few labels or one class only; ForbiddenFeatureError for a forbidden fact;
    ConflictError where somebody promoted in the meantime. Nothing is written before all is learned.
    """
    if promote and register.digest != Register.load().digest:
        raise LearningError(
            "The champion serves the shipped facts register; a model of another register cannot take its place. "
            "Learn without --promote, and score with its bundle and register."
        )
    if out is None and home is None:
        raise LearningError("There is no place for the bundle. Give out, or home.")
    learned = learn(cases, register, snapshot, truth, progress)
    policy = _policy(learned, register, margin_hours, heavy_cap_share)
    champion = store.champion(NAME) if store else None
    failed = failed_gates(learned.backtest.measured, contract(NAME)["gate"], _skills(champion, home))
    location = f"bundles/{learned.model.version}"
    files = _files(learned, register, policy)
    places = [place for place in (out, home / location if home else None) if place is not None]
    digests = {write_bundle(place, files) for place in places}
    if home and (index := _neighbours(learned)):
        write_bundle(index_beside(home / location), index)  # of single cases: never logged, and not in a bundle
    listed = _lists(learned, out) if out is not None else ""
    result = LearnedComplexity(
        version=learned.model.version,
        metrics=figures(learned),
        text=report(learned) + listed,
        folder=places[0],
        flags=learned.flags,
        failed=failed,
        measured=learned.backtest.measured,
    )
    progress("log the run", 0, 1)
    if registry:
        logged = _logged(result, learned, register, policy, registry, min(digests), location if home else "")
        registry.alias(NAME, str(logged.version), "challenger")
        result = replace(result, run_id=logged.run_id, registered_version=logged.version, model_uri=logged.model_uri)
    progress("log the run", 1, 1)
    if promote and store and home:
        result = _promoted(result, champion, location, store, registry)
    return replace(result, text=result.text + "\n" + _verdict(result, promote))


def _policy(learned: Learned, register: Register, margin_hours: float, cap: float) -> Policy:
    """Hours per class as learned, and the prices at which the heavy depth stays under its cap on recent lodgings."""
    window, _ = learned.labels.window()
    assumed = contract(NAME)["policy"]
    booked = hours_per_class(learned, register)
    draft = Policy(
        version=f"policy-{learned.model.about.learned_on}",
        margin_hours=margin_hours,
        caps={Depth.HEAVY: cap},
        hours=in_own_depth(booked, assumed["phi_over"], assumed["phi_under"]),
        met=ranges_met(learned.model.features, window),
        **assumed,
    )
    recent = learned.labels.cases.sort_values("lodged_on", kind="stable").tail(RECENT)
    moments = list(Moment) if learned.model.features.later & set(recent.columns) else [Moment.IDENTIFIED]
    return priced(draft, {moment: _open_hours(recent, learned, register, moment, draft) for moment in moments})


def _open_hours(
    recent: pd.DataFrame, learned: Learned, register: Register, moment: Moment, policy: Policy
) -> np.ndarray:
    """Expected hours per depth, of the recent lodgings of which no rule decides; all of them without law."""
    chances = learned.model.predict(recent, moment)[[f"p_{name}" for name in register.class_names]].to_numpy()
    if register.digest != Register.load().digest:  # the law knows the facts of the shipped register only
        return chances @ hours_table(policy)
    law = shipped_law()
    try:
        options = [law.options(intake, with_flags=False) for intake in register.intakes(recent, moment)]
    except LawError:  # lodged before the law book begins
        return chances @ hours_table(policy)
    return open_hours(chances, options, policy)


def _lists(learned: Learned, out: Path) -> str:
    """Write the label states and the cleaning list beside the bundle; say where."""
    states, review = out.with_name(f"{out.name}-labels.csv"), out.with_name(f"{out.name}-review.csv")
    write_table(learned.labels.states(), states)
    strange = learned.labels.review_list()
    if not len(strange):
        return f"\nWrote the label state of each case in {states.name}; no hours look like a typing error."
    write_table(strange, review)
    return f"\nWrote the label state of each case in {states.name}, and {len(strange)} for review in {review.name}."


def failed_gates(
    measured: Iterable[Measured], gate: Mapping[str, Any], champion_skill: Mapping[str, float]
) -> tuple[str, ...]:
    """The gates of models/complexity.toml that do not hold, in words; empty where all hold.

    `champion_skill` holds the share of the prior's log-loss that the champion took away, per moment.
    """
    failed = []
    for m in measured:
        skill = 1 - m.log_loss / m.log_loss_prior
        lost = champion_skill.get(m.moment, skill) - skill
        checks = {
            "not better than the class prior": not m.better_than_prior and gate["better_than_prior"],
            "not better than the hand rules": m.log_loss >= (m.log_loss_hand_rules or np.inf)
            and gate["better_than_hand_rules"],
            f"ECE {m.ece:.3f} above {gate['ece_at_most']}": m.ece > gate["ece_at_most"],
            f"90 % sets cover {m.coverage_90:.2f}": not gate["coverage_90_at_least"]
            <= m.coverage_90
            <= gate["coverage_90_at_most"],
            f"worst class covered {m.coverage_least:.2f}": m.coverage_least < gate["coverage_of_worst_class_at_least"],
            f"takes {lost:.3f} less of the prior's loss away than the champion": lost
            > gate["skill_loss_against_champion_at_most"],
        }
        failed += [f"{m.moment}: {words}" for words, fails in checks.items() if fails]
    return tuple(failed)


def _skills(champion: Champion | None, home: Path | None) -> dict[str, float]:
    """Skill of the champion per moment, from the measures in its bundle; empty where it cannot be read."""
    if champion is None or home is None:
        return {}
    try:
        known = json.loads(read_bundle(home / champion.location)["metrics.json"])
    except (BundleError, KeyError, ValueError):
        return {}  # a champion without readable measures cannot hold back a newcomer
    return {
        str(moment): 1 - known[f"log_loss_{moment}"] / known[f"log_loss_prior_{moment}"]
        for moment in Moment
        if f"log_loss_{moment}" in known
    }


def _files(learned: Learned, register: Register, policy: Policy) -> dict[str, str]:
    """All files of the bundle: the model, its policy, measures, card and the digest of its register."""
    return learned.model.to_files() | {
        "policy.json": json.dumps(policy.to_dict(), indent=1),
        "metrics.json": json.dumps(figures(learned), indent=1),
        "register.json": json.dumps({"sha256": register.digest, "classes": register.class_names}),
        "card.md": card(learned, register, policy.version),
    }


def _neighbours(learned: Learned) -> dict[str, str]:
    """The index of closed cases by their hours; none where they are few. Suspected typing errors are no neighbour."""
    closed = learned.labels.mature
    strange = closed["case_id"].isin(learned.labels.for_review()["case_id"])
    found = Neighbours.of(learned.model, closed.loc[~strange])
    return {NEIGHBOURS_FILE: found.to_text()} if found else {}


def _logged(
    result: LearnedComplexity,
    learned: Learned,
    register: Register,
    policy: Policy,
    registry: Registry,
    digest: str,
    location: str,
) -> LoggedRun:
    """Log measures, digests, card and plot; the bundle becomes a version that MLflow can serve. No rows of cases."""
    about = learned.model.about
    return registry.log(
        RunRecord(
            experiment=NAME,
            name=result.version,
            parameters={
                "snapshot": about.learned_on,
                "splits": ", ".join(split.isoformat() for split in learned.backtest.splits),
                "trained_on": learned.trained_on,
                "window": learned.window,
                "tree_weight": about.tree_weight,
                "deep_trees": learned.backtest.choice.is_deep,
                "audited": learned.audited,
                "regimes": ", ".join(about.regimes),
                "policy": policy.version,
                "register_sha256": register.digest,
            },
            metrics={name: value for name, value in result.metrics.items() if np.isfinite(value)},
            tags={"version": result.version, "location": location, "bundle_sha256": digest},
            texts={
                "card.md": card(learned, register, policy.version),
                "report.txt": result.text,
                "policy.json": json.dumps(policy.to_dict(), indent=1),
                "calibration.svg": calibration_plot(learned.backtest.measured),
                "cohorts.json": learned.labels.cohorts().to_json(orient="records") or "[]",
            },
            bundle=result.folder,
            registered_name=NAME,
            signature=served_columns(learned.model),
            served_code=SERVED_CODE,
        )
    )


def _promoted(
    result: LearnedComplexity, champion: Champion | None, location: str, store: Store, registry: Registry | None
) -> LearnedComplexity:
    """The result as champion: where every gate holds, or where none stands and it beats the prior."""
    beats_prior = all(m.better_than_prior for m in result.measured)
    if champion and champion.version == result.version:
        return replace(result, promoted=True)  # the same cases gave the same model
    if result.failed and not (champion is None and beats_prior):
        return result
    store.promote(NAME, result.version, location, result.run_id, champion.sequence if champion else 0)
    if registry and result.registered_version:
        registry.alias(NAME, result.registered_version, "champion")
    return replace(result, promoted=True)


def _verdict(result: LearnedComplexity, promote: bool) -> str:
    gates = "all hold" if not result.failed else "; ".join(result.failed)
    became = "champion" if result.promoted else "not promoted" if promote else "challenger"
    return f"Gates: {gates}. This version is {became}."

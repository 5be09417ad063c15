"""The fairness audit: scores beside outcomes per group, and the stand-in tests. The one place that reads group columns.

Outcomes (granted) and groups come in here, go into counts and tests, and are not kept. Nothing in here feeds a model.
"""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from triage.adapters.files import write_table
from triage.adapters.store import Store
from triage.domain.case import Moment
from triage.domain.case_tables import FAIRNESS
from triage.domain.errors import TableError
from triage.domain.facts import FALSE_TEXTS, TRUE_TEXTS, Register
from triage.domain.records import Progress, silent
from triage.routing.evidence import planted_bias
from triage.routing.fairness import measure_groups
from triage.routing.fairness_report import Audit, PlantedTrials, audit_html
from triage.routing.groups import groups_of
from triage.routing.judged import Judged, judged
from triage.routing.labels import classes_at_level
from triage.routing.standin import (
    FEWEST_GRANTS,
    Ablation,
    Proxies,
    StandIn,
    ablation,
    expected_work,
    proxies,
    stand_in,
    telltale_facts,
)
from triage.simulation.world import make_world

GRANTED, NATIONALITY = "granted", "nationality"
OPTIMUM = "optimum_hours"
MADE_UP_SNAPSHOT, MEASURED_TIME = date(2025, 11, 30), timedelta(days=182)


def measure_fairness(
    cases: pd.DataFrame,
    scores: pd.DataFrame,
    register: Register,
    moment: Moment,
    groups: pd.DataFrame | None = None,
    decisions: pd.DataFrame | None = None,
    snapshot: date | None = None,
    out: Path | None = None,
    seed: int = 1,
    progress: Progress = silent,
) -> Audit:
    """Measure every group and pair and test for stand-ins; write table, report and audit.json in `out`.

    Parameters
    ----------
    cases : table CASES in canonical form with outcomes; scores : what `triage score` wrote of them at `moment`.
    groups : by case_id, columns that become groups; besides `granted` (true, false or empty) and `optimum_hours` (of a
        made-up world), which only the stand-in test reads.
    decisions : by case_id, `followed`.
    snapshot : what was known when; default the newest date in the cases.

    Raises TableError, LearningError as `judged` and `groups_of` do.
    """
    day, at = snapshot or _newest_day(cases, register), _moment_in(cases, register, moment)
    progress("fairness", 0, 3)
    found = judged(cases, scores, register, day, decisions)
    own = None if groups is None else _of_measured(groups, found.cases)
    columns = None if own is None else own.drop(columns=[GRANTED, OPTIMUM], errors="ignore")
    traits = groups_of(found.cases, register, columns, at)
    table = FAIRNESS.check(measure_groups(found, traits, seed))
    progress("fairness", 1, 3)
    outcome, notes = _outcome_test(found, scores, register, at, own, seed)
    progress("fairness", 2, 3)
    known, gain = _trait_tests(found, register, at, traits)
    about = {"measured cases": len(found.cases), "moment": str(at), "snapshot": str(day), "seed": seed}
    audit = Audit(table, about, (*found.notes, *notes), outcome, known, gain)
    if out is not None:
        _write(audit, out)
    progress("fairness", 3, 3)
    return audit


def _newest_day(cases: pd.DataFrame, register: Register) -> date:
    columns = ["lodged_on", register.outcomes.get("decided_on", "decided_on")]
    newest = np.concatenate([cases[name].dropna().to_numpy(dtype="datetime64[D]") for name in columns if name in cases])
    return newest.max().item()


def _moment_in(cases: pd.DataFrame, register: Register, moment: Moment) -> Moment:
    """Identified, where the register knows facts of the registration interview and the cases hold none of them."""
    later = [fact.name for fact in register.model_facts() if fact.moment is Moment.REGISTERED]
    return Moment.IDENTIFIED if later and not set(later) & set(cases.columns) else moment


def _of_measured(groups: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """Rows of the measured cases, `granted` as 1, 0 or nan; the file may hold more cases than were measured."""
    if "case_id" not in groups:
        raise TableError("Groups: column case_id is missing. Give one row per case, with case_id and the groups.")
    wanted = groups["case_id"].astype(str).isin(measured["case_id"].astype(str))
    own = groups.loc[wanted].reset_index(drop=True)
    return own.assign(**{GRANTED: [_yes_or_no(cell) for cell in own[GRANTED]]}) if GRANTED in own else own


def _outcome_test(
    found: Judged, scores: pd.DataFrame, register: Register, moment: Moment, own: pd.DataFrame | None, seed: int
) -> tuple[StandIn | None, list[str]]:
    """Hold the score against the outcome, where the groups came with one."""
    if own is None or GRANTED not in own:
        return None, []
    by_case = own.set_index(own["case_id"].astype(str)).reindex(found.cases["case_id"].astype(str))
    granted = by_case[GRANTED].to_numpy(dtype=float)
    rows = np.flatnonzero(~np.isnan(granted))
    came = granted[rows] == 1
    if min(came.sum(), (~came).sum()) < FEWEST_GRANTS:
        return None, [f"stand-in test not done: fewer than {FEWEST_GRANTS} cases of either outcome"]
    cases, hours = found.cases.iloc[rows], found.cases["label_hours"].to_numpy()[rows]
    score = _score_of(found, scores)[rows]
    facts = (
        telltale_facts(cases, register, moment, np.log(hours), came) if _reads_facts(cases, register, moment) else ()
    )
    if OPTIMUM in by_case:
        work, benchmark = by_case[OPTIMUM].to_numpy(dtype=float)[rows], "the optimum"
    elif _reads_facts(cases, register, moment):
        work, benchmark = expected_work(cases, register, moment, hours, facts), "work learned anew from hours"
    else:
        work, benchmark = hours, "hours as booked"
    return stand_in(score, work, hours, came, benchmark, facts, seed), []


def _reads_facts(cases: pd.DataFrame, register: Register, moment: Moment) -> bool:
    """Whether the cases hold facts that the model reads at this moment."""
    return any(fact.name in cases for fact in register.model_facts() if fact in register.at(moment))


def _yes_or_no(cell: Any) -> float:
    """1, 0, or nan for an empty cell. The value itself is never repeated in an error."""
    word = str(cell).strip().lower()
    if cell is None or word in ("", "nan", "none", "unknown", "<na>"):
        return np.nan
    if word not in TRUE_TEXTS | FALSE_TEXTS:
        raise TableError("Groups: column granted: expected true, false or an empty cell. Correct it.")
    return float(word in TRUE_TEXTS)


def _score_of(found: Judged, scores: pd.DataFrame) -> np.ndarray:
    """Expected hours of each measured case; P(heavy) where the scores have no hours."""
    if "hours_mean" not in scores:
        return found.figures["said"].to_numpy()
    by_case = scores.set_index(scores["case_id"].astype(str))["hours_mean"]
    return by_case.reindex(found.cases["case_id"].astype(str)).to_numpy(dtype=float)


def _trait_tests(
    found: Judged, register: Register, moment: Moment, traits: pd.DataFrame
) -> tuple[Proxies | None, Ablation | None]:
    """Nationality out of the model's facts, and beside them. Needs the facts in the cases."""
    if NATIONALITY not in traits or not _reads_facts(found.cases, register, moment):
        return None, None
    trait = traits[NATIONALITY].to_numpy(dtype=object)
    target = classes_at_level(found.cases["label_hours"].to_numpy(), np.zeros(1), 0.0, register.cutoffs_hours)
    known = proxies(found.cases, register, moment, trait)
    return known, ablation(found.cases, register, moment, target, trait)


def _write(audit: Audit, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    write_table(audit.table, out / "fairness.parquet")
    write_table(audit.table, out / "fairness.csv")
    (out / "report.html").write_text(audit_html(audit), encoding="utf8")
    (out / "report.txt").write_text(audit.text + "\n", encoding="utf8")
    (out / "audit.json").write_text(json.dumps(audit.summary(), indent=1, default=str), encoding="utf8")


def decisions_of(cases: pd.DataFrame, store: Store) -> pd.DataFrame:
    """Whether officers followed the newest decided suggestion, per case that the log holds: case_id, followed."""
    known = set(cases["case_id"].astype(str)) & {intake.case_id for intake in store.intakes()}
    rows = []
    for case_id in sorted(known):
        decided = [
            one.decision
            for one in store.suggestions_of(case_id)
            if one.decision is not None and one.decision.had_advice is not False  # without advice nothing is overridden
        ]
        if decided:
            rows.append((case_id, max(decided, key=lambda one: one.decided_at).followed))
    return pd.DataFrame(rows, columns=["case_id", "followed"])


def made_up_history(
    n: int, seed: int, moment: Moment, snapshot: date = MADE_UP_SNAPSHOT
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A made-up world for the audit: (cases as known on `snapshot`, later cases with outcomes, groups of these).

    A model is learned on the first and measured on the lodgings of the half-year after, as every outcome will once be
    known. The groups hold the made-up outcome and the optimum; no model sees them.
    """
    world, day = make_world(n, seed), pd.Timestamp(snapshot)
    lodged = world.cases["lodged_on"]
    later = world.cases.loc[(lodged > day) & (lodged <= day + MEASURED_TIME)].reset_index(drop=True)
    truth = world.truth.set_index("case_id").loc[later["case_id"]].reset_index()
    number = 1 if moment is Moment.IDENTIFIED else 2
    groups = pd.DataFrame({"case_id": truth["case_id"], OPTIMUM: truth[f"hours{number}"], GRANTED: truth[GRANTED]})
    return world.cases_at(snapshot), later, groups


def planted_bias_trials(reports: int, seed: int, seeds: int, progress: Progress = silent) -> PlantedTrials:
    """The planted-bias trial for a model that says the same of every case, and for one that tells cases apart."""
    kinds = (("alike (hardest)", 0.0), ("apart (spread .2)", 0.2))
    plan = [(kind, spread, seed + k) for kind, spread in kinds for k in range(seeds)]
    trials = []
    for number, (kind, spread, one) in enumerate(plan, 1):
        trials.append((kind, planted_bias(reports, spread=spread, seed=one)))
        progress("planted bias", number, len(plan))
    return PlantedTrials(tuple(trials))

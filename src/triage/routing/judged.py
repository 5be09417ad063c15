"""Scores beside what came of them: one row of figures per measured case, for the fairness audit.

Measured are cases whose hours are known without selection: all of lodging cohorts that are 95 % closed, and the
audit sample. The latest closed cases are the easy ones; on them every group would look as if it were predicted too
heavy.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from triage.domain.errors import LearningError, TableError
from triage.domain.facts import Register
from triage.routing.labels import classes_at_level, labels_at
from triage.routing.scores import heavy_count, share_heavy

FEWEST_MEASURED = 300
LIGHT, STANDARD, HEAVY = 0.0, 1.0, 2.0
DEPTH_NAMES = {"light": LIGHT, "standard": STANDARD, "heavy": HEAVY}
RULE, NOT_SURE = "rule", "not_sure"
WORK_STRATA = 10  # groups of equal expected hours within which waiting is compared
CLOSE_TO_ONE = 1e-3


@dataclass(frozen=True)
class Judged:
    """Measured cases with their figures, row by row alike.

    `figures` has said (P heavy), heavy (0 or 1), and per measure a column, nan where it does not hold of a case:
    calibration_gap, rps, hours_gap (h), false_light, false_heavy, coverage_90, not_sure, override, wait_days;
    override_expected, wait_long and wait_expected are what the tests compare with. Columns of files that were not
    given are absent.
    """

    cases: pd.DataFrame
    figures: pd.DataFrame
    notes: tuple[str, ...]


def judged(
    cases: pd.DataFrame,
    scores: pd.DataFrame,
    register: Register,
    snapshot: date,
    decisions: pd.DataFrame | None = None,
) -> Judged:
    """Bring scores and outcomes together, as known on `snapshot`.

    Parameters
    ----------
    cases : table CASES in canonical form, with outcomes; more cases than scores is fine.
    scores : what `triage score` writes: case_id, p_<class>, and where present hours_mean, set90, outcome, route.
    decisions : case_id and followed (true or false), one row per decided case.

    Raises TableError for scores without a class, impossible chances or a repeated case; LearningError where fewer
    than 300 scored cases have known hours.
    """
    chances = _chances(scores, register)
    measured, place, notes = _measured(cases, scores, register, snapshot)
    said, target = chances[place], _target(measured, register)
    figures = pd.DataFrame(
        {
            "said": share_heavy(said),
            "heavy": (target >= said.shape[1] - heavy_count(said.shape[1])).astype(float),
            "rps": _rps(said, target),
        }
    )
    figures["calibration_gap"] = figures["said"] - figures["heavy"]
    kept = scores.iloc[place].reset_index(drop=True)
    figures = figures.assign(**_of_hours(kept, measured), **_of_sets(kept, target, register))
    figures = figures.assign(**_of_advice(kept, said, target), **_of_officers(kept, measured, decisions))
    return Judged(measured, figures.assign(**_of_waiting(measured, said)), notes)


def _chances(scores: pd.DataFrame, register: Register) -> np.ndarray:
    columns = [f"p_{name}" for name in register.class_names]
    missing = [name for name in ("case_id", *columns) if name not in scores]
    if missing:
        raise TableError(
            f"Scores: column {missing[0]} is missing. Give the file that triage score wrote, and the register that "
            f"the model was learned with."
        )
    if scores["case_id"].duplicated().any():
        row = int(scores["case_id"].duplicated().to_numpy().argmax()) + 1
        raise TableError(f"Scores: row {row} repeats a case_id. Keep one row per case, of one moment.")
    chances = scores[columns].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    wrong = ~((chances >= 0) & (chances <= 1)).all(axis=1) | (np.abs(chances.sum(axis=1) - 1) > CLOSE_TO_ONE)
    if wrong.any():
        raise TableError(
            f"Scores: row {int(wrong.argmax()) + 1}: the chances {', '.join(columns)} are not between 0 and 1 with "
            f"sum 1. Score the cases again."
        )
    return chances


def _measured(
    cases: pd.DataFrame, scores: pd.DataFrame, register: Register, snapshot: date
) -> tuple[pd.DataFrame, np.ndarray, tuple[str, ...]]:
    """(measured cases, the row of each in the scores, what is worth a word)."""
    labels = labels_at(cases, register, snapshot)
    place = pd.Index(scores["case_id"].astype(str)).get_indexer(pd.Index(labels.cases["case_id"].astype(str)))
    known = labels.cases["label_hours"].notna().to_numpy() & (place >= 0)
    sampled = labels.cases.get("audit_sample", pd.Series(False, index=labels.cases.index)) == True  # noqa: E712
    unselected = known & (labels.cases["label_mature"].to_numpy() | sampled.to_numpy() | (not labels.is_dated))
    notes = []
    if unselected.sum() >= FEWEST_MEASURED:
        known = unselected
    else:
        notes.append(
            "fewer than 300 scored cases of closed cohorts or of the audit sample: measured on all closed cases, the "
            "easy ones, so groups may seem to be predicted too heavy"
        )
    if known.sum() < FEWEST_MEASURED:
        raise LearningError(
            f"Of {int(known.sum())} scored cases the hours are known on {snapshot}; {FEWEST_MEASURED} are needed to "
            f"compare groups. Take a later snapshot, or score more cases."
        )
    return labels.cases.loc[known].reset_index(drop=True), place[known], tuple(notes)


def _target(measured: pd.DataFrame, register: Register) -> np.ndarray:
    return classes_at_level(measured["label_hours"].to_numpy(), np.zeros(1), 0.0, register.cutoffs_hours)


def _rps(said: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Ranked probability score per case; the mean is `scores.ranked_probability_score`."""
    came = target[:, None] <= np.arange(said.shape[1] - 1)
    return ((said.cumsum(axis=1)[:, :-1] - came) ** 2).mean(axis=1)


def _of_hours(kept: pd.DataFrame, measured: pd.DataFrame) -> dict[str, np.ndarray]:
    if "hours_mean" not in kept:
        return {}
    return {"hours_gap": kept["hours_mean"].astype(float).to_numpy() - measured["label_hours"].to_numpy()}


def _of_sets(kept: pd.DataFrame, target: np.ndarray, register: Register) -> dict[str, np.ndarray]:
    if "set90" not in kept:
        return {}
    names = np.array(register.class_names, dtype=object)[target]
    held = [str(text).split("|") for text in kept["set90"]]
    return {"coverage_90": np.array([float(name in one) for name, one in zip(names, held, strict=True)])}


def _of_advice(kept: pd.DataFrame, said: np.ndarray, target: np.ndarray) -> dict[str, np.ndarray]:
    """Errors of the advised depth; without advice in the file, of the depth of the likeliest class.

    Classes have places from light (0) to heavy (2), spread by rank. A rule's cases had no advice.
    """
    places = np.linspace(LIGHT, HEAVY, said.shape[1])
    if {"outcome", "route"} <= set(kept):
        outcome = kept["outcome"].astype(str)
        depth = np.array([DEPTH_NAMES.get(str(route), np.nan) for route in kept["route"]])
        advised = np.where(outcome == RULE, np.nan, depth)
        silent = {"not_sure": np.where(outcome == RULE, np.nan, (outcome == NOT_SURE).astype(float))}
    else:
        advised, silent = np.rint(places[said.argmax(axis=1)]), {}
    fitting = places[target]
    in_scope = ~np.isnan(advised)
    return silent | {
        "false_light": np.where(in_scope & (fitting > 0.5), (advised == LIGHT).astype(float), np.nan),
        "false_heavy": np.where(in_scope & (fitting < 1.5), (advised == HEAVY).astype(float), np.nan),
    }


def _of_officers(kept: pd.DataFrame, measured: pd.DataFrame, decisions: pd.DataFrame | None) -> dict[str, np.ndarray]:
    """Whether the officer chose otherwise, and how often that happens at the same advice."""
    if decisions is None or decisions.empty:
        return {}
    followed = dict(zip(decisions["case_id"].astype(str), decisions["followed"].astype(float), strict=True))
    override = pd.Series([1 - followed.get(case, np.nan) for case in measured["case_id"].astype(str)])
    advice = kept["outcome"].astype(str) + kept["route"].astype(str) if "outcome" in kept else pd.Series("", kept.index)
    expected = override.groupby(advice.to_numpy()).transform("mean")
    return {"override": override.to_numpy(), "override_expected": expected.where(override.notna()).to_numpy()}


def _of_waiting(measured: pd.DataFrame, said: np.ndarray) -> dict[str, np.ndarray]:
    """Days from lodging to decision, and whether longer than half of the cases of equal expected work and year.

    Cases of the audit sample are decided with priority; their wait says nothing of the others'.
    """
    if "decided_on" not in measured or measured["decided_on"].isna().to_numpy().all():
        return {}
    sampled = (measured["audit_sample"] == True).to_numpy() if "audit_sample" in measured else False  # noqa: E712
    days = pd.Series(np.where(sampled, np.nan, measured["label_days"].to_numpy()))
    work = pd.Series(said @ np.arange(said.shape[1])).rank(method="first")
    stratum = (work * WORK_STRATA // (len(work) + 1)).astype(int).astype(str) + measured["lodged_on"].dt.strftime("%Y")
    middle = days.groupby(stratum.to_numpy()).transform("median")
    long = (days > middle).astype(float).where(days.notna())
    expected = long.groupby(stratum.to_numpy()).transform("mean").where(days.notna())
    return {"wait_days": days.to_numpy(), "wait_long": long.to_numpy(), "wait_expected": expected.to_numpy()}

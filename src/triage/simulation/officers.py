"""Made-up decisions of made-up officers, with known habits, to see whether the report on overrides finds them.

Everything in here is invented: the hours, the skill of officer and model, how advice pulls, and how load shortens a
look. It says nothing of real officers.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from triage.domain.decision_tables import DECISIONS

DEPTHS = np.array(["light", "standard", "heavy"], dtype=object)
HOURS = np.array([10.0, 19.0, 38.0])  # of a case that fits each depth
HOURS_SD = 0.30  # of log hours around those
FIRST_DAY = np.datetime64("2026-07-01")


@dataclass(frozen=True)
class Habits:
    """How the made-up officers behave.

    `skill` and `model_skill` are the chances to see a case's own depth; `pull` is the chance to take the advice
    without weighing it; from `tired_from` decisions a day on, everybody takes it within `tired_seconds`.
    """

    skill: float = 0.75
    model_skill: float = 0.60
    pull: float = 0.30
    tired_from: int = 21
    look_seconds: float = 90.0
    tired_seconds: float = 5.0


def made_up_decisions(n: int, seed: int, habits: Habits | None = None, sample_share: float = 0.1) -> pd.DataFrame:
    """Table DECISIONS of `n` cases with a suggestion of a model each. Half of the sample has its advice hidden."""
    habits, random = habits or Habits(), np.random.default_rng(seed)
    own = random.choice(3, n, p=[0.35, 0.45, 0.20])
    advised, thought = (_seen(own, skill, random) for skill in (habits.model_skill, habits.skill))
    officer, day, load = _days(n, random)
    arm = random.choice(["none", "shown", "hidden"], n, p=[1 - sample_share, sample_share / 2, sample_share / 2])
    sees = arm != "hidden"
    tired = load >= habits.tired_from
    chosen = np.where(sees & (tired | (random.random(n) < habits.pull)), advised, thought)
    seconds = np.where(tired, habits.tired_seconds, habits.look_seconds) * np.exp(random.normal(0, 0.4, n))
    frame = pd.DataFrame(
        {
            "suggestion_id": [f"made-up-{k}" for k in range(n)],
            "case_id": [f"made-up-{k}" for k in range(n)],
            "officer": [f"officer-{k}" for k in officer],
            "day": [str(FIRST_DAY + np.timedelta64(int(k), "D")) for k in day],
            "moment": "registered",
            "arm": arm,
            "had_advice": sees,
            "has_model_advice": True,
            "advice": np.array(["light", "not_sure", "heavy"], dtype=object)[advised],
            "advised_route": "MADE-UP",
            "advised_depth": DEPTHS[advised],
            "route": "MADE-UP",
            "depth": DEPTHS[chosen],
            "reason_code": np.where(~sees, "OWN_CHOICE", np.where(chosen == advised, "AGREE", "EXPECTS_MORE_WORK")),
            "is_last": True,
            "dwell_seconds": seconds.round(1),
            "hours_booked": HOURS[own] * np.exp(random.normal(0, HOURS_SD, n)),
            "days": np.exp(random.normal(4.5, 0.5, n)).round(),
        }
    )
    return DECISIONS.check(frame)


def _seen(own: np.ndarray, skill: float, random: np.random.Generator) -> np.ndarray:
    """The depth that somebody sees: its own with chance `skill`, else a neighbouring one."""
    step = np.where(random.random(len(own)) < 0.5, -1, 1)
    beside = np.where((own + step < 0) | (own + step > 2), own - step, own + step)
    return np.where(random.random(len(own)) < skill, own, beside)


def _days(n: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Officer, day and that officer's number of decisions on that day; busy and quiet days take turns."""
    sizes = random.choice([5, 14, 26], n)  # more than enough officer-days
    ends = np.cumsum(sizes)
    at = np.searchsorted(ends, np.arange(n), side="right")
    starts = ends - sizes
    load = np.minimum(sizes[at], n - starts[at])
    return at % 20, at // 20, load

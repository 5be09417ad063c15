"""What the complexity model must show in made-up worlds, goal by goal, over several seeds; never one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

FIRST, SECOND = "identified", "registered"


@dataclass(frozen=True)
class Goal:
    """A figure with its bounds. It is met where the mean over the seeds is; `every_seed`: where each of them is."""

    words: str
    figure: str
    low: float = -np.inf
    high: float = np.inf
    every_seed: bool = False

    @property
    def asked(self) -> str:
        """The bounds in words."""
        parts = [f">= {self.low:g}"] * (self.low > -np.inf) + [f"<= {self.high:g}"] * (self.high < np.inf)
        return " and ".join(parts) + (", every seed" if self.every_seed else "")


def _both(
    words: str, scene: str, figure: str, lows: tuple[float, float] = (-np.inf, -np.inf), high: float = np.inf
) -> list[Goal]:
    return [
        Goal(f"{words}, {moment}", f"{scene}.{moment}.{figure}", low, high)
        for moment, low in zip((FIRST, SECOND), lows, strict=True)
    ]


SAVES_SOMETHING = Goal(
    "least hours saved a case against all-standard", "drifted_audit.routing.least_saved", low=0.0, every_seed=True
)
GOALS: tuple[Goal, ...] = (
    *_both("share of the achievable, drifted, with audit", "drifted_audit", "achievable", (0.90, 0.86)),
    *_both("share of the achievable, drifted, without audit", "drifted", "achievable", (0.80, 0.82)),
    *_both("share of the achievable, regime without labels", "new_regime", "achievable", (0.72, 0.80)),
    *_both("ECE with audit", "drifted_audit", "ece", high=0.03),
    *_both("ECE without audit", "drifted", "ece", high=0.045),
    *_both("90 % sets cover, over all", "drifted_audit", "coverage", (0.88, 0.88), high=0.92),
    *_both("90 % sets cover, worst class", "drifted_audit", "coverage_class", (0.85, 0.85)),
    *_both("90 % sets cover, worst slice", "drifted_audit", "coverage_slice", (0.83, 0.83)),
    *_both("hours, pinball of the median, share of the achievable", "drifted_audit", "pinball_50", (0.83, 0.83)),
    *_both("hours, pinball of the 90 % quantile, share", "drifted_audit", "pinball_90", (0.85, 0.85)),
    *_both("hours, 80 % band covers", "drifted_audit", "band_80", (0.76, 0.76), high=0.84),
    *_both("lateness, share of the achievable, queue stands still", "calm", "late_achievable", (0.90, 0.90)),
    *_both("lateness, mean off when the term changes", "calm", "late_gap", high=0.03),
    *_both("routing at a 25 % cap, share of the oracle's hours", "drifted_audit", "oracle_share", (0.30, 0.42)),
    Goal("routing, two steps off, identified", f"drifted_audit.{FIRST}.two_off", high=0.03),
    Goal("routing, two steps off, registered", f"drifted_audit.{SECOND}.two_off", high=0.015),
    SAVES_SOMETHING,
)


@dataclass(frozen=True)
class GoalRow:
    """One goal with its figure per seed."""

    goal: Goal
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return float(np.mean(self.values))

    @property
    def met(self) -> bool:
        """Whether the mean, or every seed where the goal asks that, lies within the bounds."""
        judged = self.values if self.goal.every_seed else (self.mean,)
        return all(self.goal.low <= value <= self.goal.high for value in judged)


def goal_rows(figures: Mapping[int, Mapping[str, float]]) -> list[GoalRow]:
    """Every goal of which all seeds have the figure. figures: seed -> name -> value."""
    return [
        GoalRow(goal, tuple(figures[seed][goal.figure] for seed in figures))
        for goal in GOALS
        if all(goal.figure in figures[seed] for seed in figures)
    ]


def goal_table(rows: list[GoalRow], seeds: list[int]) -> str:
    """The rows as text: goal, what is asked, a figure per seed, mean, met."""
    heads = "".join(f"{f'seed {seed}':>10}" for seed in seeds)
    wide = max((len(row.goal.words) for row in rows), default=0) + 2
    lines = [f"{'goal':<{wide}}{'asked':<24}{heads}{'mean':>9}  met"]
    for row in rows:
        values = "".join(f"{value:>10.3f}" for value in row.values)
        lines.append(
            f"{row.goal.words:<{wide}}{row.goal.asked:<24}{values}{row.mean:>9.3f}  {'yes' if row.met else 'NO'}"
        )
    return "\n".join(lines)

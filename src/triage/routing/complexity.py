"""The work of a case: class probabilities, handling hours, days to decision. Never its outcome.

Class: shallow ordinal LightGBM and its logistic twin, averaged in log-odds (weight fixed by temporal backtest).
Hours: a line in log-hours without trend, quantile LightGBM on what it leaves, the trend added back. Days: log-normal.
All of it is kept as LightGBM text and JSON; no pickle, and reading a model runs no code of the model's.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from triage.domain.calendar import PACT_START
from triage.domain.case import Intake, Moment, Prediction
from triage.domain.errors import BundleError
from triage.routing.duration import Duration
from triage.routing.features import FeatureMap
from triage.routing.trees import Trees
from triage.routing.twin import Design, Line, Twin

SCHEMA_VERSION = 2
LEVELS = (0.1, 0.5, 0.9)
#: Weights of the three quantiles in a mean (Swanson's rule); a fitted ratio corrects what is left.
MEAN_WEIGHTS = np.array([0.3, 0.4, 0.3])
DAYS_A_YEAR = 365.25
MOST_YEARS_AHEAD = 1.0  # the trend of the hours is not drawn out further than a year after learning


@dataclass(frozen=True)
class Facts:
    """What a model knows of itself, besides its heads. `limits` are the conformal limits per class.

    The level of the classes, in log-odds: `slope` times what the heads say, plus `shifts` per boundary (both from
    later cases of the backtest), plus `intercept` (from the audit sample; 0 without one). The level of the hours,
    in log-hours: `hours_level` moves all quantiles, `hours_widening` moves the outer two apart.
    """

    version: str
    classes: tuple[str, ...]
    cutoffs_hours: tuple[float, ...]
    regimes: tuple[str, ...]
    learned_on: str  # snapshot date
    tree_weight: float  # share of the trees in the class log-odds, the twin has the rest
    trend: float  # log-hours a year
    mean_ratio: float  # mean hours over Swanson's mean of the quantiles
    limits: tuple[float, ...]
    slope: float = 1.0
    shifts: tuple[float, ...] = ()  # empty: none
    intercept: float = 0.0
    hours_level: float = 0.0
    hours_widening: float = 0.0


class ComplexityModel:
    """A learned model, ready to predict. Threads may share it: each reads its own copy of the trees."""

    def __init__(
        self,
        about: Facts,
        features: FeatureMap,
        design: Design,
        classes: Trees,
        hours: Trees,
        twin: Twin,
        days: Duration,
        line: Line,
    ) -> None:
        self.about, self.features, self._design = about, features, design
        self._classes, self._hours, self._twin, self._days = classes, hours, twin, days
        self._line = line
        self._limits = np.array(about.limits)
        self._shifts = np.array(about.shifts or (0.0,) * (len(about.classes) - 1)) + about.intercept
        self._band = about.hours_level + about.hours_widening * np.array([-1.0, 0.0, 1.0])
        self._learned_on = date.fromisoformat(about.learned_on)

    def with_facts(self, about: Facts) -> "ComplexityModel":
        """The same heads that know something else of themselves: another level, other limits, another name."""
        heads = (self._design, self._classes, self._hours, self._twin, self._days, self._line)
        return ComplexityModel(about, self.features, *heads)

    @property
    def version(self) -> str:
        """Date of learning and digest of the content."""
        return self.about.version

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of work, lightest first."""
        return self.about.classes

    @property
    def regimes(self) -> tuple[str, ...]:
        """Legal regimes with enough labels to speak of; others are flagged."""
        return self.about.regimes

    def predict_one(self, intake: Intake) -> Prediction:
        """Prediction for one intake. Raises MomentError for facts of a later moment than the intake's."""
        vector = self.features.vector(intake)
        design = self._design.row(vector)
        years = (intake.lodged - self._learned_on).days / DAYS_A_YEAR
        regime = regime_of(intake.lodged)
        chances = chances_of(self._log_odds_one(vector, design)[None])
        log_hours = (self._hours.raw_one(vector) + self._line.one(design, int(vector[0])))[None]
        hours = self._hours_of(log_hours, np.array([years]))
        pact = np.array([float(regime == "pact")])
        log_days = self._days.log_days(design[None], np.array([years]), pact, vector[:1])
        return Prediction(
            classes=self.classes,
            probabilities=tuple(chances[0].tolist()),
            hours_p10=float(hours[0, 0]),
            hours_p50=float(hours[0, 1]),
            hours_p90=float(hours[0, 2]),
            hours_mean=float(hours[0, 3]),
            log_days=(float(log_days[0]), self._days.sd),
            set90=tuple(n for n, held in zip(self.classes, sets(chances, self._limits)[0], strict=True) if held),
            known_regime=regime in self.regimes,
            model_version=self.version,
        )

    def predict(self, cases: pd.DataFrame, moment: Moment) -> pd.DataFrame:
        """Predictions for many cases, row by row, as known at `moment`.

        Returns
        -------
        p_<class> (sum 1), hours_p10, hours_p50, hours_p90, hours_mean (h), log_days_mean, log_days_sd (ln days),
        set90 ("light|standard"), known_regime (bool); index as in `cases`.
        """
        rows = self.features.matrix(cases, moment)
        design, registered = self._design.matrix(rows), rows[:, 0]
        lodged = pd.to_datetime(cases["lodged_on"])
        years = (lodged - pd.Timestamp(self._learned_on)).dt.days.to_numpy() / DAYS_A_YEAR
        pact = (lodged >= pd.Timestamp(PACT_START)).to_numpy()
        chances = chances_of(self._log_odds(self._classes.raw(rows), design, registered))
        hours = self._hours_of(self._hours.raw(rows) + self._line.at(design, registered)[:, None], years)
        out = {f"p_{name}": chances[:, k] for k, name in enumerate(self.classes)}
        out |= {f"hours_{name}": hours[:, k] for k, name in enumerate(("p10", "p50", "p90", "mean"))}
        out["log_days_mean"] = self._days.log_days(design, years, pact.astype(float), registered)
        out["log_days_sd"] = np.full(len(cases), self._days.sd)
        out["set90"] = _set_texts(sets(chances, self._limits), self.classes)
        out["known_regime"] = np.where(pact, "pact" in self.regimes, "pre_pact" in self.regimes)
        return pd.DataFrame(out, index=cases.index)

    def predict_rows(self, rows: np.ndarray, lodged: date) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of vectors of one lodging date: class probabilities, mean hours, and whether a class is in the 90 % set."""
        design, registered = self._design.matrix(rows), rows[:, 0]
        chances = chances_of(self._log_odds(self._classes.raw(rows), design, registered))
        years = np.full(len(rows), (lodged - self._learned_on).days / DAYS_A_YEAR)
        hours = self._hours_of(self._hours.raw(rows) + self._line.at(design, registered)[:, None], years)
        return chances, hours[:, 3], sets(chances, self._limits)

    def leaves(self, rows: np.ndarray) -> np.ndarray:
        """Leaf in which each vector ends in each tree of the classes, shape (rows, trees), as bytes."""
        return self._classes.leaves(rows)

    def head_log_odds(self, cases: pd.DataFrame, moment: Moment) -> tuple[np.ndarray, np.ndarray]:
        """Log-odds per class boundary as trees and twin say them, before they are mixed: each (cases, boundaries)."""
        rows = self.features.matrix(cases, moment)
        return self._classes.raw(rows), self._twin.logits(self._design.matrix(rows), rows[:, 0])

    def log_odds_of(self, cases: pd.DataFrame, moment: Moment) -> np.ndarray:
        """Log-odds per class boundary at the model's level, shape (cases, boundaries)."""
        rows = self.features.matrix(cases, moment)
        return self._log_odds(self._classes.raw(rows), self._design.matrix(rows), rows[:, 0])

    def chances(self, cases: pd.DataFrame, moment: Moment) -> np.ndarray:
        """Class probabilities, shape (cases, classes)."""
        return chances_of(self.log_odds_of(cases, moment))

    def contributions(self, intake: Intake) -> list[tuple[str, float]]:
        """What each fact adds to the log-odds of heavier work, largest first.

        Exact: with `baseline` these sum to `log_odds`, the mean over class boundaries of the model's log-odds
        (Shapley values of the trees; weight times distance from the mean for the twin; averaged as the model
        averages them). Not covered: boundaries that cross are put in order afterwards, which is rare.
        """
        parts = self._parts(self.features.vector(intake))
        return sorted(((f, w) for f, w in parts.items() if f not in ("", "moment")), key=lambda p: -abs(p[1]))

    def baseline(self, intake: Intake) -> float:
        """The log-odds of heavier work of an average case at the moment of this intake."""
        parts = self._parts(self.features.vector(intake))
        return parts[""] + parts["moment"]

    def log_odds(self, intake: Intake) -> float:
        """Mean over the class boundaries of the log-odds of heavier work."""
        vector = self.features.vector(intake)
        design = self._design.row(vector)
        return float(self._log_odds_one(vector, design).mean())

    def _parts(self, vector: np.ndarray) -> dict[str, float]:
        """Log-odds per fact; "" holds the baseline."""
        moment = int(vector[0])
        slope = self.about.slope
        shapley = slope * self.about.tree_weight * self._classes.contributions(vector).mean(axis=0)
        parts = dict.fromkeys(["", *self.features.owner], 0.0)
        for owner, part in zip([*self.features.owner, ""], shapley, strict=True):
            parts[owner] += float(part)
        share, weights = slope * (1 - self.about.tree_weight), self._twin.weights[moment].mean(axis=0)
        mean = self._twin.means[moment]
        for owner, part in zip(self._design.owners, weights * (self._design.row(vector) - mean), strict=True):
            parts[owner] += share * float(part)
        parts[""] += share * float(weights @ mean + self._twin.intercepts[moment].mean()) + float(self._shifts.mean())
        return parts

    def _log_odds(self, trees: np.ndarray, design: np.ndarray, registered: np.ndarray) -> np.ndarray:
        share = self.about.tree_weight
        mixed = share * trees + (1 - share) * self._twin.logits(design, registered)
        return self.about.slope * mixed + self._shifts

    def _log_odds_one(self, vector: np.ndarray, design: np.ndarray) -> np.ndarray:
        """As `_log_odds` for one row, shape (boundaries,)."""
        share = self.about.tree_weight
        mixed = share * self._classes.raw_one(vector) + (1 - share) * self._twin.one(design, int(vector[0]))
        return self.about.slope * mixed + self._shifts

    def _hours_of(self, raw: np.ndarray, years: np.ndarray) -> np.ndarray:
        """p10, p50, p90 and mean in hours, shape (rows, 4)."""
        trend = self.about.trend * np.minimum(years, MOST_YEARS_AHEAD)
        hours = np.exp(np.sort(np.sort(raw, axis=1) + self._band, axis=1) + trend[:, None])
        return np.column_stack([hours, hours @ MEAN_WEIGHTS * self.about.mean_ratio])

    def to_files(self) -> dict[str, str]:
        """The model as text files: LightGBM's own text, and JSON."""
        files = {f"class_{k}.txt": text for k, text in enumerate(self._classes.texts)}
        files |= {f"hours_{k}.txt": text for k, text in enumerate(self._hours.texts)}
        linear = {"design": self._design.to_plain(), "twin": self._twin.to_plain(), "days": self._days.to_plain()}
        linear["hours"] = self._line.to_plain()
        about = {"schema_version": SCHEMA_VERSION} | self.about.__dict__
        return files | {
            "features.json": self.features.to_text(),
            "linear.json": json.dumps(linear),
            "model.json": json.dumps(about, indent=1),
        }

    @classmethod
    def of_files(cls, files: Mapping[str, str]) -> "ComplexityModel":
        """The model from its text files. Raises BundleError where one is missing or of another schema."""
        try:
            about, linear = json.loads(files["model.json"]), json.loads(files["linear.json"])
            if about.pop("schema_version") != SCHEMA_VERSION:
                raise BundleError("This bundle has another schema version. Learn the model again with this release.")
            facts = Facts(**{name: _frozen(value) for name, value in about.items()})
            features = FeatureMap.of_text(files["features.json"])
            classes = [files[f"class_{k}.txt"] for k in range(len(facts.classes) - 1)]
            hours = [files[f"hours_{k}.txt"] for k in range(len(LEVELS))]
            design, twin = Design.of_plain(linear["design"]), Twin.of_plain(linear["twin"])
            days, line = Duration.of_plain(linear["days"]), Line.of_plain(linear["hours"])
        except (KeyError, ValueError, TypeError) as error:
            raise BundleError("A file of the model bundle is missing or torn. Learn the model again.") from error
        heads = (Trees(classes, features.size), Trees(hours, features.size), twin, days, line)
        return cls(facts, features, design, *heads)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def regime_of(lodged: date) -> str:
    """Legal regime by lodging date, never by today."""
    return "pact" if lodged >= PACT_START else "pre_pact"


def chances_of(log_odds: np.ndarray) -> np.ndarray:
    """Class probabilities (rows, classes) from the log-odds per boundary, crossing boundaries put in order."""
    bounded = np.minimum(np.maximum(log_odds, -30.0), 30.0)
    above = np.minimum.accumulate(1 / (1 + np.exp(-bounded)), axis=1)
    chances = np.empty((len(above), above.shape[1] + 1))
    chances[:, 0], chances[:, -1] = 1 - above[:, 0], above[:, -1]
    chances[:, 1:-1] = above[:, :-1] - above[:, 1:]
    return chances


def sets(chances: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Class-conditional conformal sets (rows, classes) of booleans: contiguous, never empty."""
    held = 1 - chances <= limits + 1e-12
    held[np.arange(len(held)), chances.argmax(axis=1)] = True
    upto = np.maximum.accumulate(held, axis=1)
    back = np.maximum.accumulate(held[:, ::-1], axis=1)[:, ::-1]
    return upto & back


def _set_texts(held: np.ndarray, classes: tuple[str, ...]) -> np.ndarray:
    powers = 2 ** np.arange(len(classes))
    texts = {
        int(code): "|".join(n for n, k in zip(classes, range(len(classes)), strict=True) if int(code) >> k & 1)
        for code in np.unique(held @ powers)
    }
    return np.array([texts[int(code)] for code in held @ powers], dtype=object)

"""What was known of past work on a date: labels as known then, mature cohorts, the learning window.

The latest closed cases are the easy ones, since work itself drives lead time. A lodging cohort counts as mature
once 95 % of it is closed: calibration and measures lean on those. Learning also takes younger cohorts, each case
weighted by the inverse of its chance to have a label by now, given its hours. Cases of the audit sample were drawn at
random and decided with priority: they speak for recent cohorts as they are, and tell nothing of days until decision.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr

from triage.domain.calendar import PACT_START
from triage.domain.facts import Register

MATURE_SHARE = 0.95
FEWEST_MATURE = 5_000  # labelled cases of mature cohorts; with fewer the report says so
WINDOW = 15_000  # latest labelled cases that are learned from
FEWEST_WEIGHTED = 500  # labelled cases of cohorts old enough, before weights are used
OLD_ENOUGH = 0.3  # chance of a label by now of a heavy case of the cohort
MOST_WEIGHT = 8.0
LOG_SD = (-5.0, 3.0)  # bounds of the spread of log-days while fitting: decided after equal days it would go to 0
REVIEW_TIMES_MEDIAN, REVIEW_HOURS = 5.0, 100.0
MOST_TREND = 0.1  # log-hours a year
AUDIT_SAMPLE = "audit_sample"  # planning column of CASES
AUDIT_CLOSED = 0.9  # of the audit cases of a lodging month, before they speak for it: the last ones are the hard ones
MOST_AUDITED = 400  # latest audit cases that set the level
AUDIT_YEARS = 2.0
AUDITED_REGIME = 200  # audit cases, by which a regime is known before its other labels come
KNOWN, PARTIAL, UNKNOWN = "known", "partial", "unknown"
WEIGHTED, MATURE, CLOSED = "weighted", "mature", "closed"  # rules for the window


@dataclass(frozen=True)
class Labels:
    """All cases lodged by a date, with what is known of their labels then.

    Columns: label_hours (h), label_state (unknown, partial, known), label_closed, label_days (so far), label_years
    (since `snapshot`, negative), label_mature, label_audit. The prefix is theirs alone, so that a fact of a case table
    named `days` stays a fact.
    """

    cases: pd.DataFrame
    snapshot: date
    is_dated: bool = True  # False: no decision dates, so nothing could be left out as decided later

    @property
    def labelled(self) -> pd.DataFrame:
        """Cases of which the hours are known."""
        return self.cases.loc[self.cases["label_hours"].notna()]

    @property
    def mature(self) -> pd.DataFrame:
        """Labelled cases of mature cohorts."""
        return self.labelled.loc[self.labelled["label_mature"]]

    @property
    def share_closed(self) -> float:
        """Closed cases of all cases."""
        return float(self.cases["label_closed"].to_numpy(dtype=float).mean()) if len(self.cases) else 0.0

    @property
    def audited(self) -> pd.DataFrame:
        """The latest labelled audit cases, of lodging months of which nearly every audit case is closed."""
        drawn = self.cases.loc[self.cases["label_audit"] & (self.cases["label_years"] > -AUDIT_YEARS)]
        month = drawn["lodged_on"].dt.strftime("%Y-%m")
        closed = drawn["label_closed"].astype(float).groupby(month).transform("mean")
        spoken = drawn.loc[(closed >= AUDIT_CLOSED) & drawn["label_hours"].notna()]
        return spoken.sort_values("lodged_on", kind="stable").tail(MOST_AUDITED)

    def window(self, rule: str = WEIGHTED) -> tuple[pd.DataFrame, str]:
        """The cases to learn from, with a `label_weight` each, and which they are in words.

        `rule`: weighted (young cohorts count, weighted for label delay), mature (cohorts that are 95 % closed) or
        closed (the latest labels as they come). The first is shipped; docs/explanation/learning-work.md compares them.
        """
        labelled, mature = (c.sort_values("lodged_on", kind="stable") for c in (self.labelled, self.mature))
        if not self.is_dated:  # how long a label takes is not known, so nothing can be weighted for it
            return labelled.tail(WINDOW).assign(label_weight=1.0), "latest labelled, without decision dates"
        if rule == CLOSED:
            return labelled.tail(WINDOW).assign(label_weight=1.0), "latest closed"
        if rule == WEIGHTED:
            weight = self._weights(labelled)
            if (weight > 0).sum() >= max(FEWEST_WEIGHTED, len(mature)):
                weighted = labelled.assign(label_weight=weight).loc[weight > 0]
                return weighted.tail(WINDOW), "latest, weighted for label delay"
        if len(mature) >= FEWEST_MATURE:
            return mature.tail(WINDOW).assign(label_weight=1.0), "latest of mature cohorts"
        return labelled.assign(label_weight=1.0), "all labelled"

    def _weights(self, labelled: pd.DataFrame) -> np.ndarray:
        """1 / P(label by now | hours) per labelled case, 0 where the cohort is too young; of audit cases 1."""
        chance, usable = chance_of_label(labelled, self.snapshot)
        weight = np.where(usable, np.minimum(1 / np.maximum(chance, 1e-6), MOST_WEIGHT), 0.0)
        strange = labelled.index.isin(self.for_review().index)
        weight = np.where(strange & usable, 1.0, weight)  # a typing error must not count eight times
        audit = labelled["label_audit"].to_numpy()
        return np.where(audit & labelled.index.isin(self.audited.index), 1.0, np.where(audit, usable * 1.0, weight))

    def cohorts(self) -> pd.DataFrame:
        """Closed share per lodging month: columns cohort, cases, closed, share."""
        month = self.cases["lodged_on"].dt.strftime("%Y-%m")
        table = self.cases["label_closed"].groupby(month).agg(["size", "sum"]).reset_index()
        table.columns = pd.Index(["cohort", "cases", "closed"])
        return table.assign(share=table["closed"] / table["cases"])

    def regimes(self) -> pd.DataFrame:
        """What is known per legal regime: regime, cases, labelled, audited, share closed, and a state in words."""
        pact = self.cases["lodged_on"] >= pd.Timestamp(PACT_START)
        rows = [self._regime(name, self.cases.loc[mine]) for name, mine in (("pre_pact", ~pact), ("pact", pact))]
        return pd.DataFrame([row for row in rows if row["cases"]])

    def _regime(self, name: str, cases: pd.DataFrame) -> dict[str, object]:
        known, closed = cases["label_hours"].notna().to_numpy(), cases["label_closed"].to_numpy(dtype=float)
        labelled, audited = int(known.sum()), int((known & cases["label_audit"].to_numpy()).sum())
        share = float(closed.mean()) if len(cases) else 0.0
        young = "few labels beside the audit sample" if audited >= AUDITED_REGIME else "few labels, and the easy ones"
        state = "no labels yet" if not labelled else young if share < 0.5 else "labels"
        return {
            "regime": name, "cases": len(cases), "labelled": labelled, "audited": audited, "closed": share,
            "state": state,
        }  # fmt: skip

    def states(self) -> pd.DataFrame:
        """One row a case: case_id, lodged_on, state (unknown, partial, known), known_on, hours (h, as known then)."""
        known = (self.cases["label_state"] == KNOWN).to_numpy() & self.is_dated
        took = pd.to_timedelta(self.cases["label_days"].to_numpy(), unit="D")
        return pd.DataFrame(
            {
                "case_id": self.cases["case_id"],
                "lodged_on": self.cases["lodged_on"],
                "state": self.cases["label_state"],
                "known_on": (self.cases["lodged_on"] + took).where(known),
                "hours": self.cases["label_so_far"],
            }
        )

    def for_review(self) -> pd.DataFrame:
        """Hours that look like typing errors: over 5 times the median of their route and over 100. Kept, and listed."""
        labelled = self.labelled
        hours, median = labelled["label_hours"].to_numpy(), self._medians().to_numpy()
        return labelled.loc[(hours > REVIEW_TIMES_MEDIAN * median) & (hours > REVIEW_HOURS)]

    def review_list(self) -> pd.DataFrame:
        """The cleaning list, for a person who can look in the file: case_id, lodged_on, hours, median_hours (h)."""
        strange = self.for_review()
        median = self._medians().loc[strange.index]
        columns = {"case_id": strange["case_id"], "lodged_on": strange["lodged_on"], "hours": strange["label_hours"]}
        return pd.DataFrame(columns | {"median_hours": median}).reset_index(drop=True)

    def _medians(self) -> pd.Series:
        """Median hours of the route of each labelled case; of all of them where routes are not known."""
        labelled = self.labelled
        known = labelled["route_followed"].astype(str).to_numpy() if "route_followed" in labelled else ""
        route = pd.Series(known, index=labelled.index, dtype=object)
        return pd.Series(labelled["label_hours"].groupby(route).transform("median"))


def labels_at(cases: pd.DataFrame, register: Register, snapshot: date) -> Labels:
    """Labels as known on `snapshot`: later lodgings left out, outcomes of later decisions unknown.

    A table without decision dates counts every case with hours as closed.
    """
    day = pd.Timestamp(snapshot)
    known = cases.loc[pd.to_datetime(cases["lodged_on"]) <= day].reset_index(drop=True)
    lodged = pd.Series(pd.to_datetime(known["lodged_on"]))
    hours = _column(known, register.outcomes.get("hours", "hours_booked")).astype(float)
    decided = pd.Series(pd.to_datetime(_column(known, register.outcomes.get("decided_on", "decided_on"))))
    closed = (decided <= day) if decided.notna().any() else hours.notna()
    days = (decided.where(closed & decided.notna(), day) - lodged).dt.days
    booked = (hours > 0) & np.isfinite(hours)
    so_far = booked & (closed | decided.isna())  # hours of a decision that lies ahead are not known yet
    known = known.assign(
        lodged_on=lodged,
        label_hours=hours.where(closed & booked),
        label_so_far=hours.where(so_far),
        label_state=np.select([closed & booked, so_far], [KNOWN, PARTIAL], UNKNOWN),
        label_audit=_column(known, AUDIT_SAMPLE).eq(True).to_numpy(dtype=bool),
        label_closed=closed,
        label_days=days.clip(lower=1).astype(float),
        label_years=(lodged - day).dt.days / 365.25,
    )
    share = known["label_closed"].astype(float).groupby(lodged.dt.strftime("%Y-%m")).transform("mean").to_numpy()
    return Labels(known.assign(label_mature=share >= MATURE_SHARE), snapshot, bool(decided.notna().any()))


def chance_of_label(labelled: pd.DataFrame, snapshot: date) -> tuple[np.ndarray, np.ndarray]:
    """(P(label known by now | hours), whether the cohort is old enough to be weighted), per labelled case.

    Heavy cases get their label late, so among recent labels they are too few; weighting by the intake facts makes
    that worse, weighting by the hours themselves mends it. ln days is normal around a line in ln hours and time,
    fitted on what is known by maximum likelihood, truncated at the age. A cohort is old enough where even a heavy
    case (95 % point of hours) has a chance of .3: what can not be seen can not be weighted.
    """
    log = np.log(labelled["label_hours"].to_numpy())
    own = ~labelled["label_audit"].to_numpy()  # audit cases are decided with priority: their days tell nothing here
    own = own if own.any() else ~own
    years, days = labelled["label_years"].to_numpy(), np.log(labelled["label_days"].to_numpy())
    age = np.log(np.maximum((pd.Timestamp(snapshot) - labelled["lodged_on"]).dt.days.to_numpy(), 1.0))
    line = np.column_stack([np.ones(len(log)), log, years])
    fitted, took, old = line[own], days[own], age[own]

    def loss(theta: np.ndarray) -> float:
        mean, sd = fitted @ theta[:3], np.exp(np.clip(theta[3], *LOG_SD))
        return float(np.mean(0.5 * ((took - mean) / sd) ** 2 + theta[3] + log_ndtr((old - mean) / sd)))

    start = np.array([days.mean() - 0.5 * log.mean(), 0.5, 0.0, np.log(max(days.std(), 0.1))])
    theta = minimize(loss, start, method="L-BFGS-B").x
    heavy = np.column_stack([np.ones(len(log)), np.full(len(log), np.quantile(log, 0.95)), years])
    chance, least = (ndtr((age - rows @ theta[:3]) / np.exp(np.clip(theta[3], *LOG_SD))) for rows in (line, heavy))
    return chance, least >= OLD_ENOUGH


def _column(cases: pd.DataFrame, name: str) -> pd.Series:
    return pd.Series(cases.get(name, np.nan), index=cases.index)


def classes_at_level(hours: np.ndarray, years: np.ndarray, trend: float, cutoffs: tuple[float, ...]) -> np.ndarray:
    """Class index of hours carried along the trend to the date of learning (years = 0)."""
    return np.searchsorted(np.array(cutoffs), hours * np.exp(-trend * years), side="right")


def trend_per_year(design: np.ndarray, years: np.ndarray, log_hours: np.ndarray) -> float:
    """Growth of log-hours a year at equal facts; 0 where it cannot be told from none, never beyond .1 a year.

    Least squares with a small ridge on the facts. Use mature cohorts only: elsewhere selection looks like a fall.
    """
    if len(years) < 1000 or np.ptp(years) < 1.0:
        return 0.0
    whole = np.column_stack([design, years, np.ones(len(years))])
    square = whole.T @ whole + np.diag([1.0] * design.shape[1] + [1e-9, 1e-9])
    inverse = np.linalg.inv(square)
    weights = inverse @ whole.T @ log_hours
    error = np.sqrt(inverse[-2, -2] * (log_hours - whole @ weights).var())
    slope = float(weights[-2])
    return float(np.clip(slope, -MOST_TREND, MOST_TREND)) if abs(slope) > 2 * error else 0.0

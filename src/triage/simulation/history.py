"""What became of made-up cases: the route followed, the hours booked, the day of the decision."""

import numpy as np
import pandas as pd

from triage.simulation import pace
from triage.simulation.law_facts import plain_cells
from triage.simulation.recipe import SCARCE_LANGUAGES
from triage.simulation.settings import Settings

USUAL_BEFORE, HEAVY_BEFORE, USUAL_UNDER = "PRE-S4-AA6", "PRE-S4-VA", "PACT-REG"
OUTCOMES = ("hours_booked", "extra_interview_day", "decided_on", "closed_how", "route_followed")


def hours_in_depth(
    hours: np.ndarray, fitting: np.ndarray, depth: np.ndarray | int, phi_over: float, phi_under: float, usual: int = 1
) -> np.ndarray:
    """Hours of cases that take `hours` in the usual depth, when they take another one.

    Per step too deep a case costs phi_over more than in its fitting depth, per step too shallow phi_under more.
    With both 0 the depth does not matter. All depths are indices, lightest first.
    """
    return hours * _lost(fitting, depth, phi_over, phi_under) / _lost(fitting, usual, phi_over, phi_under)


def _lost(fitting: np.ndarray, depth: np.ndarray | int, over: float, under: float) -> np.ndarray:
    return 1 + over * np.maximum(depth - fitting, 0) + under * np.maximum(fitting - depth, 0)


def referred(
    cases: pd.DataFrame, hours: np.ndarray, wait: np.ndarray, streams: dict[str, np.random.Generator], s: Settings
) -> np.ndarray:
    """Whether a case left the usual route (bool, n): scarce interpreters, a long queue, or an officer's own view."""
    scarce = cases["language"].isin(SCARCE_LANGUAGES).to_numpy()
    share = np.where(scarce, s.referral_scarce, s.referral_share) + s.referral_busy * (wait > np.median(wait))
    tilt = s.override_insight * (np.log(hours) - np.log(hours).mean())
    by_officer = streams["overrides"].random(len(hours)) < np.minimum(s.override_share * np.exp(tilt), 1)
    return (streams["referral"].random(len(hours)) < share) | by_officer


def outcomes_of(
    cases: pd.DataFrame,
    truth: pd.DataFrame,
    log_scale: np.ndarray,
    is_pact: np.ndarray,
    streams: dict[str, np.random.Generator],
    s: Settings,
) -> pd.DataFrame:
    """OUTCOMES, audit_sample and days_true (normal handling, days), as the file will hold them once all is decided.

    cases: with `lodged_on`, `language` and `location`; truth: with hours_true, class_true and wait_days.
    """
    hours, n = truth["hours_true"].to_numpy(), len(cases)
    heavy = referred(cases, hours, truth["wait_days"].to_numpy(), streams, s) & ~is_pact
    normal = pace.days_to_decision(hours, log_scale, streams["days"], s)
    audit = streams["audit"].random(n) < s.audit_share
    days = np.where(audit, pace.audit_days(n, streams["audit_days"], s), normal)
    extra = streams["extra_day"].random(n) < 1 / (1 + np.exp(-s.extra_day_slope * (np.log(hours) - s.extra_day_middle)))
    words = {
        "extra_interview_day": extra.astype(object),
        "closed_how": np.full(n, "decided", dtype=object),
        "route_followed": np.select([heavy, is_pact], [HEAVY_BEFORE, USUAL_UNDER], USUAL_BEFORE).astype(object),
        "audit_sample": audit.astype(object),
    }
    return plain_cells(words).assign(
        hours_booked=_booked(cases, truth, heavy, streams["typing"], s),
        decided_on=cases["lodged_on"] + pd.to_timedelta(days, unit="D").as_unit("s"),
        days_true=normal,
    )


def _booked(
    cases: pd.DataFrame, truth: pd.DataFrame, heavy: np.ndarray, random: np.random.Generator, s: Settings
) -> np.ndarray:
    """Hours as written down, in quarters: of the route followed, by the location's factor, at times mistyped."""
    hours, fitting = truth["hours_true"].to_numpy(), truth["class_true"].to_numpy()
    hours = hours_in_depth(hours, fitting, np.where(heavy, 2, 1), s.phi_over, s.phi_under)
    hours = hours * np.array([s.booking_factors.get(place, 1.0) for place in cases["location"]])
    hours = np.where(random.random(len(hours)) < s.typing_error_share, hours * 10, hours)
    return np.clip(np.round(hours * 4) / 4, 0.25, 1999.0)

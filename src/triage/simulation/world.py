"""Made-up asylum cases with a known optimum, to learn and to prove. Everything in here is invented; nobody is real.

The world holds what makes learning hard: two moments, two legal regimes by lodging date, answers missing more
often in hard cases, work that grows slowly and once at once, heavy cases that stay open longest, a queue, and a past
in which nearly everybody took the same route. Nationality follows the inflow and the facts and steers only law facts
and language; given the facts it tells nothing about work.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from zlib import crc32

import numpy as np
import pandas as pd

from triage.domain.calendar import PACT_START
from triage.domain.case import Moment
from triage.domain.errors import TableError
from triage.domain.facts import Register
from triage.simulation import lodgings, pace
from triage.simulation import recipe as r
from triage.simulation.history import OUTCOMES, outcomes_of
from triage.simulation.law_facts import law_facts, plain_cells
from triage.simulation.optimum import (
    Known,
    Optimum,
    chances_of,
    flat_prior,
    optimum_of,
    posterior,
    spread_by_hardness,
)
from triage.simulation.settings import Settings

FIRST, LAST = date(2022, 1, 1), date(2026, 11, 23)
FACTS = (*r.IDENTIFIED, *r.REGISTERED)
CAUSES = ("lodgings", "hardness", "work", "values", "law", "referral", "overrides", "days", "audit", "audit_days")
CAUSES += ("extra_day", "typing", "granted")


@dataclass(frozen=True)
class World:
    """`cases` (all decided, as history will know them) and `truth` (the optimum), row by row the same cases."""

    cases: pd.DataFrame
    truth: pd.DataFrame
    known: tuple[Known, Known] = field(repr=False)  # after identification; after the registration interview
    log_scale: np.ndarray = field(repr=False)  # ln days at the reference amount of work, per case

    def cases_at(self, snapshot: date) -> pd.DataFrame:
        """What is on file on a date: later lodgings are absent, outcomes of later decisions empty."""
        day = pd.Timestamp(snapshot)
        known = self.cases.loc[self.cases["lodged_on"] <= day].reset_index(drop=True)
        is_open = known["decided_on"].gt(day).to_numpy()
        known.loc[is_open, ["hours_booked", "decided_on"]] = None
        for name in ("extra_interview_day", "closed_how", "route_followed"):
            known[name] = pd.Series(known[name], dtype=object).where(~is_open, None)
        return known

    def optimum(self, moment: Moment) -> Optimum:
        """The best that can be said with the facts of a moment: chances, hours and lateness, row by row."""
        known = self.known[0 if moment == Moment.IDENTIFIED else 1]
        return optimum_of(known, self.log_scale, Register.load().cutoffs_hours)


def make_world(
    n: int,
    seed: int,
    first: date = FIRST,
    last: date = LAST,
    *,
    inflow: pd.DataFrame | None = None,
    settings: Settings | None = None,
) -> World:
    """`n` made-up cases lodged from `first` to `last`; the same seed gives the same world.

    Parameters
    ----------
    inflow : table INFLOW with months of first applications: lodgings and nationalities follow it, and a month outside
        the series counts as the same month of its nearest year. None: a smooth year that repeats.
    settings : the invented figures about time, capacity, routes and booking; None: the defaults.

    Returns
    -------
    World: `cases` as table CASES with every fact of the shipped register, the outcomes and `audit_sample`; `truth`
    with case_id, hours_true (in the usual route), class_true (index), days_true (in normal handling), wait_days of
    the lodging week, granted (made up, only to test the audit path: never on screen), and per moment p1_<class>,
    p2_<class> (the optimum) and hours1, hours2 (expected hours).

    Raises TableError for fewer than one case, a last date before the first, or counts that leave out a month.
    """
    if n < 1 or last < first:
        raise TableError("A made-up world needs at least one case and a last date on or after the first.")
    s, streams = settings or Settings(), _streams(seed)
    months = lodgings.months_of(inflow)
    lodged, wait = _lodged(n, first, last, months, streams["lodgings"], s)
    is_pact = lodged >= np.datetime64(PACT_START)
    hardness = streams["hardness"].choice(len(r.HARDNESS), n, p=r.HARDNESS_WEIGHTS)
    states = {f.name: _drawn(f, hardness, is_pact, streams[f.name]) for f in FACTS}
    known = _known(states, lodged, is_pact, s)
    cases = _files(states, lodged, lodgings.origin_weights(lodged, months), streams)
    hours = _hours(known[1], hardness, streams["work"])
    truth = _truth(cases["case_id"].to_numpy(), known, hours, wait)
    log_scale = np.log(s.base_days + wait)
    past = outcomes_of(cases, truth, log_scale, is_pact, streams, s)
    truth = truth.assign(days_true=past["days_true"], granted=_granted(cases, hours, streams["granted"]))
    return World(pd.concat([cases, past.loc[:, [*OUTCOMES, "audit_sample"]]], axis=1), truth, known, log_scale)


def _streams(seed: int) -> dict[str, np.random.Generator]:
    """One stream of chance per cause, so that changing one cause leaves the others as they were."""
    causes = (*CAUSES, *(f.name for f in FACTS))
    return {cause: np.random.default_rng([seed, crc32(cause.encode())]) for cause in causes}


def _lodged(
    n: int, first: date, last: date, months: lodgings.Months | None, random: np.random.Generator, s: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """(lodging dates in order, days that each case waits for its first hour)."""
    days, weight = lodgings.day_weights(months, first, last)
    lodged = np.sort(random.choice(days, n, p=weight))
    return lodged, _waits(lodged, min(first, FIRST), last, months, s)


def _waits(lodged: np.ndarray, start: date, last: date, months: lodgings.Months | None, s: Settings) -> np.ndarray:
    """Days that each case waits. The queue starts at `start` whatever the first lodging: a date has one wait."""
    days, weight = lodgings.day_weights(months, start, last + timedelta(days=6))
    whole = len(days) // 7 * 7  # weeks that are complete, the last lodging's included
    work = weight * np.exp(s.trend_per_year * _years(days) + s.pact_effect * (days >= np.datetime64(PACT_START)))
    return pace.waits_of(work[:whole].reshape(-1, 7).sum(axis=1), s)[pace.week_of(lodged, start)]


def _years(days: np.ndarray) -> np.ndarray:
    return (days - np.datetime64(FIRST)).astype(float) / 365.25


def _drawn(fact: r.Recipe, hardness: np.ndarray, pact: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Index of the state of one fact per case."""
    chances = np.stack([fact.chances(), fact.chances(True)]).cumsum(axis=2)  # by regime and hardness
    edges = chances[pact.astype(int), hardness]
    state = (random.random(len(hardness))[:, None] > edges).sum(axis=1)
    return np.minimum(state, len(fact.states) - 1)


def _known(states: dict[str, np.ndarray], lodged: np.ndarray, pact: np.ndarray, s: Settings) -> tuple[Known, Known]:
    """What the facts of each moment tell of a case."""
    early, late = _log_hours(states, lodged, pact, s)
    first = posterior(states, r.IDENTIFIED, pact, flat_prior(len(lodged)))
    second = posterior(states, r.REGISTERED, pact, first)
    stratum = _holds(states, *r.PAIR_ACROSS[:2]).astype(int)
    return Known(early, first, stratum, s), Known(early + late, second, None, s)


def _log_hours(
    states: dict[str, np.ndarray], lodged: np.ndarray, pact: np.ndarray, s: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """Log-hours known after identification, and added by the registration interview; both without hardness."""
    years = _years(lodged)
    early = s.base_log_hours + s.trend_per_year * years + s.pact_effect * pact
    early = early + sum(f.work[states[f.name]] for f in r.IDENTIFIED)
    early = early + s.no_documents_per_year * years * _holds(states, "documents", ("none",))
    sudden = lodged >= np.datetime64(s.sudden_from)
    early = early + s.sudden_effect * (sudden & _holds(states, "unaccompanied_minor", (True,)))
    for pair in r.PAIRS_IDENTIFIED:
        early = early + _pair(states, *pair)
    late = sum(f.work[states[f.name]] for f in r.REGISTERED)
    return early, late + _pair(states, *r.PAIR_REGISTERED) + _pair(states, *r.PAIR_ACROSS)


def _holds(states: dict[str, np.ndarray], name: str, wanted: tuple) -> np.ndarray:
    fact = next(f for f in FACTS if f.name == name)
    return np.array([any(s is w or s == w for w in wanted) for s in fact.states])[states[name]]


def _pair(states: dict[str, np.ndarray], one: str, ones: tuple, other: str, others: tuple, added: float) -> np.ndarray:
    return added * (_holds(states, one, ones) & _holds(states, other, others))


def _values(fact: r.Recipe, state: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Cells of one fact as they stand in a file: values, "unknown", or None for not asked."""
    cells = np.empty(len(fact.states), dtype=object)
    cells[:] = fact.states
    column = cells[state]
    if fact.name == "days_since_entry":  # spread within the bin below its edge, so that the column is a number of days
        known = state < len(fact.values)
        upper = np.array([*fact.values, 0, 0])[state]
        lower = np.array([0.0, *fact.values[:-1], 0, 0])[state]
        days = lower + np.ceil(random.random(len(state)) * (upper - lower))
        column[known] = days[known].tolist()
    return column


def _files(
    states: dict[str, np.ndarray], lodged: np.ndarray, origins: np.ndarray, streams: dict[str, np.random.Generator]
) -> pd.DataFrame:
    """The cases as they stand on file before any outcome: a code, the date, and facts in the register's order."""
    facts = plain_cells({f.name: _values(f, states[f.name], streams["values"]) for f in FACTS})
    cases = pd.concat([facts, law_facts(facts, lodged, origins, streams["law"])], axis=1)
    cases = cases.loc[:, [name for name in Register.load().facts if name in cases]]
    cases.insert(0, "lodged_on", pd.to_datetime(lodged).as_unit("ns"))
    cases.insert(0, "case_id", np.array([f"M-{number:06d}" for number in range(1, len(lodged) + 1)], dtype=object))
    return cases


def _hours(known: Known, hardness: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Hours in the usual route, given all facts and the hardness that none of them records."""
    s = known.settings
    noise = random.normal(0, 1, len(hardness)) * spread_by_hardness(s)[hardness]
    return np.exp(known.centre + s.hardness_effect * r.HARDNESS[hardness] + noise)


def _truth(ids: np.ndarray, known: tuple[Known, Known], hours: np.ndarray, wait: np.ndarray) -> pd.DataFrame:
    register = Register.load()
    cutoffs = np.array(register.cutoffs_hours)
    truth = pd.DataFrame({"case_id": ids, "hours_true": hours, "class_true": np.searchsorted(cutoffs, hours, "right")})
    chances = [chances_of(k, register.cutoffs_hours) for k in known]
    for k, name in enumerate(register.class_names):
        truth[f"p1_{name}"], truth[f"p2_{name}"] = chances[0][:, k], chances[1][:, k]
    sd = spread_by_hardness(known[0].settings)
    return truth.assign(hours1=known[0].mean_hours(sd), hours2=known[1].mean_hours(sd), wait_days=wait)


def _granted(cases: pd.DataFrame, hours: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A made-up outcome, to test that a score of work does not stand in for it. It steers nothing in this world.

    It follows motive and nationality; given those, the true work moves it only weakly.
    """
    odds = _odds(cases, "nationality_iso3", r.GRANTED_BY_ORIGIN)
    odds = odds + _odds(cases, "motive_group", r.GRANTED_BY_MOTIVE)
    odds = odds + r.GRANTED_BY_WORK * (np.log(hours) - np.log(hours).mean())
    return random.random(len(cases)) < 1 / (1 + np.exp(-odds))


def _odds(cases: pd.DataFrame, fact: str, by_value: Mapping[str, float]) -> np.ndarray:
    return np.array([by_value.get(cell, 0.0) for cell in cases[fact]])

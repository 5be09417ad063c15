"""Made-up asylum cases with a known optimum, to learn and to prove. Everything in here is invented; nobody is real.

The world holds what makes learning hard: two moments, two legal regimes by lodging date, answers missing more
often in hard cases, work that grows over time, and heavy cases that stay open longest. Nationality follows the
facts and steers only law facts (Dublin hits, safe countries); given the facts it tells nothing about work.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from triage.domain.calendar import PACT_START
from triage.domain.errors import TableError
from triage.domain.facts import Register
from triage.simulation import recipe as r
from triage.simulation.optimum import (
    ahead,
    chances_given_log_hours,
    flat_prior,
    hours_given_log_hours,
    posterior,
)

FIRST, LAST = date(2022, 1, 1), date(2026, 11, 23)
OUTCOMES = ("hours_booked", "extra_interview_day", "decided_on", "closed_how", "route_followed")
TYPING_ERROR_SHARE = 0.001  # hours typed ten times too high


@dataclass(frozen=True)
class World:
    """`cases` (all decided, as history will know them) and `truth` (the optimum), row by row the same cases."""

    cases: pd.DataFrame
    truth: pd.DataFrame

    def cases_at(self, snapshot: date) -> pd.DataFrame:
        """What is on file on a date: later lodgings are absent, outcomes of later decisions empty."""
        day = pd.Timestamp(snapshot)
        known = self.cases.loc[self.cases["lodged_on"] <= day].reset_index(drop=True)
        is_open = known["decided_on"].gt(day).to_numpy()
        known.loc[is_open, ["hours_booked", "decided_on"]] = None
        for name in ("extra_interview_day", "closed_how", "route_followed"):
            known[name] = pd.Series(known[name], dtype=object).where(~is_open, None)
        return known


def make_world(n: int, seed: int, first: date = FIRST, last: date = LAST) -> World:
    """`n` made-up cases lodged from `first` to `last`; the same seed gives the same world.

    Returns
    -------
    World: `cases` as table CASES with every fact of the shipped register; `truth` with case_id, hours_true,
    class_true (index), and per moment p1_<class>, p2_<class> (the optimum) and hours1, hours2 (expected hours).

    Raises TableError for fewer than one case or a last date before the first.
    """
    if n < 1 or last < first:
        raise TableError("A made-up world needs at least one case and a last date on or after the first.")
    random = np.random.default_rng(seed)
    lodged = _lodging_dates(n, first, last, random)
    pact = lodged >= np.datetime64(PACT_START)
    hardness = random.choice(len(r.HARDNESS), n, p=r.HARDNESS_WEIGHTS)
    states = {f.name: _drawn(f, hardness, pact, random) for f in (*r.IDENTIFIED, *r.REGISTERED)}
    years = (lodged - np.datetime64(FIRST)).astype(float) / 365.25
    early, late = _log_hours(states, years, pact)
    noise = random.normal(0, r.NOISE_LOG_HOURS, n)
    hours = np.exp(early + late + r.HARDNESS_EFFECT * r.HARDNESS[hardness] + noise)
    facts = _cells({f.name: _values(f, states[f.name], random) for f in (*r.IDENTIFIED, *r.REGISTERED)})
    ids = np.array([f"M-{number:06d}" for number in range(1, n + 1)], dtype=object)
    cases = pd.concat([facts, _law_facts(facts, lodged, random)], axis=1)
    cases = cases.loc[:, [name for name in Register.load().facts if name in cases]]
    cases.insert(0, "lodged_on", pd.to_datetime(lodged).as_unit("ns"))
    cases.insert(0, "case_id", ids)
    cases = pd.concat([cases, _outcomes(cases, hours, years, pact, random)], axis=1)
    return World(cases, _truth(ids, states, early, late, pact, hours))


def _lodging_dates(n: int, first: date, last: date, random: np.random.Generator) -> np.ndarray:
    """Days drawn with an autumn peak, in order."""
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    month = days.astype("datetime64[M]").astype(int) % 12
    weight = 1 + 0.25 * np.cos((month - 9) / 12 * 2 * np.pi)
    return np.sort(random.choice(days, n, p=weight / weight.sum()))


def _drawn(fact: r.Recipe, hardness: np.ndarray, pact: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Index of the state of one fact per case."""
    edges = np.where(
        pact[:, None], fact.chances(True)[hardness].cumsum(axis=1), fact.chances()[hardness].cumsum(axis=1)
    )
    state = (random.random(len(hardness))[:, None] > edges).sum(axis=1)
    return np.minimum(state, len(fact.states) - 1)


def _log_hours(states: dict[str, np.ndarray], years: np.ndarray, pact: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-hours known after identification, and added by the registration interview; both without hardness."""
    early = r.BASE_LOG_HOURS + r.TREND_PER_YEAR * years + r.PACT_EFFECT * pact
    early = early + sum(f.work[states[f.name]] for f in r.IDENTIFIED)
    early = early + r.NO_DOCUMENTS_DRIFT * years * _holds(states, "documents", ("none",))
    for pair in r.PAIRS_IDENTIFIED:
        early = early + _pair(states, *pair)
    late = sum(f.work[states[f.name]] for f in r.REGISTERED)
    return early, late + _pair(states, *r.PAIR_REGISTERED) + _pair(states, *r.PAIR_ACROSS)


def _holds(states: dict[str, np.ndarray], name: str, wanted: tuple) -> np.ndarray:
    fact = next(f for f in (*r.IDENTIFIED, *r.REGISTERED) if f.name == name)
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


def _law_facts(facts: pd.DataFrame, lodged: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
    """Facts that only rules, planning and the fairness audit read: drawn given the work facts, never hardness."""
    n = len(facts)
    documents = facts["documents"].isin(["none", r.UNKNOWN]).to_numpy()
    weights = np.where(documents[:, None], r.ORIGIN_WEIGHTS * r.ORIGIN_WITHOUT_DOCUMENTS, r.ORIGIN_WEIGHTS)
    edges = (weights / weights.sum(axis=1, keepdims=True)).cumsum(axis=1)
    origin = np.array(r.ORIGINS, dtype=object)[np.minimum((random.random(n)[:, None] > edges).sum(axis=1), 12)]
    dublin = np.where(np.isin(origin, r.DUBLIN_ORIGINS), 0.3, 0.1)
    minor = (facts["unaccompanied_minor"] == True).to_numpy()  # noqa: E712 - cells may be "unknown" or None
    repeat = random.random(n) < 0.05

    def flag(share: float | np.ndarray) -> np.ndarray:
        return (random.random(n) < share).astype(object)

    eurodac = np.select(
        [random.random(n) < dublin * 0.6, random.random(n) < dublin * 0.5, random.random(n) < 0.04],
        ["applied", "irregular_entry", "protection"],
        "none",
    ).astype(object)
    eurodac[random.random(n) < 0.05] = r.UNKNOWN  # the answer of Eurodac is not in yet
    law = {
        "nationality_iso3": origin,
        "sex": np.where(random.random(n) < 0.32, "female", "male").astype(object),
        "age_years": np.where(minor, random.integers(14, 18, n), random.integers(18, 66, n))
        .astype(float)
        .astype(object),
        "eurodac_hit": eurodac,
        "vis_hit": flag(0.03),
        "residence_title_elsewhere": flag(0.015),
        "eu_citizen": flag(0.001),
        "safe_third_country": flag(0.01),
        "earlier_application": np.where(repeat, "rejected", "none").astype(object),
        "at_border": flag(0.03),
        "detained": flag(0.01),
        "public_order_signal": flag(0.01),
        "language": np.array([r.LANGUAGES[code] for code in origin], dtype=object),
        "location": np.array(r.LOCATIONS, dtype=object)[random.integers(0, len(r.LOCATIONS), n)],
        "irrelevant_statements": flag(np.where(np.isin(origin, r.SAFE_ORIGINS), 0.1, 0.01)),
        "misled_authorities": flag(np.where(facts["documents"] == "suspect", 0.15, 0.01)),
        "late_claim": flag(0.03),
        "new_elements": np.where(repeat, random.random(n) < 0.3, False).astype(object),
        "safe_country_exempt": flag(0.05),
    }
    law["new_elements"][~repeat] = None  # asked only of a subsequent application
    law["return_decision_on"] = np.full(n, None, dtype=object)
    returned = repeat & (random.random(n) < 0.3)
    before = random.integers(10, 700, n).astype("timedelta64[D]")
    law["return_decision_on"][returned] = (lodged - before)[returned].tolist()
    return _cells(law)


def _cells(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """A frame of plain Python cells: pandas would turn None into an empty text, and lose "not asked"."""
    return pd.DataFrame(columns, dtype=object)


def _outcomes(
    cases: pd.DataFrame, hours: np.ndarray, years: np.ndarray, pact: np.ndarray, random: np.random.Generator
) -> pd.DataFrame:
    """What the file will say once the case is decided. Heavier work stays open longer."""
    n = len(cases)
    log_days = np.log(190) + 0.09 * np.minimum(years, 4) - 0.15 * pact + 0.6 * (np.log(hours) - 2.9)
    days = np.ceil(np.exp(log_days + random.normal(0, 0.45, n)))
    typed = np.where(random.random(n) < TYPING_ERROR_SHARE, hours * 10, hours)
    extra = random.random(n) < 1 / (1 + np.exp(-2.2 * (np.log(hours) - 3.3)))
    outcomes = pd.DataFrame(
        {
            "hours_booked": np.clip(np.round(typed * 4) / 4, 0.25, 1999.0),
            "decided_on": cases["lodged_on"] + pd.to_timedelta(days, unit="D").as_unit("s"),
        }
    )
    words = {"extra_interview_day": extra.astype(object), "closed_how": np.full(n, "decided", dtype=object)}
    rest = _cells(words | {"route_followed": _route_followed(cases, pact, random)})
    return pd.concat([outcomes, rest], axis=1).loc[:, list(OUTCOMES)]


def _route_followed(cases: pd.DataFrame, pact: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Nearly everybody took one route; referral to the long one followed scarce interpreters, not work."""
    n = len(cases)
    scarce = cases["language"].isin(["tir", "som", "kat"]).to_numpy()
    usual = np.where(pact, "PACT-REG", "PRE-S4-AA6")
    referred = (random.random(n) < np.where(scarce, 0.25, 0.06)) & ~pact
    return np.where(referred, "PRE-S4-VA", usual).astype(object)


def _truth(
    ids: np.ndarray, states: dict, early: np.ndarray, late: np.ndarray, pact: np.ndarray, hours: np.ndarray
) -> pd.DataFrame:
    register = Register.load()
    cutoffs = np.array(register.cutoffs_hours)
    first = posterior(states, r.IDENTIFIED, pact, flat_prior(len(ids)))
    second = posterior(states, r.REGISTERED, pact, first)
    stratum = _holds(states, *r.PAIR_ACROSS[:2]).astype(int)
    chances1, hours1 = ahead().chances(early, first, stratum, cutoffs)
    chances2 = chances_given_log_hours(early + late, second, cutoffs)
    truth = pd.DataFrame({"case_id": ids, "hours_true": hours, "class_true": np.searchsorted(cutoffs, hours, "right")})
    for k, name in enumerate(register.class_names):
        truth[f"p1_{name}"], truth[f"p2_{name}"] = chances1[:, k], chances2[:, k]
    return truth.assign(hours1=hours1, hours2=hours_given_log_hours(early + late, second))

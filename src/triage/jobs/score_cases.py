"""Class probabilities, hours, lateness and route suggestion for a table of cases."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from triage.domain.case import Depth, Intake, Moment, Outcome, RouteOptions
from triage.domain.facts import Register
from triage.domain.records import Progress, silent
from triage.law.book import LawBook
from triage.routing.complexity import ComplexityModel, regime_of
from triage.routing.policy import DEPTHS, Policy, Prices
from triage.routing.suggest import DOUBT_CODES, RULE_DECIDES, advise_many, chances_late, doubt_flags

STEP = 500  # cases between two words of progress
#: Last day of the term of a register without law, the one held lawful first.
TERM_COLUMNS = ("term_ends_lawful", "term_ends")


def score_cases(
    cases: pd.DataFrame,
    model: ComplexityModel,
    register: Register,
    moment: Moment,
    law: LawBook | None,
    policy: Policy,
    progress: Progress = silent,
    prices: Prices | pd.DataFrame | None = None,
    on: date | None = None,
) -> pd.DataFrame:
    """Score every case as known at `moment`; facts of a later moment are left out of account.

    Parameters
    ----------
    cases : table CASES in canonical form, checked by `register`.
    law : None for a register of another service; then no rule decides, and the term is that of the columns
        term_ends_lawful, else term_ends.
    prices : hours on top per scarce depth, where a plan says them: one for all, or a table with a column per scarce
        depth and a row per case. None: those of the policy.
    on : day of the advice, by which a case is an old one; None: each at its intake.

    Returns
    -------
    One row a case, in order: case_id, p_<class>, hours_p10, hours_p50, hours_p90, hours_mean (h), p_late (of the
    lawful term, empty where there is none), set90, outcome (rule, suggestion, not_sure), route (the rule's route
    id, else light, standard or heavy), law_route (route id, empty without law), reason_codes (| between),
    hours_saved and hours_saved_phi0 (h, by the depth advised against standard; 0 where nothing else is advised).

    Raises MomentError where a registered table holds no registration fact.
    """
    said = model.predict(cases, moment)
    intakes = register.intakes(cases, moment)
    options = _options(intakes, law, progress)
    advice = advise_many(
        said[[f"p_{name}" for name in model.classes]].to_numpy(),
        np.array([[depth in one.depths for depth in DEPTHS] for one in options], dtype=bool).reshape(-1, 3),
        _doubts(intakes, options, said["known_regime"].to_numpy(), model, policy),
        _holds_all(pd.Series(said["set90"]), model.classes),
        _prices(intakes, moment, policy, prices, on),
        policy,
    )
    routed = _routed(advice, options, law).set_axis(cases.index)
    days = _days(cases, intakes, options, law)
    late = chances_late(said["log_days_mean"].to_numpy(), said["log_days_sd"].to_numpy(), days)
    figures = said.drop(columns=["log_days_mean", "log_days_sd", "known_regime", "set90"])
    return pd.concat([cases[["case_id"]], figures.assign(p_late=late), said[["set90"]], routed], axis=1)


def _options(intakes: Sequence[Intake], law: LawBook | None, progress: Progress) -> list[RouteOptions]:
    """What the law leaves open of each; flags and needs are for who reads a case, not for a table."""
    found = []
    for number, intake in enumerate(intakes, 1):
        found.append(law.options(intake, with_flags=False) if law else _no_law(intake))
        if number % STEP == 0 or number == len(intakes):
            progress("score cases", number, len(intakes))
    return found


def _no_law(intake: Intake) -> RouteOptions:
    """All depths open: a register of another service comes without rules."""
    depths: Mapping[Depth, str] = {depth: depth.value for depth in DEPTHS}
    return RouteOptions(regime_of(intake.lodged), "", (), None, depths, ())


def _doubts(
    intakes: Sequence[Intake],
    options: Sequence[RouteOptions],
    known_regime: np.ndarray,
    model: ComplexityModel,
    policy: Policy,
) -> np.ndarray:
    """The doubts of each case, shape (cases, 4); none where a rule decides."""
    rows = [
        (False,) * len(DOUBT_CODES)
        if one.decided is not None
        else doubt_flags(intake, one, bool(known), policy.strange(intake, model.features.unmet(intake)))
        for intake, one, known in zip(intakes, options, known_regime, strict=True)
    ]
    return np.array(rows, dtype=bool).reshape(-1, len(DOUBT_CODES))


def _holds_all(sets: pd.Series, classes: Sequence[str]) -> np.ndarray:
    """Whether the set rules out none of three classes or more."""
    return (sets.str.count(r"\|") + 1 >= max(3, len(classes))).to_numpy(dtype=bool)


def _prices(
    intakes: Sequence[Intake], moment: Moment, policy: Policy, prices: Prices | pd.DataFrame | None, on: date | None
) -> np.ndarray:
    """Hours on top per depth, shape (cases, 3); a depth without a price is not scarce."""
    if isinstance(prices, pd.DataFrame):
        named = [prices[depth.value] if depth.value in prices else np.zeros(len(prices)) for depth in DEPTHS]
        return np.column_stack(named).astype(float)
    each = (prices if prices is not None else policy.prices_for(moment, _age(intake, on)) for intake in intakes)
    return np.array([[one.get(depth, 0.0) for depth in DEPTHS] for one in each], dtype=float).reshape(-1, 3)


def _age(intake: Intake, on: date | None) -> int:
    """Days since lodging on the day of advice."""
    return (on - intake.lodged).days if on else 0


def _routed(advice: pd.DataFrame, options: Sequence[RouteOptions], law: LawBook | None) -> pd.DataFrame:
    """The advice with its route ids, and the rule's own word where a rule decides."""
    depths = advice["depth"].to_numpy()
    rules = np.array([one.decided is not None for one in options], dtype=bool)
    law_routes = [
        one.standing_route if one.decided else one.depths[Depth(d)] if law else ""
        for one, d in zip(options, depths, strict=True)
    ]
    return pd.DataFrame(
        {
            "outcome": np.where(rules, Outcome.RULE.value, advice["outcome"]),
            "route": np.where(rules, law_routes, depths),
            "law_route": law_routes,
            "reason_codes": np.where(rules, RULE_DECIDES, advice["reason_codes"]),
            "hours_saved": np.where(rules, 0.0, advice["hours_saved"]),
            "hours_saved_phi0": np.where(rules, 0.0, advice["hours_saved_phi0"]),
        }
    )


def _days(
    cases: pd.DataFrame, intakes: Sequence[Intake], options: Sequence[RouteOptions], law: LawBook | None
) -> np.ndarray:
    """Days from lodging to the last lawful day to decide, of the route as it stood at lodging; nan without a term."""
    if law is None:
        return _own_terms(cases)
    ends = [law.lawful_last_day(intake, one.standing_route) for intake, one in zip(intakes, options, strict=True)]
    pairs = zip(ends, intakes, strict=True)
    return np.array([np.nan if end is None else (end - intake.lodged).days for end, intake in pairs], dtype=float)


def _own_terms(cases: pd.DataFrame) -> np.ndarray:
    """By the table's own columns; a fact of another register that has such a name is no term."""
    ends = pd.Series(pd.NaT, index=cases.index, dtype="datetime64[ns]")
    for name in TERM_COLUMNS:
        if name in cases:
            ends = ends.fillna(pd.to_datetime(cases[name]))
    return (ends - pd.to_datetime(cases["lodged_on"])).dt.days.to_numpy(dtype=float)

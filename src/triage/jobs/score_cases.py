"""Class probabilities, hours, lateness and route suggestion for a table of cases."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from triage.domain.case import Depth, Intake, Moment, Outcome, Prediction, RouteOptions
from triage.domain.facts import Register
from triage.domain.records import Progress, silent
from triage.law.book import LawBook
from triage.routing.complexity import ComplexityModel, regime_of
from triage.routing.suggest import DEPTHS, RULE_DECIDES, Policy, advise, chance_late

STEP = 500  # cases between two words of progress


def score_cases(
    cases: pd.DataFrame,
    model: ComplexityModel,
    register: Register,
    moment: Moment,
    law: LawBook | None,
    policy: Policy,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Score every case as known at `moment`; facts of a later moment are left out of account.

    Parameters
    ----------
    cases : table CASES in canonical form, checked by `register`.
    law : None for a register of another service; then no rule decides, no term is known and p_late is empty.

    Returns
    -------
    One row a case, in order: case_id, p_<class>, hours_p10, hours_p50, hours_p90, hours_mean (h), p_late (of the
    lawful term, empty where there is none), set90, outcome (rule, suggestion, not_sure), route (the rule's route
    id, else light, standard or heavy), law_route (route id, empty without law), reason_codes (| between).

    Raises MomentError where a registered table holds no registration fact.
    """
    said = model.predict(cases, moment)
    predictions = _predictions(said, model)
    rows = []
    for number, (row, prediction) in enumerate(zip(cases.to_dict("records"), predictions, strict=True), 1):
        intake = register.intake(row, moment)
        rows.append(_advised(intake, prediction, model, law, policy))
        if number % STEP == 0 or number == len(cases):
            progress("score cases", number, len(cases))
    columns = ["p_late", "outcome", "route", "law_route", "reason_codes"]
    advice = pd.DataFrame(rows, columns=columns, index=cases.index)
    figures = said.drop(columns=["log_days_mean", "log_days_sd", "known_regime", "set90"])
    ids = cases[["case_id"]]
    return pd.concat([ids, figures, advice[["p_late"]], said[["set90"]], advice[columns[1:]]], axis=1)


def _predictions(said: pd.DataFrame, model: ComplexityModel) -> list[Prediction]:
    """The batch's rows as predictions, so that one set of rules advises one case and many."""
    chances = said[[f"p_{name}" for name in model.classes]].to_numpy().tolist()
    columns = ["hours_p10", "hours_p50", "hours_p90", "hours_mean", "log_days_mean", "log_days_sd"]
    figures = said[columns].to_numpy().tolist()
    return [
        Prediction(
            model.classes, tuple(p), f[0], f[1], f[2], f[3], (f[4], f[5]), tuple(held.split("|")), bool(known),
            model.version,
        )
        for p, f, held, known in zip(chances, figures, said["set90"], said["known_regime"], strict=True)
    ]  # fmt: skip


def _advised(
    intake: Intake, prediction: Prediction, model: ComplexityModel, law: LawBook | None, policy: Policy
) -> tuple[Any, ...]:
    """(p_late, outcome, route, law_route, reason_codes) of one case."""
    options = law.options(intake) if law else _no_law(intake)
    if options.decided is not None:
        route = options.decided.route
        return _late(intake, prediction, law, route), Outcome.RULE.value, route, route, RULE_DECIDES
    advice = advise(intake, options, prediction, policy, model.features.unmet(intake))
    late = _late(intake, prediction, law, options.depths[Depth.STANDARD])
    law_route = options.depths[advice.depth] if law else ""
    return late, advice.outcome.value, advice.depth.value, law_route, "|".join(advice.codes)


def _late(intake: Intake, prediction: Prediction, law: LawBook | None, route: str) -> float:
    """P(decided after the lawful term) of the route as it stood at lodging; nan without a term."""
    if law is None:
        return np.nan
    chance = chance_late(prediction.log_days, intake.lodged, law.deadlines(intake, route).lawful)
    return np.nan if chance is None else chance


def _no_law(intake: Intake) -> RouteOptions:
    """All depths open: a register of another service comes without rules."""
    depths: Mapping[Depth, str] = {depth: depth.value for depth in DEPTHS}
    return RouteOptions(regime_of(intake.lodged), "", (), None, depths, ())

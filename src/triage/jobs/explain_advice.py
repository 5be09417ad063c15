"""What stands behind an advice on the depth: what is missing, what can be corrected, and cases like this one."""

from triage.domain.calendar import local_date
from triage.domain.case import Depth, Explanation, Intake, Outcome, Suggestion
from triage.domain.facts import Register
from triage.law.book import LawBook
from triage.law.criteria import FACTS_READ
from triage.routing.complexity import ComplexityModel
from triage.routing.counterfactuals import counterfactuals
from triage.routing.missing import open_facts
from triage.routing.neighbours import Neighbours
from triage.routing.policy import Policy, Prices
from triage.routing.variants import Ground

LAW_READS = frozenset(fact for facts in FACTS_READ.values() for fact in facts)


def explain_suggestion(
    made: Suggestion,
    intake: Intake,
    register: Register,
    law: LawBook,
    model: ComplexityModel | None,
    policy: Policy | None,
    neighbours: Neighbours | None = None,
) -> Explanation | None:
    """Explain a suggestion as it was made, from the intake that it rests on.

    None where model, policy or rules are no longer those that made it: what is in use now explains nothing of then.
    """
    if model is None or policy is None:
        return None
    used = (made.model_version, made.policy_version, made.law_version)
    if made.outcome is not Outcome.RULE and used != (model.version, policy.version, law.version):
        return None
    prices = {Depth(depth): hours for depth, hours in made.prices}
    age = (local_date(made.made_at) - intake.lodged).days
    return explain_advice(intake, register, law, model, policy, neighbours, prices, age)


def explain_advice(
    intake: Intake,
    register: Register,
    law: LawBook,
    model: ComplexityModel,
    policy: Policy,
    neighbours: Neighbours | None = None,
    prices: Prices | None = None,
    age_days: int = 0,
) -> Explanation:
    """Explain the advice on one case; empty where a rule decides, for then nobody is advised on the depth.

    Parameters
    ----------
    neighbours : the index of the model's bundle; None gives no hours of closed cases.
    prices : hours on top per scarce depth, where a plan says them; else those of the policy.
    age_days : days since lodging at the moment of advice.

    Raises LawError for a lodging date without rules, MomentError for a fact of a later moment.
    """
    options = law.options(intake, with_flags=False)
    if options.decided is not None:
        return Explanation()
    weighed = policy.prices_for(intake.moment, age_days) if prices is None else prices
    ground = Ground(intake, options, lambda one: law.options(one, with_flags=False), LAW_READS, model, policy, weighed)
    askable = [fact for fact in register.at(intake.moment) if fact.in_model == "yes"]
    return Explanation(
        open_facts(ground, askable),
        counterfactuals(ground, [fact.name for fact in askable]),
        neighbours.nearest(intake, model) if neighbours else (),
    )

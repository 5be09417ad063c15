"""One small learned model with its policy, for the tests of advice and explanation. Learned once per process."""

from datetime import date
from functools import cache
from typing import NamedTuple

import pandas as pd

from triage.domain.case import Intake, Moment
from triage.domain.facts import Register
from triage.law.book import LawBook, shipped_law
from triage.routing.complexity import ComplexityModel
from triage.routing.fitting import fit
from triage.routing.labels import Labels, labels_at
from triage.routing.neighbours import Neighbours
from triage.routing.policy import Policy, open_hours, priced, ranges_met
from triage.routing.variants import Ground
from triage.simulation.world import make_world

SNAPSHOT = date(2026, 6, 1)
REGISTER = Register.load()
ASKABLE = [fact.name for fact in REGISTER.model_facts()]


class Example(NamedTuple):
    """A model, the policy that goes with it, and later cases that it never saw."""

    model: ComplexityModel
    policy: Policy
    labels: Labels
    later: pd.DataFrame
    law: LawBook


@cache
def example() -> Example:
    """Learned on made-up cases lodged up to 1 June 2026."""
    cases = make_world(3000, 5).cases_at(date(2026, 11, 24))
    labels = labels_at(cases, REGISTER, SNAPSHOT)
    window = labels.window()[0]
    model, law = fit(labels, window, REGISTER, 0.5, (0.9, 0.8, 0.9)), shipped_law()
    draft = Policy(version="test", met=ranges_met(model.features, window), reserve_share=0.1)
    recent = labels.cases.tail(500)
    hours = {}
    for moment in Moment:
        options = [law.options(intake) for intake in REGISTER.intakes(recent, moment)]
        hours[moment] = open_hours(model.chances(recent, moment), options, draft)
    later = cases[cases["lodged_on"] > pd.Timestamp(SNAPSHOT)]
    return Example(model, priced(draft, hours), labels, later, law)


@cache
def neighbours() -> Neighbours:
    """The index of its closed cases."""
    found = Neighbours.of(example().model, example().labels.labelled)
    assert found is not None
    return found


def before_the_pact(count: int, moment: Moment = Moment.REGISTERED) -> list[Intake]:
    """Learned cases of which no rule decides: the model advises on each of them."""
    made = example()
    cases = made.labels.cases.tail(6 * count)
    free = [i for i in REGISTER.intakes(cases, moment) if made.law.options(i).decided is None]
    return free[-count:]


def ground_of(intake: Intake) -> Ground:
    """What advice on a case rests on; the law is asked again for every variant."""
    made = example()
    reads = frozenset(REGISTER.facts)
    prices = made.policy.prices_for(intake.moment)
    return Ground(intake, made.law.options(intake), made.law.options, reads, made.model, made.policy, prices)

"""Any intake that the shipped register allows, as a hypothesis strategy."""

from datetime import date, timedelta

from hypothesis import strategies as st

from triage.domain.case import Intake, Moment
from triage.domain.facts import Register

REGISTER = Register.load()
LODGED = date(2026, 3, 1)


def values_of(fact):
    low, high = fact.values if fact.kind == "number" else (0, 9)
    known = {
        "flag": st.booleans(),
        "number": st.floats(low, high, allow_nan=False),
        "category": st.sampled_from(fact.values or ["a"]),
        "date": st.integers(0, 900).map(lambda days: LODGED - timedelta(days)),
    }
    return st.one_of(st.none(), known[fact.kind])


@st.composite
def intakes(draw):
    moment = draw(st.sampled_from(Moment))
    known = [fact for fact in REGISTER.at(moment) if fact.in_model == "yes" and draw(st.booleans())]
    return Intake("A-1", LODGED, moment, {fact.name: draw(values_of(fact)) for fact in known})

"""An ordinary case for the tests of the law: everything the rules read is known, and nothing is special."""

from datetime import date

from triage.domain.case import FactValue, Intake, Moment
from triage.domain.facts import Register

REGISTER = Register.load()
ORDINARY: dict[str, FactValue | None] = {
    "nationality_iso3": "SYR",
    "eurodac_hit": "none",
    "vis_hit": False,
    "residence_title_elsewhere": False,
    "eu_citizen": False,
    "safe_third_country": False,
    "earlier_application": "none",
    "at_border": False,
    "detained": False,
    "public_order_signal": False,
    "unaccompanied_minor": False,
    "special_guarantees": False,
    "medical_advice": "fit",
    "irrelevant_statements": False,
    "misled_authorities": False,
    "late_claim": False,
    "safe_country_exempt": False,
}


def case(lodged: str = "2026-07-01", moment: str = "registered", **facts: FactValue | None) -> Intake:
    """An ordinary case with some facts otherwise; at identification only what is known then."""
    at = Moment(moment)
    known = {fact.name for fact in REGISTER.at(at)}
    return Intake("case-1", date.fromisoformat(lodged), at, {k: v for k, v in (ORDINARY | facts).items() if k in known})

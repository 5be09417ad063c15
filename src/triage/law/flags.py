"""What an officer must look at first: codes for the case page. No flag feeds a score."""

from collections.abc import Callable
from datetime import date

from triage.domain.case import Intake
from triage.domain.contradictions import contradictions
from triage.domain.nationalities import CODES, UNKNOWN
from triage.law.rows import Spell

KNOWN_OR_NONE = CODES | {None}
ADULT = 18  # years (APR art. 3; Vb art. 3.109d)


def _has(fact: str) -> Callable[[Intake], bool]:
    return lambda intake: intake.facts.get(fact) is True


def _minor(intake: Intake) -> bool:
    age = intake.facts.get("age_years")
    return _has("unaccompanied_minor")(intake) or (isinstance(age, (int, float)) and age < ADULT)


#: Code -> whether it holds of a case. officer_first: 1F, public order or security (APR art. 42(1)(f)); a person looks.
FLAGS: dict[str, Callable[[Intake], bool]] = {
    "officer_first": _has("public_order_signal"),
    "minor": _minor,
    "special_guarantees": _has("special_guarantees"),
    "family_together": _has("relative_in_procedure"),
    "nationality_in_doubt": _has("nationality_doubt"),
    "nationality_unknown": lambda intake: intake.facts.get("nationality_iso3") == UNKNOWN,
    "nationality_code_not_known": lambda intake: intake.facts.get("nationality_iso3", UNKNOWN) not in KNOWN_OR_NONE,
}


def flags_of(intake: Intake, languages: tuple[Spell, ...], today: date | None = None) -> tuple[str, ...]:
    """The codes that hold of a case.

    Parameters
    ----------
    languages : the languages with interpreters, with their lodging dates.
    today : local date; without it nothing is said of a lodging date in the future.
    """
    found = [code for code, holds in FLAGS.items() if holds(intake)]
    if contradictions(intake, today):
        found.append("contradiction")
    language = intake.facts.get("language")
    if language is not None and not any(s.code == language and s.first <= intake.lodged <= s.last for s in languages):
        found.append("language_not_listed")
    if today is not None and intake.lodged > today:
        found.append("lodged_in_future")
    return tuple(found)

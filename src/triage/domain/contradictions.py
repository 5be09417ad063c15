"""Facts that do not go together: gentle warnings for an officer, and a count in the report on intake quality.

A contradiction never changes a route and never refuses a case; somebody looks, and corrects what is wrong. Only
what cannot be (a lodging date in the future or before 1990) is marked impossible: the door refuses it already.
What is unknown or was not asked contradicts nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from triage.domain.case import FactValue, Intake
from triage.domain.nationalities import CODES, NO_STATE

FIRST_LODGING = date(1990, 1, 1)
ADULT, SCHOOL_AGE, LONG_AT_BORDER_DAYS = 18, 3, 30
#: Facts of a date that may lie ahead; all others tell what happened.
MAY_LIE_AHEAD = frozenset({"suspended_until"})


@dataclass(frozen=True)
class Contradiction:
    """Facts that do not go together: a code, the names of the facts, and a Dutch sentence for an officer."""

    code: str
    facts: tuple[str, ...]
    sentence: str
    is_impossible: bool = False


Facts = Mapping[str, FactValue | None]


@dataclass(frozen=True)
class Check:
    """A named check on the facts of one moment: the facts it reads, whether they clash, and what an officer reads."""

    code: str
    facts: tuple[str, ...]
    clashes: Callable[[Facts], bool]
    sentence: str


def _number(facts: Facts, name: str) -> float | None:
    value = facts.get(name)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _is_minor_of_age(facts: Facts) -> bool:
    age = _number(facts, "age_years")
    is_disputed = facts.get("age_dispute") is True  # then somebody knows already
    return facts.get("unaccompanied_minor") is True and age is not None and age >= ADULT and not is_disputed


def _is_child_without_company(facts: Facts) -> bool:
    age = _number(facts, "age_years")
    is_alone = _number(facts, "family_size") == 1 and facts.get("relative_in_procedure") is False
    return age is not None and age < ADULT and facts.get("unaccompanied_minor") is False and is_alone


def _is_alone_with_others(facts: Facts) -> bool:
    return facts.get("unaccompanied_minor") is True and (_number(facts, "family_size") or 1) > 1


def _is_longer_at_school_than_alive(facts: Facts) -> bool:
    age, years = _number(facts, "age_years"), _number(facts, "schooling_years")
    return age is not None and years is not None and years > max(0.0, age - SCHOOL_AGE)


def _entered_before_birth(facts: Facts) -> bool:
    age, days = _number(facts, "age_years"), _number(facts, "days_since_entry")
    return age is not None and days is not None and days > (age + 1) * 366


def _is_real_and_doubted(facts: Facts) -> bool:
    return facts.get("documents") == "real" and facts.get("identity_doubt") is True


def _is_new_without_earlier(facts: Facts) -> bool:
    return facts.get("earlier_application") == "none" and facts.get("new_elements") is True


def _has_no_hit_with_a_date(facts: Facts) -> bool:
    no_hit = facts.get("eurodac_hit") == "none" and facts.get("vis_hit") is False
    return no_hit and facts.get("hit_received_on") is not None


def _is_long_here_and_at_border(facts: Facts) -> bool:
    return facts.get("at_border") is True and (_number(facts, "days_since_entry") or 0) > LONG_AT_BORDER_DAYS


def _is_no_code(facts: Facts) -> bool:
    code = facts.get("nationality_iso3")
    return code is not None and code not in CODES


def _is_stateless_with_a_state(facts: Facts) -> bool:
    code = facts.get("nationality_iso3")
    return facts.get("stateless") is True and code in CODES and code not in NO_STATE


def _is_vulnerable_without_guarantees(facts: Facts) -> bool:
    is_serious = facts.get("vulnerability_screening") == "serious"
    return is_serious and facts.get("special_guarantees") is False and facts.get("vulnerability_signs") is False


def _before(earlier: str, later: str) -> Callable[[Facts], bool]:
    """Whether what must come later came earlier."""

    def is_out_of_order(facts: Facts) -> bool:
        first, second = facts.get(earlier), facts.get(later)
        return isinstance(first, date) and isinstance(second, date) and second < first

    return is_out_of_order


CHECKS = (
    Check(
        "MINOR_OF_AGE", ("unaccompanied_minor", "age_years"), _is_minor_of_age,
        "De aanvrager staat als alleenstaande minderjarige, maar is volgens de leeftijd 18 jaar of ouder.",
    ),
    Check(
        "CHILD_WITHOUT_COMPANY", ("age_years", "unaccompanied_minor", "family_size", "relative_in_procedure"),
        _is_child_without_company,
        "De aanvrager is jonger dan 18 jaar en staat niet als alleenstaand, maar er is ook niemand bij.",
    ),
    Check(
        "ALONE_WITH_OTHERS", ("unaccompanied_minor", "family_size"), _is_alone_with_others,
        "De aanvrager staat als alleenstaande minderjarige, maar er horen meer personen bij de aanvraag. "
        "Dat kan bij broers en zussen.",
    ),
    Check(
        "LONGER_AT_SCHOOL_THAN_AGE", ("schooling_years", "age_years"), _is_longer_at_school_than_alive,
        "Er staan meer jaren school dan bij de leeftijd past.",
    ),
    Check(
        "ENTRY_BEFORE_BIRTH", ("days_since_entry", "age_years"), _entered_before_birth,
        "De inreis is volgens de opgave langer geleden dan de aanvrager oud is.",
    ),
    Check(
        "REAL_DOCUMENTS_AND_DOUBT", ("documents", "identity_doubt"), _is_real_and_doubted,
        "De documenten zijn echt bevonden, maar er is ook twijfel over de identiteit.",
    ),
    Check(
        "NEW_ELEMENTS_WITHOUT_EARLIER_APPLICATION", ("new_elements", "earlier_application"), _is_new_without_earlier,
        "Er staan nieuwe elementen, maar er is geen eerdere aanvraag.",
    ),
    Check(
        "DATE_OF_A_HIT_WITHOUT_HIT", ("hit_received_on", "eurodac_hit", "vis_hit"), _has_no_hit_with_a_date,
        "Er staat een datum van een hit, maar Eurodac en EU-VIS gaven geen hit.",
    ),
    Check(
        "LONG_HERE_AND_AT_BORDER", ("at_border", "days_since_entry"), _is_long_here_and_at_border,
        "De aanvraag is aan de grens gedaan, maar de inreis is meer dan 30 dagen geleden.",
    ),
    Check(
        "UNKNOWN_NATIONALITY_CODE", ("nationality_iso3",), _is_no_code,
        "De code van de nationaliteit bestaat niet. Is de nationaliteit niet bekend, gebruik dan XXX.",
    ),
    Check(
        "STATELESS_WITH_NATIONALITY", ("stateless", "nationality_iso3"), _is_stateless_with_a_state,
        "De aanvrager staat als staatloos, maar er staat ook een nationaliteit.",
    ),
    Check(
        "SERIOUS_VULNERABILITY_WITHOUT_GUARANTEES",
        ("vulnerability_screening", "special_guarantees", "vulnerability_signs"), _is_vulnerable_without_guarantees,
        "De eerste controle vond ernstige kwetsbaarheid, maar het aanmeldgehoor niets daarvan.",
    ),
    *(
        Check(code, (later, earlier), _before(earlier, later), sentence)
        for code, earlier, later, sentence in (
            ("REGISTERED_BEFORE_APPREHENSION", "apprehended_on", "registered_on",
             "De registratie ligt voor de dag waarop de aanvrager is aangetroffen of zich heeft gemeld."),
            ("REQUEST_BEFORE_REGISTRATION", "registered_on", "request_received_on",
             "Het verzoek aan de andere lidstaat ligt voor de registratie."),
            ("NOTIFICATION_BEFORE_HIT", "hit_received_on", "notification_received_on",
             "De kennisgeving aan de andere lidstaat ligt voor de hit."),
            ("ACCEPTED_BEFORE_REQUEST", "request_received_on", "accepted_on",
             "Het akkoord van de andere lidstaat ligt voor het verzoek."),
            ("ACCEPTED_BEFORE_NOTIFICATION", "notification_received_on", "accepted_on",
             "Het akkoord van de andere lidstaat ligt voor de kennisgeving."),
            ("INTERVIEW_BEFORE_REGISTRATION", "registered_on", "interviewed_on",
             "Het gehoor ligt voor de registratie."),
            ("SUSPENSION_ENDS_BEFORE_IT_BEGINS", "suspended_from", "suspended_until",
             "De opschorting eindigt voordat zij begint."),
            ("RULING_BEFORE_NOTICE", "notice_of_default_on", "ruling_on",
             "De uitspraak van de rechter ligt voor de ingebrekestelling."),
        )
    ),
)  # fmt: skip

#: What can only happen once an application is lodged; registration, hit and apprehension may come before.
AFTER_LODGING = (
    "found_responsible_on",
    "interviewed_on",
    "decided_extension_on",
    "suspended_from",
    "notice_of_default_on",
    "ruling_on",
)
LODGED_IN_FUTURE = "De datum van indiening ligt in de toekomst."
LODGED_TOO_EARLY = "De datum van indiening ligt voor 1990."
EVENT_IN_FUTURE = "Deze datum ligt in de toekomst, maar gaat over iets dat al is gebeurd."
EVENT_BEFORE_LODGING = "Deze datum ligt voor de indiening, maar kan pas daarna zijn."
RETURN_AFTER_LODGING = "Het terugkeerbesluit is van na de indiening; alleen een eerder besluit telt voor de route."
DECIDED_TOO_EARLY = "De beslissing is van voor de indiening."
REAL_THEN_NONE = "De documenten waren eerder echt bevonden en nu staat er dat er geen zijn."
YOUNGER = "De aanvrager is nu jonger dan bij de vorige opgave."
OTHER_NATIONALITY = "De nationaliteit is anders dan bij de vorige opgave."

#: Every code there is: of one moment, of dates, and of two moments one after the other.
CODES_OF_CONTRADICTIONS = (
    *(check.code for check in CHECKS),
    "LODGED_IN_FUTURE", "LODGED_BEFORE_1990", "EVENT_IN_FUTURE", "EVENT_BEFORE_LODGING",
    "RETURN_DECISION_AFTER_LODGING", "DECIDED_BEFORE_LODGED",
    "DOCUMENTS_REAL_THEN_NONE", "YOUNGER_THAN_BEFORE", "NATIONALITY_CHANGED",
)  # fmt: skip


def contradictions(
    intake: Intake, today: date | None = None, decided: date | None = None, before: Intake | None = None
) -> tuple[Contradiction, ...]:
    """All that does not go together in one intake, in a fixed order; empty where all fits.

    Parameters
    ----------
    today : local date; without it, what lies in the future is not looked for.
    decided : local date of the decision, where there is one.
    before : the intake of the same case that came in before it; then what cannot have changed is looked for too.
    """
    found = [Contradiction(one.code, one.facts, one.sentence) for one in CHECKS if one.clashes(intake.facts)]
    found += _of_lodging(intake, today, decided) + _of_dates(intake, today)
    return tuple(found + (_of_two(before.facts, intake.facts) if before else []))


def _of_lodging(intake: Intake, today: date | None, decided: date | None) -> list[Contradiction]:
    found = []
    if today is not None and intake.lodged > today:
        found.append(Contradiction("LODGED_IN_FUTURE", (), LODGED_IN_FUTURE, is_impossible=True))
    if intake.lodged < FIRST_LODGING:
        found.append(Contradiction("LODGED_BEFORE_1990", (), LODGED_TOO_EARLY, is_impossible=True))
    if decided is not None and decided < intake.lodged:
        found.append(Contradiction("DECIDED_BEFORE_LODGED", (), DECIDED_TOO_EARLY))
    return found


def _of_dates(intake: Intake, today: date | None) -> list[Contradiction]:
    dates = {name: value for name, value in intake.facts.items() if isinstance(value, date)}
    ahead = [name for name, day in dates.items() if today and day > today and name not in MAY_LIE_AHEAD]
    early = [name for name in AFTER_LODGING if name in dates and dates[name] < intake.lodged]
    found = [Contradiction("EVENT_IN_FUTURE", (name,), EVENT_IN_FUTURE) for name in sorted(ahead)]
    found += [Contradiction("EVENT_BEFORE_LODGING", (name,), EVENT_BEFORE_LODGING) for name in early]
    if "return_decision_on" in dates and dates["return_decision_on"] > intake.lodged:
        found.append(Contradiction("RETURN_DECISION_AFTER_LODGING", ("return_decision_on",), RETURN_AFTER_LODGING))
    return found


def _of_two(before: Facts, now: Facts) -> list[Contradiction]:
    """What cannot have changed between two intakes of one case."""
    found = []
    if before.get("documents") == "real" and now.get("documents") == "none":
        found.append(Contradiction("DOCUMENTS_REAL_THEN_NONE", ("documents",), REAL_THEN_NONE))
    was, is_now = _number(before, "age_years"), _number(now, "age_years")
    if was is not None and is_now is not None and is_now < was:
        found.append(Contradiction("YOUNGER_THAN_BEFORE", ("age_years",), YOUNGER))
    state, other = before.get("nationality_iso3"), now.get("nationality_iso3")
    if None not in (state, other) and state != other and state not in NO_STATE:
        found.append(Contradiction("NATIONALITY_CHANGED", ("nationality_iso3",), OTHER_NATIONALITY))
    return found

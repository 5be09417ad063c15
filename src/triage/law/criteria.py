"""One function per criterion of the law: Intake -> Verdict, three-valued.

What is not known is UNKNOWN, never NOT_MET; only an event that we record ourselves has not happened while its day
is not known, as for the clocks. A criterion that only a person can weigh says UNKNOWN too, also
where its fact is known: no rule decides it, and the officer stays free.

Ground (j) of APR art. 42(1) reads rules/union_recognition.csv: Union-wide shares with their Eurostat year, never
Dutch ones. Where no confirmed share stands there, it is UNKNOWN, as are grounds (b) and (d), for which intake
records no fact.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from triage.domain.calendar import add_working_days
from triage.domain.case import Intake, Verdict
from triage.domain.nationalities import CODES
from triage.domain.nationalities import UNKNOWN as NATIONALITY_UNKNOWN

Criterion = Callable[[Intake], Verdict]

MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN
_OPPOSITE = {MET: NOT_MET, NOT_MET: MET, UNKNOWN: UNKNOWN}

#: Facts that intake asks only where there is a sign of them: the register has no value for "there is none".
ASKED_ON_INDICATION = frozenset({"return_decision_on"})

#: Facts that are events of our own: without a day they have not happened. A day is no answer to a question, and changes
#: the case itself.
EVENTS = frozenset({"found_responsible_on"})

SEVEN_WORKING_DAYS = 7
#: Codes of a nationality that can stand on a list, or can be known not to.
STATED = CODES - {NATIONALITY_UNKNOWN}

CRITERIA: dict[str, Criterion] = {}
FACTS_READ: dict[str, tuple[str, ...]] = {}

#: Criteria that no fact can make MET, because only a person does.
JUDGED: set[str] = set()
#: Criteria that no fact can make NOT_MET, because a person weighs the sign that speaks against them.
WEIGHED: set[str] = set()


def reads(*facts: str, judged: bool = False, weighed: bool = False) -> Callable[[Criterion], Criterion]:
    """Register a criterion with the facts it reads; `judged` is never MET, and `weighed` never NOT_MET."""

    def register(criterion: Criterion) -> Criterion:
        name: str = criterion.__name__  # type: ignore[attr-defined] - every criterion is a function
        CRITERIA[name], FACTS_READ[name] = criterion, facts
        if judged:
            JUDGED.add(name)
        if weighed:
            WEIGHED.add(name)
        return criterion

    return register


def all_of(verdicts: Sequence[Verdict]) -> Verdict:
    """Kleene AND: one NOT_MET settles it, else one UNKNOWN leaves it open."""
    return NOT_MET if NOT_MET in verdicts else UNKNOWN if UNKNOWN in verdicts else MET


def any_of(verdicts: Sequence[Verdict]) -> Verdict:
    """Kleene OR: one MET settles it, else one UNKNOWN leaves it open; of nothing it is NOT_MET."""
    return MET if MET in verdicts else UNKNOWN if UNKNOWN in verdicts else NOT_MET


def opposite(verdict: Verdict) -> Verdict:
    """Kleene NOT: what is unknown stays unknown."""
    return _OPPOSITE[verdict]


def _is(intake: Intake, fact: str, value: object) -> Verdict:
    known = intake.facts.get(fact)
    return UNKNOWN if known is None else MET if known == value else NOT_MET


def _to_weigh(intake: Intake, fact: str) -> Verdict:
    """A flag that opens a question for the officer: False closes it, True does not answer it."""
    return NOT_MET if intake.facts.get(fact) is False else UNKNOWN


# Responsibility and admissibility ------------------------------------------------------------------------------------


@reads("eurodac_hit")
def applied_elsewhere(intake: Intake) -> Verdict:
    """Eurodac knows an application in another member state (Dublin III art. 18, 23; AMMR art. 41)."""
    return _is(intake, "eurodac_hit", "applied")


@reads("eurodac_hit")
def entered_elsewhere(intake: Intake) -> Verdict:
    """Eurodac knows an irregular entry in another member state (Dublin III art. 13; AMMR art. 39)."""
    return _is(intake, "eurodac_hit", "irregular_entry")


@reads("vis_hit")
def visa_elsewhere(intake: Intake) -> Verdict:
    """EU-VIS knows a visa of another member state (Dublin III art. 12; AMMR art. 39)."""
    return _is(intake, "vis_hit", True)


@reads("residence_title_elsewhere")
def title_elsewhere(intake: Intake) -> Verdict:
    """Another member state gave a residence title (Dublin III art. 12; AMMR art. 29)."""
    return _is(intake, "residence_title_elsewhere", True)


@reads("found_responsible_on")
def netherlands_responsible(intake: Intake) -> Verdict:
    """The Netherlands was found responsible, so that no other state is (Vw art. 42(6) oud; APR art. 35, 39(1)(a))."""
    return MET if isinstance(intake.facts.get("found_responsible_on"), date) else NOT_MET


@reads("eurodac_hit")
def holds_protection_elsewhere(intake: Intake) -> Verdict:
    """Eurodac knows a protection status in another member state (Vw art. 30a(1)(a); APR art. 38(1)(c))."""
    return _is(intake, "eurodac_hit", "protection")


@reads("eu_citizen")
def is_eu_citizen(intake: Intake) -> Verdict:
    """Citizen of an EU/EEA state or Switzerland (Vw art. 30a(1)(e))."""
    return _is(intake, "eu_citizen", True)


@reads("safe_third_country")
def safe_third_country(intake: Intake) -> Verdict:
    """A first country of asylum or safe third country applies (APR art. 38(1)(a),(b))."""
    return _is(intake, "safe_third_country", True)


@reads("unaccompanied_minor", weighed=True)
def no_minors_interests_to_weigh(intake: Intake) -> Verdict:
    """No unaccompanied minor, whose best interests a person weighs before another country may do (APR art. 58, 59)."""
    return opposite(_to_weigh(intake, "unaccompanied_minor"))


@reads("unaccompanied_minor", judged=True)
def minors_interests_to_weigh(intake: Intake) -> Verdict:
    """The best interests of an unaccompanied minor come first; a person weighs them (AMMR art. 23, 25)."""
    return _to_weigh(intake, "unaccompanied_minor")


# Subsequent applications ---------------------------------------------------------------------------------------------


@reads("earlier_application")
def applied_before(intake: Intake) -> Verdict:
    """An earlier application was rejected or not taken up (Vb art. 3.118b; APR art. 55)."""
    return opposite(_is(intake, "earlier_application", "none"))


@reads("new_elements")
def brings_new_elements(intake: Intake) -> Verdict:
    """A subsequent application brings new elements, which makes it admissible (APR art. 42(1)(g), 55)."""
    return _is(intake, "new_elements", True)


@reads("new_elements")
def brings_nothing_new(intake: Intake) -> Verdict:
    """A subsequent application without new elements (Vw art. 30a(1)(d); APR art. 38(2))."""
    return opposite(_is(intake, "new_elements", True))


@reads("return_decision_on")
def return_decision_long_before(intake: Intake) -> Verdict:
    """Lodged more than seven working days after a return decision (APR art. 38(1)(e))."""
    given = intake.facts.get("return_decision_on")
    if not isinstance(given, date):
        return UNKNOWN
    return MET if intake.lodged > add_working_days(given, SEVEN_WORKING_DAYS) else NOT_MET


@reads(judged=True)
def officer_weighs_warning(_: Intake) -> Verdict:
    """Whether the applicant was told what a late application leads to is for a person to find (APR art. 38(1)(e))."""
    return UNKNOWN


# Border, detention and the grounds for accelerated examination -------------------------------------------------------


@reads("at_border")
def at_border(intake: Intake) -> Verdict:
    """Asked at the outer border without meeting the entry conditions (Vw art. 3; APR art. 43)."""
    return _is(intake, "at_border", True)


@reads("detained")
def in_detention(intake: Intake) -> Verdict:
    """Held under Vw art. 59b (Vb art. 3.117)."""
    return _is(intake, "detained", True)


@reads("irrelevant_statements")
def says_only_irrelevant(intake: Intake) -> Verdict:
    """Only statements that do not matter for protection (APR art. 42(1)(a))."""
    return _is(intake, "irrelevant_statements", True)


@reads("misled_authorities")
def misled_authorities(intake: Intake) -> Verdict:
    """Misled the authorities or destroyed documents (APR art. 42(1)(c); Vw art. 30b oud)."""
    return _is(intake, "misled_authorities", True)


@reads("late_claim")
def claimed_late(intake: Intake) -> Verdict:
    """Asked late without good reason (APR art. 42(1)(h),(i))."""
    return _is(intake, "late_claim", True)


@reads("public_order_signal", judged=True)
def public_order_to_weigh(intake: Intake) -> Verdict:
    """A signal on public order is not yet a ground: an officer weighs it, no rule does (APR art. 42(1)(f))."""
    return _to_weigh(intake, "public_order_signal")


@reads("public_order_signal", weighed=True)
def no_public_order_signal(intake: Intake) -> Verdict:
    """No signal on public order, so that a minor stays out of the border procedure (APR art. 42(3)(b))."""
    return opposite(_to_weigh(intake, "public_order_signal"))


@reads(judged=True)
def officer_weighs_inconsistency(_: Intake) -> Verdict:
    """Clearly inconsistent, false or improbable statements are for a person to find (APR art. 42(1)(b))."""
    return UNKNOWN


@reads(judged=True)
def officer_weighs_delay(_: Intake) -> Verdict:
    """Whether the application only serves to delay removal is for a person to find (APR art. 42(1)(d))."""
    return UNKNOWN


@reads(judged=True)
def officer_weighs_border(_: Intake) -> Verdict:
    """Whether Vw art. 30, 30a or 30b is the likely ground at the border is for the officer (Vb art. 3.109b)."""
    return UNKNOWN


# Exclusions and guarantees -------------------------------------------------------------------------------------------


@reads("unaccompanied_minor")
def is_unaccompanied_minor(intake: Intake) -> Verdict:
    """Unaccompanied minor: own guarantees, other routes (APR art. 42(3), 53; Vb art. 3.109c, praktijk)."""
    return _is(intake, "unaccompanied_minor", True)


@reads("special_guarantees", judged=True)
def guarantees_to_weigh(intake: Intake) -> Verdict:
    """Needs special guarantees: an officer weighs whether this route can give them (APR art. 21)."""
    return _to_weigh(intake, "special_guarantees")


@reads("safe_country_exempt")
def in_exempt_group(intake: Intake) -> Verdict:
    """Belongs to a group for which the safe-country rule does not hold (Vb art. 3.109ca; APR art. 61)."""
    return _is(intake, "safe_country_exempt", True)


@reads("safe_country_exempt")
def in_no_exempt_group(intake: Intake) -> Verdict:
    """Belongs to no group for which the safe-country rule does not hold (Vb art. 3.109ca; APR art. 61)."""
    return opposite(_is(intake, "safe_country_exempt", True))


# The depth of the old general procedure ------------------------------------------------------------------------------


@reads("special_guarantees", "medical_advice")
def needs_extra_interview_day(intake: Intake) -> Verdict:
    """Special guarantees or the medical advice call for an extra interview day (Vb art. 3.115(1)(b))."""
    fit = opposite(_is(intake, "medical_advice", "fit"))
    return any_of([_is(intake, "special_guarantees", True), fit])


@reads(judged=True)
def officer_weighs_extra_time(_: Intake) -> Verdict:
    """Whether the statements will need more time is a judgement, helped by the model (Vb art. 3.115(1)(a))."""
    return UNKNOWN


@reads("changed_statements")
def statements_changed(intake: Intake) -> Verdict:
    """The statements changed in an essential way after the start (Vb art. 3.115(2))."""
    return _is(intake, "changed_statements", True)


@reads(judged=True)
def more_research_on_the_way(_: Intake) -> Verdict:
    """More research, a missed day or a no show is found on the way, never at intake (Vb art. 3.115(2),(9),(10))."""
    return UNKNOWN


@reads(judged=True)
def day_limits_passed(_: Intake) -> Verdict:
    """The days of the general procedure passed without a decision, which intake cannot know (Vb art. 3.116)."""
    return UNKNOWN


@reads(judged=True)
def withdrew(_: Intake) -> Verdict:
    """The applicant withdrew the application, or let it go, which a person finds (Vw art. 30c; APR art. 40, 41)."""
    return UNKNOWN


@reads()
def every_case(_: Intake) -> Verdict:
    """The regular examination is open to every case; in doubt a case goes there (Vb art. 3.109ca; APR art. 35(4))."""
    return MET


# Beside the choice of a route ----------------------------------------------------------------------------------------


@reads(judged=True)
def officer_weighs_well_founded(_: Intake) -> Verdict:
    """Whether a claim is likely well-founded is for a person, never for a score (APR art. 34(5)(a))."""
    return UNKNOWN


@reads("special_guarantees", "unaccompanied_minor")
def has_special_needs(intake: Intake) -> Verdict:
    """Needs special guarantees, or is an unaccompanied minor (APR art. 34(5)(b))."""
    return any_of([_is(intake, "special_guarantees", True), _is(intake, "unaccompanied_minor", True)])


@reads("identity_doubt")
def identity_in_doubt(intake: Intake) -> Verdict:
    """The identity is in doubt, so that a written interview does not do (Vb art. 3.109; IND-werkwijze)."""
    return _is(intake, "identity_doubt", True)


@reads("at_border", judged=True)
def screened_inside(intake: Intake) -> Verdict:
    """Found inside without an earlier check at the border, which a person establishes (Screeningverordening art. 7)."""
    return NOT_MET if intake.facts.get("at_border") is True else UNKNOWN


@reads(judged=True)
def situation_uncertain(_: Intake) -> Verdict:
    """Postponement for an uncertain situation is for the minister, not per case (Vw art. 43; APR art. 35(7))."""
    return UNKNOWN


@reads(judged=True)
def asks_to_join_family(_: Intake) -> Verdict:
    """Family of a status holder asks for a visa, an application of another kind (Vw art. 29 oud, 29c, 29d)."""
    return UNKNOWN


# Dated country lists -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """One country on one list, for a span of lodging dates; UNKNOWN where an officer must weigh it."""

    nationality: str
    verdict: Verdict
    first: date
    last: date


def on_list(name: str, rows: Mapping[str, list[Listed]]) -> Criterion:
    """The criterion of one dated list of countries; `*` speaks for every nationality without a row of its own.

    An unknown nationality (XXX) is UNKNOWN: it may be any. So is a code that does not exist: it may be a slip of
    the pen for one on the list.
    """
    every = rows.get("*", ())

    def listed(intake: Intake) -> Verdict:
        nationality = intake.facts.get("nationality_iso3")
        if nationality not in STATED:
            return UNKNOWN
        for row in (*rows.get(str(nationality), ()), *every):
            if row.first <= intake.lodged <= row.last:
                return row.verdict
        return NOT_MET

    listed.__name__, listed.__doc__ = LIST_CRITERIA[name], LIST_TESTS[name]
    return listed


#: Criteria that the law book makes from its own country lists, by name of the list.
LIST_CRITERIA = {
    "national": "on_national_list",
    "eu": "on_eu_list",
    "union": "union_share_of_20_or_lower",
    "short_aa": "on_short_procedure_list",
    "written": "on_written_interview_list",
}
LIST_TESTS = {
    "national": "The nationality stands on the national list of safe countries of origin (Vw art. 30b(1)(b) oud).",
    "eu": "The nationality stands on the EU list of safe countries of origin (APR art. 42(1)(e), 62).",
    "union": "The yearly Union-wide share of grants for the nationality is 20 % or lower (APR art. 42(1)(j)).",
    "short_aa": "The nationality was in the shortened procedure of four days (Vb art. 3.110 oud; IND-werkwijze).",
    "written": "The nationality may be heard in writing (Vb art. 3.112 oud; IND-werkwijze).",
}
FACTS_READ |= dict.fromkeys(LIST_CRITERIA.values(), ("nationality_iso3",))


def article_of(criterion: Criterion) -> str:
    """The article in the docstring of a criterion: what stands between its last brackets."""
    said = (criterion.__doc__ or "").strip().splitlines()[0].rstrip(".")
    return said[said.rindex(" (") + 2 : -1]

"""Reasons for and against the advised depth, as codes that texts_nl.toml turns into Dutch sentences."""

from collections.abc import Iterable

from triage.domain.case import Depth, FactValue, Intake, Reason

MOST_FOR, MOST_AGAINST = 3, 2
SMALLEST_WEIGHT = 0.02  # log-odds; what adds less tells an officer nothing

#: Facts that may steer the route but are no evidence (Vb 2000 art. 3.108d(5)): a neutral code hides the answer.
NEUTRAL_CODES = {"motive_group": "REGISTRATION"}

#: Facts whose sentence asserts what the fact says.
ASSERTED = frozenset(
    {
        "identity_doubt",
        "age_dispute",
        "unaccompanied_minor",
        "vulnerability_screening",
        "medical_advice",
        "special_guarantees",
        "changed_statements",
    }
)


def reasons_for(contributions: Iterable[tuple[str, float]], intake: Intake, depth: Depth) -> tuple[Reason, ...]:
    """At most three reasons for the advised depth and two against it, strongest first within each.

    Parameters
    ----------
    contributions : (fact, log-odds of heavier work), as the model adds them up.
    intake : says which facts were asked; a fact that nobody asked is never a reason.
    depth : heavy is supported by what makes work heavier, light and standard by what makes it lighter.

    Returns
    -------
    Reasons; `supports` is True for those in favour, weight is the fact's own log-odds of heavier work.
    """
    found = [_reason(f, w, intake, depth) for f, w in contributions if f in intake.facts and abs(w) >= SMALLEST_WEIGHT]
    found.sort(key=lambda reason: -abs(reason.weight))
    pro = [reason for reason in found if reason.supports][:MOST_FOR]
    contra = [reason for reason in found if not reason.supports][:MOST_AGAINST]
    return (*pro, *contra)


def _reason(fact: str, weight: float, intake: Intake, depth: Depth) -> Reason:
    heavier = weight > 0
    code = reason_code(fact, heavier, intake.facts[fact])
    return Reason(code, fact, weight, supports=heavier is (depth is Depth.HEAVY))


def reason_code(fact: str, heavier: bool, value: FactValue | None) -> str:
    """Code of one reason: DOCUMENTS_MORE; DOCUMENTS_UNKNOWN_MORE where the answer is missing.

    Where the fact itself says the other thing than its weight (no doubt, and yet more time) the code is
    IDENTITY_DOUBT_LINKED_MORE: a sentence may not assert a doubt that is not there.
    """
    name, end = NEUTRAL_CODES.get(fact, fact.upper()), "MORE" if heavier else "LESS"
    if value is None:
        return f"{name}_UNKNOWN_{end}"
    says_more = value not in (False, "none", "fit")
    return f"{name}_LINKED_{end}" if fact in ASSERTED and says_more is not heavier else f"{name}_{end}"

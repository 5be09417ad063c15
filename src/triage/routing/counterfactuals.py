"""What the advice would be if something that can be corrected were otherwise. Never about who somebody is.

Only what an applicant or an officer can still put right is in CORRECTABLE: papers, pieces that are under way, advice
that can be asked. Age, family, minority, vulnerability, schooling, the journey and the motive are of a person, and
stay out; so do the length of an interview and who sat in it, which are past.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage.domain.case import Counterfactual, FactValue, Intake
from triage.routing.variants import Changes, Ground, said_of

MOST = 5


@dataclass(frozen=True)
class Correctable:
    """Why a fact can be corrected, and into which answers from the answer it has now (None: unknown, not asked)."""

    why: str
    into: Mapping[FactValue | None, tuple[FactValue, ...]]


CORRECTABLE = {
    "documents": Correctable(
        "papers can still be handed in, and still be checked",
        {
            None: ("real", "copy", "suspect", "none"),
            "not_checked": ("real", "copy", "suspect"),
            "none": ("real", "copy"),
            "copy": ("real",),
            "suspect": ("real",),
        },
    ),
    "medical_advice": Correctable(
        "the advice, not the health: it can still be asked, and asked again",
        {None: ("fit", "limits", "not_fit"), "not_fit": ("limits", "fit"), "limits": ("fit",)},
    ),
}
#: Announced pieces can still come in. They are read then, so they count as evidence.
MISSING, EVIDENCE = "missing_items", "evidence_items"


def corrections(intake: Intake, askable: Sequence[str]) -> list[Changes]:
    """Every single thing that can still be corrected in a case, of the facts that may be known at its moment."""
    found: list[Changes] = [
        {fact: value}
        for fact, correctable in CORRECTABLE.items()
        if fact in askable
        for value in correctable.into.get(intake.known(fact), ())
    ]
    return found + ([_all_in(intake)] if MISSING in askable and intake.known(MISSING) else [])


def _all_in(intake: Intake) -> Changes:
    """The announced pieces are in."""
    missing, evidence = intake.known(MISSING), intake.known(EVIDENCE)
    if isinstance(missing, (int, float)) and isinstance(evidence, (int, float)):
        return {MISSING: 0.0, EVIDENCE: float(evidence + missing)}
    return {MISSING: 0.0}


def counterfactuals(ground: Ground, askable: Sequence[str]) -> tuple[Counterfactual, ...]:
    """Corrections after which the advice would be another one, at most five.

    Parameters
    ----------
    ground : the case as it is known, and what advises on it.
    askable : facts that may be known at this moment.
    """
    tried = corrections(ground.intake, askable)
    now, *said = said_of(ground, [{}, *tried])
    found = [
        Counterfactual(tuple(changes.items()), one.outcome, one.route, one.depth)
        for changes, one in zip(tried, said, strict=True)
        if one.advice != now.advice
    ]
    return tuple(found[:MOST])

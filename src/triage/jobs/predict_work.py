"""Expected work of intakes, without keeping anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from triage.domain.case import Depth, Intake, Prediction, Reason
from triage.domain.errors import LawError
from triage.law.book import LawBook
from triage.routing.complexity import ComplexityModel
from triage.routing.explain import reasons_for
from triage.routing.suggest import chance_late


@dataclass(frozen=True)
class Work:
    """A prediction, the chance to pass the lawful term of the standard route, and reasons where asked for."""

    case_id: str
    prediction: Prediction
    p_late: float | None
    reasons: tuple[Reason, ...] | None


def predict_work(
    intakes: Iterable[Intake], model: ComplexityModel, law: LawBook, with_reasons: bool = False
) -> list[Work]:
    """Work of each intake, in the order given. Reasons take some thirty times as long as the rest.

    Raises MomentError for a fact of a later moment than its intake's.
    """
    return [_work(intake, model, law, with_reasons) for intake in intakes]


def _work(intake: Intake, model: ComplexityModel, law: LawBook, with_reasons: bool) -> Work:
    prediction = model.predict_one(intake)
    late = chance_late(prediction.log_days, intake.lodged, _last_day(intake, law))
    reasons = reasons_for(model.contributions(intake), intake, _depth(prediction)) if with_reasons else None
    return Work(intake.case_id, prediction, late, reasons)


def _last_day(intake: Intake, law: LawBook) -> date | None:
    """By the standard route: which rule holds is not known without the facts that rules read."""
    try:
        standard = next(row for row in law.in_force(intake.lodged) if Depth.STANDARD in row.depths)
    except LawError:
        return None  # lodged before the oldest rows: a prediction, without a term
    return law.deadlines(intake, standard.route_id).lawful


def _depth(prediction: Prediction) -> Depth:
    """Which way the reasons point: heavier where the heaviest class is the likeliest."""
    best = max(range(len(prediction.classes)), key=lambda k: prediction.probabilities[k])
    return Depth.HEAVY if best == len(prediction.classes) - 1 else Depth.STANDARD

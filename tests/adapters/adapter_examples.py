"""Made-up suggestions and decisions for the tests of the adapters."""

from datetime import UTC, date, datetime

from triage.domain.case import Deadlines, Decision, Depth, Intake, Moment, Outcome, Suggestion

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ROUTE = "EU-STANDARD"


def an_intake(case_id: str = "case-1", lodged: date = date(2026, 7, 1), **facts) -> Intake:
    return Intake(case_id, lodged, Moment.REGISTERED, facts)


def a_suggestion(suggestion_id: str = "s-1", case_id: str = "case-1") -> Suggestion:
    return Suggestion(
        suggestion_id=suggestion_id,
        case_id=case_id,
        made_at=NOON,
        moment=Moment.REGISTERED,
        outcome=Outcome.NOT_SURE,
        route=ROUTE,
        depth=Depth.STANDARD,
        alternatives=((Depth.STANDARD.value, 18.5),),
        margin_hours=0.25,
        prediction=None,
        p_late=None,
        reason_codes=("margin-small",),
        reasons=(),
        verdicts=(),
        missing=("medical_advice",),
        deadlines=Deadlines(date(2027, 1, 1), None, "APR art. 35(4)", "none"),
        law_version="1",
        model_version=None,
        policy_version="1",
    )


def a_decision(decision_id: str = "d-1", suggestion_id: str = "s-1", case_id: str = "case-1") -> Decision:
    return Decision(decision_id, suggestion_id, case_id, NOON, "officer", ROUTE, Depth.STANDARD, True, "agree")

"""Record the officer's route. Only a person makes a decision; nothing happens to a case without one."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from triage.adapters.store import Store
from triage.domain.calendar import Clock
from triage.domain.case import Decision, Depth, Suggestion, Verdict
from triage.domain.errors import FactError, LawError
from triage.domain.records import Receipt
from triage.law.book import LawBook, shipped_law
from triage.routing.suggest import SILENT_CODES

AGREE, OWN_CHOICE, OTHER = "AGREE", "OWN_CHOICE", "OTHER"
#: Why an officer chose this route: a closed list, of which texts_nl.toml holds the sentences.
OFFICER_REASONS = (
    AGREE,
    OWN_CHOICE,
    "KNOWS_MORE_ABOUT_CASE",
    "FACT_WRONG",
    "EXPECTS_MORE_WORK",
    "EXPECTS_LESS_WORK",
    "NEEDS_EXTRA_CARE",
    "LAW_SAYS_OTHERWISE",
    "PLANNING",
    "FAMILY_TOGETHER",
    OTHER,
)
LONGEST_TEXT = 500


def record_decision(
    suggestion_id: str,
    route: str,
    depth: Depth | None,
    officer: str,
    reason_code: str,
    reason_text: str,
    expected_version: int,
    store: Store,
    clock: Clock,
    receipt: Receipt | None = None,
    law: LawBook | None = None,
) -> Decision:
    """Append the officer's decision on a suggestion. `followed` is derived from route and depth.

    Kept beside it: whether there was any advice, and how long it lay before this officer. A route is open unless the
    law said at the suggestion that it does not hold; a depth is open where the route offers it. A route with one depth
    needs none named, and a route with several then takes standard. A receipt with an empty answer gets the
    decision's id.

    Raises NotFoundError for an unknown suggestion, LawError for a route or depth that is not open, FactError
    for a reason that does not fit or a decision without a name, ConflictError where somebody decided earlier.
    """
    if not officer.strip():
        raise FactError("A decision needs the officer who takes it. Sign in, then decide.")
    made = store.suggestion(suggestion_id).suggestion
    _refuse_closed_route(made, route)
    chosen = _depth_of(route, depth, law or shipped_law())
    followed = route == made.route and chosen is made.depth
    text = reason_text.strip()
    _refuse_odd_reason(reason_code, text, followed, has_advice(made))
    now, shown_at = clock(), store.first_shown(suggestion_id, officer)
    decision = Decision(
        decision_id=str(uuid4()),
        suggestion_id=suggestion_id,
        case_id=made.case_id,
        decided_at=now,
        officer=officer,
        route=route,
        depth=chosen,
        followed=followed,
        reason_code=reason_code,
        reason_text=text,
        had_advice=has_advice(made),
        shown_at=shown_at,
        dwell_seconds=_seconds(shown_at, now),
    )
    if receipt is not None and not receipt.answer:
        receipt = replace(receipt, answer=decision.decision_id)
    store.record_decision(decision, expected_version, officer, receipt)
    return decision


def has_advice(shown: Suggestion) -> bool:
    """Whether a suggestion, as the officer sees it, holds advice: of a rule or of a model."""
    return not set(SILENT_CODES).intersection(shown.reason_codes)


def reasons_to_choose(shown: Suggestion) -> tuple[str, ...]:
    """The codes to choose from: nobody agrees with advice that was not there, and with advice one says what of it."""
    left_out = OWN_CHOICE if has_advice(shown) else AGREE
    return tuple(code for code in OFFICER_REASONS if code != left_out)


def _seconds(shown_at: datetime | None, now: datetime) -> float | None:
    return None if shown_at is None else round(max((now - shown_at).total_seconds(), 0.0), 1)


def _refuse_closed_route(made: Suggestion, route: str) -> None:
    said = next((verdict for verdict in made.verdicts if verdict.route == route), None)
    if said is None:
        raise LawError(
            "This route was not open on the lodging date of the case. Choose one of the routes in the suggestion."
        )
    if said.verdict is Verdict.NOT_MET:
        raise LawError(
            f"Route {said.route} is not open for this case: {said.reason} See {said.article}. "
            f"Choose another route, or correct the facts and ask for a new suggestion."
        )


def _depth_of(route: str, depth: Depth | None, law: LawBook) -> Depth | None:
    """The depth that goes with a route, None for a route that a rule decides."""
    offered = law.route(route).depths
    if depth is None:
        return None if not offered else offered[0] if len(offered) == 1 else Depth.STANDARD
    if depth not in offered:
        ones = ", ".join(offered) or "none"
        raise LawError(f"Route {route} does not offer this depth; it offers {ones}. Choose another depth or route.")
    return depth


def _refuse_odd_reason(code: str, text: str, followed: bool, had_advice: bool) -> None:
    if code not in OFFICER_REASONS:
        raise FactError(f"The reason code is not known. Use one of {', '.join(OFFICER_REASONS)}.")
    if code == AGREE and not followed:
        raise FactError(f"The decision differs from the suggestion, so {AGREE} does not fit. Choose another reason.")
    if code == OWN_CHOICE and had_advice:
        raise FactError(f"There was advice, so {OWN_CHOICE} does not fit. Say whether you agree, or why not.")
    if code == OTHER and not followed and not text:
        raise FactError(f"A decision that differs with reason {OTHER} needs a short text. Say why in a sentence.")
    if len(text) > LONGEST_TEXT:
        raise FactError(f"The text of the reason is too long. Keep it within {LONGEST_TEXT} characters.")

"""Suggest a route for one intake and log it; the officer decides."""

from dataclasses import replace
from uuid import uuid4

from triage.adapters.store import Store
from triage.domain.calendar import Clock, local_date
from triage.domain.case import Intake, Suggestion
from triage.domain.errors import LawError
from triage.domain.records import Receipt
from triage.law.book import LawBook
from triage.routing.suggest import Policy, WorkModel, suggest


def suggest_route(
    intake: Intake,
    law: LawBook,
    model: WorkModel | None,
    policy: Policy | None,
    store: Store,
    clock: Clock,
    actor: str,
    receipt: Receipt | None = None,
    is_news: bool = False,
) -> Suggestion:
    """Suggest a route for one intake and append it to the log.

    `is_news` says that the intake came with this very message: then the store takes it in as well, in the same
    transaction, so that no case stands half-received.

    The law of the lodging date speaks first; the model is asked only where the law leaves the depth open.
    Without a policy the standard one holds. A receipt with an empty answer gets the suggestion's id as answer.
    Raises LawError for a lodging date after today or before the oldest rows of the law book.
    """
    now = clock()
    if intake.lodged > local_date(now):
        raise LawError("The lodging date lies after today. Correct the date; a case is routed once it is lodged.")
    options = law.options(intake)
    deadlines = law.deadlines(intake, options.standing_route)
    suggestion = suggest(intake, options, deadlines, model, policy or Policy(), str(uuid4()), now)
    if receipt is not None and not receipt.answer:
        receipt = replace(receipt, answer=suggestion.suggestion_id)
    store.append_suggestion(suggestion, actor, receipt, intake, is_news)
    return suggestion

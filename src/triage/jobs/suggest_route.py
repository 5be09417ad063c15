"""Suggest a route for one intake and log it; the officer decides."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import uuid4

from triage.adapters.store import Store
from triage.domain.calendar import Clock, local_date
from triage.domain.case import Intake, Outcome, Suggestion
from triage.domain.errors import LawError
from triage.domain.records import Receipt
from triage.law.book import LawBook
from triage.routing.audit_sample import AuditSample, drawn
from triage.routing.policy import Policy
from triage.routing.suggest import MODEL_TOO_OLD, WorkModel, suggest


@dataclass(frozen=True)
class BesideModel:
    """What stands beside the model: who is in the audit sample, and until when the model may advise."""

    sample: AuditSample | None = None  # None: no sample is drawn
    last_day: date | None = None  # None: no limit
    has_policy_in_force: bool = True  # False: the model came with another policy than the one that holds now

    def advises_on(self, today: date) -> bool:
        """Whether the model may advise today; else the rules speak alone."""
        return self.has_policy_in_force and (self.last_day is None or today <= self.last_day)


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
    beside: BesideModel | None = None,
) -> Suggestion:
    """Suggest a route for one intake and append it to the log; gives it as the officer sees it.

    `beside` draws the audit sample: of some cases the advice is logged and not shown. A model that may not advise any
    more is not asked: then the rules speak alone, with MODEL_TOO_OLD.

    `is_news` says that the intake came with this very message: then the store takes it in as well, in the same
    transaction, so that no case stands half-received.

    The law of the lodging date speaks first; the model is asked only where the law leaves the depth open.
    Without a policy the standard one holds. A receipt with an empty answer gets the suggestion's id as answer.
    Raises LawError for a lodging date after today or before the oldest rows of the law book.
    """
    now, beside = clock(), beside or BesideModel()
    if intake.lodged > local_date(now):
        raise LawError("The lodging date lies after today. Correct the date; a case is routed once it is lodged.")
    options = law.options(intake)
    deadlines = law.deadlines(intake, options.standing_route)
    is_current = beside.advises_on(local_date(now))
    made = suggest(intake, options, deadlines, model if is_current else None, policy or Policy(), str(uuid4()), now)
    if model is not None and not is_current and made.outcome is Outcome.NOT_SURE:
        made = replace(made, reason_codes=(MODEL_TOO_OLD,))
    suggestion, beside_it = drawn(made, options.depths, beside.sample)
    if receipt is not None and not receipt.answer:
        receipt = replace(receipt, answer=suggestion.suggestion_id)
    store.append_suggestion(suggestion, actor, receipt, intake, is_news, beside_it)
    return suggestion

"""What each intake of a case changed: every changed fact is an event, and nothing that was known is lost."""

from dataclasses import dataclass, replace
from datetime import datetime

from triage.adapters.store import Store
from triage.domain.case import Moment
from triage.domain.errors import NotFoundError
from triage.jobs.show_case import Change, changes_between


@dataclass(frozen=True)
class IntakeEvent:
    """One intake of a case, and what it changed against the one before. `seq` orders events; time does not."""

    seq: int
    received_at: datetime
    moment: Moment
    is_new_moment: bool  # the first of this moment: the second scoring moment begins here
    changes: tuple[Change, ...]  # of the first intake: all that it told, against not asked
    suggestion_ids: tuple[str, ...]  # made from this intake, oldest first


def changed_facts(store: Store, case_id: str) -> tuple[IntakeEvent, ...]:
    """Every intake of a case, oldest first, with the facts it changed and the suggestions made from it.

    Suggestions of an older triage, of which the intake is not known, are left out. Raises NotFoundError.
    """
    log = store.intake_log(case_id)
    if not log:
        raise NotFoundError("No case stands under this id. Send the intake first.")
    made: dict[int | None, list[str]] = {}
    for stored in reversed(store.suggestions_of(case_id)):
        made.setdefault(stored.intake_seq, []).append(stored.suggestion.suggestion_id)
    nothing = replace(log[0].intake, facts={})
    before = [nothing, *(one.intake for one in log)]
    return tuple(
        IntakeEvent(
            one.seq,
            one.received_at,
            one.intake.moment,
            place == 0 or one.intake.moment is not before[place].moment,
            changes_between(before[place], one.intake),
            tuple(made.get(one.seq, ())),
        )
        for place, one in enumerate(log)
    )

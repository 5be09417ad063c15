"""Take cases in as intakes: what was known at a moment. What the law book does not cover is refused at the door."""

from collections.abc import Iterable

import pandas as pd

from triage.adapters.store import Store
from triage.domain.calendar import Clock, local_date
from triage.domain.case import Intake, Moment
from triage.domain.errors import LawError
from triage.domain.facts import Register
from triage.domain.records import Receipt
from triage.law.book import LawBook


def receive_intakes(
    intakes: Iterable[Intake], law: LawBook, store: Store, clock: Clock, actor: str, receipt: Receipt | None = None
) -> None:
    """Append intakes; all of them, or none.

    Raises LawError for a lodging date after today or before the law book begins: the store is append-only, so a
    case that no rule covers could never be taken out again. Raises ConflictError where a case would go back.
    """
    given, today = list(intakes), local_date(clock())
    for intake in given:
        if intake.lodged > today:
            raise LawError("The lodging date lies after today. Correct the date; a case is routed once it is lodged.")
        law.options(intake)
    store.receive(given, actor, receipt)


def receive_cases(
    cases: pd.DataFrame, register: Register, moment: Moment, law: LawBook, store: Store, clock: Clock, actor: str
) -> list[Intake]:
    """Append one intake per row of `cases` (table CASES in its canonical form); all of them, or none."""
    intakes = [register.intake(row, moment) for row in cases.to_dict("records")]
    receive_intakes(intakes, law, store, clock, actor)
    return intakes

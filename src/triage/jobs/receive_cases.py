"""Take made-up or imported cases in as intakes: what was known at a moment."""

import pandas as pd

from triage.adapters.store import Store
from triage.domain.case import Intake, Moment
from triage.domain.facts import Register


def receive_cases(cases: pd.DataFrame, register: Register, moment: Moment, store: Store, actor: str) -> list[Intake]:
    """Append one intake per row of `cases` (table CASES in its canonical form); all of them, or none."""
    intakes = [register.intake(row, moment) for row in cases.to_dict("records")]
    store.receive(intakes, actor)
    return intakes

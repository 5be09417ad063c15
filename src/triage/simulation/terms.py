"""How many days the law gives for made-up cases: asked of the law book, never drawn."""

from collections.abc import Callable
from datetime import date
from functools import partial

import numpy as np
import pandas as pd

from triage.domain.calendar import PACT_START
from triage.domain.case import Intake, Moment
from triage.domain.errors import TableError
from triage.law.book import LawBook
from triage.simulation.history import USUAL_BEFORE, USUAL_UNDER


def term_days(lodged_on: pd.Series, law: LawBook, lawful: bool = False) -> np.ndarray:
    """Days from lodging to the last day to decide in the usual route, shape (n,); the book is asked once per date.

    lawful: the term as later held lawful, instead of as applied when lodged. A case is late if it takes more days.
    Raises TableError where the book gives that route no term.
    """
    dates = pd.Series(pd.to_datetime(lodged_on).dt.date)
    ends: Callable[[date], int] = partial(_days, law=law, lawful=lawful)
    return dates.map({day: ends(day) for day in dates.unique()}).to_numpy(dtype=float)


def _days(lodged: date, law: LawBook, lawful: bool) -> int:
    route = USUAL_UNDER if lodged >= PACT_START else USUAL_BEFORE
    deadlines = law.deadlines(Intake("M-term", lodged, Moment.IDENTIFIED), route)
    last = deadlines.lawful if lawful else deadlines.applied
    if last is None:
        raise TableError(f"{route} has no decision term on {lodged}. Give the law book a term for the usual route.")
    return (last - lodged).days

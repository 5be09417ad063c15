"""Made-up events for made-up cases: a history to learn from, and open files to look at. Nobody in them is real."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from triage.adapters.store import Store
from triage.domain.calendar import Clock, local_date
from triage.domain.case import Intake, Moment, Verdict
from triage.domain.facts import Register
from triage.dossier.checklist import completeness, shipped_checklist
from triage.jobs.import_dossier_events import DossierReport, import_dossier_events
from triage.jobs.show_case import standing_of
from triage.law.book import LawBook
from triage.simulation.dossiers import make_dossier_events

#: How many cases decided last give the history; some thirteen events each.
HISTORY = 600
#: An open file is taken to have been begun on at most this many days ago, whatever its lodging date.
YOUNGEST, OLDEST = 3, 40


def make_dossiers(
    cases: pd.DataFrame, store: Store, law: LawBook, register: Register, clock: Clock, seed: int = 1
) -> DossierReport:
    """Append made-up events: of the cases of `cases` decided last, and of the open cases in the store.

    Of an open case only what its facts do not show already is asked for. Each event says that it is made up (`by`).
    The same seed and day give the same events.

    Parameters
    ----------
    cases : table CASES in its canonical form, made up.
    """
    today = local_date(clock())
    rows = [*_history(cases, register), *_open(store, law, today, seed)]
    return import_dossier_events(make_dossier_events(pd.DataFrame(rows), seed, today), store, clock)


def _history(cases: pd.DataFrame, register: Register) -> Iterable[dict[str, Any]]:
    """What the cases decided last needed, by the route they followed."""
    decided = cases.loc[cases["decided_on"].notna()].sort_values("decided_on").tail(HISTORY)
    for row in decided.to_dict("records"):
        intake = register.intake(row, Moment.REGISTERED)
        yield from _needs(intake, str(row["route_followed"]), intake.lodged, row["decided_on"].date())


def _open(store: Store, law: LawBook, today: date, seed: int) -> Iterable[dict[str, Any]]:
    """What the open cases in the store still need."""
    random = np.random.default_rng([seed, 1])
    after = None
    while items := store.work_list(100, after):
        for item in items:
            begun = today - timedelta(days=int(random.integers(YOUNGEST, OLDEST)))
            since = max(item.intake.lodged, begun)
            yield from _needs(item.intake, standing_of(item, law).route or "", since, None)
        after = items[-1].intake.case_id


def _needs(intake: Intake, route: str, since: date, closed: date | None) -> Iterable[dict[str, Any]]:
    """Items that a case needs: of a decided one all of them, of an open one only what is not in."""
    for stand in completeness(shipped_checklist(), intake, route, ()).stands:
        if stand.applies is Verdict.MET and (closed or not stand.present):
            yield {
                "case_id": intake.case_id,
                "item": stand.item.item,
                "third_party": stand.item.third_party,
                "blocking": stand.item.blocking,
                "since": since,
                "closed": closed,
            }

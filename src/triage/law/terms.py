"""The last day to decide: by the term as applied when lodged, and by the term as later held lawful.

Terms count from the lodging date here. Where the law starts its clock elsewhere the basis says so, and the
officer checks the date.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np

from triage.domain.calendar import add_months
from triage.domain.case import Deadlines
from triage.law.rows import Route, Term

UNIT_NL = {"months": "maanden", "weeks": "weken", "days": "dagen", "working days": "werkdagen"}
FROM_LODGING = frozenset({"application_lodged", "application_received"})


def deadlines_of(lodged: date, route: Route, terms: Iterable[Term]) -> Deadlines:
    """Both deadlines of a case on a route. None where the clock has not started or no term is known.

    Parameters
    ----------
    lodged : local date of lodging.
    route : the route; its own decision term serves where no row of `terms` covers it.
    terms : rows of terms.csv.

    Returns
    -------
    Deadlines : dates, each with its basis in Dutch.
    """
    here = [term for term in terms if term.covers(route.route_id, lodged)]
    waiting = [term for term in here if term.role == "no_date"]
    if waiting:
        text = f"De termijn loopt pas als Nederland verantwoordelijk is ({waiting[0].legal_basis})."
        return Deadlines(None, None, text, text)
    base = next((term for term in here if term.role == "decision"), None)
    if base is None:
        return _by_route(lodged, route)
    extended = [base, *(term for term in here if term.role == "extension")]
    lawful = [term for term in extended if term.held_lawful != "no"]
    return Deadlines(
        last_day(lodged, extended), last_day(lodged, lawful), _basis(extended), _lawful_basis(extended, lawful)
    )


def last_day(lodged: date, terms: Iterable[Term]) -> date:
    """Lodging date plus all terms. Months add up before they are counted: 31 August + 6 + 9 is 30 November."""
    months = sum(term.value for term in terms if term.unit == "months")
    day = add_months(lodged, months)
    for term in terms:
        day = day if term.unit == "months" else later(day, term.value, term.unit)
    return day


def later(start: date, value: int, unit: str) -> date:
    """`start` plus a term. Working days leave out weekends, not public holidays."""
    if unit == "months":
        return add_months(start, value)
    if unit == "working days":
        return np.busday_offset(start, value, roll="backward").astype(date)
    return start + timedelta(days=value * (7 if unit == "weeks" else 1))


def _by_route(lodged: date, route: Route) -> Deadlines:
    if route.term_value is None or route.term_unit not in UNIT_NL:
        text = f"Voor deze route is geen beslistermijn bekend ({route.legal_basis})."
        return Deadlines(None, None, text, text)
    text = f"{route.term_value} {UNIT_NL[route.term_unit]} ({route.legal_basis})"
    day = later(lodged, route.term_value, route.term_unit)
    return Deadlines(day, day, text, text)


def _basis(terms: list[Term]) -> str:
    text = " + ".join(f"{t.value} {UNIT_NL.get(t.unit, t.unit)} ({t.legal_basis})" for t in terms)
    return text if terms[0].clock_start in FROM_LODGING else f"{text}, hier gerekend vanaf de indiening"


def _lawful_basis(applied: list[Term], lawful: list[Term]) -> str:
    notes = [term.lawful_note for term in applied if term.lawful_note]
    return "; ".join([_basis(lawful), *dict.fromkeys(notes)])

"""The last day to decide, by the term as applied when lodged and as later held lawful, and every other clock.

Each clock starts with an event of its own. Where the event of the decision term is not known yet, the deadline is
counted from the lodging date and its basis says so; the clock itself stays empty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from triage.domain.case import Deadlines, Intake, TermClock
from triage.law.clocks import Clock, Clocks, Held, Rule, event_date, last_day, later, rolled
from triage.law.rows import Route

UNIT_NL = {"months": "maanden", "weeks": "weken", "days": "dagen", "working days": "werkdagen"}
SINGLE_NL = {"months": "maand", "weeks": "week", "days": "dag", "working days": "werkdag"}
#: Roles of the terms that a suspension moves; an outer limit and the clocks of other states stand.
STANDS_STILL = frozenset({"decision", "extension", "individual", "further"})
#: Roles of the outer limits: they are shown only where the facts make them run.
OUTER_LIMITS = frozenset({"further", "limit"})

RESPONSIBLE = "found_responsible_on"
ANNOUNCED = "decided_extension_on"
TOO_LATE = "de verlenging is na het einde van de termijn meegedeeld"
NOTICE = "notice_of_default_on"


@dataclass(frozen=True)
class Running:
    """One case on one route, with the clocks that hold for it. No suspension moves a term beyond `limit`."""

    intake: Intake
    book: Clocks
    here: Held
    limit: date | None
    begins: date | None  # a suspension, from this day
    until: date | None  # up to and including this day
    lawful: date | None = None  # last day to decide, once it is worked out
    is_late: bool = False  # an extension was announced after the term had ended

    def on(self, event: str) -> date | None:
        """The day of an event; None while it has not happened or is not known."""
        return event_date(event, self.intake)


def deadlines_of(intake: Intake, route: Route, book: Clocks) -> Deadlines:
    """Both deadlines of a case on a route, with every clock that runs or can start on it.

    A deadline is None where no term is known, where another state may still be responsible, and while the term
    stands still. An extension that was announced after the term had ended counts as applied, not as lawful. A first
    term that an extension replaced stands in no clock, and an outer limit only where the facts make it run.

    Parameters
    ----------
    intake : the case; its lodging date chooses the rows, its events start the clocks.
    route : the route; its own decision term serves where no term of the book covers it.
    book : the clocks of the law book.

    Returns
    -------
    Deadlines : dates, each with its basis in Dutch.
    """
    case = _running(intake, route, book)
    base, first = _base(case), _first(case, route)
    case = replace(case, lawful=first.lawful, is_late=base is not None and _is_late(base, case))
    replaced = base if base is not None and _is_replaced(case) else None
    clocks = tuple(
        [_clock(clock, case) for clock in case.here.clocks if clock is not replaced and _is_listed(clock, case)]
    )
    return replace(first, clocks=clocks)


def lawful_day_of(intake: Intake, route: Route, book: Clocks) -> date | None:
    """As `deadlines_of(...).lawful`, without the clocks beside it."""
    return _first(_running(intake, route, book), route).lawful


def _running(intake: Intake, route: Route, book: Clocks) -> Running:
    here = book.covering(route.route_id, intake.lodged)
    begins, until = event_date("suspended_from", intake), event_date("suspended_until", intake)
    return Running(intake, book, here, _limit(here, intake.lodged), begins, until)


def _first(case: Running, route: Route) -> Deadlines:
    """Both last days to decide, without clocks."""
    base = _base(case)
    if base is not None:
        return _decided_by(base, case)
    waiting = case.here.role("no_date")
    return _not_started(waiting[0]) if waiting else _by_route(case, route)


def _limit(here: Held, lodged: date) -> date | None:
    return last_day(lodged, here.role("limit")[0].rules) if here.role("limit") else None


def _base(case: Running) -> Clock | None:
    """The clock that decides; none while another state may be responsible."""
    if _waits(case):
        return None
    if not case.here.role("no_date"):
        return next(iter(case.here.role("decision")), None)
    return next((clock for clock in case.here.clocks if _starts_when_responsible(clock)), None)


def _waits(case: Running) -> bool:
    """Whether another state may still be responsible: no decision term has started then."""
    return bool(case.here.role("no_date")) and case.on(RESPONSIBLE) is None


def _starts_when_responsible(clock: Clock) -> bool:
    return any(rule.start_event == RESPONSIBLE for rule in clock.rules)


def _is_listed(clock: Clock, case: Running) -> bool:
    return clock.term.role not in OUTER_LIMITS or clock.rule(case.intake.facts) is not None


def _is_replaced(case: Running) -> bool:
    """Whether an extension took the place of the first term, as applied and as lawful: then nobody need look at it."""
    blanket, announced = _extensions(case)
    return any(clock.term.held_lawful != "no" for clock in blanket) or (bool(announced) and not case.is_late)


def _extensions(case: Running) -> tuple[tuple[Clock, ...], tuple[Clock, ...]]:
    """The blanket extensions of a case, and the one that was announced to the applicant."""
    return case.here.role("extension"), case.here.role("individual") if case.on(ANNOUNCED) else ()


def _is_late(base: Clock, case: Running) -> bool:
    """Whether the extension of this case was announced after the term had ended."""
    rule, start = _started(base, case)
    return case.on(ANNOUNCED) is not None and not _in_time(start, rule, case)


def _started(base: Clock, case: Running) -> tuple[Rule, date]:
    """How the decision term runs, and its first day: the lodging date where its event is not known."""
    rule = base.rule(case.intake.facts) or base.rules[-1]
    return rule, case.on(rule.start_event) or case.intake.lodged


def _decided_by(base: Clock, case: Running) -> Deadlines:
    rule, start = _started(base, case)
    blanket, announced = _extensions(case)
    applied = blanket or announced  # both are the one extension of art. 42(4): they do not add up
    in_time = announced if announced and _in_time(start, rule, case) else ()
    lawful = tuple(clock for clock in blanket if clock.term.held_lawful != "no") or in_time
    notes = [clock.term.lawful_note for clock in blanket if clock.term.lawful_note]
    if announced and not in_time:
        notes.append(TOO_LATE)
    return Deadlines(
        _ends(start, [rule, *_rules(applied)], case),
        _ends(start, [rule, *_rules(lawful)], case),
        _basis(base, rule, applied, start, case),
        "; ".join([_basis(base, rule, lawful, start, case), *dict.fromkeys(notes)]),
    )


def _rules(clocks: Iterable[Clock]) -> list[Rule]:
    return [clock.rules[0] for clock in clocks]


def _in_time(start: date, rule: Rule, case: Running) -> bool:
    """Whether the extension was announced before the term ended; a term that stands still has not ended."""
    announced, end = case.on(ANNOUNCED), _ends(start, [rule], case)
    return announced is not None and (end is None or announced <= end)


def _ends(start: date, added: Sequence[Rule], case: Running) -> date | None:
    """Last day of terms that add up, with the days on which they stood still; None while they stand still."""
    end = last_day(start, added)
    still = _still_from(start, end, case)
    if still is None:
        return end
    if case.until is None:
        return None
    moved = rolled(start, end + timedelta(days=(case.until - still).days + 1), added[0].roll)
    return moved if case.limit is None else min(moved, max(end, case.limit))


def _still_from(start: date, end: date, case: Running) -> date | None:
    """First day of the term on which it stands still; None without a suspension that falls in it."""
    if case.begins is None or case.begins > end:
        return None
    first = max(case.begins, start + timedelta(days=1))
    return None if case.until is not None and case.until < first else first


# Every other clock ---------------------------------------------------------------------------------------------------


def _clock(clock: Clock, case: Running) -> TermClock:
    """A clock as it stands in a case; without dates where it has not started, and then its basis says why."""
    rule = clock.rule(case.intake.facts)
    if rule is None:
        last = clock.rules[-1]
        return _idle(clock, last, _chain(last, case)[0].start_event, _only_nl(last))
    chain = _chain(rule, case)
    start, end, why = _span(clock, chain, case)
    if start is None:
        return _idle(clock, rule, chain[0].start_event, why)
    holds = clock.term.held_lawful != "no" and not (case.is_late and rule.when == ANNOUNCED)
    told = (_told(rule, clock), why, "" if holds or not case.is_late else TOO_LATE)
    return _shown(clock, rule, chain[0].start_event, start, end, "; ".join(filter(None, told)), holds)


@lru_cache(maxsize=4096)  # most clocks of most cases have not started, and look the same
def _idle(clock: Clock, rule: Rule, event: str, why: str) -> TermClock:
    basis = "; ".join(filter(None, (_told(rule, clock), why)))
    return _shown(clock, rule, event, None, None, basis, clock.term.held_lawful != "no")


def _shown(
    clock: Clock, rule: Rule, event: str, start: date | None, end: date | None, basis: str, holds: bool
) -> TermClock:
    return TermClock(clock.term.term_id, rule.name, clock.term.legal_basis, event, start, end, basis, holds)


def _span(clock: Clock, chain: Sequence[Rule], case: Running) -> tuple[date | None, date | None, str]:
    """Start and last day of a clock, and why it does not run where it does not."""
    rule, start = chain[-1], case.on(chain[0].start_event)
    if start is None or (clock.term.role == "decision" and _waits(case)):
        return None, None, "" if rule.event_to == date.max else f"alleen als het begin uiterlijk {rule.event_to} is"
    if start > rule.event_to:
        return None, None, f"geldt niet als het begin na {rule.event_to} ligt"
    if rule.start_event == NOTICE and (case.lawful is None or start <= case.lawful):
        return None, None, f"te vroeg: {_still_running_nl(case)}"
    if rule.after:
        return _following(rule, case)
    if clock.term.role in STANDS_STILL or chain[0].start_event == RESPONSIBLE:
        end = _ends(start, chain, case)
        return start, end, "" if end else _still_nl(case)
    return start, last_day(start, chain), ""


def _following(rule: Rule, case: Running) -> tuple[date | None, date | None, str]:
    """A clock that starts the day after another one has ended."""
    before = _clock(case.book.by_id[rule.after], case)
    if before.ends is None:
        return None, None, ""
    return before.ends + timedelta(days=1), later(before.ends, rule.value, rule.unit), ""


def _chain(rule: Rule, case: Running) -> Sequence[Rule]:
    """The rules whose lengths add up, the one that starts first."""
    if not rule.adds_to:
        return (rule,)
    clocks = (case.book.by_id[term_id] for term_id in rule.adds_to)
    return [*(clock.rule(case.intake.facts) or clock.rules[-1] for clock in clocks), rule]


# Dutch texts ---------------------------------------------------------------------------------------------------------

#: The conditions of clocks.csv as an officer reads them.
ONLY_NL = {
    ANNOUNCED: "loopt alleen als een verlenging is meegedeeld",
    "detained": "loopt alleen als de aanvrager in bewaring zit",
    "hit_received_on": "loopt alleen na een treffer in Eurodac of EU-VIS",
    "not hit_received_on": "loopt alleen zonder treffer in Eurodac of EU-VIS",
}


def _by_route(case: Running, route: Route) -> Deadlines:
    if route.term_value is None or route.term_unit not in UNIT_NL:
        text = f"Voor deze route is geen beslistermijn bekend ({route.legal_basis})."
        return Deadlines(None, None, text, text)
    text = f"{_count(route.term_value, route.term_unit)} ({route.legal_basis})"
    day = later(case.intake.lodged, route.term_value, route.term_unit)
    return Deadlines(day, day, text, text)


def _not_started(clock: Clock) -> Deadlines:
    text = f"De termijn loopt pas als Nederland verantwoordelijk is ({clock.term.legal_basis})."
    return Deadlines(None, None, text, text)


def _basis(base: Clock, rule: Rule, added: tuple[Clock, ...], start: date, case: Running) -> str:
    parts = [_added_nl(base, rule, added, case.on(rule.start_event) is not None), rule.note]
    parts += [_sooner_nl(clock, case) for clock in case.here.role("route")]
    if case.begins is not None:
        falls_in = _still_from(start, last_day(start, [rule, *_rules(added)]), case)
        parts.append(_still_nl(case) if falls_in else "de opschorting valt buiten de termijn en telt niet")
    return "; ".join(filter(None, parts))


def _sooner_nl(clock: Clock, case: Running) -> str:
    """A term that ends the route before the term to decide has ended."""
    rule = clock.rules[0]
    end = last_day(case.on(rule.start_event) or case.intake.lodged, clock.rules)
    return f"de procedure zelf duurt hoogstens {_length(rule, clock)}, tot en met {end}: {rule.note}"


@lru_cache(maxsize=1024)
def _added_nl(base: Clock, rule: Rule, added: tuple[Clock, ...], started: bool) -> str:
    more = (f"{_count(clock.term.value, clock.term.unit)} ({clock.term.legal_basis})" for clock in added)
    text = " + ".join([_length(rule, base), *more])
    if not started:
        return f"{text}, hier gerekend vanaf de indiening"
    return f"{text}, vanaf de dag dat Nederland verantwoordelijk is" if rule.start_event == RESPONSIBLE else text


def _still_running_nl(case: Running) -> str:
    """Why a notice of default came too early."""
    if case.lawful is not None:
        return f"de beslistermijn liep nog tot en met {case.lawful}"
    return "er loopt geen beslistermijn" if case.begins is None or _waits(case) else "de beslistermijn staat stil"


def _still_nl(case: Running) -> str:
    if case.until is None:
        return f"de termijn staat stil vanaf {case.begins}"
    return f"opgeschort van {case.begins} tot en met {case.until}"


def _told(rule: Rule, clock: Clock) -> str:
    """The length of a term, with what an officer must know beside it."""
    return f"{_length(rule, clock)}; {rule.note}" if rule.note else _length(rule, clock)


@lru_cache(maxsize=1024)
def _length(rule: Rule, clock: Clock) -> str:
    extra = " bovenop de beslistermijn" if rule.adds_to else " na afloop van die termijn" if rule.after else ""
    return f"{_count(rule.value, rule.unit)}{extra} ({clock.term.legal_basis})"


def _only_nl(rule: Rule) -> str:
    return ONLY_NL.get(rule.when, "loopt in deze zaak niet")


def _count(value: int, unit: str) -> str:
    return f"{value} {(SINGLE_NL if value == 1 else UNIT_NL)[unit]}"

"""The clocks of the law: which event starts a term, how it counts, and when it ends.

terms.csv says what the law gives; clocks.csv says how each term runs: the event that starts it, what it is added
to or follows, and whether a last day in a weekend moves. A term with several rows runs by the first row whose
condition (`when`) holds, for example the shorter request after a Eurodac hit.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from pathlib import Path

from triage.domain.calendar import add_months, add_working_days, extended, next_working_day
from triage.domain.case import FactValue, Intake
from triage.domain.errors import LawError
from triage.domain.facts import Register
from triage.law.rows import Route, Term, names_route, rows_of

Facts = Mapping[str, FactValue | None]
Condition = Callable[[Facts], bool]

UNITS = ("months", "weeks", "days", "working days")
#: Units of terms.csv that no clock counts: a minimum, and amounts of penalties.
OTHER_UNITS = ("days minimum", "EUR maximum", "EUR per day")
#: "none": the last day stands; "atw": it moves as the Algemene termijnenwet says; "eu": it always moves.
ROLLS = ("none", "atw", "eu")
#: The longest terms that the Algemene termijnenwet moves (art. 4(a)).
LONGEST = {"days": 90, "weeks": 12, "months": 3, "working days": 90}
LODGED = "lodged"
#: What a term does to the last day to decide; the others are clocks beside it. "extension" is a blanket one,
#: "individual" is announced to one applicant, "further" comes on top of it, "limit" stops a suspension, "route" ends
#: the route and not the term to decide.
ROLES = ("", "decision", "extension", "individual", "further", "limit", "no_date", "route")
HELD_LAWFUL = ("", "yes", "no", "assumed")


@dataclass(frozen=True, eq=False)
class Rule:
    """One way in which a term runs, for the cases in which `holds`.

    `start_event` is "lodged" or the fact that starts it. `adds_to` names the terms whose months come first, `after`
    the term whose end starts this one. It does not run where its event came after `event_to`. `note` is what an
    officer must know beside the length, in Dutch.
    """

    term_id: str
    name: str
    when: str
    holds: Condition
    start_event: str
    value: int
    unit: str
    adds_to: tuple[str, ...]
    after: str
    roll: str
    event_to: date
    reading: str
    note: str


@dataclass(frozen=True, eq=False)
class Clock:
    """A term of the law with the rules by which it runs, in the order in which they are tried."""

    term: Term
    rules: tuple[Rule, ...]

    def rule(self, facts: Facts) -> Rule | None:
        """The rule that holds for a case, or None where the term does not run in it."""
        for rule in self.rules:
            if not rule.when or rule.holds(facts):
                return rule
        return None


class Held:
    """The clocks that hold for a route on a span of lodging dates, in the order of terms.csv."""

    def __init__(self, clocks: Iterable[Clock]) -> None:
        self.clocks = tuple(clocks)
        self._by_role: dict[str, tuple[Clock, ...]] = {}
        for clock in self.clocks:
            self._by_role[clock.term.role] = (*self.role(clock.term.role), clock)

    def role(self, role: str) -> tuple[Clock, ...]:
        """The clocks that play a role."""
        return self._by_role.get(role, ())


class Clocks:
    """All clocks of a law book, kept per route."""

    def __init__(self, terms: Iterable[Term], rules: Mapping[str, tuple[Rule, ...]]) -> None:
        self.by_id = {term.term_id: Clock(term, rules[term.term_id]) for term in terms}
        self._held: dict[tuple[str, int], Held] = {}
        firsts, lasts = ({c.term.first for c in self.by_id.values()}, {c.term.last for c in self.by_id.values()})
        self._edges = sorted(firsts | {last + timedelta(days=1) for last in lasts if last < date.max})

    @classmethod
    def load(cls, path: Path, terms: Iterable[Term], routes: Iterable[Route]) -> "Clocks":
        """The clocks in `path`, checked against the terms. Raises LawError for a torn or contradictory row."""
        held, known = list(terms), list(routes)
        clocks = cls(held, read_rules(path, held))
        refuse_loose_ends(held, known)
        refuse_double_extensions(held, known)
        return clocks

    def covering(self, route_id: str, lodged: date) -> Held:
        """The clocks of a route for a case lodged on a date."""
        key = (route_id, bisect_right(self._edges, lodged))  # between two edges the same terms hold
        if key not in self._held:
            self._held[key] = Held(c for c in self.by_id.values() if c.term.covers(route_id, lodged))
        return self._held[key]


def event_date(event: str, intake: Intake) -> date | None:
    """The day of an event in a case; None while it has not happened or is not known."""
    if event == LODGED:
        return intake.lodged
    known = intake.facts.get(event)
    return known if isinstance(known, date) else None


def last_day(start: date, rules: Iterable[Rule]) -> date:
    """`start` plus the terms of all rules. Months add up before they are counted: 31 August + 6 + 9 is 30 November.

    The day of the event does not count. Where the last month is too short the term ends on its last day.
    """
    day, months, roll = start, 0, ""
    for rule in rules:
        roll = roll or rule.roll
        if rule.unit == "months":
            months += rule.value
        else:
            day = later(day, rule.value, rule.unit)
    return rolled(start, add_months(day, months) if months else day, roll)


def later(start: date, value: int, unit: str) -> date:
    """`start` plus one term. Working days leave out weekends and general holidays."""
    if unit == "months":
        return add_months(start, value)
    if unit == "working days":
        return add_working_days(start, value)
    return start + timedelta(days=value * (7 if unit == "weeks" else 1))


def rolled(start: date, end: date, roll: str) -> date:
    """A last day, moved where the rule says that it moves."""
    if roll == "atw":
        return extended(start, end)
    return next_working_day(end) if roll == "eu" else end


def read_rules(path: Path, terms: Iterable[Term]) -> dict[str, tuple[Rule, ...]]:
    """The rules of clocks.csv per term, in file order.

    Raises LawError for a torn row, a term without row, a row without term, a fact that is not in the register, a
    row after one that always holds, a term that waits for its own end, and a term that no row counts as terms.csv
    does.
    """
    rules: dict[str, tuple[Rule, ...]] = {}
    for where, row in rows_of(path, "term_id"):
        rule = _rule(row, where)
        if any(not earlier.when for earlier in rules.get(rule.term_id, ())):
            raise LawError(f"{where} is never reached: an earlier row of this term has no condition. Change the order.")
        rules[rule.term_id] = (*rules.get(rule.term_id, ()), rule)
    _refuse_strangers(path.name, rules, {term.term_id: term for term in terms})
    _refuse_circles(path.name, rules)
    return rules


def refuse_double_extensions(terms: list[Term], routes: list[Route]) -> None:
    """Raise LawError where two blanket extensions, or two rows of one term, hold for a case on one lodging date."""
    for one, other in combinations(terms, 2):
        same = one.term_id == other.term_id or (one.role == other.role == "extension")
        if not same or one.first > other.last or other.first > one.last:
            continue
        day = max(one.first, other.first)
        both = [r.route_id for r in routes if one.covers(r.route_id, day) and other.covers(r.route_id, day)]
        if both:
            raise LawError(
                f"terms.csv: {one.term_id} and {other.term_id} both hold for {both[0]} for cases lodged on {day}. "
                f"Give the older row a lodged_to before the newer lodged_from."
            )


def refuse_loose_ends(terms: list[Term], routes: list[Route]) -> None:
    """Raise LawError for an unknown role or unit, an extension that nobody judged, and a route that does not exist."""
    for term in terms:
        if term.unit not in (*UNITS, *OTHER_UNITS):
            raise LawError(f"terms.csv: {term.term_id} counts {term.unit}. Use {', '.join((*UNITS, *OTHER_UNITS))}.")
        if term.role not in ROLES or term.held_lawful not in HELD_LAWFUL:
            raise LawError(
                f"terms.csv: {term.term_id} has the role {term.role or '(none)'} and held_lawful "
                f"{term.held_lawful or '(none)'}. Roles are {', '.join(filter(None, ROLES))}; "
                f"held_lawful is yes, no or assumed."
            )
        if term.role == "extension" and not term.held_lawful:
            raise LawError(f"terms.csv: {term.term_id} is an extension. Write in held_lawful: yes, no or assumed.")
        for name in term.applies_to:
            if name != "all" and not any(names_route(name, route.route_id) for route in routes):
                raise LawError(f"terms.csv: {term.term_id} applies to {name}, which is no route. Correct the name.")


def condition(text: str) -> Condition:
    """A condition of clocks.csv as a test: "", "fact", "not fact", or "fact by fact" for one date by another.

    A fact counts where it is known and not False; silence never counts. Raises ValueError for any other wording.
    """
    match text.split():
        case []:
            return lambda facts: True
        case [name] if name not in ("not", "by"):
            return lambda facts: _counts(facts, name)
        case ["not", name]:
            return lambda facts: not _counts(facts, name)
        case [name, "by", limit]:
            return lambda facts: _came_by(facts, name, limit)
    raise ValueError(f"{text!r} where a fact, not fact, or fact by fact is expected")


def _counts(facts: Facts, name: str) -> bool:
    return facts.get(name) not in (None, False)


def _came_by(facts: Facts, name: str, limit: str) -> bool:
    one, other = facts.get(name), facts.get(limit)
    return isinstance(one, date) and isinstance(other, date) and one <= other


def _rule(row: Mapping[str, str], where: str) -> Rule:
    try:
        rule = Rule(
            term_id=row["term_id"],
            name=row["name_nl"],
            when=row["when"],
            holds=condition(row["when"]),
            start_event=row["start_event"],
            value=int(row["value"]),
            unit=row["unit"],
            adds_to=tuple(row["adds_to"].split()),
            after=row["after"],
            roll=row["roll"],
            event_to=date.fromisoformat(row["event_to"]) if row["event_to"] else date.max,
            reading=row["reading"],
            note=row["note_nl"],
        )
    except (KeyError, ValueError) as error:
        raise LawError(f"{where} lacks a column or holds an impossible value ({error}). Correct the row.") from error
    _refuse_torn(rule, where)
    return rule


def _refuse_torn(rule: Rule, where: str) -> None:
    if rule.unit not in UNITS or rule.roll not in ROLLS or not rule.name:
        raise LawError(f"{where}: expected a name_nl, a unit out of {', '.join(UNITS)} and a roll out of {ROLLS}.")
    if not rule.start_event and not rule.adds_to:
        raise LawError(f"{where} has no start. Name its start_event, or the term that it adds to.")
    if rule.roll == "atw" and rule.value > LONGEST[rule.unit]:
        raise LawError(
            f"{where}: the Algemene termijnenwet moves no term of more than {LONGEST[rule.unit]} {rule.unit} "
            f"(art. 4). Write none."
        )


def _refuse_circles(file: str, rules: Mapping[str, tuple[Rule, ...]]) -> None:
    waits = {
        name: {other for rule in found for other in (rule.after, *rule.adds_to) if other}
        for name, found in rules.items()
    }
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        raise LawError(f"{file}: {error.args[1][0]} waits for its own end. Correct after or adds_to.") from error


def _refuse_strangers(file: str, rules: Mapping[str, tuple[Rule, ...]], terms: Mapping[str, Term]) -> None:
    if lost := sorted(set(rules) ^ set(terms)):
        raise LawError(f"{file} and terms.csv do not name the same terms: {', '.join(lost)}. Give each term its rows.")
    events = {LODGED, *Register.load().facts}
    for rule in (rule for found in rules.values() for rule in found):
        named = {rule.start_event, *rule.when.split()} - {"", "not", "by"}
        if unknown := sorted((named - events) | ({rule.after, *rule.adds_to} - {"", *terms})):
            raise LawError(f"{file}: {rule.term_id} names {unknown[0]}, which is no fact and no term. Correct the row.")
    for term in terms.values():
        if term.unit in UNITS and (term.value, term.unit) not in {(r.value, r.unit) for r in rules[term.term_id]}:
            raise LawError(
                f"{file}: no row of {term.term_id} counts {term.value} {term.unit}, as terms.csv says. "
                f"Make both files say the same."
            )

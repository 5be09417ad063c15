"""The rows of the law: read from CSV, typed, and checked before anybody relies on them."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

from triage.domain.case import Depth
from triage.domain.errors import LawError
from triage.law.criteria import LIST_CRITERIA, Listed

Clauses = tuple[tuple[str, ...], ...]

#: No application older than this is in the stock; an earlier date is a typing error.
FIRST_DATE = date(1990, 1, 1)
REGIMES = ("pre_pact", "pact", "both")


@dataclass(frozen=True)
class Route:
    """One route of the law for a span of lodging dates.

    `entry` and `exclusion` are alternatives (OR) of criteria that must hold together (AND). `precedence` is
    empty where no rule decides the route; `depths` are the depths of examination that the route offers.
    """

    route_id: str
    regime: str
    kind: str
    name_nl: str
    legal_basis: str
    first: date
    last: date
    term_value: int | None
    term_unit: str
    status: str
    precedence: int | None
    entry: Clauses
    exclusion: Clauses
    depths: tuple[Depth, ...]
    source: str
    confidence: str
    notes: str

    @property
    def is_tested(self) -> bool:
        """Whether an intake is held against this row; dormant rows and later steps never are."""
        return bool(self.entry) and self.status != "dormant"

    def criteria(self) -> set[str]:
        """Names of all criteria in the row."""
        return {name for clause in self.entry + self.exclusion for name in clause}


@dataclass(frozen=True)
class Term:
    """One legal term. `role` says what it does to the last day to decide: decision, extension, no_date or nothing."""

    term_id: str
    applies_to: tuple[str, ...]
    legal_basis: str
    clock_start: str
    value: int
    unit: str
    first: date
    last: date
    role: str
    held_lawful: str  # yes, no or assumed
    lawful_note: str
    source: str
    confidence: str

    def covers(self, route_id: str, lodged: date) -> bool:
        """Whether the term holds for a route on a lodging date; a pattern that ends in * is a prefix."""
        named = any(route_id.startswith(a[:-1]) if a.endswith("*") else a in (route_id, "all") for a in self.applies_to)
        return named and self.first <= lodged <= self.last


def read_routes(path: Path) -> list[Route]:
    """All rows of routes.csv. Raises LawError for a torn row or two rows of a route on one lodging date."""
    routes = [_route(row, where) for where, row in _rows(path, "route_id")]
    for one, other in combinations(routes, 2):
        if one.route_id == other.route_id and one.first <= other.last and other.first <= one.last:
            raise LawError(
                f"{path.name}: two rows of {one.route_id} hold on the same lodging date. "
                f"Give the older row a lodged_to before the newer lodged_from."
            )
    return routes


def read_terms(path: Path) -> list[Term]:
    """All rows of terms.csv. Raises LawError for a torn row."""
    return [_term(row, where) for where, row in _rows(path, "term_id")]


def read_lists(path: Path) -> dict[str, dict[str, list[Listed]]]:
    """All rows of safe_countries.csv, by list and nationality. Raises LawError for a torn row."""
    lists: dict[str, dict[str, list[Listed]]] = {name: {} for name in LIST_CRITERIA}
    for where, row in _rows(path, "nationality_iso3"):
        if row["list"] not in lists or row["holds"] not in ("yes", "officer"):
            raise LawError(f"{where}: expected list {' or '.join(lists)} and holds yes or officer. Correct the row.")
        listed = Listed(row["nationality_iso3"], row["holds"] == "yes", *_span(row, where))
        lists[row["list"]].setdefault(listed.nationality, []).append(listed)
    return lists


def refuse_double_terms(routes: Iterable[Route], terms: Iterable[Term]) -> None:
    """Raise LawError where two decision terms hold for one route on one lodging date."""
    base = [t for t in terms if t.role == "decision"]
    for one, other in combinations(base, 2):
        for day in (max(one.first, other.first), min(one.last, other.last)):
            both = [r.route_id for r in routes if one.covers(r.route_id, day) and other.covers(r.route_id, day)]
            if both:
                raise LawError(
                    f"terms.csv: {one.term_id} and {other.term_id} both decide the term of {both[0]} for cases lodged "
                    f"on {day}. Give one of them other dates or another role."
                )


def _rows(path: Path, key: str) -> list[tuple[str, dict[str, str]]]:
    """Rows with the place to name in an error; every row needs its key and a source."""
    try:
        with path.open(encoding="utf8", newline="") as file:
            rows = [{str(k): str(v or "").strip() for k, v in row.items() if k} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError) as error:
        raise LawError(f"The law file {path.name} cannot be read: {type(error).__name__}. Restore the file.") from error
    found = [(f"{path.name}: row {number} ({row.get(key, '')})", row) for number, row in enumerate(rows, 1)]
    for where, row in found:
        if not row.get(key) or not row.get("source"):
            raise LawError(f"{where} has no {key if not row.get(key) else 'source'}. Every row of the law names both.")
    return found


def _route(row: Mapping[str, str], where: str) -> Route:
    first, last = _span(row, where)
    try:
        return Route(
            route_id=row["route_id"],
            regime=_regime(row, where),
            kind=row["kind"],
            name_nl=row["name_nl"],
            legal_basis=row["legal_basis"],
            first=first,
            last=last,
            term_value=int(row["decision_term"]) if row["decision_term"] else None,
            term_unit=row["decision_term_unit"],
            status=row["status"],
            precedence=int(row["precedence"]) if row["precedence"] else None,
            entry=clauses(row["entry_criteria_fn"]),
            exclusion=clauses(row["exclusion_fn"]),
            depths=tuple(Depth(name) for name in row["depths"].split()),
            source=row["source"],
            confidence=row["confidence"],
            notes=row["notes"],
        )
    except (KeyError, ValueError) as error:
        raise LawError(f"{where} lacks a column or holds an impossible value ({error}). Correct the row.") from error


def _term(row: Mapping[str, str], where: str) -> Term:
    first, last = _span(row, where)
    _regime(row, where)
    try:
        return Term(
            term_id=row["term_id"],
            applies_to=tuple(name.strip() for name in row["applies_to"].split(",")),
            legal_basis=row["legal_basis"],
            clock_start=row["clock_start"],
            value=int(row["value"]),
            unit=row["unit"],
            first=first,
            last=last,
            role=row["role"],
            held_lawful=row["held_lawful"],
            lawful_note=row["lawful_note"],
            source=row["source"],
            confidence=row["confidence"],
        )
    except (KeyError, ValueError) as error:
        raise LawError(f"{where} lacks a column or holds an impossible value ({error}). Correct the row.") from error


def clauses(expression: str) -> Clauses:
    """ "a & b | c" as (("a", "b"), ("c",)): alternatives of criteria that must hold together."""
    return tuple(
        tuple(name.strip() for name in clause.split("&")) for clause in expression.split("|") if clause.strip()
    )


def _regime(row: Mapping[str, str], where: str) -> str:
    if row.get("regime") not in REGIMES:
        raise LawError(f"{where}: expected a regime out of {', '.join(REGIMES)}. Correct the row.")
    return row["regime"]


def _span(row: Mapping[str, str], where: str) -> tuple[date, date]:
    """First and last lodging date; an empty date is open."""
    try:
        first = date.fromisoformat(row["lodged_from"]) if row["lodged_from"] else FIRST_DATE
        last = date.fromisoformat(row["lodged_to"]) if row["lodged_to"] else date.max
    except (KeyError, ValueError) as error:
        raise LawError(f"{where}: lodged_from and lodged_to are dates such as 2026-06-12, or empty.") from error
    if first > last:
        raise LawError(f"{where}: lodged_from lies after lodged_to. Exchange or correct them.")
    return first, last

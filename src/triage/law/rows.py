"""The rows of the law: read from CSV, typed, and checked before anybody relies on them."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, pairwise
from pathlib import Path

from triage.domain.case import Depth, Verdict
from triage.domain.errors import LawError
from triage.domain.nationalities import CODES
from triage.law.criteria import Listed

Clauses = tuple[tuple[str, ...], ...]

#: No application older than this is in the stock; an earlier date is a typing error.
FIRST_DATE = date(1990, 1, 1)
REGIMES = ("pre_pact", "pact", "both")
#: When a row speaks: before the choice of a route, at that choice, beside it (a way of hearing, an order of work),
#: later in the procedure, or on an application of another kind.
STAGES = ("before", "intake", "modality", "priority", "later", "apart")
STATUSES = ("active", "active_for_runoff", "ended", "dormant")
KINDS = (
    "responsibility", "inadmissibility", "subsequent", "border", "accelerated", "regular", "dormant", "modality",
    "family", "pre_procedure", "closing", "priority_lane",
)  # fmt: skip
#: Units of the term of a route's own; "see terms.csv" where the rows of that file say it all.
ROUTE_UNITS = ("", "months", "weeks", "days", "working days", "days after interview", "see terms.csv")
#: How sure we are of a row: text read, read in part, read in a secondary source, not re-read, or assumed.
CONFIDENCE = ("confirmed", "confirmed_partly", "partly", "secondary", "from_memory", "assumption")
HOLDS = {"yes": Verdict.MET, "no": Verdict.NOT_MET, "officer": Verdict.UNKNOWN}
#: The union-wide share of grants at or below which ground (j) holds (APR art. 42(1)(j)).
LOW_SHARE = 0.20


@dataclass(frozen=True)
class Route:
    """One route of the law for a span of lodging dates.

    `entry` and `exclusion` are alternatives (OR) of criteria that must hold together (AND). `letters` names the
    alternatives of the entry, where the law gives each a letter under `grounds_article`. `precedence` is empty
    where no rule decides the route; `depths` are the depths of examination that the route offers.
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
    stage: str
    precedence: int | None
    grounds_article: str
    letters: tuple[str, ...]
    entry: Clauses
    exclusion: Clauses
    depths: tuple[Depth, ...]
    source: str
    confidence: str
    notes: str

    @property
    def is_tested(self) -> bool:
        """Whether the row can be the route of a case at intake; dormant rows and other stages never are."""
        return self.stage == "intake" and self.status != "dormant"

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
        named = any(name == "all" or names_route(name, route_id) for name in self.applies_to)
        return named and self.first <= lodged <= self.last


def names_route(pattern: str, route_id: str) -> bool:
    """Whether `applies_to` names a route; a pattern that ends in * is a prefix."""
    return route_id.startswith(pattern[:-1]) if pattern.endswith("*") else pattern == route_id


def read_routes(path: Path) -> list[Route]:
    """All rows of routes.csv.

    Raises LawError for a torn row, two rows of a route on one lodging date, lodging dates between the rows of a
    route on which none of them holds, and two routes of one precedence on one lodging date.
    """
    routes = [_route(row, where) for where, row in rows_of(path, "route_id")]
    by_id: dict[str, list[Route]] = {}
    for route in sorted(routes, key=lambda r: r.first):
        by_id.setdefault(route.route_id, []).append(route)
    for name, rows in by_id.items():
        for older, newer in pairwise(rows):
            _refuse_overlap(f"{path.name}: two rows of {name}", older.last, newer.first)
            if newer.first > older.last + timedelta(days=1):
                raise LawError(
                    f"{path.name}: no row of {name} holds between {older.last} and {newer.first}. "
                    f"Let the newer row start the day after the older ends, or give it an id of its own."
                )
    _refuse_equal_precedence(routes, path.name)
    return routes


def read_terms(path: Path) -> list[Term]:
    """All rows of terms.csv. Raises LawError for a torn row."""
    return [_term(row, where) for where, row in rows_of(path, "term_id")]


def read_lists(path: Path, allowed: tuple[str, ...]) -> dict[str, dict[str, list[Listed]]]:
    """All rows of a file that holds the `allowed` lists, by list and nationality; `*` is every one without a row.

    Raises LawError for a torn row, an unknown list, two rows of a country on one lodging date, and a share that
    says otherwise than `holds`.
    """
    lists: dict[str, dict[str, list[Listed]]] = {}
    for where, row in rows_of(path, "nationality_iso3"):
        if row.get("list") not in allowed or row.get("holds") not in HOLDS:
            raise LawError(f"{where}: expected list {' or '.join(allowed)} and holds {', '.join(HOLDS)}. Correct it.")
        if row["nationality_iso3"] not in CODES | {"*"}:
            raise LawError(f"{where}: no such nationality code. Use ISO 3166 alpha-3, XKX, or * for all.")
        _refuse_other_share(row, where)
        listed = Listed(row["nationality_iso3"], HOLDS[row["holds"]], *_span(row, where))
        here = lists.setdefault(row["list"], {}).setdefault(listed.nationality, [])
        for other in here:
            older, newer = sorted((other, listed), key=lambda r: r.first)
            _refuse_overlap(f"{where}: two rows of {listed.nationality}", older.last, newer.first)
        here.append(listed)
    return lists


@dataclass(frozen=True)
class Spell:
    """A code that holds for a span of lodging dates: a language, a body."""

    code: str
    first: date
    last: date


def read_spells(path: Path, key: str) -> list[Spell]:
    """All rows of a dated list. Raises LawError for a torn row."""
    return [Spell(row[key], *_span(row, where)) for where, row in rows_of(path, key)]


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


def _refuse_overlap(whose: str, older_last: date, newer_first: date) -> None:
    if newer_first <= older_last:
        raise LawError(
            f"{whose} hold on the same lodging date. Give the older row a lodged_to before the newer lodged_from."
        )


def _refuse_equal_precedence(routes: Iterable[Route], file: str) -> None:
    """Which of two routes decides must never hang on the order of the file."""
    ranked = [route for route in routes if route.is_tested and route.precedence is not None]
    for one, other in combinations(ranked, 2):
        together = one.first <= other.last and other.first <= one.last
        together &= one.regime == other.regime or "both" in (one.regime, other.regime)
        if together and one.precedence == other.precedence:
            raise LawError(
                f"{file}: {one.route_id} and {other.route_id} both have the precedence {one.precedence} on one "
                f"lodging date. Give each its own."
            )


def _refuse_other_share(row: Mapping[str, str], where: str) -> None:
    """A share decides what `holds` says, and never stands without the year of its statistics."""
    share = row.get("share", "")
    if not share:
        return
    try:
        value = float(share)
    except ValueError as error:
        raise LawError(f"{where}: the share is a number from 0 to 1, such as 0.12. Correct the row.") from error
    if not 0 <= value <= 1 or not row.get("eurostat_vintage"):
        raise LawError(f"{where}: a share lies from 0 to 1 and names its eurostat_vintage. Correct the row.")
    if row["holds"] not in ("officer", "yes" if value <= LOW_SHARE else "no"):
        raise LawError(f"{where}: holds says otherwise than the share. Correct one of them, or say officer.")


def rows_of(path: Path, key: str) -> list[tuple[str, dict[str, str]]]:
    """Rows with the place to name in an error.

    Raises LawError for a file without rows or with two columns of one name, and for a row that has more or fewer
    cells than there are columns (a comma that was not quoted), that lacks its key, its source or the legal basis
    for which there is a column, or that names a confidence which is none.
    """
    head, *rows = _cells(path)
    if not rows or len(set(head)) < len(head):
        raise LawError(f"{path.name} has no rows, or two columns of one name. Restore the file.")
    found = []
    for number, cells in enumerate(rows, 1):
        row = dict(zip(head, cells, strict=False))
        where = f"{path.name}: row {number} ({row.get(key, '')})"
        if len(cells) != len(head):
            raise LawError(
                f"{where} has {len(cells)} cells where {len(head)} columns are. "
                f"Fill the row up, or quote the cell that holds a comma."
            )
        _refuse_bare(row, key, where)
        found.append((where, row))
    return found


def _cells(path: Path) -> list[list[str]]:
    """All lines that are not empty, the head first; a spreadsheet may have put a byte order mark before it."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [[cell.strip() for cell in line] for line in csv.reader(file) if line] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LawError(f"The law file {path.name} cannot be read: {type(error).__name__}. Restore the file.") from error


def _refuse_bare(row: Mapping[str, str], key: str, where: str) -> None:
    for name in (key, "source", *(("legal_basis",) if "legal_basis" in row else ())):
        if not row.get(name):
            raise LawError(f"{where} has no {name}. Write it in the row.")
    for name in ("confidence", "claim_confidence"):
        if row.get(name, CONFIDENCE[0]) not in CONFIDENCE:
            raise LawError(f"{where}: expected a {name} out of {', '.join(CONFIDENCE)}. Correct the row.")


def _route(row: Mapping[str, str], where: str) -> Route:
    first, last = _span(row, where)
    try:
        return Route(
            route_id=row["route_id"],
            regime=_regime(row, where),
            kind=_one_of(KINDS, row["kind"]),
            name_nl=_filled(row["name_nl"]),
            legal_basis=row["legal_basis"],
            first=first,
            last=last,
            term_value=_number(row["decision_term"]),
            term_unit=_one_of(ROUTE_UNITS, row["decision_term_unit"]),
            status=_one_of(STATUSES, row["status"]),
            stage=_one_of(STAGES, row["stage"]),
            precedence=_number(row["precedence"]),
            grounds_article=row["grounds_article"],
            letters=letters(row["entry_criteria_fn"], row["grounds_article"]),
            entry=clauses(row["entry_criteria_fn"], is_needed=True),
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


def clauses(expression: str, is_needed: bool = False) -> Clauses:
    """ "a: x & y | b: z" as (("x", "y"), ("z",)): alternatives of criteria that must hold together.

    Raises ValueError for an empty alternative, a name that is no name, and an empty expression that is needed.
    """
    if not expression and not is_needed:
        return ()
    found = tuple(
        tuple(name.strip() for name in clause.rpartition(":")[2].split("&")) for clause in expression.split("|")
    )
    odd = [name for clause in found for name in clause if not re.fullmatch(r"[a-z][a-z0-9_]*", name)]
    if odd:
        raise ValueError(f"{odd[0]!r} where the name of a criterion is expected")
    return found


def letters(expression: str, article: str) -> tuple[str, ...]:
    """The letter of each alternative, "h/i" for one that stands for two; () where the route names no article."""
    found = tuple(clause.rpartition(":")[0].strip() for clause in expression.split("|"))
    if bool(article) != all(found) or bool(article) != any(found):
        raise ValueError("every alternative needs a letter where grounds_article is filled, and none where it is not")
    return found if article else ()


def _filled(text: str) -> str:
    if not text:
        raise ValueError("an empty cell where a name is expected")
    return text


def _number(text: str) -> int | None:
    """A whole number above nil, or None where the cell is empty."""
    if text and int(text) < 1:
        raise ValueError(f"{text} where a number above nil is expected")
    return int(text) if text else None


def _one_of(allowed: tuple[str, ...], value: str) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} where one of {', '.join(allowed)} is expected")
    return value


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

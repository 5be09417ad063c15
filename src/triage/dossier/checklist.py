"""What a file must hold, per route and lodging date; what is in; and whether the file is ready.

A case keeps the checklist of its lodging date, as it keeps its law: a newer version leaves ready files ready.
"""

import hashlib
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from triage.domain.case import FactValue, Intake, Moment, Verdict
from triage.domain.errors import LawError
from triage.domain.facts import Register
from triage.law.rows import CONFIDENCE, FIRST_DATE, names_route, rows_of

RULES = Path(__file__).with_name("rules") / "checklist.csv"
TEXTS = Path(__file__).with_name("items_nl.toml")
ANY = "*"

#: One condition on a fact: its name, the comparison (= or >=), and the values as text ("*": any known value).
Condition = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True)
class Item:
    """One row of the checklist. `applies_if` must hold as a whole; `present_if` is a fact that shows it is in."""

    item: str
    applies_to: tuple[str, ...]
    applies_if: tuple[Condition, ...]
    present_if: tuple[Condition, ...]
    weight: float
    blocking: bool
    chase_minutes: float
    third_party: str
    first: date
    last: date
    legal_basis: str
    source: str
    confidence: str
    figures_confidence: str  # of weight and minutes

    def covers(self, route_id: str, lodged: date) -> bool:
        """Whether the row holds for a route on a lodging date; a pattern that ends in * is a prefix."""
        named = any(names_route(name, route_id) for name in self.applies_to)
        return named and self.first <= lodged <= self.last


@dataclass(frozen=True)
class Stand:
    """One item of one case: whether this case needs it, and whether it is in."""

    item: Item
    applies: Verdict
    present: bool


@dataclass(frozen=True)
class Completeness:
    """How complete a file is. `share` in [0, 1]; None where nothing is known to be needed."""

    stands: tuple[Stand, ...]
    share: float | None
    ready: bool
    version: str

    @property
    def missing(self) -> tuple[Stand, ...]:
        """What this case needs and is not in, the blocking items first."""
        open_ = [s for s in self.stands if s.applies is Verdict.MET and not s.present]
        return tuple(sorted(open_, key=lambda s: not s.item.blocking))

    @property
    def uncertain(self) -> tuple[Stand, ...]:
        """What this case may need: a fact that decides is not known yet."""
        return tuple(s for s in self.stands if s.applies is Verdict.UNKNOWN and not s.present)


@dataclass(frozen=True)
class Checklist:
    """All rows, of every date, and their version."""

    rows: tuple[Item, ...]
    version: str

    @classmethod
    def load(cls, path: Path = RULES) -> "Checklist":
        """The checklist in `path`, or the shipped one.

        Raises LawError for a torn row, a fact that is not in the register, an item without Dutch words, and two rows
        of an item that hold for one route on one lodging date.
        """
        rows = [_item(row, where) for where, row in rows_of(path, "item")]
        _refuse_double(rows)
        _refuse_unknown(rows, set(Register.load().facts) | {"moment"}, texts())
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        newest = max((row.first for row in rows), default=FIRST_DATE)
        return cls(tuple(rows), f"{newest}-{digest}")

    def required(self, route_id: str, lodged: date) -> tuple[Item, ...]:
        """The items of a route for a case lodged on a date, in the order of the file; () for a route without any."""
        return tuple(row for row in self.rows if row.covers(route_id, lodged))

    def third_party(self, item: str) -> str:
        """Who delivers an item by its newest row; "unknown" for one that is on no list."""
        found = [row for row in self.rows if row.item == item]
        return max(found, key=lambda row: row.first).third_party if found else "unknown"


@cache
def shipped_checklist() -> Checklist:
    """The shipped checklist, read once."""
    return Checklist.load()


@cache
def texts() -> Mapping[str, Any]:
    """Dutch words of items, third parties and causes, read once."""
    return tomllib.loads(TEXTS.read_text(encoding="utf8"))


def completeness(checklist: Checklist, intake: Intake, route_id: str, delivered: Collection[str]) -> Completeness:
    """How complete the file of a case is on a route.

    share = sum of weight x present / sum of weight x applicable. An item is present when the events say so
    (`delivered`: received or waived) or a known fact shows it. An item of which nobody knows yet whether the case
    needs it counts in no share, but a blocking one keeps the file from being ready: not knowing is never a yes.

    Parameters
    ----------
    checklist : all rows; those of the route on the lodging date are used.
    intake : facts known; None is unknown, absent is not asked.
    route_id : route id of the law.
    delivered : items received or waived by the events.

    Source: planning.md 3e; docs/explanation/readiness.md.
    """
    stands = tuple(
        Stand(row, holds(row.applies_if, intake), row.item in delivered or _shown(row, intake))
        for row in checklist.required(route_id, intake.lodged)
    )
    needed = [s for s in stands if s.applies is Verdict.MET]
    whole = sum(s.item.weight for s in needed)
    part = sum(s.item.weight for s in needed if s.present)
    may_block = [s for s in stands if s.item.blocking and s.applies is not Verdict.NOT_MET]
    ready = bool(stands) and all(s.present for s in may_block)
    return Completeness(stands, part / whole if whole else None, ready, checklist.version)


def holds(conditions: Iterable[Condition], intake: Intake) -> Verdict:
    """All conditions together, by Kleene's logic: one that fails settles it, else one unknown leaves it unknown."""
    verdicts = [_verdict(one, intake) for one in conditions]
    if Verdict.NOT_MET in verdicts:
        return Verdict.NOT_MET
    return Verdict.UNKNOWN if Verdict.UNKNOWN in verdicts else Verdict.MET


def sentence(stand: Stand) -> str:
    """One Dutch sentence: what is missing and who delivers it, or what is not known yet."""
    words = texts()["items"][stand.item.item]
    said = words["unsure" if stand.applies is Verdict.UNKNOWN else "missing"]
    return said.format(party=texts()["parties"][stand.item.third_party])


def item_name(item: str) -> str:
    """Dutch name of an item."""
    return texts()["items"].get(item, {}).get("name", item.replace("_", " "))


def party_name(party: str) -> str:
    """Dutch name of a third party, as a sentence begins."""
    return texts()["parties"].get(party, party.replace("_", " "))


def cause_name(cause: str) -> str:
    """Dutch words for the cause of a cancelled interview: an item that was missing, or a cause of another kind."""
    if cause in texts()["items"]:
        return f"niet binnen: {item_name(cause).lower()}"
    return texts()["causes"].get(cause, cause.replace("_", " "))


def _shown(row: Item, intake: Intake) -> bool:
    return bool(row.present_if) and holds(row.present_if, intake) is Verdict.MET


def _verdict(condition: Condition, intake: Intake) -> Verdict:
    name, comparison, wanted = condition
    value = intake.moment.value if name == "moment" else intake.facts.get(name)
    if value is None:
        return Verdict.UNKNOWN
    if comparison == ">=":
        met = isinstance(value, (int, float)) and float(value) >= float(wanted[0])
    else:
        met = wanted == (ANY,) or _as_text(value) in wanted
    return Verdict.MET if met else Verdict.NOT_MET


def _as_text(value: FactValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def _item(row: Mapping[str, str], where: str) -> Item:
    try:
        made = Item(
            item=row["item"],
            applies_to=tuple(name.strip() for name in row["applies_to"].split(",") if name.strip()),
            applies_if=_conditions(row["applies_if"]),
            present_if=_conditions(row["present_if"]),
            weight=float(row["weight"]),
            blocking={"yes": True, "no": False}[row["blocking"]],
            chase_minutes=float(row["chase_minutes"]),
            third_party=row["third_party"],
            first=date.fromisoformat(row["lodged_from"]) if row["lodged_from"] else FIRST_DATE,
            last=date.fromisoformat(row["lodged_to"]) if row["lodged_to"] else date.max,
            legal_basis=row["legal_basis"],
            source=row["source"],
            confidence=row["confidence"],
            figures_confidence=row["figures_confidence"],
        )
    except (KeyError, ValueError) as error:
        raise LawError(f"{where} lacks a column or holds an impossible value ({error}). Correct the row.") from error
    if not made.applies_to:
        raise LawError(f"{where} has no applies_to. Name the routes that need the item.")
    if made.figures_confidence not in CONFIDENCE:
        raise LawError(f"{where}: expected a figures_confidence out of {', '.join(CONFIDENCE)}. Correct the row.")
    if not (0 < made.weight < 1000 and 0 < made.chase_minutes < 1000 and made.first <= made.last):
        raise LawError(f"{where}: weight and minutes lie between 0 and 1000, lodged_from not after lodged_to.")
    return made


def _conditions(expression: str) -> tuple[Condition, ...]:
    """ "a=x|y & b>=1" as (("a", "=", ("x", "y")), ("b", ">=", ("1",)))."""
    found: list[Condition] = []
    for clause in (part.strip() for part in expression.split("&") if part.strip()):
        comparison = ">=" if ">=" in clause else "="
        name, sign, values = (part.strip() for part in clause.partition(comparison))
        if not (name and sign and values):
            raise ValueError(f"a condition such as fact=value was expected, found {clause}")
        wanted = tuple(value.strip() for value in values.split("|"))
        if comparison == ">=":
            float(wanted[0])  # a ValueError here names the row
        found.append((name, comparison, wanted))
    return tuple(found)


def _refuse_double(rows: Iterable[Item]) -> None:
    for one, other in combinations(rows, 2):
        if one.item != other.item or one.first > other.last or other.first > one.last:
            continue
        if any(_meet(a, b) for a in one.applies_to for b in other.applies_to):
            raise LawError(
                f"checklist.csv: two rows of {one.item} hold for one route on one lodging date. "
                f"Give them other routes, or the older one a lodged_to before the newer lodged_from."
            )


def _meet(one: str, other: str) -> bool:
    """Whether two patterns can name the same route."""
    short, long = sorted((one, other), key=lambda name: len(name.rstrip(ANY)))
    return long.startswith(short[:-1]) if short.endswith(ANY) else one.rstrip(ANY) == other.rstrip(ANY)


def _refuse_unknown(rows: Iterable[Item], facts: Collection[str], words: Mapping[str, Any]) -> None:
    for row in rows:
        for name, _, wanted in (*row.applies_if, *row.present_if):
            if name not in facts:
                raise LawError(f"checklist.csv: {row.item} asks for the fact {name}, which is not in the register.")
            if name == "moment" and not set(wanted) <= {m.value for m in Moment}:
                raise LawError(f"checklist.csv: {row.item} names a moment that does not exist. Correct the row.")
        if row.item not in words["items"] or row.third_party not in words["parties"]:
            raise LawError(f"items_nl.toml: {row.item} needs Dutch words, and so does who delivers it.")

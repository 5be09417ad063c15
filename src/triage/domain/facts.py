"""The register of intake facts: what may be known, at which moment, and what may be done with it.

The shipped register is facts.toml beside this file; `Register.load(path)` reads another one of the same
shape, so that the same commands learn on any service's case table.
"""

import hashlib
import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from triage.domain.case import FactValue, Intake, Moment
from triage.domain.errors import FactError, ForbiddenFeatureError, MomentError

SHIPPED = Path(__file__).with_name("facts.toml")
UNKNOWN_TEXT = "unknown"
KINDS = ("flag", "number", "category", "date")
#: Days that a fact can have. 9999-12-31 for "no end" is none of them: no clock can count on from it.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
IN_MODEL = ("yes", "no", "never")
ROUTING, DECIDING = "routing officer", "deciding officer"
AUDIENCES = (ROUTING, DECIDING, "planner", "administrative support", "auditor")
TERM = "term"  # the group of facts that start a legal clock
TRUE_TEXTS = frozenset({"true", "1", "yes", "ja", "1.0"})
FALSE_TEXTS = frozenset({"false", "0", "no", "nee", "0.0"})


@dataclass(frozen=True)
class Fact:
    """One row of the register."""

    name: str
    kind: str
    moment: Moment
    in_model: str
    values: tuple[Any, ...] = ()
    meaning: str = ""
    purpose: str = ""
    legal_ground: str = ""
    audience: str = ""
    group: str = ""

    @property
    def audiences(self) -> frozenset[str]:
        """Who may see it; "officer" stands for both kinds of officer. Without a word of audience: nobody."""
        words = {word.strip() for word in self.audience.split(",") if word.strip()}
        return frozenset(words - {"officer"} | ({ROUTING, DECIDING} if "officer" in words else set()))

    @property
    def is_open(self) -> bool:
        """Whether any short code is allowed as value."""
        return self.kind == "category" and (not self.values or self.values == ("*",))

    def expected(self) -> str:
        """What a value must look like, in words for an error message."""
        if self.kind == "flag":
            return "true, false or unknown"
        if self.kind == "number":
            return f"a number from {self.values[0]} to {self.values[1]}" if self.values else "a number"
        if self.kind == "date":
            return "a date such as 2026-11-24"
        return "a short code" if self.is_open else "one of " + ", ".join(map(str, self.values))

    def check(self, value: object) -> FactValue | None:
        """The value as this fact's type; None stays None (unknown).

        Strict: a text for a flag or number is refused. Raises FactError, which never repeats the value.
        """
        if value is None:
            return None
        checked = _CHECKS[self.kind](self, value)
        if checked is None:
            raise FactError(f"Fact {self.name}: expected {self.expected()}. Correct the value, or send unknown.")
        return checked

    def parse(self, text: object) -> FactValue | None:
        """The value of a file cell (text, or already typed by Parquet or XLSX). Raises FactError."""
        if isinstance(text, str):
            word = text.strip()
            if word.lower() == UNKNOWN_TEXT:
                return None
            return self.check(_PARSES[self.kind](word))
        return self.check(_typed(self.kind, text))


def _flag(_: Fact, value: object) -> FactValue | None:
    return value if isinstance(value, bool) else None


def _number(fact: Fact, value: object) -> FactValue | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    if fact.values and not fact.values[0] <= value <= fact.values[1]:
        return None
    return value


def _category(fact: Fact, value: object) -> FactValue | None:
    if not isinstance(value, str) or not 0 < len(value) <= 40:
        return None
    return value if fact.is_open or value in fact.values else None


def _date(_: Fact, value: object) -> FactValue | None:
    """A legal date. An instant is none: its date depends on the time zone."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        value = value.date() if value.time() == time.min and value.tzinfo is None else None
    return value if isinstance(value, date) and FIRST_DAY <= value <= LAST_DAY else None


_CHECKS = {"flag": _flag, "number": _number, "category": _category, "date": _date}


def _flag_text(word: str) -> object:
    low = word.lower()
    return True if low in TRUE_TEXTS else False if low in FALSE_TEXTS else word


def _number_text(word: str) -> object:
    try:
        return float(word.replace(",", ".") if word.count(",") == 1 and "." not in word else word)
    except ValueError:
        return word


_PARSES = {"flag": _flag_text, "number": _number_text, "category": lambda w: w, "date": lambda w: w}


def _typed(kind: str, value: Any) -> object:
    """A cell that a Parquet or XLSX reader already typed, without numpy's own scalar types."""
    value = value.item() if hasattr(value, "item") else value
    if kind == "flag" and value in (0, 1):
        return bool(value)
    return str(value) if kind == "category" else value


@dataclass(frozen=True)
class Register:
    """All facts, the classes of work with their cut-offs, and the names that never may be features."""

    facts: Mapping[str, Fact]
    class_names: tuple[str, ...]
    cutoffs_hours: tuple[float, ...]
    outcomes: Mapping[str, str]
    forbidden: frozenset[str]
    schema_version: int = 1

    @classmethod
    def load(cls, path: Path | None = None) -> "Register":
        """Read a register from TOML. Raises FactError where it contradicts itself."""
        place = path or SHIPPED
        try:
            raw = tomllib.loads(place.read_text(encoding="utf8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise FactError(f"The facts register {place.name} cannot be read: {error}.") from error
        try:
            return cls.of(raw, place.name)
        except (AttributeError, TypeError, ValueError, KeyError, IndexError) as error:
            raise FactError(
                f"The facts register {place.name} has another shape than expected. Compare it with the shipped "
                f"facts.toml: [classes] with names and cutoffs_hours, [[facts]] with name, type and values."
            ) from error

    @classmethod
    def of(cls, raw: Mapping[str, Any], source: str = "register") -> "Register":
        """A register from parsed TOML; see facts.toml for the shape."""
        rows = [_fact_of(row, source) for row in raw.get("facts", ())]
        taken = [row.name for row in rows] + [f"{row.name}_value" for row in rows if row.kind in ("number", "date")]
        doubles = {name for name in taken if taken.count(name) > 1}
        if doubles:
            raise FactError(f"{source}: the name {min(doubles)} stands twice. Keep one row per fact, or rename one.")
        names, cutoffs = _classes_of(raw.get("classes", {}), source)
        outcomes = dict(raw.get("outcomes", {})) or dict(_shipped()["outcomes"])
        own = _items(raw.get("forbidden", {}).get("names", []), (str,), f"{source}: [forbidden] names")
        register = cls(
            facts={row.name: row for row in rows},
            class_names=names,
            cutoffs_hours=cutoffs,
            outcomes=outcomes,
            forbidden=shipped_forbidden() | {name.lower() for name in (*own, *outcomes.values())},
            schema_version=int(raw.get("schema_version", 1)),
        )
        register.refuse_forbidden(f.name for f in register.model_facts())
        return register

    @property
    def digest(self) -> str:
        """SHA-256 over facts and classes: what a model was learned with."""
        plain = {name: asdict(fact) for name, fact in self.facts.items()}
        text = json.dumps([plain, self.class_names, self.cutoffs_hours], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def model_facts(self) -> list[Fact]:
        """The facts that may feed the model, in the register's order."""
        return [fact for fact in self.facts.values() if fact.in_model == "yes"]

    def refuse_forbidden(self, names: Any) -> None:
        """Raise ForbiddenFeatureError for the first name that never may be a feature."""
        for name in names:
            if name.lower() in self.forbidden or (name in self.facts and self.facts[name].in_model == "never"):
                raise ForbiddenFeatureError(
                    f"{name} may never be a model feature: a protected trait, or a column that tells an outcome. "
                    f"Set in_model to never, or take it out of the register."
                )

    def visible_to(self, *audiences: str) -> list[Fact]:
        """The facts that every one of these audiences may see, in the register's order: one screen, several eyes.

        The motive is for the routing officer only and never reaches the deciding one (Vb 2000 art. 3.108d(5)).
        Raises FactError for an audience that is not one of AUDIENCES, or without any.
        """
        if not audiences or not set(audiences) <= set(AUDIENCES):
            raise FactError(f"This audience is not known. Use one or more of {', '.join(AUDIENCES)}.")
        return [fact for fact in self.facts.values() if fact.audiences.issuperset(audiences)]

    def clocks(self) -> list[Fact]:
        """The facts that start a legal clock; shown with the terms, and not missed where they did not happen."""
        return [fact for fact in self.facts.values() if fact.group == TERM]

    def at(self, moment: Moment) -> list[Fact]:
        """The facts that may be known at a moment; the registered moment knows those of both."""
        return [f for f in self.facts.values() if moment is Moment.REGISTERED or f.moment is Moment.IDENTIFIED]

    def check(self, facts: Mapping[str, object], moment: Moment) -> dict[str, FactValue | None]:
        """All facts of one message, typed. Raises FactError for an unknown name, MomentError for a later fact."""
        checked: dict[str, FactValue | None] = {}
        for name, value in facts.items():
            fact = self.facts.get(name)
            if fact is None:
                raise FactError("A fact is not in the register. The known facts are listed in docs/reference/facts.md.")
            if fact.moment is Moment.REGISTERED and moment is Moment.IDENTIFIED:
                raise MomentError(
                    f"Fact {name} is known only after the registration interview. "
                    f"Send it with moment registered, or leave it out."
                )
            checked[name] = fact.check(value)
        return checked

    def intake(self, row: Mapping[str, Any], moment: Moment) -> Intake:
        """One intake from a row of CASES in its canonical form; facts of a later moment are left out.

        In that form a cell holds the value, the text "unknown" (asked, no answer) or None (not asked).
        """
        facts = {
            fact.name: None if isinstance(value, str) and value == UNKNOWN_TEXT else value
            for fact in self.at(moment)
            if (value := row.get(fact.name)) is not None and value == value  # noqa: PLR0124 - an empty cell may be NaN
        }
        return Intake(str(row["case_id"]), row["lodged_on"].date(), moment, facts)

    def intakes(self, cases: pd.DataFrame, moment: Moment) -> list[Intake]:
        """One intake per row of CASES in its canonical form, as `intake` makes them, fact by fact: many go quickly."""
        known: list[dict[str, FactValue | None]] = [{} for _ in range(len(cases))]
        for fact in (f for f in self.at(moment) if f.name in cases):
            for facts, value in zip(known, cases[fact.name].to_numpy(dtype=object), strict=True):
                if value is not None and value == value:  # noqa: PLR0124 - an empty cell may be NaN
                    facts[fact.name] = None if isinstance(value, str) and value == UNKNOWN_TEXT else value
        lodged = cases["lodged_on"].dt.date
        return [
            Intake(str(i), day, moment, facts) for i, day, facts in zip(cases["case_id"], lodged, known, strict=True)
        ]

    def class_of(self, hours: float) -> int:
        """Index of the class of work for booked hours."""
        return sum(hours >= cutoff for cutoff in self.cutoffs_hours)


@cache
def _shipped() -> Mapping[str, Any]:
    return tomllib.loads(SHIPPED.read_text(encoding="utf8"))


@cache
def shipped_forbidden() -> frozenset[str]:
    """Names that no register may turn into a feature, whatever its file is called: traits, outcomes, clocks."""
    clocks = [row["name"] for row in _shipped()["facts"] if row.get("group") == TERM]
    names = (*_shipped()["forbidden"]["names"], *_shipped()["outcomes"].values(), *clocks)
    return frozenset(name.lower() for name in names)


def _items(listed: Any, kinds: tuple[type, ...], where: str) -> tuple[Any, ...]:
    """The items of a TOML list. Raises FactError for anything but a list, or an item of another kind."""
    if not isinstance(listed, list) or not all(isinstance(i, kinds) and not isinstance(i, bool) for i in listed):
        raise FactError(f"{where} needs a list of {'texts' if str in kinds else 'numbers'}, such as in facts.toml.")
    return tuple(listed)


def _classes_of(classes: Mapping[str, Any], source: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    names = _items(classes.get("names", []), (str,), f"{source}: [classes] names")
    hours = _items(classes.get("cutoffs_hours", []), (int, float), f"{source}: [classes] cutoffs_hours")
    cutoffs = tuple(map(float, hours))
    if not 2 <= len(set(names)) == len(names) <= 6 or list(cutoffs) != sorted(set(cutoffs)):
        raise FactError(f"{source}: [classes] needs 2 to 6 different names, and cut-offs that rise.")
    if any(not name.strip() or "|" in name for name in names):
        raise FactError(f"{source}: [classes] names cannot be empty or hold a |, which stands between classes.")
    if len(cutoffs) != len(names) - 1 or not all(0 < hours < math.inf for hours in cutoffs):
        raise FactError(f"{source}: [classes] needs one cut-off fewer than it has names, each in hours above 0.")
    return names, cutoffs


def _fact_of(row: Mapping[str, Any], source: str) -> Fact:
    name = str(row.get("name", ""))
    kind, moment, use = str(row.get("type")), str(row.get("moment", "identified")), str(row.get("in_model", "no"))
    if name.startswith("label_") or name in ("case_id", "lodged_on", "moment"):
        raise FactError(f"{source}: {name} is a column of the product's own. Give the fact another name.")
    wanted = (int, float) if kind == "number" else (str,)
    values = _items(row.get("values", []), wanted, f"{source}: values of fact {name}")
    if kind == "number" and values and not (len(values) == 2 and values[0] <= values[1]):
        raise FactError(f"{source}: fact {name} needs values = [lowest, highest].")
    if not name.isidentifier() or kind not in KINDS or moment not in list(Moment) or use not in IN_MODEL:
        raise FactError(
            f"{source}: fact {name or '(without name)'} needs a name, a type ({', '.join(KINDS)}), "
            f"a moment (identified, registered) and in_model (yes, no, never)."
        )
    texts = {key: str(row.get(key, "")) for key in ("meaning", "purpose", "legal_ground", "audience", "group")}
    fact = Fact(name, kind, Moment(moment), use, values, **texts)
    if not fact.audiences <= set(AUDIENCES):
        raise FactError(
            f"{source}: fact {name} has an audience that is not known. Use officer or {', '.join(AUDIENCES)}."
        )
    return fact

"""The law book: what the rules say of a case, by its lodging date and never by today's.

Most routes are law, not prediction. The order in which rules decide is the column `precedence`:
responsibility, inadmissibility, subsequent, border, accelerated, detention; else the regular examination, where
only its depth is open. Under the Pact depth is a design choice of this project: the length of the slot inside
one and the same regular route. Under the old law the heavy depth is a route of its own (AA+).
"""

import hashlib
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from triage.domain.calendar import PACT_START
from triage.domain.case import Deadlines, Depth, Intake, Moment, Need, RouteOptions, Verdict
from triage.domain.errors import LawError
from triage.domain.facts import Register
from triage.law import criteria as c
from triage.law.clocks import Clocks
from triage.law.flags import flags_of
from triage.law.needs import Answers, answers_of, nationalities, needs_of
from triage.law.rows import (
    Listed,
    Route,
    Spell,
    Term,
    read_lists,
    read_routes,
    read_spells,
    read_terms,
    refuse_double_terms,
    rows_of,
)
from triage.law.sheet import Heard, Sentences, Sheet
from triage.law.terms import deadlines_of, lawful_day_of
from triage.law.trace import TraceLine, Tracer

RULES = Path(__file__).with_name("rules")
#: Which lists of countries stand in which file.
LIST_FILES = {
    "safe_countries.csv": ("national", "eu"),
    "union_recognition.csv": ("union",),
    "method_countries.csv": ("short_aa", "written"),
}
GENERAL = ("no_ground", "dormant", "decides", "opens", "falls", "ground_falls", "more", "nothing")


@dataclass(frozen=True)
class Rules:
    """Everything in the folder, read and checked."""

    routes: list[Route]
    terms: list[Term]
    clocks: Clocks
    lists: Mapping[str, Mapping[str, list[Listed]]]
    sentences: Sentences
    countries: Mapping[str, str]
    languages: tuple[Spell, ...]
    criteria: dict[str, c.Criterion] = field(default_factory=dict)


class LawBook:
    """The rows in force, the criteria that test them, and their version."""

    def __init__(self, version: str, rules: Rules, register: Register) -> None:
        self.version = version
        self._rules, self._register = rules, register
        self._late = frozenset(f.name for f in register.facts.values() if f.moment is Moment.REGISTERED)
        self._sheets = _sheets(rules)
        self._starts = [sheet.first for sheet in self._sheets]
        self._tracer = Tracer(rules.criteria, rules.sentences)
        self._nationalities: dict[date, Answers] = {}

    @classmethod
    def load(cls, folder: Path | None = None) -> "LawBook":
        """The book in `folder`, or the shipped one.

        Raises LawError for a row without source, rows of one route that overlap or leave a gap, a criterion that
        does not exist or has no Dutch sentence, and a lodging date without a standard examination.
        """
        place = folder or RULES
        rules = _read(place)
        _refuse_unknown_criteria(rules)
        return cls(_version(place, rules.routes), rules, Register.load())

    def regime(self, lodged: date) -> str:
        """ "pact" for what was lodged from 12 June 2026, else "pre_pact"."""
        return _regime(lodged)

    def route(self, route_id: str) -> Route:
        """The newest row of a route. Raises LawError for an id that does not stand in the book."""
        rows = [route for route in self._rules.routes if route.route_id == route_id]
        if not rows:
            raise LawError("The route is not in the law book. docs/reference/law.md lists the route ids.")
        return max(rows, key=lambda route: route.first)

    def routes(self) -> list[Route]:
        """All rows, dormant and ended ones too."""
        return list(self._rules.routes)

    def criteria(self) -> dict[str, c.Criterion]:
        """Every criterion by name, those of the country lists too; each docstring says what it tests."""
        return dict(self._rules.criteria)

    def in_force(self, lodged: date) -> tuple[Route, ...]:
        """The rows that a case lodged on this date is tested against, in the order in which they decide.

        Raises LawError where the book holds no standard examination for the date.
        """
        return self._sheet(lodged).rows

    def country(self, code: str) -> str:
        """The Dutch name of a nationality's country; the code itself where it does not exist."""
        return self._rules.countries.get(code, code)

    def options(self, intake: Intake, today: date | None = None, with_flags: bool = True) -> RouteOptions:
        """What the law says of each route in force, which one a rule decides, and which depths are open.

        `today` never chooses a rule; it only serves the flag on a lodging date in the future. Who advises on many
        cases and shows none can leave the flags out: they take half of the time.
        """
        sheet = self._sheet(intake.lodged)
        heard, late = sheet.hear(intake), self._late if intake.moment is Moment.IDENTIFIED else frozenset()
        answer = sheet.answer(heard, late)
        needs = self._needs(sheet, heard, answer.missing, intake) if answer.missing else ()
        return RouteOptions(
            regime=_regime(intake.lodged),
            law_version=self.version,
            verdicts=answer.verdicts,
            decided=answer.decided,
            depths=sheet.depths,
            missing=tuple(need.fact for need in needs),
            needs=needs,
            grounds=answer.grounds,
            priority=answer.priority,
            modality=answer.modality,
            flags=flags_of(intake, self._rules.languages, today) + answer.flags if with_flags else (),
        )

    def trace(self, intake: Intake) -> tuple[TraceLine, ...]:
        """Every row in force for a case, with the verdict of each criterion that it names."""
        sheet = self._sheet(intake.lodged)
        return self._tracer.trace(sheet, sheet.hear(intake))

    def deadlines(self, intake: Intake, route_id: str) -> Deadlines:
        """Both last days to decide on a route, and every clock. Raises LawError for a route not in the book."""
        return deadlines_of(intake, self.route(route_id), self._rules.clocks)

    def lawful_last_day(self, intake: Intake, route_id: str) -> date | None:
        """As `deadlines(...).lawful`, without the clocks beside it: for tables of many cases."""
        return lawful_day_of(intake, self.route(route_id), self._rules.clocks)

    def _sheet(self, lodged: date) -> Sheet:
        place = bisect_right(self._starts, lodged) - 1
        if place < 0 or lodged > self._sheets[place].last:
            raise LawError(
                f"The law book holds no examination for a case lodged on {lodged}. "
                f"Correct the lodging date, or add rows for it to routes.csv."
            )
        return self._sheets[place]

    def _needs(self, sheet: Sheet, heard: Heard, missing: tuple[str, ...], intake: Intake) -> tuple[Need, ...]:
        near = sheet.outlook(heard)
        return needs_of(
            intake,
            missing,
            lambda fact: self._answers(fact, intake.lodged),
            near,
            lambda probe, fact: sheet.outlook(sheet.hear_again(heard, probe, fact), near),
            self._rules.sentences["general"],
        )

    def _answers(self, fact: str, lodged: date) -> Answers:
        if fact != "nationality_iso3":
            return answers_of(self._register.facts[fact], lodged)
        if lodged not in self._nationalities:
            tests = [self._rules.criteria[name] for name in c.LIST_CRITERIA.values()]
            self._nationalities[lodged] = nationalities(self._rules.lists, tests, lodged)
        return self._nationalities[lodged]


@cache
def shipped_law() -> LawBook:
    """The shipped book, read once."""
    return LawBook.load()


def read_sentences(path: Path) -> dict[str, dict[str, str]]:
    """The Dutch sentence per criterion and verdict.

    Raises LawError where the file cannot be read, for what is no sentence, and for a place to fill in that the book
    does not fill.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LawError(f"The law file {path.name} cannot be read: {error}.") from error
    for name, said in found.items():
        odd = [code for code, text in said.items() if not _is_sentence(text)] if isinstance(said, dict) else [name]
        if odd:
            raise LawError(
                f"{path.name}: {odd[0]} in [{name}] is no sentence. Write text, with no brackets but {{routes}}."
            )
    return found


def _is_sentence(text: object) -> bool:
    try:
        return isinstance(text, str) and bool(text.format(routes="").strip())
    except (KeyError, IndexError, ValueError):
        return False


def _read(place: Path) -> Rules:
    routes, terms = read_routes(place / "routes.csv"), read_terms(place / "terms.csv")
    refuse_double_terms(routes, terms)
    lists: dict[str, Mapping[str, list[Listed]]] = {name: {} for name in c.LIST_CRITERIA}
    for name, allowed in LIST_FILES.items():
        lists |= read_lists(place / name, allowed)
    read_spells(place / "bodies.csv", "body")  # for its check: only the reference page shows who does what
    return Rules(
        routes=routes,
        terms=terms,
        clocks=Clocks.load(place / "clocks.csv", terms, routes),
        lists=lists,
        sentences=read_sentences(place / "reasons_nl.toml"),
        countries={
            row["nationality_iso3"]: row["name_nl"] for _, row in rows_of(place / "nationalities.csv", "name_nl")
        },
        languages=tuple(read_spells(place / "languages.csv", "language")),
        criteria=c.CRITERIA | {c.LIST_CRITERIA[name]: c.on_list(name, rows) for name, rows in lists.items()},
    )


def _regime(lodged: date) -> str:
    return "pact" if lodged >= PACT_START else "pre_pact"


def _sheets(rules: Rules) -> list[Sheet]:
    """A sheet per span of lodging dates between which the rows, or the lists that they read, change.

    Raises LawError for dates after the oldest standard examination on which there is none.
    """
    dated = [*rules.routes, *(row for listed in rules.lists.values() for rows in listed.values() for row in rows)]
    starts = {PACT_START} | {row.first for row in dated}
    starts |= {row.last + timedelta(days=1) for row in dated if row.last < date.max}
    ordered = sorted(starts)
    ends = [start - timedelta(days=1) for start in ordered[1:]] + [date.max]
    sheets = [_sheet(rules, first, last) for first, last in zip(ordered, ends, strict=True)]
    while sheets and Depth.STANDARD not in sheets[0].depths:  # before the oldest examination the book is silent
        sheets.pop(0)
    bare = next((sheet for sheet in sheets if Depth.STANDARD not in sheet.depths), None)
    if bare or not sheets:
        raise LawError(
            f"routes.csv: no standard examination for cases lodged from {bare.first if bare else 'any day'}. "
            f"Add a row with the depth standard, or correct the dates of the rows around it."
        )
    return sheets


def _sheet(rules: Rules, first: date, last: date) -> Sheet:
    here = [r for r in rules.routes if r.regime in (_regime(first), "both") and r.first <= first <= r.last]
    return Sheet(here, rules.criteria, rules.sentences, (first, last), _never_met(rules, first))


def _never_met(rules: Rules, day: date) -> frozenset[str]:
    """The criteria of lists on which no country stands for sure on a day."""
    return frozenset(
        c.LIST_CRITERIA[name]
        for name, listed in rules.lists.items()
        if not any(r.verdict is Verdict.MET and r.first <= day <= r.last for rows in listed.values() for r in rows)
    )


def _version(place: Path, routes: list[Route]) -> str:
    """Newest lodging date in the rows, and a digest of all that makes the verdicts: rows and criteria."""
    digest = hashlib.sha256(Path(c.__file__).read_bytes())
    for file in sorted((*place.glob("*.csv"), *place.glob("*.toml"))):
        digest.update(file.name.encode() + file.read_bytes())
    return f"{max(route.first for route in routes)}-{digest.hexdigest()[:8]}"


def _refuse_unknown_criteria(rules: Rules) -> None:
    lacking = [code for code in GENERAL if code not in rules.sentences.get("general", {})]
    if lacking:
        raise LawError(f"reasons_nl.toml: [general] needs a sentence for {lacking[0]}.")
    for route in rules.routes:
        for name in sorted(route.criteria()):
            if name not in rules.criteria:
                raise LawError(
                    f"routes.csv: {route.route_id} names the criterion {name}, which does not exist. "
                    f"Write it in law/criteria.py, or correct the row."
                )
            if not {v.value for v in Verdict} <= set(rules.sentences.get(name, {})):
                raise LawError(f"reasons_nl.toml: {name} needs a sentence for met, not_met and unknown.")

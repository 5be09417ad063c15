"""The law book: what the rules say of a case, by its lodging date and never by today's.

Most routes are law, not prediction. The order in which rules decide is the column `precedence`:
responsibility, inadmissibility, subsequent, border, accelerated, detention; else the regular examination, where
only its depth is open. Under the Pact depth is a design choice of this project: the length of the slot inside
one and the same regular route. Under the old law the heavy depth is a route of its own (AA+).
"""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

from triage.domain.calendar import PACT_START
from triage.domain.case import Deadlines, Depth, Intake, Moment, RouteOptions, RouteVerdict, Verdict
from triage.domain.errors import LawError
from triage.domain.facts import Register
from triage.law import criteria as c
from triage.law.rows import Clauses, Route, Term, read_lists, read_routes, read_terms, refuse_double_terms
from triage.law.terms import deadlines_of

RULES = Path(__file__).with_name("rules")
FILES = ("routes.csv", "terms.csv", "safe_countries.csv", "reasons_nl.toml")

Say = Callable[[str], Verdict]


class LawBook:
    """The rows in force, the criteria that test them, and their version."""

    def __init__(
        self,
        version: str,
        routes: list[Route],
        terms: list[Term],
        criteria: Mapping[str, c.Criterion],
        sentences: Mapping[str, Mapping[str, str]],
        late_facts: frozenset[str],
    ) -> None:
        self.version = version
        self._routes, self._terms = routes, terms
        self._criteria, self._sentences = criteria, sentences
        self._late_facts = late_facts  # known only after the registration interview
        self._in_force: dict[date, tuple[Route, ...]] = {}

    @classmethod
    def load(cls, folder: Path | None = None) -> "LawBook":
        """The book in `folder`, or the shipped one.

        Raises LawError for a row without source, overlapping rows of one route, a criterion that does not
        exist or has no Dutch sentence, and a date on which no standard depth is open.
        """
        place = folder or RULES
        routes, terms = read_routes(place / "routes.csv"), read_terms(place / "terms.csv")
        lists = read_lists(place / "safe_countries.csv")
        known = c.CRITERIA | {c.LIST_CRITERIA[name]: c.on_list(rows) for name, rows in lists.items()}
        sentences = read_sentences(place / "reasons_nl.toml")
        refuse_double_terms(routes, terms)
        _refuse_unknown_criteria(routes, known, sentences)
        late = frozenset(f.name for f in Register.load().facts.values() if f.moment is Moment.REGISTERED)
        return cls(_version(place, routes), routes, terms, known, sentences, late)

    def regime(self, lodged: date) -> str:
        """ "pact" for what was lodged from 12 June 2026, else "pre_pact"."""
        return "pact" if lodged >= PACT_START else "pre_pact"

    def route(self, route_id: str) -> Route:
        """The newest row of a route. Raises LawError for an id that does not stand in the book."""
        rows = [route for route in self._routes if route.route_id == route_id]
        if not rows:
            raise LawError("The route is not in the law book. docs/reference/law.md lists the route ids.")
        return max(rows, key=lambda route: route.first)

    def routes(self) -> list[Route]:
        """All rows, dormant and ended ones too."""
        return list(self._routes)

    def in_force(self, lodged: date) -> tuple[Route, ...]:
        """The rows that a case lodged on this date is tested against, in the order in which they decide.

        Raises LawError where the book holds no standard examination for the date.
        """
        if lodged not in self._in_force:
            regime = self.regime(lodged)
            rows = [
                r for r in self._routes if r.is_tested and r.regime in (regime, "both") and r.first <= lodged <= r.last
            ]
            if not any(Depth.STANDARD in row.depths for row in rows):
                raise LawError(
                    f"The law book holds no examination for a case lodged on {lodged}. "
                    f"Correct the lodging date, or add rows for it to routes.csv."
                )
            self._in_force[lodged] = tuple(sorted(rows, key=lambda r: (r.precedence is None, r.precedence or 0)))
        return self._in_force[lodged]

    def options(self, intake: Intake) -> RouteOptions:
        """What the law says of each route in force, which one a rule decides, and which depths are open."""
        rows, say = self.in_force(intake.lodged), _asked_once(self._criteria, intake)
        verdicts = tuple(self._verdict(row, say, intake) for row in rows)
        ranked = [v for row, v in zip(rows, verdicts, strict=True) if row.precedence is not None]
        first = next((k for k, v in enumerate(ranked) if v.verdict is Verdict.MET), None)
        # Only what comes before the deciding route can still change the answer.
        open_facts = [fact for v in ranked[:first] for fact in v.missing]
        early = intake.moment is Moment.IDENTIFIED
        return RouteOptions(
            regime=self.regime(intake.lodged),
            law_version=self.version,
            verdicts=verdicts,
            decided=None if first is None else ranked[first],
            depths={depth: row.route_id for row in rows for depth in row.depths},
            missing=tuple(f for f in dict.fromkeys(open_facts) if not (early and f in self._late_facts)),
        )

    def deadlines(self, intake: Intake, route_id: str) -> Deadlines:
        """Both last days to decide on a route. Raises LawError for a route that is not in the book."""
        return deadlines_of(intake.lodged, self.route(route_id), self._terms)

    def _verdict(self, row: Route, say: Say, intake: Intake) -> RouteVerdict:
        entry = c.any_of([_clause(clause, say) for clause in row.entry])
        exclusion = c.any_of([_clause(clause, say) for clause in row.exclusion])
        verdict = c.all_of([entry, c.opposite(exclusion)])
        missing = _missing(row, say, intake) if verdict is Verdict.UNKNOWN else ()
        name, said = _telling(row, say, entry, exclusion)
        sentence = self._sentences[name][said.value] if name else self._sentences["general"]["no_ground"]
        return RouteVerdict(row.route_id, row.name_nl, verdict, row.legal_basis, sentence, missing)


@cache
def shipped_law() -> LawBook:
    """The shipped book, read once."""
    return LawBook.load()


def read_sentences(path: Path) -> dict[str, dict[str, str]]:
    """The Dutch sentence per criterion and verdict. Raises LawError where the file cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise LawError(f"The law file {path.name} cannot be read: {error}.") from error


def _version(place: Path, routes: list[Route]) -> str:
    """Newest lodging date in the rows, and a digest of all that makes the verdicts: rows and criteria."""
    digest = hashlib.sha256(Path(c.__file__).read_bytes())
    for name in FILES:
        digest.update((place / name).read_bytes())
    return f"{max(route.first for route in routes)}-{digest.hexdigest()[:8]}"


def _refuse_unknown_criteria(
    routes: list[Route], known: Mapping[str, c.Criterion], sentences: Mapping[str, Mapping[str, str]]
) -> None:
    for route in routes:
        for name in sorted(route.criteria()):
            if name not in known:
                raise LawError(
                    f"routes.csv: {route.route_id} names the criterion {name}, which does not exist. "
                    f"Write it in law/criteria.py, or correct the row."
                )
            if not {v.value for v in Verdict} <= set(sentences.get(name, {})):
                raise LawError(f"reasons_nl.toml: {name} needs a sentence for met, not_met and unknown.")


def _asked_once(criteria: Mapping[str, c.Criterion], intake: Intake) -> Say:
    """Each criterion's verdict on one intake, computed at most once."""
    said: dict[str, Verdict] = {}

    def say(name: str) -> Verdict:
        if name not in said:
            said[name] = criteria[name](intake)
        return said[name]

    return say


def _clause(clause: tuple[str, ...], say: Say) -> Verdict:
    return c.all_of([say(name) for name in clause])


def _telling(row: Route, say: Say, entry: Verdict, exclusion: Verdict) -> tuple[str, Verdict]:
    """The criterion that tells why, with its verdict; no name where several conditions all failed."""
    if entry is not Verdict.NOT_MET and exclusion is not Verdict.NOT_MET:  # the exclusion holds it up
        return _first(row.exclusion, say, exclusion), exclusion
    if entry is Verdict.NOT_MET and len(row.entry) > 1:
        return "", entry
    return _first(row.entry, say, entry), entry


def _first(clauses: Clauses, say: Say, wanted: Verdict) -> str:
    clause = next(clause for clause in clauses if _clause(clause, say) is wanted)
    return next(name for name in clause if say(name) is wanted)


def _missing(row: Route, say: Say, intake: Intake) -> tuple[str, ...]:
    """Facts whose answers could still make an open route hold; none where a person has to weigh it anyway."""
    entries = [_open_facts(clause, say, intake) for clause in row.entry]
    barriers = [_open_facts(k, say, intake, barrier=True) for k in row.exclusion if _clause(k, say) is Verdict.UNKNOWN]
    if None in barriers or all(facts is None for facts in entries):
        return ()
    if any(facts == () for facts in entries):  # an entry holds already: only the exclusions are open
        entries = []
    return tuple(dict.fromkeys(fact for facts in (*entries, *barriers) if facts for fact in facts))


def _open_facts(clause: tuple[str, ...], say: Say, intake: Intake, barrier: bool = False) -> tuple[str, ...] | None:
    """Facts that leave a clause open; () where it is met, None where no fact can settle it.

    A barrier may be judged: its fact can still lift it by saying no.
    """
    found: list[str] = []
    for name in clause:
        verdict = say(name)
        if verdict is Verdict.NOT_MET:
            return None
        if verdict is Verdict.MET:
            continue
        silent = [fact for fact in c.FACTS_READ[name] if intake.facts.get(fact) is None]
        not_asked = c.ASKED_ON_INDICATION.intersection(silent) - set(intake.facts)
        if not silent or not_asked or (name in c.JUDGED and not barrier):
            return None
        found += silent
    return tuple(found)

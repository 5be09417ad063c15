"""One sheet of the law book: the rows in force on a span of lodging dates, made quick to ask.

A criterion is a bit. Once all have spoken, the facts themselves play no part any more: what the rows say follows
from three numbers (criteria met, criteria not met, facts without answer). So an answer is worked out once and kept,
and a case that resembles an earlier one costs microseconds.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from triage.domain.case import Depth, Intake, RouteVerdict, Verdict
from triage.law import criteria as c
from triage.law.needs import Outlook, Unheard, missing_of
from triage.law.rows import Clauses, Route

#: Answers and traces that a sheet keeps; about 50 MB at most.
KEPT = 20_000
#: The grounds on which the border procedure is not a choice (APR art. 42(1)(c),(f),(j), 43); no rule meets (f).
BORDER_IS_DUTY = ("misled_authorities", "union_share_of_20_or_lower")

Sentences = Mapping[str, Mapping[str, str]]


class Heard(NamedTuple):
    """Which criteria are met and not met, and which facts have no answer or were not asked: bits."""

    met: int
    unmet: int
    silent: int


class Clause(NamedTuple):
    """Criteria that must hold together, as bits and by name."""

    bits: int
    names: tuple[str, ...]

    def verdict(self, heard: Heard) -> Verdict:
        """Kleene AND: one that is not met settles it, else one unknown leaves it open."""
        return _of_bits(self.bits, heard.met, heard.unmet)


def _of_bits(bits: int, met: int, unmet: int) -> Verdict:
    return c.NOT_MET if unmet & bits else c.MET if met & bits == bits else c.UNKNOWN


class Line(NamedTuple):
    """One row with its alternatives as bits."""

    row: Route
    entry: tuple[Clause, ...]
    exclusion: tuple[Clause, ...]
    bits: int  # of all its criteria


class Said(NamedTuple):
    """The verdict of a line, of its entry and exclusion, and of each alternative in them."""

    verdict: Verdict
    entry: Verdict
    exclusion: Verdict
    entries: tuple[Verdict, ...]
    barriers: tuple[Verdict, ...]


class Answer(NamedTuple):
    """What the rows say once the criteria have spoken."""

    verdicts: tuple[RouteVerdict, ...]
    decided: RouteVerdict | None
    missing: tuple[str, ...]
    grounds: tuple[RouteVerdict, ...]
    priority: tuple[RouteVerdict, ...]
    modality: tuple[RouteVerdict, ...]
    flags: tuple[str, ...]


class Sheet:
    """The rows in force from `first` up to and including `last`, in the order in which they decide."""

    def __init__(
        self,
        routes: list[Route],
        known: Mapping[str, c.Criterion],
        sentences: Sentences,
        span: tuple[date, date],
        never_met: frozenset[str] = frozenset(),
    ) -> None:
        """`never_met` are the lists on which no country stands for sure in this span: no nationality meets them."""
        (self.first, self.last), self.sentences = span, sentences
        self._judged = never_met | c.JUDGED
        rows = sorted(routes, key=lambda r: (r.precedence is None, r.precedence or 0))
        names = sorted({name for row in rows for name in row.criteria()})
        self.bits = {name: 1 << k for k, name in enumerate(names)}
        self._tests = tuple((bit, known[name]) for name, bit in self.bits.items())
        self.lines = tuple(self._line(row) for row in rows)
        self._places = tuple(k for k, line in enumerate(self.lines) if line.row.is_tested)
        self._intake = tuple(self.lines[k] for k in self._places)
        self.rows = tuple(line.row for line in self._intake)
        self._ranked = sum(row.precedence is not None for row in self.rows)
        self.depths: dict[Depth, str] = {depth: row.route_id for row in self.rows for depth in row.depths}
        self._listen(names, known)
        self._names = tuple(row.name_nl for row in self.rows)
        self._kept: dict[tuple[Heard, bool], Answer] = {}
        self._seen: dict[tuple[int, int], Outlook] = {}
        self._made: dict[tuple[str, str, str], RouteVerdict] = {}
        self._last: tuple[Heard, tuple[Said, ...]] | None = None

    def hear(self, intake: Intake) -> Heard:
        """Put every criterion to a case."""
        met = unmet = silent = 0
        for bit, criterion in self._tests:
            verdict = criterion(intake)
            if verdict is c.MET:
                met |= bit
            elif verdict is c.NOT_MET:
                unmet |= bit
        facts = intake.facts
        for fact, bit in self._facts.items():
            if facts.get(fact) is None:
                silent |= bit
        for fact, bit in self._asked.items():
            if fact not in facts:
                silent |= bit
        return Heard(met, unmet, silent)

    def hear_again(self, before: Heard, intake: Intake, fact: str) -> Heard:
        """The same case with one fact answered: only the criteria that read it speak again."""
        met, unmet, silent = before
        for bit, criterion in self._readers[fact]:
            verdict = criterion(intake)
            met = met | bit if verdict is c.MET else met & ~bit
            unmet = unmet | bit if verdict is c.NOT_MET else unmet & ~bit
        return Heard(met, unmet, silent & ~self._facts[fact] & ~self._asked.get(fact, 0))

    def answer(self, heard: Heard, late: frozenset[str] = frozenset()) -> Answer:
        """What the rows say; facts in `late` cannot be asked yet and are not missing. Worked out once."""
        key = (heard, bool(late))
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            found = self._kept[key] = self._work_out(heard, late)
        return found

    def outlook(self, heard: Heard, near: Outlook | None = None) -> Outlook:
        """The bare verdicts, to compare one answer to a fact with another. Worked out once.

        Where an outlook on nearly the same case is given, only the rows in which something changed are worked out.
        """
        key = heard.met, heard.unmet
        found = self._seen.get(key)
        if found is None:
            if len(self._seen) >= KEPT:
                self._seen.clear()
            found = self._seen[key] = self._first_look(heard) if near is None else self._looked_at(heard, near)
        return found

    def _first_look(self, heard: Heard) -> Outlook:
        everything = self.all_said(heard)
        said = [everything[place] for place in self._places]
        verdicts = [s.verdict for s in said]
        alternatives = tuple([(s.entries, s.barriers) for s in said])
        return Outlook(heard.met, heard.unmet, self._names, tuple(verdicts), self._first(verdicts), alternatives)

    def _looked_at(self, heard: Heard, near: Outlook) -> Outlook:
        changed = (heard.met ^ near.met) | (heard.unmet ^ near.unmet)
        verdicts, alternatives = [], []
        for place, line in enumerate(self._intake):
            if not line.bits & changed:
                verdicts.append(near.verdicts[place])
                alternatives.append(near.alternatives[place])
            else:
                said = self.said(line, heard)
                verdicts.append(said.verdict)
                alternatives.append((said.entries, said.barriers))
        first = self._first(verdicts)
        return Outlook(heard.met, heard.unmet, self._names, tuple(verdicts), first, tuple(alternatives))

    def all_said(self, heard: Heard) -> tuple[Said, ...]:
        """`said` of every line; kept for the case that was asked last, of which more is asked at once."""
        last = self._last
        if last is None or last[0] != heard:
            last = self._last = heard, tuple([self.said(line, heard) for line in self.lines])
        return last[1]

    def said(self, line: Line, heard: Heard) -> Said:
        """A route is open where a condition holds and no exclusion does; what is unknown stays unknown."""
        met, unmet, _ = heard
        entries = tuple([_of_bits(clause.bits, met, unmet) for clause in line.entry])
        barriers = tuple([_of_bits(clause.bits, met, unmet) for clause in line.exclusion])
        entry, exclusion = c.any_of(entries), c.any_of(barriers)
        return Said(c.all_of((entry, c.opposite(exclusion))), entry, exclusion, entries, barriers)

    def sentence(self, line: Line, said: Said, heard: Heard) -> str:
        """The Dutch sentence of the criterion that tells why; a general one where several conditions all failed."""
        if said.entry is not c.NOT_MET and said.exclusion is not c.NOT_MET:  # the exclusion holds it up
            return self._clearest(line.exclusion, said.barriers, said.exclusion, heard)
        if said.entry is c.NOT_MET and len(line.entry) > 1:
            return self.sentences["general"]["no_ground"]
        return self._clearest(line.entry, said.entries, said.entry, heard)

    def verdict_of(self, name: str, heard: Heard) -> Verdict:
        """The verdict of one criterion."""
        return _of_bits(self.bits[name], heard.met, heard.unmet)

    def _first(self, verdicts: list[Verdict]) -> int | None:
        """Place of the row that decides: rows with a precedence come first, and the first that is met wins."""
        return next((k for k, verdict in enumerate(verdicts[: self._ranked]) if verdict is c.MET), None)

    def _line(self, row: Route) -> Line:
        bits = sum(self.bits[name] for name in row.criteria())
        return Line(row, self._compiled(row.entry), self._compiled(row.exclusion), bits)

    def _compiled(self, clauses: Clauses) -> tuple[Clause, ...]:
        return tuple(Clause(sum(self.bits[name] for name in set(names)), names) for names in clauses)

    def _listen(self, names: list[str], known: Mapping[str, c.Criterion]) -> None:
        facts = sorted({fact for name in names for fact in c.FACTS_READ[name]})
        self._facts = {fact: 1 << k for k, fact in enumerate(facts)}
        asked = sorted(c.ASKED_ON_INDICATION & set(facts))
        self._asked = {fact: 1 << len(facts) + k for k, fact in enumerate(asked)}
        self._readers = {
            fact: [(self.bits[name], known[name]) for name in names if fact in c.FACTS_READ[name]] for fact in facts
        }

    def _work_out(self, heard: Heard, late: frozenset[str]) -> Answer:
        unheard = Unheard(
            frozenset(fact for fact, bit in self._facts.items() if heard.silent & bit),
            frozenset(fact for fact, bit in self._asked.items() if heard.silent & bit),
            self._judged,
        )
        everything = self.all_said(heard)
        said = [everything[place] for place in self._places]
        verdicts = tuple(self._verdict(k, s, heard, unheard) for k, s in zip(self._intake, said, strict=True))
        first = self._first([s.verdict for s in said])
        # Only what comes before the deciding route can still change the answer; rows without precedence decide nothing.
        before = verdicts[: self._ranked if first is None else first]
        missing = dict.fromkeys(fact for v in before for fact in v.missing if fact not in late)
        beside = [line for line in self.lines if line.row.stage == "modality" and line.row.status != "dormant"]
        return Answer(
            verdicts=verdicts,
            decided=None if first is None else verdicts[first],
            missing=tuple(missing),
            grounds=self._lettered("intake", heard),
            priority=self._lettered("priority", heard),
            modality=tuple(self._verdict(line, self.said(line, heard), heard, unheard) for line in beside),
            flags=self._flags(said, None if first is None else self.rows[first], heard),
        )

    def _verdict(self, line: Line, said: Said, heard: Heard, unheard: Unheard) -> RouteVerdict:
        missing: tuple[str, ...] = ()
        if said.verdict is c.UNKNOWN:
            missing = missing_of(line.row, lambda name: self.verdict_of(name, heard), unheard)
        sentence = self.sentence(line, said, heard)
        return self._of(line.row.route_id, line.row.name_nl, said.verdict, line.row.legal_basis, sentence, missing)

    def _of(
        self, route: str, name: str, verdict: Verdict, article: str, sentence: str, missing: tuple[str, ...] = ()
    ) -> RouteVerdict:
        if missing:
            return RouteVerdict(route, name, verdict, article, sentence, missing)
        key = (article + route, sentence, verdict)
        if key not in self._made:
            self._made[key] = RouteVerdict(route, name, verdict, article, sentence)
        return self._made[key]

    def _lettered(self, stage: str, heard: Heard) -> tuple[RouteVerdict, ...]:
        """The grounds that the law gives a letter, one by one."""
        return tuple(
            self._ground(line.row, clause, letter, heard)
            for line in self.lines
            if line.row.stage == stage and line.row.status != "dormant" and line.row.letters
            for clause, letter in zip(line.entry, line.row.letters, strict=True)
        )

    def _ground(self, row: Route, clause: Clause, letter: str, heard: Heard) -> RouteVerdict:
        verdict = clause.verdict(heard)
        article = row.grounds_article + ",".join(f"({part})" for part in letter.split("/"))
        return self._of(row.route_id, row.name_nl, verdict, article, self._telling(clause, verdict, heard))

    def _clearest(
        self, clauses: tuple[Clause, ...], verdicts: tuple[Verdict, ...], wanted: Verdict, heard: Heard
    ) -> str:
        """Of conditions with this verdict, one that reads a fact: what a person always weighs tells nothing here."""
        names = [
            self._teller(clause, wanted, heard)
            for clause, verdict in zip(clauses, verdicts, strict=True)
            if verdict is wanted
        ]
        return self.sentences[next((name for name in names if c.FACTS_READ[name]), names[0])][wanted]

    def _telling(self, clause: Clause, wanted: Verdict, heard: Heard) -> str:
        return self.sentences[self._teller(clause, wanted, heard)][wanted]

    def _teller(self, clause: Clause, wanted: Verdict, heard: Heard) -> str:
        return next(name for name in clause.names if self.verdict_of(name, heard) is wanted)

    def _flags(self, said: list[Said], first: Route | None, heard: Heard) -> tuple[str, ...]:
        """Duties and exceptions that follow from the rows themselves (APR art. 21, 42(1), 43)."""
        pairs = list(zip(self._intake, said, strict=True))
        met = {line.row.kind for line, s in pairs if s.verdict is c.MET and line.row.letters}
        duty = any(name in self.bits and self.verdict_of(name, heard) is c.MET for name in BORDER_IS_DUTY)
        weighed = any(
            s.entry is c.MET and "guarantees_to_weigh" in clause.names and barrier is c.UNKNOWN
            for line, s in pairs
            for clause, barrier in zip(line.exclusion, s.barriers, strict=True)
        )
        kind = first.kind if first else ""
        found = {
            "accelerated_obligatory": "accelerated" in met and kind in ("accelerated", "border", "subsequent"),
            "border_obligatory": kind == "border" and first is not None and first.regime == "pact" and duty,
            "exception_to_weigh": weighed,
        }
        return tuple(code for code, holds in found.items() if holds)

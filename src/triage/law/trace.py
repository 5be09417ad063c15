"""The trace of a case: what every row in force says, and each criterion that made it say so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from triage.domain.case import Verdict
from triage.law import criteria as c
from triage.law.rows import Route
from triage.law.sheet import KEPT, Heard, Line, Said, Sentences, Sheet


@dataclass(frozen=True)
class TraceLine:
    """One step: a route as a whole (`criterion` is empty), or one criterion of its entry or exclusion."""

    route: str
    criterion: str
    verdict: Verdict
    article: str
    sentence: str  # Dutch
    part: str = "route"  # route, entry or exclusion
    stage: str = "intake"


class Step(NamedTuple):
    """A criterion in a row, with the line that it makes when met, when not met, and when unknown."""

    bit: int
    met: TraceLine
    unmet: TraceLine
    unknown: TraceLine


class Tracer:
    """Makes traces; a trace is made once per sheet and set of verdicts, a line once per row."""

    def __init__(self, known: Mapping[str, c.Criterion], sentences: Sentences) -> None:
        self._sentences = sentences
        self._articles = {name: c.article_of(criterion) for name, criterion in known.items()}
        self._steps: dict[date, list[tuple[Line, int, list[Step]]]] = {}
        self._heads: dict[tuple[str, str, str], TraceLine] = {}
        self._kept: dict[tuple[date, int, int], tuple[TraceLine, ...]] = {}

    def trace(self, sheet: Sheet, heard: Heard) -> tuple[TraceLine, ...]:
        """All lines of a case, in the order in which the rows decide; other stages follow the routes of intake."""
        key = (sheet.first, heard.met, heard.unmet)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            found = self._kept[key] = tuple(self._told(sheet, heard))
        return found

    def _told(self, sheet: Sheet, heard: Heard) -> Iterator[TraceLine]:
        if sheet.first not in self._steps:
            ordered = sorted(sheet.lines, key=lambda line: line.row.stage != "intake")
            places = {line.row.route_id: place for place, line in enumerate(sheet.lines)}
            self._steps[sheet.first] = [
                (line, places[line.row.route_id], self._prepared(sheet, line)) for line in ordered
            ]
        said = sheet.all_said(heard)
        for line, place, steps in self._steps[sheet.first]:
            yield self._head(sheet, line, said[place], heard)
            for step in steps:
                yield step.met if heard.met & step.bit else step.unmet if heard.unmet & step.bit else step.unknown

    def _prepared(self, sheet: Sheet, line: Line) -> list[Step]:
        if line.row.status == "dormant":
            return []
        pairs = [("entry", name) for clause in line.entry for name in clause.names]
        pairs += [("exclusion", name) for clause in line.exclusion for name in clause.names]
        return [
            Step(sheet.bits[name], *(self._line(line.row, name, part, v) for v in (c.MET, c.NOT_MET, c.UNKNOWN)))
            for part, name in dict.fromkeys(pairs)
        ]

    def _line(self, row: Route, name: str, part: str, verdict: Verdict) -> TraceLine:
        sentence = self._sentences[name][verdict.value]
        return TraceLine(row.route_id, name, verdict, self._articles[name], sentence, part, row.stage)

    def _head(self, sheet: Sheet, line: Line, said: Said, heard: Heard) -> TraceLine:
        row = line.row
        if row.status == "dormant":
            verdict, sentence = c.NOT_MET, self._sentences["general"]["dormant"]
        else:
            verdict, sentence = said.verdict, sheet.sentence(line, said, heard)
        key = (row.route_id, verdict, sentence)
        if key not in self._heads:
            self._heads[key] = TraceLine(row.route_id, "", verdict, row.legal_basis, sentence, "route", row.stage)
        return self._heads[key]

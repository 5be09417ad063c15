"""Data quality at the front: what is known of each fact, per location and week, and what contradicts itself.

It tells about the questions that intake asks, never about an applicant or about a colleague.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from triage.adapters.files import write_table
from triage.adapters.workbooks import workbook
from triage.domain.case import Intake, Moment
from triage.domain.case_tables import INTAKE_QUALITY
from triage.domain.contradictions import contradictions
from triage.domain.errors import NothingToDoError
from triage.domain.facts import Fact, Register
from triage.domain.small_groups import SMALLEST_GROUP, hidden_cells

ALL, UNKNOWN, NOT_ASKED = "(all)", "(unknown)", "(not asked)"
STATES = ("not_asked", "unknown", "known")
DEFINITIONS = {
    "known": "Cases of which the fact has a value, of the cases at a moment at which it may be known.",
    "unknown": "Cases in which the fact was asked and nobody knew, of the same cases.",
    "not_asked": "Cases in which the fact was not asked, of the same cases. Asking may have been needless.",
    "contradiction": "Cases in which these facts do not go together, of all cases. A warning, nobody's fault.",
    "moment": "A fact of the registration interview counts only in cases that are past that interview.",
    "location": "The location that handles the case, as known in the newest intake.",
    "week": "ISO week of the lodging date, from Monday (2026-W47), by Dutch date.",
    "case": "Each case counts once, as its newest intake tells it.",
}
CLOCKS_LEFT_OUT = "Starts of legal clocks are left out: what did not happen is not missing."
Places = tuple[np.ndarray, np.ndarray]  # place of each case in the locations and in the weeks


@dataclass(frozen=True)
class QualityReport:
    """The figures as table INTAKE_QUALITY, and what they are about."""

    figures: pd.DataFrame
    cases: int
    first_week: str
    last_week: str
    notes: tuple[str, ...]
    definitions: dict[str, str]

    def document(self) -> dict[str, Any]:
        """As one object; a figure that is hidden is null."""
        rows = self.figures.astype(object).where(self.figures.notna(), None).to_dict("records")
        return {**vars(self), "figures": rows, "notes": list(self.notes), "smallest_group": SMALLEST_GROUP}


def report_intake_quality(intakes: Iterable[Intake], register: Register, weeks: int, today: date) -> QualityReport:
    """The quality of what is known at the front, of cases lodged in the last `weeks` ISO weeks that hold a case.

    Parameters
    ----------
    intakes : the newest intake of each case; a case that is given twice counts once, as it was given last.
    today : local date; what lies after it is a contradiction.

    Raises NothingToDoError where there is no case.
    """
    window = _window(list({one.case_id: one for one in intakes}.values()), weeks, today)
    facts = [fact for fact in register.facts.values() if fact not in register.clocks()]
    places, names = _places(window)
    rows: list[tuple[Any, ...]] = []
    for moment, asked in _by_moment(facts):
        chosen = np.array([moment is Moment.IDENTIFIED or one.moment is moment for one in window])
        groups = _Groups(names, places, chosen)
        for fact in asked:
            state = np.array([_state(one, fact.name) for one in window])
            for code, figure in enumerate(STATES):
                rows += groups.rows(figure, fact.name, state == code)
    rows += _contradicting(window, names, places, today)
    frame = INTAKE_QUALITY.check(pd.DataFrame(rows, columns=list(INTAKE_QUALITY.columns)))
    notes = _notes(frame, window, today)
    return QualityReport(frame, len(window), names[1][0], names[1][-1], notes, DEFINITIONS)


def write_quality(report: QualityReport, path: Path) -> None:
    """Write the report: .xlsx with definitions and notes on sheets of their own, .csv or .parquet with them per row."""
    words = [("definition", name, text) for name, text in report.definitions.items()]
    words += [("note", "", note) for note in report.notes]
    explained = pd.DataFrame(words, columns=["kind", "name", "text"])
    if path.suffix.lower() == ".xlsx":
        made = workbook({"figures": report.figures, "definitions": explained})
        draft = path.with_name(f".{path.name}.new")
        draft.write_bytes(made)
        draft.replace(path)  # whole or not at all
        return
    write_table(
        report.figures.assign(definition=report.figures["figure"].map(lambda name: report.definitions[name])), path
    )


def week_of(day: date) -> str:
    """ISO week of a day: 2026-W47."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def _window(intakes: Sequence[Intake], weeks: int, today: date) -> list[Intake]:
    """The intakes of the last weeks up to the newest lodging, or up to today where one lies in the future."""
    if not intakes:
        raise NothingToDoError("There is no case to look at. Send cases, or give a file with --data.")
    newest = min(max(one.lodged for one in intakes), today)
    first = newest - timedelta(days=newest.weekday() + 7 * (weeks - 1))
    window = [one for one in intakes if one.lodged >= first]
    return sorted(window, key=lambda one: (one.lodged, one.case_id))


def _places(window: Sequence[Intake]) -> tuple[Places, tuple[list[str], list[str]]]:
    """Where each case stands in the grid of locations and weeks, and the names of both."""
    where = [_location(one) for one in window]
    when = [week_of(one.lodged) for one in window]
    names = sorted(set(where)), sorted(set(when))
    places = tuple(np.array([axis.index(name) for name in of]) for axis, of in zip(names, (where, when), strict=True))
    return (places[0], places[1]), names


def _location(intake: Intake) -> str:
    if "location" not in intake.facts:
        return NOT_ASKED
    value = intake.facts["location"]
    return UNKNOWN if value is None else str(value)


def _by_moment(facts: Sequence[Fact]) -> list[tuple[Moment, list[Fact]]]:
    return [(moment, [fact for fact in facts if fact.moment is moment]) for moment in Moment]


def _state(intake: Intake, name: str) -> int:
    """Place in STATES: 0 not asked, 1 unknown, 2 known."""
    return 0 if name not in intake.facts else 1 if intake.facts[name] is None else 2


class _Groups:
    """The grid of locations and weeks over the cases that count, with what may not be shown of it."""

    def __init__(self, names: tuple[list[str], list[str]], places: Places, chosen: np.ndarray) -> None:
        self.names = [*names[0], ALL], [*names[1], ALL]
        self.size = len(names[0]), len(names[1])
        self.places, self.chosen = places, chosen
        wholes = self._counts(chosen)
        self.whole, self.hidden = _with_totals(wholes), hidden_cells(wholes)

    def _counts(self, holds: np.ndarray) -> np.ndarray:
        counts = np.zeros(self.size, dtype=np.int64)
        np.add.at(counts, (self.places[0][holds], self.places[1][holds]), 1)
        return counts

    def rows(self, figure: str, name: str, holds: np.ndarray) -> list[tuple[Any, ...]]:
        """One row per group that has cases: figure, name, location, week, part, whole, share, is_hidden."""
        parts = _with_totals(self._counts(holds & self.chosen))
        rows: list[tuple[Any, ...]] = []
        for place, when in np.argwhere(self.whole > 0).tolist():
            part, whole = int(parts[place, when]), int(self.whole[place, when])
            shown = (np.nan, np.nan, np.nan, True)
            if not self.hidden[place, when]:
                shown = (part, whole, round(part / whole, 4), False)
            rows.append((figure, name, self.names[0][place], self.names[1][when], *shown))
        return rows


def _with_totals(counts: np.ndarray) -> np.ndarray:
    wide = np.hstack([counts, counts.sum(axis=1, keepdims=True)])
    return np.vstack([wide, wide.sum(axis=0)])


def _contradicting(
    window: Sequence[Intake], names: tuple[list[str], list[str]], places: Places, today: date
) -> list[tuple[Any, ...]]:
    found = [{one.code for one in contradictions(intake, today)} for intake in window]
    groups = _Groups(names, places, np.ones(len(window), dtype=bool))
    rows = groups.rows("contradiction", "any", np.array([bool(codes) for codes in found]))
    for code in sorted(set().union(*found)):
        rows += groups.rows("contradiction", code, np.array([code in codes for codes in found]))
    return rows


def _notes(frame: pd.DataFrame, window: Sequence[Intake], today: date) -> tuple[str, ...]:
    hidden = frame.loc[frame["is_hidden"], ["location", "week"]].drop_duplicates()
    notes = [CLOCKS_LEFT_OUT]
    if len(hidden):
        notes.append(
            f"{len(hidden)} groups of fewer than {SMALLEST_GROUP} cases, or that would give one away, are not shown."
        )
    ahead = sum(one.lodged > today for one in window)
    if ahead:
        notes.append(f"{ahead} cases have a lodging date in the future; they are counted, and named as contradictions.")
    return tuple(notes)

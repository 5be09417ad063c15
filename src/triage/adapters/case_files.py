"""Files of cases -> CASES in its canonical form: every fact checked by the register, row by row.

Canonical: `case_id` text, `lodged_on` and `decided_on` dates, `hours_booked` hours, `extra_interview_day`
True, False or None, `closed_how` and `route_followed` text, and per fact a column of Python values, where the text
"unknown" is asked without an answer and None is not asked. The three stay apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from triage.adapters.cells import is_empty
from triage.domain.case_tables import CASES
from triage.domain.errors import FactError, TableError
from triage.domain.facts import FALSE_TEXTS, TRUE_TEXTS, UNKNOWN_TEXT, Register

MAX_CODE = 64
AUDIT_SAMPLE = "audit_sample"


@dataclass(frozen=True)
class Bad:
    """A cell that is refused: where it stands, and what was expected."""

    row: int  # from 1, the header not counted
    column: str
    expected: str


def canonical_cases(frame: pd.DataFrame, register: Register) -> pd.DataFrame:
    """A frame of text or typed cells as CASES in its canonical form (see the module).

    Raises TableError with the first bad row and column, for an unknown column, a repeated case_id and for a
    case decided before it was lodged.
    """
    parsers = _parsers(register)
    _refuse_unknown(frame, parsers)
    columns: dict[str, list[Any]] = {}
    bad: list[Bad] = []
    for name in frame.columns:
        columns[name] = _parsed(frame[name].tolist(), str(name), parsers[name], bad)
    _refuse_bad(bad)
    cases = CASES.check(_typed_frame(columns, register, len(frame)))
    _refuse_decided_before_lodged(cases, register)
    return cases


def _parsers(register: Register) -> dict[str, tuple[Callable[[Any], Any], str]]:
    """Per known column: how a cell is read, and what is expected of it."""
    outcome = register.outcomes
    known: dict[str, tuple[Callable[[Any], Any], str]] = {
        "case_id": (_required(_text), CASES.meaning["case_id"]),
        "lodged_on": (_required(_day), "a date such as 2026-11-24"),
        outcome.get("hours", "hours_booked"): (_optional(_hours), "hours from 0 to 2000, or an empty cell"),
        outcome.get("extra_day", "extra_interview_day"): (_optional(_yes), "true, false or an empty cell"),
        outcome.get("decided_on", "decided_on"): (_optional(_day), "a date such as 2026-11-24, or an empty cell"),
        outcome.get("closed_how", "closed_how"): (_optional(_code), f"a code of at most {MAX_CODE} characters"),
        outcome.get("route", "route_followed"): (_optional(_code), f"a code of at most {MAX_CODE} characters"),
        "term_ends": (_optional(_day), "a date such as 2026-11-24, or an empty cell"),
        "term_ends_lawful": (_optional(_day), "a date such as 2026-11-24, or an empty cell"),
        AUDIT_SAMPLE: (_optional(_yes), "true, false or an empty cell"),
    }
    for fact in register.facts.values():
        known[fact.name] = (_fact_parser(fact.parse), f"{fact.expected()}, or an empty cell where it was not asked")
    return known


def _fact_parser(parse: Callable[[object], Any]) -> Callable[[Any], Any]:
    def cell(value: Any) -> Any:
        if is_empty(value):
            return None
        known = parse(value)
        if known is None:
            return UNKNOWN_TEXT
        return float(known) if type(known) is int else known

    return cell


def _required(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def cell(value: Any) -> Any:
        if is_empty(value):
            raise ValueError
        return parse(value)

    return cell


def _optional(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if is_empty(value) else parse(value)


def _text(value: Any) -> str:
    """Text of a cell; a spreadsheet turns a case number into 17.0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _code(value: Any) -> str:
    text = _text(value)
    if len(text) > MAX_CODE:
        raise ValueError
    return text


def _day(value: Any) -> date:
    """A legal date. An instant is refused: its date depends on the time zone."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value.strip())
    if isinstance(value, datetime):
        if value.time() != datetime.min.time() or value.tzinfo is not None:
            raise ValueError
        value = value.date()
    if not isinstance(value, date) or not 1900 <= value.year <= 2200:
        raise ValueError
    return value


def _hours(value: Any) -> float:
    hours = float(value.strip().replace(",", ".") if isinstance(value, str) else value)
    if isinstance(value, bool) or not 0 <= hours <= 2000:
        raise ValueError
    return hours


def _yes(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in TRUE_TEXTS | FALSE_TEXTS:
        raise ValueError
    return word in TRUE_TEXTS


def _refuse_unknown(frame: pd.DataFrame, parsers: dict[str, Any]) -> None:
    for place, name in enumerate(frame.columns, 1):
        if name not in parsers:
            raise TableError(f"CASES: column {place} of the file is not known. Known are {', '.join(parsers)}.")
    for name in ("case_id", "lodged_on"):
        if name not in frame.columns:
            raise TableError(f"CASES: column {name} is missing. Add it; see docs/reference/tables.md.")


def _parsed(cells: list[Any], column: str, parser: tuple[Callable[[Any], Any], str], bad: list[Bad]) -> list[Any]:
    """All cells of a column, each distinct value read once."""
    parse, expected = parser
    known: dict[tuple[type, Any], Any] = {}
    parsed = []
    for row, cell in enumerate(cells, 1):
        key = (type(cell), cell)
        if key not in known:
            known[key] = _outcome(parse, cell)
        value = known[key]
        if value is _REFUSED:
            bad.append(Bad(row, column, expected))
        parsed.append(value)
    return parsed


_REFUSED = object()


def _outcome(parse: Callable[[Any], Any], cell: Any) -> Any:
    try:
        return parse(cell)
    except (ValueError, TypeError, OverflowError, FactError):
        return _REFUSED


def _refuse_bad(bad: list[Bad]) -> None:
    if bad:
        first = min(bad, key=lambda cell: cell.row)
        more = f" {len(bad) - 1} more cells are refused too." if len(bad) > 1 else ""
        raise TableError(
            f"CASES: row {first.row}, column {first.column}: expected {first.expected}. "
            f"Correct the row and offer the whole file again.{more}"
        )


def _typed_frame(columns: dict[str, list[Any]], register: Register, rows: int) -> pd.DataFrame:
    outcome = register.outcomes
    kinds = {
        "case_id": "str",
        "lodged_on": "datetime64[ns]",
        outcome.get("decided_on", "decided_on"): "datetime64[ns]",
        outcome.get("hours", "hours_booked"): "float",
        **{name: "datetime64[ns]" for name in ("term_ends", "term_ends_lawful") if name not in register.facts},
    }
    index = pd.RangeIndex(rows)
    return pd.DataFrame(
        {
            name: pd.Series(cells, index=index, dtype=object).astype(kinds.get(name, object))
            for name, cells in columns.items()
        },
        index=index,
    )


def _refuse_decided_before_lodged(cases: pd.DataFrame, register: Register) -> None:
    name = register.outcomes.get("decided_on", "decided_on")
    if name not in cases:
        return
    early = (cases[name] < cases["lodged_on"]).to_numpy()
    if early.any():
        raise TableError(
            f"CASES: row {int(early.argmax()) + 1}, column {name}: lies before lodged_on. "
            f"Correct one of the two dates and offer the whole file again."
        )

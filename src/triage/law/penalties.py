"""What a late decision is expected to cost: penalties by date, times the chance that they are claimed.

Expected, not owed: the chances are ranges that a user gives, and until records of claims exist they are
assumptions. No amount travels without its definition and its basis, so nobody reads it as a bill.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from math import inf
from pathlib import Path

from triage.domain.calendar import extended
from triage.domain.errors import LawError
from triage.law.rows import rows_of

RULES = Path(__file__).with_name("rules")
KINDS = ("administrative", "judicial")
DEFINITION = (
    "Verwachte dwangsom van deze zaak in euro's: de kans op een ingebrekestelling maal de bestuurlijke dwangsom, "
    "plus de kans op een uitspraak maal de rechterlijke dwangsom, als het besluit op deze dag komt. "
    "Laag, midden en hoog volgen uit de opgegeven kansen. Geen vordering en geen voorspelling van de uitkomst."
)

#: Low, middle and high, in this order.
Range = tuple[float, float, float]


@dataclass(frozen=True)
class Regime:
    """The penalties for events (a notice of default, a ruling) on a span of days.

    `steps` are (days, EUR a day); a step of 0 days has no end. `maximum` and `claim` are ranges.
    """

    penalty_id: str
    kind: str
    first: date
    last: date
    steps: tuple[tuple[int, int], ...]
    maximum: Range
    claim: Range
    legal_basis: str
    confidence: str
    claim_confidence: str

    def due(self, days: int) -> Range:
        """EUR due after `days` days on which a penalty runs, with each of the three maxima."""
        left, total = max(days, 0), 0
        for length, amount in self.steps:
            counted = min(left, length) if length else left
            total, left = total + counted * amount, left - counted
        low, middle, high = (float(min(total, top)) for top in self.maximum)
        return low, middle, high


@dataclass(frozen=True)
class Claims:
    """How likely and how soon penalties are claimed. All of it is given by the user; the defaults are assumptions.

    A chance that is None comes from penalties.csv. `notice_after_days` counts from the deadline, the weeks to a
    ruling from the end of the two weeks of the notice; ranges run from the cheapest to the dearest.
    """

    notice: Range | None = None
    ruling: Range | None = None
    notice_after_days: int = 1
    weeks_to_ruling: tuple[int, int, int] = (26, 16, 8)
    court_costs_eur: Range = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        """Raise LawError for a chance that is none, a range that falls, and an amount or a wait below nil."""
        chances = [chance for chance in (self.notice, self.ruling) if chance is not None]
        cheap, middle, dear = self.weeks_to_ruling
        waits_fall = cheap >= middle >= dear >= 0 and self.notice_after_days >= 0
        if not (all(_rises(chance, 1) for chance in chances) and _rises(self.court_costs_eur, inf) and waits_fall):
            raise LawError(
                "Claims: chances rise from low to high between 0 and 1, costs from 0; the weeks to a ruling fall. "
                "Correct what was given."
            )


@dataclass(frozen=True)
class Penalty:
    """The expected cost of deciding on a day, in EUR: three amounts, what they mean and what they rest on."""

    low: float
    middle: float
    high: float
    days_late: int
    administrative: Range
    judicial: Range
    definition: str
    basis: tuple[str, ...]
    assumed: bool

    def __str__(self) -> str:
        """The amounts with their definition: never without it."""
        said = f"{self.low:.0f} / {self.middle:.0f} / {self.high:.0f} EUR (laag / midden / hoog)"
        return f"{said}. {self.definition} {'; '.join(self.basis)}"


def cost_of(
    deadline: date,
    decided: date,
    lodged: date,
    notice_on: date | None = None,
    ruling_on: date | None = None,
    heard: bool = False,
    claims: Claims | None = None,
    regimes: tuple[Regime, ...] | None = None,
) -> Penalty:
    """Expected penalties of a case that is decided on a day.

    What has happened is certain: a notice or a ruling on record has chance 1. What has not happened yet is
    assumed, as `claims` says. A notice on or before the deadline is premature and does not count (Awb art. 6:12).

    Parameters
    ----------
    deadline : last day to decide; say which one (applied or lawful) wherever the amount is shown.
    decided : the day of the decision, past or planned.
    lodged : the lodging date, held against the other two.
    notice_on, ruling_on : days of the notice of default and of the ruling, where they are known.
    heard : whether the applicant had been heard when the court ruled: a new term of 8 weeks, else of 16.
    claims : chances and delays that the user gives.
    regimes : the rows of penalties.csv, by default the shipped ones.

    Raises
    ------
    LawError : where a date lies before the lodging date.

    Source: design of the capacity planning, section 3c; Awb art. 4:17 and 8:55d.
    """
    if min(deadline, decided) < lodged:
        raise LawError("The deadline and the decision cannot lie before the lodging date. Correct the dates.")
    given, rows = claims or Claims(), regimes or shipped_penalties()
    days = max((decided - deadline).days, 0)
    if not days:
        return Penalty(0, 0, 0, 0, (0, 0, 0), (0, 0, 0), DEFINITION, ("binnen de termijn",), assumed=False)
    noticed = notice_on if notice_on is not None and notice_on > deadline else None
    notice = noticed or deadline + timedelta(days=given.notice_after_days)
    administrative, ladder = _administrative(notice, decided, noticed is not None, given, rows)
    judicial, courts = _judicial(notice, decided, ruling_on, heard, given, rows)
    low, middle, high = (a + j for a, j in zip(administrative, judicial, strict=True))
    used = tuple(dict.fromkeys(_basis(row) for row in (ladder, *courts)))
    assumed = noticed is None or ruling_on is None
    return Penalty(low, middle, high, days, administrative, judicial, DEFINITION, used, assumed)


def _administrative(
    notice: date, decided: date, certain: bool, claims: Claims, rows: tuple[Regime, ...]
) -> tuple[Range, Regime]:
    """Chance of a claim times the ladder: it starts the day after the two weeks of the notice."""
    row = regime_on(rows, "administrative", notice)
    chance = _certain(decided > notice) if certain else claims.notice or row.claim
    return _times(chance, row.due((decided - end_of_notice(notice)).days)), row


def _judicial(
    notice: date, decided: date, ruling_on: date | None, heard: bool, claims: Claims, rows: tuple[Regime, ...]
) -> tuple[Range, list[Regime]]:
    """Chance of a ruling times the penalty after the court's term; each of the three has its own ruling day."""
    found, amounts = [], []
    for place, weeks in enumerate(claims.weeks_to_ruling):
        ruling = ruling_on or end_of_notice(notice) + timedelta(weeks=weeks)
        row = regime_on(rows, "judicial", ruling)
        chance = 1.0 if ruling_on else (claims.ruling or row.claim)[place]
        late = (decided - ruling - timedelta(weeks=8 if heard else 16)).days
        costs = claims.court_costs_eur[place] if decided > ruling else 0.0
        amounts.append(chance * (row.due(late)[place] + costs))
        found.append(row)
    low, middle, high = sorted(amounts)  # an early ruling may fall under a milder regime than a late one
    return (low, middle, high), found


def end_of_notice(notice: date) -> date:
    """Last of the two weeks after a notice of default, moved to a working day where it must."""
    return extended(notice, notice + timedelta(weeks=2))


def regime_on(rows: tuple[Regime, ...], kind: str, day: date) -> Regime:
    """The row in force on a day. Raises LawError for a day before the oldest row."""
    for row in rows:
        if row.kind == kind and row.first <= day <= row.last:
            return row
    raise LawError(f"penalties.csv has no {kind} penalty for {day}. Add a row for it, with its source.")


def read_penalties(path: Path) -> tuple[Regime, ...]:
    """All rows of penalties.csv, oldest first.

    Raises LawError for a torn row, a chance outside 0 to 1, a range that falls, an amount below nil, and rows of one
    kind that overlap or leave days without a row, up to days to come.
    """
    rows = sorted((_regime(row, where) for where, row in rows_of(path, "penalty_id")), key=lambda r: r.first)
    for kind in KINDS:
        here = [row for row in rows if row.kind == kind]
        if not here or here[-1].last < date.max:
            raise LawError(
                f"{path.name}: no {kind} penalty holds for days to come. Leave event_to of the last row empty."
            )
        for older, newer in pairwise(here):
            if newer.first != older.last + timedelta(days=1):
                raise LawError(
                    f"{path.name}: {newer.penalty_id} must start the day after {older.penalty_id} ends. "
                    f"Correct event_from or event_to."
                )
    return tuple(rows)


@cache
def shipped_penalties() -> tuple[Regime, ...]:
    """The shipped rows, read once."""
    return read_penalties(RULES / "penalties.csv")


def _rises(numbers: Range, top: float) -> bool:
    """Whether a range lies from 0 to `top` and does not fall; nan never does."""
    low, middle, high = numbers
    return 0 <= low <= middle <= high <= top


def _certain(happened: bool) -> Range:
    return (1.0, 1.0, 1.0) if happened else (0.0, 0.0, 0.0)


def _times(chance: Range, amount: Range) -> Range:
    low, middle, high = (c * a for c, a in zip(chance, amount, strict=True))
    return low, middle, high


def _basis(row: Regime) -> str:
    assumed = ", kansen zijn een aanname" if row.claim_confidence == "assumption" else ""
    unread = "" if row.confidence == "confirmed" else ", bedragen niet nagelezen"
    return f"{row.penalty_id} ({row.legal_basis}{unread}{assumed})"


def _regime(row: Mapping[str, str], where: str) -> Regime:
    try:
        regime = Regime(
            penalty_id=row["penalty_id"],
            kind=row["kind"],
            first=date.fromisoformat(row["event_from"]),
            last=date.fromisoformat(row["event_to"]) if row["event_to"] else date.max,
            steps=_steps(row["days_per_step"], row["eur_per_step"]),
            maximum=_range(row, "max_{}_eur"),
            claim=_range(row, "claim_{}"),
            legal_basis=row["legal_basis"],
            confidence=row["confidence"],
            claim_confidence=row["claim_confidence"],
        )
    except (KeyError, ValueError) as error:
        raise LawError(f"{where} lacks a column or holds an impossible value ({error}). Correct the row.") from error
    _refuse_impossible(regime, where)
    return regime


def _steps(days: str, amounts: str) -> tuple[tuple[int, int], ...]:
    """ "14 14" and "23 35" as ((14, 23), (14, 35)); one amount without days has no end."""
    lengths = [int(text) for text in days.split()] or [0]
    return tuple(zip(lengths, (int(text) for text in amounts.split()), strict=True))


def _range(row: Mapping[str, str], column: str) -> Range:
    low, middle, high = (float(row[column.format(name)]) for name in ("low", "middle", "high"))
    return low, middle, high


def _refuse_impossible(row: Regime, where: str) -> None:
    if row.kind not in KINDS or row.first > row.last:
        raise LawError(f"{where}: expected a kind out of {', '.join(KINDS)}, and event_from before event_to.")
    if list(row.claim) != sorted(row.claim) or list(row.maximum) != sorted(row.maximum):
        raise LawError(f"{where}: low, middle and high must not fall. Exchange or correct them.")
    is_odd = not all(0 <= chance <= 1 for chance in row.claim) or not all(0 <= top < inf for top in row.maximum)
    if is_odd or any(number < 0 for step in row.steps for number in step):
        raise LawError(f"{where}: a chance lies between 0 and 1, and no amount or length is negative. Correct the row.")

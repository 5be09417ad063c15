"""Waiting cases worked off week by week with a fixed number of hours.

Nothing here knows why a case has its depth or its place in the line: that is the policy's (policies.py). Hours of
a week are spent in this order: cases already begun, the reserve for the oldest, the specialists of each depth on
their own cases, the flexible pool on any case. Hours that find no case lapse.
"""

from dataclasses import dataclass

import numpy as np

NEVER = np.iinfo(np.int32).max
LAST = 1e6  # added to a place in the line: behind everybody who can still be in time


@dataclass(frozen=True)
class Work:
    """Cases as one policy handles them, in order of arrival.

    arrived, ready, due (weeks): `due` is the last week in which work must end for a decision within the term, as far
    as the service can know. tail: weeks from the end of work to the decision, as it turns out. depth: 0, 1, 2.
    hours: true work; expected: the work that the service expects (h). is_rerouted: the depth was too light.
    """

    arrived: np.ndarray
    ready: np.ndarray
    due: np.ndarray
    tail: np.ndarray
    depth: np.ndarray
    hours: np.ndarray
    expected: np.ndarray
    is_rerouted: np.ndarray


@dataclass(frozen=True)
class Rules:
    """How a week's hours are spent.

    priority: least slack first, and by state of the stock; False is first in, first out. reserve: share of the hours
    for the oldest, with priority only. flexible: share of the hours that serves any depth; the rest belongs to depths
    by `shares` (sum 1). late_limit: forecast share of late cases above which cases that are late already
    wait, but no longer than `patience_weeks`.
    """

    priority: bool
    shares: tuple[float, ...] = (0.0, 1.0, 0.0)
    flexible: float = 0.2
    reserve: float = 0.1
    late_limit: float = 0.05
    patience_weeks: int = 26


@dataclass(frozen=True)
class Run:
    """What became of the work: `finished` (cases,) is the week in which work ended, NEVER while it has not."""

    finished: np.ndarray
    remaining: np.ndarray  # hours, per case
    worked: np.ndarray  # hours, per week
    hurried: np.ndarray  # per week, whether cases that were late already had to wait


def work_off(work: Work, hours_a_week: float, weeks: int, rules: Rules) -> Run:
    """Spend `hours_a_week` in each of `weeks` weeks. No week spends more; a case may be split over weeks."""
    line = Line(work)
    entry = np.argsort(work.ready, kind="stable")
    starts = np.searchsorted(work.ready[entry], np.arange(weeks), side="right")
    worked, hurried, joined = np.zeros(weeks), np.zeros(weeks, dtype=bool), 0
    for week, until in enumerate(starts):
        line.renew(np.sort(entry[joined:until]))
        joined = until
        worked[week], hurried[week] = _week(line, week, hours_a_week, rules)
    return Run(line.finished, line.all_remaining(), worked, hurried)


class Line:
    """The cases that wait and what remains of their work; kept together, so that a week costs what its line is long."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.finished = np.full(len(work.hours), NEVER)
        self.usual = float(work.hours.mean()) if len(work.hours) else 1.0
        self.case = np.empty(0, dtype=int)
        self.remaining, self.due, self.depth, self.expected, self.begun = self._of(self.case)

    def _of(self, case: np.ndarray) -> tuple[np.ndarray, ...]:
        w = self.work
        return w.hours[case], w.due[case], w.depth[case], w.expected[case], np.zeros(len(case), dtype=bool)

    def renew(self, new: np.ndarray) -> None:
        """Who is done leaves the line, `new` cases join it."""
        kept = self.remaining > 0
        old = (self.remaining, self.due, self.depth, self.expected, self.begun)
        parts = [np.concatenate([a[kept], b]) for a, b in zip(old, self._of(new), strict=True)]
        self.case = np.concatenate([self.case[kept], new])
        self.remaining, self.due, self.depth, self.expected, self.begun = parts

    def all_remaining(self) -> np.ndarray:
        """Hours that remain of every case, also of those that never joined the line."""
        hours = np.where(self.finished == NEVER, self.work.hours, 0.0)
        hours[self.case] = self.remaining
        return hours

    def serve(self, who: np.ndarray, place: np.ndarray, week: int, hours: float) -> float:
        """Work on `who` (positions in the line) in order of `place` until the hours are gone; returns hours left."""
        if hours <= 0 or not len(who):
            return max(hours, 0.0)
        ordered = self._first(who, place[who], hours)
        total = np.cumsum(self.remaining[ordered])
        count = int(np.searchsorted(total, hours, side="right"))
        left, done = hours - (total[count - 1] if count else 0.0), ordered[:count]
        self.remaining[done] = 0.0
        self.begun[done] = False
        self.finished[self.case[done]] = week
        if count == len(ordered):
            return float(left)
        self.remaining[ordered[count]] -= left
        self.begun[ordered[count]] = True
        return 0.0

    def _first(self, who: np.ndarray, place: np.ndarray, hours: float) -> np.ndarray:
        """Those whom the hours can reach, in order: sorting all who wait would take most of the time."""
        few = int(1.5 * hours / self.usual) + 50
        if few < len(who):
            near = np.argpartition(place, few)[:few]
            near = who[near[np.argsort(place[near], kind="stable")]]
            if self.remaining[near].sum() > hours:
                return near
        return who[np.argsort(place, kind="stable")]


def _week(line: Line, week: int, hours: float, rules: Rules) -> tuple[float, bool]:
    """(hours worked, whether cases that were late already had to wait) of one week."""
    age = line.case  # cases stand in order of arrival: a lower number is older
    left = line.serve(np.flatnonzero(line.begun), age, week, hours)
    hurry = rules.priority and forecast_late(line, week, hours) > rules.late_limit
    place = _places(line, week, hurry, rules.patience_weeks) if rules.priority else age
    kept = rules.reserve * left if rules.priority else 0.0
    unspent = line.serve(np.flatnonzero(line.remaining > 0), age, week, kept)
    free = left - kept + unspent
    unspent = 0.0
    depths = [number for number, share in enumerate(rules.shares) if share > 0]
    if len(depths) > 1:
        for number in depths:
            mine = np.flatnonzero((line.depth == number) & (line.remaining > 0))
            own = (1 - rules.flexible) * rules.shares[number] * free
            unspent += line.serve(mine, place, week, own)
        free *= rules.flexible
    unspent += line.serve(np.flatnonzero(line.remaining > 0), place, week, free)
    return hours - unspent, hurry


def _places(line: Line, week: int, hurry: bool, patience: int) -> np.ndarray:
    """Least slack first, ties by arrival; in a hurry who is late already comes last, but for the longest late."""
    slack = line.due + line.case / (len(line.finished) + 1)
    waits = (line.due < week) & (line.due >= week - patience)
    return slack + LAST * waits if hurry else slack


def forecast_late(line: Line, week: int, hours: float) -> float:
    """Share of the waiting cases that could still be in time and would be late, if served by least slack.

    Work that is late already comes first then; a case is late where the work before it, at `hours` a week, takes
    beyond its last week.
    """
    is_open = line.remaining > 0
    slack = line.due - week
    winnable, lost = is_open & (slack >= 0), is_open & (slack < 0)
    if not winnable.any():
        return 0.0
    count = np.bincount(slack[winnable])
    ahead = line.expected[lost].sum() + np.cumsum(np.bincount(slack[winnable], line.expected[winnable]))
    late = ahead > hours * (np.arange(len(count)) + 1)
    return float(count[late].sum() / count.sum())

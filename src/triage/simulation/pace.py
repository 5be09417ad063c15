"""How long made-up cases take: a backlog that capacity follows late gives each lodging week its wait.

The wait is computed from the expected demand of each week, never from the cases drawn, so that P(late | facts)
can be computed and a world of fifty cases has the same queue as one of a hundred thousand.
"""

from datetime import date

import numpy as np

from triage.simulation.settings import Settings

MEMORY_WEEKS = 104  # capacity is set by the demand of these weeks before


def waits_of(demand: np.ndarray, settings: Settings) -> np.ndarray:
    """Days that work lodged in each week waits for a first hour; the same length as `demand`.

    demand: expected hours lodged per week, in any unit. A week's capacity is a share of the mean demand of the two
    years before; what it does not reach stays in the backlog, in hours.
    """
    start = demand[:52].mean()
    before = np.concatenate([np.full(MEMORY_WEEKS, start), demand]).cumsum()
    capacity = settings.capacity_share * (before[MEMORY_WEEKS - 1 : -1] - np.r_[0.0, before[: len(demand) - 1]])
    capacity = capacity / MEMORY_WEEKS
    backlog = np.empty(len(demand))
    left = settings.start_backlog_weeks * start
    for week, hours in enumerate(demand):
        left = max(left + hours - capacity[week], settings.shortest_wait_weeks * capacity[week])
        backlog[week] = left
    return 7.0 * backlog / capacity


def week_of(lodged: np.ndarray, first: date) -> np.ndarray:
    """Index of the week of each lodging date, counted from the world's first day."""
    return (lodged - np.datetime64(first)).astype(int) // 7


def days_to_decision(hours: np.ndarray, log_scale: np.ndarray, random: np.random.Generator, s: Settings) -> np.ndarray:
    """Whole days from lodging to decision in normal handling: longer for heavier work and in a longer queue."""
    work = s.days_slope * (np.log(hours) - s.days_reference)
    return np.ceil(np.exp(log_scale + work + random.normal(0, s.days_noise, len(hours))))


def audit_days(n: int, random: np.random.Generator, settings: Settings) -> np.ndarray:
    """Whole days of cases that are decided with priority: weeks, whatever the work."""
    return np.ceil(settings.audit_days * np.exp(random.normal(0, settings.audit_noise, n)))

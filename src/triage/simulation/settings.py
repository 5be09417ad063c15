"""The made-up world's figures about time, capacity, routes and booking; those about facts stand in recipe.py.

All of them are invented. The defaults are chosen so that the world is about as hard as case work is believed to be:
the best possible score tells heavy from other work with an area under the curve near .80 after identification and
.87 after the registration interview.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Settings:
    """One world's figures; `replace` one of them to ask what depends on it."""

    # Work, in log-hours.
    base_log_hours: float = 2.51
    hardness_effect: float = 0.13  # per unit of hardness, on top of what the facts show of it
    lightest_sd: float = 0.33  # spread of log-hours that no fact explains, for the easiest latent type
    hardest_sd: float = 0.43  # and for the hardest: hard cases differ most among themselves
    trend_per_year: float = 0.03  # slow drift: work grows for every case
    no_documents_per_year: float = 0.02  # and faster for cases without documents
    pact_effect: float = 0.03
    sudden_from: date = date(2025, 3, 1)  # lodging date from which unaccompanied minors take more work at once
    sudden_effect: float = 0.15

    # Lead time: ln days = ln(base + wait of the lodging week) + slope * (log-hours - reference) + noise.
    base_days: float = 45.0
    start_backlog_weeks: float = 24.0
    capacity_share: float = 0.985  # of the demand of the two years before: capacity follows inflow, late and not fully
    shortest_wait_weeks: float = 12.0
    days_slope: float = 0.6  # heavier work stays open longer
    days_reference: float = 2.9
    days_noise: float = 0.45
    audit_share: float = 0.025
    audit_days: float = 35.0  # median of a case that is decided with priority
    audit_noise: float = 0.35

    # An extra interview day: as likely as not at 27 hours, and ever likelier with more work.
    extra_day_middle: float = 3.3  # log-hours
    extra_day_slope: float = 2.2

    # Routes of the past: nearly everybody took one; referral followed interpreters and capacity, hardly work.
    referral_share: float = 0.05
    referral_scarce: float = 0.22  # where interpreters are scarce
    referral_busy: float = 0.04  # added where the wait is above its median: less time per case
    override_share: float = 0.03  # an officer takes the heavy depth on an own view of the case
    override_insight: float = 0.5  # slope of that choice in true log-hours: some insight, no more
    phi_over: float = 0.15  # share of hours lost per step too deep: assumed, nobody measured it
    phi_under: float = 0.25  # and per step too shallow

    # Booking.
    typing_error_share: float = 0.001  # hours typed ten times too high
    booking_factors: Mapping[str, float] = field(  # locations book the same work differently; the factor is reported
        default_factory=lambda: {"terapel": 1.0, "denbosch": 0.96, "zevenaar": 1.0, "schiphol": 1.08, "budel": 1.0}
    )

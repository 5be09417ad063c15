"""The made-up world's recipe: which states each fact takes, how hardness tilts them, and what work they add.

All figures are invented; they describe nobody. Effects are in log-hours and multiples of .005, so that sums of
effects lie on one grid and the optimum (optimum.py) can be computed rather than estimated. Figures about time, routes
and booking stand in settings.py.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

GRID = 0.005  # log-hours; every effect is a multiple of it

#: Hardness of a case that no fact records: nine levels with normal-like weights, in standard deviations.
HARDNESS = np.linspace(-2.0, 2.0, 9)
HARDNESS_WEIGHTS = np.exp(-0.5 * HARDNESS**2) / np.exp(-0.5 * HARDNESS**2).sum()

UNKNOWN, NOT_ASKED = "unknown", None


@dataclass(frozen=True)
class Recipe:
    """One fact: its values with base weight, tilt by hardness, and added log-hours; then its two silent states.

    `unknown` = (share at average hardness, slope of its log-odds in hardness): hard cases miss answers more
    often, and a missing answer is work of its own (`unknown_effect`). `not_asked` is a share before the Pact
    and one under it; being asked says nothing of hardness.
    """

    name: str
    values: tuple[Any, ...]
    weights: tuple[float, ...]
    tilts: tuple[float, ...]
    effects: tuple[float, ...]
    unknown: tuple[float, float] = (0.02, 0.3)
    unknown_effect: float = 0.05
    not_asked: tuple[float, float] = (0.0, 0.0)

    @property
    def states(self) -> tuple[Any, ...]:
        """Values, then unknown, then not asked."""
        return (*self.values, UNKNOWN, NOT_ASKED)

    @property
    def work(self) -> np.ndarray:
        """Added log-hours per state."""
        return np.array([*self.effects, self.unknown_effect, 0.0])

    def chances(self, pact: bool = False) -> np.ndarray:
        """P(state | hardness), shape (hardness levels, states); rows sum to 1."""
        known = np.array(self.weights) * np.exp(np.outer(HARDNESS, self.tilts))
        known /= known.sum(axis=1, keepdims=True)
        share, slope = self.unknown
        unknown = 1 / (1 + np.exp(-(np.log(share / (1 - share)) + slope * HARDNESS)))
        asked = 1 - self.not_asked[pact]
        silent = np.column_stack([asked * unknown, np.full(len(HARDNESS), 1 - asked)])
        return np.hstack([known * (asked * (1 - unknown))[:, None], silent])


def _flag(name: str, share: float, tilt: float, effect: float, **silent: Any) -> Recipe:
    return Recipe(name, (False, True), (1 - share, share), (0.0, tilt), (0.0, effect), **silent)


def _count(name: str, values: range, mean: float, tilt: float, effect: float, **silent: Any) -> Recipe:
    """A count with geometric-like weights around `mean`; tilt and effect grow per unit above the lowest."""
    steps = np.arange(len(values))
    weights = (mean / (1 + mean)) ** steps
    return Recipe(
        name,
        tuple(map(float, values)),
        tuple(weights / weights.sum()),
        tuple(tilt * steps),
        tuple(np.round(effect * steps / GRID) * GRID),
        **silent,
    )


#: Known after identification.
IDENTIFIED = (
    Recipe(
        "documents",
        ("real", "copy", "suspect", "none", "not_checked"),
        (0.38, 0.2, 0.07, 0.27, 0.08),
        (-0.25, 0.0, 0.4, 0.3, 0.1),
        (-0.15, 0.0, 0.35, 0.2, 0.05),
        unknown=(0.05, 0.5),
        unknown_effect=0.1,
    ),
    _flag("identity_doubt", 0.14, 0.5, 0.3, unknown=(0.03, 0.3)),
    _flag("age_dispute", 0.06, 0.3, 0.3, not_asked=(0.2, 0.1)),
    _flag("unaccompanied_minor", 0.11, 0.1, 0.2, unknown=(0.01, 0.1)),
    _count("family_size", range(1, 9), 0.9, 0.0, 0.09, unknown=(0.01, 0.1)),
    _count("route_countries", range(0, 11), 2.5, 0.04, 0.03, unknown=(0.08, 0.4)),
    Recipe(
        "days_since_entry",
        (1.0, 5.0, 15.0, 60.0, 240.0, 900.0),
        (0.3, 0.25, 0.18, 0.13, 0.09, 0.05),
        (-0.1, -0.05, 0.0, 0.1, 0.2, 0.25),
        (0.0, 0.0, 0.05, 0.1, 0.15, 0.25),
        unknown=(0.07, 0.4),
    ),
    _flag("relative_in_procedure", 0.22, -0.2, -0.15, unknown=(0.04, 0.1)),
    Recipe(
        "vulnerability_screening",
        ("none", "some", "serious"),
        (0.7, 0.22, 0.08),
        (0.0, 0.25, 0.5),
        (0.0, 0.15, 0.35),
        not_asked=(0.8, 0.03),
    ),
)

#: Known after the registration interview.
REGISTERED = (
    Recipe(
        "medical_advice",
        ("fit", "limits", "not_fit"),
        (0.76, 0.2, 0.04),
        (0.0, 0.35, 0.5),
        (0.0, 0.15, 0.3),
        unknown=(0.04, 0.3),
        not_asked=(0.1, 0.1),
    ),
    _flag("special_guarantees", 0.12, 0.3, 0.15),
    _flag("changed_statements", 0.15, 0.5, 0.2),
    _count("evidence_items", range(0, 21), 3.5, 0.03, 0.015),
    _count("missing_items", range(0, 9), 1.0, 0.15, 0.04, unknown=(0.03, 0.4)),
    Recipe(
        "schooling_years",
        tuple(map(float, range(0, 19))),
        tuple(1 + 0.25 * np.minimum(np.arange(19), 12)),
        tuple(-0.02 * np.arange(19)),
        tuple(np.round(-0.01 * np.arange(19), 3)),
        unknown=(0.06, 0.2),
        unknown_effect=0.0,
    ),
    Recipe(
        "registration_interview_minutes",
        tuple(map(float, range(20, 185, 5))),
        tuple(np.exp(-0.5 * ((np.arange(20, 185, 5) - 70) / 30) ** 2)),
        tuple(0.012 * (np.arange(20, 185, 5) - 70)),
        tuple(np.round(0.002 * (np.arange(20, 185, 5) - 70), 3)),
        unknown=(0.01, 0.1),
    ),
    _flag("adviser_present", 0.6, -0.1, -0.05, unknown=(0.01, 0.1), not_asked=(0.05, 0.05)),
    Recipe(
        "motive_group",
        ("conflict", "politics", "conversion", "orientation", "military_service", "family_matter", "economic", "other"),
        (0.36, 0.16, 0.06, 0.06, 0.09, 0.1, 0.07, 0.1),
        (-0.2, 0.2, 0.3, 0.25, 0.1, 0.05, -0.2, 0.0),
        (-0.1, 0.1, 0.25, 0.2, 0.05, 0.05, -0.1, 0.0),
        unknown=(0.02, 0.3),
        not_asked=(0.04, 0.04),
    ),
)

#: Pairs that cost more together than apart: (fact, states, fact, states, added log-hours).
PAIRS_IDENTIFIED = (
    ("documents", ("suspect", "none"), "identity_doubt", (True,), 0.15),
    ("unaccompanied_minor", (True,), "age_dispute", (True,), 0.2),
)
PAIR_REGISTERED = ("medical_advice", ("limits", "not_fit"), "special_guarantees", (True,), 0.15)
PAIR_ACROSS = ("documents", ("suspect", "none"), "changed_statements", (True,), 0.15)

ORIGINS = ("SYR", "ERI", "YEM", "TUR", "IRN", "IRQ", "SOM", "AFG", "DZA", "MAR", "GEO", "NGA", "XXX")
ORIGIN_WEIGHTS = np.array([0.3, 0.1, 0.08, 0.1, 0.05, 0.06, 0.06, 0.05, 0.04, 0.04, 0.04, 0.03, 0.05])
#: Multiplies an origin's weight for cases without documents: nationality follows the facts, never the work.
ORIGIN_WITHOUT_DOCUMENTS = np.array([0.6, 2.5, 0.7, 0.4, 0.8, 0.9, 2.6, 1.6, 1.5, 1.3, 0.5, 1.2, 2.0])
LANGUAGES = dict(
    zip(
        ORIGINS,
        ("ara", "tir", "ara", "tur", "fas", "ara", "som", "prs", "ara", "ara", "kat", "eng", "ara"),
        strict=True,
    )
)
SAFE_ORIGINS = ("DZA", "MAR", "GEO")
DUBLIN_ORIGINS = ("DZA", "MAR", "NGA", "TUR", "SOM")
LOCATIONS = ("terapel", "denbosch", "zevenaar", "schiphol", "budel")
SCARCE_LANGUAGES = ("tir", "som", "kat")  # interpreters are hard to find: a reason for referral, not for work

#: Log-odds of the made-up outcome that only the stand-in test reads. Invented, and far from any real share.
GRANTED_BY_ORIGIN: dict[str, float] = dict(
    zip(ORIGINS, (0.6, 0.5, 0.4, 0.2, 0.2, -0.2, 0.1, 0.2, -0.8, -0.8, -0.9, -0.6, -0.1), strict=True)
)
GRANTED_BY_MOTIVE = {"conflict": 0.3, "politics": 0.2, "conversion": -0.2, "orientation": 0.2, "economic": -0.9}
GRANTED_BY_WORK = -0.15

"""Learn the work of a case: split by time, measure, fit again on the newest window, write, log, and propose."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from triage.adapters.bundles import read_bundle, write_bundle
from triage.adapters.contracts import contract
from triage.adapters.registry import LoggedRun, Registry, RunRecord
from triage.adapters.store import Store
from triage.domain.case import Depth, Moment
from triage.domain.errors import BundleError, LearningError
from triage.domain.facts import Register
from triage.domain.records import Champion, Progress, silent
from triage.routing.card import calibration_plot, card, figures, report
from triage.routing.complexity import ComplexityModel
from triage.routing.learning import Learned, learn
from triage.routing.measures import Measured
from triage.routing.served import served_columns
from triage.routing.suggest import Policy, expected_hours, price_for_cap

NAME = "complexity"
SERVED_CODE = Path(__file__).with_name("served_copy.py")
RECENT = 3_000  # latest lodgings on which the price of the heavy route is set


@dataclass(frozen=True)
class LearnedComplexity:
    """What learning gave: the version, its measures, the folder of its bundle, and whether it became champion."""

    version: str
    metrics: Mapping[str, float]
    text: str
    folder: Path
    flags: tuple[str, ...]
    failed: tuple[str, ...]  # gates that did not hold
    promoted: bool = False
    run_id: str = ""
    registered_version: str | None = None
    model_uri: str | None = None
    measured: tuple[Measured, ...] = field(default=(), repr=False)

    @property
    def headline(self) -> str:
        """One line for a list of steps."""
        said = ", ".join(f"{m.moment} {m.log_loss:.3f} (prior {m.log_loss_prior:.3f})" for m in self.measured)
        return f"{self.version}: log-loss {said}; {'champion' if self.promoted else 'challenger'}"

    def summary(self) -> dict[str, Any]:
        """For machines."""
        return {
            "version": self.version,
            "bundle": str(self.folder),
            "promoted": self.promoted,
            "gates_failed": list(self.failed),
            "flags": list(self.flags),
            "run_id": self.run_id,
            "metrics": dict(self.metrics),
        }


def learn_complexity(
    cases: pd.DataFrame,
    register: Register,
    snapshot: date,
    out: Path | None,
    registry: Registry | None = None,
    store: Store | None = None,
    home: Path | None = None,
    promote: bool = False,
    margin_hours: float = 0.5,
    heavy_cap_share: float = 0.25,
    truth: pd.DataFrame | None = None,
    progress: Progress = silent,
) -> LearnedComplexity:
    """Learn from what was known on `snapshot`, and write a bundle in `out` or under `home`.

    With `registry` the run is logged (measures and digests, no rows of cases) and registered as challenger. With
    `promote`, `store` and `home` it becomes champion where none stands and it beats the prior, or where every
    gate of models/complexity.toml holds.

    Raises LearningError with too few labels or one class only; ForbiddenFeatureError for a forbidden fact;
    ConflictError where somebody promoted in the meantime. Nothing is written before all is learned.
    """
    if out is None and home is None:
        raise LearningError("There is no place for the bundle. Give out, or home.")
    learned = learn(cases, register, snapshot, truth, progress)
    policy = _policy(learned, register, margin_hours, heavy_cap_share)
    champion = store.champion(NAME) if store else None
    failed = _failed_gates(learned, _skill_of(champion, home))
    kept = home / "bundles" / learned.model.version if home else None
    files = _files(learned, register, policy)
    folder = out or kept
    assert folder is not None  # noqa: S101 - one of the two was given
    for place in {p for p in (out, kept) if p is not None}:
        digest = write_bundle(place, files)
    result = LearnedComplexity(
        version=learned.model.version,
        metrics=figures(learned),
        text=report(learned),
        folder=folder,
        flags=learned.flags,
        failed=failed,
        measured=learned.backtest.measured,
    )
    progress("record", 0, 1)
    return result

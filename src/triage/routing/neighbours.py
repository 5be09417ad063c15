"""The five closed cases that the model treats most alike, by their hours only.

Two cases are near where they end in the same leaf of many trees. The index holds no id, date, fact or outcome: per
case some leaves and its booked hours, and of the hours only a figure that ten cases or more share. So what is shown
cannot be traced to a case, and five figures say how far the hours of cases like this one lie apart. Leaves follow from
facts: the index stands beside the bundle, never in it, and does not leave the service.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from triage.domain.case import Intake, Moment
from triage.domain.errors import BundleError
from triage.routing.features import FeatureMap

NEIGHBOURS_FILE = "neighbours.json"
SHOWN = 5
SHARED_BY = 10  # cases or more have the same figure
FEWEST, MOST = 50, 2_000  # cases in the index
#: Trees in the index, at most some twice as many: with 75 of 600 trees the nearest cases tell as much of the hours.
TREES = 64
ORDER_SEED = 7  # of the order of the rows: of equally near cases none may come first because of its hours


class LeafModel(Protocol):
    """What an index asks of a model; ComplexityModel is one."""

    @property
    def features(self) -> FeatureMap: ...

    def leaves(self, rows: np.ndarray) -> np.ndarray:
        """Leaf of each vector in each tree, shape (rows, trees), as bytes."""
        ...


@dataclass(frozen=True)
class Neighbours:
    """Hours per closed case, shared by ten cases or more, and its leaves as known at each moment.

    Of the trees only each `every`-th is kept: no more of a case than it takes to find those like it.
    """

    hours: np.ndarray  # (cases,) whole hours
    leaves: Mapping[Moment, np.ndarray]  # (cases, trees) bytes
    every: int = 1

    @classmethod
    def of(cls, model: LeafModel, closed: pd.DataFrame) -> "Neighbours | None":
        """The index of the latest of these closed cases; None where they are fewer than fifty.

        Parameters
        ----------
        closed : table CASES with `label_hours` (h), of mature cohorts: the latest closed of a young one are the easy
            ones.
        """
        if len(closed) < FEWEST:
            return None
        latest = closed.sort_values("lodged_on", kind="stable").tail(MOST)
        order = np.random.default_rng(ORDER_SEED).permutation(len(latest))
        moments = list(Moment) if model.features.later & set(latest.columns) else [Moment.IDENTIFIED]
        leaves = {moment: model.leaves(model.features.matrix(latest, moment))[order] for moment in moments}
        every = max(1, leaves[Moment.IDENTIFIED].shape[1] // TREES)
        kept = {moment: leaf[:, ::every] for moment, leaf in leaves.items()}
        return cls(shared_hours(latest["label_hours"].to_numpy())[order], kept, every)

    def nearest(self, intake: Intake, model: LeafModel) -> tuple[int, ...]:
        """Booked hours of the five nearest closed cases, lowest first."""
        leaves = self.leaves.get(intake.moment, self.leaves[Moment.IDENTIFIED])
        own = model.leaves(model.features.vector(intake)[None])[:, :: self.every]
        alike = (leaves == own).sum(axis=1)
        return tuple(sorted(self.hours[np.argsort(-alike, kind="stable")[:SHOWN]].tolist()))

    def to_text(self) -> str:
        """As JSON; the leaves as packed bytes."""
        packed = {
            str(moment): {"trees": leaf.shape[1], "bytes": base64.b64encode(zlib.compress(leaf.tobytes())).decode()}
            for moment, leaf in self.leaves.items()
        }
        return json.dumps({"hours": self.hours.tolist(), "every": self.every, "leaves": packed})

    @classmethod
    def of_text(cls, text: str) -> "Neighbours":
        """From JSON. Raises BundleError where it is torn."""
        try:
            plain = json.loads(text)
            hours = np.array(plain["hours"], dtype=int)
            leaves = {Moment(m): _unpacked(packed, len(hours)) for m, packed in plain["leaves"].items()}
            every = max(1, int(plain["every"]))
        except (ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
            raise BundleError("neighbours.json does not have the expected shape. Learn the model again.") from error
        return cls(hours, leaves, every)


def _unpacked(packed: Mapping[str, object], cases: int) -> np.ndarray:
    """Leaves from packed bytes; never more than the cases and trees that the file says."""
    trees = int(str(packed["trees"]))
    content = zlib.decompressobj().decompress(base64.b64decode(str(packed["bytes"])), max(1, cases * trees))
    return np.frombuffer(content, dtype=np.uint8).reshape(cases, trees)


def shared_hours(hours: np.ndarray) -> np.ndarray:
    """Whole hours such that every figure is shared by ten cases or more: the median of each ten in order of hours."""
    order = np.argsort(hours, kind="stable")
    groups = np.array_split(order, max(1, len(hours) // SHARED_BY))
    shared = np.empty(len(hours), dtype=int)
    for group in groups:
        shared[group] = round(float(np.median(hours[group])))
    return shared

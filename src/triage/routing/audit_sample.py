"""A random sample of intakes beside the model, drawn by a secret key, that neither officer nor planner can see.

Of the sample half is advised as any other case, and half without advice. It serves calibration, fairness, research on
overrides and the test of a champion: the only cases of which nobody chose whether they were advised.

A case whose advice is hidden looks like one that has none. So that such a look gives nobody away, some cases outside
the sample get it too: of those, as many again as the sample is large, that the product was not sure about, so that
nothing is lost that would have been advised.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from triage.domain.case import Depth, Outcome, Suggestion
from triage.domain.records import Arm, Drawn
from triage.routing.suggest import NO_ADVICE

PURPOSE = b"triage audit sample 1\0"
KEY_PURPOSE = b"triage audit key id\0"


@dataclass(frozen=True)
class AuditSample:
    """Which cases are in the sample. The case id and the key decide alone: no fact, no moment and no officer.

    `share` is the share of intakes in the sample, 0 to 0.5; half of it is hidden.
    """

    key: bytes = field(repr=False)
    share: float

    def arm(self, case_id: str) -> Arm:
        """The arm of a case, the same at both moments of intake and after every change of facts."""
        place = self._place(case_id)
        if place < self.share / 2:
            return Arm.HIDDEN
        return Arm.SHOWN if place < self.share else Arm.NONE

    def covers(self, case_id: str) -> bool:
        """Whether a case outside the sample may look as if its advice were hidden."""
        return self.share <= self._place(case_id) < 2 * self.share

    @property
    def key_id(self) -> str:
        """Says which key drew, and nothing of the key."""
        return hmac.new(self.key, KEY_PURPOSE, hashlib.sha256).hexdigest()[:16]

    def _place(self, case_id: str) -> float:
        """A number in [0, 1), even over cases, that nobody without the key can know: HMAC-SHA-256."""
        digest = hmac.new(self.key, PURPOSE + case_id.encode(), hashlib.sha256).digest()
        return int.from_bytes(digest[:8], "big") / 2**64


def drawn(made: Suggestion, depths: Mapping[Depth, str], sample: AuditSample | None) -> tuple[Suggestion, Drawn]:
    """The suggestion as the officer sees it, and what is logged beside it.

    The law is never hidden: what a rule decides is shown in every arm. `depths` are the route ids that the law leaves
    open per depth. Without a sample everything is shown, in no arm.
    """
    if sample is None:
        return made, Drawn()
    arm = sample.arm(made.case_id)
    hides = arm is Arm.HIDDEN or (made.outcome is Outcome.NOT_SURE and sample.covers(made.case_id))
    if made.prediction is None or not hides:  # without a prediction there is no advice to hide
        return made, Drawn(arm, sample.share, sample.key_id)
    return without_advice(made, depths[Depth.STANDARD]), Drawn(arm, sample.share, sample.key_id, made)


def without_advice(made: Suggestion, standard_route: str) -> Suggestion:
    """A suggestion with all that the law says, and nothing that the model says. Equal facts give equal answers."""
    return replace(
        made,
        outcome=Outcome.NOT_SURE,
        route=standard_route,
        depth=Depth.STANDARD,
        alternatives=(),
        margin_hours=None,
        saved_at_phi_0=None,
        prices=(),
        prediction=None,
        p_late=None,
        reason_codes=(NO_ADVICE,),
        reasons=(),
        model_version=None,
    )

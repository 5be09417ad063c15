"""Who may see which fact, read off its audience in the facts register: the same for pages, API and command line.

No door knows yet whether somebody routes or decides, so each shows only what both kinds of officer may see. That
keeps the motive, which serves the division of work only, from who decides (Vb 2000 art. 3.108d(5)).
"""

from collections.abc import Iterable

from triage.domain.case import Reason
from triage.domain.facts import DECIDING, ROUTING, Register

_ALL = Register.load()
#: Facts that no door shows.
HIDDEN = frozenset(_ALL.facts) - {fact.name for fact in _ALL.visible_to(ROUTING, DECIDING)}
#: Of these the motive: what only the routing officer may see.
MOTIVES = HIDDEN & {fact.name for fact in _ALL.visible_to(ROUTING)}


def shown_reasons(reasons: Iterable[Reason]) -> list[Reason]:
    """The reasons without those that rest on a hidden fact."""
    return [reason for reason in reasons if reason.fact not in HIDDEN]

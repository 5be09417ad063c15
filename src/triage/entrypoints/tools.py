"""Opens store, register, law book and champion: the only wiring."""

from dataclasses import dataclass, field
from datetime import date

from triage.adapters.settings import Settings
from triage.adapters.store import Store
from triage.domain.calendar import Clock, local_date, utc_now
from triage.domain.facts import Register
from triage.jobs.open_beside import open_beside
from triage.jobs.open_model import ComplexityModel, Neighbours, Policy, open_champion
from triage.jobs.show_dossier import ChaseRules
from triage.jobs.suggest_route import BesideModel
from triage.law.book import LawBook


@dataclass(frozen=True)
class Tools:
    """What the doors hand to the jobs. Without a champion there is no model, and the rules still speak."""

    settings: Settings
    store: Store
    law: LawBook
    register: Register
    complexity: ComplexityModel | None
    policy: Policy | None
    neighbours: Neighbours | None = None
    clock: Clock = utc_now
    beside: BesideModel = field(default_factory=BesideModel)

    @property
    def today(self) -> date:
        """The local date: days left are counted from it."""
        return local_date(self.clock())


def chase_rules(settings: Settings) -> ChaseRules:
    """What the order of chasing rests on."""
    return ChaseRules(settings.cancelled_interview_hours, settings.days_to_interview)


def open_tools(settings: Settings) -> Tools:
    """Open all of it.

    Raises StoreError or BundleError where the store or the champion's bundle does not open, SettingsError for a key of
    the audit sample that cannot be used.
    """
    store = Store.open(settings.store_url)
    model, policy, neighbours = open_champion(store, settings.folder) or (None, None, None)
    beside = open_beside(settings, model, policy)
    return Tools(settings, store, LawBook.load(), Register.load(), model, policy, neighbours, beside=beside)

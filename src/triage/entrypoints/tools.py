"""Opens store, register, law book and champion: the only wiring."""

from dataclasses import dataclass
from datetime import date

from triage.adapters.settings import Settings
from triage.adapters.store import Store
from triage.domain.calendar import Clock, local_date, utc_now
from triage.domain.facts import Register
from triage.jobs.open_model import ComplexityModel, Policy, open_model
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
    clock: Clock = utc_now

    @property
    def today(self) -> date:
        """The local date: days left are counted from it."""
        return local_date(self.clock())


def open_tools(settings: Settings) -> Tools:
    """Open all of it. Raises StoreError or BundleError where the store or the champion's bundle does not open."""
    store = Store.open(settings.store_url)
    opened = open_model(store, settings.folder)
    model, policy = opened or (None, None)
    return Tools(settings, store, LawBook.load(), Register.load(), model, policy)

"""Open what stands beside the model: the key of the audit sample, and how long the model may advise."""

from dataclasses import asdict
from datetime import date, timedelta

from triage.adapters.audit_key import audit_key
from triage.adapters.contracts import contract
from triage.adapters.settings import Settings
from triage.jobs.open_model import NAME
from triage.jobs.suggest_route import BesideModel
from triage.routing.audit_sample import AuditSample
from triage.routing.complexity import ComplexityModel
from triage.routing.policy import Policy


def open_beside(settings: Settings, model: ComplexityModel | None, policy: Policy | None) -> BesideModel:
    """The audit sample of these settings, and the last day of the champion.

    A champion's age counts from the snapshot that it was learned on. Its policy holds while it was made with the
    figures of the contract of today, models/complexity.toml. Raises SettingsError for a key that cannot be used.
    """
    sample = AuditSample(audit_key(settings), settings.audit_share) if settings.audit_share > 0 else None
    if model is None:
        return BesideModel(sample)
    last_day = date.fromisoformat(model.about.learned_on) + timedelta(days=settings.model_max_age_days)
    return BesideModel(sample, last_day, policy is None or has_policy_in_force(policy))


def has_policy_in_force(policy: Policy) -> bool:
    """Whether a policy was made with the figures that the contract gives now."""
    return contract(NAME)["policy"].items() <= asdict(policy).items()

"""Make a learned version the champion: compare and swap in our store, then mirror it in MLflow."""

from pathlib import Path

from triage.adapters.bundles import read_bundle
from triage.adapters.registry import Registry
from triage.adapters.store import Store
from triage.domain.errors import NotFoundError, NothingToDoError
from triage.domain.records import Champion


def promote_version(name: str, version: str, store: Store, registry: Registry, home: Path) -> Champion:
    """Make `version` of `name` the champion.

    Raises NotFoundError where MLflow knows no such version, BundleError where its files are torn,
    ConflictError where somebody promoted in the meantime, NothingToDoError where it is champion already.
    """
    standing = store.champion(name)
    if standing and standing.version == version:
        raise NothingToDoError(f"{name} {version} is champion already.")
    row = next((r for r in registry.history(name) if version in (r["version"], r.get("tags", {}).get("version"))), None)
    if row is None:
        raise NotFoundError(f"{name} has no version of that name. See triage models.")
    tags = row.get("tags", {})
    location = tags.get("location", "")
    if not location:
        raise NotFoundError(f"{name}: that version says no folder for its bundle. Learn it again.")
    read_bundle(home / location)
    champion = store.promote(
        name, tags.get("version", version), location, row["run_id"], standing.sequence if standing else 0
    )
    registry.alias(name, row["version"], "champion")
    return champion

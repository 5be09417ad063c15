"""Open the complexity model in use: its bundle is checked before a byte of it is parsed."""

import json
from collections.abc import Mapping
from pathlib import Path

from triage.adapters.bundles import read_bundle
from triage.adapters.store import Store
from triage.domain.errors import BundleError, FactError
from triage.domain.facts import Register
from triage.routing.complexity import ComplexityModel
from triage.routing.neighbours import NEIGHBOURS_FILE, Neighbours
from triage.routing.policy import Policy

NAME = "complexity"
POLICY_FILE = "policy.json"
REGISTER_FILE = "register.json"


def open_bundle(files: Mapping[str, str]) -> tuple[ComplexityModel, Policy]:
    """The model and the policy of a bundle's files. Raises BundleError where one is missing or torn."""
    try:
        policy = Policy.of_dict(json.loads(files[POLICY_FILE]))
    except (KeyError, ValueError) as error:
        raise BundleError(f"The bundle has no readable {POLICY_FILE}. Learn the model again.") from error
    return ComplexityModel.of_files(files), policy


def open_neighbours(files: Mapping[str, str]) -> Neighbours | None:
    """The index of closed cases of a bundle's files; None where it was learned from too few. Raises BundleError."""
    text = files.get(NEIGHBOURS_FILE)
    return Neighbours.of_text(text) if text else None


def check_register(files: Mapping[str, str], register: Register) -> None:
    """Raise FactError where a bundle was learned with another facts register than the one at hand."""
    try:
        learned_with = json.loads(files[REGISTER_FILE])["sha256"]
    except (KeyError, ValueError, TypeError) as error:
        raise BundleError(f"The bundle has no readable {REGISTER_FILE}. Learn the model again.") from error
    if learned_with != register.digest:
        raise FactError(
            "This model was learned with another facts register. Give the one it was learned with as --register FILE, "
            "or learn a model with this one."
        )


def open_champion(store: Store, folder: Path) -> tuple[ComplexityModel, Policy, Neighbours | None] | None:
    """The champion of the store with its policy and its index of closed cases; None where there is no champion.

    Raises BundleError where the bundle does not match its manifest: no model is then better than another one.
    """
    champion = store.champion(NAME)
    if champion is None:
        return None
    place = folder / champion.location
    index = index_beside(place)
    return *open_bundle(read_bundle(place)), open_neighbours(read_bundle(index)) if index.is_dir() else None


def index_beside(bundle: Path) -> Path:
    """Folder of the index of closed cases: beside the bundle in home, for a bundle travels and holds no single case."""
    return bundle.with_name(f"{bundle.name}-neighbours")


def open_model(store: Store, folder: Path) -> tuple[ComplexityModel, Policy] | None:
    """As `open_champion`, without the index."""
    opened = open_champion(store, folder)
    return opened[:2] if opened else None

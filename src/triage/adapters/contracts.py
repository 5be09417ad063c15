"""What each tracked model promises: models/<name>.toml, read from the checkout or from the installed package."""

import re
import tomllib
from pathlib import Path
from typing import Any

from triage.domain.errors import NotFoundError, SettingsError

PACKAGE = Path(__file__).parents[1]
#: A wheel carries the contracts inside the package; a checkout has them at its root.
PLACES = (PACKAGE / "contracts", PACKAGE.parents[1] / "models")


def contract(name: str) -> dict[str, Any]:
    """The contract of a model (target, facts, gate, limits) as parsed TOML.

    Raises NotFoundError where no contract has that name, SettingsError where it is not TOML.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,40}", name):
        raise NotFoundError("A contract's name has small letters, digits, - and _ only, such as complexity.")
    path = next((p / f"{name}.toml" for p in PLACES if (p / f"{name}.toml").is_file()), None)
    if path is None:
        raise NotFoundError(f"No contract is named {name}. Contracts are models/NAME.toml, such as complexity.")
    try:
        return tomllib.loads(path.read_text(encoding="utf8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"Contract {path.name} cannot be read as TOML: {error}.") from error

"""The key that draws the audit sample: from the environment, else made once in home. Never in the store or a log."""

import os
import stat
from pathlib import Path
from secrets import token_hex

from triage.adapters.settings import Settings
from triage.domain.errors import SettingsError

NAME = "audit.key"
SHORTEST = 32  # signs; a shorter key could be guessed, and the sample with it


def audit_key(settings: Settings) -> bytes:
    """The key of TRIAGE_AUDIT_KEY, else that of home/audit.key, which is made where it is missing (mode 0600).

    Raises SettingsError for a short key, or a file that others may read.
    """
    if settings.audit_key:
        return _checked(settings.audit_key, "TRIAGE_AUDIT_KEY")
    path = settings.folder / NAME
    if not path.exists():
        _make(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SettingsError(
            f"{path} can be read by others, so that they could tell who is in the audit sample. Run chmod 600 on it."
        )
    return _checked(path.read_text(encoding="ascii", errors="replace").strip(), str(path))


def _checked(key: str, where: str) -> bytes:
    if len(key) < SHORTEST:
        raise SettingsError(f"{where}: the key of the audit sample is too short. Give {SHORTEST} signs or more.")
    return key.encode()


def _make(path: Path) -> None:
    """Write a new key whole, or leave the one that another process made in the meantime."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{NAME}.{token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # unlike a rename it never overwrites
    except FileExistsError:
        return
    finally:
        draft.unlink()

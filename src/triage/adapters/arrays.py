"""Named arrays in one file, for what a broken run leaves behind: a file stands whole, or counts as absent."""

import os
import time
import uuid
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np


def write_arrays(arrays: Mapping[str, np.ndarray], path: Path) -> None:
    """Write arrays (numbers only) as .npz under `path`, by renaming a finished draft: never half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{uuid.uuid4().hex}.draft")
    try:
        with draft.open("wb") as file:
            np.savez(file, allow_pickle=False, **{name: np.asarray(array) for name, array in arrays.items()})
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """What `write_arrays` wrote; None where nothing stands or a byte of it is not as it was written (checksums)."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
        return None


def sweep_drafts(folder: Path, older_than_seconds: float = 3600) -> None:
    """Remove drafts that a killed run left in `folder`; those of a run that is still going on are younger."""
    for draft in folder.glob(".*.draft"):
        if time.time() - draft.stat().st_mtime > older_than_seconds:
            draft.unlink(missing_ok=True)

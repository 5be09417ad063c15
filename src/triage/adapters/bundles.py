"""Model bundles: text files with a manifest of their digests, checked before any parser sees a byte.

A parser of model files may crash the process on torn input (LightGBM's does), or silently read other
numbers. So nothing leaves `read_bundle` unless size and SHA-256 of every file are as the manifest says.
"""

import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from triage.domain.errors import BundleError

MANIFEST = "manifest.json"
FORMAT = "triage-bundle-1"
MAX_FILE_BYTES = 64 * 2**20
MAX_MANIFEST_BYTES = 2**20
MAX_FILES = 64
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def write_bundle(folder: Path, files: Mapping[str, str]) -> str:
    """Write `files` (name -> text) as a bundle in `folder`; the digest of the whole bundle.

    A new folder appears whole or not at all: written under another name, flushed to disk, renamed. In a
    folder that exists the manifest is replaced last, so that a reader refuses a half-written state.
    Raises BundleError for a name or size that no reader would take.
    """
    contents = {name: text.encode("utf8") for name, text in files.items()}
    manifest = _manifest(contents)
    contents[MANIFEST] = manifest
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists() and any(folder.iterdir()):
        _replace(folder, contents)
    else:
        _write_new(folder, contents)
    _flush_folder(folder.parent)
    return hashlib.sha256(manifest).hexdigest()


def read_bundle(folder: Path) -> dict[str, str]:
    """The files of a bundle (name -> text), the manifest left out. Other files in the folder are not looked at.

    Raises BundleError where the folder is no bundle, or any size or digest differs.
    """
    listed = _listed(folder)
    return {name: _verified(folder, name, row) for name, row in listed.items()}


def bundle_digest(folder: Path) -> str:
    """Digest of a bundle as `write_bundle` returned it: SHA-256 of its manifest. Raises BundleError."""
    return hashlib.sha256(_bytes(folder / MANIFEST, MAX_MANIFEST_BYTES)).hexdigest()


def _manifest(contents: Mapping[str, bytes]) -> bytes:
    if not 0 < len(contents) <= MAX_FILES:
        raise BundleError(f"A bundle holds 1 to {MAX_FILES} files; this one would hold {len(contents)}.")
    for name, content in contents.items():
        if not _NAME.fullmatch(name) or name == MANIFEST:
            raise BundleError("A bundle file has a name that is not allowed. Use letters, digits and . _ - only.")
        if len(content) > MAX_FILE_BYTES:
            raise BundleError(f"Bundle file {name} is larger than {MAX_FILE_BYTES} bytes. Make the model smaller.")
    rows = {n: {"sha256": hashlib.sha256(c).hexdigest(), "bytes": len(c)} for n, c in sorted(contents.items())}
    return (json.dumps({"format": FORMAT, "files": rows}, indent=1, sort_keys=True) + "\n").encode("utf8")


def _write_new(folder: Path, contents: Mapping[str, bytes]) -> None:
    draft = folder.parent / f".{folder.name}.{uuid.uuid4().hex}.draft"
    draft.mkdir()
    try:
        for name, content in contents.items():
            _write_flushed(draft / name, content)
        _flush_folder(draft)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # gone already when all went well


def _replace(folder: Path, contents: Mapping[str, bytes]) -> None:
    before = set(_listed(folder)) if (folder / MANIFEST).exists() else set()
    for name, content in contents.items():  # the manifest stands last in `contents`
        draft = folder / f".{name}.{uuid.uuid4().hex}.draft"
        _write_flushed(draft, content)
        draft.replace(folder / name)
    for name in before - set(contents):
        (folder / name).unlink(missing_ok=True)
    _flush_folder(folder)


def _write_flushed(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _listed(folder: Path) -> dict[str, dict[str, Any]]:
    raw = _bytes(folder / MANIFEST, MAX_MANIFEST_BYTES)
    try:
        manifest = json.loads(raw)
        rows = {
            str(name): {"sha256": str(r["sha256"]), "bytes": int(r["bytes"])} for name, r in manifest["files"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BundleError(f"Bundle {folder.name}: {MANIFEST} cannot be read. Learn the model again.") from error
    if manifest.get("format") != FORMAT or not 0 < len(rows) <= MAX_FILES:
        raise BundleError(f"Bundle {folder.name}: expected format {FORMAT}. Learn the model again.")
    if not all(_NAME.fullmatch(name) for name in rows):
        raise BundleError(f"Bundle {folder.name}: {MANIFEST} names a file outside the bundle. Do not use this bundle.")
    return rows


def _verified(folder: Path, name: str, row: Mapping[str, Any]) -> str:
    content = _bytes(folder / name, MAX_FILE_BYTES)
    if len(content) != row["bytes"] or hashlib.sha256(content).hexdigest() != row["sha256"]:
        raise BundleError(
            f"Bundle {folder.name}: {name} differs from its manifest. Put the bundle back from a copy, or learn again."
        )
    return content.decode("utf8")


def _bytes(path: Path, limit: int) -> bytes:
    """Content of a plain file of at most `limit` bytes."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > limit:
            raise BundleError(
                f"Bundle {path.parent.name}: {path.name} is missing, no plain file or larger than {limit} bytes. "
                f"Give a folder that triage learn wrote."
            )
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"Bundle {path.parent.name}: {path.name} cannot be read ({error.strerror}).") from error

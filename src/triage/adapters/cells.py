"""Cells of frames: mixed columns to Parquet and back without loss, and text for people.

A fact column of CASES holds True, 2.0, a date, "unknown" and None beside each other; Parquet wants one type
per column. Inside the store such a column travels as JSON texts, marked in the file's own metadata. In an
exported file it becomes plain text that `read_cases` reads back.
"""

import hashlib
import json
import math
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pandas as pd
import pyarrow as arrow
from pyarrow import parquet

from triage.domain.errors import StoreError, TableError
from triage.domain.tables import TABLES

_MIXED = b"triage_mixed_columns"


def to_parquet(frame: pd.DataFrame) -> bytes:
    """A frame as Parquet; `of_parquet` gives it back with the same values and types. The same frame, the same bytes."""
    plain = frame.reset_index(drop=True)
    mixed = [str(name) for name in plain.columns if plain[name].dtype == object]
    for name in mixed:
        plain[name] = pd.array(_each(plain[name], _to_json), dtype="string")
    table = arrow.Table.from_pandas(plain, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), _MIXED: json.dumps(mixed).encode()})
    buffer = BytesIO()
    parquet.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def of_parquet(payload: bytes) -> pd.DataFrame:
    """The frame that `to_parquet` was given."""
    table = parquet.read_table(arrow.BufferReader(payload))
    mixed = json.loads((table.schema.metadata or {}).get(_MIXED, b"[]"))
    frame = table.to_pandas()
    for name in mixed:
        frame[name] = pd.Series(_each(frame[name], _of_json), index=frame.index, dtype=object)
    return frame


def plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy whose mixed columns and dates are text as in files: true, false, 2.0, 2026-11-24, unknown, or empty."""
    plain = frame.reset_index(drop=True)
    for name in plain.columns:
        column = plain[name]
        if column.dtype == object or str(column.dtype).startswith(("boolean", "datetime64")):
            plain[name] = pd.Series(_each(column.astype(object), cell_text), index=plain.index, dtype=object)
    return plain


def cell_text(value: Any) -> str | None:
    """One cell as text in a file; None for an empty cell."""
    if is_empty(value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def is_empty(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT, NA, or a text of blanks."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    return not value.strip() if isinstance(value, str) else isinstance(value, float) and math.isnan(value)


def _each(column: Any, change: Callable[[Any], Any]) -> list[Any]:
    """`change` of every cell, computed once per distinct value (by type too: True is not 1)."""
    known: dict[tuple[type, Any], Any] = {}
    changed = []
    for value in column.tolist():
        key = (type(value), value)
        if key not in known:
            known[key] = change(value)
        changed.append(known[key])
    return changed


def _to_json(value: Any) -> str | None:
    value = value.item() if hasattr(value, "item") else value
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, datetime):
        return json.dumps({"at": value.isoformat()})
    if isinstance(value, date):
        return json.dumps({"on": value.isoformat()})
    if not isinstance(value, (bool, int, float, str)):
        raise TableError(
            f"A cell of type {type(value).__name__} cannot be kept. Use true/false, numbers, text or dates."
        )
    return json.dumps(value)


def _of_json(text: Any) -> Any:
    if not isinstance(text, str):
        return None
    value = json.loads(text)
    if not isinstance(value, dict):
        return value
    return datetime.fromisoformat(value["at"]) if "at" in value else date.fromisoformat(value["on"])


def payload_of(table_name: str, frame: pd.DataFrame) -> tuple[pd.DataFrame, bytes]:
    """The frame as its table declares it, and as bytes. Raises StoreError for a table that is not declared."""
    table = TABLES.get(table_name)
    if table is None:
        raise StoreError(f"No table of that name is declared. Declared are {', '.join(TABLES)}.")
    checked = table.check(frame)
    return checked, to_parquet(checked)


def digest_of(payload: bytes) -> str:
    """SHA-256 of a published table's bytes."""
    return hashlib.sha256(payload).hexdigest()

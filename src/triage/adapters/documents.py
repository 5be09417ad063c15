"""Intakes, suggestions and decisions as JSON documents, and back without loss."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from triage.domain.case import Decision, FactValue, Suggestion
from triage.domain.errors import StoreError

_SUGGESTION = TypeAdapter(Suggestion)
_DECISION = TypeAdapter(Decision)


def suggestion_document(suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion as JSON values; NaN and infinity are refused with StoreError."""
    return _finite(_SUGGESTION.dump_python(suggestion, mode="json"))


def suggestion_of(document: Any) -> Suggestion:
    """The suggestion of a document."""
    return _SUGGESTION.validate_python(document)


def decision_document(decision: Decision) -> dict[str, Any]:
    """A decision as JSON values."""
    return _DECISION.dump_python(decision, mode="json")


def decision_of(document: Any) -> Decision:
    """The decision of a document."""
    return _DECISION.validate_python(document)


def facts_document(facts: Mapping[str, FactValue | None]) -> dict[str, Any]:
    """Facts as JSON values. A date is wrapped, so that it does not come back as a text; None stays: unknown."""
    return _finite({n: {"date": v.isoformat()} if isinstance(v, date) else v for n, v in facts.items()})


def facts_of(document: Mapping[str, Any]) -> dict[str, FactValue | None]:
    """The facts of a document."""
    return {n: date.fromisoformat(v["date"]) if isinstance(v, dict) else v for n, v in document.items()}


def _finite(value: Any) -> Any:
    """The value itself. Neither database keeps a number that is not finite in JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        raise StoreError("A document holds a number that is not finite. Nothing was written; this is a fault of ours.")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _finite(part)
    return value

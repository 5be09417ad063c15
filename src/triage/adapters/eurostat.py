"""Eurostat migr_asyappctzm (asylum applicants by citizenship, monthly) for the Netherlands as INFLOW.

The statistics API answers in JSON-stat 2.0: one flat dictionary of cells, whose number counts through the
dimensions in the order of `id`. Eurostat's first-time applicants are not counted as CBS counts them (other
cut-off, other corrections), so the two stand under labels of their own. Reuse with the source named.
"""

import re
from typing import Any

import numpy as np
import pandas as pd

from triage.adapters.download import Service, get_json
from triage.adapters.source_rows import ALL, Fetched, count_of, day_of, fetched, nationalities
from triage.domain.records import Progress, silent

TABLE = "migr_asyappctzm"
SOURCE = f"EUROSTAT_{TABLE}"
#: The one category that we want of each of these dimensions.
WANTED = {"freq": "M", "unit": "PER", "sex": "T", "age": "TOTAL", "geo": "NL"}
#: Category of `applicant` -> kind; the older codes are still in use in copies.
KINDS = {
    "FRST": "first_application",
    "NASY_APP": "first_application",
    "TOTAL": "all_applications",
    "ASY_APP": "all_applications",
}
KNOWN = {*WANTED, "citizen", "applicant", "asyl_app", "time"}
MONTH = re.compile(r"(\d{4})-?M?(0[1-9]|1[0-2])")


def fetch_eurostat(service: Service, progress: Progress = silent) -> Fetched:
    """Monthly applications in the Netherlands by kind: the nationalities we name, and the rest as OTH.

    Raises SourceError: no network, another status than 200 (413: too much at once), no JSON-stat, another shape.
    """
    progress("Reading Eurostat", 0, 1)
    people = {one.eurostat_code: one.iso3 for one in nationalities()} | {"TOTAL": ALL}
    query = {"format": "JSON", "lang": "EN", **{k: v for k, v in WANTED.items() if k != "freq"}}
    answer = get_json(service, f"{service.address.rstrip('/')}/{TABLE}", query | {"citizen": list(people)})
    found = fetched(_cells(service, answer, people), SOURCE, day_of(answer.get("updated")))
    progress("Reading Eurostat", 1, 1)
    return found


def _cells(service: Service, answer: dict[str, Any], people: dict[str, str]) -> pd.DataFrame:
    """The cells that we want: period, kind, nationality_iso3, persons.

    JSON-stat leaves out a cell without a value; such a month is missing here too, and never 0.
    """
    rows = long_table(service, answer)
    unknown = [name for name in rows.columns if name not in KNOWN | {"persons"}]
    if unknown or "citizen" not in rows or "time" not in rows:
        raise service.refusal(f"gives {TABLE} with other dimensions than we know: its shape has changed")
    kind = next((name for name in ("applicant", "asyl_app") if name in rows), None)
    if kind is None:
        raise service.refusal(f"gives {TABLE} without the dimension applicant: its shape has changed")
    for name, code in WANTED.items():
        if name in rows:
            rows = rows.loc[[text.upper() == code for text in rows[name]]]
    months = [MONTH.fullmatch(text) for text in rows["time"]]
    rows = rows.assign(
        period=[f"{m[1]}-{m[2]}" if m else None for m in months],
        kind=[KINDS.get(code) for code in rows[kind]],
        nationality_iso3=[people.get(code) for code in rows["citizen"]],
    )
    rows = rows.dropna(subset=["period", "kind", "nationality_iso3"])
    return _complete(service, rows.loc[:, ["period", "kind", "nationality_iso3", "persons"]], set(people.values()))


def _complete(service: Service, cells: pd.DataFrame, wanted: set[str]) -> pd.DataFrame:
    if cells.duplicated(["period", "kind", "nationality_iso3"]).any():
        raise service.refusal("gives a cell twice: its shape has changed")
    lost = wanted - set(cells.loc[cells["kind"] == "first_application", "nationality_iso3"])
    if lost:
        raise service.refusal(f"has no months for first applications of {', '.join(sorted(lost))}: codes have changed")
    return cells


def long_table(service: Service, answer: dict[str, Any]) -> pd.DataFrame:
    """A JSON-stat 2.0 dataset as one row per cell: a column per dimension (its code) and `persons`."""
    try:
        names, sizes = list(answer["id"]), [int(size) for size in answer["size"]]
        codes = [_codes(answer["dimension"][name]["category"]["index"]) for name in names]
        values = answer["value"]
        cells = values.items() if isinstance(values, dict) else enumerate(values)
        kept = [(int(place), count_of(value)) for place, value in cells if value is not None]
        if [len(found) for found in codes] != sizes:
            raise ValueError("sizes")
        places = np.unravel_index(np.array([place for place, _ in kept], dtype=int), tuple(sizes))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise service.refusal("answered with something else than a JSON-stat table: its shape has changed") from error
    columns = {name: np.array(found, dtype=object)[at] for name, found, at in zip(names, codes, places, strict=True)}
    return pd.DataFrame(columns | {"persons": np.array([value for _, value in kept], dtype=float)})


def _codes(index: Any) -> list[str]:
    """Codes in their order; JSON-stat allows a list, or a dictionary of places."""
    return [str(code) for code in (sorted(index, key=index.__getitem__) if isinstance(index, dict) else index)]

"""CBS StatLine table 83102NED (asylum requests and family members by nationality, monthly) as INFLOW.

OData v4: Dimensions, MeasureCodes, NationaliteitCodes and Properties describe the table, Observations holds its
cells, page by page (`@odata.nextLink`). Measures are found by their title and nationalities by code or name, so
that a table of another shape is refused instead of misread. Licence of the figures: CC BY 4.0, name CBS.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pandas as pd

from triage.adapters.download import Service, get_json
from triage.adapters.source_rows import ALL, Fetched, count_of, day_of, fetched, nationalities
from triage.domain.records import Progress, silent

TABLE = "83102NED"
SOURCE = f"CBS_{TABLE}"
#: The codes that stand for "all" in each dimension; a dimension that is not here is a changed shape.
TOTALS = {"Geslacht": "T001038", "Leeftijd": "10000", "Nationaliteit": "T001059"}
NATIONALITY, PERIOD = "Nationaliteit", "Perioden"
KINDS = {"eersteasielverzoeken": "first_application", "nareizigers": "family_member_nareis"}
MONTH = re.compile(r"(\d{4})MM(0[1-9]|1[0-2])")
MOST_PAGES = 100


def fetch_cbs(service: Service, progress: Progress = silent) -> Fetched:
    """Monthly first applications and nareis of the nationalities we name, and the rest as OTH.

    Raises SourceError: no network, another status than 200, no JSON, another shape. Nothing is half-read.
    """
    table = f"{service.address.rstrip('/')}/{TABLE}"
    progress("Reading CBS", 0, 4)
    dimensions = _dimensions(service, table)
    measures = _measures(service, table)
    progress("Reading CBS", 1, 4)
    codes = _nationality_codes(service, table)
    progress("Reading CBS", 2, 4)
    stamp = get_json(service, f"{table}/Properties")
    vintage = day_of(stamp.get("ObservationsModified") or stamp.get("Modified"))
    progress("Reading CBS", 3, 4)
    cells = _cells(service, table, dimensions, measures, codes)
    progress("Reading CBS", 4, 4)
    return fetched(cells, SOURCE, vintage)


def pages(service: Service, url: str, params: dict[str, str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of an OData collection, page after page. Raises SourceError for a page that leads elsewhere."""
    seen: set[str] = set()
    while url:
        if url in seen or len(seen) >= MOST_PAGES:
            raise service.refusal(f"gives pages without an end (more than {MOST_PAGES}, or one twice)")
        seen.add(url)
        page = get_json(service, url, params)
        rows = page.get("value")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise service.refusal("answered without the list named value: the shape has changed")
        yield from rows
        url, params = _next(service, url, page), None


def _next(service: Service, url: str, page: dict[str, Any]) -> str:
    link = page.get("@odata.nextLink")
    if not link:
        return ""
    following = urljoin(url, str(link))
    if urlsplit(following)[:2] != urlsplit(url)[:2]:
        raise service.refusal("sends us to another address for the next page, which we do not follow")
    return following


def _dimensions(service: Service, table: str) -> list[str]:
    found = [_text(service, row, "Identifier") for row in pages(service, f"{table}/Dimensions")]
    unknown = [name for name in found if name not in TOTALS and name != PERIOD]
    missing = [name for name in (NATIONALITY, PERIOD) if name not in found]
    if unknown or missing:
        what = f"has no dimension {missing[0]}" if missing else "has a dimension that is new to us"
        raise service.refusal(f"{what} in table {TABLE}: its shape has changed")
    return found


def _measures(service: Service, table: str) -> dict[str, str]:
    """Code of a measure -> kind, found by the start of its title."""
    rows = [
        (_text(service, row, "Identifier"), re.sub(r"\W|\d", "", _text(service, row, "Title")).lower())
        for row in pages(service, f"{table}/MeasureCodes")
    ]
    found = {}
    for start, kind in KINDS.items():
        codes = [code for code, title in rows if title.startswith(start)]
        if len(codes) != 1:
            raise service.refusal(f"has {len(codes)} measures for {kind}, expected one: its shape has changed")
        found[codes[0]] = kind
    return found


def _nationality_codes(service: Service, table: str) -> dict[str, str]:
    """Code -> ISO 3166 alpha-3 for those we name, TOT for all. A code whose name is another is refused."""
    titles = {
        _text(service, row, "Identifier").strip(): _text(service, row, "Title").strip().lower()
        for row in pages(service, f"{table}/NationaliteitCodes")
    }
    found = {}
    for one in nationalities():
        named = [code for code, title in titles.items() if title.startswith(one.cbs_name_starts)]
        codes = [one.cbs_code] if one.cbs_code in named else [] if one.cbs_code in titles else named
        if len(codes) != 1:
            raise service.refusal(
                f"has {len(codes)} nationalities for {one.iso3}, expected one: its codes have changed"
            )
        found[codes[0]] = one.iso3
    if TOTALS[NATIONALITY] not in titles:
        raise service.refusal(f"has no code {TOTALS[NATIONALITY]} for all nationalities: its codes have changed")
    return found | {TOTALS[NATIONALITY]: ALL}


def _cells(
    service: Service, table: str, dimensions: list[str], measures: dict[str, str], codes: dict[str, str]
) -> pd.DataFrame:
    """Months of the measures and nationalities asked for: period, kind, nationality_iso3, persons (or missing)."""
    others = [name for name in dimensions if name not in (NATIONALITY, PERIOD)]
    totals = [f"startswith({name},'{TOTALS[name]}')" for name in others]  # codes may be padded with spaces
    query = {"$filter": " and ".join([*totals, f"contains({PERIOD},'MM')"])}
    found = []
    for row in pages(service, f"{table}/Observations", query):
        place = [_text(service, row, name).strip() for name in ("Measure", NATIONALITY, PERIOD, *others)]
        month = MONTH.fullmatch(place[2])
        is_total = all(code == TOTALS[name] for name, code in zip(others, place[3:], strict=True))
        # The filter is the source's work; what slips through is left out here.
        if month and is_total and place[0] in measures and place[1] in codes:
            found.append((f"{month[1]}-{month[2]}", measures[place[0]], codes[place[1]], _count(service, row)))
    cells = pd.DataFrame(found, columns=["period", "kind", "nationality_iso3", "persons"]).astype({"persons": float})
    return _complete(service, cells, set(codes.values()))


def _complete(service: Service, cells: pd.DataFrame, wanted: set[str]) -> pd.DataFrame:
    """The cells, when each kind and nationality has some and none stands twice."""
    if cells.duplicated(["period", "kind", "nationality_iso3"]).any():
        raise service.refusal("gives a cell twice: its shape has changed")
    for kind in KINDS.values():
        lost = wanted - set(cells.loc[cells["kind"] == kind, "nationality_iso3"])
        if lost:
            raise service.refusal(f"has no months for {kind} of {', '.join(sorted(lost))}: its codes have changed")
    return cells


def _count(service: Service, row: dict[str, Any]) -> float | None:
    if "Value" not in row:
        raise service.refusal("gives cells without the field Value: its shape has changed")
    try:
        return count_of(row["Value"])
    except ValueError as error:
        raise service.refusal("gives a cell that is no count of persons: its shape has changed") from error


def _text(service: Service, row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str):
        raise service.refusal(f"gives rows without the field {name}: its shape has changed")
    return value

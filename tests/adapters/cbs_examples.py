"""Small answers in the shape of CBS OData v4 and of Eurostat's JSON-stat, made up."""

from typing import Any

from source_server import Answer, Source, json_answer

NAMES = {
    "NAT9278": "Afghaans",
    "NAT9326": "Eritrees",
    "NAT9350": "Iraaks",
    "NAT9999": "Somalisch",
    "NAT9444": "Syrisch",
    "NAT9458": "Turks",
    "NAT9459": "Turkmeens",
    "NAT9888": "Jemenitisch",
    "NAT9298": "Bosnisch",
    "T001059": "Totaal",
}
MEASURES = {
    "M1": "Totaal asielverzoeken",
    "M2": "Eerste asielverzoeken (personen)",
    "M3": "Volgende asielverzoeken",
    "M4": "Nareizigers (personen)",
}
MONTHS = ["2025MM11", "2025MM12"]
TABLE = "/83102NED"


def observation(measure: str, nationality: str, period: str, value: Any, **more: Any) -> dict[str, Any]:
    return {
        "Id": 1,
        "Measure": measure,
        "ValueAttribute": "None" if value is not None else "Impossible",
        "Value": value,
        "StringValue": None,
        "Geslacht": "T001038",
        "Leeftijd": "10000",
        "Nationaliteit": nationality,
        "Perioden": period,
    } | more


def observations() -> list[dict[str, Any]]:
    """Every nationality 10 a month, all together 100; a year, a man and a repeat application beside them."""
    rows = [
        observation(measure, code, month, 100.0 if code == "T001059" else 10.0)
        for measure in MEASURES
        for code in NAMES
        for month in MONTHS
    ]
    rows.append(observation("M2", "NAT9444", "2025JJ00", 120.0))
    rows.append(observation("M2", "NAT9444", "2025MM11", 7.0, Geslacht="3000   "))
    return rows


def codes(names: dict[str, str]) -> Answer:
    return json_answer({"value": [{"Identifier": code, "Title": title} for code, title in names.items()]})


def cbs_answers(rows: list[dict[str, Any]] | None = None) -> dict[str, Answer | list[Answer]]:
    """A whole little table; `rows` replaces its observations."""
    dimensions = [{"Identifier": name} for name in ("Geslacht", "Leeftijd", "Nationaliteit", "Perioden")]
    return {
        f"{TABLE}/Dimensions": json_answer({"value": dimensions}),
        f"{TABLE}/MeasureCodes": codes(MEASURES),
        f"{TABLE}/NationaliteitCodes": codes(NAMES),
        f"{TABLE}/Properties": json_answer({"Identifier": "83102NED", "Modified": "2026-05-21T23:30:00Z"}),
        f"{TABLE}/Observations": json_answer({"value": observations() if rows is None else rows}),
    }


def in_pages(source: Source, size: int) -> None:
    """The observations of `source` in pages of `size`, each with a link to the next."""
    rows = observations()
    for start in range(0, len(rows), size):
        page: dict[str, Any] = {"value": rows[start : start + size]}
        if start + size < len(rows):
            page["@odata.nextLink"] = f"{source.address}{TABLE}/page{start + size}"
        source.answers[f"{TABLE}/page{start}" if start else f"{TABLE}/Observations"] = json_answer(page)


def eurostat_answer() -> dict[str, Any]:
    """JSON-stat 2.0: 8 citizenships, first-time and all, two months; the last cell is empty."""
    people = ["AF", "ER", "IQ", "SO", "SY", "TR", "YE", "TOTAL"]
    dimensions = {
        "freq": ["M"],
        "unit": ["PER"],
        "citizen": people,
        "sex": ["T"],
        "applicant": ["FRST", "TOTAL"],
        "age": ["TOTAL"],
        "geo": ["NL"],
        "time": ["2025-11", "2025-12"],
    }
    value = {str(i): 80 if i // 4 == 7 else 10 for i in range(len(people) * 4)}
    del value["31"]
    return {
        "version": "2.0",
        "class": "dataset",
        "label": "Asylum applicants",
        "source": "ESTAT",
        "updated": "2026-02-20T23:00:00+0100",
        "value": value,
        "id": list(dimensions),
        "size": [len(found) for found in dimensions.values()],
        "dimension": {
            name: {"label": name, "category": {"index": {code: i for i, code in enumerate(found)}}}
            for name, found in dimensions.items()
        },
    }

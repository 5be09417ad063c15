"""Templates and the Dutch way of writing numbers and dates; knows no request."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from triage.domain.calendar import AMSTERDAM

HERE = Path(__file__).parent
MONTHS = (
    "januari februari maart april mei juni juli augustus september oktober november december".split()  # noqa: SIM905
)


def dutch_date(day: date | None) -> str:
    """24 november 2026; a dash where there is none."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}" if day else "–"


def short_date(day: date | None) -> str:
    """24 nov 2026, for tables."""
    return f"{day.day} {'mrt' if day.month == 3 else MONTHS[day.month - 1][:3]} {day.year}" if day else "–"


def dutch_time(instant: datetime) -> str:
    """24 november 2026, 14:05 in The Hague."""
    local = instant.astimezone(AMSTERDAM)
    return f"{dutch_date(local.date())}, {local:%H:%M}"


def dutch_month(text: str) -> str:
    """2026-11 -> november 2026; other periods stay as they are."""
    year, _, month = text.partition("-")
    return f"{MONTHS[int(month) - 1]} {year}" if month.isdigit() else text


def dutch_number(value: float, decimals: int = 0) -> str:
    """1.234,5: point between thousands, comma before decimals."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def coarse_percent(share: float) -> str:
    """A share in steps of 5 %, as text: finer would promise what the model does not know."""
    step = round(share * 20) * 5
    return "minder dan 5%" if step == 0 else "meer dan 95%" if step == 100 else f"ongeveer {step}%"


def days_left(day: date | None, today: date) -> str:
    """nog 12 dagen, vandaag, 3 dagen te laat."""
    if day is None:
        return "geen termijn"
    days = (day - today).days
    noun = "dag" if abs(days) == 1 else "dagen"
    return "vandaag" if days == 0 else f"nog {days} {noun}" if days > 0 else f"{-days} {noun} te laat"


ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters |= {
    "datum": dutch_date,
    "kort": short_date,
    "tijd": dutch_time,
    "maand": dutch_month,
    "getal": dutch_number,
    "procent": coarse_percent,
}


def render(name: str, **values: Any) -> str:
    """One page as HTML. Everything that is shown is escaped, unless it is our own SVG marked safe."""
    return ENVIRONMENT.get_template(name).render(**values)


#: status -> title, sentence. Anything else is told as 500 or 400.
ERRORS = {
    400: ("Dit klopt niet", "Het adres of het formulier klopt niet. Ga terug en probeer het opnieuw."),
    403: ("Dit formulier is niet geldig", "Open de pagina opnieuw en verstuur het formulier daar."),
    404: ("Niet gevonden", "Deze pagina of zaak bestaat niet."),
    405: ("Dit kan hier niet", "Ga terug en gebruik de knop op de pagina."),
    409: ("Iemand was u voor", "Open de zaak opnieuw om te zien wat er is vastgelegd."),
    500: ("Er ging iets mis", "Probeer het opnieuw. Blijft het misgaan, geef dan het kenmerk door."),
    503: ("Even niet bereikbaar", "Het systeem is bezig of de opslag antwoordt niet. Probeer het zo opnieuw."),
}


def error_page(status: int, correlation: str) -> str:
    """A calm page for an error, with the id that finds it in the log."""
    title, sentence = ERRORS.get(status, ERRORS[500 if status >= 500 else 400])
    return render(
        "fout.html",
        title=title,
        sentence=sentence,
        correlation=correlation,
        back="/vandaag",
        back_text="Naar Vandaag",
    )

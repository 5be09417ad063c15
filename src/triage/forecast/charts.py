"""Charts as SVG text, without anything from outside: fan charts in Dutch for pages, in English for the report."""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal
from xml.sax.saxutils import quoteattr

import altair as alt
import pandas as pd
import vl_convert

TOTAL_NOTE_NL = "som van de getoonde nationaliteiten, niet de landelijke instroom"
TOTAL_NOTE_EN = "sum of the series given, not national inflow"
#: Told apart without colour too: bands by lightness, lines by width and dash.
COLOURS = ("#bcd4ea", "#7fb0d8", "#154273", "#1a1a1a", "#a0410d")
VEGA_ROLES = re.compile(r' (?:role="graphics-[a-z]+"|aria-(?:roledescription|label)="[^"]*")')
FONT = "'Source Sans 3', 'Noto Sans', Arial, sans-serif"


@dataclass(frozen=True)
class Words:
    """What stands in a chart, in one language; `locale` names how numbers and months are written."""

    locale: Literal["nl-NL", "en-GB"]
    band80: str
    band50: str
    median: str
    actual: str
    naive: str
    persons: str
    aria: str  # with the fields title, first, last, p10, p50, p90, when


DUTCH = Words(
    "nl-NL",
    "80%-band",
    "50%-band",
    "mediaan",
    "werkelijk",
    "naïeve prognose (mediaan)",
    "personen",
    "{title}. Waaierdiagram: werkelijk tot en met {last}, prognose daarna. In {when} naar verwachting {p50} personen, "
    "met 80% kans tussen {p10} en {p90}.",
)
#: For a scenario: the dashed line is the base forecast's median, handed over in the place of the naive one.
DUTCH_SCENARIO = replace(DUTCH, naive="basisprognose (mediaan)")
ENGLISH = Words(
    "en-GB",
    "80 % band",
    "50 % band",
    "median",
    "actual",
    "seasonal naive (median)",
    "persons",
    "{title}. Fan chart: actual up to {last}, forecast after that. In {when} {p50} persons are expected, "
    "with 80 % between {p10} and {p90}.",
)
MONTHS_NL = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")


def label_of(series: str, words: Words = DUTCH) -> str:
    """Name of a series as shown; the total always says what it is the sum of."""
    if series != "total":
        return series
    return f"Totaal ({TOTAL_NOTE_NL})" if words.locale == DUTCH.locale else f"Total ({TOTAL_NOTE_EN})"


def fan_chart_svg(
    history: pd.DataFrame, forecast: pd.DataFrame, series: str, title: str, words: Words = DUTCH, width: int = 640
) -> str:
    """Fan chart of one series as SVG text: bands p10-p90 and p25-p75, median, actual, and naive median dashed.

    Parameters
    ----------
    history : `period`, `persons`, oldest first; what is shown of the past.
    forecast : rows of FORECAST of this series: `month`, p10, p25, p50, p75, p90, naive_p50 (persons);
        optional `actual` where outcomes are known by now.
    series : name of the series; the total gets its note.
    title : shown above the chart.
    """
    ahead = forecast.assign(when=[start_of(p) for p in forecast["month"]])
    past = history.assign(when=[start_of(p) for p in history["period"]])
    subtitle = label_of(series, words) if series == "total" else series
    return chart_svg(_fan(past, ahead, words), title, _aria(past, ahead, title, words), words, subtitle, width)


def chart_svg(
    chart: Any,  # an Altair chart, plain or layered
    title: str,
    aria: str,
    words: Words,
    subtitle: str = "",
    width: int = 640,
    height: int = 240,
) -> str:
    """SVG text of a chart with title, language and a description for those who cannot see it."""
    titled = chart.properties(width=width, height=height, title=alt.TitleParams(title, subtitle=subtitle or " "))
    styled = titled.configure(aria=False, font=FONT).configure_title(anchor="start", fontSize=15, subtitleFontSize=12)
    styled = styled.configure_axis(labelFontSize=12, titleFontSize=12, gridColor="#e5e5e5")
    styled = styled.configure_legend(orient="bottom", labelFontSize=12, labelLimit=260).configure_view(stroke=None)
    drawn: str = vl_convert.vegalite_to_svg(
        styled.to_dict(), format_locale=words.locale, time_format_locale=_time_locale(words), allowed_base_urls=[]
    )
    # One picture with one description: Vega's roles of parts, in English, would be read out besides.
    drawn = VEGA_ROLES.sub("", drawn)
    # Vega writes a fixed size; with the view box alone the picture follows the width of the page.
    start = drawn.index(">")
    _, _, box = drawn[:start].partition('viewBox="')
    box = box.partition('"')[0]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label={quoteattr(aria)} viewBox="{box}" width="100%"'
    )
    return head + drawn[start:]


def _time_locale(words: Words) -> Any:
    """English keeps the locale's own months; Dutch is written out, so that no English name can slip in."""
    known = vl_convert.get_time_format_locale(words.locale)
    return known | {"shortMonths": list(MONTHS_NL)} if words.locale == DUTCH.locale else known


def start_of(period: str) -> str:
    """First day of a month, quarter or week, as ISO text."""
    if "Q" in period:
        year, quarter = period.split("Q")
        return f"{int(year.strip('-'))}-{int(quarter) * 3 - 2:02d}-01"
    if "W" in period:
        year, week = period.split("W")
        return date.fromisocalendar(int(year.strip("-")), int(week), 1).isoformat()
    return f"{period}-01"


def _fan(past: pd.DataFrame, ahead: pd.DataFrame, words: Words) -> Any:
    names = [words.band80, words.band50, words.median, words.actual, words.naive]
    colour = alt.Scale(domain=names, range=list(COLOURS))
    x = alt.X("when:T", scale=alt.Scale(type="utc"), title=None, axis=alt.Axis(format="%b %Y", labelOverlap=True))
    layers = [
        _band(ahead, x, ("p10", "p90"), words, words.band80, colour),
        _band(ahead, x, ("p25", "p75"), words, words.band50, colour),
        _line(ahead, x, "naive_p50", words, words.naive, colour, strokeDash=[6, 4], strokeWidth=1.5),
        _line(ahead, x, "p50", words, words.median, colour, strokeWidth=2.5),
        _line(past, x, "persons", words, words.actual, colour, strokeWidth=1.5),
    ]
    known = ahead.dropna(subset=["actual"]) if "actual" in ahead else ahead.iloc[:0]
    if len(known):
        layers.append(_line(known, x, "actual", words, words.actual, colour, strokeWidth=1.5))
    return alt.layer(*layers)


def _rows(frame: pd.DataFrame, columns: list[str], name: str) -> alt.Data:
    """Values of one layer; `what` is its line in the legend."""
    rows = frame.to_dict("records")
    return alt.Data(values=[{**{c: float(r[c]) for c in columns}, "when": r["when"], "what": name} for r in rows])


def _axis_y(column: str, words: Words) -> alt.Y:
    axis = alt.Axis(format=",.0f", tickCount=5)
    return alt.Y(f"{column}:Q", title=words.persons, axis=axis, scale=alt.Scale(zero=True))


def _band(
    ahead: pd.DataFrame, x: alt.X, ends: tuple[str, str], words: Words, name: str, colour: alt.Scale
) -> alt.Chart:
    low, high = ends
    area = alt.Chart(_rows(ahead, [low, high], name)).mark_area()
    return area.encode(x=x, y=_axis_y(low, words), y2=f"{high}:Q", color=_named(colour))


def _line(
    frame: pd.DataFrame, x: alt.X, column: str, words: Words, name: str, colour: alt.Scale, **look: Any
) -> alt.Chart:
    line = alt.Chart(_rows(frame, [column], name)).mark_line(**look)
    return line.encode(x=x, y=_axis_y(column, words), color=_named(colour))


def _named(colour: alt.Scale) -> alt.Color:
    return alt.Color("what:N", scale=colour, title=None)


def _aria(past: pd.DataFrame, ahead: pd.DataFrame, title: str, words: Words) -> str:
    last = ahead.iloc[-1]
    numbers = {q: _whole(last[q], words) for q in ("p10", "p50", "p90")}
    ended = period_text(str(past["period"].iloc[-1]), words) if len(past) else "?"
    return words.aria.format(title=title, last=ended, when=period_text(str(last["month"]), words), **numbers)


def _whole(value: float, words: Words) -> str:
    text = f"{value:,.0f}"
    return text.replace(",", ".") if words.locale == DUTCH.locale else text


def period_text(period: str, words: Words = DUTCH) -> str:
    """2026-03 -> mrt 2026; quarters and weeks stay as they are."""
    if words.locale != DUTCH.locale or "Q" in period or "W" in period:
        return period
    year, month = period.split("-")
    return f"{MONTHS_NL[int(month) - 1]} {year}"

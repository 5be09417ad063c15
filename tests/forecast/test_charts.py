"""Charts say what they show, in one language, and fetch nothing."""

import re

import pandas as pd
import pytest

from triage.forecast.charts import ENGLISH, TOTAL_NOTE_NL, fan_chart_svg, period_text, start_of

PAST = pd.DataFrame({"period": [f"2025-{m:02d}" for m in range(1, 13)], "persons": [1200.0 + m for m in range(12)]})
AHEAD = pd.DataFrame({"month": [f"2026-{m:02d}" for m in range(1, 13)]}).assign(
    p10=900.0, p25=1000.0, p50=1250.0, p75=1500.0, p90=2100.0, naive_p50=1150.0
)


@pytest.fixture(scope="module")
def dutch() -> str:
    return fan_chart_svg(PAST, AHEAD, "total", "Eerste asielaanvragen")


def shown(svg: str) -> str:
    return " ".join(re.findall(r">([^<>]+)<", svg))


def test_a_dutch_chart_has_dutch_months_and_numbers(dutch):
    assert "okt" in shown(dutch) and "2.000" in shown(dutch)
    assert not re.search(r"\b(Oct|May|Mar|Jan|Apr|Jul)\b|\d,\d{3}|persons|median\b", shown(dutch))


def test_the_total_says_that_it_is_not_the_national_inflow(dutch):
    assert TOTAL_NOTE_NL in dutch


def test_a_chart_can_be_read_without_seeing_it(dutch):
    assert dutch.startswith("<svg") and 'role="img"' in dutch
    label = re.search(r'aria-label="([^"]+)"', dutch)
    assert label and "1.250 personen" in label[1] and "dec 2026" in label[1]


def test_a_chart_has_one_description_and_no_roles_of_parts(dutch):
    assert "aria-roledescription" not in dutch and 'role="graphics-' not in dutch and dutch.count("aria-label=") == 1


def test_a_chart_fetches_nothing(dutch):
    assert not re.search(r"(href|src|url\()=?.?https?:", dutch)
    assert "<script" not in dutch and " style=" not in dutch


def test_a_title_with_markup_stays_text():
    svg = fan_chart_svg(PAST, AHEAD, "SYR", '<script>"x"')
    assert "<script" not in svg


def test_the_report_has_english_words():
    assert "seasonal naive" in shown(fan_chart_svg(PAST, AHEAD, "SYR", "Syria", ENGLISH))


@pytest.mark.parametrize(
    ("period", "day"), [("2026-03", "2026-03-01"), ("2026Q2", "2026-04-01"), ("2026-W01", "2025-12-29")]
)
def test_a_period_starts_on_its_first_day(period, day):
    assert start_of(period) == day


def test_months_are_written_in_dutch():
    assert period_text("2026-03") == "mrt 2026"

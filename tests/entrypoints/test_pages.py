"""The officer's pages, as HTML."""

import csv
import html
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO, StringIO

import openpyxl
import pytest
from starlette.testclient import TestClient
from tests.entrypoints.world import TOKEN

from triage.domain.case import Intake, Moment
from triage.entrypoints.api import create_app
from triage.entrypoints.pages import short_date
from triage.jobs.show_case import standing_of

LATE_EVENING = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # past midnight in The Hague
SCRIPT = "<script>alert(1)</script>"
FORECAST = "/prognose/first_application"


def hidden(page: str, name: str) -> str:
    return re.findall(rf'name="{name}" value="([^"]*)"', page)[0]


def choices(page: str) -> list[str]:
    return re.findall(r'name="choice" value="([^"]*)"', page)


def form_of(page: str, **more: str) -> dict[str, str]:
    return {name: hidden(page, name) for name in ("form_token", "suggestion_id", "version", "key")} | more


@pytest.fixture
def case(tools) -> str:
    return tools.store.work_list(1)[0].intake.case_id


@pytest.fixture
def look(pages, tools):
    """The page of a made-up case, after asking for a suggestion."""

    def of(lodged: date = date(2026, 7, 1), **facts) -> str:
        tools.store.receive([Intake("look-1", lodged, Moment.REGISTERED, facts)], "test")
        page = pages.get("/zaken/look-1").text
        return pages.post("/zaken/look-1/voorstel", data={"form_token": hidden(page, "form_token")}).text

    return of


def words(page: str) -> str:
    """What a reader sees of a page."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def test_a_case_shows_allowed_and_excluded_routes_with_article_and_reason(look, tools):
    page = words(look(eurodac_hit="none", vis_hit=False, residence_title_elsewhere=False))
    law = page.split("Wat de wet openlaat")[1]
    assert "Reguliere behandelingsprocedure (Vw 2000 art. 31; APR art. 35(4),(5)): Deze route staat open" in law
    assert re.search(r"Kan niet \(\d\) .*Verantwoordelijkheidsbepaling .*\(Vw 2000 art. 30;", law)
    assert f"Versie van de regels: {tools.law.version}." in page


def test_a_case_says_what_each_answer_to_a_missing_fact_would_mean(look):
    page = words(look(eurodac_hit=None))
    assert "Antwoord van Eurodac" in page.split("Dit moet u nog weten")[1]
    assert "Antwoord: bescherming elders Dan geldt: Niet-ontvankelijkheid." in page
    assert not re.search(r"Antwoord: (true|false|none|long_before)", page)


def test_a_case_shows_both_deadlines_with_the_days_left_on_the_local_date(tools, look):
    look()
    page = words(_case_at(tools, LATE_EVENING))
    assert page.count("1 januari 2027 (nog 37 dagen)") == 2
    assert "Termijnen die nog niet lopen" in page and "Begint bij: datum van de ingebrekestelling" in page


def test_facts_that_do_not_fit_are_told_gently_and_a_route_can_still_be_chosen(look):
    page = look(age_years=34, unaccompanied_minor=True)
    assert "Deze gegevens passen niet bij elkaar" in page and "18 jaar of ouder" in page
    assert choices(page)


def test_a_date_that_does_not_fit_is_told_by_its_name(look):
    said = words(look(interviewed_on=date(2026, 1, 2), ruling_on=date(2099, 1, 1)))
    assert "Datum van het laatste gehoor: deze datum ligt voor de indiening" in said
    assert "Datum van de uitspraak van de rechter: deze datum ligt in de toekomst" in said


def test_today_shows_the_deadline_of_the_newest_facts_and_not_of_the_suggestion_before_them(look, pages, tools):
    look(eurodac_hit="none")
    newer = {"misled_authorities": True, "unaccompanied_minor": False, "special_guarantees": False}
    tools.store.receive([Intake("look-1", date(2026, 7, 1), Moment.REGISTERED, newer)], "test")
    item = next(item for item in tools.store.work_list(100) if item.intake.case_id == "look-1")
    old, new = item.stored.suggestion.deadlines.lawful, standing_of(item, tools.law).deadlines.lawful
    line = pages.get("/vandaag").text.split('href="/zaken/look-1"')[1].split("</tr>")[0]
    assert short_date(new) in line and short_date(old) not in line


def test_a_chance_to_be_late_is_told_until_the_term_has_passed(look, tools):
    look(lodged=date(2026, 7, 1), eurodac_hit="none", documents="none")
    assert tools.store.suggestions_of("look-1")[0].suggestion.p_late is not None
    for day, chance, past in ((LATE_EVENING, True, False), (datetime(2027, 3, 1, 12, tzinfo=UTC), False, True)):
        page = _case_at(tools, day)
        assert ("Kans dat de beslissing na de uiterste datum komt" in page) == chance
        assert ("De termijn om te beslissen is voorbij." in page) == past


def _case_at(tools, instant: datetime) -> str:
    """The page of the made-up case at an instant."""
    door = TestClient(create_app(replace(tools, clock=lambda: instant), TOKEN), base_url="http://127.0.0.1")
    door.get(f"/inloggen?token={TOKEN}")
    return door.get("/zaken/look-1").text


def test_a_clock_waits_for_no_event_that_has_happened(look):
    waits = "Begint bij: datum van de ingebrekestelling"
    assert waits not in words(look(notice_of_default_on=date(2026, 8, 1)))  # sent too early: its clocks never run
    assert waits in words(look())


def test_a_changed_fact_is_shown_as_it_was_and_as_it_is(look, pages, tools):
    look(documents="copy", motive_group="conversion")
    newer = {"documents": "real", "motive_group": "politics"}
    tools.store.receive([Intake("look-1", date(2026, 7, 1), Moment.REGISTERED, newer)], "test")
    page = pages.get("/zaken/look-1").text
    assert "Anders dan bij het vorige voorstel" in page
    assert "Identiteitsdocumenten alleen kopieën echt bevonden" in words(page)
    assert "Melding bij registratie" not in page.split("Anders dan bij")[1].split("</section>")[0]


def test_a_case_names_what_the_file_still_needs(look):
    assert "Nog nodig in het dossier" in look(documents="none")


def test_a_signal_for_an_officer_stands_on_top(look):
    page = look(public_order_signal=True)
    assert page.index("Let hier eerst op") < page.index("Wat we weten")


def test_a_route_closed_by_law_is_refused_with_its_own_sentence(look, pages):
    page = look(eurodac_hit="none", vis_hit=False, residence_title_elsewhere=False)
    data = form_of(page, choice="PACT-RESP|", reason_code="PLANNING")
    answer = pages.post("/zaken/look-1/besluit", data=data)
    said = words(answer.text.split('role="alert"')[1].split("</div>")[0])
    assert answer.status_code == 400
    assert "Verantwoordelijkheidsbepaling (AMMR, opvolger Dublin) kan niet bij deze zaak." in said
    assert "Zie Vw 2000 art. 30" in said


def test_other_rules_since_a_suggestion_are_told_and_a_new_one_can_be_asked(look, pages, tools):
    look()
    made = tools.store.suggestions_of("look-1")[0].suggestion
    older = replace(made, suggestion_id="of-older-rules", law_version="2026-06-12-00000000")
    tools.store.append_suggestion(older, "test", rests_on=tools.store.intake("look-1"))
    page = pages.get("/zaken/look-1").text
    assert "De regels zijn veranderd" in page and choices(page)
    again = pages.post("/zaken/look-1/voorstel", data={"form_token": hidden(page, "form_token")})
    assert "De regels zijn veranderd" not in again.text
    assert len(tools.store.suggestions_of("look-1")) == 3


def test_no_page_of_a_case_speaks_of_its_outcome(pages, tools):
    for item in tools.store.work_list(100):
        page = words(pages.get(f"/zaken/{item.intake.case_id}").text)
        assert not re.search(r"kansrijk|kansarm|inwillig|kans op (een )?(vergunning|verlening|afwijzing)", page, re.I)


def test_the_root_leads_to_today(pages):
    assert pages.get("/").url.path == "/vandaag"


def test_today_lists_every_case_as_made_up(pages, tools):
    page = pages.get("/vandaag").text
    assert page.count("<small>verzonnen</small>") == len(tools.store.work_list(100))
    assert "Ontwikkelmodus – verzonnen zaken" in page


def test_the_filter_shows_what_is_open_or_chosen(pages, case):
    page = pages.get(f"/zaken/{case}").text
    choice = choices(page)[0]
    pages.post(f"/zaken/{case}/besluit", data=form_of(page, choice=choice, reason_code="KNOWS_MORE_ABOUT_CASE"))
    assert case in pages.get("/vandaag?toon=gekozen").text
    assert case not in pages.get("/vandaag?toon=open").text


def test_nothing_is_chosen_beforehand(pages, case):
    page = pages.get(f"/zaken/{case}").text
    assert len(choices(page)) > 1
    assert "checked" not in page
    assert "selected" not in page


def test_showing_a_suggestion_is_logged(pages, tools, case):
    pages.get(f"/zaken/{case}")
    assert tools.store.audit_events(1)[0].action == "suggestion-shown"


def test_a_decision_is_recorded_and_the_browser_sent_on(pages, tools, case):
    page = pages.get(f"/zaken/{case}").text
    data = form_of(page, choice=choices(page)[0], reason_code="KNOWS_MORE_ABOUT_CASE", reason_text=SCRIPT)
    answer = pages.post(f"/zaken/{case}/besluit", data=data, follow_redirects=False)
    assert answer.status_code == 303
    assert tools.store.suggestions_of(case)[0].decision.reason_text == SCRIPT
    assert SCRIPT not in pages.get(f"/zaken/{case}").text


def test_a_second_decision_shows_a_calm_page(pages, case):
    page = pages.get(f"/zaken/{case}").text
    data = form_of(page, choice=choices(page)[0], reason_code="KNOWS_MORE_ABOUT_CASE")
    pages.post(f"/zaken/{case}/besluit", data=data)
    late = pages.post(f"/zaken/{case}/besluit", data=data | {"key": "another-key-1"})
    assert late.status_code == 409
    assert "Iemand anders legde al een route vast" in late.text


@pytest.mark.parametrize(
    "changes",
    [
        {"choice": ""},
        {"reason_code": ""},
        {"choice": "XX|deep"},
        {"choice": "XX|"},
        {"version": "x"},
        {"version": "9" * 40},
        {"reason_code": "OTHER", "reason_text": ""},
        {"suggestion_id": "x"},
    ],
)
def test_a_form_that_is_not_whole_decides_nothing(pages, tools, case, changes):
    page = pages.get(f"/zaken/{case}").text
    other = next(c for c in choices(page) if "voorgesteld" not in c)
    data = form_of(page, choice=other, reason_code="KNOWS_MORE_ABOUT_CASE") | changes
    answer = pages.post(f"/zaken/{case}/besluit", data=data)
    assert 400 <= answer.status_code < 500
    assert tools.store.suggestions_of(case)[0].decision is None


def test_what_was_filled_in_stays_when_something_is_missing(pages, case):
    page = pages.get(f"/zaken/{case}").text
    answer = pages.post(f"/zaken/{case}/besluit", data=form_of(page, reason_code="PLANNING", reason_text="Drukte"))
    assert 'value="PLANNING" selected' in answer.text
    assert ">Drukte</textarea>" in answer.text


def test_a_case_without_suggestion_offers_to_ask_for_one(pages, tools):
    case = tools.store.work_list(100)[-1].intake.case_id
    page = pages.get(f"/zaken/{case}").text
    assert "Vraag een voorstel" in page
    answer = pages.post(f"/zaken/{case}/voorstel", data={"form_token": hidden(page, "form_token")})
    assert "U kiest de route" in answer.text
    assert len(tools.store.suggestions_of(case)) == 1


def test_no_percentage_on_a_case_is_finer_than_five(pages, tools):
    for item in tools.store.work_list(100):
        page = pages.get(f"/zaken/{item.intake.case_id}").text
        assert all(int(found) % 5 == 0 for found in re.findall(r"(\d+)\s?%", page))


def test_a_motive_is_never_shown(pages, tools):
    motives = {i.intake.facts.get("motive_group") for i in tools.store.work_list(100)} - {None}
    assert motives
    for item in tools.store.work_list(100):
        page = pages.get(f"/zaken/{item.intake.case_id}").text
        assert not any(re.search(rf"\b{motive}\b", page) for motive in motives)


@pytest.mark.parametrize(
    "path",
    ["/unheard-of", "/zaken/unheard-of", "/zaken/%00", "/zaken/%3Cscript%3E", "/vandaag?na=x", "/vandaag?na=%00"],
)
def test_a_page_that_is_not_there_is_a_calm_404(pages, path):
    answer = pages.get(path)
    assert answer.status_code == 404
    assert "Niet gevonden" in answer.text
    assert "script" not in answer.text


def test_the_outlook_shows_both_kinds_apart_with_chart_year_sum_and_how_good_we_were(pages):
    page = pages.get("/prognose").text
    assert page.count("<svg") == 2 and "Nareis" in page
    assert "niet de landelijke instroom" in page
    assert re.search(r"In \d van de 10 maanden lag het aantal binnen onze band van 80%", page)


def test_a_kind_shows_a_fan_and_rows_for_every_series(pages):
    page = pages.get(FORECAST).text
    assert page.count("<svg") == 4
    assert all(f"Cijfers: {name}" in page for name in ("Totaal van deze reeksen", "Syrië", "Eritrea", "Turkije"))


def test_the_sum_of_a_group_is_that_of_the_api(pages, api):
    number = api.get("/v1/inflow-forecasts?kind=first_application&scenario=base").json()["forecasts"][0]["forecastId"]
    window = {"from": "2026-12", "to": "2027-02", "series": "SYR,ERI"}
    found = api.get(f"/v1/inflow-forecasts/{number}/sums", params=window).json()
    page = pages.get(f"{FORECAST}/sommen?van=2026-12&tot=2027-02&reeks=SYR&reeks=ERI").text
    assert "Syrië en Eritrea, december 2026 tot en met februari 2027" in page
    assert f"{found['p50']:,.0f} personen".replace(",", ".") in page
    assert f"tussen {found['p10']:,.0f} en {found['p90']:,.0f}".replace(",", ".") in page


@pytest.mark.parametrize(
    ("query", "status"),
    [("van=2027-02&tot=2026-12", 400), ("van=1999-01", 404), ("reeks=XXX", 404), ("reeks=total&reeks=SYR", 400)],
)
def test_a_sum_that_cannot_be_is_told_beside_the_form(pages, query, status):
    answer = pages.get(f"{FORECAST}/sommen?{query}")
    assert answer.status_code == status
    assert 'role="alert"' in answer.text and "<form" in answer.text and "XXX" not in answer.text


def test_a_scenario_stands_beside_the_base_with_who_and_why(pages):
    page = pages.get(f"{FORECAST}/scenarios").text
    assert "Scenario grens-dicht" in page and "een verzonnen analist" in page and "60%" in page
    assert "Een verzonnen grens gaat dicht" in page
    assert "december 2026 tot en met mei 2027, tijdelijk" in page and "keer 0,40 tot keer 0,70" in page


def test_looking_back_tells_coverage_by_horizon_and_the_worst_three_in_words(pages):
    page = pages.get(f"{FORECAST}/terugblik").text
    assert len(re.findall(r"Er kwamen [\d.]+ personen\. De prognose van", page)) == 3
    assert "1 tot en met 3 maanden vooruit" in page and "7 tot en met 12 maanden vooruit" in page
    assert "Wat we publiceerden" in page


def test_every_word_that_leads_to_a_definition_finds_one(pages):
    words = pages.get("/prognose/begrippen").text
    for path in ("/prognose", FORECAST, f"{FORECAST}/sommen", f"{FORECAST}/scenarios", f"{FORECAST}/terugblik"):
        anchors = set(re.findall(r'href="/prognose/begrippen#([^"]+)"', pages.get(path).text))
        assert anchors and all(f'id="{anchor}"' in words for anchor in anchors)


def test_a_private_forecast_is_on_no_page(pages):
    assert pages.get("/prognose/first_application (eigen bestand)").status_code == 404
    assert "eigen bestand" not in pages.get("/prognose").text


def test_a_kind_that_was_never_forecast_is_a_calm_404(pages):
    for tail in ("", "/sommen", "/scenarios", "/terugblik", "/export.xlsx", "/export.csv"):
        assert pages.get(f"/prognose/unheard_of{tail}").status_code == 404


def test_a_forecast_can_be_taken_along_with_its_sources(pages):
    book = pages.get(f"{FORECAST}/export.xlsx")
    assert 'filename="prognose-first_application.xlsx"' in book.headers["content-disposition"]
    sheets = openpyxl.load_workbook(BytesIO(book.content)).sheetnames
    assert sheets == ["forecast", "sums", "scores", "scenarios", "definitions", "sources"]
    rows = list(csv.DictReader(StringIO(pages.get(f"{FORECAST}/export.csv").text)))
    assert {row["scenario"] for row in rows} == {"base", "grens-dicht"}
    assert all("CC BY 4.0" in row["source"] for row in rows)


def test_no_page_holds_a_script_a_style_or_an_address_elsewhere(pages, case):
    tabs = ("", "/sommen", "/scenarios", "/terugblik")
    for path in ("/vandaag", f"/zaken/{case}", "/prognose", "/inloggen", *(FORECAST + tab for tab in tabs)):
        page = pages.get(path).text.replace("http://www.w3.org/", "")
        assert not re.search(r"<script|<style|style=|https?://|onclick", page)


def test_a_double_click_records_once_and_leads_to_the_case(pages, tools, case):
    page = pages.get(f"/zaken/{case}").text
    data = form_of(page, choice=choices(page)[0], reason_code="KNOWS_MORE_ABOUT_CASE")
    answers = [pages.post(f"/zaken/{case}/besluit", data=data, follow_redirects=False) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert [event.action for event in tools.store.audit_events(100)].count("decision-recorded") == 1


def test_newer_facts_ask_for_a_new_suggestion_before_a_decision(pages, tools, case):
    page = pages.get(f"/zaken/{case}").text
    data = form_of(page, choice=choices(page)[0], reason_code="KNOWS_MORE_ABOUT_CASE")
    intake = tools.store.intake(case)
    tools.store.receive([replace(intake, moment=Moment.REGISTERED, facts={"eurodac_hit": "protection"})], "test")
    late = pages.post(f"/zaken/{case}/besluit", data=data)
    assert late.status_code == 409 and "nieuw voorstel" in late.text
    pages.post(f"/zaken/{case}/voorstel", data={"form_token": data["form_token"]})
    assert len(tools.store.suggestions_of(case)) == 2
    assert choices(pages.get(f"/zaken/{case}").text)


def test_a_reason_that_does_not_fit_the_route_is_explained(pages, case):
    page = pages.get(f"/zaken/{case}").text
    other = next(c for c in choices(page) if "voorgesteld" not in page.split(f'value="{c}"')[1].split("</label>")[0])
    answer = pages.post(f"/zaken/{case}/besluit", data=form_of(page, choice=other, reason_code="AGREE"))
    assert answer.status_code == 400 and "De reden past niet" in answer.text


def test_one_case_without_rules_does_not_take_the_work_list_down(pages, tools, case):
    old = replace(tools.store.intake(case), case_id="too-old", lodged=date(1995, 1, 1))
    tools.store.receive([old], "test")  # as a store of an earlier release may hold it
    answer = pages.get("/vandaag")
    assert answer.status_code == 200 and "geen regels voor deze datum" in answer.text and case in answer.text
    assert "geen regels voor deze datum" in pages.get("/zaken/too-old").text

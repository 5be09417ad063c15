"""Who may open which door in development mode."""

import pytest
from tests.entrypoints.world import TOKEN

from triage.domain.errors import AccessError
from triage.entrypoints.access import refuse_outside
from triage.entrypoints.guard import HEADERS

CLOSED_PAGES = ("/", "/vandaag", "/prognose", "/zaken/M-1", "/static/other.css")
CLOSED_CALLS = ("/v1/cases", "/v1/models", "/v1/inflow-forecasts", "/v1/unheard-of")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.9.1"])
def test_loopback_is_allowed(host):
    refuse_outside(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", ""])
def test_any_other_address_is_refused_with_exit_code_2(host):
    with pytest.raises(AccessError) as refused:
        refuse_outside(host)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("path", ["/v1/health/live", "/v1/health/ready", "/v1/openapi.json", "/static/triage.css"])
def test_probes_description_and_style_are_open(door, path):
    assert door.get(path).status_code == 200


@pytest.mark.parametrize("path", CLOSED_CALLS)
def test_a_call_without_token_is_a_401_problem(door, path):
    answer = door.get(path)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", CLOSED_PAGES)
def test_a_page_without_session_shows_the_dutch_door(door, path):
    answer = door.get(path)
    assert answer.status_code == 401
    assert "Toegangscode" in answer.text


@pytest.mark.parametrize("path", [*CLOSED_PAGES, *CLOSED_CALLS, "/inloggen", "/v1/health/live"])
def test_every_answer_carries_our_headers(door, path):
    answer = door.get(path)
    assert {name.decode(): value.decode() for name, value in HEADERS}.items() <= dict(answer.headers).items()
    assert answer.headers["cache-control"] == "no-store"


def test_the_printed_link_signs_in_and_leaves_the_address_bar(door):
    answer = door.get(f"/inloggen?token={TOKEN}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/vandaag")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=lax" in answer.headers["set-cookie"]
    assert TOKEN not in answer.headers["set-cookie"]


def test_the_form_signs_in_as_well(door):
    assert door.post("/inloggen", data={"token": TOKEN}).url.path == "/vandaag"


@pytest.mark.parametrize("token", ["", "wrong", "ünïcode", TOKEN + "x"])
def test_a_wrong_token_does_not_sign_in(door, token):
    assert door.get("/inloggen", params={"token": token}).status_code == 401
    assert door.get("/vandaag").status_code == 401


def test_a_session_cookie_opens_no_call(pages):
    assert pages.get("/v1/cases").status_code == 401


@pytest.mark.parametrize("cookie", ["triage_session=made-up", "triage_session=", "a;;;=", "x=\x7f"])
def test_a_made_up_cookie_opens_nothing(door, cookie):
    assert door.get("/vandaag", headers={"Cookie": cookie}).status_code == 401


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_form_from_another_site_is_refused(pages, tools, headers):
    case = tools.store.work_list(1)[0].intake.case_id
    assert pages.post(f"/zaken/{case}/besluit", data={"a": "b"}, headers=headers).status_code == 403


def test_a_form_without_the_token_of_its_session_is_refused(pages, tools):
    case = tools.store.work_list(1)[0].intake.case_id
    assert pages.post(f"/zaken/{case}/besluit", data={"form_token": "guess"}).status_code == 403

"""CBS StatLine is read over real HTTP: as it should be, and in the ways it goes wrong."""

import socket
from http.server import BaseHTTPRequestHandler

import pytest
from cbs_examples import MEASURES, NAMES, TABLE, cbs_answers, codes, in_pages, observation, observations
from source_server import Source, json_answer, serving

from triage.adapters.cbs import fetch_cbs
from triage.adapters.download import Service
from triage.domain.errors import SourceError

OBSERVATIONS = f"{TABLE}/Observations"


def refusal(source: Source, **given) -> str:
    with pytest.raises(SourceError) as caught:
        fetch_cbs(source.service(**given))
    assert "nothing was imported" in str(caught.value) and "triage import inflow FILE" in str(caught.value)
    return str(caught.value)


def test_months_become_rows_of_seven_nationalities_and_the_rest():
    with serving(cbs_answers()) as source:
        found = fetch_cbs(source.service())
    frame = found.frame
    assert len(frame) == 2 * 2 * 8 and set(frame["period"]) == {"2025-11", "2025-12"}
    assert set(frame["kind"]) == {"first_application", "family_member_nareis"}
    rest = frame[frame["nationality_iso3"] == "OTH"]
    assert (rest["persons"] == 30).all() and (frame.loc[frame["nationality_iso3"] == "SYR", "persons"] == 10).all()
    assert frame.groupby(["kind", "period"])["persons"].sum().eq(100).all(), "the rows add up to the source's total"


def test_the_report_date_is_the_dutch_day_of_the_sources_stamp():
    with serving(cbs_answers()) as source:
        found = fetch_cbs(source.service())
    assert found.vintage == "2026-05-22" and set(found.frame["vintage"]) == {"2026-05-22"}


def test_only_months_of_both_sexes_and_all_ages_are_asked_for():
    with serving(cbs_answers()) as source:
        fetch_cbs(source.service())
        asked = dict(source.asked)[OBSERVATIONS]["$filter"][0]
    assert "startswith(Geslacht,'T001038')" in asked and "contains(Perioden,'MM')" in asked


def test_every_page_is_read():
    with serving(cbs_answers()) as source:
        whole = fetch_cbs(source.service()).frame
        in_pages(source, 7)
        paged = fetch_cbs(source.service()).frame
    assert paged.equals(whole) and len(source.asked) > 10


@pytest.mark.parametrize("link", ["http://127.0.0.2:9/other", "https://example.org/next", "//elsewhere/page"])
def test_a_next_page_at_another_address_is_not_followed(link):
    with serving(cbs_answers()) as source:
        source.answers[OBSERVATIONS] = json_answer({"value": observations(), "@odata.nextLink": link})
        assert "another address" in refusal(source)


def test_pages_that_go_in_a_circle_are_refused():
    with serving(cbs_answers()) as source:
        source.answers[f"{TABLE}/again"] = json_answer(
            {"value": [], "@odata.nextLink": f"{source.address}{TABLE}/again"}
        )
        source.answers[OBSERVATIONS] = source.answers[f"{TABLE}/again"]
        assert "without an end" in refusal(source)


def test_an_empty_cell_is_left_out_and_named_and_never_0():
    rows = [
        r | {"Value": None} if r["Nationaliteit"] == "NAT9444" and r["Measure"] == "M2" else r for r in observations()
    ]
    rows = [r for r in rows if r["Geslacht"] == "T001038"]
    with serving(cbs_answers(rows)) as source:
        found = fetch_cbs(source.service())
    first = found.frame[found.frame["kind"] == "first_application"]
    assert set(first["nationality_iso3"]) == {"AFG", "ERI", "IRQ", "SOM", "TUR", "YEM"}, "no SYR, and no rest either"
    assert any("2 cells have no value" in note and "SYR 2025-11" in note for note in found.notes)


def test_a_remainder_below_zero_by_rounding_is_said():
    rows = [r | {"Value": 65.0} if r["Nationaliteit"] == "T001059" else r for r in observations()]
    with serving(cbs_answers(rows)) as source:
        found = fetch_cbs(source.service())
    assert any("below 0 in 4 months (lowest -5)" in note for note in found.notes)


def test_a_500_that_passes_is_tried_again():
    with serving(cbs_answers()) as source:
        good = source.answers[OBSERVATIONS]
        assert not isinstance(good, list)
        source.answers[OBSERVATIONS] = [json_answer({}, 500), json_answer({}, 503), good]
        assert len(fetch_cbs(source.service()).frame) == 32


def test_a_500_that_stays_is_given_up_after_few_tries():
    with serving(cbs_answers()) as source:
        source.answers[OBSERVATIONS] = json_answer({}, 500)
        assert "status 500" in refusal(source)
        assert [path for path, _ in source.asked].count(OBSERVATIONS) == 3


def test_a_404_is_said_and_not_tried_again():
    with serving() as source:
        assert "status 404" in refusal(source)
        assert len(source.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html>In onderhoud</html>",
        b"",
        b'{"value": [',
        b"[1, 2]",
        b'"text"',
        b"\xff\xfe\x00",
        b'{"value": [{"Value": NaN}]}',
    ],
)
def test_a_page_or_half_an_answer_instead_of_json_is_refused(body):
    with serving(cbs_answers()) as source:
        source.answers[OBSERVATIONS] = (200, {"Content-Type": "text/html"}, body)
        assert "JSON" in refusal(source)


@pytest.mark.parametrize("content", [{}, {"value": None}, {"value": {}}, {"value": [1]}, {"error": {"code": "x"}}])
def test_an_answer_without_the_list_of_values_is_refused(content):
    with serving(cbs_answers()) as source:
        source.answers[OBSERVATIONS] = json_answer(content)
        assert "shape has changed" in refusal(source)


@pytest.mark.parametrize("value", ["veel", -5, True, [], 1e400])
def test_a_cell_that_is_no_count_is_refused(value):
    with serving(cbs_answers([*observations(), observation("M2", "NAT9444", "2025MM10", value)])) as source:
        assert "no count" in refusal(source) or "JSON" in refusal(source)


@pytest.mark.parametrize("lost", ["Measure", "Value", "Nationaliteit", "Perioden", "Leeftijd"])
def test_a_missing_field_is_one_clear_error(lost):
    rows = [{k: v for k, v in row.items() if k != lost} for row in observations()]
    with serving(cbs_answers(rows)) as source:
        assert f"field {lost}" in refusal(source)


@pytest.mark.parametrize(
    "names", [("Geslacht", "Perioden"), ("Nationaliteit",), ("Nationaliteit", "Perioden", "Regio")], ids=" ".join
)
def test_a_missing_or_new_dimension_is_one_clear_error(names):
    with serving(cbs_answers()) as source:
        source.answers[f"{TABLE}/Dimensions"] = json_answer({"value": [{"Identifier": name} for name in names]})
        assert "dimension" in refusal(source)


@pytest.mark.parametrize(
    "names",
    [
        {k: v for k, v in NAMES.items() if k != "NAT9444"},
        {k: v for k, v in NAMES.items() if k != "NAT9888"},
        NAMES | {"NAT9444": "Zweeds"},
        NAMES | {"NAT7777": "Jemenitisch (Noord)"},
        {k: v for k, v in NAMES.items() if k != "T001059"},
    ],
    ids=["lost", "lost by name", "renamed", "twice", "no total"],
)
def test_a_nationality_that_was_lost_renamed_or_stands_twice_is_one_clear_error(names):
    with serving(cbs_answers()) as source:
        source.answers[f"{TABLE}/NationaliteitCodes"] = codes(names)
        assert "codes have changed" in refusal(source)


def test_a_measure_that_was_lost_is_one_clear_error():
    with serving(cbs_answers()) as source:
        source.answers[f"{TABLE}/MeasureCodes"] = codes({k: v for k, v in MEASURES.items() if k != "M4"})
        assert "family_member_nareis" in refusal(source)


def test_a_nationality_without_months_is_one_clear_error():
    rows = [row for row in observations() if row["Nationaliteit"] != "NAT9458"]
    with serving(cbs_answers(rows)) as source:
        assert "TUR" in refusal(source)


def test_a_cell_that_comes_twice_is_refused():
    with serving(cbs_answers([*observations(), observations()[0] | {"Measure": "M2"}])) as source:
        assert "twice" in refusal(source)


def test_no_network_is_one_calm_sentence():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(SourceError, match=r"CBS cannot be reached .* nothing was imported"):
        fetch_cbs(Service("CBS", address, timeout=1, retries=1, pause=0))


@pytest.mark.parametrize("address", ["", "nonsense", "ftp://127.0.0.1/x", "http://"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(SourceError, match="cannot be reached"):
        fetch_cbs(Service("CBS", address, timeout=1, retries=0))


def test_a_silent_source_is_given_up_after_the_time_out():
    with serving(cbs_answers()) as source:
        source.answers[OBSERVATIONS] = (200, {}, lambda _: source.closing.wait(5))
        said = refusal(source, retries=0)
    assert "0.4 seconds" in said or "cannot be reached" in said


def test_an_answer_that_trickles_in_is_given_up_at_the_deadline():
    with serving(cbs_answers()) as source:

        def trickle(handler: BaseHTTPRequestHandler) -> None:
            try:
                while not source.closing.wait(0.05):
                    handler.wfile.write(b" " * (1 << 16))
            except OSError:
                pass

        source.answers[OBSERVATIONS] = (200, {}, trickle)
        assert "for one answer" in refusal(source, retries=0, timeout=0.1)


def test_an_answer_that_is_too_large_is_given_up():
    with serving(cbs_answers()) as source:
        source.answers[OBSERVATIONS] = (200, {}, b" " * (2 << 20))
        assert "more than 1 MiB" in refusal(source, largest_bytes=1 << 20)


def test_a_redirect_is_followed_and_a_circle_is_not():
    with serving(cbs_answers()) as source:
        source.answers["/moved"] = source.answers[OBSERVATIONS]
        source.answers[OBSERVATIONS] = (302, {"Location": "/moved"}, b"")
        assert len(fetch_cbs(source.service()).frame) == 32
        source.answers["/moved"] = (302, {"Location": OBSERVATIONS}, b"")
        assert "sends us on" in refusal(source)

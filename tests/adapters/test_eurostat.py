"""Eurostat's JSON-stat is read over real HTTP, cell by cell, and a changed shape is refused."""

import copy

import pytest
from cbs_examples import eurostat_answer
from source_server import json_answer, serving

from triage.adapters.eurostat import fetch_eurostat
from triage.domain.errors import SourceError

PATH = "/migr_asyappctzm"


def test_first_and_all_applications_become_rows():
    with serving({PATH: json_answer(eurostat_answer())}) as source:
        found = fetch_eurostat(source.service())
        asked = dict(source.asked)[PATH]
    frame = found.frame
    assert found.vintage == "2026-02-20" and set(frame["kind"]) == {"first_application", "all_applications"}
    assert asked["geo"] == ["NL"] and len(asked["citizen"]) == 8
    first = frame[frame["kind"] == "first_application"]
    assert first.groupby("period")["persons"].sum().eq(80).all() and len(first) == 16


def test_a_cell_that_eurostat_leaves_out_is_missing_and_said():
    with serving({PATH: json_answer(eurostat_answer())}) as source:
        found = fetch_eurostat(source.service())
    rest = found.frame[(found.frame["nationality_iso3"] == "OTH") & (found.frame["kind"] == "all_applications")]
    assert rest["period"].tolist() == ["2025-11"]
    assert any("1 cells have no value" in note and "2025-12" in note for note in found.notes)


def test_values_as_a_list_and_an_index_as_a_list_are_read_too():
    answer = eurostat_answer()
    answer["value"] = [answer["value"].get(str(i)) for i in range(32)]
    answer["dimension"]["time"]["category"]["index"] = ["2025M11", "2025M12"]
    with serving({PATH: json_answer(eurostat_answer())}) as source:
        plain = fetch_eurostat(source.service()).frame
        source.answers[PATH] = json_answer(answer)
        assert fetch_eurostat(source.service()).frame.equals(plain)


def broken(change) -> dict:
    answer = copy.deepcopy(eurostat_answer())
    change(answer)
    return answer


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.pop("value"),
        lambda a: a.pop("id"),
        lambda a: a["size"].append(3),
        lambda a: a["size"].__setitem__(2, 9),
        lambda a: a["value"].update({"999": 5}),
        lambda a: a["value"].update({"x": 5}),
        lambda a: a["value"].update({"3": -5}),
        lambda a: a["value"].update({"3": "veel"}),
        lambda a: a.update(value={}),
        lambda a: a["dimension"].pop("citizen"),
        lambda a: a["id"].__setitem__(4, "colour") or a["dimension"].update(colour=a["dimension"]["applicant"]),
        lambda a: a["dimension"]["citizen"]["category"].update(index={str(i): i for i in range(8)}),
        lambda a: a.update(dimension=None),
    ],
    ids=range(13),
)
def test_a_changed_shape_is_one_clear_error(change):
    with (
        serving({PATH: json_answer(broken(change))}) as source,
        pytest.raises(SourceError, match=r"changed.*nothing was imported"),
    ):
        fetch_eurostat(source.service())


@pytest.mark.parametrize("status", [400, 404, 413])
def test_a_refused_question_is_said(status):
    with (
        serving({PATH: json_answer({"error": [{"status": status}]}, status)}) as source,
        pytest.raises(SourceError, match=f"status {status}"),
    ):
        fetch_eurostat(source.service())

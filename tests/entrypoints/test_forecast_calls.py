"""Forecasts of the inflow over the API."""

import pytest
from tests.entrypoints.world import PRIVATE


def forecast_id(api) -> int:
    """The newest base forecast."""
    return api.get("/v1/inflow-forecasts?kind=first_application&scenario=base").json()["forecasts"][0]["forecastId"]


def test_the_list_says_of_what_each_forecast_is_and_how_good_it_was(api):
    lines = api.get("/v1/inflow-forecasts").json()["forecasts"]
    assert [(one["kind"], one["scenario"]) for one in lines[:2]] == [
        ("first_application", "grens-dicht"),
        ("first_application", "base"),
    ]
    assert lines[1]["madeOn"] == "2026-10" and lines[1]["modelVersion"]
    accuracy = lines[1]["accuracy"]
    assert accuracy["backtestOutcomes"] > 100 and 0 <= accuracy["backtestCoverage80"] <= 1
    assert accuracy["publishedOutcomes"] == 12  # four months of three series came since the older forecast


def test_the_list_can_be_asked_for_one_kind_or_one_scenario(api):
    kinds = api.get("/v1/inflow-forecasts?kind=family_member_nareis").json()["forecasts"]
    assert [one["kind"] for one in kinds] == ["family_member_nareis"]
    scenarios = api.get("/v1/inflow-forecasts?scenario=grens-dicht").json()["forecasts"]
    assert [one["scenario"] for one in scenarios] == ["grens-dicht"]
    assert api.get("/v1/inflow-forecasts?kind=unheard_of").json() == {"forecasts": [], "next": None}


def test_forecasts_come_in_pages(api):
    seen, after = [], ""
    while after is not None:
        page = api.get(f"/v1/inflow-forecasts?limit=1{after and f'&after={after}'}").json()
        assert len(page["forecasts"]) == 1
        seen += [one["forecastId"] for one in page["forecasts"]]
        after = page["next"]
    assert seen == [one["forecastId"] for one in api.get("/v1/inflow-forecasts").json()["forecasts"]]
    assert len(seen) == 4


def private_id(tools) -> int:
    return next(p.publication_id for p in tools.store.publications("FORECAST") if p.label == PRIVATE)


def test_a_private_forecast_is_only_for_who_asks_by_its_name(api, tools):
    number = private_id(tools)
    assert number not in [one["forecastId"] for one in api.get("/v1/inflow-forecasts").json()["forecasts"]]
    for tail in ("", "/sums", "/scores"):
        assert api.get(f"/v1/inflow-forecasts/{number}{tail}").status_code == 404
        assert api.get(f"/v1/inflow-forecasts/{number}{tail}?label=first_application").status_code == 404
    asked = {"label": PRIVATE}
    assert [one["forecastId"] for one in api.get("/v1/inflow-forecasts", params=asked).json()["forecasts"]] == [number]
    assert api.get(f"/v1/inflow-forecasts/{number}", params=asked).status_code == 200
    assert api.get(f"/v1/inflow-forecasts/{number}/sums", params=asked).status_code == 200


@pytest.mark.parametrize("query", ["kind=Syrians", "scenario=%00", "label=", "limit=0"])
def test_a_filter_that_cannot_be_is_a_problem_that_names_it(api, query):
    answer = api.get(f"/v1/inflow-forecasts?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["errors"] == [{"field": query.partition("=")[0]}]


def test_a_forecast_lists_its_series_and_periods(api):
    answer = api.get(f"/v1/inflow-forecasts/{forecast_id(api)}").json()
    assert {row["series"] for row in answer["forecast"]} == {"ERI", "SYR", "TUR", "total"}
    assert all(row["p10"] <= row["p50"] <= row["p90"] for row in answer["forecast"])


def test_a_window_is_summed_on_the_paths(api):
    url = f"/v1/inflow-forecasts/{forecast_id(api)}"
    window = api.get(f"{url}/sums", params={"from": "2026-12", "to": "2027-02", "series": "SYR"}).json()
    months = [r for r in api.get(url).json()["forecast"] if r["series"] == "SYR"][1:4]
    assert window["periods"] == 3
    assert window["p90"] - window["p10"] < sum(r["p90"] - r["p10"] for r in months)


def test_a_group_is_summed_on_the_paths_and_all_parts_are_the_total(api):
    url = f"/v1/inflow-forecasts/{forecast_id(api)}/sums"
    parts = api.get(url, params={"series": "SYR,ERI,TUR"}).json()
    total = api.get(url).json()
    levels = ["p05", "p10", "p25", "p50", "p75", "p90", "p95"]
    assert [parts[level] for level in levels] == pytest.approx([total[level] for level in levels])
    assert parts["series"] == ["SYR", "ERI", "TUR"]


def test_one_month_of_one_series_is_its_row(api):
    url = f"/v1/inflow-forecasts/{forecast_id(api)}"
    row = next(r for r in api.get(url).json()["forecast"] if (r["series"], r["month"]) == ("SYR", "2027-01"))
    one = api.get(f"{url}/sums", params={"from": "2027-01", "to": "2027-01", "series": "SYR"}).json()
    names = ("p05", "p50", "p95", "naiveP50", "naiveP90")
    assert {name: one[name] for name in names} == pytest.approx({name: row[name] for name in names})


def test_how_good_we_were_stands_beside_a_sum(api):
    url = f"/v1/inflow-forecasts/{forecast_id(api)}/sums"
    year = api.get(url, params={"to": "2027-10"}).json()["accuracy"]
    assert year["basis"] == "year_sums" and year["backtestOutcomes"] == 5  # origins with all twelve months known
    month = api.get(url, params={"from": "2026-12", "to": "2026-12", "series": "SYR"}).json()["accuracy"]
    assert month["basis"] == "months" and month["backtestOutcomes"] == 8  # one per origin, two months ahead


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("series=XYZ", 404),
        ("series=SYR,XYZ", 404),
        ("series=SYR,SYR", 400),
        ("series=total,SYR", 400),
        ("series=", 400),
        ("from=2020-01", 404),
        ("from=2027-02&to=2026-12", 400),
        ("from=nu", 400),
        ("series=%00", 400),
    ],
)
def test_a_window_that_is_not_there_is_told(api, query, status):
    answer = api.get(f"/v1/inflow-forecasts/{forecast_id(api)}/sums?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert "XYZ" not in answer.text


@pytest.mark.parametrize("number", ["0", "-1", "999", "99999999999999999999", "x", "1"])
def test_a_forecast_that_is_not_there_is_404(api, number):
    assert api.get(f"/v1/inflow-forecasts/{number}").status_code == 404


def test_scores_belong_to_the_kind_of_the_forecast(api):
    scores = api.get(f"/v1/inflow-forecasts/{forecast_id(api)}/scores").json()["scores"]
    assert {row["series"] for row in scores} == {"total", "bottom"}


def test_a_forecast_is_scored_on_the_months_that_came_since(api):
    older = api.get("/v1/inflow-forecasts").json()["forecasts"][-1]
    assert older["madeOn"] == "2026-06"
    rows = {
        row["series"]: row for row in api.get(f"/v1/inflow-forecasts/{older['forecastId']}/scores").json()["published"]
    }
    assert set(rows) == {"bottom", "total", "ERI", "SYR", "TUR"}
    assert rows["bottom"]["outcomes"] == 12 and rows["total"]["outcomes"] == 4
    assert api.get(f"/v1/inflow-forecasts/{forecast_id(api)}/scores").json()["published"] == []


def test_scores_published_after_a_forecast_are_not_its_scores(api, tools):
    number = forecast_id(api)
    before = api.get(f"/v1/inflow-forecasts/{number}/scores").json()
    publication, frame = tools.store.newest("SCORES")
    tools.store.publish("SCORES", frame.assign(wape=0.9), publication.label)
    assert api.get(f"/v1/inflow-forecasts/{number}/scores").json() == before

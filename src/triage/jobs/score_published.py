"""Score what was published: every official forecast of a kind, base and scenarios, against the counts that came."""

import pandas as pd

from triage.adapters.forecasts import ForecastHead, forecast_heads, forecast_of, newest_number
from triage.adapters.store import Store
from triage.domain.inflow_tables import PUBLISHED_SCORES
from triage.forecast.hindsight import history_of, parts, with_outcomes
from triage.forecast.published import published_scores

BOTTOM = "bottom"


def score_published(store: Store, kind: str, publish: bool = False) -> pd.DataFrame:
    """PUBLISHED_SCORES: one row per forecast and series, and the group bottom; newest forecast first.

    Outcomes are those of the newest INFLOW. A series of which no outcome is known yet has a row with 0 outcomes and
    empty measures, so that nobody takes silence for success. With `publish` the table is published under `kind`.
    """
    inflow = newest_number(store, "INFLOW", "inflow")
    history = history_of(None if inflow is None else store.published(inflow)[1], kind)
    rows = [row for head in forecast_heads(store, kind) for row in _of_one(store, head, history)]
    table = PUBLISHED_SCORES.check(pd.DataFrame(rows, columns=list(PUBLISHED_SCORES.columns)))
    if publish:
        store.publish("PUBLISHED_SCORES", table, kind)
    return table


def _of_one(store: Store, head: ForecastHead, history: pd.DataFrame) -> list[dict[str, object]]:
    publication, forecast = forecast_of(store, head.publication.publication_id)
    known = with_outcomes(forecast, history)
    said = {
        "publication_id": publication.publication_id,
        "label": publication.label,
        "scenario": head.scenario,
        "made_on": head.made_on,
        "model_version": head.model_version,
    }
    names = dict.fromkeys(forecast["series"])
    groups = {BOTTOM: parts(known), **{name: known[known["series"] == name] for name in names}}
    return [{**said, "series": name, **published_scores(rows)} for name, rows in groups.items()]

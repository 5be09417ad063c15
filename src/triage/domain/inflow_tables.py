"""Tables of the inflow: counts, forecasts as paths and quantiles, scores, events and the hours ahead."""

import pandera.pandas as pa

from triage.domain.table import PERIOD, Table, persons, text

INFLOW = Table(
    "INFLOW",
    ("period", "kind", "nationality_iso3", "destination_iso3", "vintage", "location", "route"),
    {
        "period": text(PERIOD),
        "persons": persons(),
        "kind": text(),
        "nationality_iso3": text(),
        "source": pa.Column(str, required=False, nullable=True, coerce=True),
    },
    {
        "period": "a month 2026-11, a quarter 2026Q4 or a week 2026-W47",
        "persons": "a count of persons, 0 or more",
        "kind": "first_application, family_member_nareis or another kind; never summed without a label",
        "nationality_iso3": "ISO 3166 alpha-3, TOT for all",
        "source": "where the figure comes from",
    },
    extra_columns=True,
)

_LAID_OVER = {name: pa.Column(str, required=False, nullable=True, coerce=True) for name in ("scenario", "vintage")}
_LAID_OVER_MEANING = {
    "scenario": "base, or the id of the scenario that was laid over it",
    "vintage": "report date of the counts; empty where not known",
}

PATHS = Table(
    "PATHS",
    ("series", "month", "draw"),
    {
        "made_on": text(),
        "series": text(),
        "month": text(PERIOD),
        "draw": pa.Column(int, pa.Check.ge(0), coerce=True),
        "persons": persons(),
        "model_version": text(),
        **_LAID_OVER,
    },
    {
        "made_on": "the last period that the forecast knew",
        "series": "a series, or total",
        "month": "the period ahead",
        "draw": "number of the joint path, from 0",
        "persons": "persons in that period on that path; on every draw the total is the sum of its parts",
        "model_version": "the model that made it",
        **_LAID_OVER_MEANING,
    },
)

FORECAST = Table(
    "FORECAST",
    ("series", "month"),
    {
        "made_on": text(),
        "series": text(),
        "month": text(PERIOD),
        **{name: persons() for name in ("p05", "p10", "p25", "p50", "p75", "p90", "p95")},
        "naive_p10": persons(),
        "naive_p50": persons(),
        "naive_p90": persons(),
        "model_version": text(),
        **_LAID_OVER,
        "note": pa.Column(str, required=False, nullable=True, coerce=True),
    },
    {
        "made_on": "the last period that the forecast knew",
        "series": "a series, or total (the sum of the series given, not national inflow)",
        "month": "the period ahead",
        **{f"p{q}": f"{q} % quantile in persons, read off PATHS" for q in ("05", "10", "25", "50", "75", "90", "95")},
        "naive_p10": "10 % quantile of the seasonal naive baseline (persons)",
        "naive_p50": "median of the seasonal naive baseline (persons)",
        "naive_p90": "90 % quantile of the seasonal naive baseline (persons)",
        "model_version": "the model that made it",
        **_LAID_OVER_MEANING,
        "note": "what a reader must know of the scenario: hindsight, a bridge, no effect; empty where nothing",
    },
)

SCORES = Table(
    "SCORES",
    ("series", "model"),
    {
        "series": text(),
        "model": text(),
        "rel_wis": pa.Column(float, nullable=True, coerce=True),
        "wis": pa.Column(float, nullable=True, coerce=True),
        "wape": pa.Column(float, nullable=True, coerce=True),
        "bias": pa.Column(float, nullable=True, coerce=True),
        "coverage_50": pa.Column(float, nullable=True, coerce=True),
        "coverage_80": pa.Column(float, nullable=True, coerce=True),
        "coverage_90": pa.Column(float, nullable=True, coerce=True),
    },
    {
        "series": "a series, total, or the group bottom (all series without the total)",
        "model": "name of the forecast model",
        "rel_wis": "weighted interval score over that of seasonal naive (below 1 is better)",
        "wis": "mean weighted interval score (persons)",
        "wape": "sum of absolute errors of the median over the sum of outcomes",
        "bias": "sum of (median - outcome) over the sum of outcomes; positive is too high",
        "coverage_50": "share of outcomes inside the 50 % band",
        "coverage_80": "share of outcomes inside the 80 % band",
        "coverage_90": "share of outcomes inside the 90 % band",
    },
    extra_columns=True,
)


_LEVELS = ("q05", "q10", "q25", "q50", "q75", "q90", "q95")
_TRIED = {
    **{name: persons() for name in _LEVELS},
    "actual": pa.Column(float, pa.Check.in_range(0, 1e9), nullable=True, coerce=True),
}
_TRIED_MEANING = {
    "origin": "the last period that the forecast knew",
    "series": "a series, or total (the sum of the series given, not national inflow)",
    "model": "name of the forecast model",
    **{name: f"{name[1:]} % quantile (persons)" for name in _LEVELS},
    "actual": "what came, empty while not known (persons)",
}

BACKTEST = Table(
    "BACKTEST",
    ("origin", "series", "period", "model"),
    {
        "origin": text(PERIOD),
        "series": text(),
        "period": text(PERIOD),
        "h": pa.Column(int, pa.Check.ge(1), coerce=True),
        "model": text(),
        **_TRIED,
    },
    _TRIED_MEANING | {"period": "the period that was forecast", "h": "periods ahead, from 1"},
)

BACKTEST_SUMS = Table(
    "BACKTEST_SUMS",
    ("origin", "series", "model"),
    {"origin": text(PERIOD), "series": text(), "model": text(), **_TRIED},
    _TRIED_MEANING | {name: f"{name[1:]} % quantile of the sum over the first year (persons)" for name in _LEVELS},
)

INFLOW_EVENTS = Table(
    "INFLOW_EVENTS",
    ("event_id",),
    {
        "event_id": text(r"^[a-z0-9-]{1,40}$"),
        "scenario": text(r"^(?!base$|mpp-)[a-z0-9-]{1,40}$"),
        "kind": text(r"^[a-z][a-z0-9_]{0,63}$"),
        "nationalities": text(r"^(\*|[A-Z]{3}( [A-Z]{3})*)$"),
        "first": text(PERIOD),
        "last": text(r"^\s*$|" + PERIOD, nullable=True),
        "shape": pa.Column(str, pa.Check.isin(["pulse", "step", "decay"]), coerce=True),
        "low": pa.Column(float, pa.Check.in_range(0.01, 100), coerce=True),
        "high": pa.Column(float, pa.Check.in_range(0.01, 100), coerce=True),
        "probability": pa.Column(float, pa.Check.in_range(0, 1), coerce=True),
        "author": text(r"\S"),
        "reason": text(r"\S"),
        "known": text(r"\S"),
        "assumed": text(r"\S"),
        "source": text(r"\S"),
        "registered_on": text(r"^\d{4}-\d{2}-\d{2}( 00:00:00)?$"),
    },
    {
        "event_id": "a name of small letters, digits and -, at most 40 long",
        "scenario": "the scenario it belongs to: small letters, digits and -; not base, and not mpp-...",
        "kind": "first_application, family_member_nareis or another kind",
        "nationalities": "ISO 3166 alpha-3 with a blank between, or * for all series",
        "first": "first period of its window: a month 2026-11, a quarter 2026Q4 or a week 2026-W47",
        "last": "last period of its window, in the same frequency; empty for a step of which no end is known",
        "shape": "pulse or step (full effect all through the window), or decay (falls to 5 % in the last period)",
        "low": "least multiplier where it happens, .01 to 100; 1 changes nothing",
        "high": "largest multiplier where it happens, .01 to 100, not below low",
        "probability": "how sure its author is that it happens, 0 to 1",
        "author": "who registered it",
        "reason": "why it was registered",
        "known": "what is known as a fact",
        "assumed": "what is assumed, and by which rule range and probability were chosen",
        "source": "where the facts come from",
        "registered_on": "date of registration, 2026-11-25; after the window began it is hindsight, and flagged so",
    },
)

MPP = Table(
    "MPP",
    ("edition", "year"),
    {
        "edition": text(r"^[a-z0-9-]{1,36}$"),
        "year": pa.Column(int, pa.Check.in_range(1990, 2100), coerce=True),
        "min": persons(),
        "medio": pa.Column(float, pa.Check.in_range(0, 1e9), nullable=True, coerce=True),
        "max": persons(),
        "definition": text(r"\S"),
        "source": text(r"\S"),
    },
    {
        "edition": "when it was issued: 2025-09, or 2025-spring where the month is not published",
        "year": "the calendar year it speaks of",
        "min": "its lowest figure (persons); read as a 10 % quantile, an assumption",
        "medio": "its middle figure (persons), empty where it was not published",
        "max": "its highest figure (persons); read as a 90 % quantile, an assumption",
        "definition": "what is counted; editions differ, so that only what matches is compared",
        "source": "where the figures come from",
    },
)

PUBLISHED_SCORES = Table(
    "PUBLISHED_SCORES",
    ("publication_id", "series"),
    {
        "publication_id": pa.Column(int, coerce=True),
        "label": text(),
        "scenario": text(),
        "made_on": text(),
        "model_version": text(),
        "series": text(),
        "outcomes": pa.Column(int, pa.Check.ge(0), coerce=True),
        **{
            name: pa.Column(float, nullable=True, coerce=True)
            for name in ("wis", "wis_80", "naive_wis_80", "coverage_50", "coverage_80", "coverage_90", "bias")
        },
    },
    {
        "publication_id": "number of the FORECAST",
        "label": "name under which it was published",
        "scenario": "base, or the id of the scenario",
        "made_on": "the last period that it knew",
        "model_version": "the model that made it",
        "series": "a series, total, or the group bottom (all series without the total)",
        "outcomes": "months of it that are known by now; the measures are empty where there are none",
        "wis": "mean weighted interval score (persons)",
        "wis_80": "the same of median and 80 % band alone, to compare with the baseline (persons)",
        "naive_wis_80": "that of the seasonal naive baseline in the same table (persons)",
        "coverage_50": "share of outcomes inside the 50 % band",
        "coverage_80": "share of outcomes inside the 80 % band",
        "coverage_90": "share of outcomes inside the 90 % band",
        "bias": "sum of (median - outcome) over the sum of outcomes; positive is too high",
    },
)

NORM_MIX = Table(
    "NORM_MIX",
    ("kind", "nationality_iso3", "work_class"),
    {
        "kind": text(),
        "nationality_iso3": text(),
        "work_class": text(),
        "share": pa.Column(float, pa.Check.in_range(0, 1), coerce=True),
        "hours": pa.Column(float, pa.Check.in_range(0, 2000), coerce=True),
        "quality": text(r"^(measured|norm|assumption)$"),
        "source": text(),
    },
    {
        "kind": "a kind of inflow, as in INFLOW",
        "nationality_iso3": "ISO 3166 alpha-3, or ALL for every nationality without rows of its own",
        "work_class": "class or route of the work; the shares of one kind and nationality add up to 1",
        "share": "share of the persons counted that come in this class, 0 to 1",
        "hours": "handling hours per person counted (hours)",
        "quality": "measured, norm (set by the service) or assumption",
        "source": "where share and hours come from",
    },
)

HOURS_AHEAD = Table(
    "HOURS_AHEAD",
    ("kind", "month"),
    {
        "made_on": text(),
        "kind": text(),
        "month": text(PERIOD),
        **{name: pa.Column(float, pa.Check.in_range(0, 1e12), coerce=True) for name in ("p10", "p50", "p90")},
        "quality": text(r"^(measured|norm|assumption)$"),
    },
    {
        "made_on": "the last period that the forecast knew",
        "kind": "a kind of inflow, or all for the work of all kinds together",
        "month": "the period in which the people come in; the work itself may fall later",
        "p10": "10 % quantile of the hours, read off PATHS (hours)",
        "p50": "median of the hours (hours)",
        "p90": "90 % quantile of the hours (hours)",
        "quality": "the weakest quality among the rows of NORM_MIX that were used",
    },
)

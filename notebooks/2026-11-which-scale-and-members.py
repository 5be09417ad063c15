# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # On which scale, and with which members, do we forecast?
#
# **Question.** Which transformation of the counts, which plain members, how large an error scale, and what beside the
# error paths? And is the choice a choice, or luck on these series?
#
# **Data.** CBS StatLine 83102NED as shipped: 7 nationalities and their sum, 2015-01 to 2025-12, two kinds, rounded to
# 5. 28 origins, 2018-12 to 2025-09. As a check, two sets on which nothing was chosen: Frontex detections per
# nationality, 2009 to 2025, and the Dutch counts summed to quarters.
#
# **Answer.** On first applications logarithms and fourth roots do equally well; on nareis, with its many small counts,
# fourth roots are a tenth better, and on the check sets more than that. Any power from .15 to .35 does nearly as well,
# so it is no lucky point; square roots are better still on nareis and worse on first applications. A local level per
# series is weaker than error paths where series can lend each other their errors, and stronger on a total, which has
# no sisters; their coherent mean (path_level) is near the best everywhere. Figures are relWIS of the nationalities,
# below 1 is better than seasonal naive; every setting that was tried stands in the tables that this notebook prints.
#
# | figure | value |
# | --- | --- |
# | first applications, path_fast on logs | 0.75 |
# | first applications, path_fast on fourth roots | 0.76 |
# | nareis, path_fast on logs | 0.97 |
# | nareis, path_fast on fourth roots | 0.87 |
# | first applications, path_level | 0.75 |
# | nareis, path_level | 0.82 |
# | first applications, total, path_level | 0.78 |
# | nareis, total, path_level | 0.87 |
# | Frontex, path_fast on logs | 0.60 |
# | Frontex, path_level | 0.51 |
# | quarters, path_fast on logs | 1.07 |
# | quarters, path_level | 0.86 |
#
# Tried while looking for a model of the total, lost, and not built: complex exponential smoothing (of our own, with
# simulated paths, .86 to .93 on first applications), errors of the total alone (.84 to .92), raw counts (.91 to .95),
# last year's value as a member (.86 to .89). A library's AutoCES is scored beside ours by `make bench-peers`.
# Centring errors on their pooled bias is worth a tenth: without it path_fast has .83.

# %%
from unittest.mock import patch

import pandas as pd

from triage.adapters.sources import shipped_file, shipped_inflow
from triage.forecast import archive, level, transform
from triage.forecast.backtest import origins_of, run_trial, score_trials, usual_origins
from triage.forecast.members import damped_trend, last_value, mean_of_year, ridge, smoothed
from triage.forecast.models import MODELS, REFERENCE, Ensemble, PathModel, Reconciled
from triage.forecast.series import panel_of

inflow = shipped_inflow()
kinds = {"first applications": "first_application", "nareis": "family_member_nareis"}
panels = {name: panel_of(inflow, kind=kind) for name, kind in kinds.items()}
origins = {name: origins_of("2018-12:2025-09:3", panel) for name, panel in panels.items()}
ALMOST_LOG = 1e-4  # a power of nearly 0 is the logarithm


def scored(model, panel, starts):
    """Scores of one model, by name or made here."""
    with patch.dict(MODELS, {"tried": model if callable(model) else MODELS[model]}):
        trials = [run_trial(name, panel, starts, panel.season) for name in (REFERENCE, "tried")]
    return score_trials(trials, panel, starts, panel.season)["tried"]


def row(what, model):
    """One line of a table: relWIS and coverage of both kinds."""
    line = {"tried": what}
    for name, panel in panels.items():
        found = scored(model, panel, origins[name])
        line |= {name: found["bottom"]["rel_wis"], f"{name}, 80 %": found["bottom"]["coverage_80"]}
        line |= {f"{name}, total": found["total"]["rel_wis"]}
    return line


def table(rows):
    """Rows as text, three decimals."""
    found = pd.DataFrame(rows).set_index("tried")
    print(found.to_string(float_format="%.3f"), "\n")
    return found


# %% [markdown]
# ## The scale: power 0 is the logarithm, 1/2 the square root

# %%
rows = []
for power in (ALMOST_LOG, 0.15, 0.25, 0.35, 0.5):
    with patch.object(transform, "POWER", power):
        rows += [row(f"path_fast, power {power:g}", "path_fast"), row(f"local_level, power {power:g}", "local_level")]
scale = table(rows)

# %% [markdown]
# ## The members, one at a time and in means

# %%
b, c, d, e, f = smoothed, last_value, mean_of_year, damped_trend, ridge
sets = {
    "b": (b,),
    "c": (c,),
    "d": (d,),
    "e": (e,),
    "f": (f,),
    "b c d": (b, c, d),
    "b d": (b, d),
    "b c d e": (b, c, d, e),
}
sets |= {"b d f": (b, d, f), "b d e f": (b, d, e, f), "b c d e f": (b, c, d, e, f)}
names = "b smoothed, c last value, d mean of year, e damped trend, f ridge"
members = table([row(what, lambda which=which: PathModel(which)) for what, which in sets.items()])

# %% [markdown]
# ## The size and the sharing of errors

# %%
rows = []
for share in (0.0, 0.5, 0.8, 0.9):
    with patch.object(archive, "DONOR_SHARE", share):
        rows.append(row(f"share of donated errors {share}", "path_fast"))
for months in (12, 24, 36):
    with patch.object(archive, "SHORTEST_YEAR", months):
        rows.append(row(f"error scale over {months} months", "path_fast"))
for years in (3, 10, 100):
    with patch.object(archive, "HALF_LIFE_YEARS", years):
        rows.append(row(f"half-life of an error {years} years", "path_fast"))
sizes = table(rows)

# %% [markdown]
# ## The local level: how fast it returns, how long it remembers

# %%
rows = []
for years in (0.5, 1.0, 2.0, 1e6):
    with patch.object(level, "RETURN_YEARS", years):
        rows.append(row(f"half-way back after {years:g} years", "local_level"))
for years in (1.0, 2.0, 4.0):
    with patch.object(level, "MEMORY_YEARS", years):
        rows.append(row(f"memory {years:g} years", "local_level"))
levels = table(rows)

# %% [markdown]
# ## Together

# %%
fast, ens, alone = MODELS["path_fast"], MODELS["path_ens"], MODELS["local_level"]
together = table(
    [
        row("path_level (path_ens, local_level; coherent)", "path_level"),
        row("the same, not coherent", lambda: Ensemble((ens(), alone()))),
        row("path_fast, local_level; coherent", lambda: Reconciled(Ensemble((fast(), alone())))),
        row("path_fast, path_ens, local_level; coherent", lambda: Reconciled(Ensemble((fast(), ens(), alone())))),
    ]
)

# %% [markdown]
# ## The check: series on which nothing was chosen

# %%
frontex = pd.read_csv(shipped_file("frontex_monthly_route_nationality.csv")).rename(columns={"detections": "persons"})
sums = frontex.pivot_table(index="month", columns="nationality_iso3", values="persons", aggfunc="sum", fill_value=0)
frontex = panel_of(sums.stack().rename("persons").reset_index())
first = inflow.loc[inflow["kind"] == "first_application"]
quarter = first["period"].str[:4] + "Q" + ((first["period"].str[5:].astype(int) + 2) // 3).astype(str)
quarters = panel_of(
    first.assign(period=quarter).groupby(["period", "nationality_iso3"], as_index=False)["persons"].sum()
)
checks = {"Frontex": (frontex, usual_origins(frontex)), "quarters": (quarters, usual_origins(quarters))}
check = {}
for name, (panel, starts) in checks.items():
    with patch.object(transform, "POWER", ALMOST_LOG):
        check[f"{name}, path_fast on logs"] = scored("path_fast", panel, starts)["bottom"]["rel_wis"]
    for model in ("path_fast", "local_level", "path_level"):
        check[f"{name}, {model}"] = scored(model, panel, starts)["bottom"]["rel_wis"]
print(pd.Series(check).to_string(float_format="%.3f"), "\n")

# %% [markdown]
# ## The figures of the answer

# %%
answer = {
    "first applications, path_fast on logs": scale.iloc[0]["first applications"],
    "first applications, path_fast on fourth roots": scale.loc["path_fast, power 0.25", "first applications"],
    "nareis, path_fast on logs": scale.iloc[0]["nareis"],
    "nareis, path_fast on fourth roots": scale.loc["path_fast, power 0.25", "nareis"],
    "first applications, path_level": together.iloc[0]["first applications"],
    "nareis, path_level": together.iloc[0]["nareis"],
    "first applications, total, path_level": together.iloc[0]["first applications, total"],
    "nareis, total, path_level": together.iloc[0]["nareis, total"],
    **check,
}
for name, figure in answer.items():
    print(f"{name}: {figure:.4f}")

# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A forecast round, as research and development does it
#
# **Question.**
#
# **Data.**
#
# **Answer.**
#
# | figure | value |
# | --- | --- |
# | a | 0.1 |

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

from triage.adapters.files import read_table
from triage.adapters.national_totals import quarterly_totals, yearly_totals
from triage.adapters.sources import SHIPPED_VINTAGE, shipped_file, shipped_inflow, shipped_vintages
from triage.adapters.store import Store
from triage.jobs.ablate_inflow import ablate_indicator
from triage.jobs.backtest_inflow import backtest_inflow
from triage.jobs.check_intake import check_intake
from triage.jobs.forecast_hours import forecast_hours
from triage.jobs.forecast_inflow import forecast_inflow
from triage.jobs.forecast_national import forecast_national
from triage.jobs.import_inflow import import_inflow
from triage.jobs.judge_mpp import placed_now, published_mpp_form
from triage.jobs.known_inflow import imported_inflow, known_inflow
from triage.jobs.list_scenarios import list_scenarios
from triage.jobs.score_published import score_published

FIRST, NAREIS = "first_application", "family_member_nareis"
PATHS = 400
folder = TemporaryDirectory()
store = Store.open(f"sqlite:///{Path(folder.name) / 'triage.db'}")
store.upgrade()

# %% [markdown]
# ## 1. The round of a year ago

# %%
shipped = shipped_inflow()
then = import_inflow(shipped[shipped["period"] <= "2024-12"], "inflow", "2025-02-28", store)
print(f"{then.rows} counts as of {then.vintage}")
known = known_inflow(imported_inflow(store)).frame
forecast_inflow(known, FIRST, 12, PATHS, store, scenarios=("syria-2024",))

# %%
for number, vintage in enumerate(sorted(shipped_vintages()["vintage"].unique())):
    rows = shipped_vintages()
    report = import_inflow(rows[rows["vintage"] == vintage], "eurostat", "", store)
    print(report)

# %%
report = import_inflow(shipped, "inflow", SHIPPED_VINTAGE, store)
print(report)
frames = imported_inflow(store)
print(known_inflow(frames, "2025-12-31").frame["period"].max(), known_inflow(frames).frame["period"].max())

# %%
scores = score_published(store, FIRST)
print(scores.to_string())

# %%
now = known_inflow(frames).frame
for kind in (FIRST, NAREIS):
    for one in check_intake(now, kind):
        print(one.sentence)

# %%
import time
t=time.time()
result = backtest_inflow(
    now, "nationality_iso3", FIRST, "2019-06:2024-12:6", 12,
    ["naive", "local_level", "path_level"], Path(folder.name) / "backtest", workers=1,
)
print(result["table"])
print(result["models"]["path_level"].keys() if "models" in result else result.keys())
print("backtest", time.time()-t); t=time.time()
gate = ablate_indicator(
    now, FIRST, read_table(shipped_file("frontex_monthly_route_nationality.csv")), "detections", "Frontex detections"
)
print(gate)
print("gate", time.time()-t); t=time.time()

# %%
table = forecast_inflow(now, FIRST, 24, PATHS, store, scenarios=("pact-2026",))
forecast_inflow(now, NAREIS, 24, PATHS, store, model_name="local_level")
print("fc", time.time()-t); t=time.time()
national = forecast_national(now, FIRST, quarterly_totals(FIRST), yearly_totals(FIRST), store)
print(national)
print("nat", time.time()-t); t=time.time()
print(published_mpp_form(store, now, FIRST).to_string())
print(published_mpp_form(store, now, FIRST, f"{FIRST}/pact-2026").to_string())
print(placed_now(store, now, FIRST))
hours = forecast_hours(read_table(shipped_file("norm_mix.csv")), (FIRST, NAREIS), store)
print(hours.sums, hours.notes)
print(score_published(store, FIRST).head(3).to_string())
print("rest", time.time()-t); t=time.time()
folder.cleanup()

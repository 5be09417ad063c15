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
# **Question.** What happens in one round, from new counts to a figure that planning can use, and what does a person
# decide at each step?
#
# **Data.** What is shipped: CBS StatLine 83102NED (7 nationalities, 2015-01 to 2025-12, two kinds, rounded to 5), two
# vintages of Eurostat's Dutch total, Frontex detections, CBS totals per quarter and year, the register of events, the
# editions of the MPP. The norm mix is an assumption. The store is a temporary one. The older vintage of CBS is made
# here, by cutting today's counts short: that it was never revised is therefore no finding.
#
# **Answer.** The round of a year ago did not know of the fall of the Syrian regime, and missed it; with the scenario
# its error is two fifths smaller. That scenario was registered in hindsight: it shows what an overlay does, not that
# somebody knew. The rise of Eritrea was missed by both. The model passes its backtest; Frontex detections do not pass
# the gate and stay out. The year ahead is wide: max is nearly three times min. The MPP of September 2025 reaches from
# our middle upward.
#
# | figure | value |
# | --- | --- |
# | Eurostat counts revised by the second vintage | 22 |
# | Eurostat, largest revision (persons) | 135 |
# | counts to judge before this round | 0 |
# | the same check on the counts of 2025-05 | 1 |
# | a year ago, base, WIS per nationality (persons) | 62 |
# | a year ago, with syria-2024, WIS per nationality (persons) | 38 |
# | a year ago, base, 80 % band held | 0.76 |
# | backtest, relWIS of path_level | 0.74 |
# | backtest, relWIS of the last value repeated | 0.91 |
# | backtest, Diebold-Mariano of path_level against seasonal naive | -5.7 |
# | Frontex detections, relWIS over that without | 1.011 |
# | 2026, seven nationalities, min | 6933 |
# | 2026, seven nationalities, medio | 11146 |
# | 2026, seven nationalities, max | 18449 |
# | 2026, seven nationalities under pact-2026, medio | 10779 |
# | 2026, national, medio | 25278 |
# | MPP of 2025-09 on 2026, share of our paths below its min | 0.445 |
# | MPP of 2025-09 on 2026, share of our paths below its max | 0.885 |
# | hours over 2026 and 2027, p50, thousands | 623 |
#
# What the answer leaves out: only first applications are shown at every step. Nareis goes the same way, apart.

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
from triage.jobs.score_published import score_published

FIRST, NAREIS = "first_application", "family_member_nareis"
PATHS = 400
folder = TemporaryDirectory()
store = Store.open(f"sqlite:///{Path(folder.name) / 'triage.db'}")
store.upgrade()

# %% [markdown]
# ## 0. The round of a year ago
#
# So that there is something to look back on. In a real store it stands there already. Without a champion the model is
# `path_level`.

# %%
shipped = shipped_inflow()
import_inflow(shipped[shipped["period"] <= "2024-12"], "inflow", "2025-02-28", store)
then = known_inflow(imported_inflow(store)).frame
forecast_inflow(then, FIRST, 12, PATHS, store, scenarios=("syria-2024",))

# %% [markdown]
# ## 1. New counts come in: what is new, and what was revised?
#
# *Decided here*: whether the revision is plausible, or the source is to be asked. Nothing is overwritten: the older
# vintage stays, and `known_inflow` still gives the counts of any day. The Eurostat total shows a real revision; it
# counts otherwise than CBS, and so has a label of its own.

# %%
counts = shipped_vintages()
first_vintage, second_vintage = sorted(counts["vintage"].unique())
import_inflow(counts[counts["vintage"] == first_vintage], "inflow-eurostat", "", store)
revised = import_inflow(counts[counts["vintage"] == second_vintage], "inflow-eurostat", "", store).revision
print(f"Eurostat counts revised by the second vintage: {revised.changed:.1f}")
print(f"Eurostat, largest revision (persons): {revised.largest:.1f}")
print(f"of {revised.cells} counts in both; largest in {revised.largest_period}, {revised.largest_percent:.1f} %")

added = import_inflow(shipped, "inflow", SHIPPED_VINTAGE, store).revision
vintages = imported_inflow(store)
now, last_year = known_inflow(vintages).frame, known_inflow(vintages, "2025-12-31").frame
print(f"CBS: {added.new} new counts, up to {now['period'].max()}; on 2025-12-31 known to {last_year['period'].max()}")

# %% [markdown]
# ## 2. Are the newest counts right?
#
# *Decided here*: whether a count that lies far off is a fault of the source or a change in the world. It is used as it
# stands until its source corrects it. This time there is none; in May 2025 there was one, and it was real.

# %%
today = [one for kind in (FIRST, NAREIS) for one in check_intake(now, kind)]
in_may = check_intake(shipped[shipped["period"] <= "2025-05"], FIRST)
print(f"counts to judge before this round: {len(today):.1f}")
print(f"the same check on the counts of 2025-05: {len(in_may):.1f}")
print("\n".join(one.sentence for one in (*today, *in_may)))

# %% [markdown]
# ## 3. What became of the last round?
#
# *Decided here*: what we say about ourselves, and which event should have stood in the register. Base and scenario are
# both scored, whoever was right. A scenario registered after the fact proves nothing.

# %%
scores = score_published(store, FIRST)
bottom = scores[scores["series"] == "bottom"].set_index("scenario")
print(scores[["scenario", "series", "wis", "coverage_80", "bias"]].round(2).to_string(index=False))
print(f"a year ago, base, WIS per nationality (persons): {bottom.loc['base', 'wis']:.4f}")
print(f"a year ago, with syria-2024, WIS per nationality (persons): {bottom.loc['syria-2024', 'wis']:.4f}")
print(f"a year ago, base, 80 % band held: {bottom.loc['base', 'coverage_80']:.4f}")

# %% [markdown]
# ## 4. Is the model still the right one?
#
# *Decided here*: whether the champion stays. Twelve origins and cheap models keep this notebook short. The real round
# is `triage learn inflow`, with every model at 28 origins; it proposes another champion only with a paired gain.

# %%
tried = ["naive", "local_level", "path_level"]
judged = backtest_inflow(
    now, "nationality_iso3", FIRST, "2019-06:2024-12:6", 12, tried, Path(folder.name) / "backtest", workers=1
)
print(judged["table"])
ours, repeated = judged["models"]["path_level"], judged["models"]["naive"]
print(f"backtest, relWIS of path_level: {ours['overall']['relWIS']:.4f}")
print(f"backtest, relWIS of the last value repeated: {repeated['overall']['relWIS']:.4f}")
against = ours["against_seasonal_naive"]
print(f"backtest, Diebold-Mariano of path_level against seasonal naive: {against['diebold_mariano']:.4f}")

# %% [markdown]
# ## 5. Would more data help?
#
# *Decided here*: whether a new source earns its place and its upkeep. Somebody asked for border detections; the gate
# forecasts with and without them, as they were known two months late. The answer is the same as the last time: no.

# %%
detections = read_table(shipped_file("frontex_monthly_route_nationality.csv"))
gate = ablate_indicator(now, FIRST, detections, "detections", "Frontex detections")
print("\n".join(ruling.sentence for _, ruling in gate.rulings))
print(f"Frontex detections, relWIS over that without: {dict(gate.rulings)['bottom'].ratio:.4f}")
print(f"It enters: {gate.enters}")

# %% [markdown]
# ## 6. Forecast: base and scenario
#
# *Decided here*: which events are laid over the base, with whose name and reason. Both are published and both will be
# scored. Nareis has a model of its own, `local_level`, and no scenario: no event is registered for it. The completion
# of young counts (`history`) is left out on purpose: our older vintage is made up, and would teach that counts never
# change.

# %%
forecast_inflow(now, FIRST, 24, PATHS, store, scenarios=("pact-2026",))
forecast_inflow(now, NAREIS, 24, PATHS, store, model_name="local_level")

# %% [markdown]
# ## 7. The national figure, in the MPP's own form
#
# *Decided here*: which figure goes to whom. The seven are not the national inflow; the remainder is a forecast of its
# own and is said to be one. The editions of the MPP are placed in our distribution over a rough bridge: the MPP counts
# more than our series do. A position is a reason to talk, not a verdict.

# %%
national = forecast_national(now, FIRST, quarterly_totals(FIRST), yearly_totals(FIRST), store)
form = published_mpp_form(store, now, FIRST).set_index(["year", "scope"])
under = published_mpp_form(store, now, FIRST, f"{FIRST}/pact-2026").set_index("year")
print(form[["min", "medio", "max"]].round().to_string(), *national.notes, sep="\n")
seven, whole = (form.loc[(2026, scope)] for scope in ("sum of the series given, not national inflow", "national"))
for bound in ("min", "medio", "max"):
    print(f"2026, seven nationalities, {bound}: {seven[bound]:.4f}")
print(f"2026, seven nationalities under pact-2026, medio: {under.loc[2026, 'medio']:.4f}")
print(f"2026, national, medio: {whole['medio']:.4f}")
newest = next(row for row in placed_now(store, now, FIRST) if row["edition"] == "2025-09" and row["year"] == 2026)
for bound in ("min", "max"):
    print(f"MPP of 2025-09 on 2026, share of our paths below its {bound}: {newest[f'position_{bound}']:.4f}")

# %% [markdown]
# ## 8. Hours
#
# *Decided here*: whether the norms are good enough to plan with. The shipped mix is an assumption, and the output says
# so; give measured shares and hours before anybody hires on this.

# %%
hours = forecast_hours(read_table(shipped_file("norm_mix.csv")), (FIRST, NAREIS), store)
print(*hours.notes, sep="\n")
print(f"hours over 2026 and 2027, p50, thousands: {hours.sums['all'][1] / 1000:.4f}")

# %% [markdown]
# ## 9. What waits to be scored
#
# Nobody takes silence for success: a forecast of which no month is known yet stands in the table with 0 outcomes. The
# next round begins with these rows.

# %%
waiting = score_published(store, FIRST, publish=True)
print(waiting.loc[waiting["series"] == "bottom", ["label", "made_on", "outcomes", "wis"]].to_string(index=False))
folder.cleanup()

# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Does routing by the work of a case help?
#
# **Question.** Nearly all cases follow one route, whatever their work. Would more cases be decided within the term if
# light, standard and heavy work took routes of their own, with the same staff? How much of that rests on an
# assumption, and who pays?
#
# **Data.** Made up, all of it: cases of `simulation.world`, a model learned as known on 30 June 2025, its advice on
# cases lodged after that. No figure is an effect on the real service. `triage evaluate routing` answers the question in
# full, with a report; here are fewer cases, arms and replications, to look inside.
#
# **Answer.** On made-up cases, yes, where staff and work are about equal and a stock stands against a term of nearly
# its own length: our advice with another order brings 40 points more cases within the term (95 % interval from 19),
# nearly all that knowing the class of work would bring. About half of that rests on the assumption that a depth that
# does not fit costs hours. Where it costs none, routing alone does harm, and routing with order still gains, by
# order. The gain is large because the queue stands on a knife edge: with one route for everybody single runs end
# between 8 and 97 per cent in time. Where there is slack or little stock there is next to nothing to gain. The same
# weak score does harm when used naively and helps when used with costs and doubt. Order can be bought at the back of
# the queue: without a limit the oldest case under overload is 87 weeks old, with it 56.
#
# | figure | value |
# | --- | --- |
# | one route, % within the term | 56 |
# | routing and order, points more | 40 |
# | the same, lower end of the interval | 19 |
# | routing alone, points more | 38 |
# | order alone, points more | 19 |
# | class of work known, points more | 41 |
# | phi 0, routing alone, points more | -7 |
# | phi 0, routing and order, points more | 19 |
# | phi low, routing alone, points more | 24 |
# | phi low, routing and order, points more | 31 |
# | load .95, routing and order, points more | 3 |
# | stock 12, routing and order, points more | -0.2 |
# | AUC .65, naive, points more | -5 |
# | AUC .65, careful, points more | 22 |
# | overload, no limit, oldest case (weeks) | 87 |
# | overload, limit of 26 weeks, oldest case (weeks) | 56 |

# %%
from dataclasses import replace

import numpy as np
import pandas as pd

from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.jobs.routing_pool import make_material
from triage.routing.policy import Policy
from triage.simulation.arrivals import draw_arrivals
from triage.simulation.policies import FORCED, SAME, SELECTIVE, Arm, Cell, capacity, handled, simulate
from triage.simulation.policy_measures import lead_times
from triage.simulation.policy_study import broken_guardrails, mean_of, points, with_phi
from triage.simulation.queue import Rules, work_off

CASES, SEED, REPLICATIONS = 9_000, 1, 10
MODEL = f"model_{Moment.REGISTERED}"
material = make_material(CASES, SEED, "base", Register.load(), Policy())
pool, advisors = material.pool, material.advisors
A = Arm("A")
B, NAIVE = Arm("B", MODEL, SELECTIVE), Arm("B", MODEL, FORCED)
C, D = Arm("C", MODEL, SAME, True), Arm("D", MODEL, SELECTIVE, True)
KNOWN = Arm("D", "perfect", SELECTIVE, True)
answer = {}


def replicated(cell, arms):
    """Outcomes of every arm: the same arrivals for all of them in each replication."""
    runs = [simulate(cell, arms, pool, advisors, SEED, number) for number in range(REPLICATIONS)]
    return {arm.name: [run[arm.name] for run in runs] for arm in arms}


def table(found):
    """One line per arm: share within the term, difference to A with its interval, lead times, guardrails."""
    rows = []
    for name, outcomes in found.items():
        gap, times = points(outcomes, found["A"]), lead_times(outcomes)
        fell = broken_guardrails(outcomes, found["A"], pool.kinds, pool.groups)
        kinds = dict(zip(pool.kinds, (100 * mean_of(outcomes, "within_by_kind")).round(), strict=True))
        row = {"arm": name, "within": 100 * mean_of(outcomes, "within"), "more": gap.mean, "low": gap.low}
        row |= {"high": gap.high, **kinds, "99 % by week": times.p99, "hours": mean_of(outcomes, "hours_per_case")}
        rows.append(row | {"guardrails": "held" if not fell else fell[0]})
    print(pd.DataFrame(rows).set_index("arm").to_string(float_format="%.1f"), "\n")


# %% [markdown]
# ## The advice
#
# How many cases the model would send to each depth, of each class of work. Most stay on the standard route: the heavy
# one is scarce, and where it is not sure the model says so.

# %%
advised = pd.crosstab(
    pd.Series(np.array(pool.kinds)[pool.kind], name="class of work"),
    pd.Series(np.array(["light", "standard", "heavy"])[advisors[MODEL].depths[SELECTIVE]], name="advised"),
    normalize="index",
)
print((100 * advised).round(1).to_string(), "\n")

# %% [markdown]
# ## A knife edge
#
# With one route for everybody, hours as much as work, and a stock of 24 weeks against a term of 26: the same policy,
# the same hours, and another run of arrivals.

# %%
cell = Cell()
main = replicated(cell, (A, B, NAIVE, C, D, KNOWN))
print("A, share within the term per replication:", [round(100 * o.within) for o in main["A"]], "\n")

# %% [markdown]
# ## The arms

# %%
table(main)
answer["one route, % within the term"] = 100 * mean_of(main["A"], "within")
answer["routing and order, points more"] = points(main[D.name], main["A"]).mean
answer["the same, lower end of the interval"] = points(main[D.name], main["A"]).low
answer["routing alone, points more"] = points(main[B.name], main["A"]).mean
answer["order alone, points more"] = points(main[C.name], main["A"]).mean
answer["class of work known, points more"] = points(main[KNOWN.name], main["A"]).mean

# %% [markdown]
# ## How much rests on the assumption
#
# The same advice in worlds where a depth that does not fit costs other shares of the hours. Routing alone has nothing
# to offer where no hours are saved: some cases then take a longer route for nothing. Order does.

# %%
for phi in ("0", "low"):
    found = replicated(with_phi(cell, phi), (A, B, D))
    print(f"phi {phi}")
    table(found)
    answer[f"phi {phi}, routing alone, points more"] = points(found[B.name], found["A"]).mean
    answer[f"phi {phi}, routing and order, points more"] = points(found[D.name], found["A"]).mean

# %% [markdown]
# ## Where there is nothing to gain
#
# With some slack, or a small stock, nearly everybody is in time already.

# %%
for name, other in {"load .95": replace(cell, load=0.95), "stock 12": replace(cell, stock_weeks=12)}.items():
    found = replicated(other, (A, D))
    print(name)
    table(found)
    answer[f"{name}, routing and order, points more"] = points(found[D.name], found["A"]).mean

# %% [markdown]
# ## The same score, used naively
#
# A made-up classifier with an AUC of .65. Every case to a depth, as many as each depth fits, against advice only where
# it saves hours. The score is the same.

# %%
weak = {way: Arm("B", "auc_65", way) for way in (FORCED, SELECTIVE)}
found = replicated(cell, (A, *weak.values()))
table(found)
answer["AUC .65, naive, points more"] = points(found[weak[FORCED].name], found["A"]).mean
answer["AUC .65, careful, points more"] = points(found[weak[SELECTIVE].name], found["A"]).mean

# %% [markdown]
# ## Who pays for order: the cases that are late already
#
# One run under overload. Without the limit of 26 weeks, cases that missed their term wait behind all others; the total
# looks better, and nobody counts the ones at the back.

# %%
crowded = replace(cell, load=1.05)
arrivals = draw_arrivals(pool, crowded.inflow, crowded.stock_weeks, crowded.weeks, SEED, 1)
work = handled(crowded.procedure, C, pool, advisors, arrivals)
for words, weeks in {"no limit": 1_000, "limit of 26 weeks": 26}.items():
    run = work_off(work, capacity(crowded, pool), crowded.weeks, Rules(True, patience_weeks=weeks))
    done = run.finished + work.tail < crowded.weeks
    oldest = int((crowded.weeks - work.arrived[~done]).max())
    in_time = done & (run.finished + work.tail - work.arrived <= crowded.procedure.term_weeks)
    print(f"{words}: {100 * in_time[work.arrived >= 0].mean():.0f} % in time, oldest open case {oldest} weeks")
    answer[f"overload, {words}, oldest case (weeks)"] = float(oldest)
print()

# %% [markdown]
# ## The figures of the answer

# %%
for name, figure in answer.items():
    print(f"{name}: {figure:.4f}")

"""Tables of cases: the cases themselves, their dossiers, the quality of intake, and fairness."""

import pandas as pd
import pandera.pandas as pa

from triage.domain.table import Table, text

CASES = Table(
    "CASES",
    ("case_id",),
    {
        "case_id": text(r"^[A-Za-z0-9._:-]{1,64}$"),
        "lodged_on": pa.Column("datetime64[ns]", coerce=True),
        "hours_booked": pa.Column(float, pa.Check.in_range(0, 2000), nullable=True, required=False, coerce=True),
        "decided_on": pa.Column("datetime64[ns]", nullable=True, required=False, coerce=True),
        **{
            name: pa.Column("datetime64[ns]", nullable=True, required=False, coerce=True)
            for name in ("term_ends", "term_ends_lawful")
        },
        "audit_sample": pa.Column(object, pa.Check.isin([True, False, None]), nullable=True, required=False),
    },
    {
        "case_id": "a code of letters, digits and . _ : -, at most 64 long; never a V-number or a name",
        "lodged_on": "date of lodging in Europe/Amsterdam",
        "hours_booked": "handling hours to first decision, empty while open (hours)",
        "decided_on": "date of the first decision, empty while open",
        "term_ends": "last day of the decision term as applied, where the table comes with its own terms",
        "term_ends_lawful": "last day of the term as later held lawful; goes before term_ends",
        "audit_sample": "whether the case was drawn at random into the audit sample and decided with priority; "
        "it sets the level of a model and is never a feature",
    },
    extra_columns=True,  # the facts: the register checks them
)


DOSSIER_EVENTS = Table(
    "DOSSIER_EVENTS",
    ("case_id", "item", "event", "at"),
    {
        "case_id": text(r"^[A-Za-z0-9._:-]{1,64}$"),
        "item": text(r"^[a-z][a-z0-9_]{0,39}$"),
        "event": text(r"^(requested|received|waived|chased|planned|held|cancelled|cut_short)$"),
        "at": pa.Column("datetime64[ns]", pa.Check.ge(pd.Timestamp(1990, 1, 1)), coerce=True),
        "by": text(r"^[A-Za-z0-9._:-]{1,64}$"),
        "planned_for": pa.Column("datetime64[ns]", nullable=True, required=False, coerce=True),
        "cause": pa.Column(
            str, pa.Check.str_matches(r"^[a-z][a-z0-9_]{0,39}$"), nullable=True, required=False, coerce=True
        ),
        "minutes": pa.Column(float, pa.Check.in_range(0, 600), nullable=True, required=False, coerce=True),
    },
    {
        "case_id": "a code of letters, digits and . _ : -, at most 64 long; never a V-number or a name",
        "item": "an item of the checklist, or interview",
        "event": "of an item: requested, received, waived, chased; of interview: planned, held, cancelled, cut_short",
        "at": "when it happened, in local time (Europe/Amsterdam); a date alone is midnight",
        "by": "a code of the desk or system that wrote it, made-up for made-up events; never a name",
        "planned_for": "of planned: the day of the interview; empty elsewhere",
        "cause": "of cancelled and cut_short: the item that was missing, or no_interpreter, no_show, ... ; else empty",
        "minutes": "of chased: minutes it took; empty where nobody wrote them down",
    },
)

INTAKE_QUALITY = Table(
    "INTAKE_QUALITY",
    ("figure", "name", "location", "week"),
    {
        "figure": text(r"^(known|unknown|not_asked|contradiction)$"),
        "name": text(r"^[A-Za-z][A-Za-z0-9_]*$"),
        "location": text(),
        "week": text(r"^(\(all\)|\d{4}-W\d{2})$"),
        "part": pa.Column(float, pa.Check.ge(0), nullable=True, coerce=True),
        "whole": pa.Column(float, pa.Check.ge(1), nullable=True, coerce=True),
        "share": pa.Column(float, pa.Check.in_range(0, 1), nullable=True, coerce=True),
        "is_hidden": pa.Column(bool, coerce=True),
    },
    {
        "figure": "known, unknown or not_asked (of a fact), or contradiction",
        "name": "a fact of the register, or the code of a contradiction",
        "location": "location that handles the case; (all), (unknown) or (not asked) where no code stands",
        "week": "ISO week of lodging, 2026-W47, or (all)",
        "part": "cases of which the figure holds",
        "whole": "cases at a moment at which the fact may be known; of a contradiction all cases",
        "share": "part over whole, 0 to 1",
        "is_hidden": "the group is too small to show, or would give away one that is; part, whole and share are empty",
    },
)

FAIRNESS = Table(
    "FAIRNESS",
    ("dimension", "group", "measure"),
    {
        "dimension": text(),
        "group": text(),
        "measure": text(r"^[a-z][a-z0-9_]*$"),
        "cases": pa.Column(float, pa.Check.ge(10), nullable=True, coerce=True),
        **{name: pa.Column(float, nullable=True, coerce=True) for name in ("value", "low", "high", "overall")},
        "detectable": pa.Column(float, pa.Check.ge(0), nullable=True, coerce=True),
        **{
            name: pa.Column(float, pa.Check.in_range(0, 1), nullable=True, coerce=True)
            for name in ("p_value", "p_holm")
        },
        "is_alarm": pa.Column(bool, coerce=True),
        "is_hidden": pa.Column(bool, coerce=True),
    },
    {
        "dimension": "what the groups differ in: nationality, age, ...; of a pair two with & between; all: everybody",
        "group": "the group; unknown and not asked are groups of their own",
        "measure": "calibration_gap, group_gap, rps, hours_gap (h), false_light, false_heavy, coverage_90, not_sure, "
        "override or wait_days; see docs/explanation/fairness-and-what-is-never-used.md",
        "cases": "measured cases in the group; a rate may rest on fewer, its interval says how sure it is",
        "value": "the figure of the group",
        "low": "lower end of its 95 % interval",
        "high": "upper end of its 95 % interval",
        "overall": "the figure of everybody",
        "detectable": "smallest difference that would be found in 80 of 100 reports, in the unit of the figure",
        "p_value": "chance of so large a difference where there is none; empty where nothing is tested",
        "p_holm": "the same after Holm's correction for all tests of its family",
        "is_alarm": "whether the corrected evidence holds",
        "is_hidden": "the group is too small to show, or would give away one that is; all figures are empty",
    },
)

"""The audit sample as a column of cases, for learning only: it sets the level of a model and is never a feature."""

import pandas as pd

from triage.adapters.store import Store
from triage.domain.case_tables import CASES
from triage.domain.records import Arm


def mark_audit_sample(cases: pd.DataFrame, store: Store) -> pd.DataFrame:
    """Table CASES with `audit_sample` as the log has it: true in either arm, false outside, as it was where unknown.

    For who learns a model. An officer or a planner who saw it would know whom the sample holds.
    """
    arms = store.arms()
    before = cases["audit_sample"] if "audit_sample" in cases else [None] * len(cases)
    found = [
        arms[case_id] is not Arm.NONE if case_id in arms else standing
        for case_id, standing in zip(cases["case_id"], before, strict=True)
    ]
    return CASES.check(cases.assign(audit_sample=pd.Series(found, index=cases.index, dtype=object)))


def leave_audit_sample_out(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for any other reader."""
    return frame.drop(columns="audit_sample", errors="ignore")

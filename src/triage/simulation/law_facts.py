"""Facts of made-up cases that never feed a model: nationality, language, location and what the law asks.

Every share in here is invented.
"""

import numpy as np
import pandas as pd

from triage.simulation import recipe as r


def law_facts(
    facts: pd.DataFrame, lodged: np.ndarray, origins: np.ndarray, random: np.random.Generator
) -> pd.DataFrame:
    """Facts that only rules, planning and the fairness audit read: drawn given the work facts, never hardness.

    origins: weight of each nationality per case, shape (n, recipe.ORIGINS), before its documents are looked at.
    """
    n = len(facts)
    documents = facts["documents"].isin(["none", r.UNKNOWN]).to_numpy()
    weights = np.where(documents[:, None], origins * r.ORIGIN_WITHOUT_DOCUMENTS, origins)
    edges = (weights / weights.sum(axis=1, keepdims=True)).cumsum(axis=1)
    origin = np.array(r.ORIGINS, dtype=object)[np.minimum((random.random(n)[:, None] > edges).sum(axis=1), 12)]
    dublin = np.where(np.isin(origin, r.DUBLIN_ORIGINS), 0.3, 0.1)
    minor = (facts["unaccompanied_minor"] == True).to_numpy()  # noqa: E712 - cells may be "unknown" or None
    repeat = random.random(n) < 0.05

    def flag(share: float | np.ndarray) -> np.ndarray:
        return (random.random(n) < share).astype(object)

    eurodac = np.select(
        [random.random(n) < dublin * 0.6, random.random(n) < dublin * 0.5, random.random(n) < 0.04],
        ["applied", "irregular_entry", "protection"],
        "none",
    ).astype(object)
    eurodac[random.random(n) < 0.05] = r.UNKNOWN  # the answer of Eurodac is not in yet
    law = {
        "nationality_iso3": origin,
        "sex": np.where(random.random(n) < 0.32, "female", "male").astype(object),
        "age_years": np.where(minor, random.integers(14, 18, n), random.integers(18, 66, n))
        .astype(float)
        .astype(object),
        "eurodac_hit": eurodac,
        "vis_hit": flag(0.03),
        "residence_title_elsewhere": flag(0.015),
        "eu_citizen": flag(0.001),
        "safe_third_country": flag(0.01),
        "earlier_application": np.where(repeat, "rejected", "none").astype(object),
        "at_border": flag(0.03),
        "detained": flag(0.01),
        "public_order_signal": flag(0.01),
        "language": np.array([r.LANGUAGES[code] for code in origin], dtype=object),
        "location": np.array(r.LOCATIONS, dtype=object)[random.integers(0, len(r.LOCATIONS), n)],
        "irrelevant_statements": flag(np.where(np.isin(origin, r.SAFE_ORIGINS), 0.1, 0.01)),
        "misled_authorities": flag(np.where(facts["documents"] == "suspect", 0.15, 0.01)),
        "late_claim": flag(0.03),
        "new_elements": np.where(repeat, random.random(n) < 0.3, False).astype(object),
        "safe_country_exempt": flag(0.05),
    }
    law["new_elements"][~repeat] = None  # asked only of a subsequent application
    law["return_decision_on"] = np.full(n, None, dtype=object)
    returned = repeat & (random.random(n) < 0.3)
    before = random.integers(10, 700, n).astype("timedelta64[D]")
    law["return_decision_on"][returned] = (lodged - before)[returned].tolist()
    return plain_cells(law)


def plain_cells(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """A frame of plain Python cells: pandas would turn None into an empty text, and lose "not asked"."""
    return pd.DataFrame(columns, dtype=object)

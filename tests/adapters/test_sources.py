"""The series that come with the product are the ones their sources published."""

import pytest

from triage.adapters.sources import SHIPPED, shipped_file, shipped_inflow
from triage.domain.errors import NotFoundError


def test_shipped_inflow_holds_fourteen_whole_series():
    series = shipped_inflow().groupby(["kind", "nationality_iso3"])["period"]
    assert series.ngroups == 14
    assert (series.count() == 132).all() and (series.min() == "2015-01").all() and (series.max() == "2025-12").all()


def test_shipped_inflow_has_the_columns_of_inflow_and_no_gaps():
    frame = shipped_inflow()
    assert list(frame) == ["period", "persons", "kind", "nationality_iso3", "destination_iso3", "source"]
    assert not frame.isna().any().any()


def test_shipped_nareis_of_2025_sums_to_what_the_source_says():
    frame = shipped_inflow()
    year = frame[frame["period"].str.startswith("2025") & (frame["kind"] == "family_member_nareis")]
    sums = year.groupby("nationality_iso3")["persons"].sum()
    assert sums[["AFG", "IRQ", "SOM", "TUR", "YEM"]].tolist() == [190, 250, 405, 465, 1475]


def test_every_shipped_file_is_described_with_its_source():
    readme = (SHIPPED / "README.md").read_text(encoding="utf8")
    assert all(f"`{path.name}`" in readme for path in SHIPPED.glob("*.csv"))


@pytest.mark.parametrize("name", ["nothing.csv", "../sources.py", "README.md"])
def test_other_files_are_not_handed_out(name: str):
    with pytest.raises(NotFoundError, match=r"cbs_quarterly_inflow\.csv"):
        shipped_file(name)

"""The register of facts: three states stay apart, and what may never be a feature is refused by name."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.case import Moment
from triage.domain.errors import FactError, ForbiddenFeatureError, MomentError
from triage.domain.facts import AUDIENCES, SHIPPED, Register

REGISTER = Register.load()
PROTECTED = (
    "nationality_iso3", "stateless", "nationality_doubt", "ethnicity", "religion", "sex", "public_order_signal"
)  # fmt: skip
CLOCKS = (
    "registered_on", "hit_received_on", "request_received_on", "notification_received_on", "accepted_on",
    "found_responsible_on", "apprehended_on", "interviewed_on", "decided_extension_on", "suspended_from",
    "suspended_until", "notice_of_default_on", "ruling_on",
)  # fmt: skip
#: What domain.md section 2 and complexity.md section 3 name per signal of intake; the lodging date is no fact.
SIGNALS = {
    "Eurodac": ("eurodac_hit",), "EU-VIS, title, visa": ("vis_hit", "residence_title_elsewhere"),
    "nationality": ("nationality_iso3", "stateless", "nationality_doubt"), "documents": ("documents", "identity_doubt"),
    "age": ("age_years", "unaccompanied_minor", "age_dispute"), "route": ("route_countries", "days_since_entry"),
    "medical": ("medical_advice", "special_guarantees", "vulnerability_screening", "vulnerability_signs"),
    "motive": ("motive_group",), "family": ("family_size", "relative_in_procedure"),
    "public order": ("public_order_signal",), "language": ("language", "dialect"), "location": ("location",),
    "earlier": ("earlier_application", "return_decision_on"), "file": ("evidence_items", "missing_items"),
    "interview": ("changed_statements", "schooling_years", "registration_interview_minutes", "adviser_present"),
    "clocks": CLOCKS,
}  # fmt: skip


def raw(**changes):
    facts = [{"name": "size", "type": "number", "values": [0, 9], "in_model": "yes"}]
    return {"classes": {"names": ["low", "high"], "cutoffs_hours": [8.0]}, "facts": facts} | changes


@pytest.mark.parametrize("name", PROTECTED)
def test_protected_traits_are_never_in_the_model(name):
    assert REGISTER.facts[name].in_model == "never"
    assert name not in {fact.name for fact in REGISTER.model_facts()}


@pytest.mark.parametrize(
    "name",
    ["nationality_iso3", "religion", "sex", "hours_booked", "granted", "va_referral", "ruling_on", "interviewed_on"],
)
def test_another_register_cannot_turn_a_protected_name_into_a_feature(name):
    with pytest.raises(ForbiddenFeatureError, match=name):
        Register.of(raw(facts=[{"name": name, "type": "category", "in_model": "yes"}]), "other.toml")


def test_a_registers_own_outcome_columns_cannot_be_features():
    fact = {"name": "work_hours", "type": "number", "in_model": "yes"}
    with pytest.raises(ForbiddenFeatureError, match="work_hours"):
        Register.of(raw(facts=[fact], outcomes={"hours": "work_hours"}), "other.toml")


@pytest.mark.parametrize("name", ["label_hours", "case_id", "lodged_on", "moment"])
def test_a_fact_cannot_take_the_name_of_a_column_of_our_own(name):
    with pytest.raises(FactError, match=name):
        Register.of(raw(facts=[{"name": name, "type": "number", "in_model": "yes"}]), "other.toml")


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe",
        b"classes = 3",
        b"[facts]\nname = 'x'\n[classes]\nnames = ['a', 'b']\ncutoffs_hours = [8.0]",
        b"[classes]\nnames = ['a', 'b']\ncutoffs_hours = ['x']",
        b"[classes]\nnames = ['a', 'a']\ncutoffs_hours = [8.0]",
        b"[classes]\nnames = ['a', 'b']\ncutoffs_hours = [8.0]\n[[facts]]\nname = 'x'\ntype = 'number'\nvalues = [0]",
        b"[classes]\nnames = 'ab'\ncutoffs_hours = [8.0]",
        b"[classes]\nnames = [1, 2]\ncutoffs_hours = [8.0]",
        b"[classes]\nnames = ['a|b', 'c']\ncutoffs_hours = [8.0]",
        b"[classes]\nnames = ['a', 'b']\ncutoffs_hours = [-8.0]",
        b"[classes]\nnames = ['a', 'b']\ncutoffs_hours = [8.0]\n[[facts]]\nname = 'x'\ntype = 'category'\nvalues = [1]",
    ],
)
def test_a_register_of_another_shape_is_refused_in_a_sentence(tmp_path, text):
    path = tmp_path / "register.toml"
    path.write_bytes(text)
    with pytest.raises(FactError):
        Register.load(path)


def test_every_fact_says_what_it_means_why_it_is_asked_on_what_ground_and_for_whom():
    for fact in REGISTER.facts.values():
        assert all((fact.meaning, fact.purpose, fact.legal_ground, fact.audience)), fact.name


@pytest.mark.parametrize(("signal", "names"), SIGNALS.items())
def test_the_register_holds_every_signal_of_intake(signal, names):
    assert set(names) <= set(REGISTER.facts), signal


@pytest.mark.parametrize("name", CLOCKS)
def test_a_clock_start_is_a_date_that_never_feeds_the_model(name):
    fact = REGISTER.facts[name]
    assert (fact.kind, fact.in_model, fact.group) == ("date", "never", "term")
    assert fact.purpose.startswith("Term: ")


def test_the_clocks_of_the_register_are_these():
    assert [fact.name for fact in REGISTER.clocks()] == list(CLOCKS)


def test_the_motive_reaches_the_routing_officer_and_nobody_else():
    eyes = {audience for audience in AUDIENCES if "motive_group" in shown_to(audience)}
    assert eyes == {"routing officer"}


def test_a_screen_for_several_eyes_shows_what_each_of_them_may_see():
    both = shown_to("routing officer", "deciding officer")
    assert both == shown_to("routing officer") & shown_to("deciding officer")
    assert "motive_group" not in both and "religion" not in both and "documents" in both


@pytest.mark.parametrize("name", ["ethnicity", "religion", "sex"])
def test_special_traits_are_shown_to_no_routing_officer(name):
    assert name not in shown_to("routing officer")


def test_a_fact_without_an_audience_is_shown_to_nobody():
    assert Register.of(raw()).visible_to("auditor") == []


@pytest.mark.parametrize("audience", [(), ("everybody",), ("planner", "x")])
def test_an_audience_that_nobody_knows_is_refused(audience):
    with pytest.raises(FactError, match="deciding officer"):
        REGISTER.visible_to(*audience)


def test_a_register_with_an_audience_that_nobody_knows_is_refused():
    with pytest.raises(FactError, match="fact size has an audience"):
        Register.of(raw(facts=[{"name": "size", "type": "number", "audience": "officer, everybody"}]), "other.toml")


def shown_to(*audiences):
    return {fact.name for fact in REGISTER.visible_to(*audiences)}


def test_known_unknown_and_not_asked_stay_apart():
    row = {"case_id": "M-1", "lodged_on": _day(), "identity_doubt": True, "documents": "unknown", "age_dispute": None}
    facts = REGISTER.intake(row, Moment.IDENTIFIED).facts
    assert facts == {"identity_doubt": True, "documents": None}


def test_a_file_cell_that_says_unknown_is_unknown():
    assert REGISTER.facts["documents"].parse("unknown") is None


def test_facts_of_the_registration_interview_are_left_out_before_it():
    row = {"case_id": "M-1", "lodged_on": _day(), "medical_advice": "fit", "documents": "real"}
    assert REGISTER.intake(row, Moment.IDENTIFIED).facts == {"documents": "real"}
    assert "medical_advice" in REGISTER.intake(row, Moment.REGISTERED).facts


def test_a_message_with_a_later_fact_is_refused_by_name():
    with pytest.raises(MomentError, match="medical_advice"):
        REGISTER.check({"medical_advice": "fit"}, Moment.IDENTIFIED)


def test_an_unknown_fact_is_refused_without_repeating_it():
    with pytest.raises(FactError) as caught:
        REGISTER.check({"secret_123456789": 1}, Moment.IDENTIFIED)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("identity_doubt", "ja"),
        ("identity_doubt", 1),
        ("age_years", True),
        ("age_years", float("nan")),
        ("age_years", float("inf")),
        ("age_years", -1),
        ("documents", "passport"),
        ("language", "x" * 41),
        ("return_decision_on", "31-12-2026"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_without_repeating_it(name, value):
    with pytest.raises(FactError, match=name) as caught:
        REGISTER.facts[name].check(value)
    assert str(value) not in str(caught.value).replace("such as 2026-11-24", "") or value in (1, -1, True)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("identity_doubt", "ja", True),
        ("identity_doubt", "FALSE", False),
        ("age_years", "34", 34.0),
        ("age_years", "3,5", 3.5),
        ("return_decision_on", "2026-05-01", date(2026, 5, 1)),
        ("language", "ar", "ar"),
    ],
)
def test_file_cells_become_typed_values(name, text, value):
    assert REGISTER.facts[name].parse(text) == value


@pytest.mark.parametrize("day", ["9999-12-31", "2201-01-01", "1899-12-31", "0001-01-01"])
def test_a_day_on_which_no_clock_can_count_is_refused(day):
    for value in (day, date.fromisoformat(day)):
        with pytest.raises(FactError, match="suspended_until: expected a date"):
            REGISTER.facts["suspended_until"].check(value)


@pytest.mark.parametrize(
    "instant",
    [
        "2026-06-11T22:30:00Z",
        "2026-06-11 22:30:00+00:00",
        "2026-06-11T22:30",
        datetime(2026, 6, 11, 22, 30, tzinfo=UTC),
    ],
)
def test_an_instant_is_no_day_because_its_date_hangs_on_the_time_zone(instant):
    with pytest.raises(FactError, match="registered_on: expected a date"):
        REGISTER.facts["registered_on"].parse(instant)


@pytest.mark.parametrize("cell", ["2026-07-01", "2026-07-01 00:00:00", pd.Timestamp(2026, 7, 1), date(2026, 7, 1)])
def test_a_day_is_a_day_as_every_reader_of_files_gives_it(cell):
    assert REGISTER.facts["registered_on"].parse(cell) == date(2026, 7, 1)


@given(st.floats(0, 500))
def test_more_hours_never_mean_a_lighter_class(hours):
    assert REGISTER.class_of(hours) <= REGISTER.class_of(hours + 1)


def test_the_cut_off_itself_belongs_to_the_heavier_class():
    assert (REGISTER.class_of(13.99), REGISTER.class_of(14), REGISTER.class_of(26)) == (0, 1, 2)


@pytest.mark.parametrize(
    "broken",
    [
        raw(classes={"names": ["one"], "cutoffs_hours": []}),
        raw(classes={"names": ["a", "b", "c"], "cutoffs_hours": [9.0, 3.0]}),
        raw(facts=[{"name": "size", "type": "number"}, {"name": "size", "type": "flag"}]),
        raw(facts=[{"name": "size", "type": "number"}, {"name": "size_value", "type": "flag"}]),
        raw(facts=[{"name": "size", "type": "free_text"}]),
        raw(facts=[{"name": "not a name", "type": "flag"}]),
    ],
)
def test_a_register_that_contradicts_itself_is_refused(broken):
    with pytest.raises(FactError):
        Register.of(broken, "other.toml")


def test_a_register_that_is_not_toml_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "register.toml"
    path.write_text("[[facts]\n")
    with pytest.raises(FactError, match=r"register\.toml"):
        Register.load(path)


def test_the_shipped_register_can_be_handed_in_as_a_file(tmp_path):
    path = tmp_path / "copy.toml"
    path.write_text(SHIPPED.read_text(encoding="utf8"), encoding="utf8")
    assert Register.load(path).facts == REGISTER.facts


def _day():
    return pd.Timestamp("2026-11-24")


def test_a_file_named_like_the_shipped_register_gets_no_other_rights(tmp_path):
    path = tmp_path / SHIPPED.name
    path.write_text(
        "[classes]\nnames = ['a', 'b']\ncutoffs_hours = [8.0]\n"
        "[[facts]]\nname = 'granted'\ntype = 'flag'\nin_model = 'yes'\n"
    )
    with pytest.raises(ForbiddenFeatureError, match="granted"):
        Register.load(path)


@pytest.mark.parametrize("name", ["nationaliteit", "citizenship", "herkomst", "ras", "geslacht", "inwilliging"])
def test_dutch_names_and_stand_ins_are_refused_too(name):
    with pytest.raises(ForbiddenFeatureError, match=name):
        Register.of(raw(facts=[{"name": name, "type": "category", "in_model": "yes"}]), "other.toml")


def test_many_intakes_are_read_as_each_row_alone():
    cells = {"documents": ["real", "unknown", None], "family_size": [2.0, None, "unknown"], "evidence_items": [1.0] * 3}
    days = pd.to_datetime(["2026-03-01", "2026-06-12", "2026-07-01"])
    cases = pd.DataFrame(cells, dtype=object).assign(case_id=["A", "B", "C"], lodged_on=days)
    for moment in Moment:
        assert REGISTER.intakes(cases, moment) == [REGISTER.intake(row, moment) for row in cases.to_dict("records")]

"""The key of the audit sample: from the environment, or made once; nobody else can read it."""

import os
import stat

import pytest

from triage.adapters.audit_key import audit_key
from triage.adapters.settings import Settings, load_settings
from triage.domain.errors import SettingsError

GIVEN = "a-given-key-of-more-than-32-signs-"


def test_a_key_is_made_once_and_kept(tmp_path):
    settings = Settings(home=str(tmp_path / "home"))
    assert audit_key(settings) == audit_key(settings) and len(audit_key(settings)) == 64


def test_two_homes_have_two_keys(tmp_path):
    assert audit_key(Settings(home=str(tmp_path / "a"))) != audit_key(Settings(home=str(tmp_path / "b")))


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_the_owner_can_read_the_key_whatever_the_mask(tmp_path, mask):
    before = os.umask(mask)
    try:
        audit_key(Settings(home=str(tmp_path)))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "audit.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["audit.key"]


def test_a_key_that_others_can_read_is_refused(tmp_path):
    audit_key(Settings(home=str(tmp_path)))
    (tmp_path / "audit.key").chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        audit_key(Settings(home=str(tmp_path)))


def test_the_environment_wins_and_makes_no_file(tmp_path):
    settings = load_settings(environment={"TRIAGE_AUDIT_KEY": GIVEN, "TRIAGE_HOME": str(tmp_path)})
    assert audit_key(settings) == GIVEN.encode() and not list(tmp_path.iterdir())


@pytest.mark.parametrize("short", ["secret", "x" * 31])
def test_a_short_key_is_refused_and_not_repeated(short):
    with pytest.raises(SettingsError, match="too short") as caught:
        audit_key(Settings(audit_key=short))
    assert short not in str(caught.value)


def test_the_key_stands_in_no_text_of_the_settings():
    assert GIVEN not in repr(Settings(audit_key=GIVEN))


def test_processes_that_start_at_once_have_one_key(tmp_path):
    settings, said, children = Settings(home=str(tmp_path)), tmp_path / "said", []
    said.mkdir()
    for number in range(4):
        child = os.fork()
        if child == 0:
            (said / str(number)).write_bytes(audit_key(settings))
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0, 0]
    assert {path.read_bytes() for path in said.iterdir()} == {audit_key(settings)}

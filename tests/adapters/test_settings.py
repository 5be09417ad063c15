"""Settings: defaults, file, environment, in that order; nothing unknown slips through."""

import pytest

from triage.adapters.settings import Settings, load_settings
from triage.domain.errors import SettingsError


def write(tmp_path, text):
    path = tmp_path / "triage.toml"
    path.write_text(text)
    return path


def test_without_file_and_environment_the_defaults_hold():
    assert load_settings(environment={}) == Settings()


def test_the_environment_wins_over_the_file(tmp_path):
    path = write(tmp_path, "port = 8000\nworkers = 1\n")
    settings = load_settings(path, {"TRIAGE_PORT": "9000"})
    assert (settings.port, settings.workers) == (9000, 1)


@pytest.mark.parametrize("text", ["prot = 8000", "port = 'eight'", "port = -1", "token = 'in a file'", "port = "])
def test_an_unknown_key_a_wrong_value_or_a_secret_in_the_file_is_refused(tmp_path, text):
    with pytest.raises(SettingsError):
        load_settings(write(tmp_path, text), {})


def test_an_unknown_variable_is_refused():
    with pytest.raises(SettingsError, match="TRIAGE_PROT"):
        load_settings(environment={"TRIAGE_PROT": "1"})


@pytest.mark.parametrize(
    "variable",
    ["HEAVY_CAP_SHARE=7", "WORKERS=0", "PORT=99999", "MAX_IN_FLIGHT=0", "MARGIN_HOURS=nan", "FORECAST_MONTHS=61"],
)
def test_a_value_out_of_bounds_is_refused(variable):
    name, value = variable.split("=")
    with pytest.raises(SettingsError, match=name.lower()):
        load_settings(environment={f"TRIAGE_{name}": value})


def test_every_default_lies_within_its_own_bounds():
    given = {f"TRIAGE_{name.upper()}": str(value) for name, value in vars(Settings()).items()}
    assert load_settings(environment=given) == Settings()


def test_a_refused_value_is_not_repeated():
    with pytest.raises(SettingsError) as caught:
        load_settings(environment={"TRIAGE_PORT": "s3cret"})
    assert "s3cret" not in str(caught.value)


def test_the_store_and_mlflow_never_share_a_database():
    settings = load_settings(environment={})
    assert settings.store_url != settings.tracking_url

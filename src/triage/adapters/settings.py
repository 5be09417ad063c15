"""triage.toml and the environment -> Settings: one frozen dataclass, each field with default, unit and help.

A field can be set in triage.toml as `name = value` or in the environment as TRIAGE_NAME; the environment
wins. Secrets come from the environment only. An unknown key is refused.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from triage.domain.errors import SettingsError


def _setting(default: Any, help_text: str, *, secret: bool = False, low: float = 0, high: float = float("inf")) -> Any:
    return field(
        default=default, repr=not secret, metadata={"help": help_text, "secret": secret, "low": low, "high": high}
    )


@dataclass(frozen=True)
class Settings:
    """All settings of the product; docs/reference/settings.md lists them."""

    home: str = _setting("triage-home", "Folder for the store, model bundles and the MLflow record.")
    database_url: str = _setting(
        "", "Store: empty is SQLite in home; postgresql+psycopg://… is PostgreSQL. Environment only.", secret=True
    )
    mlflow_url: str = _setting("", "MLflow tracking store: empty is SQLite in home.", secret=True)
    host: str = _setting("127.0.0.1", "Address to listen on. Only loopback until an identity provider is set up.")
    port: int = _setting(8321, "Port to listen on.", low=1, high=65535)
    token: str = _setting("", "Access token of the development mode; empty makes a random one per start.", secret=True)
    allowed_hosts: str = _setting("127.0.0.1,localhost,[::1]", "Host headers that are answered, comma between.")
    max_body_bytes: int = _setting(65536, "Largest JSON message in bytes.", low=1024)
    max_batch_cases: int = _setting(200, "Most cases in one prediction message.", low=1)
    body_deadline_seconds: float = _setting(10.0, "Longest time a message may take to arrive, in seconds.", low=1)
    max_in_flight: int = _setting(64, "Requests handled at once; more get 503 with Retry-After.", low=1)
    forecast_months: int = _setting(18, "Months that the inflow forecast looks ahead.", low=1, high=60)
    forecast_paths: int = _setting(1000, "Joint paths drawn for a forecast.", low=2, high=20_000)
    margin_hours: float = _setting(0.5, "Expected hours a route must save before it is suggested.")
    heavy_cap_share: float = _setting(
        0.25, "Largest share of recent intake suggested for the heavy route (0 to 1).", high=1
    )
    audit_share: float = _setting(
        0.025, "Share of intakes in the random audit sample; of half of them the advice is hidden (0 to 0.5).", high=0.5
    )
    audit_key: str = _setting(
        "", "Key that draws the audit sample; empty keeps a random one in home/audit.key.", secret=True
    )
    model_max_age_days: int = _setting(
        183, "Days after the snapshot of its learning that a model still advises; then rules only.", low=1
    )
    cancelled_interview_hours: float = _setting(
        4.0, "Interview hours lost when an interview is cancelled. An assumption; ranks what to chase first."
    )
    days_to_interview: int = _setting(
        21, "Days ahead that an interview is taken to be while none is planned. An assumption.", low=1, high=730
    )
    workers: int = _setting(2, "Processes for parallel work.", low=1)
    cbs_url: str = _setting(
        "https://datasets.cbs.nl/odata/v1/CBS", "Address of CBS StatLine (OData v4), or of a mirror of it."
    )
    eurostat_url: str = _setting(
        "https://ec.europa.eu/eurostat/api/dissemination/statistics/1.0/data",
        "Address of the Eurostat statistics API (JSON-stat), or of a mirror of it.",
    )
    source_timeout_seconds: float = _setting(30.0, "Longest silence of a public source, in seconds.", low=0.05)

    @property
    def folder(self) -> Path:
        """Home as a path."""
        return Path(self.home).expanduser()

    @property
    def store_url(self) -> str:
        """SQLAlchemy address of the store."""
        return self.database_url or f"sqlite:///{(self.folder / 'triage.db').absolute()}"

    @property
    def tracking_url(self) -> str:
        """Address of MLflow's own database; never the store's."""
        return self.mlflow_url or f"sqlite:///{(self.folder / 'mlflow.db').absolute()}"


def load_settings(path: Path | None = None, environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings from `path` (or ./triage.toml where it exists), then TRIAGE_* variables, then `given`.

    Raises SettingsError for an unknown key, a value of the wrong type or a secret in the file.
    """
    environment = os.environ if environment is None else environment
    known = {f.name: f for f in fields(Settings)}
    values: dict[str, Any] = {}
    for name, value in _file_values(path).items():
        if name not in known:
            raise SettingsError(f"triage.toml: setting {name} is unknown. Known are {', '.join(known)}.")
        if known[name].metadata["secret"]:
            raise SettingsError(f"triage.toml: {name} is a secret. Set TRIAGE_{name.upper()} in the environment.")
        values[name] = value
    for variable, value in environment.items():
        name = variable.removeprefix("TRIAGE_").lower()
        if not variable.startswith("TRIAGE_"):
            continue
        if name not in known:
            raise SettingsError(f"Environment: {variable} is unknown. Known are TRIAGE_ plus {', '.join(known)}.")
        values[name] = value
    values |= {name: value for name, value in given.items() if value is not None}
    return Settings(**{name: _typed(known[name], value) for name, value in values.items()})


def _file_values(path: Path | None) -> dict[str, Any]:
    place = path or Path("triage.toml")
    if path is None and not place.exists():
        return {}
    try:
        return tomllib.loads(place.read_text(encoding="utf8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{place} cannot be read as TOML: {error}.") from error


def _typed(setting: Field[Any], value: Any) -> Any:
    kind: Any = setting.type  # int, float or str
    try:
        typed = kind(value)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"Setting {setting.name}: expected a value of type {kind.__name__}.") from error
    low, high = setting.metadata["low"], setting.metadata["high"]
    if isinstance(value, bool) or (isinstance(typed, int | float) and not low <= typed <= high):
        upto = f"from {low} to {high}" if high < float("inf") else f"of {low} or more"
        raise SettingsError(f"Setting {setting.name}: expected a value {upto}.")
    return typed

"""MLflow: the record of runs and versions. Which version is in use, our own store says; aliases mirror it.

`mlflow` costs seconds to import, so it is imported where it is used. The first run on an empty database makes
its schema and takes some 20 seconds. Nothing here loads a model: MLflow's guards against unsafe files are
switched on all the same, as a second wall.
"""

import logging
import os
import sqlite3
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import psycopg

from triage.domain.errors import NotFoundError, StoreError, TriageError

#: What MLflow must know before it is imported.
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "GIT_PYTHON_REFRESH": "quiet",
}
#: What a served copy needs, at the versions installed here. Names only: where they come from is the reader's choice.
SERVED_WITH = ("lightgbm", "mlflow", "numpy", "pandas", "pandera", "scikit-learn", "scipy")
#: What `mlflow run` tells its child. That run stands in the caller's database, not in ours, so we make our own.
CALLERS_RUN = ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME")
PARENT_RUN = "mlflow.parentRunId"
BUNDLE = "bundle"

Columns = Mapping[str, str]


@dataclass(frozen=True)
class RunRecord:
    """What a learning job tells of one run: no rows of cases, only digests, counts, measures and texts."""

    experiment: str
    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)  # file name -> content: json, html, svg, md
    bundle: Path | None = None
    registered_name: str | None = None
    signature: tuple[Columns, Columns] | None = None  # (input, output): column -> MLflow type, such as "double"
    served_code: Path | None = None  # script that MLflow runs to load the bundle (models-from-code)
    parent: str | None = None  # run id of the run this one is part of


@dataclass(frozen=True)
class LoggedRun:
    """Where a run went: its id and, if a bundle came with it, the registered version and its address."""

    run_id: str
    version: str | None
    model_uri: str | None


class Registry:
    """The record in one MLflow database, with its files in one folder."""

    def __init__(self, tracking_url: str, artifact_folder: Path) -> None:
        self._url = tracking_url
        self._folder = Path(artifact_folder).absolute()

    def log(self, record: RunRecord) -> LoggedRun:
        """Log a run; with `registered_name` its bundle becomes a new version of that model.

        The bundle is logged as a servable copy where there is `served_code`, else as plain files. Raises
        StoreError where MLflow cannot write.
        """
        with self._mlflow() as mlflow:
            experiment = self._experiment(mlflow, record.experiment)
            tags = _texts(record.tags) | ({PARENT_RUN: record.parent} if record.parent else {})
            with mlflow.start_run(experiment_id=experiment, run_name=record.name, tags=tags) as run:
                mlflow.log_params(_texts(record.parameters))
                mlflow.log_metrics({name: float(value) for name, value in record.metrics.items()})
                for name, content in record.texts.items():
                    mlflow.log_text(content, name)
                number, uri = _log_bundle(mlflow, run, record)
            return LoggedRun(run.info.run_id, number, uri)

    def log_parts(self, experiment: str, parent: str, parts: Sequence[RunRecord]) -> list[str]:
        """Log many small runs under the run `parent`: parameters, metrics and tags, one write each. Their run ids.

        Texts and bundles are not for parts. Raises StoreError where MLflow cannot write.
        """
        with self._mlflow() as mlflow:
            client, number = mlflow.MlflowClient(), self._experiment(mlflow, experiment)
            return [_log_part(mlflow, client, number, parent, part) for part in parts]

    def alias(self, name: str, version: str, alias: str) -> None:
        """Let `alias` (champion, challenger) point at a version. Raises NotFoundError for an unknown version."""
        with self._mlflow() as mlflow:
            client = mlflow.MlflowClient()
            if str(version) not in {str(v.version) for v in _versions(client, name)}:
                raise NotFoundError(f"MLflow knows no version {version} of {name}. See triage models.")
            client.set_registered_model_alias(name, alias, str(version))

    def history(self, name: str) -> list[dict[str, Any]]:
        """All versions of a model, newest first: version, run_id, aliases, metrics, tags, created (UTC, ISO 8601)."""
        if self._is_new():
            return []
        with self._mlflow() as mlflow:
            client = mlflow.MlflowClient()
            versions = _versions(client, name)
            pointed = client.get_registered_model(name).aliases if versions else {}
            return [_row(client, version, pointed) for version in versions]

    def _is_new(self) -> bool:
        """Whether no run was ever logged: asking MLflow would first make its whole schema."""
        path = _sqlite_path(self._url)
        return path is not None and (not path.exists() or path.stat().st_size == 0)

    def _experiment(self, mlflow: Any, name: str) -> str:
        found = mlflow.get_experiment_by_name(name)
        if found is not None:
            return found.experiment_id
        place = self._folder / name
        place.mkdir(parents=True, exist_ok=True)
        return mlflow.create_experiment(name, artifact_location=place.as_uri())

    @contextmanager
    def _mlflow(self) -> Iterator[Any]:
        """The mlflow module, pointed at our database; its errors become StoreError."""
        _probe(self._url)
        os.environ.update(ENVIRONMENT)
        for name in CALLERS_RUN:
            os.environ.pop(name, None)
        import mlflow  # noqa: PLC0415 (seconds to import)

        logging.getLogger("alembic").setLevel(logging.WARNING)
        mlflow.set_tracking_uri(self._url)
        mlflow.set_registry_uri(self._url)
        try:
            yield mlflow
        except TriageError:
            raise
        except mlflow.MlflowException as error:
            raise StoreError(
                f"MLflow refused ({error.error_code}). Check its database and folder, then run again."
            ) from error
        except OSError as error:
            raise StoreError(
                f"MLflow's files cannot be written ({error.strerror}). Check the folder in home."
            ) from error


def _probe(url: str) -> None:
    """Refuse at once a database that does not open; MLflow itself would try again for minutes."""
    path = _sqlite_path(url)
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=5)
            try:
                connection.execute("PRAGMA schema_version").fetchone()
            finally:
                connection.close()
        elif url.startswith("postgresql"):
            psycopg.connect("postgresql://" + url.split("://", 1)[1], connect_timeout=5).close()
    except (sqlite3.Error, psycopg.Error, OSError) as error:
        raise StoreError(
            f"MLflow's database cannot be opened ({type(error).__name__}). Check TRIAGE_MLFLOW_URL, or home."
        ) from error


def _sqlite_path(url: str) -> Path | None:
    if not url.startswith("sqlite:///"):
        return None
    return Path(unquote(url.removeprefix("sqlite:///").split("?", 1)[0]))


def _log_part(mlflow: Any, client: Any, experiment: str, parent: str, part: RunRecord) -> str:
    tags = _texts(part.tags) | {PARENT_RUN: parent}
    run = client.create_run(experiment, tags=tags, run_name=part.name).info.run_id
    now, entities = int(time.time() * 1000), mlflow.entities
    client.log_batch(
        run,
        metrics=[entities.Metric(name, float(value), now, 0) for name, value in part.metrics.items()],
        params=[entities.Param(name, value) for name, value in _texts(part.parameters).items()],
    )
    client.set_terminated(run)
    return str(run)


def _log_bundle(mlflow: Any, run: Any, record: RunRecord) -> tuple[str | None, str | None]:
    """(version, model address) of the bundle of a run; (None, None) without a bundle."""
    if record.bundle is None:
        return None, None
    if record.served_code is None:
        mlflow.log_artifacts(str(record.bundle), BUNDLE)
        return _registered(mlflow, run, record, f"{run.info.artifact_uri}/{BUNDLE}", None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it asks for an input example: that would be a case
        logged = mlflow.pyfunc.log_model(
            name=record.registered_name or record.name,
            python_model=str(record.served_code),
            artifacts={BUNDLE: str(record.bundle)},
            signature=_signature(record.signature),
            pip_requirements=_requirements(),
            tags=_texts(record.tags),
        )
    return _registered(mlflow, run, record, logged.model_uri, logged.model_id)


def _registered(
    mlflow: Any, run: Any, record: RunRecord, source: str, model_id: str | None
) -> tuple[str | None, str | None]:
    name = record.registered_name
    if name is None:
        return None, source
    client = mlflow.MlflowClient()
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    made = client.create_model_version(name, source, run.info.run_id, tags=_texts(record.tags), model_id=model_id)
    return str(made.version), f"models:/{name}/{made.version}"


def _signature(columns: tuple[Columns, Columns] | None) -> Any:
    """MLflow's signature. Input columns are optional: a fact that was not asked is left out."""
    if columns is None:
        return None
    from mlflow.models.signature import ModelSignature  # noqa: PLC0415 (seconds to import)
    from mlflow.types import ColSpec, Schema  # noqa: PLC0415

    given, returned = columns
    return ModelSignature(
        inputs=Schema([ColSpec(kind, name, required=False) for name, kind in given.items()]),
        outputs=Schema([ColSpec(kind, name) for name, kind in returned.items()]),
    )


def _requirements() -> list[str]:
    lines = []
    for name in SERVED_WITH:
        try:
            lines.append(f"{name}=={version(name)}")
        except PackageNotFoundError:
            continue
    return lines


def _versions(client: Any, name: str) -> list[Any]:
    return sorted(client.search_model_versions(f"name = '{name}'"), key=lambda v: int(v.version), reverse=True)


def _row(client: Any, version: Any, pointed: Mapping[str, Any]) -> dict[str, Any]:
    run = client.get_run(version.run_id) if version.run_id else None
    return {
        "version": str(version.version),
        "run_id": version.run_id or "",
        "aliases": sorted(alias for alias, number in pointed.items() if str(number) == str(version.version)),
        "metrics": dict(run.data.metrics) if run else {},
        "tags": dict(version.tags),
        "created": datetime.fromtimestamp(version.creation_timestamp / 1000, UTC).isoformat(),
    }


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}

"""Opening a store: its schema version, its durability, and databases that do not answer."""

from datetime import timedelta
from pathlib import Path

import alembic.autogenerate
import alembic.command
import alembic.runtime.migration
import pytest
import sqlalchemy as sa
from adapter_examples import NOON, a_suggestion, an_intake

from triage.adapters import schema
from triage.adapters.documents import suggestion_document
from triage.adapters.migrations.versions import __file__ as versions
from triage.adapters.store import VERSION_TABLE, Store, _config
from triage.domain.errors import StoreError


def test_an_empty_database_says_to_run_the_upgrade(empty_url: str):
    with pytest.raises(StoreError, match="triage db upgrade"):
        Store.open(empty_url).work_list()


def test_a_store_of_an_older_schema_says_to_run_the_upgrade(store: Store, empty_url: str):
    with store._writing() as connection:
        connection.execute(sa.text(f"DELETE FROM {VERSION_TABLE}"))
    with pytest.raises(StoreError, match="triage db upgrade"):
        Store.open(empty_url).append_suggestion(a_suggestion(), "officer")


def test_a_store_of_a_newer_triage_does_not_open(store: Store, empty_url: str):
    with store._writing() as connection:
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer triage"):
        Store.open(empty_url)


def test_readiness_check_passes_on_a_current_store_and_fails_on_another(store: Store, empty_url: str):
    store.check()
    with store._writing() as connection:
        connection.execute(sa.text(f"DELETE FROM {VERSION_TABLE}"))
    with pytest.raises(StoreError):
        store.check()


def test_upgrading_twice_keeps_what_stands(store: Store, empty_url: str):
    store.append_suggestion(a_suggestion(), "officer")
    again = Store.open(empty_url)
    again.upgrade()
    assert again.suggestion("s-1").suggestion == a_suggestion()


def test_suggestions_of_an_older_store_are_kept_and_judged_by_their_time(empty_url: str, clock):
    old = Store.open(empty_url, clock)
    _upgrade_to(old, "0001")
    at_noon = {"suggestion_id": "s-1", "case_id": "case-1", "made_at": NOON, "document": _document()}
    with old._transaction(old._writer) as connection:
        connection.execute(sa.insert(_suggestions_of_0001()), at_noon)
    store = Store.open(empty_url, lambda: NOON + timedelta(microseconds=1))
    store.upgrade()
    assert store.suggestion("s-1").intake_seq is None and not store.suggestion("s-1").is_stale
    store.receive([an_intake()], "officer")
    assert store.suggestion("s-1").is_stale
    with pytest.raises(StoreError, match="never changed"), store._writing() as connection:
        connection.execute(sa.text("UPDATE suggestions SET intake_seq = 1"))


def _upgrade_to(store: Store, revision: str) -> None:
    with store._transaction(store._writer) as connection:
        config = _config()
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, revision)


def _suggestions_of_0001() -> sa.Table:
    columns = [sa.Column(c.name, c.type) for c in schema.suggestions.c if c.name not in ("seq", "intake_seq")]
    return sa.Table("suggestions", sa.MetaData(), *columns)


def _document():
    return suggestion_document(a_suggestion())


def test_revisions_make_exactly_the_declared_tables(store: Store):
    with store._engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = alembic.runtime.migration.MigrationContext.configure(connection, opts=options)
        assert alembic.autogenerate.compare_metadata(context, schema.metadata) == []


def test_version_table_has_a_name_of_its_own_beside_mlflow(store: Store):
    with store._engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
    assert VERSION_TABLE in names and "alembic_version" not in names


def test_migrations_lie_inside_the_package():
    assert list(Path(versions).parent.glob("0001_*.py"))


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)]
)
def test_sqlite_keeps_what_it_acknowledged(tmp_path: Path, pragma: str, value: object):
    engine = schema.open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_sqlite_writers_take_their_lock_at_the_start(tmp_path: Path):
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    store.upgrade()
    said: list[str] = []
    with store._writing() as connection:
        connection.connection.dbapi_connection.set_trace_callback(said.append)
    with store._writing() as connection:
        connection.execute(sa.text("SELECT 1"))
    assert "BEGIN IMMEDIATE" in said


@pytest.mark.postgres
@pytest.mark.parametrize("setting", ["synchronous_commit", "fsync", "full_page_writes"])
def test_postgres_keeps_what_it_acknowledged(fresh_postgres: str, setting: str):
    with schema.open_engine(fresh_postgres).connect() as connection:
        assert connection.exec_driver_sql(f"SHOW {setting}").scalar() == "on"


@pytest.mark.postgres
def test_postgres_session_asks_for_durable_commits_whatever_the_role_has_set(fresh_postgres: str):
    url = fresh_postgres + "%20-csynchronous_commit%3Doff"
    with schema.open_engine(url).connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite:////no-such-folder/at-all/store.db"])
def test_an_address_that_leads_nowhere_is_refused_calmly(url: str):
    with pytest.raises(StoreError) as refused:
        Store.open(url).check()
    assert "Traceback" not in str(refused.value) and "no-such-folder" not in str(refused.value)


def test_a_password_in_an_address_is_not_repeated():
    with pytest.raises(StoreError) as refused:
        Store.open("postgresql://user:geheim@127.0.0.1:1/nothing").check()
    assert "geheim" not in str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    place = tmp_path / "store.db"
    place.write_text("this is a letter, not a database " * 50)
    with pytest.raises(StoreError):
        Store.open(f"sqlite:///{place}").check()

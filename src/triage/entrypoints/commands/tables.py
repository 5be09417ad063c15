"""import, export, db: tables in and out, and the store's schema."""

from pathlib import Path

import click

from triage.adapters.files import write_table
from triage.adapters.settings import Settings
from triage.adapters.sources import shipped_inflow
from triage.adapters.store import Store
from triage.domain.errors import NotFoundError
from triage.domain.facts import Register
from triage.domain.tables import TABLES
from triage.entrypoints.terminal import json_option, show
from triage.jobs.import_shipped import import_shipped
from triage.jobs.import_table import import_table

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def open_store(settings: Settings) -> Store:
    """The store at its newest schema; a new SQLite file is made in home."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    store = Store.open(settings.store_url)
    store.upgrade()
    return store


@click.group("import")
def import_group() -> None:
    """Bring a declared table in: all of it, or nothing."""


@import_group.command("inflow")
@click.argument("file", type=FILE, required=False)
@click.option("--label", default="inflow", show_default=True, help="Name under which the table is published.")
@click.option("--dry-run", is_flag=True, help="Check the file and publish nothing.")
@json_option
@click.pass_obj
def import_inflow(settings: Settings, file: Path | None, label: str, dry_run: bool, as_json: bool) -> None:
    """Publish an inflow FILE (CSV, Parquet, XLSX), or the real Dutch series that are shipped when no file is given.

    Example: triage import inflow my-series.csv --dry-run
    """
    store = open_store(settings)
    if file is None:
        report = import_shipped(shipped_inflow(), label, store, dry_run)
    else:
        report = import_table(file, "INFLOW", label, store, Register.load(), dry_run)
    _say(report, as_json)


@import_group.command("cases")
@click.argument("file", type=FILE)
@click.option("--register", "register_file", type=FILE, help="Another facts register.")
@click.option("--label", default="cases", show_default=True, help="Name under which the table is published.")
@click.option("--dry-run", is_flag=True, help="Check the file and publish nothing.")
@json_option
@click.pass_obj
def import_cases(
    settings: Settings, file: Path, register_file: Path | None, label: str, dry_run: bool, as_json: bool
) -> None:
    """Publish a FILE of cases: one row per application, see docs/reference/tables.md.

    Example: triage import cases cases.csv
    """
    report = import_table(file, "CASES", label, open_store(settings), Register.load(register_file), dry_run)
    _say(report, as_json)


def _say(report: object, as_json: bool) -> None:
    rows = getattr(report, "rows", 0)
    done = "would be published" if getattr(report, "dry_run", False) else "published"
    show(vars(report), as_json, f"{rows} rows checked, {done}.")


@click.command("export")
@click.argument("table", type=click.Choice(sorted(TABLES), case_sensitive=False))
@click.option("--label", help="Only what was published under this name.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write: .csv, .parquet or .xlsx.")
@click.pass_obj
def export(settings: Settings, table: str, label: str | None, out: Path) -> None:
    """Write a published table to CSV, Parquet or XLSX.

    Example: triage export FORECAST --out forecast.csv
    """
    found = open_store(settings).newest(table.upper(), label)
    if found is None:
        raise NotFoundError(f"Nothing is published as {table.upper()} yet. Run triage forecast or triage import first.")
    write_table(found[1], out)
    click.echo(f"Wrote {len(found[1])} rows of {table.upper()} as published on {found[0].published_at:%Y-%m-%d}.")


@click.group("db")
def db() -> None:
    """Look after the store's schema."""


@db.command("upgrade")
@click.pass_obj
def upgrade(settings: Settings) -> None:
    """Bring the store to the newest schema; nothing is lost.

    Example: triage db upgrade
    """
    open_store(settings)
    click.echo("The store is at the newest schema.")

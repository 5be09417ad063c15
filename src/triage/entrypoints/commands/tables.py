"""import, export, db: tables in and out, and the store's schema."""

from pathlib import Path

import click

from triage.adapters.files import read_table, write_table
from triage.adapters.settings import Settings
from triage.adapters.source_rows import Fetched
from triage.adapters.sources import SHIPPED_VINTAGE, SOURCES, fetch, shipped_inflow
from triage.adapters.store import Store
from triage.domain.calendar import utc_now
from triage.domain.errors import NotFoundError
from triage.domain.facts import Register
from triage.domain.inflow_tables import INFLOW
from triage.domain.tables import TABLES
from triage.entrypoints.terminal import json_option, progress, show
from triage.jobs.import_dossier_events import import_dossier_events
from triage.jobs.import_events import import_events, import_mpp
from triage.jobs.import_inflow import VintageReport, import_inflow
from triage.jobs.import_table import import_table
from triage.jobs.mark_audit_sample import leave_audit_sample_out, mark_audit_sample

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
@click.option("--from", "source", type=click.Choice(list(SOURCES)), help="Fetch the counts from a public source.")
@click.option("--label", help="Name to publish under; default inflow, and inflow-eurostat for Eurostat.")
@click.option("--dry-run", is_flag=True, help="Check the counts and publish nothing.")
@json_option
@click.pass_obj
def import_inflow_command(
    settings: Settings, file: Path | None, source: str | None, label: str | None, dry_run: bool, as_json: bool
) -> None:
    """Publish inflow counts as a new vintage: a FILE (CSV, Parquet, XLSX), --from a source, or what is shipped.

    Older vintages stay. The report says how many counts were revised. Example: triage import inflow --from cbs
    """
    if file and source:
        raise click.UsageError("Give a FILE or --from, not both.")
    found = _counts(settings, file, source)
    name = label or (SOURCES[source][3] if source else "inflow")
    report = import_inflow(found.frame, name, found.vintage, open_store(settings), dry_run, found.notes)
    show(report.document(), as_json, "\n".join(_vintage_lines(report)))


def _counts(settings: Settings, file: Path | None, source: str | None) -> Fetched:
    """The rows to publish, before the store is opened: an unreachable source leaves nothing behind."""
    if file:
        return Fetched(read_table(file, INFLOW), "")
    if source is None:
        return Fetched(shipped_inflow(), SHIPPED_VINTAGE)
    with progress() as tell:
        return fetch(source, settings, tell)


def _vintage_lines(report: VintageReport) -> list[str]:
    done = "would be published" if report.dry_run else "published"
    lines = [f"{report.rows} rows checked, {done} under {report.label} as the vintage {report.vintage}."]
    found = report.revision
    if found is not None:
        lines.append(f"{found.changed} of {found.cells} counts differ from the vintage before; {found.new} are new.")
    if found is not None and found.gone:
        lines.append(f"{found.gone} counts of the vintage before are not in this one; they stay in the store.")
    if found is not None and found.largest is not None:
        share = "" if found.largest_percent is None else f", {found.largest_percent:+.1f} %"
        lines.append(
            f"Largest revision: {found.largest_series} {found.largest_period}, {found.largest:+.0f} persons{share}."
        )
    return [*lines, *report.notes]


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


@import_group.command("events")
@click.argument("file", type=FILE, required=False)
@click.option("--label", default="events", show_default=True, help="Name under which the register is published.")
@click.option("--dry-run", is_flag=True, help="Check the file and publish nothing.")
@json_option
@click.pass_obj
def import_events_command(settings: Settings, file: Path | None, label: str, dry_run: bool, as_json: bool) -> None:
    """Publish the event register for scenarios from a FILE, or the shipped seed when no file is given.

    The newest register counts as a whole; older ones stay. Example: triage import events events.csv --dry-run
    """
    report = import_events(file, label, open_store(settings), dry_run)
    done = "would be published" if dry_run else "published"
    said = f"{report.rows} events checked, {done}. Scenarios: {', '.join(report.scenarios)}."
    show(vars(report), as_json, "\n".join([said, *(f"Hindsight: {flag}." for flag in report.flags)]))


@import_group.command("mpp")
@click.argument("file", type=FILE, required=False)
@click.option("--dry-run", is_flag=True, help="Check the file and publish nothing.")
@json_option
@click.pass_obj
def import_mpp_command(settings: Settings, file: Path | None, dry_run: bool, as_json: bool) -> None:
    """Publish the editions of the MPP from a FILE with all of them, or those shipped when no file is given.

    Example: triage import mpp editions.csv --dry-run
    """
    rows = import_mpp(file, open_store(settings), dry_run)
    done = "would be published" if dry_run else "published"
    show({"rows": rows, "dry_run": dry_run}, as_json, f"{rows} editions and years checked, {done}.")


@import_group.command("dossier-events")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Check the file and append nothing.")
@json_option
@click.pass_obj
def import_dossier_events_command(settings: Settings, file: Path, dry_run: bool, as_json: bool) -> None:
    """Append what happened to dossiers from a FILE: items requested and received, interviews planned and held.

    What stands already is passed over and never changed. Example: triage import dossier-events events.csv
    """
    report = import_dossier_events(file, open_store(settings), utc_now, dry_run)
    done = "would be added" if dry_run else "added"
    show(report.document(), as_json, f"{report.rows} events checked, {report.new} {done}; the others stood already.")


def _say(report: object, as_json: bool) -> None:
    rows = getattr(report, "rows", 0)
    done = "would be published" if getattr(report, "dry_run", False) else "published"
    show(vars(report), as_json, f"{rows} rows checked, {done}.")


@click.command("export")
@click.argument("table", type=click.Choice(sorted(TABLES), case_sensitive=False))
@click.option("--label", help="Only what was published under this name.")
@click.option("--for-learning", is_flag=True, help="CASES with its audit sample; never for officers or planners.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write: .csv, .parquet or .xlsx.")
@click.pass_obj
def export(settings: Settings, table: str, label: str | None, for_learning: bool, out: Path) -> None:
    """Write a published table to CSV, Parquet or XLSX.

    Example: triage export FORECAST --out forecast.csv
    """
    if for_learning and table.upper() != "CASES":
        raise click.UsageError("Only CASES has an audit sample. Leave --for-learning out.")
    store = open_store(settings)
    found = store.newest(table.upper(), label)
    if found is None:
        raise NotFoundError(f"Nothing is published as {table.upper()} yet. Run triage forecast or triage import first.")
    write_table(mark_audit_sample(found[1], store) if for_learning else leave_audit_sample_out(found[1]), out)
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

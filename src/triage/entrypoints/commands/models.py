"""models, promote: which version is in use, and since when."""

import click

from triage.adapters.settings import Settings
from triage.entrypoints.commands.learn import open_registry
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.terminal import json_option, show
from triage.jobs.promote import promote_version

NAMES = ("complexity", "inflow-first_application", "inflow-family_member_nareis")


@click.command("models")
@json_option
@click.pass_obj
def models(settings: Settings, as_json: bool) -> None:
    """Show champions and their history.

    Example: triage models
    """
    store, registry = open_store(settings), open_registry(settings)
    champions = {name: store.champion(name) for name in NAMES}
    history = {name: registry.history(name) for name in NAMES}
    lines = []
    for name in NAMES:
        champion = champions[name]
        now = f"{champion.version}, since {champion.since:%Y-%m-%d %H:%M} UTC" if champion else "none yet"
        lines.append(f"{name}: champion {now}")
        lines += [
            f"  version {row['version']}  run {row['run_id']}  {', '.join(row.get('aliases', [])) or '-'}"
            for row in history[name]
        ]
    result = {name: {"champion": champions[name] and vars(champions[name]), "history": history[name]} for name in NAMES}
    show(result, as_json, "\n".join(lines))


@click.command("promote")
@click.argument("name", type=click.Choice(NAMES))
@click.argument("version")
@click.pass_obj
def promote(settings: Settings, name: str, version: str) -> None:
    """Make a learned version the champion.

    VERSION is the bundle's version, as `triage learn` printed it. Example: triage promote complexity 3f2a…
    """
    champion = promote_version(name, version, open_store(settings), open_registry(settings), settings.folder)
    click.echo(f"{name} {champion.version} is champion. A running service takes it at its next start.")

"""demo, serve: the control tower's first day, and its doors."""

from dataclasses import replace

import click

from triage.adapters.settings import Settings
from triage.entrypoints.api import serve as serve_app
from triage.entrypoints.commands.learn import open_registry
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.demo import Day, first_day, summary
from triage.entrypoints.terminal import progress


@click.command("demo")
@click.option("--no-serve", is_flag=True, help="Do everything and end, without serving the pages.")
@click.pass_context
def demo(ctx: click.Context, no_serve: bool) -> None:
    """The control tower's first day: load, learn, forecast, suggest, serve.

    Works offline in the folder demo/ (or --home); a second run reuses what stands there.
    Example: triage demo --no-serve
    """
    settings: Settings = ctx.obj
    if settings.home == Settings().home:
        settings = replace(settings, home="demo")
    with progress() as tell:
        done = first_day(Day(settings, open_store(settings), open_registry(settings), tell))
    click.echo(summary(done, settings.folder))
    if not no_serve:
        serve_app(settings)


@click.command("serve")
@click.option("--host", help="Address to listen on; only loopback in development mode.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve the pages and the API.

    Example: triage --home demo serve --port 8321
    """
    open_store(settings)
    serve_app(replace(settings, host=host or settings.host, port=port or settings.port))

"""The command line: `triage COMMAND`, grouped by user; every error becomes one calm sentence in one place.

A command's module is imported when the command is called, so that `triage --help` answers at once although
pandas, LightGBM and statsmodels take seconds to load.
"""

import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click

from triage.adapters.settings import load_settings
from triage.domain.errors import TriageError


class Entry(NamedTuple):
    """Where a command lives, for whom it is, and its line of help (held equal to the command's by a test)."""

    module: str
    attribute: str
    user: str
    help: str


ANALYST, OFFICER, OPERATIONS = "Analysts and planners", "Officers", "Operations"
COMMANDS: dict[str, Entry] = {
    "demo": Entry("demo", "demo", OFFICER, "The control tower's first day: load, learn, forecast, suggest, serve."),
    "serve": Entry("demo", "serve", OFFICER, "Serve the pages and the API."),
    "explain-law": Entry(
        "explain_law",
        "explain_law_command",
        OFFICER,
        "Explain what the law says of a case, criterion by criterion.",
    ),
    "dossiers": Entry("dossiers", "dossiers", OFFICER, "Show how complete each file is, and what to chase first."),
    "forecast": Entry("inflow", "forecast", ANALYST, "Forecast the inflow with the champion and publish it."),
    "backtest": Entry("backtest", "backtest", ANALYST, "Score forecast models on past origins of an inflow file."),
    "forecast-national": Entry(
        "national", "national", ANALYST, "Forecast the national figure: published nationalities and the remainder."
    ),
    "forecast-hours": Entry("national", "hours", ANALYST, "Forecast the hours of work: inflow paths times a norm mix."),
    "split-forecast": Entry(
        "national", "split", ANALYST, "Divide the newest forecast over locations, routes or another label."
    ),
    "ablate": Entry("ablate", "ablate", ANALYST, "Test whether a feature earns its place in the forecast."),
    "nowcast": Entry(
        "nowcast", "nowcast", ANALYST, "Estimate the running month from weekly counts of all asylum inflow."
    ),
    "revisions": Entry("nowcast", "revisions", ANALYST, "Show how counts were revised from one vintage to the next."),
    "learn": Entry("learn", "learn", ANALYST, "Fit a model, measure it and log the run."),
    "score": Entry("learn", "score", ANALYST, "Predict work and suggest a route for a file of cases."),
    "evaluate": Entry(
        "evaluate", "evaluate", ANALYST, "Measure models and policies on made-up worlds with a known optimum."
    ),
    "report-intake-quality": Entry(
        "quality", "quality", ANALYST, "Report what is known at intake, per fact, location and week."
    ),
    "import": Entry("tables", "import_group", OPERATIONS, "Bring a declared table in: all of it, or nothing."),
    "export": Entry("tables", "export", OPERATIONS, "Write a published table to CSV, Parquet or XLSX."),
    "export-forecast": Entry(
        "forecast_export",
        "export_forecast_command",
        ANALYST,
        "Write the newest forecast of a kind, with scenarios, sums, scores, definitions and sources.",
    ),
    "score-published": Entry(
        "forecast_export",
        "score_published_command",
        ANALYST,
        "Score every published forecast, base and scenarios, against the counts that came since.",
    ),
    "models": Entry("models", "models", OPERATIONS, "Show champions and their history."),
    "promote": Entry("models", "promote", OPERATIONS, "Make a learned version the champion."),
    "db": Entry("tables", "db", OPERATIONS, "Look after the store's schema."),
}


class LazyGroup(click.Group):
    """A group that imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself; this is what imports it."""
        entry = COMMANDS.get(cmd_name)
        return getattr(import_module(f"triage.entrypoints.commands.{entry.module}"), entry.attribute) if entry else None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As click does, with the commands there are when the name is wrong."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"There is no command of that name. Known are: {', '.join(COMMANDS)}.", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands grouped by user, from the table, without importing one."""
        for user in (OFFICER, ANALYST, OPERATIONS):
            with formatter.section(user):
                formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items() if entry.user == user])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: triage demo --no-serve. Exit codes: 0 done, 1 refused or gate not passed, 2 wrong use, "
    "3 nothing to do.",
)
@click.option("--home", type=click.Path(path_type=Path), help="Folder of the store, the models and the MLflow record.")
@click.option("--config", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Another triage.toml.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="triage")
@click.pass_context
def cli(ctx: click.Context, home: Path | None, config: Path | None, debug: bool) -> None:
    """Forecast asylum inflow, predict the work of a case, suggest a route. The officer decides."""
    if not ctx.resilient_parsing:
        ctx.obj = load_settings(config, home=str(home) if home else None)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; ends the process with the exit code of surface section 2."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        sys.exit(cli.main(args=words, prog_name="triage", standalone_mode=False) or 0)
    except Exception as error:
        if "--debug" in words:
            traceback.print_exc()
        sys.exit(_farewell(error))


def _farewell(error: Exception) -> int:
    """One calm sentence on stderr, and the exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return 2
    if isinstance(error, click.Abort):
        click.echo("Stopped.", err=True)
        return 1
    code = 2 if isinstance(error, click.ClickException) else getattr(error, "exit_code", 1)
    sentence = error.format_message() if isinstance(error, click.ClickException) else str(error)
    if isinstance(error, OSError):
        sentence = f"{error.strerror or 'The system refused'}: {error.filename or 'a file'}. Nothing was half-written."
    elif not isinstance(error, (click.ClickException, TriageError)):
        sentence = f"Something went wrong that we did not foresee ({type(error).__name__}). Run it again with --debug."
    click.echo(f"triage: {sentence}", err=True)
    return code

"""The command line as a user meets it: through the real process."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from triage.entrypoints.cli import COMMANDS, cli

TRIAGE = Path(sys.executable).with_name("triage")


def run(*words: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    before = ("--home", str(home)) if home else ()
    return subprocess.run([TRIAGE, *before, *words], check=False, capture_output=True, text=True, timeout=120)


def every_command(group: click.Group = cli, path: tuple[str, ...] = ()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))


ALL = dict(every_command())


def test_help_answers_without_importing_what_costs_seconds():
    code = (
        "import sys; from triage.entrypoints.cli import cli; "
        "print({'pandas', 'lightgbm', 'statsmodels', 'mlflow', 'sqlalchemy'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "set()"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_table_is_the_commands_own_help(name):
    assert ALL[(name,)].help.splitlines()[0] == COMMANDS[name].help


@pytest.mark.parametrize("path", [p for p, c in ALL.items() if not isinstance(c, click.Group)], ids=" ".join)
def test_every_command_shows_an_example_and_explains_its_options(path):
    command = ALL[path]
    assert "Example: triage" in command.help
    assert all(o.help for o in command.params if isinstance(o, click.Option))


@pytest.mark.parametrize(
    "words",
    [
        ("bogus",),
        ("forecast", "--months", "100"),
        ("score", "--moment", "later"),
        ("backtest", "--data", "no-such-file.csv", "--out", "x"),
        ("import", "inflow", "no-such-file.csv"),
        ("serve", "--host", "0.0.0.0"),
        (),
    ],
    ids=" ".join,
)
def test_a_users_mistake_gets_one_calm_sentence_and_exit_code_2(words, tmp_path):
    answer = run(*words, home=tmp_path)
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr + answer.stdout
    if words:
        assert len(answer.stderr.strip().splitlines()) == 1, answer.stderr


def test_an_import_of_a_broken_file_names_row_and_column_and_publishes_nothing(tmp_path):
    rows = [f"2020-{m:02d},SYR,{m}" for m in range(1, 13)]
    rows[6] = "2020-07,SYR,veel"
    path = tmp_path / "inflow.csv"
    path.write_text("month,nationality_iso3,persons\n" + "\n".join(rows))
    answer = run("import", "inflow", str(path), home=tmp_path / "home")
    assert answer.returncode == 2
    assert "row 7" in answer.stderr and "persons" in answer.stderr and "veel" not in answer.stderr
    again = run("export", "INFLOW", "--out", str(tmp_path / "out.csv"), home=tmp_path / "home")
    assert again.returncode != 0


def test_importing_the_shipped_series_twice_says_there_is_nothing_to_do(tmp_path):
    assert run("import", "inflow", home=tmp_path).returncode == 0
    assert run("import", "inflow", home=tmp_path).returncode == 3

"""The reference pages are complete, and say what the code says."""

import shutil
from dataclasses import fields
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import click
import pytest

from triage.adapters.settings import Settings
from triage.domain.facts import Register
from triage.domain.tables import TABLES
from triage.forecast.models import MODELS
from triage.law.book import LawBook
from triage.law.criteria import FACTS_READ

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "reference"
KEYS = ("route_id", "term_id", "penalty_id", "nationality_iso3", "language", "body")


def reference():
    spec = spec_from_file_location("reference_script", ROOT / "docs" / "reference.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REFERENCE = reference()


def page(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf8")


@pytest.mark.parametrize("path,text", REFERENCE.pages().items(), ids=lambda v: v.name if isinstance(v, Path) else "")
def test_page_says_what_the_code_says(path: Path, text: str):
    assert path.read_text(encoding="utf8") == text, f"docs/reference/{path.name} is stale. Run: make docs"


def test_every_command_and_option_has_a_place_on_the_page():
    text = page("commands.md")
    for context, command in REFERENCE.commands():
        assert f"## {context.command_path}\n" in text
        for option in (p for p in command.params if isinstance(p, click.Option)):
            assert f"`{option.opts[0]}`" in text


def test_every_command_shows_an_example_or_holds_commands():
    for context, command in REFERENCE.commands():
        is_group = isinstance(command, click.Group)
        assert is_group or "Example:" in (command.help or ""), context.command_path


def test_every_setting_has_a_row():
    text = page("settings.md")
    assert [f.name for f in fields(Settings) if f"| `{f.name}` | `TRIAGE_{f.name.upper()}` |" not in text] == []


def test_every_column_of_every_table_has_a_row():
    text = page("tables.md")
    for declared in TABLES.values():
        chapter = text.split(f"\n## {declared.name}\n")[1].split("\n## ")[0]
        assert [name for name in declared.columns if f"| `{name}` |" not in chapter] == []


def test_every_fact_has_a_row_with_its_use():
    text = page("facts.md")
    for fact in Register.load().facts.values():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{fact.name}` |"))
        assert f"| {fact.in_model} |" in row and fact.purpose in row


def test_every_forbidden_name_is_named():
    text = page("facts.md").split("## Never a feature")[1]
    assert [name for name in Register.load().forbidden if f"`{name}`" not in text] == []


def test_every_file_of_the_rules_folder_has_a_place():
    assert {path.stem for path in REFERENCE.RULES.glob("*.csv")} == set(REFERENCE.RULE_FILES)


@pytest.mark.parametrize("file", REFERENCE.RULE_FILES)
def test_every_row_of_a_rule_file_stands_on_its_page_with_its_confidence(file: str):
    text = page("law.md" if file in REFERENCE.LAW_FILES else "lists.md")
    chapter = text.split(f"\n## {file.replace('_', ' ').capitalize()}\n")[1].split("\n## ")[0].splitlines()
    for rule in REFERENCE.rules(file):
        key = next(column for column in rule if column in KEYS)
        rows = [line for line in chapter if line.startswith(f"| `{rule[key]}` |")]
        assert any(f"| {rule.get('confidence', rule['source'])} |" in row for row in rows), rule[key]


def test_every_confidence_in_the_rules_is_explained():
    used = {rule.get("confidence", "confirmed") for file in REFERENCE.RULE_FILES for rule in REFERENCE.rules(file)}
    assert used <= set(REFERENCE.CONFIDENCE)


def test_every_criterion_says_what_it_tests_on_which_article_and_with_which_facts():
    text = page("criteria.md")
    for name, criterion in LawBook.load().criteria().items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert "art. " in cells[1] and criterion.__doc__
        assert all(f"`{fact}`" in cells[2] for fact in FACTS_READ[name])


def test_every_criterion_in_use_is_named_with_its_route():
    text = page("criteria.md")
    for route in LawBook.load().routes():
        for name in route.criteria():
            row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
            assert f"`{route.route_id}`" in row


def test_every_forecast_model_has_a_row_that_says_what_it_does():
    text = page("models.md")
    for name in MODELS:
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
        assert len(row.split("|")[2].strip()) > len("too short")


def test_every_call_and_every_problem_code_stands_on_the_api_page():
    text = page("api.md")
    calls = [f"{verb.upper()} {path}" for path, verbs in REFERENCE.calls()["paths"].items() for verb in verbs]
    assert [name for name in (*calls, *REFERENCE.problems()) if f"| `{name}` |" not in text] == []


def test_check_ends_with_1_and_names_the_page_when_one_is_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    fresh = reference()
    fresh.PAGES = shutil.copytree(PAGES, tmp_path / "reference")
    (fresh.PAGES / "settings.md").write_text("# Settings\n\nOf last year.\n", encoding="utf8")
    assert fresh.main(["--check"]) == 1
    assert capsys.readouterr().err == "docs/reference/settings.md is stale. Run: make docs\n"


def test_writing_the_pages_makes_the_check_pass(tmp_path: Path):
    fresh = reference()
    fresh.PAGES = shutil.copytree(PAGES, tmp_path / "reference")
    (fresh.PAGES / "settings.md").unlink()
    assert [fresh.main([]), fresh.main(["--check"])] == [0, 0]

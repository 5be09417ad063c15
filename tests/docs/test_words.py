"""What the README and the pages tell a reader to do exists, and their links lead somewhere."""

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest
import yaml

from triage.entrypoints.cli import cli

ROOT = Path(__file__).parents[2]
WORDS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.S)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def shell_lines(path: Path) -> list[str]:
    """Lines of the shell blocks on a page, long lines joined."""
    blocks = [body for kind, body in BLOCK.findall(path.read_text(encoding="utf8")) if kind == "bash"]
    return [line.strip() for body in blocks for line in body.replace("\\\n", " ").splitlines() if line.strip()]


def options_of(command: click.Command) -> dict[str, bool]:
    """Option -> whether it stands alone, without a value."""
    options = [p for p in command.params if isinstance(p, click.Option)]
    return {"--help": True} | {opt: p.is_flag for p in options for opt in p.opts}


def all_shell_lines(tool: str) -> list[tuple[str, str]]:
    found = [(path.name, line) for path in WORDS for line in shell_lines(path)]
    return [(name, line) for name, line in found if line.split()[0] == tool]


def test_the_pages_show_commands_to_try():
    assert len(all_shell_lines("triage")) > 10 and len(all_shell_lines("make")) > 1


@pytest.mark.parametrize("name,line", all_shell_lines("make"))
def test_make_target_on_a_page_exists(name: str, line: str):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf8"), re.M))
    assert set(shlex.split(line, comments=True)[1:]) <= targets, f"{name}: {line}"


@pytest.mark.parametrize("name,line", all_shell_lines("triage"))
def test_triage_command_on_a_page_exists_with_its_options(name: str, line: str):
    words = shlex.split(line.split(" | ", maxsplit=1)[0], comments=True)[1:]
    command: click.Command = cli
    context = click.Context(cli, info_name="triage", resilient_parsing=True)
    known = options_of(command)
    rest = iter(words)
    for word in rest:
        if word.startswith("--"):
            assert word in known, f"{name}: {word} in {line}"
            if not known[word]:
                next(rest)  # the option's value
        elif isinstance(command, click.Group):
            below = command.get_command(context, word)
            assert below is not None, f"{name}: no command {word} in {line}"
            command, known = below, options_of(below)
    assert not isinstance(command, click.Group) or "--help" in words, f"{name}: {line} ends in no command"


@pytest.mark.parametrize("path", WORDS, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_relative_link_is_dead(path: Path):
    links = [link.split("#")[0] for link in LINK.findall(path.read_text(encoding="utf8"))]
    near = [link for link in links if link and "://" not in link and not link.startswith("mailto:")]
    assert [link for link in near if not (path.parent / link).exists()] == []


def test_every_page_has_a_place_in_the_menu():
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf8")
    pages = [str(p.relative_to(ROOT / "docs")) for p in (ROOT / "docs").rglob("*.md")]
    assert [p for p in pages if p not in menu] == []


def test_the_site_takes_no_fonts_or_counters_from_elsewhere():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf8")
    assert "font: false" in text and "analytics" not in text and "extra_javascript" not in text


def test_the_glossary_translates_each_noun_once():
    rows = [
        line.split("|")[1].strip() for line in (ROOT / "docs/glossary.md").read_text("utf8").splitlines() if "|" in line
    ]
    assert len(rows) == len(set(rows)) > 20


def test_a_decision_says_context_decision_and_consequences_in_half_a_page():
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        text = path.read_text(encoding="utf8")
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences")), path.name
        assert len(text.split()) < 300, path.name


def test_licence_and_version_are_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    public = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf8"))
    assert public["legal"]["license"] == project["license"] == "EUPL-1.2"
    assert public["softwareVersion"] == project["version"]
    assert f"## {project['version']} - " in (ROOT / "CHANGELOG.md").read_text(encoding="utf8")
    assert "EUPL-1.2" in (ROOT / "README.md").read_text(encoding="utf8")


def test_publiccode_holds_what_version_0_5_asks():
    public = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf8"))
    needed = {"publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "description"}
    assert needed | {"legal", "maintenance", "localisation"} <= set(public)
    assert {"localisationReady", "availableLanguages"} <= set(public["localisation"])
    assert public["maintenance"]["type"] == "community" and public["maintenance"]["contacts"][0]["name"]
    for text in public["description"].values():
        assert len(text["shortDescription"]) <= 150 <= len(text["longDescription"]) <= 10_000

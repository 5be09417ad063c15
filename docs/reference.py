"""Write the reference pages from the code, so that they cannot disagree with it.

    python docs/reference.py            write the pages in docs/reference/
    python docs/reference.py --check    write nothing; exit 1 when a page is stale, and name it

The site leaves this script out. tests/docs/test_reference.py holds the pages complete.
"""

import ast
import csv
import inspect
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

import triage
from triage.adapters.settings import Settings
from triage.adapters.store import Store
from triage.domain import errors
from triage.domain.facts import Fact, Register
from triage.domain.table import Table
from triage.domain.tables import TABLES
from triage.entrypoints.api import create_api
from triage.entrypoints.cli import COMMANDS, cli
from triage.entrypoints.description import describe
from triage.entrypoints.problems import PLAIN
from triage.entrypoints.tools import Tools
from triage.forecast.models import MODELS
from triage.law.book import LawBook
from triage.law.criteria import FACTS_READ, JUDGED

HERE = Path(__file__).parent
PAGES = HERE / "reference"
RULES = Path(triage.__file__).parent / "law" / "rules"
DOORS = Path(triage.__file__).parent / "entrypoints"
CONTRACTS = HERE.parent / "models"
NOTE = "<!-- Written by docs/reference.py from the code. Change the code, then run: make docs -->\n\n"
PLAIN_TYPES = {
    "object": "true or false",
    "str": "text",
    "bool": "yes or no",
    "float": "number",
    "int": "whole number",
    "datetime": "date",
}
CONFIDENCE = {
    "confirmed": "the text itself was read",
    "partly": "some parts were read",
    "confirmed_partly": "the text was read, a part of the row was not in it",
    "from_memory": "not read again; verify before use",
    "secondary": "press or another text that quotes it",
    "assumption": "this project's assumption",
}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; a bar or line break inside a cell is made harmless."""
    lines = [list(head), ["---"] * len(head), *([str(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: object) -> str:
    """Text as code, or a dash where there is none."""
    return f"`{text}`" if str(text) else "-"


# Commands ------------------------------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[click.Context, click.Command]]:
    """Every command with its context, groups before what is in them."""
    root = click.Context(cli, info_name="triage", resilient_parsing=True)
    yield root, cli
    yield from _below(root, cli)


def _below(parent: click.Context, group: click.Group) -> Iterator[tuple[click.Context, click.Command]]:
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        if command is None:
            continue
        context = click.Context(command, info_name=name, parent=parent, resilient_parsing=True)
        yield context, command
        if isinstance(command, click.Group):
            yield from _below(context, command)


def commands_page() -> str:
    """Every command with its usage, example and options."""
    head = (
        "# Commands\n\n"
        "Exit codes: 0 done, 1 refused or gate not passed, 2 wrong use, 3 nothing to do. Errors are one sentence on\n"
        "stderr; `triage --debug COMMAND` adds the traceback. Progress goes to stderr, the result to stdout.\n\n"
    )
    users = {user: [name for name, e in COMMANDS.items() if e.user == user] for user in _users()}
    overview = table(("for", "commands"), [(user, ", ".join(map(code, names))) for user, names in users.items()])
    return head + overview + "".join(_command(context, command) for context, command in commands())


def _users() -> list[str]:
    return list(dict.fromkeys(entry.user for entry in COMMANDS.values()))


def _command(context: click.Context, command: click.Command) -> str:
    text = inspect.cleandoc(command.help or "").replace("\b", "")
    usage = f"```\n{command.get_usage(context).removeprefix('Usage: ')}\n```\n"
    options = [p for p in command.params if isinstance(p, click.Option)]
    rows = [(", ".join(map(code, p.opts + p.secondary_opts)), _value(p), p.help or "") for p in options]
    described = "\n" + table(("option", "value", "meaning"), rows) if rows else ""
    return f"\n## {context.command_path}\n\n{text}\n\n{usage}{described}"


def _value(option: click.Option) -> str:
    if option.is_flag:
        return "on or off"
    kind = "one of " + ", ".join(option.type.choices) if isinstance(option.type, click.Choice) else option.type.name
    more = ", required" if option.required else f", default {option.default}" if option.show_default else ""
    return f"{kind}{more}{', may be repeated' if option.multiple else ''}"


# Settings, tables, facts ---------------------------------------------------------------------------------------------


def settings_page() -> str:
    """Every setting with its default and meaning."""
    rows = [
        (
            code(f.name),
            code(f"TRIAGE_{f.name.upper()}"),
            f.type if isinstance(f.type, str) else f.type.__name__,
            code(f.default),
            f.metadata["help"] + (" **Secret.**" if f.metadata["secret"] else ""),
        )
        for f in fields(Settings)
    ]
    head = (
        "# Settings\n\nA setting stands in `triage.toml` in the working folder (or `--config FILE`) as `name = value`, "
        "or in the\nenvironment. The environment wins over the file, an option of the command line wins over both. "
        "An unknown name is\nrefused. A secret is taken from the environment only.\n\n"
    )
    return head + table(("in triage.toml", "in the environment", "type", "default", "meaning"), rows)


def tables_page() -> str:
    """Every declared table with its key and columns."""
    head = (
        "# Tables\n\nA table is checked once, where it enters. A file is CSV (UTF-8, comma or semicolon, header), "
        "Parquet or XLSX.\nWrong input is refused with row and column; nothing is half-loaded. A published table is "
        "never overwritten.\n"
    )
    return head + "".join(_table(t) for t in TABLES.values())


def _table(declared: Table) -> str:
    rows = [
        (code(n), _kind(c), "yes" if c.required else "no", declared.meaning[n]) for n, c in declared.columns.items()
    ]
    extra = "\nOther columns are kept.\n" if declared.extra_columns else "\nNo other columns are allowed.\n"
    key = ", ".join(map(code, declared.key))
    described = table(("column", "type", "required", "meaning"), rows)
    return f"\n## {declared.name}\n\nKey: {key} (as far as present).\n\n{described}{extra}{_more(declared)}"


def _kind(column: Any) -> str:
    kind = next(word for start, word in PLAIN_TYPES.items() if str(column.dtype).startswith(start))
    return f"{kind}{', may be empty' if column.nullable else ''}"


def _more(declared: Table) -> str:
    if declared.name != "CASES":
        return ""
    return (
        "\nThe intake facts are columns too; [the facts register](facts.md) checks them. An empty cell is *not asked*, "
        "`unknown`\nis *asked, no answer*. Outcomes for learning: `hours_booked`, `extra_interview_day`, `decided_on`, "
        "`closed_how`,\n`route_followed`; they are empty while a case is open.\n"
    )


def facts_page() -> str:
    """Every intake fact, and the names that never may be features."""
    register = Register.load()
    cuts = ", ".join(f"{c:g}" for c in register.cutoffs_hours)
    head = (
        "# Facts\n\nWhat may be known at intake, when, why, on what ground and by whom. Written from "
        "`src/triage/domain/facts.toml`.\nA fact is known, unknown (asked, no answer) or not asked; the three stay "
        "apart.\n\nThe model sees a fact only where *in model* says yes. The legal grounds are this project's reading; "
        "a lawyer has to\nconfirm them.\n\n"
        f"Classes of work: {', '.join(register.class_names)}; cut-offs at {cuts} booked handling hours. These are an "
        "**assumption**\nof this project: no public norm hours exist.\n\n"
    )
    rows = [_fact(fact) for fact in register.facts.values()]
    columns = ("fact", "type and values", "known when", "group", "in model", "meaning", "purpose")
    columns += ("legal ground", "audience")
    never = "\n## Never a feature\n\n" + ", ".join(f"`{n}`" for n in sorted(register.forbidden)) + ".\n"
    return head + table(columns, rows) + never


def _fact(fact: Fact) -> tuple[str, ...]:
    kind = f"{fact.kind}: {fact.expected().removeprefix('a number ').removeprefix('one of ')}"
    used = (str(fact.moment), fact.group or "-", fact.in_model)
    return (code(fact.name), kind, *used, fact.meaning, fact.purpose, fact.legal_ground, fact.audience)


# Law, models, API ----------------------------------------------------------------------------------------------------


def rules(name: str) -> list[dict[str, str]]:
    """The rows of one rule file, as text."""
    with (RULES / f"{name}.csv").open(encoding="utf8", newline="") as file:
        return [{k: v or "" for k, v in row.items() if k} for row in csv.DictReader(file)]


RULE_FILES: dict[str, dict[str, str]] = tomllib.loads((HERE / "reference_rules.toml").read_text(encoding="utf8"))
LAW_FILES = ("routes", "terms", "clocks", "penalties")


def law_page() -> str:
    """Every route, term, clock and penalty with its dates, source and how sure we are."""
    head = (
        "# Law\n\nThe rows that the law book reads (`src/triage/law/rules/`). A row is chosen by the **date of "
        "lodging**, never by today.\nThe tests that rows name stand under [criteria](criteria.md), the countries, "
        "languages and bodies under [lists](lists.md).\nThis is not legal advice: a lawyer has to confirm the rows "
        "before use on a real case. The column *confidence* says how\nthe row came about:\n\n"
    )
    pact = (
        "\nThat the new procedure holds for applications lodged from 12 June 2026 follows Regulation (EU) 2024/1348 "
        "art. 79, whose\nparagraph was not read. Verify it.\n"
    )
    marks = table(("confidence", "meaning"), [(code(mark), meaning) for mark, meaning in CONFIDENCE.items()])
    return head + marks + pact + "".join(map(_rule_file, LAW_FILES))


def lists_page() -> str:
    """Every list that changes: countries, shares, languages, bodies and codes."""
    head = (
        "# Lists\n\nLists that change while the rules stay. Each row has the lodging dates for which it holds; "
        "[the law page](law.md)\nsays what *confidence* means. A lawyer has to confirm the rows before use on a real "
        "case.\n"
    )
    return head + "".join(_rule_file(name) for name in RULE_FILES if name not in LAW_FILES)


def criteria_page() -> str:
    """Every criterion: what it tests and on which article, the facts it reads, and the routes that name it."""
    head = (
        "# Criteria\n\nOne function each, in `src/triage/law/criteria.py`. A criterion answers *met*, *not met* or "
        "*unknown*, and never turns\nsilence into a no; but an event of our own has not happened until its day is "
        "recorded. *Judged*: only a person can answer it; no fact makes\nit met. *If* and *unless* name the routes of "
        "[the law](law.md) that test it.\n\n"
    )
    rows = [
        (
            code(name),
            _first_sentence(criterion),
            ", ".join(map(code, FACTS_READ[name])) or "-",
            "yes" if name in JUDGED else "no",
            _routes_naming(name, "entry_criteria_fn"),
            _routes_naming(name, "exclusion_fn"),
        )
        for name, criterion in LawBook.load().criteria().items()
    ]
    return head + table(("criterion", "tests", "facts", "judged", "if", "unless"), rows)


def _routes_naming(criterion: str, column: str) -> str:
    wanted = re.compile(rf"\b{re.escape(criterion)}\b")
    found = [row["route_id"] for row in rules("routes") if wanted.search(row[column])]
    return ", ".join(map(code, dict.fromkeys(found))) or "-"


def _rule_file(name: str) -> str:
    columns = dict(pair.split("=") for pair in RULE_FILES[name]["columns"].split())
    rows = rules(name)
    weak = sum(row.get("confidence", "confirmed") != "confirmed" for row in rows)
    doubt = f", of which {weak} are not `confirmed`" if "confidence" in rows[0] else ""
    about = f"{RULE_FILES[name]['about']} {len(rows)} rows{doubt}."
    title = name.replace("_", " ").capitalize()
    cells = [_rule(row, tuple(columns.values())) for row in rows]
    return f"\n## {title}\n\n{about}\n\n" + table([head.replace("_", " ") for head in columns], cells)


def _rule(row: dict[str, str], columns: Sequence[str]) -> list[str]:
    """The cells of one rule: its id as code, its source as link, its dates of lodging where no column is named."""
    cells = [_span(row) if name == "lodged" else row[name] for name in columns]
    return [code(cells[0]), *cells[1:-1], _link(cells[-1])]


def _span(row: dict[str, str]) -> str:
    start, end = row["lodged_from"], row["lodged_to"]
    return f"{start or 'open'} to {end or 'open'}" if start or end else "-"


def _link(source: str) -> str:
    return f"[source]({source})" if source.startswith("http") else source


def models_page() -> str:
    """The forecast models, and what each tracked model promises."""
    head = (
        "# Models\n\n## Forecast models\n\nThe register `MODELS` in `src/triage/forecast/models.py`. "
        "`triage backtest --model NAME` scores one.\n\n"
    )
    rows = [(code(name), _first_sentence(model)) for name, model in MODELS.items()]
    contracts = sorted(CONTRACTS.glob("*.toml"))
    tracked = "".join(_contract(path) for path in contracts)
    return head + table(("name", "what it does"), rows) + "\n## Tracked models\n" + tracked


def _first_sentence(model: object) -> str:
    text = inspect.getdoc(model) or inspect.getdoc(type(model)) or ""
    return text.split("\n\n")[0]


def _contract(path: Path) -> str:
    promised = tomllib.loads(path.read_text(encoding="utf8"))
    rows = [(code(key), _plain(value)) for key, value in _flat(promised)]
    return f"\n### {path.stem}\n\nContract: `models/{path.name}`.\n\n" + table(("promise", "value"), rows)


def _flat(values: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield before + key, value


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def problems() -> dict[str, str]:
    """Every code of a problem document with its meaning: the edge's own first, then one per kind of refusal."""
    kinds = [c for c in vars(errors).values() if inspect.isclass(c) and issubclass(c, errors.TriageError)]
    standing = {code_: f"{title}. {detail}" for code_, title, detail in PLAIN.values()}
    kinds_said = {kind.code: inspect.getdoc(kind) or "" for kind in kinds if kind is not errors.TriageError}
    return dict(_raised_by_hand()) | kinds_said | standing


def _raised_by_hand() -> Iterator[tuple[str, str]]:
    """Codes that a handler gives itself: a status, a code and perhaps a detail as literal arguments of a call."""
    for path in sorted(DOORS.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            said = [getattr(a, "value", None) for a in node.args] if isinstance(node, ast.Call) else []
            for status, name, detail in zip(said, said[1:], [*said[2:], None], strict=False):
                if isinstance(status, int) and status in PLAIN and isinstance(name, str):
                    yield name, detail if isinstance(detail, str) else f"{PLAIN[status][1]}."


def calls() -> dict[str, Any]:
    """The API description, as it is served."""
    store = Store.open("sqlite://")
    api = create_api(Tools(Settings(), store, LawBook.load(), Register.load(), None, None))
    return describe(api, ())


def api_page() -> str:
    """Every call, every header that a call needs, and every problem code."""
    head = (
        "# API\n\nBuilt to the NLGov REST API Design Rules. Every path stands under `/v1`; the full description, "
        "OpenAPI 3.1,\nis served at `/v1/openapi.json`. `triage serve` prints the address and the token; send it as "
        "`Authorization: Bearer TOKEN`.\nFacts are camelCase: `null` is unknown (asked, no answer), left out is not "
        "asked.\n\n"
    )
    rows = [
        (code(f"{method.upper()} {path}"), call.get("description", ""), _headers(call))
        for path, methods in calls()["paths"].items()
        for method, call in methods.items()
    ]
    known = table(("code", "meaning"), [(code(name), meaning) for name, meaning in sorted(problems().items())])
    about = (
        "\n## Problems\n\nEvery error is an `application/problem+json` document with `type`, `title`, `status`, "
        "`detail`, `code`\nand `correlationId`. It never repeats what was sent.\n\n"
    )
    return head + table(("call", "does", "headers it needs"), rows) + about + known


def _headers(call: dict[str, Any]) -> str:
    needed = [p["name"] for p in call.get("parameters", ()) if p["in"] == "header" and p.get("required")]
    return ", ".join(map(code, needed)) or "-"


WRITERS: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "settings.md": settings_page,
    "tables.md": tables_page,
    "facts.md": facts_page,
    "law.md": law_page,
    "criteria.md": criteria_page,
    "lists.md": lists_page,
    "models.md": models_page,
    "api.md": api_page,
}


def pages() -> dict[Path, str]:
    """Every generated page: where it stands, and what it should say."""
    return {PAGES / name: NOTE + write() for name, write in WRITERS.items()}


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with --check say which are stale."""
    wanted = pages()
    stale = [p for p, text in wanted.items() if not p.exists() or p.read_text(encoding="utf8") != text]
    if "--check" in arguments:
        for path in stale:
            click.echo(f"docs/reference/{path.name} is stale. Run: make docs", err=True)
        return 1 if stale else 0
    for path in stale:
        path.write_text(wanted[path], encoding="utf8")
    click.echo(f"{len(stale)} of {len(wanted)} reference pages written anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

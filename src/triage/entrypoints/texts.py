"""The Dutch sentences that officers read, by code. Their one place is texts_nl.toml."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).with_name("texts_nl.toml")
ENDINGS = ("_UNKNOWN_MORE", "_UNKNOWN_LESS", "_LINKED_MORE", "_LINKED_LESS", "_MORE", "_LESS")


@cache
def texts() -> dict[str, Any]:
    """All sentences, read once."""
    return tomllib.loads(SHIPPED.read_text(encoding="utf8"))


def reason_text(code: str) -> str:
    """Sentence of any code: of a reason, of an outcome's why, or of an officer's choice.

    A code of a fact without a sentence of its own (another service's register) gets a general sentence.
    """
    for group in ("codes", "officer", "generic"):
        if code in texts()[group]:
            return texts()[group][code]
    ending = next((end for end in ENDINGS if code.endswith(end)), None)
    if ending is None:
        return code
    fact = code.removesuffix(ending).lower()
    own = texts()["facts"].get(fact, {})
    general = texts()["generic"][ending[1:]].format(label=fact_label(fact))
    return own.get(ending[1:], general)


def fact_label(name: str) -> str:
    """Label of a fact; the name itself, in words, where the register is another one."""
    return texts()["facts"].get(name, {}).get("label", name.replace("_", " "))


def flag_text(code: str) -> str:
    """Sentence of a flag of the law book; a general one for a code without a sentence of its own."""
    return texts()["flags"].get(code, texts()["flags"]["general"])


def word(group: str, code: str) -> str:
    """Word for a code of one group: outcomes, depths, moments, regimes, verdicts."""
    return texts()[group][str(code)]


#: What an officer can choose as reason for a decision, with its sentence, in the order of the file.
REASON_CODES: tuple[tuple[str, str], ...] = tuple(texts()["officer"].items())

"""What is still missing, and what each answer would mean: the book is asked again with that answer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from triage.domain.case import FactValue, Intake, Moment, Need, Verdict
from triage.domain.facts import Fact
from triage.law import criteria as c
from triage.law.rows import Route

#: Answers to try for a date: long before the application, and just before it (APR art. 38(1)(e) counts seven days).
DATE_ANSWERS = (("long_before", timedelta(60)), ("shortly_before", timedelta(1)))
#: Stands for every nationality that no list names.
OTHER = "other"

Answers = tuple[tuple[str, FactValue], ...]
Say = Callable[[str], Verdict]


@dataclass(frozen=True)
class Unheard:
    """Facts without an answer, and those among them that are only asked on a sign of them and were not asked."""

    silent: frozenset[str]
    not_asked: frozenset[str]


class Outlook(NamedTuple):
    """What the rows say of a case, as far as a change of it matters here; all tuples in the order of the rows.

    `alternatives` are per row the verdicts of each condition of the entry, and of the exclusion.
    """

    names: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    decided: int | None  # place of the deciding row
    alternatives: tuple[tuple[tuple[Verdict, ...], tuple[Verdict, ...]], ...]


def missing_of(row: Route, say: Say, unheard: Unheard) -> tuple[str, ...]:
    """Facts whose answers could still make an open route hold; none where a person has to weigh it anyway."""
    entries = [_open_facts(clause, say, unheard) for clause in row.entry]
    waiting = [k for k in row.exclusion if c.all_of([say(name) for name in k]) is Verdict.UNKNOWN]
    barriers = [_open_facts(clause, say, unheard, barrier=True) for clause in waiting]
    if None in barriers or all(facts is None for facts in entries):
        return ()
    if any(facts == () for facts in entries):  # an entry holds already: only the exclusions are open
        entries = []
    return tuple(dict.fromkeys(fact for facts in (*entries, *barriers) if facts for fact in facts))


def needs_of(
    intake: Intake,
    facts: Iterable[str],
    answers: Callable[[str], Answers],
    before: Outlook,
    ask: Callable[[Intake, str], Outlook],
    sentences: Mapping[str, str],
) -> tuple[Need, ...]:
    """Each missing fact with what its answers would mean; facts of which no answer changes a ground fall away.

    Parameters
    ----------
    intake : the case as it is known.
    facts : its missing facts.
    answers : the answers to try for a fact, as (text, value).
    before : what the rows say now.
    ask : what the rows say of the case with that fact answered.
    sentences : the Dutch sentences decides, opens, falls, ground_falls, more and nothing.
    """
    found = []
    for fact in facts:
        trial = dict(intake.facts)
        probe = replace(intake, facts=trial)
        meanings: dict[str, list[str]] = {}
        decides = False
        for text, value in answers(fact):
            trial[fact] = value
            after = ask(probe, fact)
            decides |= after.alternatives != before.alternatives
            meanings.setdefault(_meaning(before, after, sentences), []).append(text)
        if decides:
            found.append(Need(fact, tuple((", ".join(texts), said) for said, texts in meanings.items())))
    return tuple(found)


def answers_of(fact: Fact, lodged: date) -> Answers:
    """The answers to try for a fact with a closed list, a flag or a date; () for an open list and a number."""
    if fact.kind == "flag":
        return (("true", True), ("false", False))
    if fact.kind == "date":
        return tuple((text, lodged - before) for text, before in DATE_ANSWERS)
    return tuple((str(value), value) for value in fact.values if fact.kind == "category" and value != "*")


def nationalities(listed: Mapping[str, Iterable[str]], tests: Iterable[c.Criterion], lodged: date) -> Answers:
    """One nationality for each way in which the country lists treat them, named after all that share it."""
    groups: dict[tuple[Verdict, ...], list[str]] = {}
    codes = sorted({code for codes in listed.values() for code in codes if code != "*"})
    tests = tuple(tests)
    for code in (*codes, OTHER):
        probe = Intake("", lodged, Moment.REGISTERED, {"nationality_iso3": code})
        groups.setdefault(tuple(test(probe) for test in tests), []).append(code)
    return tuple((OTHER if OTHER in codes else ", ".join(codes), codes[-1]) for codes in groups.values())


def _meaning(before: Outlook, after: Outlook, sentences: Mapping[str, str]) -> str:
    if after.decided is not None and after.decided != before.decided:
        return sentences["decides"].format(routes=after.names[after.decided])
    if after.alternatives == before.alternatives:
        return sentences["nothing"]
    for code, wanted in (("opens", Verdict.MET), ("falls", Verdict.NOT_MET)):
        turned = [
            name
            for name, old, new in zip(before.names, before.verdicts, after.verdicts, strict=True)
            if new is wanted and old is not wanted
        ]
        if turned:
            return sentences[code].format(routes=_listed(turned))
    fallen = [
        name
        for name, (old, _), (new, _) in zip(before.names, before.alternatives, after.alternatives, strict=True)
        if new.count(Verdict.NOT_MET) > old.count(Verdict.NOT_MET)
    ]
    return sentences["ground_falls"].format(routes=_listed(fallen)) if fallen else sentences["more"]


def _listed(names: list[str]) -> str:
    return " en ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def _open_facts(clause: tuple[str, ...], say: Say, unheard: Unheard, barrier: bool = False) -> tuple[str, ...] | None:
    """Facts that leave a clause open; () where it is met, None where no fact can settle it.

    A barrier may be judged: its fact can still lift it by saying no.
    """
    found: list[str] = []
    for name in clause:
        verdict = say(name)
        if verdict is Verdict.NOT_MET:
            return None
        if verdict is Verdict.MET:
            continue
        silent = [fact for fact in c.FACTS_READ[name] if fact in unheard.silent]
        if not silent or unheard.not_asked.intersection(silent) or (name in c.JUDGED and not barrier):
            return None
        found += silent
    return tuple(found)

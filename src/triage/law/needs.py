"""What is still missing, and what each answer would mean: the book is asked again with that answer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from triage.domain.case import FactValue, Intake, Moment, Need, Verdict
from triage.domain.facts import Fact
from triage.domain.nationalities import CODES, NO_STATE
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
    """Facts without an answer, and those among them that are only asked on a sign of them and were not asked.

    `judged` are the criteria that no answer can make met on this lodging date.
    """

    silent: frozenset[str]
    not_asked: frozenset[str]
    judged: frozenset[str]


class Outlook(NamedTuple):
    """What the rows say of a case, as far as a change of it matters here; all tuples in the order of the rows.

    `alternatives` are per row the verdicts of each condition of the entry, and of the exclusion; `met` and `unmet`
    are the criteria from which all of it follows, as bits.
    """

    met: int
    unmet: int
    names: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    decided: int | None  # place of the deciding row
    alternatives: tuple[tuple[tuple[Verdict, ...], tuple[Verdict, ...]], ...]


def missing_of(row: Route, say: Say, unheard: Unheard) -> tuple[str, ...]:
    """Facts whose answers could still make an open route hold; none where a person has to weigh it anyway.

    A condition that holds only where a simpler one holds too can add nothing, and its facts are not asked.
    """
    entries = _simplest([k for k in row.entry if _open_facts(k, say, unheard) is not None], say)
    waiting = [k for k in row.exclusion if c.all_of([say(name) for name in k]) is c.UNKNOWN]
    barriers = [_lifting(clause, say, unheard) for clause in waiting]
    if None in barriers or not entries:
        return ()
    asked = [_open_facts(clause, say, unheard) for clause in entries]
    return tuple(dict.fromkeys(fact for facts in (*asked, *barriers) if facts for fact in facts))


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
    others = sorted(CODES - NO_STATE - set(codes))[:1]
    tests = tuple(tests)
    for code in (*codes, *others):
        probe = Intake("", lodged, Moment.REGISTERED, {"nationality_iso3": code})
        groups.setdefault(tuple(test(probe) for test in tests), []).append(code)
    return tuple((_group_name(codes, others), codes[-1]) for codes in groups.values())


def _group_name(codes: Sequence[str], others: Sequence[str]) -> str:
    return OTHER if others and others[0] in codes else ", ".join(codes)


def _meaning(before: Outlook, after: Outlook, sentences: Mapping[str, str]) -> str:
    if after.decided is not None and after.decided != before.decided:
        return sentences["decides"].format(routes=after.names[after.decided])
    if after.alternatives == before.alternatives:
        return sentences["nothing"]
    for code, wanted in (("opens", c.MET), ("falls", c.NOT_MET)):
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
        if new.count(c.NOT_MET) > old.count(c.NOT_MET)
    ]
    return sentences["ground_falls"].format(routes=_listed(fallen)) if fallen else sentences["more"]


def _listed(names: list[str]) -> str:
    return " en ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def _simplest(clauses: Iterable[tuple[str, ...]], say: Say) -> list[tuple[str, ...]]:
    """What is still open in each clause, without the clauses in which another one is contained.

    With "misled" met and "at the border" open, "at the border and nothing new" can add nothing. Where one clause is
    met altogether, nothing of the others is left.
    """
    rests = [tuple(name for name in clause if say(name) is not c.MET) for clause in clauses]
    return [rest for rest in rests if not any(set(other) < set(rest) for other in rests)]


def _open_facts(clause: tuple[str, ...], say: Say, unheard: Unheard) -> tuple[str, ...] | None:
    """Facts that leave a clause open; () where it is met, None where no fact can make it met."""
    found: list[str] = []
    for name in clause:
        verdict = say(name)
        if verdict is c.NOT_MET:
            return None
        if verdict is c.MET:
            continue
        silent = [fact for fact in c.FACTS_READ[name] if fact in unheard.silent]
        if not silent or unheard.not_asked.intersection(silent) or name in unheard.judged:
            return None
        found += silent
    return tuple(found)


def _lifting(clause: tuple[str, ...], say: Say, unheard: Unheard) -> tuple[str, ...] | None:
    """Facts whose answer can still take an exclusion away, also a judged one by saying no; None where none can."""
    names = [name for name in clause if say(name) is c.UNKNOWN and name not in c.WEIGHED]
    found = (fact for name in names for fact in c.FACTS_READ[name])
    return tuple(fact for fact in found if fact in unheard.silent - unheard.not_asked) or None

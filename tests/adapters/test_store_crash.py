"""kill -9 at any moment: an acknowledged decision is there afterwards."""

import os
import random
import signal
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from adapter_examples import a_decision, a_suggestion

from triage.adapters.store import Store
from triage.domain.records import Arm

CYCLES = 20


def decide_without_end(url: str, word: str, said: int) -> None:
    """Suggest and decide, and say each decision on the pipe `said` only after the store took it."""
    store = Store.open(url)
    for number in count():
        name = f"{word}-{number}"
        store.append_suggestion(a_suggestion(name), "officer")
        store.record_decision(a_decision(name, name), 1, "officer")
        os.write(said, f"{name}\n".encode())


def acknowledged_until_killed(url: str, word: str, enough: int) -> list[str]:
    """Let another process decide and kill it once it acknowledged `enough`; all that it acknowledged."""
    heard, said = os.pipe()
    officer = os.fork()
    if officer == 0:
        try:
            decide_without_end(url, word, said)
        finally:
            os._exit(1)
    os.close(said)
    with os.fdopen(heard) as lines:
        names = [line.strip() for line, _ in zip(lines, range(enough), strict=False)]
        os.kill(officer, signal.SIGKILL)
        names += [line.strip() for line in lines]
    os.waitpid(officer, 0)
    return names


def test_every_acknowledged_decision_survives_kill_nine(store: Store, empty_url: str):
    chance = random.Random(7)
    for cycle in range(CYCLES):
        acknowledged = acknowledged_until_killed(empty_url, f"run{cycle}", chance.randint(1, 40))
        reopened = Store.open(empty_url)
        decided = {s.suggestion.suggestion_id for s in reopened.suggestions_of("case-1") if s.decision}
        events = [event.action for event in reopened.audit_events(10**6)]
        arms = {line.arm for line in reopened.advice_log()}
        reopened.close()
        assert acknowledged and set(acknowledged) <= decided
        assert events.count("decision-recorded") == len(decided), (
            "a decision and its audit event stand or fall together"
        )
        assert arms == {Arm.NONE}, "a suggestion and its arm stand or fall together"


def in_processes(count_of: int, work) -> list[int]:
    """Run `work` in that many processes at once; their exit codes, 0 where it went well."""
    children = []
    for _ in range(count_of):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                work()
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def test_services_that_start_at_once_upgrade_an_empty_database_together(empty_url: str):
    assert in_processes(4, lambda: Store.open(empty_url).upgrade()) == [0, 0, 0, 0]
    Store.open(empty_url).check()


def test_threads_of_a_service_share_a_store(store: Store):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda i: store.append_suggestion(a_suggestion(f"s-{i}"), "officer"), range(80)))
    assert len(store.suggestions_of("case-1")) == len(store.audit_events()) == 80

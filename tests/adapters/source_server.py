"""A small real web server that stands in for a public source: it answers from a table of paths, on loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from triage.adapters.download import Service

#: (status, headers, body); a body that is a function is called with the handler and writes for itself.
Answer = tuple[int, dict[str, str], bytes | Callable[[BaseHTTPRequestHandler], None]]


@dataclass
class Source:
    """What the server answers, and what it was asked. A list of answers is given one after the other."""

    answers: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    address: str = ""
    closing: threading.Event = field(default_factory=threading.Event)

    def service(self, **given: Any) -> Service:
        return Service("CBS", self.address, **({"timeout": 0.4, "retries": 2, "pause": 0.01} | given))

    def answer(self, path: str) -> Answer:
        found = self.answers.get(path, (404, {}, b"<html>not here</html>"))
        if not isinstance(found, list):
            return found
        return found.pop(0) if len(found) > 1 else found[0]


def json_answer(content: Any, status: int = 200) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()


@contextmanager
def serving(answers: dict[str, Answer | list[Answer]] | None = None) -> Iterator[Source]:
    """A running source; closed, with its threads, at the end."""
    source = Source(dict(answers or {}))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            source.asked.append((unquote(parts.path), parse_qs(parts.query)))
            status, headers, body = source.answer(unquote(parts.path))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if callable(body):
                body(self)
            else:
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    source.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield source
    finally:
        source.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()

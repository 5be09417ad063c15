"""One JSON answer of a public web service: few and bounded retries, a deadline, a size limit, one clear error.

`requests` does the work. The clients on offer were looked at in November 2026 and left: `cbsodata4` (no time-out
of its own, no retry, writes a folder of Parquet files beside the caller), `eurostat` (prints, polls without end,
fixed address), `cbsodata` (the older API). What remains of them is one loop over pages.
"""

import json
import time
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from triage.domain.errors import SourceError

WORTH_ANOTHER_TRY = (429, 500, 502, 503, 504)
MOST_REDIRECTS = 3


@dataclass(frozen=True)
class Service:
    """A public source: its name for people, its address, and how long we wait (seconds)."""

    name: str
    address: str
    timeout: float = 30.0
    retries: int = 3
    pause: float = 0.5  # before the second retry; doubled each time
    largest_bytes: int = 64 * 2**20  # of one answer, unpacked

    def refusal(self, what: str) -> SourceError:
        """The one error of a source: what was wrong, and what to do instead."""
        return SourceError(
            f"{self.name} {what}; nothing was imported. Import a file instead: triage import inflow FILE."
        )


def get_json(service: Service, url: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
    """The JSON object that stands under `url`. Raises SourceError.

    A silence longer than the time-out, or an answer that trickles in for more than four time-outs, is given up.
    From https we never go on to http.
    """
    with requests.Session() as session:
        session.max_redirects = MOST_REDIRECTS
        retry = Retry(
            total=service.retries,
            redirect=False,
            status_forcelist=WORTH_ANOTHER_TRY,
            backoff_factor=service.pause,
            retry_after_max=int(service.timeout),
            raise_on_status=False,
        )
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        try:
            return _object(service, _body(service, session, url, params))
        except requests.TooManyRedirects as error:
            raise service.refusal(f"sends us on more than {MOST_REDIRECTS} times") from error
        except requests.Timeout as error:
            raise service.refusal(f"did not answer within {service.timeout:g} seconds") from error
        except (requests.RequestException, ValueError) as error:  # ValueError: an address that is none
            raise service.refusal("cannot be reached (no network, or another address)") from error


def _body(service: Service, session: requests.Session, url: str, params: dict[str, Any] | None) -> bytes:
    ends = time.monotonic() + 4 * service.timeout
    headers = {"Accept": "application/json", "User-Agent": "triage"}
    with session.get(url, params=params, timeout=service.timeout, headers=headers, stream=True) as answer:
        if any(a.url.startswith("https:") for a in answer.history) and not answer.url.startswith("https:"):
            raise service.refusal("sends us from https to http, where anybody could change the figures")
        if answer.status_code != 200:
            raise service.refusal(f"answered with status {answer.status_code}, expected 200")
        body = bytearray()
        for chunk in answer.iter_content(1 << 16):
            body += chunk
            if len(body) > service.largest_bytes:
                raise service.refusal(f"answered with more than {service.largest_bytes >> 20} MiB")
            if time.monotonic() > ends:
                raise service.refusal(f"took more than {4 * service.timeout:g} seconds for one answer")
        return bytes(body)


def _object(service: Service, body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise service.refusal("answered with something else than JSON (a page, or half an answer)") from error
    if not isinstance(found, dict):
        raise service.refusal("answered with JSON of another shape, expected an object")
    return found


def _no_number(text: str) -> float:
    raise ValueError(text)  # NaN and Infinity are no JSON

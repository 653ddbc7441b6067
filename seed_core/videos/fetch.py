"""The flow that fetches what was made: without the key, and only as much as is wanted."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from seed_core.errors import ConfigurationError, InvalidReplyError
from seed_core.flow import Flow, Request, Response, Retry, Sink, exchange
from seed_core.version import USER_AGENT
from seed_core.videos.explain import PROVIDER, explain_response

_log = logging.getLogger("seed_core")
_REDIRECTS = 5


def fetch(url: str, into: Sink, retry: Retry) -> Flow[None]:
    """Fetch a file from where the host put it.

    Args:
        url: its address, as a result tells it.
        into: where it goes.
        retry: when to try again: it costs nothing.

    Raises:
        NotFoundError: it is not there any more: results are kept for a while only.
        MediaError: it is too large, or cannot be written.
        SeedError: it was not delivered.
    """
    again = replace(retry, repeatable=True)
    # What begins under https does not go on without it.
    allowed = ("https",) if _scheme(url) == "https" else ("http", "https")
    if _scheme(url) not in allowed:
        msg = f"{url.partition('?')[0]!r} is no address to fetch a file from"
        raise ConfigurationError(msg, provider=PROVIDER)
    for _ in range(_REDIRECTS + 1):
        # No key goes out: the address itself is all that is needed.
        request = Request(
            "GET", url, {"user-agent": USER_AGENT, "accept": "*/*"}, provider=PROVIDER
        )
        response = yield from exchange(request, _taken, again, into=into)
        if response.ok:
            return
        url = _elsewhere(url, response, allowed)
        _log.debug("%s: a file is at another address", PROVIDER)
    raise InvalidReplyError(f"{PROVIDER} sends a download round in circles", provider=PROVIDER)


def _scheme(url: str) -> str:
    """What an address begins with; nothing if it is none."""
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _elsewhere(url: str, response: Response, allowed: tuple[str, ...]) -> str:
    """The address to which a response leads, if it is one to go to."""
    place = ""
    with suppress(ValueError):
        place = urljoin(url, response.headers["location"])
    if _scheme(place) not in allowed:
        msg = f"{PROVIDER} leads a download to what is no address, or away from https"
        raise InvalidReplyError(msg, provider=PROVIDER)
    return place


def _taken(response: Response) -> Response:
    """A response that is no error; one that leads elsewhere is none."""
    if response.ok or (300 <= response.status < 400 and response.headers.get("location")):
        return response
    raise explain_response(response)

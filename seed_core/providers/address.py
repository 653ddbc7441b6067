"""Addresses: a base URL in any of the forms in which users say one, and a wire's path below it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from seed_core.errors import ConfigurationError

SECRET = re.compile("auth|cookie|key|password|secret|sig|token", re.IGNORECASE)
"""Names of headers and query parameters whose values may be keys."""


def origin(url: str) -> tuple[str, str]:
    """Scheme and host of an address, to tell whether two stand at the same place."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return "", url
    return parts.scheme.lower(), parts.netloc.lower()


@lru_cache(maxsize=256)
def endpoint(
    base_url: str,
    root_path: str,
    path: str,
    endings: tuple[str, ...] = (),
) -> str:
    """The address to ask, from a root, a root with its version, or an endpoint itself.

    Args:
        base_url: what the user or the provider says.
        root_path: the path of the host's root, completed where only its beginning is given.
        path: the path of what is asked, below the root.
        endings: other paths below the root with which `base_url` may end.

    Raises:
        ConfigurationError: it is no address.

    Example:
        >>> endpoint("https://example.com", "/v1", "/chat/completions")
        'https://example.com/v1/chat/completions'
    """
    try:
        parts = urlsplit(base_url.strip())
        named = bool((parts.hostname or "").encode("idna")) and parts.port != 0
    except ValueError as error:  # a host name, a port or an IPv6 address that is none
        raise ConfigurationError(f"base_url= is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not named:
        msg = f"base_url must begin with http:// or https:// and name a host, not {base_url!r}"
        raise ConfigurationError(msg)
    if "@" in parts.netloc:
        msg = "base_url must not hold a user name or password; pass them in default_headers="
        raise ConfigurationError(msg)
    if any(re.search(SECRET, name) for name, _ in parse_qsl(parts.query)):
        msg = "base_url must not hold a key; pass it in default_headers= (or, where the host wants "
        msg += "it in the address, in default_query=, which httpx logs with the address)"
        raise ConfigurationError(msg)
    given = parts.path.rstrip("/")
    for ending in sorted({path, *endings}, key=len, reverse=True):
        if given.endswith(ending):
            given = given.removesuffix(ending)
            break
    if root_path.startswith(given) and (given == "" or root_path[len(given) :].startswith("/")):
        given = root_path
    return urlunsplit((parts.scheme, parts.netloc, given + path, parts.query, ""))


def with_query(url: str, query: Mapping[str, str]) -> str:
    """An address with further query parameters.

    Example:
        >>> with_query("https://example.com/v1?a=1", {"b": "2"})
        'https://example.com/v1?a=1&b=2'
    """
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url

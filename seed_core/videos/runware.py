"""Runware as a value: its address, the key, and its wire, which is one POST for everything."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic_core import from_json

from seed_core.arguments import check_types, scrubbed, unseen, unseen_key
from seed_core.body import Body, encode_json
from seed_core.errors import APIStatusError, ConfigurationError, InvalidReplyError
from seed_core.flow import Request, Response
from seed_core.polling import Polling
from seed_core.types import Json
from seed_core.version import USER_AGENT
from seed_core.videos.envelope import Envelope, open_envelope
from seed_core.videos.explain import KEY_NAME, PROVIDER, explain, explain_response

BASE_URL = "https://api.runware.ai/v1"
_SECRET = re.compile("auth|cookie|key|password|secret|sig|token", re.IGNORECASE)
_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Runware:
    """Where video tasks go. The key is in no repr, error or pickle.

    Attributes:
        base_url: where the API is.
        api_key: the key; hidden.
        headers: further headers of every request; hidden, and they win over the usual ones.
        polling: how often a task is looked at, in seconds: the host advises one or two at first,
            then ever more [docs]; ten is what its own client comes to.
    """

    base_url: str = BASE_URL
    api_key: SecretStr | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    polling: Polling = field(default=Polling(2.0, 10.0, 1.5), repr=False)

    def request(self, task: Json) -> Request:
        """The request that hands over one task, whose leaves may be `Splice`.

        Raises:
            ConfigurationError: there is no key, or it cannot stand in a header; or the task has
                no JSON form.
        """
        # The body is a list, even of one.
        body = Body((b"[", *encode_json(task).parts, b"]"))
        return Request("POST", self.base_url, self._headers(), body, PROVIDER)

    def read(self, response: Response) -> Envelope:
        """What an answer holds.

        Raises:
            APIStatusError: its status is an error.
            InvalidReplyError: it is not the API's.
        """
        if not response.ok:
            body = self.scrub(response.body.decode("utf-8", "replace")).encode()
            headers = self._scrubbed(response)
            raise explain_response(Response(response.status, headers, body))
        text = self.scrub(response.body.decode("utf-8", "replace"))
        try:
            told = open_envelope(from_json(text))
        except ValueError:
            told = None
        if told is None:
            msg = f"{PROVIDER} answered with something else than its API: {text[:200]!r}"
            raise InvalidReplyError(f"{msg}; check base_url=", provider=PROVIDER)
        return told

    def explain(self, entries: Sequence[Json], response: Response) -> APIStatusError:
        """The error that entries inside a good answer are."""
        return explain(entries, headers=self._scrubbed(response))

    def scrub(self, text: str) -> str:
        """What the host said, without the key, should it repeat one."""
        keys = [self.api_key.get_secret_value().strip()] if self.api_key else []
        for name, value in self.headers.items():
            if _SECRET.search(name):
                keys.append(str(value).rpartition(" ")[2])  # without the scheme before it
        return scrubbed(text, keys)

    def without_key(self) -> Runware:
        """The same without anything secret, to be pickled or written down."""
        return replace(self, api_key=None, headers={})

    def __reduce__(self) -> tuple[Any, ...]:
        """What is pickled: everything but what is secret."""
        bare = self.without_key()
        return type(self), tuple(getattr(bare, one.name) for one in fields(bare))

    def __copy__(self) -> Runware:
        """The same value: nothing in it changes."""
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Runware:
        """The same value, with its key: a copy stays in this process."""
        return self

    def _scrubbed(self, response: Response) -> dict[str, str]:
        """A response's headers, without the key."""
        return {name: self.scrub(value) for name, value in response.headers.items()}

    def _headers(self) -> dict[str, str]:
        """All headers of a request."""
        own: dict[str, Any] = {name.lower(): value for name, value in self.headers.items()}
        usual = {
            "accept": "application/json",
            "content-type": "application/json",
            "user-agent": USER_AGENT,
        }
        key = self.api_key.get_secret_value().strip() if self.api_key else ""
        wrong = _wrong(key, own)
        if wrong:
            del own, key  # a traceback may show the variables of its frames
            raise ConfigurationError(wrong, provider=PROVIDER)
        if key:
            usual["authorization"] = f"Bearer {key}"
        return usual | own


def resolve_runware(
    api_key: SecretStr | str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Runware:
    """Runware, with the key filled in.

    Args:
        api_key: the key; None for the environment's `RUNWARE_API_KEY`. That there is none is an
            error when the first task is sent.
        base_url: another address: a root, or one with its path.
        headers: further headers of every request.

    Raises:
        ConfigurationError: `base_url` is no address, or an argument has a wrong type.

    Example:
        >>> resolve_runware("key", "https://proxy.example").base_url
        'https://proxy.example/v1'
    """
    said, headers = unseen_key(api_key), unseen(headers)
    del api_key
    check_types(
        api_key=(said, (str, SecretStr)), base_url=(base_url, str), headers=(headers, Mapping)
    )
    if said is None or not said.get_secret_value().strip():
        said = SecretStr(os.environ.get(KEY_NAME, "").strip())
    key = said if said.get_secret_value() else None
    return Runware(_address(base_url or BASE_URL), key, dict(headers or {}))


def _address(base_url: str) -> str:
    """The address of the API from a root or a whole address."""
    try:
        parts = urlsplit(base_url.strip())
        named = bool((parts.hostname or "").encode("idna")) and parts.port != 0
    except ValueError as error:  # a host name, a port or an IPv6 address that is none
        raise ConfigurationError(f"base_url= is no address: {error}", provider=PROVIDER) from error
    if parts.scheme not in ("http", "https") or not named:
        msg = f"base_url must begin with http:// or https:// and name a host, not {base_url!r}"
        raise ConfigurationError(msg, provider=PROVIDER)
    # Not shown: what stands there may be secret.
    if "@" in parts.netloc or parts.query or parts.fragment:
        msg = "base_url must hold no user name, password or query; pass them in headers="
        raise ConfigurationError(msg, provider=PROVIDER)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or '/v1'}"


def _wrong(key: str, headers: Mapping[str, Any]) -> str | None:
    """What keeps a key and headers from being sent, their values left out."""
    if not _plain(key):
        return f"the key for {PROVIDER} holds characters that no key has; copy it again"
    if not key and "authorization" not in headers:
        return f"no key for {PROVIDER}: set {KEY_NAME}, or pass api_key="
    for name, value in headers.items():
        # Said here, because httpx would show the value, which may be a key.
        if not isinstance(value, str) or not _plain(value) or not _NAME.fullmatch(name):
            return f"the header {name!r} may hold printable ASCII only, and no line end"
    return None


def _plain(text: str) -> bool:
    """Whether a text may stand in a header."""
    return text.isascii() and text.isprintable()

"""What users say, read: timeouts in any form, OpenRouter's `reasoning`, names, kept messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr
from pydantic_core import to_json

from seed_core.errors import ConfigurationError
from seed_core.timeouts import Timeout
from seed_core.types import Json


def reasoning_options(said: object) -> Json:
    """OpenRouter's `reasoning` object in our own words.

    Example:
        >>> reasoning_options({"effort": "low", "exclude": True})
        {'reasoning_effort': 'low', 'hide_reasoning': True}
    """
    if not isinstance(said, Mapping):
        raise ConfigurationError("reasoning= takes an object such as {'effort': 'low'}")
    names = {"effort": "reasoning_effort", "max_tokens": "thinking_budget"}
    words: dict[str, Any] = {}
    for name, value in said.items():
        match name:
            case "effort" if value == "none":
                words["thinking"] = "disabled"
            case "effort" | "max_tokens":
                words[names[name]] = value
            case "enabled":
                words["thinking"] = "enabled" if value else "disabled"
            case "exclude":
                words["hide_reasoning"] = value
            case _:
                known = ("effort", "max_tokens", "enabled", "exclude")
                raise unknown_name(str(name), known, "reasoning=", elsewhere=False)
    return words


def read_timeout(said: object) -> Timeout | None:
    """A timeout from any of the forms in which users say one.

    Args:
        said: seconds in all, a `Timeout`, an `httpx.Timeout`, (connect, read) in seconds, or None
            for the defaults.

    Raises:
        ConfigurationError: it is none of these.
    """
    if said is None or isinstance(said, Timeout):
        return said
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        return _in_all(said)
    if isinstance(said, (tuple, list)) and len(said) == 2:
        return Timeout(connect=said[0], read=said[1], first_token=said[1], idle=said[1])
    if isinstance(said, dict) and said.keys() <= set(Timeout.__slots__):  # as written down
        return Timeout(**said)
    if hasattr(said, "as_dict"):  # httpx.Timeout, without importing httpx for it
        waits = said.as_dict()
        return Timeout(**waits, first_token=waits["read"], idle=waits["read"])
    raise ConfigurationError(f"timeout= takes seconds or a seed_core.Timeout, not {said!r}")


class Unseen(Mapping[str, Any]):
    """A mapping whose repr shows its names alone.

    A traceback may show the variables of its frames. What a user says stands in many of them before
    it is read, and may have keys in it.

    Example:
        >>> Unseen({"authorization": "Bearer abc"})
        Unseen(authorization)
    """

    __slots__ = ("_said",)

    def __init__(self, said: Mapping[str, Any]) -> None:
        """Keep what was said."""
        self._said = said

    def __getitem__(self, name: str) -> Any:
        """What was said by a name."""
        return self._said[name]

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._said)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._said)

    def __repr__(self) -> str:
        """The names."""
        return f"Unseen({', '.join(map(str, self))})"


def unseen(said: Any) -> Any:
    """A mapping, or several, as `Unseen`; all else as it is."""
    if isinstance(said, (list, tuple)):
        for one in said:  # a call's own providers have no mapping among them, and this is quick
            if isinstance(one, Mapping):
                return [unseen(each) for each in said]
        return said
    return Unseen(said) if isinstance(said, Mapping) and not isinstance(said, Unseen) else said


def unseen_key(said: Any) -> Any:
    """A key that no repr shows; all else as it is."""
    return SecretStr(said) if isinstance(said, str) else said


def scrubbed(text: str, keys: Iterable[str]) -> str:
    r"""A text without keys, also where JSON, PHP or an address writes them in its own way.

    Example:
        >>> scrubbed(r"no such key: abc\/12345", ["abc/12345"])
        'no such key: ***'
    """
    for key in keys:
        if len(key) < 8:  # a placeholder, which would be found in every word
            continue
        written = to_json(key).decode()[1:-1]
        in_addresses = quote(key), quote(key, safe="")
        for form in dict.fromkeys((key, written, written.replace("/", "\\/"), *in_addresses)):
            text = text.replace(form, "***")
    return text


def all_unseen(said: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of which no repr shows a key.

    Example:
        >>> all_unseen({"api_key": "abc", "headers": {"x": "y"}, "model": "m"})
        {'api_key': SecretStr('**********'), 'headers': Unseen(x), 'model': 'm'}
    """
    return {name: _unseen_setting(name, value) for name, value in said.items()}


def _unseen_setting(name: str, value: Any) -> Any:
    """One of them. Other integrations have other names for keys and headers, which end alike."""
    if name.endswith("api_key"):
        return unseen_key(value)
    return unseen(value) if name.endswith(("headers", "provider", "query")) else value


@lru_cache(maxsize=64)
def _in_all(seconds: float) -> Timeout:
    """Seconds in all. A model says the same for every call."""
    return Timeout(total=seconds)


def _named(kind: type) -> str:
    """A type with its article."""
    return f"{'an' if kind.__name__[0].lower() in 'aeio' else 'a'} {kind.__name__}"


def check_types(**said: tuple[object, Any]) -> None:
    """Refuse values of the wrong type, before they fail somewhere deep. None is "not said".

    Args:
        said: for each argument its value and the types that it may have.

    Raises:
        ConfigurationError: one has another type. The value is not shown: it may be a key.

    Example:
        >>> check_types(api=("chat", str), model=(None, str))
    """
    for name, (value, kinds) in said.items():
        if value is not None and not isinstance(value, kinds):
            known = kinds if isinstance(kinds, tuple) else (kinds,)
            wanted = " or ".join(map(_named, known))
            found = dict if isinstance(value, Unseen) else type(value)
            raise ConfigurationError(f"{name}= takes {wanted}, not {_named(found)}")


ODD = (AttributeError, KeyError, RecursionError, TypeError, ValueError)
"""What a message of another form than is known raises where it is read."""


def odd_message(place: int, message: object, error: Exception) -> ConfigurationError:
    """The error for a message that cannot be read, because something in it has another form.

    Args:
        place: where it stands in the conversation, from 0.
        message: the message; only its type is shown.
        error: what was raised while it was read.
    """
    why = f"{type(error).__name__}: {error}"
    what = f"message {place} of the conversation, of type {type(message).__name__}"
    return ConfigurationError(f"{what}, holds something of a form that is not known here ({why})")


def kept_objects(value: object) -> tuple[Json, ...]:
    """What a host wants back of an answer, as it was kept in a message.

    Raises:
        TypeError: it was changed meanwhile into something else than a list of objects.
    """
    if isinstance(value, (list, tuple)) and all(isinstance(one, Mapping) for one in value):
        return tuple(value)
    raise TypeError("what the host wants back is a list of objects; it was changed meanwhile")


_ELSEWHERE: dict[str, str | None] = {
    "request_timeout": "timeout",
    "openai_api_key": "api_key",
    "openrouter_api_key": "api_key",
    "openai_api_base": "base_url",
    "openrouter_api_base": "base_url",
    "api_base": "base_url",
    "extra_headers": "default_headers",
    "extra_query": "default_query",
    "use_responses_api": "api",
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "openrouter_provider": "openrouter",
    "plugins": "openrouter",
    "route": "openrouter",
    "transforms": "openrouter",
    "stream_options": "stream_usage",
    # These look like names of ours that mean something else, so that a guess would mislead.
    "api_version": None,
    "http_socket_options": None,
    "max_tool_calls": None,
    "min_tokens": None,
    "repetition_penalty": None,
    "top_a": None,
    "top_k": None,
    "verbosity": None,
}
"""What hosts and other integrations call it, and what it is called here, if it is anything."""


def meant(name: str, known: Any) -> str:
    """A question after the name that was probably meant, or nothing.

    Example:
        >>> meant("temprature", ["temperature", "top_p"])
        "did you mean 'temperature'? "
        >>> meant("top_k", ["temperature", "top_p"])
        ''
    """
    names = list(known)
    if name in _ELSEWHERE:
        found = _ELSEWHERE[name]
    else:
        found = next(iter(difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.7)), None)
    return f"did you mean {found!r}? " if found in names else ""


def unknown_name(
    name: str, known: Any, where: str, *, elsewhere: bool = True
) -> ConfigurationError:
    """The error for a name that is not known, with the one that was probably meant.

    Args:
        name: what was said.
        known: what may be said.
        where: to whom.
        elsewhere: whether what is meant for the host can be said there in other ways.
    """
    rest = "fields of the host's body go into extra_body="
    if not elsewhere:
        rest = f"it takes {', '.join(known)}"
    return ConfigurationError(f"{where} has no option {name!r}; {meant(name, known)}{rest}")


def agreed(own: dict[str, Any], call: Mapping[str, Any]) -> dict[str, Any]:
    """The call's options over the model's, without what the call's reasoning contradicts."""
    said = {**own, **call}
    if "reasoning_effort" in call and "thinking_budget" not in call:
        said["thinking_budget"] = None
    if "thinking_budget" in call and "reasoning_effort" not in call:
        said["reasoning_effort"] = None
    wants_some = "reasoning_effort" in call or "thinking_budget" in call
    if wants_some and "thinking" not in call and own["thinking"] == "disabled":
        said["thinking"] = None
    return said

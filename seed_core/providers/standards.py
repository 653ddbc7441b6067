"""What is true of a host unless its row says otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json, to_json

from seed_core.capabilities import Feature
from seed_core.flow import Headers
from seed_core.types import Json, Prompt


def no_attribution(_url: str | None, _title: str | None) -> Mapping[str, str]:
    """Most hosts keep no book of the apps that call them."""
    return {}


def error_field(payload: Json) -> Any:
    """OpenAI's envelope."""
    return payload.get("error")


def as_it_came(payload: Json) -> Json:
    """Most hosts repeat no prompt in their errors, but for `without_rows`."""
    return payload


def without_rows(payload: Json) -> Json:
    """An error without the `input` of FastAPI's rows, which repeats the prompt.

    Servers of one's own speak so (vLLM's in a message), and upstreams, whose words a host hands on.

    Example:
        >>> without_rows({"detail": [{"loc": ["body"], "msg": "too long", "input": "..."}]})
        {'detail': [{'loc': ['body'], 'msg': 'too long'}]}
    """
    cleaned: Json = _without_rows(payload)
    return cleaned


def words_of_rows(detail: Any) -> str | None:
    """What FastAPI's rows say: where, and what; None if these are none."""
    rows = [row for row in detail if isinstance(row, dict)] if isinstance(detail, list) else []
    return "; ".join(map(_words_of_row, rows)) or None


def _words_of_row(row: Json) -> str:
    """One line."""
    loc = row.get("loc")
    where = ".".join(map(str, loc)) if isinstance(loc, list) else ""
    said = row.get("msg") or row.get("type") or "no further words"
    return f"{where}: {said}" if where else str(said)


def _without_rows(said: Any) -> Any:
    """The same without the `input` of any row, however deep."""
    match said:
        case dict():
            echo = "input" if "loc" in said and "msg" in said else None
            return {name: _without_rows(one) for name, one in said.items() if name != echo}
        case list():
            return [_without_rows(one) for one in said]
        case str() if "loc" in said and "input" in said:
            return _without_written_rows(said)
        case _:
            return said


def _without_written_rows(text: str) -> str:
    """Rows as text: JSON, or as Python prints them; also cut off."""
    try:
        value = from_json(text)
    except ValueError:
        return _INPUT.sub(r"\1input\1: ...", text)
    return to_json(_without_rows(value)).decode() if isinstance(value, (dict, list)) else text


_INPUT = re.compile(r"""(['"])input\1\s*:.*""", re.DOTALL)


def nothing_said(_headers: Headers) -> bool | None:
    """Most hosts have no header of their own on trying again."""
    return None


def nothing_apart(prompt: Prompt, _api: str) -> tuple[Prompt, Mapping[str, str]]:
    """Most hosts are told everything in the body."""
    return prompt, {}


def nobody_known(_feature: Feature) -> tuple[str, ...]:
    """Without a registry at hand, nobody is known to have a feature."""
    return ()

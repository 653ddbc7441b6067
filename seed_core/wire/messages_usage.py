"""Token counts as the messages wire reports them."""

from __future__ import annotations

from seed_core.events import Usage
from seed_core.types import Json
from seed_core.wire.chat_usage import count_or_none, object_or_empty


def read_usage(usage: Json) -> Usage | None:
    """The counters of a `usage` object; what is missing stays None, which is not zero.

    `input_tokens` leaves out what the cache took or gave; a Usage counts all of the input.

    Example:
        >>> read_usage({"input_tokens": 4, "cache_read_input_tokens": 90}).input_tokens
        94
    """
    if not usage:
        return None
    read = count_or_none(usage.get("cache_read_input_tokens"))
    written = count_or_none(usage.get("cache_creation_input_tokens"))
    inputs = [n for n in (count_or_none(usage.get("input_tokens")), read, written) if n is not None]
    # `tool_usage` is EmpirioLabs' name for it on every wire (their model page).
    tools = object_or_empty(usage.get("server_tool_use") or usage.get("tool_usage"))
    return Usage(
        input_tokens=sum(inputs) if inputs else None,
        output_tokens=count_or_none(usage.get("output_tokens")),
        reasoning_tokens=count_or_none(
            object_or_empty(usage.get("output_tokens_details")).get("thinking_tokens")
        ),
        cache_read_tokens=read,
        cache_write_tokens=written,
        tool_usage={name: n for name, n in tools.items() if count_or_none(n) is not None},
    )

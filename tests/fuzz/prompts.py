"""Conversations of any kind, as they would be sent: JSON, or an error of ours."""

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from seed_core.errors import SeedError
from seed_core.providers.base import Provider
from seed_core.render import render
from seed_core.types import Message, Prompt
from tests.fuzz.answers import HELLO, WITH_TOOLS
from tests.fuzz.calls import HOSTS, ONCE
from tests.fuzz.hostile import each_replaced

ENTRIES: list[Any] = [
    {"type": "reasoning.text", "text": "Hm", "index": 0, "format": "anthropic-claude-v1"},
    {"type": "reasoning.encrypted", "data": "x", "id": "e"},
    {"type": "encrypted_content", "encrypted_content": "x"},
    {"type": "thinking", "thinking": "Hm", "signature": "c2ln"},
    {"type": "text", "text": "word", "citations": [{"url": "https://a.example"}]},
    {"type": "tool_use", "id": "a", "name": "look", "input": {"days": 3}},
    {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "Hm"}]},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "word"}]},
    {"type": "function_call", "call_id": "a", "name": "look", "arguments": '{"days": 3}'},
]
"""What hosts want back of an answer, over all the wires."""

# A set of one: the copies of a larger one may be shown in another order.
NOT_TEXT = st.sampled_from(["\ud800", b"bytes", {1: 2}, {"a"}, object])
"""What has no place in JSON."""


def issuers() -> list[str]:
    """Under what names hosts keep what they must get back."""
    names = sorted({host.name for host in HOSTS.values()})
    return [f"{name}{wire}" for name in names for wire in ("", "/messages", "/responses")]


def check_messages(
    data: st.DataObject, messages: Sequence[Any], read: Callable[[Any], tuple[Message, ...]]
) -> None:
    """Read messages of a framework and write the body of a request."""
    before = repr(deepcopy(messages))
    try:
        turns = read(messages)
    except SeedError as error:
        told = str(error)
    else:
        told = check_body(data, turns)
    assert told
    assert repr(messages) == before


def check_body(data: st.DataObject, turns: Sequence[Message]) -> str:
    """Write the body of a conversation for some host; returns it, or the words of an error."""
    host = HOSTS[data.draw(st.sampled_from(list(HOSTS)))]
    asked: Prompt = replace(data.draw(st.sampled_from([HELLO, WITH_TOOLS])), messages=tuple(turns))
    return sent_to(host, asked)


ON_EACH_WIRE = [
    "openrouter-chat",
    "openrouter-messages",
    "openrouter-responses",
    "byteplus-responses",
    "fal-sync",
]
"""Hosts over each of the wires, one that takes files among them."""


def check_everywhere(
    messages: Sequence[Any], read: Callable[[Any], tuple[Message, ...]]
) -> Iterator[str]:
    """Write messages over each wire, if they can be read; gives what came of it each time."""
    try:
        turns = read(messages)
    except SeedError as error:
        yield str(error)
    else:
        for name in ON_EACH_WIRE:
            yield sent_to(HOSTS[name], replace(WITH_TOOLS, messages=turns))


def check_odd(
    good: Any,
    make: Callable[[Any], Sequence[Any]],
    read: Callable[[Any], tuple[Message, ...]],
    refused: tuple[type[Exception], ...],
) -> None:
    """Put an odd value at each place of what is in a message; a framework may refuse it first."""
    for where, odd in each_replaced(good):
        try:
            messages = make(odd)
        except refused:
            continue
        try:
            assert all(check_everywhere(messages, read))
        except Exception as error:
            raise AssertionError(f"{good!r}: {where}") from error


def sent_to(host: Provider, asked: Prompt) -> str:
    """The body of a prompt for a host, which is JSON, or the words of an error."""
    before = repr(deepcopy(asked))
    flow = host.call(asked, stream=False, retry=ONCE)
    try:
        body = next(flow).request.body
        sent = b"".join(render(body))
    except SeedError as error:
        told = str(error)
    else:
        assert len(sent) == body.length
        told = sent.decode()
        json.loads(told)
    assert repr(asked) == before
    return told

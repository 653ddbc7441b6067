"""Asking a host how many tokens a prompt has."""

import json

import pytest

from seed_core.errors import ConfigurationError, InvalidReplyError
from seed_core.flow import Response
from seed_core.types import JsonSchema, Options, Prompt, Text, Tool
from seed_core.wire.messages import MessagesWire
from tests.wire.messages.bodies import HELLO, STANDARD, body_of, parsed, turn

FULL = Prompt(
    (turn("system", Text("Be brief.")), HELLO),
    tools=(Tool("look"),),
    tool_choice="required",
    response_format=JsonSchema("answer", {"type": "object"}),
    options=Options(
        temperature=0.5,
        max_tokens=4000,
        stop=("x",),
        thinking_budget=2000,
        user="ann",
        host_options={"host": {"top_k": 5}},
        extra_body={"top_k": 6, "system": "Be kind."},
    ),
)


def test_only_what_is_counted_is_sent() -> None:
    counted = parsed(STANDARD.encode_count(FULL, model="m", issuer="host"))
    asked = body_of(FULL)
    names = {"model", "messages", "system", "tools", "tool_choice", "thinking"}
    assert counted == {name: asked[name] for name in names}
    assert counted["system"] == "Be kind."
    assert counted["tool_choice"] == {"type": "any"}


def test_a_bare_prompt_is_its_messages() -> None:
    counted = parsed(STANDARD.encode_count(Prompt((HELLO,)), model="m", issuer="host"))
    assert counted == {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}


def test_tools_that_the_host_adds_are_counted() -> None:
    wire = MessagesWire(
        own_fields=lambda _: {"cache_control": {"type": "ephemeral"}},
        settle=lambda body, _: {**body, "tools": [{"type": "search"}], "plugins": []},
    )
    counted = parsed(wire.encode_count(Prompt((HELLO,)), model="m", issuer="host"))
    assert sorted(counted) == ["messages", "model", "tools"]


def test_what_cannot_be_asked_cannot_be_counted() -> None:
    with pytest.raises(ConfigurationError, match="thinking_budget"):
        STANDARD.encode_count(
            Prompt((HELLO,), options=Options(thinking_budget=1)), model="m", issuer="host"
        )


@pytest.mark.parametrize("count", [0, 1114])
def test_a_count_is_a_number(count: int) -> None:
    body = json.dumps({"input_tokens": count, "more": True}).encode()
    assert STANDARD.read_count(Response(200, {}, body)) == count


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"7",
        b"null",
        b"{}",
        b'{"input_tokens": null}',
        b'{"input_tokens": "7"}',
        b'{"input_tokens": true}',
        b'{"input_tokens": 7.5}',
        b'{"tokens": 7}',
    ],
)
def test_anything_else_is_no_count(body: bytes) -> None:
    with pytest.raises(InvalidReplyError, match="no input_tokens"):
        STANDARD.read_count(Response(200, {}, body))

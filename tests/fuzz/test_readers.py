"""The small readers of what users and strangers say: tools, schemas, options, media."""

import json
from base64 import b64encode
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import strategies as st

from seed_core import media
from seed_core.arguments import read_timeout, reasoning_options
from seed_core.errors import ConfigurationError, MediaError, SeedError
from seed_core.events import collect
from seed_core.openai_form import read_response_format, read_tool_choice, read_tools
from seed_core.render import render
from seed_core.tokens import estimate_tokens
from seed_core.types import JsonSchema, Prompt, Tool, Url
from seed_core.wire.markup_call import GrowingCall
from seed_core.wire.schema_prompt import problems, read_format
from seed_core.wire.typed import parameter_schema, read_object, required_parameters, typed
from tests.fuzz.answers import HELLO
from tests.fuzz.calls import HOSTS, ONCE
from tests.fuzz.hostile import altered, each_replaced, keys_in, tried, values, words_in
from tests.fuzz.prompts import NOT_TEXT
from tests.wire.markup.reading import events_of, in_pieces

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "days": {"type": ["integer", "null"], "minimum": 0, "enum": [1, 2, None]},
        "place": {"$ref": "#/$defs/place"},
        "kind": {"anyOf": [{"type": "string", "pattern": "^(a|b)+$"}, {"const": 3}]},
        "more": {"type": "array", "items": {"type": "number"}, "uniqueItems": True},
        "name": {"type": "string", "nullable": True, "minLength": 1, "format": "date"},
    },
    "patternProperties": {"^x_(a+)+$": {"type": "boolean"}},
    "additionalProperties": {"type": "string"},
    "required": ["days"],
    "allOf": [{"if": {"required": ["kind"]}, "then": {"maxProperties": 4}, "else": True}],
    "unevaluatedProperties": False,
    "$defs": {"place": {"oneOf": [{"type": "string"}, {"$ref": "#"}], "not": {"type": "null"}}},
}
VALUE = {"days": 1, "place": {"days": 2}, "kind": "ab", "more": [1, 2.5], "x_aa": True}
TOOLS: list[Any] = [
    {
        "type": "function",
        "function": {"name": "look", "description": "Looks.", "parameters": SCHEMA, "strict": True},
        "cache_control": {"type": "ephemeral"},
    },
    {"type": "web_search", "max_uses": 3},
]
CHOICES: list[Any] = [
    "auto",
    "any",
    "look",
    {"type": "function", "function": {"name": "look"}},
    {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}},
    {"type": "json_object"},
    {"effort": "low", "max_tokens": 3, "enabled": True, "exclude": True},
    {"connect": 1.0, "read": 2.0, "total": None},
    (3, 4),
    5.0,
]
STRANGE = values(
    sorted(keys_in([SCHEMA, TOOLS, CHOICES])), sorted(words_in([SCHEMA, TOOLS, CHOICES, "#/$defs"]))
)


def any_tools(data: st.DataObject) -> None:
    said = data.draw(altered(TOOLS, STRANGE | NOT_TEXT).filter(lambda one: isinstance(one, list)))
    before = repr(deepcopy(said))
    host = HOSTS[data.draw(st.sampled_from(list(HOSTS)))]
    try:
        prompt: Prompt = replace(HELLO, tools=read_tools(said))
        assert estimate_tokens(prompt) > 0
        body = next(host.call(prompt, stream=False, retry=ONCE)).request.body
        json.loads(b"".join(render(body)))
    except SeedError as error:
        told = str(error)
        assert told
    assert repr(said) == before


def any_choice(data: st.DataObject) -> None:
    check_choice(data.draw(altered(data.draw(st.sampled_from(CHOICES)), STRANGE | NOT_TEXT)))


def check_choice(said: Any) -> None:
    """Each reader takes it, or says why not; it stays as it was."""
    before = repr(deepcopy(said))
    readers: list[Callable[[Any], Any]] = [
        read_tool_choice,
        read_response_format,
        reasoning_options,
        read_timeout,
    ]
    for reader in readers:
        try:
            reader(said)
        except ConfigurationError as error:
            assert str(error)  # noqa: PT017 - either outcome is right
    assert repr(said) == before


def any_schema(data: st.DataObject) -> None:
    """No schema raises or hangs: not in the check, not where markup is read by it."""
    schema = data.draw(altered(data.draw(altered(SCHEMA, STRANGE)), STRANGE))
    value = data.draw(altered(VALUE, STRANGE))
    before = repr(deepcopy([schema, value]))
    wrong = problems(value, schema)
    assert len(wrong) <= 5
    assert all(len(one) < 1000 for one in wrong)
    wanted = JsonSchema("n", schema if isinstance(schema, dict) else {})
    said = data.draw(st.text(max_size=3)) + json.dumps(value)
    text, _ = read_format(said, wanted)
    assert text is None or text in said or json.loads(text) == value
    if isinstance(schema, dict):
        for name in (*VALUE, "other"):
            part = parameter_schema(name, schema)
            found = typed(
                data.draw(st.sampled_from(["1", "null", "[1, 2.5]", "x", ""])), part, schema
            )
            json.dumps(found)
        assert all(isinstance(name, str) for name in required_parameters(schema))
        call = GrowingCall("f", schema, ("f",))
        assert read_object(call.whole()) == {}
    assert repr([schema, value]) == before


PIECES = [
    "</parameter>",
    "<parameter=days>",
    "<parameter=more>",
    "</function>",
    "[1",
    "]",
    "null",
    "3.0",
    "{'a': (1,)}",
    "\n",
    "<",
    "1e999",
    "\\ud800",
    "'\\x41'",
    "NaN",
    "{",
    "}",
]


def markup_by_any_schema(data: st.DataObject) -> None:
    """Calls are whole JSON objects, or invalid, whatever the schema; the cuts do not matter."""
    schema = data.draw(altered(SCHEMA, STRANGE))
    tools = (Tool("f", "", schema if isinstance(schema, dict) else {}),)
    pieces = st.sampled_from(PIECES)
    said = "<function=f>" + "".join(data.draw(st.lists(pieces, max_size=10)))
    told = data.draw(st.sampled_from([True, False, None]))
    whole = collect(events_of([said], tools, cut_off=told))
    cuts = data.draw(st.lists(st.integers(0, len(said)), max_size=5))
    again = collect(events_of(in_pieces(said, cuts), tools, cut_off=told))
    assert whole.text == again.text
    assert [c.arguments for c in whole.tool_calls] == [c.arguments for c in again.tool_calls]
    for call in whole.tool_calls:
        assert read_object(call.arguments) is not None or told is not False or "{" in said


HEADS = st.sampled_from(
    [
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF8",
        b"RIFF1234WEBP",
        b"1234ftypqt",
        b"%PDF",
        b"MM\x00*",
    ]
)
KINDS: st.SearchStrategy[Any] = st.sampled_from(["image", "video", "document"])
MIMES = st.sampled_from([None, "", "image/png", "IMAGE/X", "video/mp4", "x", "é", "text/plain"])


def any_media(data: st.DataObject) -> None:
    """Bytes, base64, data URLs, addresses, paths: media of a kind that it is, or a MediaError."""
    said = data.draw(HEADS | st.just(b"")) + data.draw(st.binary(max_size=40))
    head = data.draw(st.binary(max_size=12)) + said
    coded = b64encode(said).decode()
    kind, mime = data.draw(KINDS), data.draw(MIMES)
    url = data.draw(
        st.sampled_from(
            [
                f"data:{mime or ''};base64,{coded}",
                f"data:;x=é;BASE64,{coded[:-1]}",
                f"DATA:image/png;base64,{coded}=",
                f"data:,{coded}",
                f"https://a.example/{coded}.png?x=.pdf#y",
                "http://[x/a.mp4",
                "https:///",
                "//a.example/a.png",
                f"/nowhere/{coded}",
                coded * 100,
                "\x00",
                "\ud800",
                "data:" + ";" * 50,
            ]
        )
        | st.text(max_size=20)
    )
    assert media.sniff(head) is None or "/" in (media.sniff(head) or "")
    makers: list[Callable[[], Any]] = [
        lambda: media.from_bytes(head, kind, mime),
        lambda: media.from_base64(url, kind, mime),
        lambda: media.from_base64(coded, kind, mime),
        lambda: media.from_url(url, kind, mime),
        lambda: media.from_path(url, kind, mime),
        lambda: media.image(url),
        lambda: media.document(url),
    ]
    for make in makers:
        try:
            made = make()
        except MediaError as error:
            assert 0 < len(str(error)) < 1000  # noqa: PT017 - either outcome is right
        else:
            # What a URL says of itself is believed: nobody looks.
            if isinstance(made, tuple) and made[1] and not isinstance(made[0], Url):
                family = made[1].partition("/")[0]
                assert kind == (family if family in ("image", "video") else "document")


CHECKS = pytest.mark.parametrize(
    "check", [any_tools, any_choice, any_schema, markup_by_any_schema, any_media]
)


@CHECKS
def test_any(check: Callable[[st.DataObject], None]) -> None:
    tried(check, 150)


@pytest.mark.slow
@CHECKS
def test_any_at_length(check: Callable[[st.DataObject], None]) -> None:
    tried(check, 300)


def test_one_odd_value_at_any_place_of_a_choice() -> None:
    for choice in CHOICES:
        for _, odd in each_replaced(choice):
            check_choice(odd)


@pytest.mark.slow
def test_one_odd_value_at_any_place_of_a_schema() -> None:
    for _, odd in each_replaced(SCHEMA):
        assert len(problems(VALUE, odd)) <= 5
        if isinstance(odd, dict):
            for name in (*VALUE, "other"):
                json.dumps(typed("[1, 2.5]", parameter_schema(name, odd), odd))

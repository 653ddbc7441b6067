"""The tables of the pages say what the code says, so that they cannot rot."""

import ast
import json
import re
from contextlib import suppress
from dataclasses import fields
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

pytest.importorskip("langchain_core")

import langchain_core.exceptions
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import HumanMessage

import seed_core
from langchain_seed import ChatSeed, errors
from seed_core.emulator import Emulator, Fault, Seen
from seed_core.errors import APIStatusError, ConfigurationError, SeedError, UnsupportedError
from seed_core.providers import PROVIDERS
from seed_core.settings import Settings
from seed_core.types import Options
from tests.examples.pages import DOCS, README, blocks, marked, rows, section

OPTIONS = DOCS / "options.md"
OURS = {*Settings.model_fields, *ChatSeed.__annotations__} - {"model_config"}
WIRE = list(rows(section(OPTIONS, "## What becomes of them on the wire")))
KEPT = {marked(row[0])[0]: row for row in rows(section(OPTIONS, "## What stays on this side"))}
PNG = "data:image/png;base64,iVBORw0KGgo="
REFUSALS = {"ConfigurationError": ConfigurationError, "UnsupportedError": UnsupportedError}


def arguments(cell: str) -> dict[str, Any]:
    """What a cell like `temperature=0.2` gives to the model."""
    (text,) = marked(cell)
    call = ast.parse(f"f({text})", mode="eval").body
    assert isinstance(call, ast.Call)
    return {str(word.arg): ast.literal_eval(word.value) for word in call.keywords}


# --------------------------------------------------------------------------------------- options


def test_the_tables_of_options_name_every_option() -> None:
    on_the_wire = {name for row in WIRE for name in arguments(row[0])}
    assert on_the_wire - {"reasoning"} | KEPT.keys() == OURS
    assert not on_the_wire & KEPT.keys()
    core = {"host_options", *(option.name for option in fields(Options))}
    assert core <= {*on_the_wire, *marked(OPTIONS.read_text("utf-8")), "host_options"}
    assert "host_options" in marked(OPTIONS.read_text("utf-8"))


def test_the_readme_names_every_option_once() -> None:
    named = [name for row in rows(section(README, "## Options")) for name in marked(row[1])]
    assert sorted(named) == sorted({*OURS, "host_options"})
    assert {option.name for option in fields(Options)} <= {*named}


@pytest.mark.parametrize("name", KEPT)
def test_a_setting_has_the_default_that_the_table_says(name: str) -> None:
    (default,) = marked(KEPT[name][1])
    assert ChatSeed.model_fields[name].default == ast.literal_eval(default)


def test_langchains_own_settings_are_langchains_own() -> None:
    sentence = section(OPTIONS, "## What stays on this side").rpartition("LangChain's own")[2]
    assert marked(sentence)
    assert {*marked(sentence)} <= BaseChatModel.model_fields.keys()


def sent(emulator: Emulator, provider: str, settings: dict[str, Any]) -> Seen:
    """The request that a call makes, whatever becomes of it."""
    where = {"provider": provider, "api_key": "test", "base_url": emulator.url("openrouter")}
    if provider == "compatible":
        where["model"] = "bytedance-seed/seed-2.0-mini"
    llm = ChatSeed(**{**where, **settings})
    block = {"type": "image_url", "image_url": {"url": PNG}}
    with suppress(APIStatusError):  # it was sent, and that is what counts here
        llm.invoke([HumanMessage([{"type": "text", "text": "Hello"}, block])])
    return emulator.requests[-1]


def holds(value: Any, wanted: dict[str, Any]) -> bool:
    """Whether an object somewhere in a value has these fields."""
    if isinstance(value, list):
        return any(holds(item, wanted) for item in value)
    if not isinstance(value, dict):
        return False
    return wanted.items() <= value.items() or any(holds(item, wanted) for item in value.values())


@pytest.mark.parametrize(("column", "provider"), [(1, "openrouter"), (2, "compatible")])
@pytest.mark.parametrize("row", WIRE, ids=lambda row: str(row[0]))
def test_an_option_becomes_on_the_wire_what_the_table_says(
    emulator: Emulator, row: list[str], column: int, provider: str
) -> None:
    settings, promised = arguments(row[0]), marked(row[column])
    if promised and promised[0] in REFUSALS:
        with pytest.raises(REFUSALS[promised[0]]) as caught:
            sent(emulator, provider, settings)
        assert isinstance(caught.value, UnsupportedError) == (promised[0] == "UnsupportedError")
        assert not emulator.requests
        return
    seen = sent(emulator, provider, settings)
    if not promised:
        assert row[column] == "nothing"
        plain = sent(emulator, provider, {})
        assert seen.body == plain.body
        assert seen.headers == plain.headers
    for said in promised:
        if said.startswith('"'):
            wanted = json.loads(f"{{{said}}}".replace("data:...", PNG))
            assert holds(seen.body, wanted), seen.body
        elif said.startswith("?"):
            assert (
                dict(parse_qsl(said[1:])).items()
                <= dict(parse_qsl(urlsplit(seen.path).query)).items()
            )
        else:
            name, _, value = said.partition(": ")
            assert seen.headers[name] == value


# ----------------------------------------------------------------------------------------- hosts


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_table_of_hosts_says_what_the_rows_say(name: str) -> None:
    provider = PROVIDERS[name]
    (row,) = [row for row in rows(section(README, "## Hosts")) if row[0] == f"`{name}`"]
    for known in (*provider.key_names, provider.model):
        assert known in row[1] + row[2]
    can = provider.capabilities()
    for limit in (can.context_window, can.max_output_tokens):
        assert limit is None or f"{limit:,}" in row[3]
    for price in provider.prices:
        short, long = (price.input, price.output), (price.long_input, price.long_output)
        assert "{:.2f} / {:.2f}; above 128,000 in: {:.2f} / {:.2f}".format(*short, *long) in row[4]
        assert price.date in row[4]


# ---------------------------------------------------------------------------------------- errors


def test_the_tree_of_errors_is_the_tree_of_errors() -> None:
    (tree,) = blocks(README, "text")
    root, *lines = tree.text.splitlines()
    assert root.startswith(SeedError.__name__)
    stack: list[type] = [SeedError]
    told = set()
    for line in lines:
        found = re.match(r"([│├└─ ]*)(\w+) +(\w+) +(yes|no|some)  ", line)
        assert found, line
        depth, name, langchains, retryable = len(found[1]) // 3, found[2], found[3], found[4]
        kind = getattr(errors, name)
        assert issubclass(kind, getattr(langchain_core.exceptions, langchains))
        assert kind.__mro__[2].__bases__[0] is stack[depth - 1]
        assert kind.retryable == (retryable != "no")
        assert (retryable == "some") == (name == "APITimeoutError")
        stack[depth:] = [kind.__mro__[2]]
        told.add(name)
    everything = {
        name
        for name, kind in vars(seed_core).items()
        if isinstance(kind, type) and issubclass(kind, SeedError) and kind is not SeedError
    }
    assert told == everything


# ----------------------------------------------------------------- timeouts, metadata, emulator


def test_the_table_of_timeouts_has_every_field_and_its_default() -> None:
    table = {
        marked(row[0])[0]: row[1] for row in rows(section(DOCS / "reliability.md", "## Timeouts"))
    }
    ours = seed_core.Timeout()
    assert table == {
        name: "none" if (value := getattr(ours, name)) is None else f"{value:g}"
        for name in seed_core.Timeout.__slots__
    }


def test_the_table_of_an_answer_names_its_metadata(emulator: Emulator) -> None:
    llm = ChatSeed(
        provider="openrouter",
        api_key="test",
        base_url=emulator.url(),
        web_search=True,
        include_response_headers=True,
    )
    answer = llm.invoke("Hello")
    named = marked(section(DOCS / "langchain.md", "## Messages"))
    assert answer.response_metadata.keys() <= {*named}
    for key in answer.additional_kwargs.keys() - {"citations"}:
        assert f'additional_kwargs["{key}"]' in named


def test_the_table_of_faults_names_every_fault() -> None:
    page = DOCS / "testing-with-the-emulator.md"
    named = {
        match[1]
        for row in rows(section(page, "## Replies"))
        if (match := re.match(r"`Fault\.(\w+)\(", row[0]))
    }
    assert named == {name for name, value in vars(Fault).items() if isinstance(value, classmethod)}

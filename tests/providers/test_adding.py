"""The page on adding a provider, followed to the letter."""

import re
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("langchain_core")

from langchain_seed import ChatSeed
from seed_core import providers
from seed_core.capabilities import Capabilities
from seed_core.client import Client
from seed_core.emulator import Emulator, Fault
from seed_core.errors import ConfigurationError, InsufficientCreditError, UnsupportedError
from seed_core.providers import PROVIDERS, resolve
from seed_core.providers.base import Provider
from seed_core.types import Message, Options, Prompt, Text
from seed_core.wire.chat import ChatWire
from seed_core.wire.messages import MessagesWire
from tests.conftest import ROOT
from tests.examples.pages import blocks, marked, rows, section

ADDING = ROOT / "seed_core" / "providers" / "ADDING.md"
FILE, USE, REGISTRY = (block.text for block in blocks(ADDING, "python"))


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator that knows the model of the page."""
    with Emulator(models=["seed-2.0-mini"]) as running:
        yield running


@pytest.fixture
def orchard(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The file of the page, where the page puts it; its host is the emulator."""
    module = ModuleType("seed_core.providers.orchard")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(FILE, "orchard.py", "exec"), vars(module))
    monkeypatch.setattr(module, "ORCHARD", replace(module.ORCHARD, base_url=emulator.url()))
    monkeypatch.setenv("ORCHARD_API_KEY", "test")
    return module


def asked(**options: Any) -> Prompt:
    return Prompt((Message("user", (Text("Hello"),)),), options=Options(**options))


def test_the_file_is_about_as_short_as_the_page_says() -> None:
    assert len([line for line in FILE.splitlines() if line.strip()]) < 40


def test_the_value_is_taken_as_it_is(orchard: ModuleType, emulator: Emulator) -> None:
    names = {"ORCHARD": orchard.ORCHARD}
    exec(compile(USE, str(ADDING), "exec"), names)
    (seen,) = emulator.requests
    assert seen.headers["authorization"] == "Bearer test"
    assert seen.body["model"] == "seed-2.0-mini"
    assert seen.body["max_completion_tokens"] == 500
    assert seen.body["reasoning"] == {"effort": "low"}


def test_its_facts_are_checked_before_anything_is_sent(
    orchard: ModuleType, emulator: Emulator
) -> None:
    with Client(resolve(orchard.ORCHARD)) as client:
        with pytest.raises(UnsupportedError, match=r"orchard does not support web_search"):
            client.call(asked(web_search=True))
        with pytest.raises(UnsupportedError, match=r"it knows low, high"):
            client.call(asked(reasoning_effort="medium"))
        with pytest.raises(ConfigurationError, match=r"outside 0 to 1, the range of orchard"):
            client.call(asked(temperature=1.5))
    assert not emulator.requests


def test_its_words_for_errors_are_understood(orchard: ModuleType, emulator: Emulator) -> None:
    emulator.script(Fault.status(403, code="basket_empty"))
    with Client(resolve(orchard.ORCHARD)) as client, pytest.raises(InsufficientCreditError):
        client.call(asked())


def test_the_registry_takes_it(
    orchard: ModuleType, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = dict(vars(providers))
    exec(compile(REGISTRY, str(ADDING), "exec"), names)
    registered = names["PROVIDERS"]
    assert [*registered] == [*PROVIDERS, "orchard"]
    assert all(registered[name] is row for name, row in PROVIDERS.items())
    monkeypatch.setitem(PROVIDERS, "orchard", registered["orchard"])
    assert ChatSeed(provider="orchard").invoke("Hello").response_metadata["provider"] == "orchard"
    assert "orchard" in providers.who_can("json_schema")
    assert [seen.body["model"] for seen in emulator.requests] == ["seed-2.0-mini"]


def test_the_table_names_fields_that_exist() -> None:
    kinds = (Provider, ChatWire, MessagesWire, Capabilities)
    known = {field.name for kind in kinds for field in fields(kind)} | {"Capabilities"}
    told = [name for row in rows(section(ADDING, "## What goes where")) for name in marked(row[1])]
    assert told
    assert {*told} <= known


def test_the_files_that_the_page_names_are_there() -> None:
    named = re.findall(r"`((?:seed_core|tests|docs)/[\w./]*|\w+\.md)`", ADDING.read_text("utf-8"))
    assert "seed_core/wire" in named
    for name in named:
        assert (ROOT / name.replace("orchard.py", "openrouter.py")).exists(), name

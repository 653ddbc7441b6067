"""The tables of the pages say what the code says, so that they cannot rot."""

import ast
import json
import re
from contextlib import suppress
from dataclasses import fields, replace
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
from seed_core.settings import CALL_NAMES, Settings
from seed_core.types import Options
from tests.examples.pages import DOCS, blocks, heads, marked, rows, section
from tests.rows import FAST

OPTIONS = DOCS / "options.md"
ERRORS = DOCS / "errors.md"
OURS = {*Settings.model_fields, *ChatSeed.__annotations__} - {"model_config"}
ON_CHAT = section(OPTIONS, "## What becomes of them on the wire")
WIRE = list(rows(ON_CHAT))
KEPT = {marked(row[0])[0]: row for row in rows(section(OPTIONS, "## What stays on this side"))}
PNG = "data:image/png;base64,iVBORw0KGgo="
MP4 = "https://example.com/clip.mp4"
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
    assert {option.name for option in fields(Options)} <= on_the_wire


def test_the_list_of_options_names_every_option_once() -> None:
    named = [name for row in rows(section(OPTIONS, "## All of them")) for name in marked(row[1])]
    assert sorted(named) == sorted(OURS)
    assert {option.name for option in fields(Options)} <= {*named}


def test_what_is_said_on_the_model_alone_is_what_the_page_says() -> None:
    sentence = (
        OPTIONS.read_text("utf-8").partition("said on the model alone")[2].partition("\n\n")[0]
    )
    kinds = re.findall(r"\*([^*]+)\*", sentence)
    of_kind = {row[0]: marked(row[1]) for row in rows(section(OPTIONS, "## All of them"))}
    alone = {name for kind in kinds for name in of_kind[kind]} - {*marked(sentence)}
    assert alone == OURS - CALL_NAMES - {"stream_usage"}  # which ChatSeed takes with a call


@pytest.mark.parametrize("name", KEPT)
def test_a_setting_has_the_default_that_the_table_says(name: str) -> None:
    (default,) = marked(KEPT[name][1])
    assert ChatSeed.model_fields[name].default == ast.literal_eval(default)


def test_langchains_own_settings_are_langchains_own() -> None:
    sentence = section(OPTIONS, "## What stays on this side").rpartition("LangChain's own")[2]
    assert marked(sentence)
    assert {*marked(sentence)} <= BaseChatModel.model_fields.keys()


# ------------------------------------------------------------------------------- what is sent


def sent(emulator: Emulator, provider: str, api: str, settings: dict[str, Any]) -> Seen:
    """The request that a call makes, whatever becomes of it."""
    host = provider if provider in emulator.hosts else "openrouter"
    row = replace(PROVIDERS[provider], polling=FAST)
    url = emulator.url(host, api)
    where = {"provider": row, "api": api, "api_key": "test", "base_url": url}
    if provider == "compatible":
        where["model"] = "bytedance-seed/seed-2.0-mini"
    llm = ChatSeed(**{**where, **settings})
    content: list[str | dict[str, Any]] = [
        {"type": "text", "text": "Hello"},
        {"type": "image_url", "image_url": {"url": PNG}},
    ]
    if "video_fps" in settings:
        content.append({"type": "video_url", "video_url": {"url": MP4}})
    with suppress(APIStatusError):  # it was sent, and that is what counts here
        llm.invoke([HumanMessage(content)])
    return [seen for seen in emulator.requests if seen.method == "POST"][-1]


def holds(value: Any, wanted: dict[str, Any]) -> bool:
    """Whether an object somewhere in a value has these fields."""
    if isinstance(value, list):
        return any(holds(item, wanted) for item in value)
    if not isinstance(value, dict):
        return False
    return wanted.items() <= value.items() or any(holds(item, wanted) for item in value.values())


def check_cell(emulator: Emulator, cell: str, call: str, provider: str, api: str) -> None:
    """Whether a call becomes on the wire what a cell says."""
    settings, promised = arguments(call), marked(cell)
    if promised and promised[0] in REFUSALS:
        with pytest.raises(REFUSALS[promised[0]]) as caught:
            sent(emulator, provider, api, settings)
        assert isinstance(caught.value, UnsupportedError) == (promised[0] == "UnsupportedError")
        assert not emulator.requests
        return
    seen = sent(emulator, provider, api, settings)
    if not promised:
        assert cell == "nothing"
        plain = sent(emulator, provider, api, {})
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


HEAD = {i: marked(cell) for i, cell in enumerate(heads(ON_CHAT)[0])}
COLUMNS = [(i, provider) for i, names in HEAD.items() for provider in names]


def test_the_table_of_options_has_every_host() -> None:
    assert sorted(provider for _, provider in COLUMNS) == sorted(PROVIDERS)


@pytest.mark.parametrize(("column", "provider"), COLUMNS)
@pytest.mark.parametrize("row", WIRE, ids=lambda row: str(row[0]))
def test_an_option_becomes_on_the_wire_what_the_table_says(
    emulator: Emulator, row: list[str], column: int, provider: str
) -> None:
    check_cell(emulator, row[column], row[0], provider, PROVIDERS[provider].api_name)


OTHERS = section(OPTIONS, "## The other wires")
STANDARD = [row for row in rows(OTHERS) if "=" in row[0]]
STRAYS = [
    (provider, api, *row[2:])
    for row in rows(OTHERS)
    if "=" not in row[0]
    for provider in marked(row[0])
    for api in marked(row[1])
]


@pytest.mark.parametrize(("column", "api"), [(1, "responses"), (2, "messages")])
@pytest.mark.parametrize("row", STANDARD, ids=lambda row: str(row[0]))
def test_an_option_becomes_on_the_other_wires_what_the_table_says(
    emulator: Emulator, row: list[str], column: int, api: str
) -> None:
    check_cell(emulator, row[column], row[0], "compatible", api)


@pytest.mark.parametrize(("provider", "api", "call", "becomes"), STRAYS)
def test_a_host_makes_of_an_option_what_the_table_says(
    emulator: Emulator, provider: str, api: str, call: str, becomes: str
) -> None:
    check_cell(emulator, becomes, call, provider, api)


@pytest.mark.parametrize(
    ("provider", "api"),
    [(name, api) for name, row in PROVIDERS.items() for api in row.wires if api != "batch"],
)
def test_nothing_is_sent_unasked_but_what_the_table_says(
    emulator: Emulator, provider: str, api: str
) -> None:
    told = list(rows(section(OPTIONS, "## What is sent unasked")))
    mine = [row[2] for row in told if provider in marked(row[0]) and api in marked(row[1])]
    promised = json.loads(f"{{{', '.join(marked(' '.join(mine)))}}}")
    seen = sent(emulator, provider, api, {})
    asked = {"model", "messages", "input", "prompt", "image_urls"}
    assert {name: value for name, value in seen.body.items() if name not in asked} == promised


# ---------------------------------------------------------------------------------------- errors


def test_the_tree_of_errors_is_the_tree_of_errors() -> None:
    (tree,) = blocks(ERRORS, "text")
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
        for name in seed_core.__all__
        if isinstance(kind := getattr(seed_core, name), type)
        and issubclass(kind, SeedError)
        and kind is not SeedError
    }
    assert told == everything
    to_do = [name for row in rows(section(ERRORS, "## What to do")) for name in marked(row[0])]
    assert sorted(to_do) == sorted(everything)


def test_the_table_of_what_an_error_has_names_its_attributes() -> None:
    page = section(ERRORS, "## Catch them")
    everywhere, of_hosts = vars(SeedError("no")).keys(), vars(APIStatusError("no")).keys()
    named = {name for row in rows(page) for name in marked(row[0])}
    assert named == everywhere | {"paid_for", "retryable"}
    told = {*marked(page.partition("Errors of the host have ")[2].partition("too.")[0])}
    assert told == of_hosts - everywhere


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
    page = DOCS / "testing.md"
    named = {
        match[1]
        for row in rows(section(page, "## Replies"))
        if (match := re.match(r"`Fault\.(\w+)\(", row[0]))
    }
    assert named == {name for name, value in vars(Fault).items() if isinstance(value, classmethod)}

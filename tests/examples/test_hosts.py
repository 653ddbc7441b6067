"""The tables of hosts say what the providers' rows say, so that they cannot rot."""

import re
from dataclasses import replace
from typing import cast, get_args

import pytest

import seed_core
from seed_core.capabilities import Feature
from seed_core.errors import APITimeoutError, ConfigurationError, Phase, SeedError
from seed_core.flow import Response, Retry
from seed_core.providers import PROVIDERS, resolve_all
from seed_core.providers.base import Provider
from seed_core.providers.explain import explain_response
from seed_core.providers.openrouter import OPENROUTER
from seed_core.wire.chat import ChatWire
from tests.examples.pages import DOCS, README, blocks, heads, marked, rows, section

CHOOSING = DOCS / "choosing-a-host.md"
HOSTS = section(CHOOSING, "## Side by side") + section(CHOOSING, "## What works")
WORKS = heads(HOSTS)[2]
OF_HOST = {name: [row for row in rows(HOSTS) if row[0] == f"`{name}`"] for name in PROVIDERS}
OF_ABILITY = {row[0]: row[1:] for row in rows(HOSTS) if not row[0].startswith("`")}
ABILITIES: dict[str, Feature] = {
    "tools": "tools",
    "answers by a JSON schema": "json_schema",
    "answers as any JSON": "json_object",
    "pictures": "image",
    "videos": "video",
    "PDFs": "document",
    "reasoning: on, off": "thinking",
    "a budget for reasoning": "thinking_budget",
    "temperature, `top_p`": "temperature",
    "stop texts": "stop",
    "web search": "web_search",
    "prompt caching on request": "caching",
}
CELLS = [(label, name) for label in ABILITIES for name in PROVIDERS]


def cell(label: str, name: str) -> str:
    return OF_ABILITY[label][WORKS.index(f"`{name}`") - 1]


def word(provider: Provider, feature: Feature) -> str:
    """What the table calls it."""
    can = provider.capabilities()
    if feature == "stop" and feature in can.no:
        return "by the client"
    if feature in can.no and can.serves(feature):
        return "in words"
    if feature in can.ignored:
        return "ignored"
    return {True: "yes", False: "no", None: "sent"}[can.has(feature)]


def words(provider: Provider, feature: Feature) -> str:
    """The word of the default wire, and in parentheses that of the wires that differ."""
    by_api = {api: word(replace(provider, api=api), feature) for api in provider.wires}
    first = by_api[provider.api_name]
    others = [api for api, other in by_api.items() if other != first]
    if not others:
        return first
    (other,) = {by_api[api] for api in others}
    return f"{first} ({', '.join(f'`{api}`' for api in others)}: {other})"


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_host_is_described_as_its_row_says(name: str) -> None:
    provider = PROVIDERS[name]
    _, wires, keys, regions, model, context, output = OF_HOST[name][0]
    assert marked(wires) == [*provider.wires]
    assert {*provider.key_names} <= {*marked(keys)}
    assert marked(regions) == [*provider.regions]
    assert provider.model in (*marked(model), "")
    can = provider.capabilities()
    for told, limit in ((context, can.context_window), (output, can.max_output_tokens)):
        assert told == f"{limit:,}" if limit else not re.search(r"\d", told)


def test_the_first_page_names_every_host_and_its_key() -> None:
    table = {marked(row[0])[0]: {*marked(row[1])} for row in rows(section(README, "## Hosts"))}
    assert [*table] == [*PROVIDERS]
    for name, keys in table.items():
        row = PROVIDERS[name]
        assert keys == {*row.key_names, *(row.key_pair or ())}


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_host_has_the_prices_of_its_row(name: str) -> None:
    provider = PROVIDERS[name]
    _, told, _, cost = OF_HOST[name][1]
    rows = [price for price in provider.prices if re.fullmatch(price.model, provider.model)]
    assert bool(re.search(r"\d", told)) == bool(rows) == ("estimated" in cost)
    for price in rows:
        short, long = (price.input, price.output), (price.long_input, price.long_output)
        assert "{:.2f} / {:.2f}; above 128,000 in: {:.2f} / {:.2f}".format(*short, *long) in told
        assert price.date in told


def test_the_table_of_what_works_has_every_host() -> None:
    assert [marked(head) for head in WORKS[1:]] == [[name] for name in PROVIDERS]


@pytest.mark.parametrize(("label", "name"), CELLS)
def test_what_works_is_what_the_row_says(label: str, name: str) -> None:
    told = cell(label, name)
    said = words(PROVIDERS[name], ABILITIES[label])
    assert told == said or told.startswith((f"{said},", f"{said};"))


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_streams_is_what_the_wires_say(name: str) -> None:
    provider = PROVIDERS[name]
    told = cell("streams", name)
    others = marked(told)
    for api, wire in provider.wires.items():
        says_yes = told.startswith("yes") != (api in others)
        assert wire.streams == says_yes, api


@pytest.mark.parametrize("name", PROVIDERS)
def test_efforts_batches_counts_and_lists_are_those_of_the_row(name: str) -> None:
    provider = PROVIDERS[name]
    efforts = provider.capabilities().efforts
    assert marked(cell("efforts", name)) == [*(efforts or ())]
    for label, has in (
        ("batch endpoints", "batch" in provider.wires),
        ("token count by the host", provider.count_path is not None),
        ("list of models", provider.models_path is not None),
    ):
        assert cell(label, name).startswith("yes" if has else "no")


def test_every_row_of_what_works_is_known() -> None:
    others = {"efforts", "streams", "batch endpoints", "token count by the host", "list of models"}
    assert OF_ABILITY.keys() == {*ABILITIES, *others, "checked against the emulator and"}


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_host_has_its_code_on_the_page_of_hosts(name: str) -> None:
    assert any(f'"{name}"' in block.text for block in blocks(DOCS / "hosts.md", "python"))


FAILING_OVER = (DOCS / "failover.md").read_text("utf-8")
OF_ONE = marked(FAILING_OVER.partition("goes into its dict:")[2].partition(".")[0])


@pytest.mark.parametrize("name", OF_ONE)
def test_what_belongs_to_one_host_cannot_be_said_for_several(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}= cannot be said for several"):
        resolve_all(["openrouter", "modelslab"], **{name: "x"})


# -------------------------------------------------------------------------- what the pages say


PROPER = {"OpenRouter": "openrouter", "EmpirioLabs": "empiriolabs", "ModelsLab": "modelslab"}
PROPER |= {
    "fal": "fal",
    "BytePlus": "byteplus",
    "Volcengine": "volcengine",
    "compatible server": "compatible",
}


@pytest.mark.parametrize(
    ("call", "path"),
    [
        ("models()", "models_path"),
        ("model(id)", "model_path"),
        ("count_tokens(prompt)", "count_path"),
    ],
)
def test_the_hosts_that_tell_of_themselves_are_those_of_the_table(call: str, path: str) -> None:
    table = {
        row[0]: row[1] for row in rows(section(DOCS / "hosts.md", "## What a host says of itself"))
    }
    told = {name for word, name in PROPER.items() if word in table[f"`client.{call}`"]}
    assert told == {name for name, row in PROVIDERS.items() if getattr(row, path) is not None}


def failure(said: str) -> SeedError:
    """The error that a status, a wait that ran out, or a class is."""
    if said.isdigit():
        return explain_response(OPENROUTER, Response(int(said)))
    if said in get_args(Phase):
        return APITimeoutError("late", phase=cast("Phase", said))
    kind: type[SeedError] = getattr(seed_core, said)
    return kind("no")


FAILOVER = [
    (word, row[1])
    for row in rows(section(DOCS / "reliability.md", "## Several hosts"))
    for word in marked(row[0])
    if word != "max_retry_wait"
]


@pytest.mark.parametrize(("said", "told"), FAILOVER)
def test_the_next_host_is_asked_when_the_table_says_so(said: str, told: str) -> None:
    error = failure(said)
    assert Retry().moves_on(error) == told.startswith("yes")
    with_timeouts = told.startswith("yes") or "with `retry_timeouts=True`, yes" in told
    assert Retry(timeouts=True).moves_on(error) == with_timeouts


def test_the_table_of_failover_has_every_error_that_moves_on() -> None:
    told = {type(failure(said)) for said, next_one in FAILOVER if next_one == "yes"}
    named = [getattr(seed_core, name) for name in seed_core.__all__]
    errors = [kind for kind in named if isinstance(kind, type) and issubclass(kind, SeedError)]
    assert {kind for kind in errors if Retry().moves_on(kind("no"))} <= told


def test_a_stream_may_end_without_a_reason_at_the_hosts_that_are_told() -> None:
    text = section(DOCS / "reliability.md", "## Broken streams").partition("(Over `chat`, at ")[2]
    told = {
        name for word, name in PROPER.items() if word.split()[0] in text.partition("`[DONE]`")[0]
    }
    lenient = {
        name
        for name, row in PROVIDERS.items()
        if isinstance(wire := row.wires["chat"], ChatWire) and not wire.needs_reason
    }
    assert told == lenient


def test_reasoning_stays_in_the_tool_loop_at_the_hosts_that_are_told() -> None:
    text = section(DOCS / "reasoning.md", "## It goes back").partition(
        "within a tool loop only, at "
    )[2]
    told = {name for word, name in PROPER.items() if word.split()[0] in text}
    wires = {name: row.wires["chat"] for name, row in PROVIDERS.items()}
    assert told == {
        name
        for name, wire in wires.items()
        if isinstance(wire, ChatWire) and wire.echo_reasoning == "tool_loop"
    }

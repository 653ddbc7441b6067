"""OpenRouter's own words: reasoning, plugins, server tools, caching; what Seed 2.0 Mini can do."""

import copy
import json
from typing import Any

import pytest

from seed_core.errors import ConfigurationError, MediaError, UnsupportedError
from seed_core.events import Usage
from seed_core.flow import Retry
from seed_core.pricing import estimate
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from seed_core.providers.openrouter import OPENROUTER
from seed_core.types import (
    Document,
    Image,
    Json,
    Message,
    Options,
    Part,
    Prompt,
    ServerTool,
    Text,
    Tool,
    ToolResult,
    Url,
    Video,
)

HOST = resolve("openrouter", api_key="sk-or-v1-x")
OTHER = resolve("openrouter", api_key="sk-or-v1-x", model="other/model")
SERVER = resolve("compatible", base_url="http://127.0.0.1:8000", model="m")
PDF = Document(Url("https://a.example/b.pdf"), "application/pdf")


def prompt(*parts: Part, tools: tuple[Tool | ServerTool, ...] = (), **options: Any) -> Prompt:
    said = Options(**options)
    return Prompt((Message("user", parts or (Text("Hi"),)),), tools=tools, options=said)


def sent(asked: Prompt, host: Provider = HOST) -> dict[str, Any]:
    """The body that goes out, after the checks."""
    host.check(asked)
    parts = host.request(asked, stream=False).body.parts
    body = json.loads(b"".join(part for part in parts if isinstance(part, bytes)))
    assert isinstance(body, dict)
    return body


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, None),
        ({"thinking": "enabled"}, {"enabled": True}),
        ({"thinking": "disabled"}, {"effort": "none"}),
        ({"thinking": "disabled", "reasoning_effort": "high"}, {"effort": "none"}),
        ({"reasoning_effort": "minimal"}, {"effort": "minimal"}),
        ({"reasoning_effort": "low"}, {"effort": "low"}),
        ({"reasoning_effort": "medium"}, {"effort": "medium"}),
        ({"thinking": "enabled", "reasoning_effort": "high"}, {"enabled": True, "effort": "high"}),
        ({"thinking_budget": 500}, {"max_tokens": 500}),
        ({"thinking": "enabled", "thinking_budget": 500}, {"enabled": True, "max_tokens": 500}),
        ({"hide_reasoning": True}, {"exclude": True}),
        ({"hide_reasoning": False}, None),
        ({"hide_reasoning": True, "reasoning_effort": "low"}, {"effort": "low", "exclude": True}),
        (
            {
                "reasoning_effort": "low",
                "host_options": {"openrouter": {"reasoning": {"effort": "xhigh"}}},
            },
            {"effort": "xhigh"},
        ),
        (
            {"thinking": "disabled", "extra_body": {"reasoning": {"summary": "auto"}}},
            {"summary": "auto"},
        ),
    ],
)
def test_thinking_is_said_as_the_table_says(options: dict[str, Any], expected: Json | None) -> None:
    body = sent(prompt(**options))
    assert body.get("reasoning") == expected
    assert "reasoning_effort" not in body


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"thinking": "auto"}, "cannot express thinking='auto'"),
        ({"reasoning_effort": "xhigh"}, "cannot express reasoning_effort='xhigh'"),
        ({"reasoning_effort": "none"}, "cannot express reasoning_effort='none'"),
        ({"video_fps": 1.0}, "does not support video_fps"),
    ],
)
def test_what_cannot_be_said_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UnsupportedError, match=words):
        sent(prompt(**options))


def test_effort_and_budget_are_one_or_the_other() -> None:
    with pytest.raises(ConfigurationError, match="reasoning_effort or thinking_budget, not both"):
        sent(prompt(reasoning_effort="low", thinking_budget=5))


def test_other_models_may_take_other_efforts() -> None:
    assert sent(prompt(reasoning_effort="xhigh"), OTHER)["reasoning"] == {"effort": "xhigh"}
    with pytest.raises(UnsupportedError, match="video_fps"):
        sent(prompt(video_fps=1.0), OTHER)


# --- plugins --------------------------------------------------------------------------------------

FREE = {"engine": "cloudflare-ai"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, [{"id": "file-parser", "pdf": FREE}]),
        ([], [{"id": "file-parser", "pdf": FREE}]),
        ([{"id": "web"}], [{"id": "web"}, {"id": "file-parser", "pdf": FREE}]),
        ([{"id": "file-parser"}], [{"id": "file-parser", "pdf": FREE}]),
        ([{"id": "file-parser", "pdf": None}], [{"id": "file-parser", "pdf": FREE}]),
        (
            [{"id": "file-parser", "max_files": 2, "pdf": {"x": 1}}],
            [{"id": "file-parser", "max_files": 2, "pdf": {**FREE, "x": 1}}],
        ),
        (
            [{"id": "file-parser", "pdf": {"engine": "mistral-ocr"}}, {"id": "web"}],
            [{"id": "web"}, {"id": "file-parser", "pdf": {"engine": "mistral-ocr"}}],
        ),
    ],
)
def test_a_pdf_is_parsed_for_free_unless_another_engine_is_named(
    given: list[Json] | None, expected: list[Json]
) -> None:
    options = {} if given is None else {"host_options": {"openrouter": {"plugins": given}}}
    before = copy.deepcopy(options)
    for part in (PDF, ToolResult("c", (PDF,))):
        role_prompt = Prompt(
            (Message("tool" if isinstance(part, ToolResult) else "user", (part,)),),
            options=Options(**options),  # type: ignore[arg-type]  # the value is a parameter
        )
        assert sent(role_prompt)["plugins"] == expected
    assert options == before


def test_without_a_pdf_no_plugin_is_named() -> None:
    assert "plugins" not in sent(prompt(Image(Url("https://a.example/b.png"))))


def test_extra_body_names_plugins_untouched() -> None:
    assert sent(prompt(PDF, extra_body={"plugins": []}))["plugins"] == []


@pytest.mark.parametrize(
    "others", [(), (Tool("f"),), (ServerTool({"type": "openrouter:datetime"}),)]
)
def test_web_search_is_one_more_tool(others: tuple[Tool | ServerTool, ...]) -> None:
    tools = sent(prompt(tools=others, web_search=True))["tools"]
    assert len(tools) == len(others) + 1
    assert tools[-1] == {"type": "openrouter:web_search"}
    assert sent(prompt(tools=others, web_search=False)).get("tools", []) == tools[:-1]


def test_caching_marks_the_request() -> None:
    assert sent(prompt(caching=True))["cache_control"] == {"type": "ephemeral"}
    assert "cache_control" not in sent(prompt(caching=False))


# --- facts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model",
    [
        "bytedance-seed/seed-2.0-mini",
        "bytedance-seed/seed-2.0-mini-20260224",
        "bytedance-seed/seed-2.0-mini:nitro",
    ],
)
def test_every_name_of_the_model_has_its_facts_and_its_price(model: str) -> None:
    can = OPENROUTER.capabilities(model)
    assert (can.context_window, can.max_output_tokens) == (262_144, 131_072)
    assert can.has("tools")
    assert can.has("video")
    cost = estimate(Usage(1_000_000, 1_000_000), model, OPENROUTER.prices)
    assert cost is not None
    assert cost.usd == pytest.approx(1.0)
    assert cost.source == "estimated"
    short = estimate(Usage(100_000, 0), model, OPENROUTER.prices)
    assert short is not None
    assert short.usd == pytest.approx(0.01)


def test_nothing_is_known_of_other_models() -> None:
    can = OPENROUTER.capabilities("other/bytedance-seed/seed-2.0-mini")
    assert can.context_window is None
    assert can.has("tools") is None
    assert estimate(Usage(1, 1), "other/model", OPENROUTER.prices) is None
    assert SERVER.capabilities().has("json_schema") is None


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": 2.1},
        {"top_p": -0.1},
        {"frequency_penalty": 3},
        {"presence_penalty": -3},
        {"max_tokens": 131_073},
        {"stop": ("a",) * 5},
    ],
)
def test_a_value_outside_the_documented_range_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        sent(prompt(**options))


def test_a_refusal_is_raised_by_the_call_itself_before_anything_is_sent() -> None:
    flow = HOST.call(prompt(video_fps=1.0), stream=False, retry=Retry())
    with pytest.raises(UnsupportedError):
        next(flow)


@pytest.mark.parametrize(
    "media",
    [
        Image(Url("https://a"), "image/bmp"),
        Video(Url("https://a"), "video/x-msvideo"),
        Document(Url("https://a"), "text/plain"),
    ],
)
def test_a_format_that_openrouter_does_not_take_is_refused(media: Part) -> None:
    with pytest.raises(MediaError, match="openrouter takes"):
        sent(prompt(media))
    assert sent(prompt(media), SERVER)["messages"]


@pytest.mark.parametrize("option", [{"web_search": True}, {"caching": True}])
def test_a_compatible_server_is_not_asked_for_what_the_wire_cannot_say(
    option: dict[str, Any],
) -> None:
    (name,) = option
    with pytest.raises(UnsupportedError, match=f"compatible does not support {name}.*") as caught:
        sent(prompt(**option), SERVER)
    able = OPENROUTER.capabilities().has(name) is True  # type: ignore[arg-type]  # the value is a parameter
    assert ("openrouter" in str(caught.value)) == able


def test_a_compatible_server_gets_the_standards_words() -> None:
    body = sent(prompt(temperature=5.0, reasoning_effort="xhigh", max_tokens=10**6), SERVER)
    assert (body["temperature"], body["reasoning_effort"], body["max_tokens"]) == (
        5.0,
        "xhigh",
        10**6,
    )

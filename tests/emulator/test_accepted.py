"""What OpenRouter takes or ignores, the emulator takes or ignores."""

from typing import Any

import pytest

from tests.emulator.bodies import (
    MP4,
    PDF,
    PNG,
    assistant,
    call,
    details,
    file,
    image,
    parts,
    user,
)
from tests.emulator.conftest import MODEL, WEATHER, tool

ACCEPTED: dict[str, Any] = {
    "nulls": dict.fromkeys(
        [
            "temperature",
            "top_p",
            "max_tokens",
            "stop",
            "tools",
            "tool_choice",
            "response_format",
            "reasoning",
            "provider",
            "plugins",
            "seed",
            "stream",
            "stream_options",
        ]
    ),
    "unknown fields": {"n": 2, "store": False, "verbosity": "low", "made_up": {"a": 1}},
    "legacy usage": {"usage": {"include": True}, "stream_options": {"include_usage": True}},
    "edges": {"temperature": 0, "top_p": 1, "max_tokens": 1, "stop": list("abcd")},
    "whole float": {"max_tokens": 50.0},
    "system twice": {"messages": [{"role": "system", "content": "x"}] * 2 + [user("Hi")]},
    "developer": {
        "messages": [{"role": "developer", "content": [{"type": "text", "text": "x"}]}, user("Hi")]
    },
    "users in a row": {"messages": [user("Hi"), user("Hello")]},
    "named": {"messages": [{**user("Hi"), "name": "ann"}]},
    "prefill": {"messages": [user("Hi"), {"role": "assistant", "content": "Well,"}]},
    "image url": image("https://example.com/a.png", detail="high"),
    "image data": image(PNG),
    "video data": parts({"type": "video_url", "video_url": {"url": MP4}}),
    "video old spelling": parts({"type": "input_video", "video_url": {"url": MP4}}),
    "file": file(filename="a.pdf", file_data=PDF),
    "file unnamed": file(file_data=PDF),
    "file url": file(filename="a.pdf", file_data="https://example.com/a.pdf"),
    "file id": file(file_id="file-1"),
    "cache mark": parts(
        {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    ),
    "reasoning alias": assistant(reasoning_content="thought"),
    "details": details(
        {"type": "reasoning.text", "text": "a", "signature": "s", "index": 0, "format": None},
        {"type": "reasoning.text", "signature": "s", "id": None},
        {"type": "reasoning.summary", "summary": "b", "format": "openai-responses-v1"},
        {"type": "reasoning.encrypted", "data": "c", "id": "rs_1"},
        {"type": "reasoning.server_tool_call", "tool_name": "t", "arguments": "", "result": ""},
    ),
    "details empty": details(),
    "server tools": {"tools": [{"type": "openrouter:datetime"}, {"type": "web_search"}, WEATHER]},
    "server tool forced": {
        "tools": [{"type": "openrouter:web_search", "parameters": {"max_results": 3}}],
        "tool_choice": {"type": "openrouter:web_search"},
    },
    "plugins": {
        "plugins": [{"id": "file-parser", "pdf": {"engine": "cloudflare-ai"}}, {"id": "web"}]
    },
    "effort beyond": {"reasoning": {"effort": "xhigh", "exclude": False}},
    "provider": {"provider": {"order": ["OpenAI"], "sort": "price", "only": ["Seed"]}},
    "fallback": {"model": "x/unknown", "models": ["x/other", MODEL]},
    "no parameters": {"tools": [{"type": "function", "function": {"name": "f"}}]},
}


@pytest.mark.parametrize("fields", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_the_host_takes_is_taken(chat, fields):
    response = chat.post(**fields)
    assert response.status_code == 200, response.text


def test_a_tool_result_may_hold_pictures(chat):
    show = tool("random_image", "Return a random image.")
    result = [{"type": "image_url", "image_url": {"url": PNG}}]
    messages = [
        user("Show one"),
        {"role": "assistant", "content": None, "tool_calls": [call(name="random_image")]},
        {"role": "tool", "tool_call_id": "a", "content": result},
    ]
    text = chat.message(messages=messages, tools=[show])["content"]
    assert text.startswith("random_image answered: 1 image (image/png, 8 bytes)")


@pytest.mark.parametrize("suffix", ["", ":nitro", ":floor", ":exacto", ":online"])
def test_suffixes_route_and_do_not_show(chat, suffix):
    assert chat.whole(model=MODEL + suffix)["model"] == MODEL


def test_the_first_known_fallback_answers(chat):
    body = chat.whole(model="x/none", models=["x/nor", "bytedance-seed/seed-1.6", MODEL])
    assert body["model"] == "bytedance-seed/seed-1.6"

"""What is refused in a request in Anthropic's form, and in which words."""

from typing import Any

import pytest

from seed_core.emulator import Answer
from tests.emulator.messages.asking import (
    CLOCK,
    PDF,
    PNG,
    THINKING,
    WEATHER,
    assistant,
    call,
    document,
    image,
    loop,
    result,
    said,
    shown,
    text,
    user,
)


def tool(**fields: Any) -> dict[str, Any]:
    return {"tools": [{**CLOCK, **fields}]}


def choice(**fields: Any) -> dict[str, Any]:
    return {"tools": [CLOCK], "tool_choice": fields}


def wanted(**fields: Any) -> dict[str, Any]:
    return {"output_config": {"format": fields}}


FOREVER = {"type": "forever"}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    # fields
    "model missing": ({"model": ...}, "No models provided"),
    "model number": ({"model": 1}, "model: must be a string"),
    "model unknown": ({"model": "x/y"}, "x/y is not a valid model ID"),
    "max_tokens zero": ({"max_tokens": 0}, "max_tokens: "),
    "max_tokens text": ({"max_tokens": "10"}, "max_tokens: "),
    "temperature high": ({"temperature": 1.1}, "temperature: must be a number from 0 to 1"),
    "temperature text": ({"temperature": "1"}, "temperature: "),
    "top_p high": ({"top_p": 1.1}, "top_p: "),
    "top_k fraction": ({"top_k": 1.5}, "top_k: "),
    "stream text": ({"stream": "true"}, "stream: must be a boolean"),
    "stop text": ({"stop_sequences": "x"}, "stop_sequences: must be an array"),
    "stop empty": ({"stop_sequences": [""]}, "stop_sequences: "),
    "metadata": ({"metadata": {"user_id": 1}}, "metadata: has a field user_id"),
    "service_tier": ({"service_tier": 1}, "service_tier: "),
    "cache_control": ({"cache_control": FOREVER}, "cache_control: "),
    "cache_control without type": ({"cache_control": {"ttl": "5m"}}, "cache_control: has no type"),
    "cache_control ttl": ({"cache_control": {"type": "ephemeral", "ttl": "2h"}}, "cache_control"),
    "session_id": ({"session_id": "x" * 257}, "session_id: "),
    # system
    "system number": ({"system": 1}, "system: must be a string"),
    "system image": ({"system": [image(type="url", url="https://x.y")]}, "system.0: Input tag"),
    "system empty block": ({"system": [text("")]}, "system.0.text: text content blocks must be"),
    # thinking
    "thinking text": ({"thinking": "enabled"}, "thinking: must be an object"),
    "thinking type": ({"thinking": {"type": "on"}}, "thinking.type: "),
    "thinking no budget": ({"thinking": {"type": "enabled"}}, "budget_tokens: Field required"),
    "thinking small": ({"thinking": {**THINKING, "budget_tokens": 1023}}, "of at least 1024"),
    "thinking large": ({"thinking": {**THINKING, "budget_tokens": 2000}}, "`max_tokens` must be"),
    "thinking display": ({"thinking": {"type": "adaptive", "display": "x"}}, "thinking: has a"),
    "thinking prefill": (
        {"thinking": THINKING, **said(user("Hi"), assistant(text("A")))},
        "cannot be a prefill when thinking is enabled",
    ),
    # tools
    "tools object": ({"tools": {}}, "tools: must be an array"),
    "tool type": (tool(type="function"), "tools.0.type: "),
    "tool name": (tool(name="get time"), "tools.0.custom.name: "),
    "tool name long": (tool(name="x" * 129), "tools.0.custom.name: "),
    "tool description": (tool(description=1), "tools.0.custom: has a field description"),
    "tool no schema": (tool(input_schema=None), "tools.0.custom.input_schema: Field required"),
    "tool schema": (tool(input_schema={"type": "array"}), "input_schema.type: Input should be"),
    "tool in OpenAI's form": ({"tools": [{"type": "function", "function": CLOCK}]}, "tools.0.type"),
    "tool cache": (tool(cache_control=FOREVER), "tools.0.custom: has a field cache_control"),
    "server tool cache": (
        {"tools": [{"type": "web_search_20250305", "cache_control": FOREVER}]},
        "tools.0: has a field cache_control",
    ),
    "tools twice": ({"tools": [CLOCK, CLOCK]}, "Tool names must be unique: get_time"),
    "choice without tools": (
        {"tool_choice": {"type": "auto"}},
        "only be specified while providing",
    ),
    "choice text": ({"tools": [CLOCK], "tool_choice": "auto"}, "tool_choice: must be an object"),
    "choice type": (choice(type="required"), "tool_choice.type: "),
    "choice name": (choice(type="tool", name="x"), "Tool 'x' not found in provided tools"),
    "choice parallel": (choice(type="any", disable_parallel_tool_use=1), "tool_choice: has a"),
    "effort": ({"output_config": {"effort": "huge"}}, "output_config: has a field effort"),
    "format": (wanted(type="json_object"), "output_config.format.type: unknown"),
    "format no schema": (wanted(type="json_schema"), "output_config.format.schema: "),
    # messages
    "messages missing": ({"messages": ...}, "messages: Field required"),
    "messages text": ({"messages": "Hi"}, "messages: must be an array"),
    "messages empty": ({"messages": []}, "messages: at least one message is required"),
    "message text": ({"messages": ["Hi"]}, "messages.0: must be an object"),
    "role tool": (said({"role": "tool", "content": "x"}), "messages.0.role: must be one of user"),
    "no content": (said({"role": "user"}), "messages.0.content: Field required"),
    "content null": (said(user(None)), "messages.0.content: Input should be"),
    "content empty": (said(user("")), "must have non-empty content"),
    "content no blocks": (said(user([])), "must have non-empty content"),
    "content empty in the middle": (
        said(user("Hi"), {"role": "assistant", "content": ""}, user("Go")),
        "messages.1: all messages must have non-empty content",
    ),
    "assistant first": (said(assistant(text())), 'first message must use the "user" role'),
    "system first": (
        said({"role": "system", "content": "x"}, user("Hi")),
        'first message must use the "user" role',
    ),
    # blocks
    "block text": (said(user(["Hi"])), "messages.0.content.0: must be an object"),
    "block empty": (said(user([text("")])), "text content blocks must be non-empty"),
    "block no text": (said(user([{"type": "text"}])), "messages.0.content.0.text.text: Field"),
    "block cache": (said(user([text(cache_control=FOREVER)])), "text: has a field cache_control"),
    "block citations": (said(user([text(citations="x")])), "text: has a field citations"),
    "video": (
        shown({"type": "video", "source": {"type": "url", "url": "https://x.y/z.mp4"}}),
        "messages.0.content.1: Input tag 'video' found using 'type' does not match",
    ),
    "image in OpenAI's form": (shown({"type": "image_url", "image_url": {}}), "tag 'image_url'"),
    "call of the user": (said(user([call()])), "Input tag 'tool_use'"),
    "result of the assistant": (said(user("Hi"), assistant(result())), "Input tag 'tool_result'"),
    "system message image": (
        said(user("Hi"), {"role": "system", "content": [image(type="url", url="https://x.y")]}),
        "messages.1.content.0: Input tag 'image'",
    ),
    # sources
    "image no source": (shown({"type": "image"}), "image.source: Field required"),
    "image source file": (shown(image(type="file", file_id="x")), "image.source.type: must be"),
    "image type": (
        shown(image(type="base64", media_type="image/bmp", data=PNG)),
        "image.source.base64.media_type: must be one of image/jpeg",
    ),
    "image no type": (shown(image(type="base64", data=PNG)), "media_type: Field required"),
    "image data URL": (
        shown(image(type="base64", media_type="image/png", data=f"data:image/png;base64,{PNG}")),
        "must be base64",
    ),
    "image empty": (shown(image(type="base64", media_type="image/png", data="")), "must be base64"),
    "image URL": (
        shown(image(type="url", url=f"data:image/png;base64,{PNG}")),
        "image.source.url.url: must be an http(s) URL",
    ),
    "document type": (
        shown(document(type="base64", media_type="text/plain", data=PDF)),
        "document.source.base64.media_type: must be one of application/pdf",
    ),
    "document text": (
        shown(document(type="text", media_type="text/plain", data="")),
        "document.source.text.data: must not be empty",
    ),
    "document content": (
        shown(document(type="content", content=[document(type="url", url="https://x.y")])),
        "document.source.content.content.0: Input tag 'document'",
    ),
    "document title": (
        shown({**document(type="url", url="https://x.y"), "title": 1}),
        "document: has a field title",
    ),
    "search result": (
        shown({"type": "search_result", "source": "x", "title": "y", "content": []}),
        "search_result.content: must contain at least 1",
    ),
    "search result citations": (
        shown(
            {
                "type": "search_result",
                "source": "x",
                "title": "y",
                "content": [text()],
                "citations": True,
            }
        ),
        "search_result: has a field citations",
    ),
    # tool calls and their results
    "call without id": (loop(result(), calls=(call(""),)), "tool_use.id: must not be empty"),
    "call input text": (loop(result(), calls=(call(input="{}"),)), "tool_use.input: must be an"),
    "call unanswered": (loop(text()), "`tool_use` ids were found without `tool_result` blocks"),
    "call unanswered at the end": (
        said(user("Hi"), assistant(call())),
        "messages.1: `tool_use` ids were found without",
    ),
    "one call of two unanswered": (
        loop(result(), calls=(call(), call("b"))),
        "immediately after: b.",
    ),
    "result after text": (loop(text(), result()), "immediately after: a."),
    "result in the next but one": (
        said(user("Hi"), assistant(call()), user("Wait"), assistant(text()), user([result()])),
        "messages.1: `tool_use` ids were found without",
    ),
    "result unknown": (loop(result(), result("x")), "unexpected `tool_use_id` found in"),
    "result of nothing": (said(user([result()])), "messages.0: unexpected `tool_use_id`"),
    "result twice": (loop(result(), result()), "each tool_use must have a single result"),
    "calls alike": (
        loop(result(), calls=(call(), call())),
        "`tool_use` ids must be unique: a",
    ),
    "result without id": (loop({"type": "tool_result"}), "tool_result.tool_use_id: Field required"),
    "result error text": (loop(result(is_error="yes")), "tool_result: has a field is_error"),
    "result empty text": (
        loop(result(content=[text("")])),
        "text content blocks must be non-empty",
    ),
    "result number": (loop(result(content=1)), "tool_result.content: Input should be"),
    "result of a call": (loop(result(content=[call()])), "tool_result.content.0: Input tag"),
    # thinking that comes back
    "thinking unsigned": (
        said(user("Hi"), assistant({"type": "thinking", "thinking": "Hm."}), user("Go")),
        "thinking.signature: Field required",
    ),
    "thinking signed with nothing": (
        said(
            user("Hi"),
            assistant({"type": "thinking", "thinking": "Hm.", "signature": ""}),
            user("Go"),
        ),
        "messages.1.content.0: Invalid `signature` in `thinking` block",
    ),
    "redacted empty": (
        said(user("Hi"), assistant({"type": "redacted_thinking", "data": ""}), user("Go")),
        "redacted_thinking.data: must not be empty",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_400(ask, emulator, case):
    fields, words = BAD[case]
    emulator.script(Answer(text="not taken"))
    response = ask.post(**fields)
    assert response.status_code == 400, response.text
    body = response.json()
    assert set(body) == {"type", "error", "request_id"}
    assert body["type"] == "error"
    assert body["error"]["type"] == "invalid_request_error"
    assert body["error"]["error_type"] == "invalid_request"
    assert words in body["error"]["message"]
    # The script is not used up by a refusal.
    assert ask.text() == "not taken"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null"])
def test_a_body_that_is_no_object(ask, body):
    response = ask.http.post("/messages", content=body)
    assert response.status_code == 400
    assert response.json()["error"]["message"] == "The request body is not a valid JSON object"


def test_keys(ask):
    ask.http.headers["Authorization"] = "Bearer invalid"
    refused = ask.post()
    assert refused.status_code == 401
    assert refused.json()["error"]["type"] == "authentication_error"
    assert refused.json()["error"]["message"] == "User not found."
    del ask.http.headers["Authorization"]
    ask.http.headers["x-api-key"] = "test"  # Anthropic's header is not OpenRouter's
    assert ask.post().json()["error"]["message"] == "Missing Authentication header"


def test_too_long_a_prompt(ask):
    assert "prompt is too long" in ask.post("word " * 250_000).json()["error"]["message"]
    assert "prompt is too long" in ask.post(max_tokens=262_140).json()["error"]["message"]


def test_no_provider_is_left(ask):
    response = ask.post(provider={"only": ["other"]})
    assert response.status_code == 404
    assert response.json()["error"]["type"] == "not_found_error"
    assert "No allowed providers" in response.json()["error"]["message"]


def test_thinking_must_come_back_as_it_was(ask):
    first = ask.message("What is the weather in Paris?", tools=[WEATHER], thinking=THINKING)
    thought, used = first["content"]

    def go_on(*blocks):
        history = said(
            user("What is the weather in Paris?"),
            assistant(*blocks),
            user([result(used["id"])]),
        )
        return ask.post(tools=[WEATHER], thinking=THINKING, **history)

    assert go_on(thought, used).status_code == 200
    altered = {**thought, "thinking": thought["thinking"].strip(".")}
    assert "Invalid `signature`" in go_on(altered, used).text
    forged = {**thought, "signature": thought["signature"][::-1]}
    assert "Invalid `signature`" in go_on(forged, used).text
    dropped = go_on(used)
    assert dropped.status_code == 400
    assert "Expected `thinking` or `redacted_thinking`, but found `tool_use`" in dropped.text
    assert go_on(used, thought).status_code == 400


def test_thinking_of_earlier_loops_may_be_dropped(ask):
    first = ask.message("What is the weather in Paris?", tools=[WEATHER], thinking=THINKING)
    used = first["content"][-1]
    history = [user("What is the weather?"), assistant(used), user([result(used["id"])])]
    assert ask.post(tools=[WEATHER], **said(*history)).status_code == 400
    history += [assistant(text("Sunny.")), user("Thanks.")]
    assert ask.post(tools=[WEATHER], **said(*history)).status_code == 200


def test_without_thinking_none_must_come_back(ask):
    disabled = {"type": "disabled"}
    first = ask.message("What is the weather in Paris?", tools=[WEATHER], thinking=disabled)
    (used,) = first["content"]
    history = loop(result(used["id"]), calls=(used,))
    assert ask.post(tools=[WEATHER], **history).status_code == 200
    second = ask.message("What is the weather in Paris?", tools=[WEATHER])["content"][-1]
    history = loop(result(second["id"]), calls=(second,))
    assert ask.post(tools=[WEATHER], thinking=disabled, **history).status_code == 200


def test_tokens_are_not_counted_at_openrouter(ask):
    assert ask.http.post("/messages/count_tokens", json={}).status_code == 404

"""What a row may say, and what is said of one that cannot be read."""

from typing import Any

import pytest

from seed_core.batch.rows import parse_line, read_row
from seed_core.errors import ConfigurationError
from seed_core.settings import Settings
from seed_core.types import (
    Document,
    Image,
    JsonSchema,
    Message,
    NamedTool,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Url,
    Video,
)

SETTINGS = Settings(provider="openrouter", api_key="test", max_tokens=100, temperature=0.5)


def asked(said: dict[str, Any], index: int = 0) -> Any:
    return read_row(said, index, "line 1", SETTINGS)


def test_a_prompt_is_a_users_message_with_the_options_of_its_row_over_those_of_all() -> None:
    row = asked({"id": "a", "prompt": "Hello", "max_tokens": 7, "reasoning": {"effort": "low"}}, 3)
    assert (row.index, row.id) == (3, "a")
    assert row.prompt.messages == (Message("user", (Text("Hello"),)),)
    options = row.prompt.options
    assert (options.max_tokens, options.temperature) == (7, 0.5)
    assert options.reasoning_effort == "low"


def test_messages_are_those_of_openai() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    said = [
        {"role": "developer", "content": "Be brief."},
        {
            "role": "user",
            "name": "Ana",
            "content": [
                {"type": "text", "text": "Look"},
                {
                    "type": "image_url",
                    "image_url": {"url": "https://a.test/b.png", "detail": "low"},
                },
                {"type": "video_url", "video_url": {"url": "https://a.test/b.mp4"}},
                {
                    "type": "file",
                    "file": {"file_data": "https://a.test/b.pdf", "filename": "b.pdf"},
                },
            ],
        },
        {"role": "assistant", "content": None, "reasoning_content": "Hm.", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "21 degrees"},
        {"role": "assistant", "content": "No", "refusal": "I will not."},
        {"role": "user", "content": "Well?"},
    ]
    assert asked({"messages": said}).prompt.messages == (
        Message("system", (Text("Be brief."),)),
        Message(
            "user",
            (
                Text("Look"),
                Image(Url("https://a.test/b.png"), "image/png", "low"),
                Video(Url("https://a.test/b.mp4"), "video/mp4"),
                Document(Url("https://a.test/b.pdf"), "application/pdf", "b.pdf"),
            ),
            "Ana",
        ),
        Message("assistant", (Reasoning("Hm."), ToolCall("c1", "f", "{}"))),
        Message("tool", (ToolResult("c1", (Text("21 degrees"),)),)),
        Message("assistant", (Text("No"), Refusal("I will not."))),
        Message("user", (Text("Well?"),)),
    )


def test_tools_and_forms_are_those_of_openai() -> None:
    schema = {"name": "answer", "schema": {"type": "object"}}
    prompt = asked(
        {
            "prompt": "Hello",
            "tools": [{"type": "function", "function": {"name": "f"}}],
            "tool_choice": "f",
            "response_format": {"type": "json_schema", "json_schema": schema},
        }
    ).prompt
    assert [tool.name for tool in prompt.tools] == ["f"]
    assert prompt.tool_choice == NamedTool("f")
    assert prompt.response_format == JsonSchema("answer", {"type": "object"})


def test_a_row_of_openais_batch_files_says_the_same_in_its_body() -> None:
    body = {
        "model": "other",
        "messages": [{"role": "user", "content": "Hello"}],
        "max_completion_tokens": 5,
    }
    row = asked({"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": body})
    assert row.id == "a"
    assert row.prompt.model == "other"
    assert row.prompt.options.max_tokens == 5


HELLO = {"role": "user", "content": "Hello"}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "either prompt or messages"),
        ({"prompt": "a", "messages": [HELLO]}, "either prompt or messages"),
        ({"prompt": 5}, "prompt is a text"),
        ({"prompt": "a", "id": 1.5}, "id is a text or a whole number"),
        ({"prompt": "a", "id": True}, "id is a text or a whole number"),
        ({"prompt": "a", "max_token": 5}, "did you mean 'max_tokens'"),
        ({"prompt": "a", "max_tokens": "many"}, "wrong type: max_tokens"),
        ({"prompt": "a", "timeout": 5}, "setting of the model"),
        ({"prompt": "a", "model": 5}, "model= takes a str, not an int"),
        ({"prompt": "a", "tools": 5}, "tools takes a list of tools, not 5"),
        ({"messages": []}, "at least one"),
        ({"messages": "Hello"}, "a list of messages"),
        ({"messages": ["Hello"]}, "an object with role and content"),
        ({"messages": [{"role": "robot", "content": "a"}]}, "system, developer, user"),
        ({"messages": [{**HELLO, "tool_calls": []}]}, "has no 'tool_calls'"),
        ({"messages": [{"role": "user", "content": 5}]}, "a text or a list of parts"),
        (
            {"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]},
            "in OpenAI's form",
        ),
        ({"messages": [{"role": "user", "content": [{"type": "file", "file": {}}]}]}, "file_data"),
        ({"messages": [{"role": "tool", "content": "a"}]}, "needs tool_call_id"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "a"}]}]}, "has the form"),
        ({"messages": [{"role": "assistant", "tool_calls": 5}]}, "has the form .*, not 5"),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image_url", "image_url": "a.png"}]}
                ]
            },
            "must begin with http",
        ),
        ({"custom_id": "a", "prompt": "a"}, "has a body"),
        ({"custom_id": "a", "url": "/v1/embeddings", "body": {}}, "/v1/chat/completions"),
        ({"custom_id": "a", "body": {"messages": [HELLO]}, "seed": 1}, "'seed' inside its body"),
    ],
)
def test_a_row_that_cannot_be_read_says_what_is_wrong_and_where(
    said: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        asked(said)
    assert str(caught.value).startswith("line 1: ")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"prompt": ', "line 7 is not JSON"),
        (b'{"prompt": NaN}', "line 7 is not JSON"),
        (b'{"prompt": "\xff"}', "line 7 is not JSON"),
        (b'["prompt"]', "line 7 is not a JSON object"),
    ],
)
def test_a_line_that_is_no_object_is_named(line: bytes, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_line(line, 7)


def test_a_byte_order_mark_is_no_part_of_a_row() -> None:
    assert parse_line(b'\xef\xbb\xbf{"prompt": "a"}\r\n', 1) == {"prompt": "a"}


def test_a_row_is_known_again_by_what_it_says_and_not_by_how_it_is_written() -> None:
    one = asked({"id": "a", "prompt": "Hello", "max_tokens": 5})
    same = asked({"max_tokens": 5, "prompt": "Hello", "id": "a"}, 9)
    assert one.digest == same.digest
    for other in ({"id": "b"}, {"prompt": "Hello!"}, {"max_tokens": 6}):
        assert asked({"id": "a", "prompt": "Hello", "max_tokens": 5, **other}).digest != one.digest

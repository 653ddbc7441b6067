"""Mistakes that other integrations of the same host make, one test each.

Each states what `ChatSeed` does in a situation in which a comparable chat model was seen to answer
wrongly, or not at all.
"""

import asyncio
import json
import time
from typing import Any, Literal

import pytest
from langchain_core import exceptions as lc
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from seed_core.emulator import Answer, Emulator, Fault, Raw, ToolUse
from tests.langchain.asking import STREAMS, Body, How, Make, added, ask, beta
from tests.langchain.samples import MODEL, PNG64, PNG_URL

DETAILS = [
    [{"type": "reasoning.text", "text": "Let me ", "format": "openai-responses-v1", "index": 0}],
    [{"type": "reasoning.text", "text": "look.", "format": "openai-responses-v1", "index": 0}],
]


def get_weather(city: str) -> str:
    """Weather of a city."""
    return "sunny"


# 1
@pytest.mark.parametrize("finish", ["error", None])
@pytest.mark.parametrize("how", STREAMS)
async def test_an_error_in_mid_stream_is_raised_and_not_a_short_answer(
    make: Make, emulator: Emulator, how: How, finish: Literal["error"] | None
) -> None:
    text = "The answer is forty-two."
    emulator.script(Fault.error_mid_stream(2, finish=finish, answer=Answer(text=text, piece=4)))
    with pytest.raises(lc.ModelError, match="Provider returned error"):
        await ask(make(max_retries=0), how, "Hello")


# 2
@pytest.mark.parametrize("cut", ["close", "reset", "end"])
@pytest.mark.parametrize("how", STREAMS)
async def test_a_stream_that_is_cut_is_raised_and_not_a_short_answer(
    make: Make, emulator: Emulator, how: How, cut: Literal["close", "reset", "end"]
) -> None:
    emulator.script(Fault.cut(2, how=cut, answer=Answer(text="The answer is 42.", piece=4)))
    with pytest.raises(lc.ModelConnectionError):
        await ask(make(max_retries=0), how, "Hello")


# 3
@pytest.mark.parametrize("how", STREAMS)
async def test_reasoning_details_go_back_as_they_came_after_a_streamed_tool_call(
    make: Make, emulator: Emulator, body: Body, how: How
) -> None:
    call = ToolUse("get_weather", '{"city": "Paris"}', "call_1")
    emulator.script(Answer(reasoning_details=DETAILS, tool_calls=[call]), Answer(text="Sunny."))
    model = make().bind_tools([get_weather])
    asked = HumanMessage("Weather in Paris?")
    first = await ask(model, how, [asked])
    await ask(model, how, [asked, first, ToolMessage("sunny", tool_call_id="call_1")])
    [assistant] = [m for m in body()["messages"] if m["role"] == "assistant"]
    assert assistant["reasoning_details"] == [
        {
            "type": "reasoning.text",
            "text": "Let me look.",
            "format": "openai-responses-v1",
            "index": 0,
        }
    ]


# 4
@pytest.mark.parametrize("how", STREAMS)
async def test_version_1_output_keeps_a_tool_call_that_follows_reasoning(
    make: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(Answer(reasoning="Let me look.", tool_calls=[ToolUse("f", '{"x": 1}', "c1")]))
    message = await ask(make(output_version="v1"), how, "Hello")
    assert [block["type"] for block in message.content] == ["reasoning", "tool_call"]
    assert message.content[0]["reasoning"] == "Let me look."
    assert message.content[1]["args"] == {"x": 1}
    assert message.content[1]["id"] == "c1"
    assert [call["args"] for call in message.tool_calls] == [{"x": 1}]


# 5
@beta
def test_version_3_events_keep_the_arguments_when_one_delta_mixes_text_and_a_call(
    make: Make, emulator: Emulator
) -> None:
    calls = [ToolUse("f", '{"x": 1}', "c1")]
    emulator.script(Answer(text="Let me see", tool_calls=calls, mixed=True))
    output = make().stream_events("Hello", version="v3").output
    assert [(call["id"], call["name"], call["args"]) for call in output.tool_calls] == [
        ("c1", "f", {"x": 1})
    ]
    assert output.invalid_tool_calls == []
    assert output.text == "Let me see"


# 6
async def test_a_timeout_is_in_seconds(make: Make, emulator: Emulator, how: How) -> None:
    emulator.script(Fault.stall(-1, 0.3, Answer(text="Late.")), Fault.stall(-1, 30))
    assert (await ask(make(timeout=10, max_retries=0), how, "Hello")).text == "Late."
    begun = time.monotonic()
    with pytest.raises(lc.ModelTimeoutError):
        await ask(make(timeout=0.3, max_retries=0), how, "Hello")
    assert 0.25 < time.monotonic() - begun < 5


@pytest.mark.parametrize("retries", [0, 1])
@pytest.mark.parametrize("status", [429, 500])
async def test_max_retries_counts_retries_also_of_a_rate_limit(
    make: Make, emulator: Emulator, how: How, status: int, retries: int
) -> None:
    emulator.script(*[Fault.status(status, retry_after=0)] * 4)
    with pytest.raises(lc.ModelError):
        await asyncio.wait_for(ask(make(max_retries=retries), how, "Hello"), 5)
    assert len(emulator.requests) == 1 + retries


async def test_retry_after_of_a_rate_limit_is_waited_for(
    make: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(Fault.status(429, headers={"retry-after-ms": "150"}), Answer(text="Fine."))
    begun = time.monotonic()
    assert (await ask(make(max_retries=1), how, "Hello")).text == "Fine."
    assert time.monotonic() - begun >= 0.15


# 7
@pytest.mark.parametrize("how", ["invoke", "ainvoke"])
async def test_an_answer_without_the_optional_fields_is_read(
    make: Make, emulator: Emulator, how: How
) -> None:
    message = {"role": "assistant", "content": "Hi"}
    reply = {
        "id": "gen-1",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }
    emulator.script(Raw(body=json.dumps(reply).encode()))
    assert (await ask(make(), how, "Hello")).text == "Hi"


def test_a_field_that_nobody_knows_reaches_the_host(make: Make, body: Body) -> None:
    make(extra_body={"brand_new": {"a": [1]}}).invoke("Hello", extra_body={"newer": None})
    assert body()["brand_new"] == {"a": [1]}
    assert body()["newer"] is None


def test_every_field_of_reasoning_reaches_the_host(make: Make, body: Body) -> None:
    make(reasoning={"enabled": True, "max_tokens": 100, "exclude": True}).invoke("Hello")
    assert body()["reasoning"] == {"enabled": True, "max_tokens": 100, "exclude": True}


# 8
async def test_the_upstream_that_answered_is_told(make: Make, emulator: Emulator, how: How) -> None:
    emulator.script(Answer(text="Hi", provider="Someone"))
    metadata = (await ask(make(), how, "Hello")).response_metadata
    assert "Someone" in metadata.values()


# 9
async def test_pictures_in_tool_results_and_text_documents_are_converted(
    make: Make, body: Body
) -> None:
    make().invoke(
        [
            SystemMessage([{"type": "text-plain", "text": "Be kind.", "mime_type": "text/plain"}]),
            HumanMessage("Draw"),
            AIMessage("", tool_calls=[{"name": "draw", "args": {}, "id": "c1"}]),
            ToolMessage(
                [{"type": "image", "base64": PNG64, "mime_type": "image/png"}], tool_call_id="c1"
            ),
        ]
    )
    system, _, _, result, shown = body()["messages"]
    assert system == {"role": "system", "content": "Be kind."}
    assert isinstance(result["content"], str)
    assert {"type": "image_url", "image_url": {"url": PNG_URL}} in shown["content"]


# 10
async def test_many_models_share_one_connection(make: Make, emulator: Emulator) -> None:
    for _ in range(5):
        make().invoke("Hello")
        await make().ainvoke("Hello")
    used = [seen.connection for seen in emulator.requests]
    assert len(set(used[::2])) == 1
    assert len(set(used[1::2])) == 1


# 11
def test_one_model_serves_one_event_loop_after_another(make: Make, emulator: Emulator) -> None:
    model = make(max_retries=0)
    for _ in range(3):
        assert asyncio.run(ask(model, "ainvoke", "Hello")).text
        assert asyncio.run(ask(model, "astream", "Hello")).text
    assert len(emulator.requests) == 6


# 12
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, lc.ModelInvalidRequestError),
        (401, lc.ModelAuthenticationError),
        (403, lc.ModelPermissionDeniedError),
        (404, lc.ModelNotFoundError),
        (429, lc.ModelRateLimitError),
        (502, lc.ModelAPIError),
    ],
)
async def test_an_error_is_one_of_langchains_own(
    make: Make, emulator: Emulator, how: How, status: int, kind: type[lc.ModelError]
) -> None:
    emulator.script(Fault.status(status))
    with pytest.raises(kind) as caught:
        await ask(make(max_retries=0), how, "Hello")
    assert caught.value.is_retryable is (status in (429, 502))


async def test_an_error_in_the_body_of_a_200_is_one_of_langchains_own(
    make: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(Fault.error_in_body(429, "Too many"))
    with pytest.raises(lc.ModelRateLimitError, match="Too many"):
        await ask(make(max_retries=0), how, "Hello")


# 13
def test_json_mode_asks_for_an_object_and_not_for_a_schema(make: Make, body: Body) -> None:
    schema = {"title": "T", "type": "object", "properties": {"a": {"type": "string"}}}
    make().with_structured_output(schema, method="json_mode").invoke('JSON with the key "a"')
    assert body()["response_format"] == {"type": "json_object"}


async def test_the_sources_of_a_web_search_are_kept(make: Make, how: How) -> None:
    message = await ask(make(model=f"{MODEL}:online"), how, "News?")
    [note] = [
        note
        for block in message.content_blocks
        if block["type"] == "text"
        for note in block.get("annotations", ())
    ]
    assert note["type"] == "citation"
    assert note["url"] == "https://example.com/emulated"
    assert note["title"] == "An emulated search result"


async def test_an_empty_list_of_tools_is_not_sent(make: Make, body: Body, how: How) -> None:
    await ask(make().bind_tools([]), how, "Hello")
    assert "tools" not in body()
    assert "tool_choice" not in body()


def test_chunks_can_be_added_in_any_grouping(make: Make, emulator: Emulator) -> None:
    """What several of the above rest on: nothing is lost or doubled while chunks merge."""
    emulator.script(Answer(reasoning_details=DETAILS, text="Hello", piece=2))
    chunks = list(make().stream("Hello"))
    right: Any = chunks[-1]
    for chunk in reversed(chunks[:-1]):
        right = chunk + right
    left = added(chunks)
    assert right.text == left.text == "Hello"
    assert right.additional_kwargs == left.additional_kwargs
    assert right.response_metadata == left.response_metadata

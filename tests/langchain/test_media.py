"""Pictures, videos and documents in messages: every form that users have, and what is sent."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from langchain_seed import ChatSeed
from langchain_seed.errors import MediaError, UnsupportedError
from seed_core.emulator import Emulator
from tests.langchain.asking import Body, How, ask
from tests.langchain.media_forms import AT, FORMS, IMAGE, text_part
from tests.langchain.samples import MP4, PDF, PDF64, PNG, PNG64


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
async def test_a_block_in_a_human_message_is_sent_as_this_part(
    llm: ChatSeed, body: Body, form: Any
) -> None:
    block, part = form
    llm.invoke([HumanMessage([text_part("See:"), block])])
    assert body()["messages"] == [{"role": "user", "content": [text_part("See:"), part]}]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
async def test_a_block_in_a_tool_message_is_sent_as_text_and_a_turn_after_it(
    llm: ChatSeed, body: Body, form: Any
) -> None:
    block, part = form
    call = {"name": "look", "args": {}, "id": "c1"}
    result = ToolMessage([block], tool_call_id="c1", name="look")
    llm.invoke([HumanMessage("Look"), AIMessage("", tool_calls=[call]), result])
    said, *shown = body()["messages"][2:]
    assert (said["role"], said["tool_call_id"]) == ("tool", "c1")
    if part["type"] == "text":
        assert said["content"] == ([part] if "cache_control" in part else part["text"])
        assert shown == []
    else:
        assert isinstance(said["content"], str)
        [turn] = shown
        assert turn["role"] == "user"
        assert turn["content"][1:] == [part]
        assert "c1" in turn["content"][0]["text"]
        assert "look" in turn["content"][0]["text"]


def test_media_of_parallel_results_comes_after_all_of_them(llm: ChatSeed, body: Body) -> None:
    calls: list[Any] = [{"name": "look", "args": {}, "id": ident} for ident in ("c1", "c2")]
    image = {"type": "image", "base64": PNG64, "mime_type": "image/png"}
    llm.invoke(
        [
            HumanMessage("Look twice"),
            AIMessage("", tool_calls=calls),
            ToolMessage([text_part("a cat"), image], tool_call_id="c1"),
            ToolMessage([image], tool_call_id="c2"),
            HumanMessage("Well?"),
        ]
    )
    turns = body()["messages"][2:]
    assert [turn["role"] for turn in turns] == ["tool", "tool", "user", "user"]
    assert turns[0]["content"] == "a cat"
    kinds = [part["type"] for part in turns[2]["content"]]
    assert kinds == ["text", "image_url", "text", "image_url"]
    assert turns[3]["content"] == "Well?"


def test_anthropics_history_is_understood(llm: ChatSeed, body: Body) -> None:
    llm.invoke(
        [
            SystemMessage([text_part("Be kind."), text_part("Be brief.")]),
            HumanMessage("Look"),
            AIMessage(
                [
                    {"type": "thinking", "thinking": "Hm", "signature": "s"},
                    text_part("I look."),
                    {"type": "tool_use", "id": "t1", "name": "look", "input": {"at": "it"}},
                ]
            ),
            HumanMessage(
                [
                    {
                        "type": "tool_result",
                        "tool_use_id": "t1",
                        "content": [text_part("a cat"), FORMS["anthropic image"][0]],
                    },
                    text_part("Well?"),
                ]
            ),
        ]
    )
    system, _, assistant, result, shown, last = body()["messages"]
    assert system["content"] == [text_part("Be kind."), text_part("Be brief.")]
    assert assistant["content"] == "I look."
    assert assistant["tool_calls"] == [
        {"id": "t1", "type": "function", "function": {"name": "look", "arguments": '{"at": "it"}'}}
    ]
    assert "signature" not in str(assistant)
    assert result == {"role": "tool", "tool_call_id": "t1", "content": "a cat"}
    assert shown["content"][1] == IMAGE
    assert last == {"role": "user", "content": "Well?"}


def test_a_tool_use_block_that_tool_calls_repeat_is_sent_once(llm: ChatSeed, body: Body) -> None:
    block = {"type": "tool_use", "id": "t1", "name": "f", "input": {}}
    calls = [{"name": "f", "args": {}, "id": "t1"}]
    answer = AIMessage([block], tool_calls=calls)
    llm.invoke([HumanMessage("Hi"), answer, ToolMessage("ok", tool_call_id="t1")])
    assert len(body()["messages"][1]["tool_calls"]) == 1


@pytest.mark.parametrize(
    "url", ["file:///etc/hosts", "/etc/hosts", "hosts", "ftp://example.com/a.png", "javascript:1"]
)
@pytest.mark.parametrize(
    "form",
    [
        lambda url: {"type": "image", "url": url},
        lambda url: {"type": "video", "url": url},
        lambda url: {"type": "file", "url": url},
        lambda url: {"type": "image_url", "image_url": {"url": url}},
        lambda url: {"type": "video_url", "video_url": {"url": url}},
        lambda url: {"type": "image", "source": {"type": "url", "url": url}},
    ],
)
async def test_a_local_path_in_a_message_is_refused_and_never_read(
    llm: ChatSeed, emulator: Emulator, form: Any, url: str
) -> None:
    for message in (HumanMessage([form(url)]), ToolMessage([form(url)], tool_call_id="c")):
        with pytest.raises(MediaError, match="must begin with http"):
            llm.invoke([message])
    assert emulator.requests == []


def test_a_real_file_is_read_only_by_a_path_that_no_message_from_elsewhere_can_hold(
    llm: ChatSeed, body: Body, tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    said: list[dict[str, Any]] = [{"url": str(path)}, {"url": path.as_uri()}, {"path": str(path)}]
    for source in said:
        with pytest.raises(MediaError):
            llm.invoke([HumanMessage([{"type": "image", **source}])])
    llm.invoke([HumanMessage([{"type": "image", "path": path}])])
    assert body()["messages"][0]["content"] == [IMAGE]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "audio", "base64": "AAAA", "mime_type": "audio/wav"},
        {"type": "audio", "url": f"{AT}.wav"},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "file", "base64": "AAAA", "mime_type": "audio/mp3"},
    ],
)
async def test_audio_is_refused_with_what_to_do(
    llm: ChatSeed, emulator: Emulator, how: How, block: Any
) -> None:
    with pytest.raises(UnsupportedError, match=r"audio is not supported") as caught:
        await ask(llm, how, [HumanMessage([text_part("Hear:"), block])])
    assert isinstance(caught.value, ModelInvalidRequestError)
    assert emulator.requests == []


@pytest.mark.parametrize(
    "message",
    [
        HumanMessage([{"type": "hologram", "data": "x"}]),
        SystemMessage([{"type": "hologram", "data": "x"}]),
        ToolMessage([{"type": "hologram", "data": "x"}], tool_call_id="c"),
        AIMessage([{"type": "image", "url": f"{AT}.png"}]),
        FunctionMessage(content="x", name="f"),
        ChatMessage(content="x", role="oracle"),
    ],
    ids=lambda message: message.type,
)
async def test_what_cannot_be_sent_is_an_error_and_not_dropped(
    llm: ChatSeed, emulator: Emulator, message: BaseMessage
) -> None:
    with pytest.raises(ModelInvalidRequestError):
        llm.invoke([message])
    assert emulator.requests == []


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image"},
        {"type": "image", "base64": "not base64!", "mime_type": "image/png"},
        {"type": "image", "base64": "", "mime_type": "image/png"},
        {"type": "image", "base64": PDF64, "mime_type": "image/png"},
        {"type": "image", "base64": "Qk0AAA==", "mime_type": "image/bmp"},
        {"type": "image_url", "image_url": {}},
        {"type": "file", "base64": "UEsDBA==", "mime_type": "application/msword"},
        {"type": "text-plain", "url": f"{AT}.txt", "mime_type": "text/plain"},
        {"type": "text-plain", "base64": "/w==", "mime_type": "text/plain"},
    ],
)
async def test_media_that_cannot_be_used_is_an_error_before_sending(
    llm: ChatSeed, emulator: Emulator, block: Any
) -> None:
    with pytest.raises(MediaError):
        llm.invoke([HumanMessage([block])])
    assert emulator.requests == []


async def test_nothing_that_was_given_is_changed(llm: ChatSeed, how: How) -> None:
    blocks = [deepcopy(block) for block, _ in FORMS.values()]
    calls = [{"name": "f", "args": {"a": [1]}, "id": "c1"}]
    given: list[BaseMessage] = [
        SystemMessage([text_part("Be kind.")]),
        HumanMessage(deepcopy(blocks)),  # type: ignore[arg-type]  # the value is a parameter
        AIMessage(
            [text_part("So")], tool_calls=calls, additional_kwargs={"reasoning_content": "Hm"}
        ),
        ToolMessage(deepcopy(blocks), tool_call_id="c1"),  # type: ignore[arg-type]  # the value is a parameter
    ]
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    body = {"x": {"y": [1]}}
    before = deepcopy((given, tools, body))
    await ask(llm.bind_tools(tools), how, given, extra_body=body)
    assert (given, tools, body) == before


@pytest.mark.parametrize("thinking", ["enabled", "disabled"])
async def test_a_parsed_document_goes_back_so_that_it_is_not_parsed_again(
    llm: ChatSeed, body: Body, how: How, thinking: str
) -> None:
    asked = HumanMessage([text_part("See:"), FORMS["v1 file"][0]])
    first = await ask(llm, how, [asked], thinking=thinking)
    second = await ask(llm, how, [asked, first, HumanMessage("And?")], thinking=thinking)
    [note] = body()["messages"][1]["annotations"]
    assert note["type"] == "file"
    assert "annotations" not in second.additional_kwargs.get("seed", {})
    third = [asked, first, HumanMessage("And?"), second, HumanMessage("Well?")]
    assert (await ask(llm, how, third, thinking=thinking)).text


def test_chat_messages_and_names_are_sent(llm: ChatSeed, body: Body) -> None:
    llm.invoke(
        [
            ChatMessage(content="Be kind.", role="developer"),
            ChatMessage(content="Hi", role="user", name="Ann"),
            ChatMessage(content="Hello", role="assistant"),
            HumanMessage("And?", name="Bob"),
        ]
    )
    assert body()["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "name": "Ann", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "name": "Bob", "content": "And?"},
    ]


def test_bytes_in_a_block_are_sent(llm: ChatSeed, body: Body) -> None:
    from langchain_seed.blocks import part_of
    from seed_core.types import Bytes, Document, Video

    video = part_of({"type": "video", "base64": MP4})
    assert isinstance(video, Video)
    assert video.source == Bytes(MP4)
    document = part_of({"type": "file", "base64": PDF})
    assert isinstance(document, Document)

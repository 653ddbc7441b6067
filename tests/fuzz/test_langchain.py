"""Any message of LangChain's: a body that is JSON, or an error of ours; none is changed."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import strategies as st

pytest.importorskip("langchain_core", exc_type=ImportError)

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from langchain_seed.names import REASONING, REFUSAL, STATE
from langchain_seed.to_prompt import to_messages
from tests.fuzz.hostile import altered, keys_in, tried, values, words_in
from tests.fuzz.prompts import ENTRIES, NOT_TEXT, check_messages, check_odd, issuers

PNG = "iVBORw0KGgo="
WORDS = [
    "audio",
    "base64",
    "text/plain",
    "audio/wav",
    "video/mp4",
    "application/pdf",
    "https://a.example/a.png",
    "https://[a",
    "data:,",
    "data:image/png;base64," + PNG,
    PNG,
    "JVBERi0xLjQ=",
]
CONTENT: list[Any] = [
    "word",
    {"type": "text", "text": "word", "cache_control": {"type": "ephemeral"}},
    {"type": "text-plain", "text": "word", "title": "t", "mime_type": "text/plain"},
    {"type": "text-plain", "base64": "d29yZA==", "url": "https://a.example"},
    {"type": "json", "json": {"a": [1]}},
    {"type": "custom_tool_call_output", "output": "word"},
    {"type": "search_result", "title": "t", "source": "s", "content": [{"text": "word"}]},
    {"type": "image", "base64": PNG, "mime_type": "image/png", "extras": {"detail": "low"}},
    {"type": "image", "source": {"type": "base64", "data": PNG, "media_type": "image/png"}},
    {"type": "image", "source_type": "id", "id": "f", "path": None},
    {"type": "image_url", "image_url": {"url": "https://a.example/a.png", "detail": "low"}},
    {"type": "video", "url": "https://a.example/a.mp4"},
    {"type": "video_url", "video_url": "https://a.example/a.mp4"},
    {"type": "file", "file": {"file_data": "JVBERi0xLjQ=", "filename": "a.pdf"}},
    {"type": "file", "base64": "d29yZA==", "mime_type": "text/plain"},
    {"type": "document", "title": "t", "source": {"type": "text", "data": "word"}},
    {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "word"}]},
    {"type": "tool_result", "tool_use_id": "a", "content": "word", "is_error": True},
]
SPOKEN: list[Any] = [
    "word",
    {"type": "text", "text": "word", "annotations": [], "index": 0},
    {"type": "tool_use", "id": "a", "name": "look", "input": {"days": 3}},
    {"type": "reasoning", "reasoning": "word", "id": "r"},
    {"type": "refusal", "refusal": "word"},
    {"type": "non_standard", "value": {"refusal": "word"}},
    {"type": "thinking", "thinking": "word", "signature": "c2ln"},
]
REFUSED = (ValueError, TypeError, KeyError, AttributeError)
"""What LangChain raises at content that it does not take."""
CALL = {"name": "look", "args": {"days": 3}, "id": "a"}
BAD_CALL = {"name": "look", "args": "{", "id": "b", "error": "cut off"}
KNOWN = [CONTENT, SPOKEN, ENTRIES, CALL]
STRANGE = values(sorted(keys_in(KNOWN)), sorted(words_in(KNOWN) | set(WORDS))) | NOT_TEXT


def some_of(blocks: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(blocks), max_size=3)


@st.composite
def fields(draw: st.DrawFn) -> tuple[Any, dict[str, Any]]:
    """A kind of message, and what is in it."""
    said: dict[str, Any] = {"content": draw(some_of(CONTENT) | st.just("word"))}
    kind = draw(st.sampled_from([HumanMessage, SystemMessage, AIMessage, ToolMessage, ChatMessage]))
    if kind is ToolMessage:
        said |= {"tool_call_id": draw(st.sampled_from(["a", "b", ""])), "status": "error"}
    elif kind is ChatMessage:
        said["role"] = draw(st.sampled_from(["user", "ai", "developer", "novel"]))
    elif kind is AIMessage:
        said["content"] = draw(some_of(SPOKEN) | st.just("word"))
        said["tool_calls"] = draw(some_of([CALL, {**CALL, "id": "b"}, {**CALL, "id": None}]))
        said["invalid_tool_calls"] = draw(st.sampled_from([[], [BAD_CALL]]))
        state = {
            "issuer": draw(st.sampled_from(issuers())),
            "reasoning_details": draw(some_of(ENTRIES) | st.none()),
            "annotations": [{"type": "file", "file": {}}],
        }
        kwargs = {STATE: state, REASONING: "Hm", REFUSAL: "No"}
        said["additional_kwargs"] = {
            name: kwargs[name] for name in draw(st.sets(st.sampled_from(sorted(kwargs))))
        }
        said["response_metadata"] = draw(st.sampled_from([{}, {"model_provider": "seed"}]))
    return kind, said


@st.composite
def conversation(draw: st.DrawFn) -> list[BaseMessage]:
    """Messages that LangChain takes for such, with something wrong in most."""
    made: list[BaseMessage] = [HumanMessage("Hello")]
    for kind, said in draw(st.lists(fields(), min_size=1, max_size=3)):
        for _ in range(draw(st.integers(0, 3))):
            name = draw(st.sampled_from(sorted(said)))
            said[name] = draw(altered(said[name], STRANGE))
        with suppress(*REFUSED):
            made.append(kind(**said))
    return made


def any_messages(data: st.DataObject) -> None:
    messages = data.draw(conversation())
    check_messages(data, messages, to_messages)


def test_any_messages() -> None:
    tried(any_messages, 150)


@pytest.mark.slow
def test_any_messages_at_length() -> None:
    tried(any_messages, 600)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "blocks"),
    [(HumanMessage, CONTENT), (SystemMessage, CONTENT), (AIMessage, SPOKEN)],
    ids=["user", "system", "assistant"],
)
def test_one_odd_value_at_any_place_of_a_block(kind: Any, blocks: list[Any]) -> None:
    for block in blocks:
        check_odd(block, lambda odd: [HumanMessage("Hi"), kind([odd])], to_messages, REFUSED)


@pytest.mark.slow
@pytest.mark.parametrize("issuer", ["openrouter", "openrouter/messages", "openrouter/responses"])
def test_one_odd_value_at_any_place_of_what_goes_back(issuer: str) -> None:
    def said(state: Any) -> list[BaseMessage]:
        return [HumanMessage("Hi"), AIMessage("x", additional_kwargs={STATE: state})]

    for entry in ENTRIES:
        state = {"issuer": issuer, "reasoning_details": [entry], "annotations": [{"type": "file"}]}
        check_odd(state, said, to_messages, REFUSED)

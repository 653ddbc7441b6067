"""Any message of LlamaIndex's: a body that is JSON, or an error of ours; no message is changed."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import strategies as st

pytest.importorskip("llama_index.core", exc_type=ImportError)

from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from llamaindex_seed.history import repaired
from llamaindex_seed.names import ANNOTATIONS, DETAILS, ISSUER, REASONING, REFUSAL, TOOL_CALL_ID
from llamaindex_seed.names import TOOL_CALLS as MIRROR
from llamaindex_seed.to_prompt import to_messages, video_fps_of
from seed_core.types import Message
from tests.fuzz.hostile import altered, keys_in, tried, values, words_in
from tests.fuzz.prompts import ENTRIES, NOT_TEXT, check_messages, check_odd, issuers

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
INFO = {ISSUER: "openrouter", DETAILS: ENTRIES[:3], ANNOTATIONS: [{"type": "file", "file": {}}]}
MIRRORED = {"id": "a", "type": "function", "function": {"name": "look", "arguments": '{"days": 3}'}}
KWARGS = {
    MIRROR: [MIRRORED],
    REASONING: "Hm",
    REFUSAL: "word",
    TOOL_CALL_ID: "a",
    "name": "look",
}
BLOCKS: list[tuple[type[Any], dict[str, Any]]] = [
    (TextBlock, {"text": "word"}),
    (ImageBlock, {"image": PNG, "image_mimetype": "image/png", "detail": "low"}),
    (ImageBlock, {"url": "https://a.example/a.png"}),
    (VideoBlock, {"url": "https://a.example/a.mp4", "fps": 2}),
    (VideoBlock, {"video": b"nothing", "fps": 10**400}),
    (DocumentBlock, {"data": b"word", "title": "a.txt"}),
    (DocumentBlock, {"data": b"%PDF-1.4", "document_mimetype": "application/pdf"}),
    (DocumentBlock, {"url": "https://[a/%ff"}),
    (AudioBlock, {"audio": b"RIFF"}),
    (CachePoint, {"cache_control": CacheControl(type="ephemeral", ttl="5m")}),
    (CitableBlock, {"title": "t", "source": "s", "content": [TextBlock(text="word")]}),
    (
        CitationBlock,
        {
            "cited_content": TextBlock(text="word"),
            "source": "s",
            "title": "t",
            "additional_location_info": {},
        },
    ),
    (ThinkingBlock, {"content": "Hm", "additional_information": INFO}),
    (ThinkingBlock, {"content": "Hm", "additional_information": {"signature": "x"}}),
    (ToolCallBlock, {"tool_call_id": "a", "tool_name": "look", "tool_kwargs": {"days": 3}}),
    (ToolCallBlock, {"tool_name": "look", "tool_kwargs": '{"days"'}),
]
KNOWN = [KWARGS, INFO, ENTRIES]
STRANGE = values(sorted(keys_in(KNOWN)), sorted(words_in(KNOWN))) | NOT_TEXT


@st.composite
def block(draw: st.DrawFn) -> Any:
    """A block that LlamaIndex takes for one, with something wrong in many."""
    kind, fields = draw(st.sampled_from(BLOCKS))
    if "additional_information" in fields:
        state = dict(fields["additional_information"])
        if ISSUER in state:
            state[ISSUER] = draw(st.sampled_from(issuers()))
            state[DETAILS] = draw(st.lists(st.sampled_from(ENTRIES), max_size=3) | st.none())
        fields = {**fields, "additional_information": state}
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(sorted(fields)))
        value = fields[name]
        strange = altered(value, STRANGE) if isinstance(value, (dict, str)) else STRANGE
        changed = {**fields, name: draw(strange)}
        with suppress(ValueError, TypeError, AttributeError):  # LlamaIndex refuses it
            kind(**changed)
            fields = changed
    return kind(**fields)


@st.composite
def message(draw: st.DrawFn) -> ChatMessage:
    """A message that LlamaIndex takes for one, with something wrong in many."""
    names = draw(st.sets(st.sampled_from(sorted(KWARGS))))
    kwargs = {name: KWARGS[name] for name in names}
    if draw(st.booleans()):
        kwargs = draw(altered(kwargs, STRANGE).filter(lambda one: isinstance(one, dict)))
    blocks = draw(st.lists(block(), max_size=3))
    role = draw(st.sampled_from(list(MessageRole)))
    with suppress(ValueError):
        return ChatMessage(role=role, blocks=blocks, additional_kwargs=kwargs)
    return ChatMessage(role=role, blocks=blocks)


def any_messages(data: st.DataObject) -> None:
    begin = ChatMessage(role="user", content="Hello")
    messages = [begin, *data.draw(st.lists(message(), min_size=1, max_size=3))]
    mended = data.draw(st.booleans())

    def read(messages: list[ChatMessage]) -> tuple[Message, ...]:
        video_fps_of(messages)
        turns = to_messages(messages)
        return repaired(turns) if mended else turns

    check_messages(data, messages, read)


def test_any_messages() -> None:
    tried(any_messages, 150)


@pytest.mark.slow
def test_any_messages_at_length() -> None:
    tried(any_messages, 500)


HELLO = ChatMessage(role="user", content="Hello")
REFUSED = (ValueError, TypeError, AttributeError)
"""What LlamaIndex raises at a block that it does not take."""


@pytest.mark.slow
@pytest.mark.parametrize("role", ["user", "assistant"])
def test_one_odd_value_at_any_place_of_a_block(role: str) -> None:
    for kind, fields in BLOCKS:
        for name, value in fields.items():

            def said(odd: Any, kind: Any = kind, fields: Any = fields, name: str = name) -> Any:
                return [HELLO, ChatMessage(role=role, blocks=[kind(**{**fields, name: odd})])]

            check_odd(value, said, to_messages, REFUSED)


@pytest.mark.slow
@pytest.mark.parametrize("role", ["assistant", "tool"])
def test_one_odd_value_at_any_place_beside_the_blocks(role: str) -> None:
    def said(odd: Any) -> Any:
        return [HELLO, ChatMessage(role=role, content="x", additional_kwargs=odd)]

    check_odd(KWARGS, said, to_messages, REFUSED)

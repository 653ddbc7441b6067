"""A message may come from anywhere: no text, address or JSON in it opens a file of this machine."""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("langchain_core", exc_type=ImportError)

from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage, messages_from_dict
from langchain_core.messages import message_to_dict as to_dict

from langchain_seed import ChatSeed
from langchain_seed.to_prompt import to_messages
from seed_core.emulator import Answer, Emulator, ToolUse
from seed_core.errors import ConfigurationError, MediaError
from tests.security.opening import PICTURE, opened

KEY = "sk-or-v1-0123456789abcdef"
Block = dict[str, Any]
ENTRIES: dict[str, Callable[[str], Block]] = {
    "image": lambda said: {"type": "image", "url": said},
    "image with a kind": lambda said: {"type": "image", "url": said, "mime_type": "image/png"},
    "image of v0": lambda said: {"type": "image", "source_type": "url", "url": said},
    "image of Anthropic": lambda said: {"type": "image", "source": {"type": "url", "url": said}},
    "image_url": lambda said: {"type": "image_url", "image_url": {"url": said}},
    "image_url alone": lambda said: {"type": "image_url", "image_url": said},
    "video": lambda said: {"type": "video", "url": said},
    "video_url": lambda said: {"type": "video_url", "video_url": {"url": said}},
    "file": lambda said: {"type": "file", "url": said},
    "file that is a picture": lambda said: {"type": "file", "url": said, "mime_type": "image/png"},
    "file of OpenAI": lambda said: {"type": "file", "file": {"file_data": said}},
    "document": lambda said: {"type": "document", "source": {"type": "url", "url": said}},
    "path of an image": lambda said: {"type": "image", "path": said},
    "path of a video": lambda said: {"type": "video", "path": said},
    "path of a file": lambda said: {"type": "file", "path": said},
    "path of a document": lambda said: {"type": "document", "path": said},
    "base64": lambda said: {"type": "image", "base64": said, "mime_type": "image/png"},
    "data": lambda said: {
        "type": "image",
        "source_type": "base64",
        "data": said,
        "mime_type": "image/png",
    },
    "audio": lambda said: {"type": "audio", "url": said},
    "input_audio": lambda said: {"type": "input_audio", "input_audio": {"data": said}},
    "plain text": lambda said: {"type": "text-plain", "url": said, "mime_type": "text/plain"},
}
ADDRESSES = (
    "{path}",
    "file://{path}",
    "FILE://{path}",
    "file:{path}",
    " file://{path}",
    "\tfile://{path}",
    "file://localhost{path}",
    "http:{path}",
    "http://{path}",
    "https:///{path}",
    "http:\\\\{path}",
    "//127.0.0.1{path}",
    "~/{path}",
    "ftp://127.0.0.1{path}",
    "smb://127.0.0.1{path}",
    "\\\\127.0.0.1{path}",
    "jar:file://{path}!/a",
    "view-source:file://{path}",
    "javascript:{path}",
    "data:image/png,{path}",
    "data:{path}",
)
WRAPPED: dict[str, Callable[[Block], BaseMessage]] = {
    "user": lambda block: HumanMessage([block]),
    "tool": lambda block: ToolMessage([block], tool_call_id="c"),
    "tool of Anthropic": lambda block: HumanMessage(
        [{"type": "tool_result", "tool_use_id": "c", "content": [block]}]
    ),
}


@pytest.fixture
def llm(emulator: Emulator) -> ChatSeed:
    return ChatSeed(provider="openrouter", api_key=KEY, base_url=emulator.url("openrouter"))


@pytest.mark.parametrize("entry", ENTRIES)
def test_no_block_opens_a_file(llm: ChatSeed, emulator: Emulator, secret: Path, entry: str) -> None:
    for address in ADDRESSES:
        block = ENTRIES[entry](address.format(path=secret))
        for wrapped in WRAPPED.values():
            with opened() as names, pytest.raises((MediaError, ConfigurationError)):
                to_messages([HumanMessage("Hi"), wrapped(block)])
            assert str(secret) not in names
    for wrapped in WRAPPED.values():
        block = ENTRIES[entry](f"file://{secret}")
        with opened() as names, pytest.raises((MediaError, ConfigurationError)):
            llm.invoke([wrapped(block)])
        assert str(secret) not in names
    assert emulator.requests == []


@pytest.mark.parametrize("entry", ["image", "image_url", "video", "video_url"])
def test_a_data_url_of_another_kind_is_refused(entry: str) -> None:
    for mime in ("text/html", "application/pdf", "audio/mpeg", "image/svg+xml;charset=x,"):
        block = ENTRIES[entry](f"data:{mime};base64,PGI+")
        with pytest.raises(MediaError):
            to_messages([HumanMessage([block])])


@pytest.mark.parametrize("entry", ["image", "image with a kind", "image_url", "data"])
def test_a_data_url_is_as_large_as_the_host_takes(emulator: Emulator, entry: str) -> None:
    llm = ChatSeed(provider="byteplus", api_key="ark-key", base_url=emulator.url("byteplus"))
    data = b64encode(b"\x89PNG\r\n\x1a\n" + bytes(10 * 1024 * 1024)).decode()
    block = ENTRIES[entry](data if entry == "data" else f"data:image/png;base64,{data}")
    for wrapped in WRAPPED.values():
        with pytest.raises(MediaError, match="images of at most 10,485,760 bytes"):
            llm.invoke([HumanMessage("Hi"), wrapped(block)])
    assert emulator.requests == []


def test_a_path_does_not_come_through_json(llm: ChatSeed, emulator: Emulator, secret: Path) -> None:
    """The caller's own `pathlib.Path` is read; the same message from a store is not."""
    said = HumanMessage([{"type": "image", "path": secret}])
    with opened() as names:
        llm.invoke([said])
    assert str(secret) in names
    assert b64encode(PICTURE).decode() in json.dumps(emulator.requests[-1].body)
    emulator.clear()
    for again in (
        messages_from_dict(json.loads(json.dumps([to_dict(said)], default=str)))[0],
        HumanMessage(**json.loads(json.dumps(said.model_dump(), default=str))),
    ):
        with opened() as names, pytest.raises((MediaError, ConfigurationError, ValueError)):
            llm.invoke([again])
        assert str(secret) not in names
    assert emulator.requests == []


@pytest.mark.parametrize("said", ["file://{path}", "{path}", "![](file://{path})", "data:{path}"])
def test_a_text_is_a_text(llm: ChatSeed, emulator: Emulator, secret: Path, said: str) -> None:
    text = said.format(path=secret)
    with opened() as names:
        llm.invoke([HumanMessage(text), HumanMessage([{"type": "text", "text": text}])])
    assert str(secret) not in names
    assert text in json.dumps(emulator.requests[-1].body)


@pytest.mark.parametrize(
    "said",
    [
        "__import__('os').system('touch {path}')",
        "!!python/object/apply:os.system ['touch {path}']",
        "NaN",
        "[" * 5000,
        '{{"a": ' * 5000,
    ],
)
def test_arguments_of_a_model_are_data(
    emulator: Emulator, llm: ChatSeed, tmp_path: Path, said: str
) -> None:
    path = tmp_path / "touched"
    emulator.script(Answer(tool_calls=[ToolUse("f", said.format(path=path))]))
    tool = {"name": "f", "description": "", "parameters": {"type": "object", "properties": {}}}
    message = llm.bind_tools([tool]).invoke("Hi")
    assert message.tool_calls == []
    assert [call["name"] for call in message.invalid_tool_calls] == ["f"]
    assert not path.exists()

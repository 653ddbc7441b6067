"""What can be said for fal alone: its headers, its storage, its keys."""

import pickle
from typing import Any

import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import HumanMessage

from langchain_seed import ChatSeed
from seed_core import ConfigurationError
from seed_core.emulator import Emulator
from tests.langchain.asking import How, Make, ask
from tests.langchain.samples import KEY, MP4, MP464, PNG, PNG64, PNG_URL
from tests.posted import posts
from tests.rows import Row

SYNC, QUEUE = Row("fal", "sync"), Row("fal", "queue")
CHAT = Row("openrouter", "chat")
MINI = "fal-ai/bytedance/seed/v2/mini"
fals = pytest.mark.parametrize("row", [SYNC, QUEUE], ids=str)

# --- fields and files ------------------------------------------------------------------


async def test_its_own_fields_go_into_headers_and_body(
    at: Make, emulator: Emulator, how: How
) -> None:
    own = {"priority": "low", "request_timeout": 30, "no_retry": True}
    llm = at(QUEUE, fal={**own, "a_field": 1})
    await ask(llm, how, "Hello")
    await ask(llm, how, "Hello", fal={"priority": "normal", "no_retry": False, "store_io": False})
    await ask(at(QUEUE), how, "Hello", fal=own)
    names = [
        f"x-fal-{name}" for name in ("queue-priority", "request-timeout", "no-retry", "store-io")
    ]
    first, second, third = ([seen.headers.get(name) for name in names] for seen in posts(emulator))
    assert first == third == ["low", "30", "1", None]
    assert second == ["normal", "30", None, "0"]
    assert [seen.body.get("a_field") for seen in posts(emulator)] == [1, 1, None]
    assert all(not own.keys() & seen.body.keys() for seen in posts(emulator))


@pytest.mark.parametrize(
    ("row", "own", "match"),
    [
        (SYNC, {"priority": "low"}, "say api='queue'"),
        (QUEUE, {"priority": "high"}, "'normal' or 'low'"),
        (QUEUE, {"request_timeout": 1}, "more than 1"),
        (QUEUE, {"no_retry": "yes"}, "True or False"),
    ],
)
async def test_what_its_headers_cannot_say_is_refused(
    at: Make, emulator: Emulator, how: How, row: Row, own: dict[str, Any], match: str
) -> None:
    with pytest.raises(ModelInvalidRequestError, match=match):
        await ask(at(row, fal=own), how, "Hello")
    assert emulator.requests == []


@pytest.mark.parametrize("api", ["sync", "queue"])
async def test_local_media_is_uploaded_first(emulator: Emulator, how: How, api: str) -> None:
    llm = ChatSeed(provider=emulator.provider("fal", api=api), upload="always")
    picture = {"type": "image", "base64": PNG64, "mime_type": "image/png"}
    clip = {"type": "video", "base64": MP464, "mime_type": "video/mp4"}
    away = {"type": "image", "url": "https://example.com/a.png"}
    see = {"type": "text", "text": "See"}
    message = await ask(llm, how, [HumanMessage([see, picture, clip, away])])
    stored = emulator.stored_files
    assert [(file.content_type, file.size) for file in stored] == [
        ("image/png", len(PNG)),
        ("video/mp4", len(MP4)),
    ]
    [seen] = posts(emulator)
    assert seen.body["image_urls"] == [stored[0].url, "https://example.com/a.png"]
    assert seen.body["video_urls"] == [stored[1].url]
    assert "image/png" in message.text
    # What is small is sent as it is, unless it is said otherwise.
    plain = llm.model_copy(update={"upload": None})
    await ask(plain, how, [HumanMessage([see, picture])])
    assert posts(emulator)[-1].body["image_urls"] == [PNG_URL]
    await ask(plain, how, [HumanMessage([see, picture])], upload="always")
    assert len(emulator.stored_files) == 3


def test_an_upload_needs_the_hosts_own_storage(at: Make, emulator: Emulator) -> None:
    picture = {"type": "image", "base64": PNG64, "mime_type": "image/png"}
    asked = [HumanMessage([{"type": "text", "text": "See"}, picture])]
    with pytest.raises(ModelInvalidRequestError, match="base_url= is another address"):
        at(SYNC, upload="always").invoke(asked)
    with pytest.raises(ModelInvalidRequestError, match="does not support upload"):
        at(CHAT, upload="always").invoke(asked)
    assert emulator.requests == []


# --- keys -----------------------------------------------------------------------------------------

PAIR = {"FAL_KEY_ID": "an-id", "FAL_KEY_SECRET": "a-secret"}


@pytest.mark.parametrize(
    ("environment", "key"),
    [
        ({"FAL_KEY": " an-id:a-secret "}, "an-id:a-secret"),
        (PAIR, "an-id:a-secret"),
        ({**PAIR, "FAL_KEY": "another"}, "another"),
    ],
)
@fals
async def test_the_key_is_found_in_the_environment(
    row: Row,
    emulator: Emulator,
    how: How,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    key: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    where = {"provider": row.value, "api": row.api, "base_url": emulator.url("fal", row.api)}
    llm = ChatSeed(**where)
    await ask(llm, how, "Hello")
    assert {seen.headers["authorization"] for seen in emulator.requests} == {f"Key {key}"}
    again = pickle.loads(pickle.dumps(llm))
    assert again.invoke("Hello").text
    assert emulator.requests[-1].headers["authorization"] == f"Key {key}"
    assert "a-secret" not in f"{llm!r} {llm.model_dump()} {llm.asdict()}"


def test_half_a_key_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY_ID", "an-id")
    with pytest.raises(ModelInvalidRequestError, match="set FAL_KEY or FAL_KEY_ID and FAL_KEY_SEC"):
        ChatSeed(provider="fal").invoke("Hello")


def test_without_a_provider_fal_is_asked_where_its_key_alone_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ConfigurationError, match="FAL_KEY"):
        ChatSeed()
    for name, value in PAIR.items():
        monkeypatch.setenv(name, value)
    llm = ChatSeed()
    assert (llm.host.name, llm.host.api_name, llm.model_name) == ("fal", "sync", MINI)
    assert llm.host.url == f"https://fal.run/{MINI}"
    assert ChatSeed(api="queue").host.url == f"https://queue.fal.run/{MINI}"
    chat = ChatSeed(api="chat")
    assert chat.host.url == "https://fal.run/openrouter/router/openai/v1/chat/completions"
    assert chat.model_name == CHAT.model
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    assert ChatSeed().host.name == "openrouter"

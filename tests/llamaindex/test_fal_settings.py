"""What can be said for fal alone: its headers, its storage, its keys; and what it is shown."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock, VideoBlock
from llama_index.core.schema import ImageNode

from llamaindex_seed import SeedLLM, SeedMultiModal
from seed_core import ConfigurationError, MediaError, resolve
from seed_core.emulator import Answer, Emulator
from tests.llamaindex.asking import CHATS, METHODS, call
from tests.llamaindex.at_fal import CHAT, QUEUE, SYNC, fals
from tests.llamaindex.conftest import Make
from tests.llamaindex.samples import KEY, MP4, PNG, PNG64, PNG_URL, Film, user
from tests.posted import posts
from tests.rows import Row

MINI = "fal-ai/bytedance/seed/v2/mini"
PAIR = {"FAL_KEY_ID": "an-id", "FAL_KEY_SECRET": "a-secret"}
methods = pytest.mark.parametrize("method", METHODS)
chats = pytest.mark.parametrize("method", CHATS)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A short film in a file."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(MP4)
    return path


# --- its own fields -------------------------------------------------------------------------------


@methods
async def test_its_own_fields_go_into_headers_and_body(
    method: str, at: Make, emulator: Emulator
) -> None:
    own = {"priority": "low", "request_timeout": 30, "no_retry": True}
    llm = at(QUEUE, fal={**own, "a_field": 1})
    await call(llm, method)
    await call(llm, method, fal={"priority": "normal", "no_retry": False, "store_io": False})
    await call(at(QUEUE), method, fal=own)
    names = ("queue-priority", "request-timeout", "no-retry", "store-io")
    first, second, third = (
        [seen.headers.get(f"x-fal-{name}") for name in names] for seen in posts(emulator)
    )
    assert first == third == ["low", "30", "1", None]
    assert second == ["normal", "30", None, "0"]
    assert [seen.body.get("a_field") for seen in posts(emulator)] == [1, 1, None]
    assert not any(own.keys() & seen.body.keys() for seen in posts(emulator))
    assert SeedLLM.from_dict(llm.to_dict()).fal == {**own, "a_field": 1}


async def test_they_hold_for_objects_and_stay_away_from_other_hosts(
    at: Make, emulator: Emulator
) -> None:
    text = '{"title": "Alien", "year": 1979}'
    llm = at(SYNC, CHAT, max_retries=0, fal={"runner_hint": "a", "a_field": 1})
    emulator.script(Answer(text="No."), Answer(text=text), host="fal")
    response: Any = await llm.as_structured_llm(Film).achat([user()])
    assert response.raw == Film(title="Alien", year=1979)
    assert [seen.headers["x-fal-runner-hint"] for seen in posts(emulator)] == ["a", "a"]
    await at(CHAT, fal={"runner_hint": "a", "a_field": 1}).achat([user()])
    assert "a_field" not in posts(emulator)[-1].body
    assert "x-fal-runner-hint" not in posts(emulator)[-1].headers


@pytest.mark.parametrize(
    ("row", "own", "words"),
    [
        (SYNC, {"priority": "low"}, "say api='queue'"),
        (QUEUE, {"priority": "high"}, "'normal' or 'low'"),
        (QUEUE, {"request_timeout": 1}, "more than 1"),
        (QUEUE, {"no_retry": "yes"}, "True or False"),
    ],
)
@methods
async def test_what_its_headers_cannot_say_is_refused(
    method: str, row: Row, own: dict[str, Any], words: str, at: Make, emulator: Emulator
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        await call(at(row, fal=own), method)
    assert emulator.requests == []


# --- media ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("api", ["sync", "queue"])
@chats
async def test_local_media_is_uploaded_first(
    method: str, api: str, emulator: Emulator, clip: Path
) -> None:
    llm = SeedLLM(provider=emulator.provider("fal", api=api), upload="always")
    see = TextBlock(text="See")
    away = ImageBlock(url="https://example.com/a.png")
    asked = [ChatMessage(blocks=[see, ImageBlock(image=PNG), VideoBlock(path=clip), away])]
    last = (await call(llm, method, asked))[-1]
    stored = emulator.stored_files
    assert [(file.content_type, file.size) for file in stored] == [
        ("image/png", len(PNG)),
        ("video/mp4", len(MP4)),
    ]
    [seen] = posts(emulator)
    assert seen.body["image_urls"] == [stored[0].url, "https://example.com/a.png"]
    assert seen.body["video_urls"] == [stored[1].url]
    assert "1 video (video/mp4" in last.message.content
    # What is small is sent as it is, unless it is said otherwise.
    plain = llm.model_copy(update={"upload": None})
    picture = [ChatMessage(blocks=[see, ImageBlock(image=PNG)])]
    await call(plain, method, picture)
    assert posts(emulator)[-1].body["image_urls"] == [PNG_URL]
    await call(plain, method, picture, upload="always")
    assert len(emulator.stored_files) == 3


def test_an_upload_needs_the_hosts_own_storage(at: Make, emulator: Emulator) -> None:
    asked = [ChatMessage(blocks=[TextBlock(text="See"), ImageBlock(image=PNG)])]
    with pytest.raises(ConfigurationError, match="base_url= is another address"):
        at(SYNC, upload="always").chat(asked)
    with pytest.raises(ConfigurationError, match="does not support upload"):
        at(CHAT, upload="always").chat(asked)
    assert emulator.requests == []


@fals
@methods
async def test_the_multimodal_class_shows_pictures_and_films(
    row: Row, method: str, emulator: Emulator, clip: Path
) -> None:
    llm = SeedMultiModal(**row.settings(emulator))
    shown = [ImageNode(image=PNG64), VideoBlock(path=clip)]
    what = "What is it?" if "complete" in method else [user("What is it?")]
    last = (await call(llm, method, what, image_documents=shown))[-1]
    said = last.text if "complete" in method else last.message.content
    assert "1 image (image/png" in said
    assert "1 video (video/mp4" in said
    body = posts(emulator)[-1].body
    assert (body["prompt"], body["image_urls"]) == ("What is it?", [PNG_URL])
    assert body["video_urls"][0].startswith("data:video/mp4;base64,")


async def test_earlier_pictures_stay_in_their_turns(at: Make, emulator: Emulator) -> None:
    first = ChatMessage(blocks=[TextBlock(text="See"), ImageBlock(image=PNG)])
    llm = at(SYNC)
    seen = (await llm.achat([first])).message
    await llm.achat([first, seen, user("And now?")])
    body = posts(emulator)[-1].body
    assert body["messages"][0]["content"][1] == {"type": "image_url", "image_url": {"url": PNG_URL}}
    assert body["prompt"] == "And now?"
    assert "image_urls" not in body


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ([ImageBlock(image=PNG)] * 7, "image"),
        ([VideoBlock(video=MP4)] * 4, "video"),
        ([ImageBlock(image=b"GIF89a" + bytes(20))], "image/gif"),
    ],
    ids=["seven pictures", "four films", "a gif"],
)
async def test_what_the_host_would_ignore_or_refuse_is_an_error(
    blocks: list[Any], words: str, at: Make, emulator: Emulator
) -> None:
    with pytest.raises(MediaError, match=words):
        await at(SYNC).achat([ChatMessage(blocks=[TextBlock(text="See"), *blocks])])
    assert emulator.requests == []


# --- keys and addresses ---------------------------------------------------------------------------


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
    environment: dict[str, str],
    key: str,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    where: Any = {"provider": row.value, "api": row.api, "base_url": emulator.url("fal", row.api)}
    llm = SeedLLM(**where)
    assert (await llm.acomplete("Hello")).text
    assert pickle.loads(pickle.dumps(llm)).complete("Hello").text
    assert {seen.headers["authorization"] for seen in emulator.requests} == {f"Key {key}"}
    assert "a-secret" not in f"{llm!r} {llm.to_dict()} {llm.to_json()} {llm.model_dump()}"


def test_half_a_key_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY_ID", "an-id")
    with pytest.raises(ConfigurationError, match="set FAL_KEY or FAL_KEY_ID and FAL_KEY_SECRET"):
        SeedLLM(provider="fal").complete("Hello")


def test_without_a_provider_fal_is_asked_where_its_key_alone_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ConfigurationError, match="FAL_KEY"):
        SeedLLM()
    for name, value in PAIR.items():
        monkeypatch.setenv(name, value)
    llm = SeedLLM()
    assert (llm.host.name, llm.host.api_name, llm.metadata.model_name) == ("fal", "sync", MINI)
    assert llm.host.url == f"https://fal.run/{MINI}"
    assert SeedLLM(api="queue").host.url == f"https://queue.fal.run/{MINI}"
    chat = SeedLLM(api="chat")
    assert chat.host.url == "https://fal.run/openrouter/router/openai/v1/chat/completions"
    assert chat.metadata.model_name == CHAT.model
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    assert SeedLLM().host.name == "openrouter"


@pytest.mark.parametrize("api", ["sync", "queue", "chat"])
def test_its_own_addresses_come_back_and_the_storage_with_them(
    api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAL_KEY", "an-id:a-secret")
    value = resolve("fal", api=api, api_key="of-the-user")
    said: dict[str, Any] = {"provider": "fal", "api": api}
    for llm in (SeedLLM(**said), SeedLLM(provider=value), SeedLLM(provider=said)):
        for again in (
            SeedLLM.from_dict(json.loads(json.dumps(llm.to_dict()))),
            pickle.loads(pickle.dumps(llm)),
        ):
            assert again.host.url == value.url
            assert again.host.addresses == value.addresses
            assert again.host.addresses["storage"] == "https://rest.fal.ai"

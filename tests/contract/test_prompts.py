"""What a prompt may hold beside text: a wanted form, pictures, clips, documents, web search."""

import json
from dataclasses import replace

import pytest

from seed_core.capabilities import Feature, kind_of
from seed_core.emulator import Answer, Emulator
from seed_core.errors import UnsupportedError
from seed_core.providers import who_can
from seed_core.types import FileId, JsonObject, Media, Message, Prompt, Text, ToolCall, ToolResult
from tests.contract.prompts import MEDIA, PERSON, WEATHER, asking
from tests.contract.rows import Way, last
from tests.core.calling import Outcome


def refuses(outcome: Outcome, feature: Feature, way: Way, emulator: Emulator) -> None:
    """It was said before anything was sent what cannot be done here, and who can."""
    error = outcome.failure(UnsupportedError)
    able = who_can(feature)
    assert f"{way.row.provider} does not support {feature}" in str(error)
    assert (", ".join(able) + " can" if able else "no built-in provider can") in str(error)
    assert error.provider == way.row.provider
    assert emulator.requests == []


def test_a_schema_goes_out_and_its_object_comes_back(emulator: Emulator, way: Way) -> None:
    prompt = asking('Ada is 36 years old. Give "name" and age.', response_format=PERSON)
    text = way.ask(emulator, prompt=prompt).reply.text
    # In a field of its own, or in words.
    schema = json.dumps(PERSON.schema, separators=(",", ":"))
    native = way.row.has("json_schema") is not False
    assert (schema if native else json.dumps(schema)[1:-1]) in last(emulator).raw.decode()
    # Where nobody knows whether a host heeds it, the answer is what the host says.
    if way.row.serves("json_schema"):
        assert set(json.loads(text)) == {"name", "age"}
        assert isinstance(json.loads(text)["age"], int)


def test_any_object_can_be_asked_for(emulator: Emulator, way: Way) -> None:
    prompt = asking('As json with "name", please.', response_format=JsonObject())
    assert set(json.loads(way.ask(emulator, prompt=prompt).reply.text)) == {"name"}
    native = way.row.has("json_object") is not False
    assert (b'"json_object"' if native else b"JSON object") in last(emulator).raw


@pytest.mark.parametrize("name", MEDIA)
def test_media_is_shown_or_refused(emulator: Emulator, way: Way, name: str) -> None:
    media = MEDIA[name]
    kind = kind_of(media)
    outcome = way.ask(emulator, prompt=asking("What is it?", media))
    if way.row.has(kind) is False:
        refuses(outcome, kind, way, emulator)
        return
    assert f"I was shown 1 {kind}" in outcome.reply.text
    shown = outcome.reply.text.partition("I was shown")[2]
    assert ("a.example" in shown) == ("URL" in name)
    if "URL" not in name:
        assert f"{media.mime}, " in shown


def test_all_media_at_once(emulator: Emulator, way: Way) -> None:
    able = [
        MEDIA[kind] for kind in ("image", "video", "document") if way.row.has(kind) is not False
    ]
    reply = way.ask(emulator, prompt=asking(able[0], "and", *able, "What is it?")).reply
    assert "2 images" in reply.text
    assert all(f"1 {kind_of(media)}" in reply.text for media in able[1:])


@pytest.mark.parametrize("kind", ["image", "document"])
def test_media_of_a_tools_result_is_shown(emulator: Emulator, way: Way, kind: str) -> None:
    media: Media = MEDIA[kind]
    call = ToolCall("call_1", "get_weather", '{"city":"Paris"}')
    turns = (
        Message("user", (Text("Show me"),)),
        Message("assistant", (call,)),
        Message("tool", (ToolResult("call_1", (Text("Here it is"), media), "get_weather"),)),
    )
    outcome = way.ask(emulator, prompt=Prompt(turns, (WEATHER,), "none"))
    if way.row.has(media_kind := kind_of(media)) is False:
        refuses(outcome, media_kind, way, emulator)
        return
    assert f"1 {kind}" in outcome.reply.text
    assert b"Here it is" in last(emulator).raw


def test_the_id_of_an_uploaded_file_goes_out_as_it_is(emulator: Emulator, way: Way) -> None:
    picture = replace(MEDIA["image"], source=FileId("file-abc"))
    outcome = way.ask(emulator, prompt=asking(picture))
    if way.row.has("file_id") is False:
        refuses(outcome, "file_id", way, emulator)
        return
    # The emulated hosts refuse it all the same, as they know no such file.
    assert b'"file-abc"' in last(emulator).raw


CITED = {
    "type": "url_citation",
    "url_citation": {"url": "https://a.example/news", "title": "News", "content": "It rains."},
}
TELLS_SEARCHES = {
    ("openrouter", "chat"),
    ("openrouter", "responses"),
    ("empiriolabs", "chat"),
    ("volcengine", "responses"),
}
"""Where the emulated usage counts the searches."""


def test_the_web_is_searched_or_that_is_refused(emulator: Emulator, way: Way) -> None:
    answer = Answer(text="It rains.", annotations=[CITED])
    outcome = way.ask(emulator, answer, prompt=asking("News?", web_search=True))
    if way.row.has("web_search") is False:
        refuses(outcome, "web_search", way, emulator)
        return
    reply = outcome.reply
    assert b"web_search" in last(emulator).raw
    assert [(cited.url, cited.title) for cited in reply.citations] == [
        ("https://a.example/news", "News")
    ]
    assert reply.finish is not None
    assert reply.finish.usage is not None
    if (way.row.provider, way.row.api) in TELLS_SEARCHES:
        assert sum(reply.finish.usage.tool_usage.values()) >= 1

"""`SeedEmulator`: the emulator in the place of the hosts, what it saw, and how it fails a test."""

import os
import sys
from dataclasses import replace

import pytest

from seed_core import (
    Client,
    Message,
    Options,
    Prompt,
    RateLimitError,
    Retry,
    SeedanceTask,
    Text,
    Tool,
    VideoClient,
    resolve,
)
from seed_core.emulator import Answer, Emulator, Fault
from seed_core.providers import PROVIDERS
from seed_core.testing import KEY, Said, SeedEmulator
from seed_core.types import ToolCall, ToolResult
from seed_core.videos.runware import BASE_URL

WEATHER = Tool("get_weather", "Tell the weather.", {"type": "object", "properties": {}})
WIRES = [
    (name, api) for name, row in PROVIDERS.items() for api in row.wires if name != "compatible"
]


@pytest.fixture
def seed_emulator():
    with SeedEmulator() as emulator:
        yield emulator


def prompt(*messages, model=None, **more):
    turns = tuple(Message(role, (Text(text),)) for role, text in messages)
    return Prompt(turns, model=model, **more)


def ask(text, provider="openrouter", **more):
    return Client(provider, retry=Retry(max_retries=0)).call(prompt(("user", text), **more))


# ------------------------------------------------------------------------------ who is reached


@pytest.mark.parametrize(("name", "api"), WIRES)
def test_every_wire_of_every_host_reaches_it_and_reads_alike(seed_emulator, name, api):
    batch = {"model": "ep-20260101"} if api == "batch" else {}
    asked = prompt(
        ("system", "Be brief."), ("user", "Weather in Lisbon?"), tools=(WEATHER,), **batch
    )
    seed_emulator.script(Answer(text="Rain."), host=name)
    assert Client({"provider": name, "api": api}).call(asked).text == "Rain."
    seen = seed_emulator.last_request
    assert seen.host == name
    assert seen.model == (batch.get("model") or resolve(name, api=api).model)
    assert seen.tools == ("get_weather",)
    assert [said.role for said in seen.messages] == ["system", "user"]
    assert seen.messages[0].text.startswith("Be brief.")
    assert seen.messages[1] == Said("user", "Weather in Lisbon?") == ("user", "Weather in Lisbon?")
    assert KEY in seen.headers.get("authorization", "") + seen.headers.get("x-api-key", "")
    seed_emulator.assert_called(times=1, host=name)
    seed_emulator.assert_no_more_requests()


@pytest.mark.parametrize(("name", "api"), WIRES)
def test_the_result_of_a_tool_reads_alike(seed_emulator, name, api):
    if api == "batch":
        return
    call = Message("assistant", (ToolCall("call_1", "get_weather", "{}"),))
    result = Message("tool", (ToolResult("call_1", (Text("21 degrees"),), "get_weather"),))
    asked = prompt(("user", "Weather in Lisbon?"), tools=(WEATHER,))
    Client({"provider": name, "api": api}).call(
        replace(asked, messages=(*asked.messages, call, result))
    )
    said = seed_emulator.assert_asked("21 degrees").messages[-1]
    # A host without tools is told the result in the words of the user.
    assert said.role == ("user" if (name, api) in {("fal", "sync"), ("fal", "queue")} else "tool")


def test_a_stream_is_told_from_a_whole_answer(seed_emulator):
    list(Client("openrouter").stream(prompt(("user", "Hello"))))
    assert seed_emulator.last_request.stream
    ask("Hello")
    assert not seed_emulator.last_request.stream


def test_a_video_reaches_it_and_is_not_waited_for(seed_emulator):
    task = SeedanceTask(prompt="A cat walks", aspect_ratio="16:9", duration=4)
    url = VideoClient(timeout=30).generate(task).results[0].url
    assert url is not None
    assert url.startswith("http://127.0.0.1:")
    assert len(seed_emulator.requests) > 1  # it was looked at, too
    seed_emulator.assert_asked("A cat walks", host="runware")
    seed_emulator.assert_called(times=1)
    assert seed_emulator.last_request.model == task.model


def test_what_has_an_address_of_its_own_goes_there(seed_emulator):
    with Emulator() as other:
        ask("Hello", {"provider": "openrouter", "base_url": other.url()})
        VideoClient(base_url=other.url("runware")).status("01234567-89ab-4cde-8f01-23456789abcd")
        assert len(other.requests) == 2
    assert seed_emulator.requests == []


def test_everything_is_put_back(monkeypatch):
    monkeypatch.setenv("OPENROUTER_API_KEY", "mine")
    monkeypatch.setenv("no_proxy", "internal.example")
    before = dict(os.environ), dict(PROVIDERS)
    with SeedEmulator():
        assert os.environ["OPENROUTER_API_KEY"] == KEY
        assert os.environ["no_proxy"] == "internal.example,127.0.0.1"
        os.environ["MADE_MEANWHILE"] = "stays"
    assert os.environ.pop("MADE_MEANWHILE") == "stays"
    assert (dict(os.environ), dict(PROVIDERS)) == before
    assert VideoClient().runware.base_url == BASE_URL


def test_it_can_be_started_and_closed_twice_and_again():
    emulator = SeedEmulator()
    for _ in range(2):
        assert emulator.start().start() is emulator
        assert ask("Hello").text
        emulator.close()
        emulator.close()
        assert "OPENROUTER_API_KEY" not in os.environ


def test_a_port_that_is_taken_changes_nothing():
    with Emulator() as other, pytest.raises(OSError, match="in use"):
        SeedEmulator(int(other.url().split(":")[2].split("/")[0])).start()
    assert "OPENROUTER_API_KEY" not in os.environ


def test_a_proxy_of_the_shell_is_not_asked(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with SeedEmulator() as seed_emulator:
        assert ask("Hello").text
        seed_emulator.assert_called(times=1)


def test_its_connections_do_not_outlive_it():
    pools = sys.modules["seed_core.pools"]
    with SeedEmulator():
        ask("Hello")
        assert pools._shared is not None  # noqa: SLF001 - nothing public tells it
    assert pools._shared is None  # noqa: SLF001 - the same


# --------------------------------------------------------------------------- what it says it saw


def failure(check, *arguments, **named):
    with pytest.raises(AssertionError) as caught:
        check(*arguments, **named)
    return str(caught.value)


def test_an_assertion_that_fails_shows_what_was_asked(seed_emulator):
    ask("How warm is it in Lisbon?", tools=(WEATHER,))
    ask("Who are you?", "fal", options=Options(max_tokens=10))
    calls = (
        "these were the calls:\n"
        "  1. openrouter, bytedance-seed/seed-2.0-mini, tools get_weather; "
        "user: 'How warm is it in Lisbon?'\n"
        "  2. fal, fal-ai/bytedance/seed/v2/mini; user: 'Who are you?'"
    )
    told = failure(seed_emulator.assert_asked, "Madrid")
    assert told == f"no call asked 'Madrid'; {calls}"
    told = failure(seed_emulator.assert_asked, "Who", host="openrouter")
    assert told == f"no call of openrouter asked 'Who'; {calls}"
    told = failure(seed_emulator.assert_called, times=3)
    assert told == f"expected 3 calls, not 2 calls; {calls}"
    told = failure(seed_emulator.assert_called, host="byteplus")
    assert told == f"expected a call of byteplus, not no calls; {calls}"
    told = failure(seed_emulator.assert_tool_offered, "get_time")
    assert told == f"no call offered the tool 'get_time'; {calls}"


def test_of_a_long_conversation_the_end_is_shown(seed_emulator):
    turns = [("user" if i % 2 == 0 else "assistant", f"{i} " + "word " * 50) for i in range(9)]
    Client("openrouter").call(prompt(*turns))
    told = failure(seed_emulator.assert_asked, "nothing")
    assert "; 5 messages; assistant: '5 word " in told
    assert len(told) < 700
    seed_emulator.assert_asked("0 word")


def test_what_no_assertion_was_about_is_one_more_request(seed_emulator):
    seed_emulator.assert_no_more_requests()
    ask("One")
    ask("Two")
    ask("Three")
    seed_emulator.assert_asked("Two")
    assert failure(seed_emulator.assert_no_more_requests).startswith("2 calls more than ")
    assert seed_emulator.last_request.text == "Three"
    assert failure(seed_emulator.assert_no_more_requests).startswith("1 call more than ")
    seed_emulator.assert_called(times=3)
    seed_emulator.assert_no_more_requests()
    seed_emulator.clear()
    ask("Four")
    assert "1. openrouter" in failure(seed_emulator.assert_no_more_requests)


def test_nothing_asked_is_told(seed_emulator):
    nothing = "nothing was asked; there were no calls"
    assert failure(lambda: seed_emulator.last_request) == nothing
    Client("openrouter").models()
    told = failure(lambda: seed_emulator.last_request)
    assert told == f"{nothing}, but 1 other requests: see seed_emulator.requests"
    seed_emulator.assert_called(times=0)


def test_a_refused_call_and_each_try_count(seed_emulator):
    seed_emulator.script(Fault.status(429, retry_after=0), Fault.status(429, retry_after=0))
    with pytest.raises(RateLimitError):
        Client("openrouter", retry=Retry(max_retries=1)).call(prompt(("user", "Hello")))
    seed_emulator.assert_called(times=2)


def test_a_count_of_tokens_and_what_is_no_json_are_no_calls(seed_emulator):
    Client("modelslab").count_tokens(prompt(("user", "Hello")))
    assert len(seed_emulator.requests) == 1
    seed_emulator.assert_called(times=0)
